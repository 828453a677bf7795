//! Which page to ask for, so that a set of orders that changes all the time is read whole.
//!
//! Counting pages over such a set loses orders: one that changes leaves its place for the end, all
//! behind it move up by one, and the first of the next page is skipped. So:
//!
//! - [`Step::After`] always asks for page 1 of "modified after S", and takes S from the last order
//!   seen. An order that moves, moves to where it is still to be read. WooCommerce compares whole
//!   seconds and strictly, so S is the second before the last order's: its second is read again.
//! - When a whole page lies in one second, that does not get on. Then [`Step::Within`] reads just
//!   this second by page number: a first look at page 1 says how many pages there are, then they are
//!   read *from the last to the first*. Orders can only leave a second that is over, so what has not
//!   been read yet can only slip to pages with smaller numbers, which come later.
//! - The count of pages may be wrong. Where the page that should be the last is empty, [`Step::Last`] finds the
//!   real one by halves: what comes decides, not what is counted.
//!
//! Every step either goes on to a later second or to a smaller page of the same one, so it ends. What
//! still enters a second after it was read (stamped before its transaction is visible) is for the
//! overlap between runs.

use jiff::{SignedDuration, Timestamp};
use passerelle_domain::Cursor;

pub(super) use crate::paging::Next;
use crate::paging::floor;

const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// A page to ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Page 1 of the orders modified after this second.
    After(Timestamp),
    /// One second's orders: the first look at page 1, or this page.
    Within(Timestamp, Option<u64>),
    /// One second's orders, of which the last page is before `empty` and not before `least`: the page
    /// half-way.
    Last { second: Timestamp, least: u64, empty: u64 },
}

/// What the shop answered to a [`Step`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Answer<'a> {
    /// When each order was modified.
    pub modified: &'a [Timestamp],
    /// How many were asked for.
    pub page_size: usize,
    /// `X-WP-TotalPages`.
    pub pages: Option<u64>,
    /// The shop's clock (`Date`).
    pub now: Option<Timestamp>,
}

impl Step {
    /// Where a cursor goes on. Words that are not ours count as none: the watermark alone is always
    /// right.
    pub fn of(cursor: &Cursor) -> Self {
        let resume = cursor.resume.as_deref().and_then(Self::parse);
        // "At or after" the watermark in the shop's strict "after"; orders carry whole seconds.
        resume.unwrap_or_else(|| Self::After(before(floor(cursor.watermark))))
    }

    fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let mut second = |kind| (words.next()? == kind).then(|| words.next()?.parse().ok()).flatten();
        if let Some(after) = second("after") {
            return words.next().is_none().then_some(Self::After(after));
        }
        let mut words = text.split(' ');
        let within = (words.next()? == "within").then(|| words.next()?.parse().ok()).flatten()?;
        match (words.next(), words.next(), words.next(), words.next()) {
            (None, ..) => Some(Self::Within(within, None)),
            (Some("page"), Some(page), None, _) => Some(Self::Within(within, Some(page.parse().ok()?))),
            (Some("last"), Some(least), Some(empty), None) => {
                let (least, empty) = (least.parse().ok()?, empty.parse().ok()?);
                (1 <= least && least < empty).then_some(Self::Last { second: within, least, empty })
            }
            _ => None,
        }
    }

    fn words(self) -> String {
        match self {
            Self::After(second) => format!("after {second}"),
            Self::Within(second, None) => format!("within {second}"),
            Self::Within(second, Some(page)) => format!("within {second} page {page}"),
            Self::Last { second, least, empty } => format!("within {second} last {least} {empty}"),
        }
    }

    /// The part of the query that chooses the page. Times are GMT and carry no suffix: with `Z` and
    /// `dates_are_gmt` WooCommerce shifts them by the site's offset.
    pub fn query(self) -> Vec<(&'static str, String)> {
        let time = |at: Timestamp| at.strftime("%Y-%m-%dT%H:%M:%S").to_string();
        match self {
            Self::After(second) => vec![("modified_after", time(second)), ("page", "1".into())],
            Self::Within(second, _) | Self::Last { second, .. } => vec![
                ("modified_after", time(before(second))),
                ("modified_before", time(after(second))),
                ("page", self.page().to_string()),
            ],
        }
    }

    /// The number of the page that is asked for.
    pub fn page(self) -> u64 {
        match self {
            Self::After(_) | Self::Within(_, None) => 1,
            Self::Within(_, Some(page)) => page,
            Self::Last { least, empty, .. } => least.midpoint(empty),
        }
    }

    /// What comes after the answer to this step.
    ///
    /// # Errors
    /// When the answer makes no sense, as a sentence for the person who set up the shop.
    pub fn next(self, from: &Cursor, answer: Answer<'_>) -> Result<Next, &'static str> {
        match self {
            Self::After(second) => Self::next_after(second, from, answer),
            Self::Within(second, page) => {
                let step = match page {
                    None => match answer.pages.ok_or(NO_PAGES)? {
                        0 | 1 => Self::After(second),
                        pages => Self::Within(second, Some(pages)),
                    },
                    Some(page) if page > 1 && answer.modified.is_empty() => Self::last(second, 1, page),
                    Some(page) if page > 1 => Self::Within(second, Some(page - 1)),
                    Some(_) => Self::After(second),
                };
                Ok(Next { cursor: cursor(from, second, answer.now, Some(step)), caught_up: false })
            }
            Self::Last { second, least, empty } => {
                let step = match self.page() {
                    page if answer.modified.is_empty() => Self::last(second, least, page),
                    page => Self::last(second, page, empty),
                };
                Ok(Next { cursor: cursor(from, second, answer.now, Some(step)), caught_up: false })
            }
        }
    }

    /// The search for a second's last page, until it is found.
    fn last(second: Timestamp, least: u64, empty: u64) -> Self {
        if empty - least > 1 {
            Self::Last { second, least, empty }
        } else {
            Self::Within(second, Some(least))
        }
    }

    /// What comes after all orders up to a second.
    pub fn past(self, from: &Cursor, second: Timestamp, now: Option<Timestamp>) -> Next {
        Next { cursor: cursor(from, second, now, Some(Self::After(second))), caught_up: false }
    }

    fn next_after(after: Timestamp, from: &Cursor, answer: Answer<'_>) -> Result<Next, &'static str> {
        // WooCommerce leaves out of a page the orders that it cannot load or that the key may not
        // read, so a short page is the last only if the count of pages says so too.
        let more = answer.modified.len() >= answer.page_size || answer.pages.is_some_and(|pages| pages > 1);
        let (Some(&first), Some(&last)) = (answer.modified.iter().min(), answer.modified.iter().max()) else {
            return if more {
                Err(UNREADABLE)
            } else {
                Ok(Next { cursor: Cursor::at(from.watermark), caught_up: true })
            };
        };
        if last <= after {
            return Err(IGNORED);
        }
        if !more {
            return Ok(Next { cursor: cursor(from, last, answer.now, None), caught_up: true });
        }
        let step = if first == last || before(last) <= after {
            Self::Within(last, None)
        } else {
            Self::After(before(last))
        };
        Ok(Next { cursor: cursor(from, last, answer.now, Some(step)), caught_up: false })
    }
}

const NO_PAGES: &str = "the answer has no X-WP-TotalPages header; something between removes it";
const UNREADABLE: &str = "the shop counts several pages of orders but shows none; may the key read orders? (a key of an administrator)";
const IGNORED: &str =
    "the shop lists orders modified before the time asked for; modified_after needs WooCommerce 5.8 or later";

/// A cursor that never goes back, and never ahead of the shop's own clock: an order stamped in the
/// future would hide all that are changed until then.
fn cursor(from: &Cursor, seen: Timestamp, now: Option<Timestamp>, step: Option<Step>) -> Cursor {
    let seen = now.map_or(seen, |now| seen.min(now));
    Cursor { watermark: seen.max(from.watermark), resume: step.map(Step::words) }
}

fn before(second: Timestamp) -> Timestamp {
    second.checked_sub(SECOND).unwrap_or(Timestamp::MIN)
}

fn after(second: Timestamp) -> Timestamp {
    second.checked_add(SECOND).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
#[path = "paging_tests.rs"]
mod tests;
