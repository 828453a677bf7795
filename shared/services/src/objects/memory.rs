use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use passerelle_domain::{Failure, Result};

use super::{Listed, Object, Objects, Put};
use crate::Clock;

/// By key, each version and when it was put.
type Held = BTreeMap<String, Vec<(Object, Option<Timestamp>)>>;

/// Objects in memory, for tests: every version is kept.
#[derive(Clone, Default)]
pub struct MemoryObjects {
    held: Arc<Mutex<Held>>,
    clock: Option<Arc<dyn Clock>>,
}

impl MemoryObjects {
    /// Objects that know when they were put.
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        Self { clock: Some(clock), ..Self::default() }
    }

    fn objects(&self) -> std::sync::MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Option<Timestamp> {
        self.clock.as_ref().map(|clock| clock.now())
    }

    /// Takes an object away with all its versions, as no function may.
    pub fn remove(&self, key: &str) {
        self.objects().remove(key);
    }

    /// The keys with a prefix, in order.
    pub fn keys(&self, prefix: &str) -> Vec<String> {
        self.objects().keys().filter(|key| key.starts_with(prefix)).cloned().collect()
    }

    /// Puts a version and returns its id: its place, from 0.
    pub fn put_version(&self, key: &str, body: impl Into<Vec<u8>>) -> String {
        let mut objects = self.objects();
        let versions = objects.entry(key.to_owned()).or_default();
        versions.push((Object { body: body.into(), metadata: BTreeMap::new() }, self.now()));
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
        objects.insert(key.to_owned(), vec![(Object { body, metadata }, self.now())]);
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
        let found = found.map(|(object, _)| object);
        if let Some(object) = found.filter(|object| object.body.len() as u64 > max_bytes) {
            let cause = format!("{} bytes; at most {max_bytes} are allowed", object.body.len());
            return Err(Failure::rejected("get object", key, cause));
        }
        Ok(found.cloned())
    }

    async fn list(&self, prefix: &str, limit: usize) -> Result<Vec<Listed>> {
        let objects = self.objects();
        let under = objects.range(prefix.to_owned()..).take_while(|(key, _)| key.starts_with(prefix));
        let versions = under.flat_map(|(key, versions)| {
            // S3 lists the latest version first.
            let places = versions.iter().enumerate().rev();
            places.map(|(place, (object, modified))| Listed {
                key: key.clone(),
                version: place.to_string(),
                size: object.body.len() as u64,
                modified: *modified,
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
        let found: Vec<_> =
            listed.iter().map(|found| (&*found.key, &*found.version, found.size, found.latest)).collect();
        assert_eq!(found, [("in/a", "0", 2, true), ("in/b", "1", 3, true), ("in/b", "0", 1, false)]);
        assert_eq!(objects.list("in/", 2).await.expect("listed"), listed[..2]);
    }
}
