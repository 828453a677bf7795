//! Content inside an item: canonical JSON, compressed with zlib, as one binary attribute
//! (`#[serde(with = "compressed")]`). An order of 5 kB takes about 1 kB, which is what a write costs.

use std::fmt;
use std::io::{self, Read, Write};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use passerelle_domain::canonical_json;
use serde::de::{DeserializeOwned, Error as _, Visitor};
use serde::ser::Error as _;
use serde::{Deserializer, Serialize, Serializer};

/// The most that content may grow to: an item holds 400 kB, and text compresses hardly better than
/// this. It keeps a damaged item from filling the memory.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

pub fn serialize<T: Serialize, S: Serializer>(content: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(&compress(content).map_err(S::Error::custom)?)
}

/// The bytes that content takes.
pub fn compress<T: Serialize>(content: &T) -> io::Result<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&canonical_json(content))?;
    encoder.finish()
}

pub fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let bytes = deserializer.deserialize_byte_buf(Bytes)?;
    let mut json = Vec::new();
    ZlibDecoder::new(bytes.as_slice()).take(MAX_BYTES).read_to_end(&mut json).map_err(D::Error::custom)?;
    serde_json::from_slice(&json).map_err(D::Error::custom)
}

struct Bytes;

impl Visitor<'_> for Bytes {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("compressed content")
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
        Ok(bytes.to_vec())
    }
}
