//! What is kept of runs: leases and cursors.

use jiff::Timestamp;
use passerelle_domain::{Cursor, ShopId};
use serde::{Deserialize, Serialize};

use crate::table::{Key, Record};

/// The right to run a job, until it expires.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// The job: `fetch-orders/rungis`.
    pub job: String,
    /// Who holds it: unique for each run.
    pub owner: String,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// Higher than that of every lease of this job before it.
    pub fencing: u64,
}

/// A job's lease and what is known of its runs. It stays when the lease is released, so that the fencing number
/// never starts again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseRecord {
    /// The job: `fetch-orders/rungis`.
    pub job: String,
    /// Who holds the lease; nobody once it is released.
    pub owner: Option<String>,
    /// When the last run took it. Nothing where the last one was an older program's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<Timestamp>,
    /// When it ends, or would have ended, by itself.
    pub expires_at: Timestamp,
    /// How many runs have taken it.
    pub fencing: u64,
}

pub fn lease_key(job: &str) -> Key {
    Key::head(format!("LEASE#{job}"))
}

impl Record for LeaseRecord {
    fn key(&self) -> Key {
        lease_key(&self.job)
    }
}

pub fn cursor_key(shop: &ShopId) -> Key {
    Key::new(format!("SHOP#{shop}"), "CURSOR")
}

#[derive(Serialize, Deserialize)]
pub struct StoredCursor {
    pub shop: ShopId,
    pub cursor: Cursor,
    /// The fencing number of the run that moved it last.
    pub fencing: u64,
}

impl Record for StoredCursor {
    fn key(&self) -> Key {
        cursor_key(&self.shop)
    }
}
