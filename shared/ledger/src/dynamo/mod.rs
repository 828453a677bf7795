//! The table in DynamoDB.

mod by_state;
mod failures;

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, ConditionCheck, KeysAndAttributes, Put, TransactWriteItem};
use passerelle_domain::{Failure, Result};
use serde_dynamo::Item;

use crate::Window;
use crate::table::{ATTEMPTS, Key, Table, Write, check_size, text};

/// Items in a table of DynamoDB: see the crate's page for its form.
#[derive(Clone, Debug)]
pub struct DynamoTable {
    client: Client,
    name: String,
}

impl DynamoTable {
    /// The table of this name.
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self { client, name: name.into() }
    }
}

type Attributes = HashMap<String, AttributeValue>;

fn address(key: &Key) -> Attributes {
    [("pk", &key.pk), ("sk", &key.sk)].map(|(name, text)| (name.to_owned(), string(text))).into()
}

fn string(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

/// A condition: its expression, and the names and values in it.
type Condition = (&'static str, Option<HashMap<String, String>>, Option<Attributes>);

/// That there is no item.
const ABSENT: Condition = ("attribute_not_exists(pk)", None, None);

/// That the item still has this version.
fn unchanged(version: u64) -> Condition {
    // `version` stands for itself only by luck: DynamoDB reserves words as it grows.
    let names = HashMap::from([("#version".to_owned(), "version".to_owned())]);
    let values = HashMap::from([(":version".to_owned(), AttributeValue::N(version.to_string()))]);
    ("#version = :version", Some(names), Some(values))
}

fn transactional(
    table: &str,
    write: Write,
) -> Result<TransactWriteItem, aws_sdk_dynamodb::error::BuildError> {
    let write_item = TransactWriteItem::builder();
    Ok(match write {
        Write::Check { key, expected } => {
            let (condition, names, values) = unchanged(expected);
            let check = ConditionCheck::builder().table_name(table).set_key(Some(address(&key)));
            let check = check.condition_expression(condition).set_expression_attribute_names(names);
            write_item.condition_check(check.set_expression_attribute_values(values).build()?).build()
        }
        Write::Put { item, expected, .. } => {
            let (condition, names, values) = expected.map_or(ABSENT, unchanged);
            let put = Put::builder().table_name(table).set_item(Some(item.into()));
            let put = put.condition_expression(condition).set_expression_attribute_names(names);
            write_item.put(put.set_expression_attribute_values(values).build()?).build()
        }
    })
}

#[async_trait]
impl Table for DynamoTable {
    async fn get(&self, doing: &'static str, key: &Key) -> Result<Option<Item>> {
        let request =
            self.client.get_item().table_name(&self.name).set_key(Some(address(key))).consistent_read(true);
        let response = request.send().await.map_err(|error| failures::of(doing, key, error))?;
        Ok(response.item.map(Item::from))
    }

    async fn get_many(&self, doing: &'static str, keys: &[Key]) -> Result<Vec<Option<Item>>> {
        let Some(first) = keys.first() else { return Ok(Vec::new()) };
        let mut found = HashMap::with_capacity(keys.len());
        let mut left: Vec<Attributes> = keys.iter().map(address).collect();
        for attempt in 0..ATTEMPTS {
            let wanted = KeysAndAttributes::builder().set_keys(Some(left)).consistent_read(true).build();
            let wanted = wanted.map_err(|error| Failure::misconfigured(doing, first.to_string(), error))?;
            let request = self.client.batch_get_item().request_items(&self.name, wanted);
            let response = request.send().await.map_err(|error| failures::of(doing, first, error))?;
            for item in response.responses.into_iter().flat_map(HashMap::into_values).flatten() {
                let item = Item::from(item);
                found.insert(Key::new(text(&item, "pk"), text(&item, "sk")), item);
            }
            // The table's throughput or the 16 MB of a response were used up: the rest comes later.
            left = response
                .unprocessed_keys
                .into_iter()
                .flat_map(HashMap::into_values)
                .flat_map(|k| k.keys)
                .collect();
            if left.is_empty() {
                return Ok(keys.iter().map(|key| found.remove(key)).collect());
            }
            self.pause(attempt).await;
        }
        Err(Failure::retry(doing, first.to_string(), format!("{} items were not returned", left.len())))
    }

    async fn put(&self, doing: &'static str, write: Write) -> Result<bool> {
        check_size(doing, &write)?;
        let Write::Put { key, item, expected } = write else {
            return self.transact(doing, vec![write]).await;
        };
        let (condition, names, values) = expected.map_or(ABSENT, unchanged);
        let request = self.client.put_item().table_name(&self.name).set_item(Some(item.into()));
        let request = request.condition_expression(condition).set_expression_attribute_names(names);
        match request.set_expression_attribute_values(values).send().await {
            Ok(_) => Ok(true),
            Err(error) if failures::is_lost_put(&error) => Ok(false),
            Err(error) => Err(failures::of(doing, &key, error)),
        }
    }

    async fn transact(&self, doing: &'static str, writes: Vec<Write>) -> Result<bool> {
        let Some(subject) = writes.last().map(|write| write.key().clone()) else { return Ok(true) };
        writes.iter().try_for_each(|write| check_size(doing, write))?;
        let writes: Result<Vec<_>, _> =
            writes.into_iter().map(|write| transactional(&self.name, write)).collect();
        let writes = writes.map_err(|error| Failure::misconfigured(doing, subject.to_string(), error))?;
        // The SDK adds a client request token, the same for its own retries: those are exact.
        match self.client.transact_write_items().set_transact_items(Some(writes)).send().await {
            Ok(_) => Ok(true),
            Err(error) if failures::is_lost_transaction(&error) => Ok(false),
            Err(error) => Err(failures::of_transaction(doing, &subject, error)),
        }
    }

    async fn query(&self, doing: &'static str, pk: &str, prefix: &str) -> Result<Vec<Item>> {
        let mut items = Vec::new();
        let mut start = None;
        loop {
            let request = self.client.query().table_name(&self.name).consistent_read(true);
            let request = request.expression_attribute_values(":pk", string(pk));
            // DynamoDB takes no empty text for a key, not even as a beginning.
            let request = match prefix {
                "" => request.key_condition_expression("pk = :pk"),
                _ => request
                    .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
                    .expression_attribute_values(":prefix", string(prefix)),
            };
            let request = request.set_exclusive_start_key(start);
            let subject = Key::new(pk, prefix);
            let response = request.send().await.map_err(|error| failures::of(doing, &subject, error))?;
            items.extend(response.items.into_iter().flatten().map(Item::from));
            start = response.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() {
                return Ok(items);
            }
        }
    }

    async fn last(&self, doing: &'static str, pk: &str) -> Result<Option<Item>> {
        let request = self.client.query().table_name(&self.name).consistent_read(true);
        let request = request
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", string(pk))
            .scan_index_forward(false)
            .limit(1);
        let response =
            request.send().await.map_err(|error| failures::of(doing, &Key::new(pk, "last"), error))?;
        Ok(response.items.into_iter().flatten().next().map(Item::from))
    }

    async fn by_state(&self, doing: &'static str, state: &str, window: Window) -> Result<Vec<Item>> {
        by_state::list(self, doing, state, window).await
    }

    /// Full jitter: 20 ms at most the first time, then twice as much each time, up to 320 ms.
    async fn pause(&self, attempt: u32) {
        let most = 20_000 << attempt.min(4);
        // Each `RandomState` has keys of its own: chance without a crate for it.
        let micros = RandomState::new().build_hasher().finish() % most;
        tokio::time::sleep(Duration::from_micros(micros)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_fails_its_transaction_when_the_version_has_changed() {
        let key = Key::new("BATCH#2026-11-24", "000001");
        let write =
            transactional("ledger", Write::Check { key: key.clone(), expected: 7 }).expect("complete");
        let check = write.condition_check().expect("a check");
        assert_eq!((check.table_name(), check.key()), ("ledger", &address(&key)));
        assert_eq!(check.condition_expression(), "#version = :version");
        let names = check.expression_attribute_names().expect("names");
        assert_eq!(names.get("#version").map(String::as_str), Some("version"));
        let values = check.expression_attribute_values().expect("values");
        assert_eq!(values.get(":version"), Some(&AttributeValue::N("7".into())));
    }
}
