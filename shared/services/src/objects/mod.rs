//! The exchange bucket: files under keys.

#[cfg(feature = "fakes")]
mod memory;
mod s3;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::Path;

use async_trait::async_trait;
use jiff::Timestamp;
use passerelle_domain::{Digest, Failure, Result};

#[cfg(feature = "fakes")]
pub use memory::MemoryObjects;
pub use s3::S3Objects;

/// An object as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Its bytes.
    pub body: Vec<u8>,
    /// Its metadata, keys in lower case.
    pub metadata: BTreeMap<String, String>,
}

/// What a put did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// The object is there now and was not before.
    Created,
    /// An object with this key was there; nothing was changed.
    Exists,
}

/// A version of an object in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its key.
    pub key: String,
    /// Its version; `null` in a bucket without versions.
    pub version: String,
    /// Its size in bytes.
    pub size: u64,
    /// When it was put, if that is known.
    pub modified: Option<Timestamp>,
    /// Whether it is what stands under its key now: neither followed by another version nor deleted.
    pub latest: bool,
}

/// A place for files: the exchange bucket.
#[async_trait]
pub trait Objects: Send + Sync {
    /// Puts an object under a key that has none (`If-None-Match: *`).
    async fn put_new(
        &self,
        key: &str,
        body: Vec<u8>,
        content_type: &str,
        metadata: &[(&str, &str)],
    ) -> Result<Put>;

    /// Puts an object whatever was there: for reports, which are written again and again.
    async fn put(&self, key: &str, body: Vec<u8>, content_type: &str) -> Result<()>;

    /// Reads an object, at a version or the latest; nothing when there is none.
    ///
    /// # Errors
    /// `Rejected` when it is larger than `max_bytes`.
    async fn get(&self, key: &str, version: Option<&str>, max_bytes: u64) -> Result<Option<Object>>;

    /// Copies an object into a file, piece by piece, at a version or the latest: its metadata; nothing
    /// when there is none.
    ///
    /// # Errors
    /// `Rejected` when it is larger than `max_bytes`.
    async fn copy_to(
        &self,
        key: &str,
        version: Option<&str>,
        max_bytes: u64,
        file: &mut File,
    ) -> Result<Option<BTreeMap<String, String>>> {
        let Some(object) = self.get(key, version, max_bytes).await? else { return Ok(None) };
        file.write_all(&object.body).map_err(|error| Failure::retry("copy object", key, error))?;
        Ok(Some(object.metadata))
    }

    /// Puts what is in a file under a key that has none, without holding it in memory.
    async fn put_new_file(
        &self,
        key: &str,
        file: &Path,
        content_type: &str,
        metadata: &[(&str, &str)],
    ) -> Result<Put> {
        let body = std::fs::read(file).map_err(|error| Failure::retry("put object", key, error))?;
        self.put_new(key, body, content_type, metadata).await
    }

    /// All versions of the objects whose keys begin with `prefix`, in the order of keys, at most
    /// `limit`.
    async fn list(&self, prefix: &str, limit: usize) -> Result<Vec<Listed>>;
}

/// Puts a file that must be there once, and checks what is there when a retry finds its key taken:
/// the same bytes, or a file of the same origin (`origin` is kept in the metadata).
///
/// Returns the digest of the bytes that stand under the key.
///
/// # Errors
/// `Rejected` when something else stands there.
pub async fn put_once(
    objects: &dyn Objects,
    key: &str,
    body: Vec<u8>,
    content_type: &str,
    origin: &str,
) -> Result<Digest> {
    let content = Digest::of(&body);
    let size = body.len() as u64;
    if objects.put_new(key, body, content_type, &[("origin", origin)]).await? == Put::Created {
        return Ok(content);
    }
    let Some(found) = objects.get(key, None, size.max(64 << 20)).await? else {
        return Err(Failure::retry("verify object", key, "it was there, and then it was not"));
    };
    let standing = Digest::of(&found.body);
    let same_origin = found.metadata.get("origin").is_some_and(|found| found == origin);
    if standing != content && !same_origin {
        let cause = format!("another file stands there: {standing}, ours is {content}");
        return Err(Failure::rejected("put object once", key, cause));
    }
    if standing != content {
        tracing::warn!(object.key = key, "an earlier run wrote this file differently; it stands");
    }
    Ok(standing)
}

/// The same for what is in a file. When the key is taken, what stands there must have the same origin:
/// an earlier run of the same work put it.
///
/// # Errors
/// `Rejected` when something else stands there.
pub async fn put_file_once(
    objects: &dyn Objects,
    key: &str,
    file: &Path,
    content_type: &str,
    origin: &str,
) -> Result<()> {
    if objects.put_new_file(key, file, content_type, &[("origin", origin)]).await? == Put::Created {
        return Ok(());
    }
    let failed = |error| Failure::retry("verify object", key, error);
    let mut standing = tempfile::tempfile().map_err(failed)?;
    let Some(metadata) = objects.copy_to(key, None, u64::MAX, &mut standing).await? else {
        return Err(Failure::retry("verify object", key, "it was there, and then it was not"));
    };
    if metadata.get("origin").is_none_or(|found| found != origin) {
        return Err(Failure::rejected("put object once", key, "another file stands there"));
    }
    Ok(())
}
