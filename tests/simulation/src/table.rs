//! The ledger's table, behind a network, with DynamoDB's limits.
//!
//! The ledger's rules are the product's own; all that is simulated is what holds their items. Each access is
//! a call that may fail, get lost or take time, so runs interleave, die and are overtaken between any two
//! accesses of one rule.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use passerelle_domain::{Result, ShopId};
use passerelle_flows::export::Pace;
use passerelle_ledger::{AttributeValue, Item, Key, Ledger, MemoryTable, Table, Window, Write};
use passerelle_services::Clock;
use passerelle_shops::Shop;

use crate::bugs::Bug;
use crate::pace::check_pace;
use crate::shop::SimShop;
use crate::world::World;

/// How old a list may be.
const MOST_LAG: SignedDuration = SignedDuration::from_secs(20);

/// Items of one page of a query: DynamoDB ends a page at 1 MB, and other runs write between pages.
const PAGE: usize = 4;

/// A table whose calls fail, get lost and take time; a clone is the same one.
#[derive(Clone)]
pub struct SimTable {
    world: World,
    memory: MemoryTable,
    /// The ledger on the table itself, for looking at it from outside.
    ledger: Ledger,
    shops: Vec<SimShop>,
    /// How much the ERP takes at once.
    pace: Pace,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// How many leases of a job there were.
    leases: BTreeMap<String, u64>,
    /// Which lease of a job a run has, and since when.
    held: BTreeMap<(String, String), (u64, Timestamp)>,
    /// The lease of the last write of each cursor and batch.
    fences: BTreeMap<Key, u64>,
    lists: BTreeMap<String, (Timestamp, Vec<Item>)>,
    /// What a run believes to be written, with the bug of sending first.
    held_back: BTreeMap<String, Vec<Write>>,
}

impl SimTable {
    /// An empty table, of orders of these shops.
    pub fn new(world: &World, shops: &[SimShop], pace: Pace) -> Self {
        let memory = MemoryTable::default();
        let (ledger, shops, state) = (Ledger::on(memory.clone()), shops.to_vec(), Arc::default());
        Self { world: world.clone(), memory, ledger, shops, pace, state }
    }

    /// The ledger on the table itself, without its network.
    pub fn outside(&self) -> Ledger {
        self.ledger.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What has to hold once a write went through, and its line in the trace.
    async fn written(&self, doing: &'static str, writes: &[Write]) -> Result<()> {
        for write in writes {
            let Write::Put { key, item, .. } = write else { continue };
            self.world.note("", || format!("{doing} {}: {}", name(key), traced(item)));
            match key.pk.split_once('#') {
                Some(("LEASE", job)) if doing == "take lease" => self.lease_taken(job),
                Some(("BATCH", _)) => {
                    self.passed_fence(key, "export-orders");
                    if doing == "open batch" {
                        self.opened(key).await?;
                    }
                }
                Some(("SHOP", shop)) => {
                    self.passed_fence(key, &format!("fetch-orders/{shop}"));
                    let shop = ShopId::new(shop).expect("a name");
                    if let Some(cursor) = self.ledger.cursor(&shop).await? {
                        let read = self.shops.iter().filter(|read| *read.id() == shop);
                        read.for_each(|shop| shop.check_cursor(&cursor, &self.ledger));
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn lease_taken(&self, job: &str) {
        let (run, now) = (self.world.at_work(), self.world.now());
        let mut state = self.state();
        let count = state.leases.entry(job.to_owned()).or_default();
        *count += 1;
        let lease = (*count, now);
        state.held.insert((run, job.to_owned()), lease);
    }

    /// The lease of a job that the run at work has: the how many-th it is, and since when.
    fn lease_of(&self, job: &str) -> Option<(u64, Timestamp)> {
        self.state().held.get(&(self.world.at_work(), job.to_owned())).copied()
    }

    /// Nobody with a newer lease may have written before.
    fn passed_fence(&self, key: &Key, job: &str) {
        let Some((lease, _)) = self.lease_of(job) else { return };
        let highest = self.state().fences.insert(key.clone(), lease).unwrap_or_default();
        if lease < highest {
            let how = format!("{} wrote with lease {lease}, after lease {highest}", self.world.at_work());
            self.world.broken("a run that was overtaken writes nothing more", name(key), how);
        }
    }

    async fn opened(&self, key: &Key) -> Result<()> {
        let batch = name(key).parse().expect("a batch has its number for a name");
        let (Some(batch), Some((_, since))) =
            (self.ledger.batch(&batch).await?, self.lease_of("export-orders"))
        else {
            return Ok(());
        };
        check_pace(&self.world, &self.ledger, self.pace, &batch.members, since).await
    }

    /// The bugs that change what is written.
    async fn planted(&self, doing: &'static str, writes: &mut [Write]) -> Result<Planted> {
        match self.world.bug {
            Some(Bug::NoFencing) if doing == "take lease" => {
                for write in writes {
                    let Write::Put { item, .. } = write else { continue };
                    item.insert("fencing".into(), AttributeValue::N("1".into()));
                }
            }
            Some(Bug::SendBeforeRecord) if matches!(doing, "claim orders" | "seal batch") => {
                let mut state = self.state();
                state.held_back.entry(self.world.at_work()).or_default().extend(writes.iter().cloned());
                return Ok(Planted::HeldBack);
            }
            Some(Bug::SendBeforeRecord) if doing == "settle batch" => {
                let held_back = self.state().held_back.remove(&self.world.at_work());
                for write in held_back.into_iter().flatten() {
                    self.memory.put(doing, write).await?;
                }
            }
            _ => {}
        }
        Ok(Planted::Through)
    }

    /// An item as the run at work sees it: with the bug of sending first, with what it believes written.
    fn seen(&self, key: &Key, item: Option<Item>) -> Option<Item> {
        if self.world.bug != Some(Bug::SendBeforeRecord) {
            return item;
        }
        let state = self.state();
        let mut held_back = state.held_back.get(&self.world.at_work()).into_iter().flatten().rev();
        let believed = held_back.find_map(|write| match write {
            Write::Put { key: of, item, .. } if of == key => Some(item.clone()),
            _ => None,
        });
        believed.or(item)
    }

    async fn write(&self, doing: &'static str, mut writes: Vec<Write>, repeatable: bool) -> Result<bool> {
        let subject = writes.last().map(|write| name(write.key())).unwrap_or_default();
        let held_back = matches!(self.planted(doing, &mut writes).await?, Planted::HeldBack);
        let writing = async || {
            if held_back {
                return Ok(true);
            }
            let won = self.memory.transact(doing, writes.clone()).await?;
            if won {
                self.written(doing, &writes).await?;
            }
            Ok(won)
        };
        self.world.call(doing, &subject, repeatable, writing).await
    }
}

enum Planted {
    Through,
    HeldBack,
}

/// How an item is called where people look for it in a trace.
fn name(key: &Key) -> String {
    let (kind, rest) = key.pk.split_once('#').unwrap_or((&key.pk, ""));
    match kind {
        "ORDER" => rest.replacen('#', "/", 1),
        "BATCH" => format!("{rest}-{}", &key.sk[key.sk.len().saturating_sub(3)..]),
        "DROP" => format!("{rest}@{}", key.sk),
        _ => rest.to_owned(),
    }
}

/// An item's place or time, for the trace.
fn traced(item: &Item) -> String {
    let text = |name: &str| match item.get(name) {
        Some(AttributeValue::S(text)) => Some(format!("{name} {text}")),
        _ => None,
    };
    let shown: Vec<String> =
        ["state_key", "modified_at", "watermark"].iter().filter_map(|it| text(it)).collect();
    shown.join(", ")
}

fn range_key(item: &Item) -> &str {
    match item.get("sk") {
        Some(AttributeValue::S(text)) => text,
        _ => "",
    }
}

#[async_trait]
impl Table for SimTable {
    async fn get(&self, doing: &'static str, key: &Key) -> Result<Option<Item>> {
        let item = self.world.look(doing, &name(key), self.memory.get(doing, key)).await?;
        Ok(self.seen(key, item))
    }

    async fn get_many(&self, doing: &'static str, keys: &[Key]) -> Result<Vec<Option<Item>>> {
        let subject = keys.first().map(name).unwrap_or_default();
        let items = self.world.look(doing, &subject, self.memory.get_many(doing, keys)).await?;
        Ok(keys.iter().zip(items).map(|(key, item)| self.seen(key, item)).collect())
    }

    async fn put(&self, doing: &'static str, write: Write) -> Result<bool> {
        self.write(doing, vec![write], true).await
    }

    // Not repeated with another response: its token makes a repetition exact.
    async fn transact(&self, doing: &'static str, writes: Vec<Write>) -> Result<bool> {
        self.write(doing, writes, false).await
    }

    async fn query(&self, doing: &'static str, pk: &str, prefix: &str) -> Result<Vec<Item>> {
        let mut items: Vec<Item> = Vec::new();
        loop {
            let after = items.last().map(|item| range_key(item).to_owned());
            let page = async {
                let all = self.memory.query(doing, pk, prefix).await?;
                let later =
                    all.into_iter().filter(|item| after.as_deref().is_none_or(|it| range_key(item) > it));
                Ok(later.take(PAGE).collect::<Vec<_>>())
            };
            let page = self.world.look(doing, &name(&Key::new(pk, prefix)), page).await?;
            let last = page.len() < PAGE;
            items.extend(page);
            if last {
                return Ok(items);
            }
        }
    }

    async fn last(&self, doing: &'static str, pk: &str) -> Result<Option<Item>> {
        self.world.look(doing, &pk, self.memory.last(doing, pk)).await
    }

    async fn by_state(&self, doing: &'static str, state: &str, window: Window) -> Result<Vec<Item>> {
        let listing = async {
            let now = self.world.now();
            let old = self.state().lists.get(state).cloned();
            let old = old.filter(|(at, _)| now.duration_since(*at) <= MOST_LAG);
            let listed = match old {
                Some((_, old)) if self.world.strikes(|weather| weather.lag) => {
                    self.world.note("", || format!("list {state}: lags behind"));
                    old
                }
                _ => {
                    let listed = self.memory.by_state(doing, state, Window::all(usize::MAX)).await?;
                    self.state().lists.insert(state.to_owned(), (now, listed.clone()));
                    listed
                }
            };
            let within = |item: &Item| match item.get("state_since") {
                Some(AttributeValue::S(since)) => {
                    (format!("{:.9}", window.from)..format!("{:.9}", window.until)).contains(since)
                }
                _ => false,
            };
            Ok(listed.into_iter().filter(within).take(window.limit).collect())
        };
        self.world.look(doing, &state, listing).await
    }

    async fn pause(&self, _attempt: u32) {
        self.world.turn().await;
    }
}
