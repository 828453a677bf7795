//! What is kept of what people have settled.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::table::{Key, Record};

/// What a person has settled that no program can see: it is no longer on any list of what waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// The name under which it waited.
    pub id: String,
    /// What it was, for people.
    pub what: String,
    /// How it was settled, in the person's words.
    pub why: String,
    /// When.
    pub at: Timestamp,
}

/// All that people have settled has one `pk`: it is few, and read together.
pub const SETTLED: &str = "SETTLED";

/// The prefix of its range keys.
pub const SETTLED_ID: &str = "ID#";

impl Record for Settled {
    fn key(&self) -> Key {
        Key::new(SETTLED, format!("{SETTLED_ID}{}", self.id))
    }
}
