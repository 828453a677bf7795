//! What the paging of several systems has in common.

use jiff::Timestamp;
use passerelle_domain::Cursor;

/// What comes after a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Next {
    /// Where to go on.
    pub cursor: Cursor,
    /// Whether nothing is left.
    pub caught_up: bool,
}

/// The whole second that a time is in: shops show no more.
pub(crate) fn floor(at: Timestamp) -> Timestamp {
    let second = if at.subsec_nanosecond() < 0 { at.as_second() - 1 } else { at.as_second() };
    Timestamp::from_second(second).unwrap_or(Timestamp::MIN)
}
