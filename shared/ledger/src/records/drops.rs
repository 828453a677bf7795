//! What is kept of a file from the ERP.

use std::fmt;

use jiff::Timestamp;
use passerelle_domain::{Digest, Money, Rejection};
use serde::{Deserialize, Serialize};

use super::{is_zero, states};
use crate::StateChange;
use crate::table::{Key, Place, Record};

/// A version of a file that the ERP dropped.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DropId {
    /// The object's key.
    pub key: String,
    /// The object's version id; `null` in a bucket without versions.
    pub version: String,
}

impl DropId {
    /// The version as a digest: S3 takes metadata in ASCII only, and names have accents.
    pub fn digest(&self) -> Digest {
        Digest::of(self.to_string().as_bytes())
    }

    /// Where what is set aside of it stands, without an ending: `<folder>/<file's name>-<8 digits of the
    /// digest>`. The same version of a file always has the same place. Control characters become `_`: people
    /// open these files.
    pub fn set_aside_in(&self, folder: &str) -> String {
        let name = self.key.rsplit('/').next().unwrap_or(&self.key);
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem).replace(char::is_control, "_");
        format!("{folder}/{stem}-{}", &self.digest().as_str()[..8])
    }
}

impl fmt::Display for DropId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.key, self.version)
    }
}

states!(
    /// The state of a drop.
    DropState {
        /// Being read.
        Checking,
        /// Read to the end; each invoice or acknowledgement is recorded or in the rejects file.
        Accepted,
        /// Refused whole.
        Rejected,
    }
);

/// What became of a drop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DropOutcome {
    /// Read to the end. The numbers add up: `invoices = new + same + conflicts + rejected`.
    Accepted {
        /// Invoices in the file.
        invoices: u32,
        /// Registered for the first time.
        new: u32,
        /// Registered before with the same content.
        same: u32,
        /// Registered before with other content.
        conflicts: u32,
        /// Set aside in the rejects file.
        rejected: u32,
        /// Of those that were read, how many have figures that differ from what is computed, within
        /// the layout's tolerance: the ERP's stand.
        #[serde(default, skip_serializing_if = "is_zero")]
        noted: u32,
        /// Totals with VAT of the invoices in the file that could be read, credit notes negative.
        gross: Money,
        /// The rejects file, if there is one.
        rejects_key: Option<String>,
        /// The invoices in the rejects file, the first [`SetAside::MOST`] of them; none in records of an
        /// older program.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        set_aside: Vec<SetAside>,
    },
    /// A file of acknowledgements, read to the end. The numbers add up: `orders = accepted + refused +
    /// same + superseded + unknown`.
    #[serde(rename = "answers")]
    Acknowledgements {
        /// Orders in the file.
        orders: u32,
        /// Taken by the ERP.
        accepted: u32,
        /// Refused by the ERP.
        refused: u32,
        /// Recorded before in the same way.
        same: u32,
        /// Of a batch that a newer one followed.
        superseded: u32,
        /// Set aside in the rejects file: not readable, or of no order that was sent.
        unknown: u32,
        /// The rejects file, if there is one.
        rejects_key: Option<String>,
    },
    /// Refused whole: nothing of it was taken.
    Rejected {
        /// The line, the field, the value and the rule.
        rejection: Rejection,
        /// Where the copy with the explanation is kept.
        rejects_key: Option<String>,
    },
}

/// An invoice of a file that is in the rejects file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetAside {
    /// Its number as it stands in the file; may be empty.
    pub number: String,
    /// The line of the file of its first fault, counted from 1.
    pub line: u64,
    /// The column or field of that fault.
    pub column: String,
    /// The code of that fault.
    pub code: String,
}

impl SetAside {
    /// How many of a file are kept in its record, which must fit into one item of 400 kB.
    pub const MOST: usize = 200;
}

impl DropOutcome {
    /// The state that follows.
    pub fn state(&self) -> DropState {
        match self {
            Self::Accepted { .. } | Self::Acknowledgements { .. } => DropState::Accepted,
            Self::Rejected { .. } => DropState::Rejected,
        }
    }
}

/// A drop's record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DropRecord {
    /// The file.
    pub id: DropId,
    /// Its state.
    pub state: DropState,
    /// Its size in bytes.
    pub size: u64,
    /// What became of it, when finished.
    pub outcome: Option<DropOutcome>,
    /// How far it is read, when a run stopped before its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<DropProgress>,
    /// How often it was announced again since it began.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub announced_again: u32,
    /// When its state last changed.
    pub updated_at: Timestamp,
    /// The states it has been in, oldest first.
    #[serde(default, skip_serializing)]
    pub history: Vec<StateChange>,
}

/// How far a drop is read: the next run goes on behind it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DropProgress {
    /// Invoices of the file that are done with, good or bad, in the order of the file.
    pub done: u32,
    /// Of these: registered for the first time.
    pub new: u32,
    /// Registered before with the same content.
    pub same: u32,
    /// Registered before with other content.
    pub conflicts: u32,
    /// Good, with figures that differ within the tolerance.
    pub noted: u32,
    /// Totals with VAT of the good ones, credit notes negative.
    pub gross: Money,
}

pub fn drop_key(id: &DropId) -> Key {
    Key::new(format!("DROP#{}", id.key), &id.version)
}

impl Record for DropRecord {
    fn key(&self) -> Key {
        drop_key(&self.id)
    }

    fn place(&self) -> Option<Place> {
        let state = format!("drop:{}", self.state);
        Some(Place { state, since: self.updated_at, id: self.id.to_string(), detail: String::new() })
    }

    fn history(&self) -> &[StateChange] {
        &self.history
    }
}
