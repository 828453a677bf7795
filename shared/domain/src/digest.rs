use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The canonical form of a thing: compact JSON, fields in the order they are declared.
///
/// Everything the ledger keeps or compares is in this form, so it must not depend on a run: no
/// hash maps, no floats, no times of reading inside.
///
/// # Panics
/// Never for the types of this crate: all their keys are strings.
pub fn canonical_json<T: Serialize>(thing: &T) -> Vec<u8> {
    serde_json::to_vec(thing).expect("domain types always serialise")
}

/// The SHA-256 of some bytes, in hex: of a file, of a document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(String);

impl Digest {
    /// The digest of bytes.
    pub fn of(bytes: &[u8]) -> Self {
        let mut hex = String::with_capacity(64);
        for byte in Sha256::digest(bytes) {
            use fmt::Write;
            write!(hex, "{byte:02x}").expect("writing to a string cannot fail");
        }
        Self(hex)
    }

    /// All 64 hex digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The content of an order or an invoice, to compare by: the digest of its canonical form.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(Digest);

impl Revision {
    /// The revision of a thing.
    pub fn of<T: Serialize>(thing: &T) -> Self {
        Self(Digest::of(&canonical_json(thing)))
    }

    /// All 64 hex digits.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
