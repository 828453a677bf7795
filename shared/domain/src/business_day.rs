use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

/// The time zone of the market, its shops and its ERP.
pub const PARIS: &str = "Europe/Paris";

/// The time zone `Europe/Paris`, from the database inside the program.
///
/// # Panics
/// Never: the database is compiled in.
pub fn paris() -> TimeZone {
    static ZONE: std::sync::LazyLock<TimeZone> =
        std::sync::LazyLock::new(|| TimeZone::get(PARIS).expect("the time zone database is compiled in"));
    ZONE.clone()
}

/// A day of trade in Paris: from midnight to the next, half open, so 23, 24 or 25 hours long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BusinessDay(Date);

impl BusinessDay {
    /// The day with this date.
    pub const fn new(date: Date) -> Self {
        Self(date)
    }

    /// The day that an instant falls on.
    pub fn of(instant: Timestamp) -> Self {
        Self(instant.to_zoned_datetime(paris()).date())
    }

    /// Its date.
    pub const fn date(self) -> Date {
        self.0
    }

    /// Its first instant. Paris never skips midnight.
    pub fn start(self) -> Timestamp {
        Self::local(self.0.to_datetime(jiff::civil::Time::midnight()))
    }

    /// The first instant after it: the start of the next day.
    pub fn end(self) -> Timestamp {
        self.next().start()
    }

    /// The day after.
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1.day()))
    }

    /// The day before.
    pub fn previous(self) -> Self {
        Self(self.0.saturating_sub(1.day()))
    }

    /// Whether an instant falls on it.
    pub fn contains(self, instant: Timestamp) -> bool {
        Self::of(instant) == self
    }

    /// The instant of a time of day on it.
    pub fn at(self, time: Time) -> Timestamp {
        Self::local(self.0.to_datetime(time))
    }

    /// Whether it is one of the eleven public holidays of France (Code du travail, article L3133-1).
    pub fn is_public_holiday(self) -> bool {
        const FIXED: [(i8, i8); 8] = [(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)];
        let after_easter = (self.0 - easter(self.0.year())).get_days();
        FIXED.contains(&(self.0.month(), self.0.day())) || [1, 39, 50].contains(&after_easter)
    }

    fn local(at: DateTime) -> Timestamp {
        paris().to_ambiguous_timestamp(at).compatible().unwrap_or(Timestamp::MAX)
    }
}

/// Easter Sunday of the Gregorian calendar, by the anonymous algorithm (Meeus, Jones, Butcher).
fn easter(year: i16) -> Date {
    let y = i32::from(year);
    let (a, b, c) = (y % 19, y / 100, y % 100);
    let g = (b - (b + 8) / 25 + 1) / 3;
    let h = (19 * a + b - b / 4 - g + 15) % 30;
    let l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let n = h + l - 7 * m + 114;
    let (month, day) = (i8::try_from(n / 31).unwrap_or(4), i8::try_from(n % 31 + 1).unwrap_or(1));
    Date::new(year, month, day).unwrap_or(Date::MAX)
}

impl fmt::Display for BusinessDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for BusinessDay {
    type Err = jiff::Error;

    fn from_str(text: &str) -> Result<Self, jiff::Error> {
        text.parse().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> BusinessDay {
        text.parse().expect("a date")
    }

    #[test]
    fn a_day_is_half_open_in_paris_time() {
        let today = day("2026-11-24");
        assert_eq!(today.start().to_string(), "2026-11-23T23:00:00Z");
        assert!(today.contains(today.start()));
        assert!(!today.contains(today.end()));
        assert_eq!(BusinessDay::of(today.end()), today.next());
        assert_eq!(today.next().previous(), today);
    }

    #[test]
    fn days_of_23_and_25_hours_are_whole() {
        for (date, hours) in [("2026-03-29", 23), ("2026-10-25", 25), ("2026-11-24", 24)] {
            let length = day(date).end().duration_since(day(date).start());
            assert_eq!(length.as_hours(), hours, "{date}");
        }
    }
}
