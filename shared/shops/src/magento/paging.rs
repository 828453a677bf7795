//! Which page to ask for, so that a set of orders that changes all the time is read whole.
//!
//! Page numbers are never used. Counting pages over such a set loses orders, and past the end Magento
//! repeats the last page for ever. Instead each page is the first one after a [`Mark`]: what was
//! changed later, or in the same second with a larger id. An order that moves, moves to where it is
//! still to be read, and every page that is not the last moves the mark on, so it ends.
//!
//! Orders and credit memos are read side by side, because a credit memo that is changed by itself
//! (a comment, a module) need not touch its order. Each has its own mark. One that has come to its end
//! keeps its mark and is asked again with every page of the other, so that nothing new is passed by;
//! the watermark goes no further than both have been read.
//!
//! What enters a second after it was read (stamped before its transaction is visible, or changed twice
//! within it) is for the overlap between runs, and the second of the watermark is always read again.

use jiff::Timestamp;
use passerelle_domain::Cursor;

pub(super) use crate::paging::Next;
use crate::paging::floor;

/// When something was changed, and its id: what it is sorted by, and after what is asked for.
pub(super) type Mark = (Timestamp, u64);

/// How far each of both has been read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    /// Of orders.
    pub orders: Mark,
    /// Of credit memos.
    pub memos: Mark,
}

/// What the shop answered about orders or credit memos after a position.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answer<'a> {
    /// Of each row, in the shop's order.
    pub marks: &'a [Mark],
    /// How many were asked for.
    pub page_size: usize,
    /// `total_count`.
    pub total: Option<u64>,
}

impl Position {
    /// Where a cursor goes on. Words that are not ours count as none: the watermark alone is always
    /// right.
    pub fn of(cursor: &Cursor) -> Self {
        let start = (floor(cursor.watermark), 0);
        let resume = cursor.resume.as_deref().and_then(Self::parse);
        resume.unwrap_or(Self { orders: start, memos: start })
    }

    fn parse(text: &str) -> Option<Self> {
        let words: Vec<&str> = text.split(' ').collect();
        let ["orders", order_at, order, "memos", memo_at, memo] = words.as_slice() else { return None };
        let mark = |at: &str, id: &str| Some((floor(at.parse().ok()?), id.parse().ok()?));
        Some(Self { orders: mark(order_at, order)?, memos: mark(memo_at, memo)? })
    }

    fn words(self) -> String {
        let Self { orders: (order_at, order), memos: (memo_at, memo) } = self;
        format!("orders {order_at} {order} memos {memo_at} {memo}")
    }

    /// What comes after these answers. `now` is the shop's clock when it was first asked: what is
    /// stamped later may be in one of the answers and not yet have been in the other.
    ///
    /// # Errors
    /// When an answer makes no sense, as a sentence for the person who set up the shop.
    pub fn next(
        self,
        from: &Cursor,
        memos: Answer<'_>,
        orders: Answer<'_>,
        now: Option<Timestamp>,
    ) -> Result<Next, &'static str> {
        let memos_end = memos.end(self.memos)?;
        let orders_end = orders.end(self.orders)?;
        let watermark = |at: Timestamp| now.map_or(at, |now| at.min(now)).max(from.watermark);
        let Some(at) = memos_end.iter().chain(&orders_end).map(|&(at, _)| at).min() else {
            let last = memos.marks.iter().chain(orders.marks).map(|&(at, _)| at).max();
            let cursor = Cursor::at(watermark(last.unwrap_or(from.watermark)));
            return Ok(Next { cursor, caught_up: true });
        };
        let position = Self {
            orders: orders.marks.last().copied().unwrap_or(self.orders),
            memos: memos.marks.last().copied().unwrap_or(self.memos),
        };
        let cursor = Cursor { watermark: watermark(at), resume: Some(position.words()) };
        Ok(Next { cursor, caught_up: false })
    }
}

impl Answer<'_> {
    /// The last row, if there are more after it.
    fn end(self, after: Mark) -> Result<Option<Mark>, &'static str> {
        if self.marks.iter().any(|&mark| mark <= after) {
            return Err(IGNORED);
        }
        if !self.marks.is_sorted() {
            return Err(UNSORTED);
        }
        let rows = u64::try_from(self.marks.len()).unwrap_or(u64::MAX);
        // A plugin may leave rows out of a page, so a short one is the last only if the count says so.
        let more = self.marks.len() >= self.page_size || self.total.is_some_and(|total| total > rows);
        match self.marks.last() {
            Some(&last) if more => Ok(Some(last)),
            None if more => Err(UNREADABLE),
            _ => Ok(None),
        }
    }
}

const IGNORED: &str = "the shop lists what was changed before the time asked for: something on its side drops the filters of searchCriteria";
const UNSORTED: &str = "the shop's answer is not sorted by updated_at and entity_id: something on its side drops sortOrders of searchCriteria";
const UNREADABLE: &str = "the shop counts orders but shows none; may the integration read them?";

#[cfg(test)]
#[path = "paging_tests.rs"]
mod tests;
