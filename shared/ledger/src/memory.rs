//! The table in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use passerelle_domain::{Failure, Result};
use serde_dynamo::Item;

use crate::Window;
use crate::table::{Key, MAX_WRITES, Table, Write, check_size, number, sortable, text};

/// The largest transaction (DynamoDB: "the aggregate size of the items in the transaction cannot exceed 4 MB").
const MAX_TRANSACTION_BYTES: usize = 4 << 20;

/// Items in memory, for tests and simulations: the same conditions as in DynamoDB, always the same order, no
/// clock. Its clones share what it holds.
///
/// The list by state never lags behind here. Each access yields once, so that runs on one thread
/// interleave between their accesses, as they would with DynamoDB.
#[derive(Clone, Debug, Default)]
pub struct MemoryTable {
    held: Arc<Mutex<Held>>,
}

#[derive(Debug, Default)]
struct Held {
    items: BTreeMap<Key, Item>,
    /// State, since when, which: the index by state, without its shards.
    by_state: BTreeSet<(String, String, Key)>,
}

impl Held {
    fn stands(&self, write: &Write) -> bool {
        let version = self.items.get(write.key()).map(|item| number(item, "version"));
        match write {
            Write::Put { expected, .. } => version == *expected,
            Write::Check { expected, .. } => version == Some(*expected),
        }
    }

    fn apply(&mut self, write: Write) {
        let Write::Put { key, item, .. } = write else { return };
        if let Some(place) = place(&key, &item) {
            self.by_state.insert(place);
        }
        if let Some(before) = self.items.insert(key.clone(), item)
            && let Some(place) = place(&key, &before)
            && self.items.get(&key).and_then(|item| self::place(&key, item)).as_ref() != Some(&place)
        {
            self.by_state.remove(&place);
        }
    }
}

fn place(key: &Key, item: &Item) -> Option<(String, String, Key)> {
    let (state, _shard) = text(item, "state_key").rsplit_once('#')?;
    Some((state.to_owned(), text(item, "state_since").to_owned(), key.clone()))
}

/// Refuses what DynamoDB would: more than 100 items, more than 4 MB, or an item twice.
fn check_transaction(doing: &'static str, writes: &[Write]) -> Result<()> {
    writes.iter().try_for_each(|write| check_size(doing, write))?;
    let keys: BTreeSet<&Key> = writes.iter().map(Write::key).collect();
    let bytes: usize = writes.iter().map(Write::size).sum();
    if writes.len() > MAX_WRITES || keys.len() < writes.len() || bytes > MAX_TRANSACTION_BYTES {
        let cause = format!("{} writes of {} items with {bytes} bytes", writes.len(), keys.len());
        return Err(Failure::misconfigured(doing, "transaction", cause));
    }
    Ok(())
}

impl MemoryTable {
    async fn held(&self) -> MutexGuard<'_, Held> {
        tokio::task::yield_now().await;
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Table for MemoryTable {
    async fn get(&self, _doing: &'static str, key: &Key) -> Result<Option<Item>> {
        Ok(self.held().await.items.get(key).cloned())
    }

    async fn get_many(&self, _doing: &'static str, keys: &[Key]) -> Result<Vec<Option<Item>>> {
        assert!(keys.len() <= MAX_WRITES, "DynamoDB reads at most 100 items at once");
        let held = self.held().await;
        Ok(keys.iter().map(|key| held.items.get(key).cloned()).collect())
    }

    async fn put(&self, doing: &'static str, write: Write) -> Result<bool> {
        self.transact(doing, vec![write]).await
    }

    async fn transact(&self, doing: &'static str, writes: Vec<Write>) -> Result<bool> {
        check_transaction(doing, &writes)?;
        let mut held = self.held().await;
        let stands = writes.iter().all(|write| held.stands(write));
        if stands {
            for write in writes {
                held.apply(write);
            }
        }
        Ok(stands)
    }

    async fn query(&self, _doing: &'static str, pk: &str, prefix: &str) -> Result<Vec<Item>> {
        let held = self.held().await;
        let from = held.items.range(Key::new(pk, prefix)..);
        Ok(from
            .take_while(|(key, _)| key.pk == pk && key.sk.starts_with(prefix))
            .map(|(_, item)| item.clone())
            .collect())
    }

    async fn last(&self, doing: &'static str, pk: &str) -> Result<Option<Item>> {
        Ok(self.query(doing, pk, "").await?.pop())
    }

    async fn by_state(&self, _doing: &'static str, state: &str, window: Window) -> Result<Vec<Item>> {
        let held = self.held().await;
        let start = (state.to_owned(), sortable(window.from), Key::new("", ""));
        let until = sortable(window.until);
        let within = held.by_state.range(start..).take_while(|(of, since, _)| of == state && *since < until);
        Ok(within.take(window.limit).filter_map(|(_, _, key)| held.items.get(key).cloned()).collect())
    }

    async fn pause(&self, _attempt: u32) {
        tokio::task::yield_now().await;
    }
}
