//! What the ledger keeps, in plain types, and how each stands in its item.

mod batches;
mod customers;
mod drops;
mod invoices;
mod leases;
mod orders;
mod settled;
#[cfg(test)]
mod tests;

pub use batches::*;
pub use customers::*;
pub use drops::*;
pub use invoices::*;
pub use leases::*;
pub use orders::*;
pub use settled::*;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A change of state, as the history of an order, batch, drop or invoice keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateChange {
    /// The state that was entered.
    pub state: String,
    /// When.
    pub at: Timestamp,
    /// What belongs to it: the batch of a claimed or exported order, the code of a rejection, the
    /// account of a published invoice, the file of a written batch. Often nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

macro_rules! states {
    ($(#[$doc:meta])* $name:ident { $($variants:tt)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[derive(strum::Display, strum::IntoStaticStr, strum::VariantArray)]
        #[serde(rename_all = "snake_case")]
        #[strum(serialize_all = "snake_case")]
        pub enum $name { $($variants)* }

        impl $name {
            /// Every state, in the order of a life.
            pub const ALL: &'static [Self] = <Self as strum::VariantArray>::VARIANTS;

            /// The name in the ledger, in logs and in reports.
            pub fn as_str(self) -> &'static str {
                self.into()
            }
        }
    };
}
use states;

/// Whether a count is not worth an attribute.
pub(crate) fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// Which part of a list: items whose state changed at or after `from` and before `until`, oldest
/// first, at most `limit`.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// The earliest instant.
    pub from: Timestamp,
    /// The first instant after.
    pub until: Timestamp,
    /// The most items.
    pub limit: usize,
}

impl Window {
    /// Everything there is, at most `limit`.
    pub fn all(limit: usize) -> Self {
        Self { from: Timestamp::MIN, until: Timestamp::MAX, limit }
    }

    /// What changed before `until`, at most `limit`.
    pub fn before(until: Timestamp, limit: usize) -> Self {
        Self { until, ..Self::all(limit) }
    }
}
