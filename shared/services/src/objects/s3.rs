use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::Write;
use std::path::Path;

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{EncodingType, ObjectVersion};
use jiff::Timestamp;
use passerelle_domain::{Failure, Result};
use percent_encoding::percent_decode_str;

use super::{Listed, Object, Objects, Put};
use crate::aws::aws_failure;

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

    /// The response to a get, whose body is still to come.
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
        while let Some(bytes) = object.body.next().await {
            let bytes = bytes.map_err(|error| Failure::retry("copy object", key, error))?;
            file.write_all(&bytes).map_err(|error| Failure::retry("copy object", key, error))?;
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
            // The local cloud leaves keys as they are, and names no encoding.
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

/// The most that `ListObjectVersions` returns at once.
const PAGE: i32 = 1000;

/// A listed key, decoded. Keys are UTF-8, so that nothing is lost.
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
