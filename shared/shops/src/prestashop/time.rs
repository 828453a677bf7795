//! The shop's times: local, without a zone, in whole seconds, `0000-00-00 00:00:00` where there is none.
//!
//! When the clocks go back, an hour of local times stands for two hours. Then:
//! - what a document says of itself (created, refunded) is the first reading, always the same one;
//! - when something was changed is the last reading that is not ahead of the shop's own clock: so a
//!   change never seems older than one that was read before it;
//! - a search that begins inside that hour begins at its start, so that both readings are found.

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp};

/// The time zone of a shop (its setting `PS_TIMEZONE`).
#[derive(Clone, Debug)]
pub(super) struct ShopTime(TimeZone);

impl ShopTime {
    /// The zone of a name of the IANA database.
    pub fn new(name: &str) -> Option<Self> {
        TimeZone::get(name).ok().map(Self)
    }

    /// What a document's own time means: of two readings the first; a time that the clocks skipped
    /// counts as if they had not.
    pub fn document(&self, local: DateTime) -> Timestamp {
        self.0.to_ambiguous_timestamp(local).compatible().unwrap_or(Timestamp::MAX)
    }

    /// When a change was made that is known at `now` (the shop's clock): of two readings the last that
    /// has been.
    pub fn change(&self, local: DateTime, now: Timestamp) -> Timestamp {
        let read = self.0.to_ambiguous_timestamp(local);
        let last = read.later().unwrap_or(Timestamp::MAX);
        match read.offset() {
            AmbiguousOffset::Fold { .. } if last > now => read.earlier().unwrap_or(last),
            AmbiguousOffset::Fold { .. } => last,
            _ => self.document(local),
        }
    }

    /// The local time to search from, so that nothing changed at or after an instant is left out.
    pub fn search_from(&self, instant: Timestamp) -> DateTime {
        let local = self.0.to_datetime(instant).with().subsec_nanosecond(0).build();
        let local = local.unwrap_or_else(|_| self.0.to_datetime(instant));
        let AmbiguousOffset::Fold { before, after } = self.0.to_ambiguous_timestamp(local).offset() else {
            return local;
        };
        let length = SignedDuration::from_secs(i64::from(before.seconds() - after.seconds()));
        let earliest = instant.checked_sub(length + SignedDuration::from_secs(1)).unwrap_or(instant);
        match self.0.following(earliest).next() {
            Some(change) => after.to_datetime(change.timestamp()).min(local),
            None => local,
        }
    }
}

/// A local time as the shop writes it; nothing for none.
///
/// # Errors
/// When it is no time.
pub(super) fn read(text: &str) -> Result<Option<DateTime>, ()> {
    let text = text.trim();
    if text.is_empty() || text.starts_with("0000-00-00") {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| ())
}

/// A local time as the shop's filters want it.
pub(super) fn write(local: DateTime) -> String {
    local.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paris() -> ShopTime {
        ShopTime::new("Europe/Paris").expect("a zone")
    }

    fn local(text: &str) -> DateTime {
        read(text).expect("a time").expect("one")
    }

    fn instant(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    #[test]
    fn null_dates_are_none_and_nonsense_is_refused() {
        assert_eq!(read("0000-00-00 00:00:00"), Ok(None));
        assert_eq!(read(""), Ok(None));
        assert_eq!(read("soon"), Err(()));
        assert_eq!(read("2026-02-30 10:00:00"), Err(()));
        assert_eq!(write(local("2026-11-24 02:57:44")), "2026-11-24 02:57:44");
    }

    #[test]
    fn a_local_time_is_read_in_the_shops_zone() {
        assert_eq!(paris().document(local("2026-11-24 02:57:44")).to_string(), "2026-11-24T01:57:44Z");
        assert_eq!(paris().document(local("2026-07-01 02:00:00")).to_string(), "2026-07-01T00:00:00Z");
        assert!(ShopTime::new("Europe/Rungis").is_none());
    }

    #[test]
    fn an_hour_that_was_skipped_is_no_fault() {
        let skipped = local("2026-03-29 02:30:00");
        assert_eq!(paris().document(skipped).to_string(), "2026-03-29T01:30:00Z");
        let now = instant("2026-04-01T00:00:00Z");
        assert_eq!(paris().change(skipped, now), paris().document(skipped));
    }

    #[test]
    fn the_hour_that_comes_twice_is_read_as_the_last_that_has_been() {
        let twice = local("2026-10-25 02:30:00");
        assert_eq!(paris().document(twice).to_string(), "2026-10-25T00:30:00Z");
        for (now, reading) in [
            ("2026-10-25T00:31:00Z", "2026-10-25T00:30:00Z"),
            ("2026-10-25T01:29:59Z", "2026-10-25T00:30:00Z"),
            ("2026-10-25T01:30:00Z", "2026-10-25T01:30:00Z"),
            ("2027-01-01T00:00:00Z", "2026-10-25T01:30:00Z"),
        ] {
            assert_eq!(paris().change(twice, instant(now)), instant(reading), "at {now}");
        }
    }

    #[test]
    fn a_change_never_seems_older_than_one_that_was_read_before_it() {
        // An order that changes twice an hour apart, read in between and after, at any minute.
        let start = instant("2026-10-24T23:30:00Z");
        let minutes = |n: i64| start + SignedDuration::from_mins(n);
        let shown = |at: Timestamp| paris().0.to_datetime(at);
        for first in 0..180 {
            for (read, second) in [(first, first + 1), (first + 5, first + 40), (first + 61, first + 62)] {
                let before = paris().change(shown(minutes(first)), minutes(read));
                let after = paris().change(shown(minutes(second)), minutes(second));
                assert!(before < after, "{first} {read} {second}: {before} {after}");
            }
        }
    }

    #[test]
    fn a_search_inside_the_hour_that_comes_twice_begins_at_its_start() {
        for (from, begins) in [
            ("2026-10-24T23:59:59Z", "2026-10-25 01:59:59"),
            ("2026-10-25T00:00:00Z", "2026-10-25 02:00:00"),
            ("2026-10-25T00:59:59.5Z", "2026-10-25 02:00:00"),
            ("2026-10-25T01:00:00Z", "2026-10-25 02:00:00"),
            ("2026-10-25T01:59:59Z", "2026-10-25 02:00:00"),
            ("2026-10-25T02:00:00Z", "2026-10-25 03:00:00"),
            ("2026-03-29T00:59:59Z", "2026-03-29 01:59:59"),
            ("2026-03-29T01:00:00Z", "2026-03-29 03:00:00"),
            ("2026-11-24T01:57:44.9Z", "2026-11-24 02:57:44"),
        ] {
            assert_eq!(write(paris().search_from(instant(from))), begins, "from {from}");
        }
    }

    #[test]
    fn whatever_changes_after_an_instant_is_found_by_a_search_from_it() {
        let start = instant("2026-10-24T23:30:00Z");
        for from in 0..180 {
            let from = start + SignedDuration::from_mins(from);
            for later in 0..180 {
                let shown = paris().0.to_datetime(from + SignedDuration::from_mins(later));
                assert!(paris().search_from(from) <= shown, "{from} and {later} minutes");
            }
        }
    }
}
