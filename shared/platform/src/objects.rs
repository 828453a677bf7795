use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;
use passerelle_domain::{Failure, Result, Revision};

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
        let mut request = self.client.put_object().bucket(&self.bucket).key(key).if_none_match("*");
        for (name, value) in metadata {
            request = request.metadata(*name, *value);
        }
        match request.content_type(content_type).body(ByteStream::from(body)).send().await {
            Ok(_) => Ok(Put::Created),
            // 409 means that another put of the same key is under way: it may still fail, so try again.
            Err(error) => match status(&error) {
                Some(412) => Ok(Put::Exists),
                Some(409) => Err(Failure::retry("put object", key, "another put is under way")),
                _ => Err(aws_failure("put object", key, error)),
            },
        }
    }

    async fn put(&self, key: &str, body: Vec<u8>, content_type: &str) -> Result<()> {
        let request = self.client.put_object().bucket(&self.bucket).key(key).content_type(content_type);
        let put = request.body(ByteStream::from(body)).send().await;
        put.map(drop).map_err(|error| aws_failure("put object", key, error))
    }

    async fn get(&self, key: &str, version: Option<&str>, max_bytes: u64) -> Result<Option<Object>> {
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
        let metadata = object.metadata.unwrap_or_default().into_iter();
        let metadata = metadata.map(|(name, value)| (name.to_lowercase(), value)).collect();
        let body = object.body.collect().await.map_err(|error| Failure::retry("get object", key, error))?;
        Ok(Some(Object { body: body.to_vec(), metadata }))
    }
}

fn status<E>(error: &SdkError<E>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}

/// Objects in memory, for tests: every version is kept.
#[derive(Clone, Debug, Default)]
pub struct MemoryObjects(Arc<Mutex<BTreeMap<String, Vec<Object>>>>);

impl MemoryObjects {
    fn objects(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Vec<Object>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
        (versions.len() - 1).to_string()
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
}
