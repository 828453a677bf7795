//! The exchange bucket, behind a network.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use passerelle_domain::{Failure, OrderId, OrderKey, Result, ShopId};
use passerelle_ledger::Ledger;
use passerelle_services::{Listed, MemoryObjects, Object, Objects, Put};

use crate::bugs::Bug;
use crate::world::World;

/// Objects whose calls fail, get lost and take time; a clone is the same bucket.
#[derive(Clone)]
pub struct SimObjects {
    world: World,
    ledger: Ledger,
    /// The objects themselves, for looking at them from outside.
    pub memory: MemoryObjects,
    /// How often each key that must be written once was.
    created: Arc<Mutex<BTreeMap<String, u32>>>,
}

impl SimObjects {
    /// An empty bucket.
    pub fn new(world: &World, ledger: &Ledger) -> Self {
        Self {
            world: world.clone(),
            ledger: ledger.clone(),
            memory: MemoryObjects::with_clock(Arc::new(world.clone())),
            created: Arc::default(),
        }
    }

    /// A file of acknowledgements, as if each were about whatever batch its order was in last.
    async fn as_of_the_last_batch(&self, file: &[u8]) -> Result<Vec<u8>> {
        let mut changed = Vec::new();
        for line in file.split_inclusive(|byte| *byte == b'\n') {
            let mut cells: Vec<Vec<u8>> = line.split(|byte| *byte == b';').map(<[u8]>::to_vec).collect();
            let text =
                |cell: Option<&Vec<u8>>| String::from_utf8_lossy(cell.map_or(&[], |cell| cell)).into_owned();
            let (id, shop) = (OrderId::new(text(cells.first())), ShopId::new(text(cells.get(1))));
            if let (Ok(id), Ok(shop), true) = (id, shop, cells.len() > 3)
                && let Some(head) = self.ledger.order(&OrderKey { shop, id }).await?
                && let Some((batch, _)) = head.exported
            {
                cells[2] = batch.to_string().into_bytes();
            }
            changed.extend(cells.join(&b';'));
        }
        Ok(changed)
    }
}

#[async_trait]
impl Objects for SimObjects {
    async fn put_new(
        &self,
        key: &str,
        body: Vec<u8>,
        content_type: &str,
        metadata: &[(&str, &str)],
    ) -> Result<Put> {
        let putting = async || {
            // 409: another conditional put of the key was under way.
            if self.world.strikes(|weather| weather.refused / 2) {
                return Err(Failure::retry("put object", key, "409, another put is under way"));
            }
            let put = if self.world.bug == Some(Bug::NoConditionOnPut) {
                self.memory.put(key, body.clone(), content_type).await?;
                Put::Created
            } else {
                self.memory.put_new(key, body.clone(), content_type, metadata).await?
            };
            self.world.note("", || format!("object {key}: {put:?}"));
            if put == Put::Created {
                let mut created = self.created.lock().unwrap_or_else(PoisonError::into_inner);
                let times = created.entry(key.to_owned()).or_default();
                *times += 1;
                if *times > 1 {
                    self.world.broken("a file is written once", key, format!("it was written {times} times"));
                }
            }
            Ok(put)
        };
        self.world.call("put object", &key, true, putting).await
    }

    async fn put(&self, key: &str, body: Vec<u8>, content_type: &str) -> Result<()> {
        let putting = || self.memory.put(key, body.clone(), content_type);
        self.world.call("put object", &key, true, putting).await
    }

    async fn list(&self, prefix: &str, limit: usize) -> Result<Vec<Listed>> {
        self.world.call("list objects", &prefix, true, || self.memory.list(prefix, limit)).await
    }

    async fn get(&self, key: &str, version: Option<&str>, max_bytes: u64) -> Result<Option<Object>> {
        let object =
            self.world.call("get object", &key, true, || self.memory.get(key, version, max_bytes)).await?;
        match object {
            Some(object) if self.world.bug == Some(Bug::AckOfAnyBatch) && key.starts_with("orders/acks/") => {
                Ok(Some(Object { body: self.as_of_the_last_batch(&object.body).await?, ..object }))
            }
            object => Ok(object),
        }
    }
}
