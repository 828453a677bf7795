//! Which rows to ask for, so that a set of orders that changes all the time is read whole.
//!
//! Counting rows (`limit=offset,n`) over such a set loses orders: one that changes leaves its place
//! for the end, all behind it move up, and the first of the next page is skipped. So the offset is
//! always 0:
//!
//! - [`Step::From`] asks for what changed at or after a local second, by (time, id), and goes on from
//!   the time of the last order seen, whose second is read again.
//! - Where that does not get on, a page lies in one second: [`Step::Second`] reads the rest of it by id.
//! - A slip (refund) does not touch its order. Those of the same stretch of time are read by id with
//!   each page; only when there are more than a page of them, [`Step::Slips`] reads on.
//!
//! The webservice chooses the rows first and reads each one afterwards. One that changes in between
//! shows a time later than its place. A page's end is therefore the smallest time of its last rows:
//! it takes as many changes at once to be misled.

use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};
use passerelle_domain::Cursor;

use super::time::{self, ShopTime};

/// Later than any change.
pub(super) const END: &str = "9999-12-31 23:59:59";

/// A part of the set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Orders changed at or after a second.
    From(DateTime),
    /// Orders changed in this second, with an id above this.
    Second(DateTime, u64),
    /// Slips of a stretch of time, with an id above this.
    Slips(Slips),
}

/// Slips that were more than a page, and what comes after them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Slips {
    /// The first second.
    pub from: DateTime,
    /// The last second; nothing where it is open.
    pub to: Option<DateTime>,
    /// The last id that was read.
    pub above: u64,
    /// How far the ledger is sure once they are read.
    pub reached: Timestamp,
    /// What comes after them: nothing when the orders were read to their end.
    pub then: Option<Box<Step>>,
}

/// What comes after a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Next {
    /// What to read; nothing when all is read.
    pub step: Option<Step>,
    /// How far the ledger is sure; nothing where that did not change.
    pub reached: Option<Timestamp>,
}

/// An order's place in a page: when it changed, and its id.
pub(super) type Place = (DateTime, u64);

impl Step {
    /// Where a cursor goes on. Words that are not ours count as none: the watermark alone is always
    /// right.
    pub fn of(cursor: &Cursor, zone: &ShopTime) -> Self {
        let resume = cursor.resume.as_deref().and_then(|words| Self::read(&mut words.split(' ')));
        resume.unwrap_or_else(|| Self::From(zone.search_from(cursor.watermark)))
    }

    fn read<'a>(words: &mut impl Iterator<Item = &'a str>) -> Option<Self> {
        let kind = words.next()?;
        if kind != "slips" {
            return Self::read_orders(kind, words);
        }
        let from = words.next()?.parse().ok()?;
        let to = match words.next()? {
            "open" => None,
            to => Some(to.parse().ok()?),
        };
        let (above, reached) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        let then = match words.next()? {
            "end" => None,
            "then" => Some(Box::new(Self::read_orders(words.next()?, words)?)),
            _ => return None,
        };
        Some(Self::Slips(Slips { from, to, above, reached, then }))
    }

    fn read_orders<'a>(kind: &str, words: &mut impl Iterator<Item = &'a str>) -> Option<Self> {
        match kind {
            "from" => Some(Self::From(words.next()?.parse().ok()?)),
            "second" => Some(Self::Second(words.next()?.parse().ok()?, words.next()?.parse().ok()?)),
            _ => None,
        }
    }

    /// The step as a cursor keeps it.
    pub fn words(&self) -> String {
        match self {
            Self::From(second) => format!("from {second}"),
            Self::Second(second, id) => format!("second {second} {id}"),
            Self::Slips(Slips { from, to, above, reached, then }) => {
                let to = to.map_or_else(|| "open".into(), |to| to.to_string());
                let then =
                    then.as_ref().map_or_else(|| "end".into(), |step| format!("then {}", step.words()));
                format!("slips {from} {to} {above} {reached} {then}")
            }
        }
    }

    /// The part of the query that chooses the orders.
    pub fn orders_query(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::From(second) => {
                vec![("filter[date_upd]", stretch(*second, None)), ("sort", "[date_upd_ASC,id_ASC]".into())]
            }
            Self::Second(second, id) => vec![
                ("filter[date_upd]", stretch(*second, Some(*second))),
                ("filter[id]", format!(">[{id}]")),
                ("sort", "[id_ASC]".into()),
            ],
            Self::Slips(_) => Vec::new(),
        }
    }

    /// What comes after a page of orders, were there no slips. `pages` are the rows in the shop's
    /// order; `read` turns a local time into an instant.
    ///
    /// # Errors
    /// When the answer makes no sense, as a sentence for the person who set up the shop.
    pub fn after_orders(
        &self,
        places: &[Place],
        page_size: usize,
        read: impl Fn(DateTime) -> Timestamp,
    ) -> Result<Next, &'static str> {
        let full = places.len() >= page_size;
        match self {
            Self::From(from) => {
                if places.iter().any(|(second, _)| second < from) {
                    return Err(IGNORED);
                }
                let tail = (page_size / 4 + 1).min(3);
                let end = if full {
                    places.iter().rev().take(tail).map(|(second, _)| *second).min()
                } else {
                    places.iter().map(|(second, _)| *second).max()
                };
                let Some(end) = end else { return Ok(Next { step: None, reached: None }) };
                let step = full.then(|| match end > *from {
                    true => Self::From(end),
                    false => Self::Second(*from, last_id(places.iter().filter(|(second, _)| second == from))),
                });
                Ok(Next { step, reached: Some(read(end)) })
            }
            Self::Second(second, _) => {
                let step = match full {
                    true => Self::Second(*second, last_id(places.iter())),
                    false => {
                        Self::From(second.checked_add(SignedDuration::from_secs(1)).unwrap_or(DateTime::MAX))
                    }
                };
                Ok(Next { step: Some(step), reached: Some(read(*second)) })
            }
            Self::Slips(slips) => {
                Ok(Next { step: slips.then.as_deref().cloned(), reached: Some(slips.reached) })
            }
        }
    }
}

/// The value of a filter on a stretch of time, both ends included.
pub(super) fn stretch(from: DateTime, to: Option<DateTime>) -> String {
    format!("[{},{}]", time::write(from), to.map_or_else(|| END.into(), time::write))
}

fn last_id<'a>(places: impl Iterator<Item = &'a Place>) -> u64 {
    places.map(|(_, id)| *id).max().unwrap_or_default()
}

const IGNORED: &str =
    "the shop lists orders changed before the time asked for; something between drops filter[date_upd]";

#[cfg(test)]
#[path = "paging_tests.rs"]
mod tests;
