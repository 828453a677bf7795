//! What is kept of a batch.

use jiff::Timestamp;
use passerelle_domain::{BatchId, BusinessDay, Digest, OrderKey, Revision};
use serde::{Deserialize, Serialize};

use super::states;
use crate::StateChange;
use crate::compressed;
use crate::table::{Key, Place, Record};

/// An order in a batch, at the revision the batch takes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Member {
    /// The order.
    pub key: OrderKey,
    /// The revision.
    pub revision: Revision,
    /// The revision that the ERP was sent last, which this one amends; nothing for an order that it
    /// does not have. Kept here so that the batch's file stays a pure function of the batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<Revision>,
}

states!(
    /// The state of a batch.
    BatchState {
        /// It may still claim orders.
        Open,
        /// Its members are fixed: its file is a pure function of it.
        Sealed,
        /// Its file stands in S3.
        Written,
        /// The ERP has acknowledged all its orders.
        Acknowledged,
    }
);

/// A batch of orders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// Day and number.
    pub id: BatchId,
    /// Its state.
    pub state: BatchState,
    /// The fencing number of the run that owns it.
    pub fencing: u64,
    /// The planned members while `open`, the members from then on.
    #[serde(with = "compressed")]
    pub members: Vec<Member>,
    /// The file's key, once `written`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_key: Option<String>,
    /// The digest of the file, once `written`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Digest>,
    /// When its state last changed.
    pub updated_at: Timestamp,
    /// The states it has been in, oldest first.
    #[serde(default, skip_serializing)]
    pub history: Vec<StateChange>,
}

impl Batch {
    /// The most orders a batch takes: its members must fit into one item of 400 kB.
    pub const MAX_MEMBERS: usize = 2000;
}

pub fn batch_pk(day: BusinessDay) -> String {
    format!("BATCH#{day}")
}

pub fn batch_key(id: &BatchId) -> Key {
    Key::new(batch_pk(id.day), format!("{:06}", id.number))
}

impl Record for Batch {
    fn key(&self) -> Key {
        batch_key(&self.id)
    }

    fn place(&self) -> Option<Place> {
        let id = format!("{}-{:06}", self.id.day, self.id.number);
        let detail = self.object_key.clone().unwrap_or_default();
        Some(Place { state: format!("batch:{}", self.state), since: self.updated_at, id, detail })
    }

    fn history(&self) -> &[StateChange] {
        &self.history
    }
}
