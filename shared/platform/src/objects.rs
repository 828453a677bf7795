use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{EncodingType, ObjectVersion};
use jiff::Timestamp;
use passerelle_domain::{Failure, Result, Revision};
use percent_encoding::percent_decode_str;

use crate::Clock;
use crate::start::aws_failure;

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
/// Answers the hash of the bytes that stand under the key.
///
/// # Errors
/// `Rejected` when something else stands there.
pub async fn put_once(
    objects: &dyn Objects,
    key: &str,
    body: Vec<u8>,
    content_type: &str,
    origin: &str,
) -> Result<Revision> {
    let content = Revision::of_bytes(&body);
    let size = body.len() as u64;
    if objects.put_new(key, body, content_type, &[("origin", origin)]).await? == Put::Created {
        return Ok(content);
    }
    let Some(found) = objects.get(key, None, size.max(64 << 20)).await? else {
        return Err(Failure::retry("verify object", key, "it was there, and then it was not"));
    };
    let standing = Revision::of_bytes(&found.body);
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

/// The exchange bucket in S3.
#[derive(Clone, Debug)]
pub struct S3Objects {
    client: Client,
    bucket: String,
}

impl S3Objects {
    /// The bucket, through a client.
    pub fn new(client: Client, bucket: impl Into<String>) -> Self {
        Self { client, bucket: bucket.into() }
    }

    async fn put_stream(
        &self,
        key: &str,
        body: ByteStream,
        content_type: &str,
        metadata: &[(&str, &str)],
    ) -> Result<Put> {
        let mut request = self.client.put_object().bucket(&self.bucket).key(key).if_none_match("*");
        for (name, value) in metadata {
            request = request.metadata(*name, *value);
        }
        match request.content_type(content_type).body(body).send().await {
            Ok(_) => Ok(Put::Created),
            // 409 means that another put of the same key is under way: it may still fail, so try again.
            Err(error) => match status(&error) {
                Some(412) => Ok(Put::Exists),
                Some(409) => Err(Failure::retry("put object", key, "another put is under way")),
                _ => Err(aws_failure("put object", key, error)),
            },
        }
    }

    /// The answer to a get, whose body is still to come.
    async fn open(
        &self,
        key: &str,
        version: Option<&str>,
        max_bytes: u64,
    ) -> Result<Option<GetObjectOutput>> {
        let request = self.client.get_object().bucket(&self.bucket).key(key);
        let object = match request.set_version_id(version.map(str::to_owned)).send().await {
            Ok(object) => object,
            Err(error) if status(&error) == Some(404) || error.code() == Some("NoSuchKey") => {
                return Ok(None);
            }
            Err(error) => return Err(aws_failure("get object", key, error)),
        };
        let size = u64::try_from(object.content_length().unwrap_or(0)).unwrap_or(0);
        if size > max_bytes {
            let cause = format!("{size} bytes; at most {max_bytes} are allowed");
            return Err(Failure::rejected("get object", key, cause));
        }
        Ok(Some(object))
    }
}

/// Metadata with keys in lower case.
fn metadata_of(metadata: Option<HashMap<String, String>>) -> BTreeMap<String, String> {
    metadata.unwrap_or_default().into_iter().map(|(name, value)| (name.to_lowercase(), value)).collect()
}

#[async_trait]
impl Objects for S3Objects {
    async fn put_new(
        &self,
        key: &str,
        body: Vec<u8>,
        content_type: &str,
        metadata: &[(&str, &str)],
    ) -> Result<Put> {
        self.put_stream(key, ByteStream::from(body), content_type, metadata).await
    }

    async fn put_new_file(
        &self,
        key: &str,
        file: &Path,
        content_type: &str,
        metadata: &[(&str, &str)],
    ) -> Result<Put> {
        let body = ByteStream::from_path(file).await;
        let body = body.map_err(|error| Failure::retry("put object", key, error))?;
        self.put_stream(key, body, content_type, metadata).await
    }

    async fn copy_to(
        &self,
        key: &str,
        version: Option<&str>,
        max_bytes: u64,
        file: &mut File,
    ) -> Result<Option<BTreeMap<String, String>>> {
        let Some(mut object) = self.open(key, version, max_bytes).await? else { return Ok(None) };
        let failed = |error| Failure::retry("copy object", key, error);
        while let Some(bytes) = object.body.next().await {
            let bytes = bytes.map_err(|error| Failure::retry("copy object", key, error))?;
            file.write_all(&bytes).map_err(failed)?;
        }
        Ok(Some(metadata_of(object.metadata)))
    }

    async fn put(&self, key: &str, body: Vec<u8>, content_type: &str) -> Result<()> {
        let request = self.client.put_object().bucket(&self.bucket).key(key).content_type(content_type);
        let put = request.body(ByteStream::from(body)).send().await;
        put.map(drop).map_err(|error| aws_failure("put object", key, error))
    }

    async fn get(&self, key: &str, version: Option<&str>, max_bytes: u64) -> Result<Option<Object>> {
        let Some(object) = self.open(key, version, max_bytes).await? else { return Ok(None) };
        let metadata = metadata_of(object.metadata);
        let body = object.body.collect().await.map_err(|error| Failure::retry("get object", key, error))?;
        Ok(Some(Object { body: body.to_vec(), metadata }))
    }

    async fn list(&self, prefix: &str, limit: usize) -> Result<Vec<Listed>> {
        let mut listed = Vec::new();
        // Encoded, since a key may have characters that no XML can hold.
        let request = self.client.list_object_versions().bucket(&self.bucket).prefix(prefix);
        let request = request.encoding_type(EncodingType::Url);
        let (mut key_marker, mut version_marker) = (None, None);
        while listed.len() < limit {
            let left = i32::try_from(limit - listed.len()).unwrap_or(i32::MAX).min(PAGE);
            let page = request.clone().max_keys(left);
            let page = page.set_key_marker(key_marker).set_version_id_marker(version_marker).send().await;
            let page = page.map_err(|error| aws_failure("list objects", prefix, error))?;
            // The local cloud leaves keys as they are, and says no encoding.
            let encoded = page.encoding_type() == Some(&EncodingType::Url);
            listed.extend(page.versions().iter().filter_map(|version| version_listed(version, encoded)));
            if page.is_truncated() != Some(true) {
                break;
            }
            key_marker = page.next_key_marker.map(|key| key_of(&key, encoded));
            version_marker = page.next_version_id_marker;
        }
        listed.truncate(limit);
        Ok(listed)
    }
}

/// What `ListObjectVersions` gives at most in one answer.
const PAGE: i32 = 1000;

/// A key as it is, out of an answer. Keys are UTF-8, so that nothing is lost.
fn key_of(listed: &str, encoded: bool) -> String {
    if !encoded {
        return listed.to_owned();
    }
    percent_decode_str(&listed.replace('+', " ")).decode_utf8_lossy().into_owned()
}

fn version_listed(version: &ObjectVersion, encoded: bool) -> Option<Listed> {
    let modified = version.last_modified().and_then(|at| Timestamp::from_second(at.secs()).ok());
    Some(Listed {
        key: key_of(version.key()?, encoded),
        version: version.version_id().unwrap_or("null").to_owned(),
        size: u64::try_from(version.size().unwrap_or(0)).unwrap_or(0),
        modified,
        latest: version.is_latest() == Some(true),
    })
}

fn status<E>(error: &SdkError<E>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}

/// Objects in memory, for tests: every version is kept.
#[derive(Clone, Default)]
pub struct MemoryObjects {
    held: Arc<Mutex<BTreeMap<String, Vec<Object>>>>,
    /// When versions were put, by key and place.
    modified: Arc<Mutex<BTreeMap<(String, usize), Timestamp>>>,
    clock: Option<Arc<dyn Clock>>,
}

impl MemoryObjects {
    /// Objects that know when they were put.
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        Self { clock: Some(clock), ..Self::default() }
    }

    fn objects(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Vec<Object>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note_time(&self, key: &str, place: usize) {
        if let Some(clock) = &self.clock {
            let mut modified = self.modified.lock().unwrap_or_else(PoisonError::into_inner);
            modified.insert((key.to_owned(), place), clock.now());
        }
    }

    /// Takes an object away with all its versions, as no function may.
    pub fn remove(&self, key: &str) {
        self.objects().remove(key);
    }

    /// The keys with a prefix, in order.
    pub fn keys(&self, prefix: &str) -> Vec<String> {
        self.objects().keys().filter(|key| key.starts_with(prefix)).cloned().collect()
    }

    /// Puts a version and answers its id: its place, from 0.
    pub fn put_version(&self, key: &str, body: impl Into<Vec<u8>>) -> String {
        let mut objects = self.objects();
        let versions = objects.entry(key.to_owned()).or_default();
        versions.push(Object { body: body.into(), metadata: BTreeMap::new() });
        let place = versions.len() - 1;
        self.note_time(key, place);
        place.to_string()
    }
}

#[async_trait]
impl Objects for MemoryObjects {
    async fn put_new(
        &self,
        key: &str,
        body: Vec<u8>,
        _content_type: &str,
        metadata: &[(&str, &str)],
    ) -> Result<Put> {
        let mut objects = self.objects();
        if objects.contains_key(key) {
            return Ok(Put::Exists);
        }
        let metadata =
            metadata.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        objects.insert(key.to_owned(), vec![Object { body, metadata }]);
        self.note_time(key, 0);
        Ok(Put::Created)
    }

    async fn put(&self, key: &str, body: Vec<u8>, _content_type: &str) -> Result<()> {
        self.put_version(key, body);
        Ok(())
    }

    async fn get(&self, key: &str, version: Option<&str>, max_bytes: u64) -> Result<Option<Object>> {
        let objects = self.objects();
        let Some(versions) = objects.get(key) else { return Ok(None) };
        let found = match version {
            Some(version) => version.parse::<usize>().ok().and_then(|place| versions.get(place)),
            None => versions.last(),
        };
        if let Some(object) = found.filter(|object| object.body.len() as u64 > max_bytes) {
            let cause = format!("{} bytes; at most {max_bytes} are allowed", object.body.len());
            return Err(Failure::rejected("get object", key, cause));
        }
        Ok(found.cloned())
    }

    async fn list(&self, prefix: &str, limit: usize) -> Result<Vec<Listed>> {
        let objects = self.objects();
        let modified = self.modified.lock().unwrap_or_else(PoisonError::into_inner);
        let under = objects.range(prefix.to_owned()..).take_while(|(key, _)| key.starts_with(prefix));
        let versions = under.flat_map(|(key, versions)| {
            // S3 lists the latest version first.
            let places = versions.iter().enumerate().rev();
            places.map(|(place, object)| Listed {
                key: key.clone(),
                version: place.to_string(),
                size: object.body.len() as u64,
                modified: modified.get(&(key.clone(), place)).copied(),
                latest: place + 1 == versions.len(),
            })
        });
        Ok(versions.take(limit).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_list_has_every_version_of_what_is_under_a_prefix() {
        let objects = MemoryObjects::default();
        for (key, body) in [("in/b", "1"), ("in/a", "22"), ("in/b", "333"), ("out/a", "4")] {
            objects.put(key, body.into(), "text/plain").await.expect("put");
        }
        let listed = objects.list("in/", 9).await.expect("listed");
        let told: Vec<_> = listed
            .iter()
            .map(|listed| (&*listed.key, &*listed.version, listed.size, listed.latest))
            .collect();
        assert_eq!(told, [("in/a", "0", 2, true), ("in/b", "1", 3, true), ("in/b", "0", 1, false)]);
        assert_eq!(objects.list("in/", 2).await.expect("listed"), listed[..2]);
    }
}
