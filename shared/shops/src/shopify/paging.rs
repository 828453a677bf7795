//! Which page to ask for, so that a set of orders that changes all the time is read whole.
//!
//! Shopify's own cursors are opaque, expire, and are tied to the list as it was; ours is the place in
//! time itself, so a run may go on where another stopped days ago:
//!
//! - [`Step::From`] asks for the orders updated at or after a second, sorted by that time. The next
//!   page starts at the last second seen, which is read again: an order that changes meanwhile moves
//!   to where it is still to be read.
//! - Where a whole page lies in one second, that does not get on. [`Step::Within`] reads this second
//!   alone, by id: "id greater than the last one". Orders can only leave a second that is over.
//!
//! Every step goes on to a later second or a greater id, so it ends. What enters a second after it
//! was read (the search index is behind the orders) is for the overlap between runs.

use jiff::{SignedDuration, Timestamp};
use passerelle_domain::Cursor;

pub(super) use crate::paging::Next;
use crate::paging::floor;

const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// How far the search index may be behind. Less than the least overlap that is accepted.
const INDEXED: SignedDuration = SignedDuration::from_secs(120);

/// A page to ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The orders updated at or after this second, by time.
    From(Timestamp),
    /// The orders updated in this second whose id is greater, by id.
    Within(Timestamp, u64),
}

/// An order as a page lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    /// Its number.
    pub id: u64,
    /// When it was updated.
    pub at: Timestamp,
}

impl Step {
    /// Where a cursor goes on. Words that are not ours count as none: the watermark alone is always
    /// right.
    pub fn of(cursor: &Cursor) -> Self {
        cursor.resume.as_deref().and_then(Self::parse).unwrap_or(Self::From(floor(cursor.watermark)))
    }

    fn parse(text: &str) -> Option<Self> {
        match text.split(' ').collect::<Vec<_>>()[..] {
            ["from", second] => Some(Self::From(floor(second.parse().ok()?))),
            ["within", second, "after", id] => {
                Some(Self::Within(floor(second.parse().ok()?), id.parse().ok()?))
            }
            _ => None,
        }
    }

    fn words(self) -> String {
        match self {
            Self::From(second) => format!("from {second}"),
            Self::Within(second, id) => format!("within {second} after {id}"),
        }
    }

    /// The part of the search that chooses the page.
    pub fn search(self) -> String {
        match self {
            Self::From(second) => format!("updated_at:>='{second}'"),
            Self::Within(second, id) => {
                format!("updated_at:>='{second}' updated_at:<='{second}' id:>{id}")
            }
        }
    }

    /// The sort key that belongs to the search.
    pub fn sort(self) -> &'static str {
        match self {
            Self::From(_) => "UPDATED_AT",
            Self::Within(..) => "ID",
        }
    }

    /// What comes after a page. `now` is the shop's own clock.
    ///
    /// # Errors
    /// When the page is not what was asked for, as a sentence for the person who set up the shop.
    pub fn next(
        self,
        from: &Cursor,
        page: &[Seen],
        more: bool,
        now: Option<Timestamp>,
    ) -> Result<Next, &'static str> {
        let go_on = |seen: Timestamp, step: Option<Self>| {
            // Never back, and never ahead of the shop's own clock: an order stamped in the future
            // would hide all that are changed until then.
            let seen = now.map_or(seen, |now| seen.min(now));
            let cursor = Cursor { watermark: seen.max(from.watermark), resume: step.map(Self::words) };
            Next { caught_up: step.is_none(), cursor }
        };
        match self {
            Self::From(second) => {
                let (Some(first), Some(last)) =
                    (page.iter().map(|seen| seen.at).min(), page.iter().map(|seen| seen.at).max())
                else {
                    return if more { Err(EMPTY) } else { Ok(go_on(from.watermark, None)) };
                };
                if first < second {
                    return Err(IGNORED);
                }
                if !more {
                    return Ok(go_on(floor(last), None));
                }
                let step = match settled_end(page, now).filter(|&end| end > second) {
                    Some(end) => Self::From(end),
                    None => Self::Within(second, 0),
                };
                Ok(match step {
                    Self::From(end) => go_on(end, Some(step)),
                    Self::Within(..) => go_on(second, Some(step)),
                })
            }
            Self::Within(second, after) => {
                let greatest = page.iter().map(|seen| seen.id).max();
                if page.iter().any(|seen| seen.id <= after || floor(seen.at) < second) {
                    return Err(IGNORED);
                }
                Ok(match greatest {
                    None if more => return Err(EMPTY),
                    Some(greatest) if more => go_on(second, Some(Self::Within(second, greatest))),
                    _ => go_on(second, Some(Self::From(after_second(second)))),
                })
            }
        }
    }
}

const EMPTY: &str = "the shop says that there are more orders but shows none";
const IGNORED: &str = "the shop lists orders that were not asked for: its search leaves out a filter";

/// Up to where a page is surely whole. The list is in the order of the search index, the times are the
/// orders' own: an order that changed since it was indexed stands at its old place with its new time,
/// and going on from that time would leave out all between. So: no time that is later than one further
/// down, and none of the last two minutes unless all are, which the overlap reads again.
fn settled_end(page: &[Seen], now: Option<Timestamp>) -> Option<Timestamp> {
    let settled = now.and_then(|now| now.checked_sub(INDEXED).ok()).unwrap_or(Timestamp::MAX);
    let mut least = Timestamp::MAX;
    let ends: Vec<Timestamp> = page
        .iter()
        .rev()
        .map(|seen| {
            least = least.min(floor(seen.at));
            least
        })
        .collect();
    let recent = ends.last().is_some_and(|&first| first > settled);
    ends.into_iter().find(|&end| recent || end <= settled)
}

fn after_second(second: Timestamp) -> Timestamp {
    second.checked_add(SECOND).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
#[path = "paging_tests.rs"]
mod tests;
