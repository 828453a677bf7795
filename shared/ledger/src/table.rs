//! What the ledger asks of a store: items under a key, each with a version number, read
//! consistently, and written only if nobody else has written them since. Every rule of the ledger
//! stands on that alone, so both stores keep the same rules by construction.

use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;
use passerelle_domain::{Failure, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_dynamo::{AttributeValue, Item};

use crate::{StateChange, Window};

/// The version of the items' form, in their attribute `schema`. Raise it when an older program could
/// misread a newer item; such a program then refuses the item instead.
const SCHEMA: u64 = 1;

/// How often a lost race is run again before the call fails with `Retry`. Each round has
/// one winner, so this is also how many may push at one item at once.
pub const ATTEMPTS: u32 = 24;

/// The most writes of one transaction (DynamoDB: "up to 100 distinct items").
pub const MAX_WRITES: usize = 100;

/// In how many parts the index by state is divided: a partition takes 1 000 writes a second, and an
/// evening's invoices all enter the same state.
pub const SHARDS: u64 = 8;

/// The range key of an index entry may be 1 024 bytes; its time and `#` take 31.
const MAX_ID_BYTES: usize = 900;

/// How many changes of state an item remembers: the first and the latest. Far more than a life has,
/// so that an item that goes to and fro for ever stays small.
const MAX_HISTORY: usize = 32;

/// How much of a change's detail is remembered.
const MAX_DETAIL_BYTES: usize = 200;

/// The largest item, in bytes (DynamoDB: "the maximum item size is 400 KB").
const MAX_BYTES: usize = 409_600;

/// The largest item that is begun. The rest is for what it gains later: changes of state, a PDF's key, an
/// account.
pub const MAX_ITEM_BYTES: usize = 400_000;

/// The address of an item.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The hash key: what the item belongs to.
    pub pk: String,
    /// The range key: which item of that.
    pub sk: String,
}

impl Key {
    /// The address of an item.
    pub fn new(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self { pk: pk.into(), sk: sk.into() }
    }

    /// The main item of a thing that has several.
    pub fn head(pk: impl Into<String>) -> Self {
        Self::new(pk, "HEAD")
    }

    /// The part of the index by state that the item belongs to: FNV-1a, the same for ever.
    fn shard(&self) -> u64 {
        let bytes = self.pk.bytes().chain([0]).chain(self.sk.bytes());
        let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        hash % SHARDS
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.pk, self.sk)
    }
}

/// A write that happens only if the item is still what its writer read.
#[derive(Clone, Debug)]
pub enum Write {
    /// Puts the whole item, if it still has this version; if there is none yet, for nothing.
    Put {
        /// Its address, which the item has too.
        key: Key,
        /// The item.
        item: Item,
        /// The version that was read.
        expected: Option<u64>,
    },
    /// Writes nothing, but fails the transaction if the item no longer has this version.
    Check {
        /// Its address.
        key: Key,
        /// The version that was read.
        expected: u64,
    },
}

impl Write {
    /// The address of the item.
    pub fn key(&self) -> &Key {
        match self {
            Self::Put { key, .. } | Self::Check { key, .. } => key,
        }
    }

    /// The size of what is written, in bytes.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Put { item, .. } => size(item),
            Self::Check { .. } => 0,
        }
    }
}

/// A store of items. `doing` is for the failure's text.
#[async_trait]
pub trait Table: Send + Sync {
    /// One item, read consistently.
    async fn get(&self, doing: &'static str, key: &Key) -> Result<Option<Item>>;

    /// At most 100 different items, read consistently, in the order of the keys.
    async fn get_many(&self, doing: &'static str, keys: &[Key]) -> Result<Vec<Option<Item>>>;

    /// One write. `false` when the race is lost: read again. After a lost response it may be `false`
    /// although the write took place.
    async fn put(&self, doing: &'static str, write: Write) -> Result<bool>;

    /// All of the writes or none; at most [`MAX_WRITES`]. `false` when the race is lost: read again.
    /// Exact even when a response is lost.
    async fn transact(&self, doing: &'static str, writes: Vec<Write>) -> Result<bool>;

    /// All items of `pk` whose `sk` begins so, read consistently, in the order of `sk`.
    async fn query(&self, doing: &'static str, pk: &str, prefix: &str) -> Result<Vec<Item>>;

    /// The last item of `pk` in the order of `sk`, read consistently.
    async fn last(&self, doing: &'static str, pk: &str) -> Result<Option<Item>>;

    /// Items in a state ("order:ready"), the one longest in it first. It may lag behind.
    async fn by_state(&self, doing: &'static str, state: &str, window: Window) -> Result<Vec<Item>>;

    /// Waits a little after a lost race, longer each time, so that the winners get done.
    async fn pause(&self, attempt: u32);
}

/// What stands in an item, beside its envelope (`pk`, `sk`, `schema`, `version`, `state_key`,
/// `state_since`, `history`).
pub trait Record: Serialize + DeserializeOwned + Send + Sync {
    fn key(&self) -> Key;

    /// Where it stands in the index by state, if it has a state.
    fn place(&self) -> Option<Place> {
        None
    }

    /// The states it had been in when it was read; [`put`] adds the one that it is in.
    fn history(&self) -> &[StateChange] {
        &[]
    }
}

/// A place in the index by state.
pub struct Place {
    /// The kind and the state: `order:ready`.
    pub state: String,
    /// When it entered that state.
    pub since: Timestamp,
    /// What makes the order of two with the same instant stable.
    pub id: String,
    /// What belongs to the state: see [`StateChange`].
    pub detail: String,
}

impl Place {
    /// The history of who comes to this place with a history.
    fn after(&self, history: &[StateChange]) -> Vec<StateChange> {
        let state = self.state.split_once(':').map_or(&*self.state, |(_, state)| state);
        let mut history = history.to_vec();
        if history.last().is_none_or(|last| last.state != state || last.at != self.since) {
            let detail = self.detail[..self.detail.floor_char_boundary(MAX_DETAIL_BYTES)].to_owned();
            history.push(StateChange { state: state.to_owned(), at: self.since, detail });
        }
        if history.len() > MAX_HISTORY {
            history.remove(1);
        }
        history
    }
}

/// A record as it was read.
pub struct Read<R> {
    pub record: R,
    pub version: u64,
}

/// An instant as text whose order is that of time: always nine decimals.
pub fn sortable(instant: Timestamp) -> String {
    format!("{instant:.9}")
}

/// The write that puts a record in the place of the version that was read, or of nothing.
pub fn put<R: Record>(doing: &'static str, record: &R, expected: Option<u64>) -> Result<Write> {
    let key = record.key();
    let mut item: Item = serde_dynamo::to_item(record)
        .map_err(|error| Failure::misconfigured(doing, key.to_string(), error))?;
    if let Some(place) = record.place() {
        let history = serde_dynamo::to_attribute_value(place.after(record.history()))
            .map_err(|error| Failure::misconfigured(doing, key.to_string(), error))?;
        set(&mut item, "history", history);
        let Place { state, since, mut id, .. } = place;
        id.truncate(id.floor_char_boundary(MAX_ID_BYTES));
        set(&mut item, "state_key", AttributeValue::S(format!("{state}#{}", key.shard())));
        set(&mut item, "state_since", AttributeValue::S(format!("{}#{id}", sortable(since))));
    }
    set(&mut item, "pk", AttributeValue::S(key.pk.clone()));
    set(&mut item, "sk", AttributeValue::S(key.sk.clone()));
    set(&mut item, "schema", AttributeValue::N(SCHEMA.to_string()));
    set(&mut item, "version", AttributeValue::N((expected.unwrap_or(0) + 1).to_string()));
    Ok(Write::Put { key, item, expected })
}

/// Refuses an item that DynamoDB would not take, before it is sent: both tables are the same in this, and
/// nothing depends on the text of an error.
///
/// # Errors
/// [`passerelle_domain::FailureKind::Rejected`]: this item is too large, others are not.
pub fn check_size(doing: &'static str, write: &Write) -> Result<()> {
    let Write::Put { key, expected, .. } = write else { return Ok(()) };
    let limit = if expected.is_none() { MAX_ITEM_BYTES } else { MAX_BYTES };
    match write.size() {
        bytes if bytes > limit => {
            let cause = format!("the item has {bytes} bytes, more than the limit of {limit}");
            Err(Failure::rejected(doing, key.to_string(), cause))
        }
        _ => Ok(()),
    }
}

/// An item's size as DynamoDB counts it ("Item sizes and formats"), numbers at their largest.
fn size(item: &Item) -> usize {
    fn of(value: &AttributeValue) -> usize {
        match value {
            AttributeValue::S(text) => text.len(),
            AttributeValue::B(bytes) => bytes.len(),
            AttributeValue::N(_) => 21,
            AttributeValue::Bool(_) | AttributeValue::Null(_) => 1,
            AttributeValue::L(values) => 3 + values.iter().map(|value| 1 + of(value)).sum::<usize>(),
            AttributeValue::M(values) => {
                3 + values.iter().map(|(name, value)| 1 + name.len() + of(value)).sum::<usize>()
            }
            AttributeValue::Ss(texts) | AttributeValue::Ns(texts) => texts.iter().map(String::len).sum(),
            AttributeValue::Bs(all) => all.iter().map(Vec::len).sum(),
        }
    }
    item.iter().map(|(name, value)| name.len() + of(value)).sum()
}

fn set(item: &mut Item, name: &str, value: AttributeValue) {
    let before = item.insert(name.to_owned(), value);
    debug_assert!(before.is_none(), "a record has no attribute {name} of its own");
}

/// A text attribute of an item; empty when there is none.
pub fn text<'a>(item: &'a Item, name: &str) -> &'a str {
    match item.get(name) {
        Some(AttributeValue::S(text)) => text,
        _ => "",
    }
}

/// A whole number of an item; 0 when there is none.
pub fn number(item: &Item, name: &str) -> u64 {
    match item.get(name) {
        Some(AttributeValue::N(number)) => number.parse().unwrap_or(0),
        _ => 0,
    }
}

/// Reads an item's record.
///
/// # Errors
/// [`passerelle_domain::FailureKind::Misconfigured`] when a newer program wrote it, or it is not what
/// it should be.
pub fn decode<R: Record>(doing: &'static str, item: Item) -> Result<Read<R>> {
    let subject = || format!("{} {}", text(&item, "pk"), text(&item, "sk"));
    let (schema, version) = (number(&item, "schema"), number(&item, "version"));
    if schema != SCHEMA {
        let cause = format!("the item has schema {schema}, this program reads {SCHEMA}");
        return Err(Failure::misconfigured(doing, subject(), cause));
    }
    let subject = subject();
    let record =
        serde_dynamo::from_item(item).map_err(|error| Failure::misconfigured(doing, subject, error))?;
    Ok(Read { record, version })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_as_text_sort_like_time() {
        let at = |text: &str| sortable(text.parse().expect("an instant"));
        let ordered = [
            sortable(Timestamp::MIN),
            at("2026-11-24T00:00:00Z"),
            at("2026-11-24T00:00:00.000000001Z"),
            at("2026-11-24T00:00:00.1Z"),
            at("2026-11-24T00:00:01Z"),
            sortable(Timestamp::MAX),
        ];
        assert!(ordered.is_sorted(), "{ordered:?}");
        assert_eq!(ordered[1], "2026-11-24T00:00:00.000000000Z");
    }

    #[test]
    fn a_history_keeps_its_beginning_and_its_latest_changes() {
        let mut history = Vec::new();
        for second in 0..100 {
            let since = Timestamp::from_second(second / 2 * 2).expect("an instant");
            let place =
                Place { state: "order:ready".into(), since, id: "1".into(), detail: "é".repeat(150) };
            history = place.after(&history);
        }
        assert_eq!(history.len(), MAX_HISTORY, "the same state again is no change");
        let at = |change: Option<&StateChange>| change.map(|change| change.at.as_second());
        assert_eq!(
            (at(history.first()), at(history.get(1)), at(history.last())),
            (Some(0), Some(38), Some(98))
        );
        assert_eq!((history[0].state.as_str(), history[0].detail.len()), ("ready", 200));
    }

    #[test]
    fn shards_stay_where_they_are_and_fill_evenly() {
        assert_eq!(Key::head("ORDER#rungis#1042").shard(), Key::head("ORDER#rungis#1042").shard());
        let mut filled = [0; 8];
        for id in 0..800 {
            filled[usize::try_from(Key::head(format!("ORDER#rungis#{id}")).shard()).expect("small")] += 1;
        }
        assert!(filled.iter().all(|&count| (60..=140).contains(&count)), "{filled:?}");
    }
}
