//! A run that is overtaken at any of its accesses to the table changes nothing from then on.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use futures::future::BoxFuture;
use passerelle_domain::{BusinessDay, Digest, Order, Result};
use serde_dynamo::Item;

use super::{now, order, record, run};
use crate::memory::MemoryTable;
use crate::table::{Key, Table, Write};
use crate::{Batch, BatchState, Ledger, Member, OrderRecord, OrderStatus, Window};

/// A table on which something else happens just before one of the accesses.
struct Overtaken {
    table: MemoryTable,
    before: usize,
    accesses: Arc<AtomicUsize>,
    by: Box<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>,
}

impl Overtaken {
    async fn access(&self) -> &MemoryTable {
        if self.accesses.fetch_add(1, Ordering::Relaxed) == self.before {
            (self.by)().await;
        }
        &self.table
    }
}

#[async_trait]
impl Table for Overtaken {
    async fn get(&self, doing: &'static str, key: &Key) -> Result<Option<Item>> {
        self.access().await.get(doing, key).await
    }
    async fn get_many(&self, doing: &'static str, keys: &[Key]) -> Result<Vec<Option<Item>>> {
        self.access().await.get_many(doing, keys).await
    }
    async fn put(&self, doing: &'static str, write: Write) -> Result<bool> {
        self.access().await.put(doing, write).await
    }
    async fn transact(&self, doing: &'static str, writes: Vec<Write>) -> Result<bool> {
        self.access().await.transact(doing, writes).await
    }
    async fn query(&self, doing: &'static str, pk: &str, prefix: &str) -> Result<Vec<Item>> {
        self.access().await.query(doing, pk, prefix).await
    }
    async fn last(&self, doing: &'static str, pk: &str) -> Result<Option<Item>> {
        self.access().await.last(doing, pk).await
    }
    async fn by_state(&self, doing: &'static str, state: &str, window: Window) -> Result<Vec<Item>> {
        self.access().await.by_state(doing, state, window).await
    }
    async fn pause(&self, attempt: u32) {
        self.table.pause(attempt).await;
    }
}

struct Night {
    table: MemoryTable,
    ledger: Ledger,
    orders: Arc<Vec<Order>>,
    batch: Batch,
}

impl Night {
    /// A batch of 210 orders, the first `recorded` of which are there.
    async fn begin(recorded: usize) -> Self {
        let table = MemoryTable::default();
        let ledger = Ledger::on(table.clone());
        let orders: Vec<Order> = (0..210).map(order).collect();
        for order in &orders[..recorded] {
            record(&ledger, order).await;
        }
        let member =
            |order: &Order| Member { key: order.key.clone(), revision: order.revision(), replaces: None };
        let planned: Vec<Member> = orders.iter().map(member).collect();
        let opened = ledger.open_batch(BusinessDay::of(now()), &planned, &run(1), now()).await;
        Self { table, ledger, orders: Arc::new(orders), batch: opened.expect("opened") }
    }

    fn overtaken<F>(
        &self,
        before: usize,
        by: impl Fn(Ledger, Arc<Vec<Order>>, Batch) -> F,
    ) -> (Ledger, Arc<AtomicUsize>)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let accesses = Arc::new(AtomicUsize::new(0));
        let once = by(self.ledger.clone(), self.orders.clone(), self.batch.clone());
        let once = std::sync::Mutex::new(Some(Box::pin(once) as BoxFuture<'static, ()>));
        let by = Box::new(move || once.lock().expect("not poisoned").take().expect("only once"));
        let table = Overtaken { table: self.table.clone(), before, accesses: accesses.clone(), by };
        (Ledger::on(table), accesses)
    }

    async fn heads(&self) -> Vec<OrderRecord> {
        heads(&self.ledger, &self.orders).await
    }
}

async fn heads(ledger: &Ledger, orders: &[Order]) -> Vec<OrderRecord> {
    let mut heads = Vec::new();
    for order in orders {
        heads.extend(ledger.order(&order.key).await.expect("read"));
    }
    heads
}

#[tokio::test]
async fn a_run_overtaken_while_it_claims_claims_nothing_more() {
    for before in 0.. {
        let night = Night::begin(150).await;
        // The successor seals what there is; then come the orders that the zombie still waits for.
        let (zombie, accesses) =
            night.overtaken(before, async |ledger: Ledger, orders: Arc<Vec<Order>>, batch: Batch| {
                let ours = ledger.adopt_batch(&batch.id, &run(2)).await.expect("asked").expect("adopted");
                let members =
                    ledger.claim_orders(&ours.id, &run(2), now()).await.expect("asked").expect("ours");
                assert!(ledger.seal_batch(&ours.id, &members, &run(2), now()).await.expect("asked"));
                for order in &orders[150..] {
                    record(&ledger, order).await;
                }
            });
        let claimed = zombie.claim_orders(&night.batch.id, &run(1), now()).await.expect("asked");
        if accesses.load(Ordering::Relaxed) <= before {
            assert!(before > 5, "only {before} accesses: the test does not see them all");
            assert_eq!(claimed.expect("not overtaken").len(), 150);
            break;
        }
        for (place, head) in night.heads().await.iter().enumerate() {
            let expected = if place < 150 { OrderStatus::Claimed } else { OrderStatus::Ready };
            assert_eq!(head.status, expected, "{} when overtaken before access {before}", head.key);
        }
    }
}

#[tokio::test]
async fn a_run_overtaken_while_it_records_its_file_settles_nothing_more() {
    let content = Digest::of(b"file");
    for before in 0.. {
        let night = Night::begin(210).await;
        let members =
            night.ledger.claim_orders(&night.batch.id, &run(1), now()).await.expect("asked").expect("ours");
        assert!(night.ledger.seal_batch(&night.batch.id, &members, &run(1), now()).await.expect("asked"));
        let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
        let (zombie, accesses) = night.overtaken(before, |ledger, orders, batch| {
            let seen = seen.clone();
            async move {
                ledger.adopt_batch(&batch.id, &run(2)).await.expect("asked").expect("adopted");
                let heads = heads(&ledger, &orders).await;
                *seen.lock().expect("not poisoned") = heads;
            }
        });
        let written = zombie
            .batch_written(&night.batch.id, "file", &content, &[], &run(1), now())
            .await
            .expect("asked");
        if accesses.load(Ordering::Relaxed) <= before {
            assert!(written && before > 5, "only {before} accesses: the test does not see them all");
            break;
        }
        assert!(!written, "overtaken before access {before}");
        let unchanged = night.heads().await == *seen.lock().expect("not poisoned");
        assert!(unchanged, "orders were settled when overtaken before access {before}");
        let batch = night.ledger.batch(&night.batch.id).await.expect("read").expect("there");
        assert_eq!((batch.state, batch.fencing), (BatchState::Sealed, 2));
    }
}
