use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How far the orders of a shop have been read and recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// Every order modified before this instant is in the ledger.
    pub watermark: Timestamp,
    /// Where to go on, in the shop adapter's own words, when a run stopped before it had caught up.
    /// Nothing when it had: then the next run starts at the watermark.
    pub resume: Option<String>,
}

impl Cursor {
    /// A cursor that has caught up to `watermark`.
    pub fn at(watermark: Timestamp) -> Self {
        Self { watermark, resume: None }
    }
}
