//! Which page to ask for, so that a set of orders that changes all the time is read whole.
//!
//! Page numbers are never used. Counting pages over such a set loses orders, and past the end Magento
//! repeats the last page for ever. Instead each page is the first one after a [`Position`]: what was
//! changed later, or in the same second with a larger id. An order that moves, moves to where it is
//! still to be read, and every page that is not the last moves the position on, so it ends.
//!
//! Orders and credit memos are read side by side, because a credit memo that is changed by itself
//! (a comment, a module) need not touch its order. The position goes no further than both have been
//! read, so the watermark holds for both.
//!
//! What enters a second after it was read (stamped before its transaction is visible, or changed twice
//! within it) is for the overlap between runs, and the second of the watermark is always read again.

use jiff::Timestamp;
use passerelle_domain::Cursor;

/// All of a second.
const ALL: u64 = u64::MAX;

/// How far both have been read: everything before the second `at`, and in it what has an id up to
/// these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    at: Timestamp,
    order: u64,
    memo: u64,
}

/// When something was changed, and its id: what it is sorted by.
pub(super) type Mark = (Timestamp, u64);

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

/// What comes after a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Next {
    /// Where to go on.
    pub cursor: Cursor,
    /// Whether nothing is left.
    pub caught_up: bool,
}

impl Position {
    /// Where a cursor goes on. Words that are not ours count as none: the watermark alone is always
    /// right.
    pub fn of(cursor: &Cursor) -> Self {
        let resume = cursor.resume.as_deref().and_then(Self::parse);
        resume.unwrap_or_else(|| Self { at: floor(cursor.watermark), order: 0, memo: 0 })
    }

    fn parse(text: &str) -> Option<Self> {
        let words: Vec<&str> = text.split(' ').collect();
        let ["after", at, "order", order, "memo", memo] = words.as_slice() else { return None };
        let at = floor(at.parse().ok()?);
        Some(Self { at, order: order.parse().ok()?, memo: memo.parse().ok()? })
    }

    fn words(self) -> String {
        format!("after {} order {} memo {}", self.at, self.order, self.memo)
    }

    /// After what orders are asked for.
    pub fn orders(self) -> Mark {
        (self.at, self.order)
    }

    /// After what credit memos are asked for.
    pub fn memos(self) -> Mark {
        (self.at, self.memo)
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
        let memos_end = memos.end(self.memos())?;
        let orders_end = orders.end(self.orders())?;
        let watermark = |at: Timestamp| now.map_or(at, |now| at.min(now)).max(from.watermark);
        let Some(at) = memos_end.iter().chain(&orders_end).map(|&(at, _)| at).min() else {
            let last = memos.marks.iter().chain(orders.marks).map(|&(at, _)| at).max();
            let cursor = Cursor::at(watermark(last.unwrap_or(from.watermark)));
            return Ok(Next { cursor, caught_up: true });
        };
        let up_to = |end: Option<Mark>| end.filter(|&(last, _)| last == at).map_or(ALL, |(_, id)| id);
        let position = Self { at, order: up_to(orders_end), memo: up_to(memos_end) };
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

const IGNORED: &str = "the shop gives what was changed before the time asked for: something on its side drops the filters of searchCriteria";
const UNSORTED: &str = "the shop's answer is not sorted by updated_at and entity_id: something on its side drops sortOrders of searchCriteria";
const UNREADABLE: &str = "the shop counts orders but shows none; may the integration read them?";

fn floor(at: Timestamp) -> Timestamp {
    let second = if at.subsec_nanosecond() < 0 { at.as_second() - 1 } else { at.as_second() };
    Timestamp::from_second(second).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
#[path = "paging_tests.rs"]
mod tests;
