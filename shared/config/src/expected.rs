//! When the ERP's file of invoices is expected.

use jiff::civil::{Date, Time, Weekday};
use jiff::{SignedDuration, Timestamp};
use passerelle_domain::BusinessDay;

/// When the ERP's file of invoices must have been taken in, in Paris.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedInvoices {
    /// By when.
    pub by: Time,
    /// On which days of the week.
    pub on: Vec<Weekday>,
    /// Days without a file.
    pub closed_on: Vec<Date>,
    /// Whether there is no file on the public holidays of France.
    pub closed_on_public_holidays: bool,
}

/// A file that came so long before it is due is the one that is due; an earlier one is a correction of the
/// day before.
const AHEAD: SignedDuration = SignedDuration::from_hours(6);

/// The longest time without any file: a house closes for some weeks in summer.
const LONGEST_PAUSE: usize = 60;

impl ExpectedInvoices {
    /// The last day whose file was due at `now`: the day, the instant from which on its file may have come, and
    /// the instant at which it was due.
    pub fn last_due(&self, now: Timestamp) -> Option<(BusinessDay, Timestamp, Timestamp)> {
        let mut day = BusinessDay::of(now);
        for _ in 0..LONGEST_PAUSE {
            let due = day.at(self.by);
            if self.comes_on(day) && due <= now {
                return Some((day, due - AHEAD, due));
            }
            day = day.previous();
        }
        None
    }

    fn comes_on(&self, day: BusinessDay) -> bool {
        self.on.contains(&day.date().weekday())
            && !self.closed_on.contains(&day.date())
            && !(self.closed_on_public_holidays && day.is_public_holiday())
    }
}

#[cfg(test)]
mod tests {
    use crate::{Config, ExpectedInvoices};
    use jiff::Timestamp;

    const LOCAL: &str = include_str!("../../../infra/environments/local/passerelle.toml");

    fn expected(lines: &str) -> Option<ExpectedInvoices> {
        let without: String = LOCAL
            .lines()
            .filter(|line| !line.starts_with("expected_by"))
            .map(|line| format!("{line}\n"))
            .collect();
        let text = without.replacen("[invoices]\n", &format!("[invoices]\n{lines}\n"), 1);
        Config::from_toml(&text).expect("a configuration").invoices.expected()
    }

    fn due(expected: &ExpectedInvoices, now: &str) -> String {
        let now: Timestamp = now.parse().expect("an instant");
        let (day, from, due) = expected.last_due(now).expect("due");
        format!("{day} {from} {due}")
    }

    #[test]
    fn a_file_is_due_on_market_days_at_its_time_in_paris() {
        assert_eq!(expected(""), None);
        let expected = expected("expected_by = \"18:30\"").expect("expected");
        let tuesday = "2026-11-24 2026-11-24T11:30:00Z 2026-11-24T17:30:00Z";
        assert_eq!(due(&expected, "2026-11-24T17:30:00Z"), tuesday);
        assert_eq!(due(&expected, "2026-11-25T17:29:59Z"), tuesday);
        let saturday = "2026-07-11 2026-07-11T10:30:00Z 2026-07-11T16:30:00Z";
        assert_eq!(due(&expected, "2026-07-13T09:00:00Z"), saturday, "none on Sunday; summer time");
    }

    #[test]
    fn no_file_is_due_on_a_day_that_is_closed() {
        let lines = "expected_by = \"18:30\"\nexpected_on = [\"mon\", \"tue\", \"fri\"]\n\
                     closed_on = [\"2026-11-24\"]\nclosed_on_public_holidays = true";
        let expected = expected(lines).expect("expected");
        for (now, day) in [
            ("2026-11-25T20:00:00Z", "2026-11-23"),
            ("2026-12-26T20:00:00Z", "2026-12-22"),
            ("2027-03-29T20:00:00Z", "2027-03-26"),
        ] {
            assert!(due(&expected, now).starts_with(day), "{now}: {}", due(&expected, now));
        }
    }
}
