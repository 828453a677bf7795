//! A run that dies at any of its accesses to the table leaves nothing that its successor cannot finish.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use passerelle_domain::{BusinessDay, Digest, Failure, Order, Result};
use serde_dynamo::Item;

use super::{now, order, record, run};
use crate::memory::MemoryTable;
use crate::table::{Key, Table, Write};
use crate::{BatchState, Lease, Ledger, Member, OrderStatus, Window};

/// A table that answers so many times. The access after that takes place, but its answer is lost;
/// all further ones fail.
struct Dying {
    table: MemoryTable,
    answers: AtomicUsize,
}

impl Dying {
    async fn answer<T>(&self, doing: &'static str, access: impl Future<Output = Result<T>>) -> Result<T> {
        let left = self
            .answers
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| Some(left.saturating_sub(1)));
        let died = || Failure::retry(doing, "table", "the run died");
        match left.unwrap_or_default() {
            0 => Err(died()),
            1 => access.await.and_then(|_| Err(died())),
            _ => access.await,
        }
    }
}

#[async_trait]
impl Table for Dying {
    async fn get(&self, doing: &'static str, key: &Key) -> Result<Option<Item>> {
        self.answer(doing, self.table.get(doing, key)).await
    }
    async fn get_many(&self, doing: &'static str, keys: &[Key]) -> Result<Vec<Option<Item>>> {
        self.answer(doing, self.table.get_many(doing, keys)).await
    }
    async fn put(&self, doing: &'static str, write: Write) -> Result<bool> {
        self.answer(doing, self.table.put(doing, write)).await
    }
    async fn transact(&self, doing: &'static str, writes: Vec<Write>) -> Result<bool> {
        self.answer(doing, self.table.transact(doing, writes)).await
    }
    async fn query(&self, doing: &'static str, pk: &str, prefix: &str) -> Result<Vec<Item>> {
        self.answer(doing, self.table.query(doing, pk, prefix)).await
    }
    async fn last(&self, doing: &'static str, pk: &str) -> Result<Option<Item>> {
        self.answer(doing, self.table.last(doing, pk)).await
    }
    async fn by_state(&self, doing: &'static str, state: &str, window: Window) -> Result<Vec<Item>> {
        self.answer(doing, self.table.by_state(doing, state, window)).await
    }
    async fn pause(&self, attempt: u32) {
        self.table.pause(attempt).await;
    }
}

/// What an export does, from whatever an earlier run left.
async fn export(ledger: &Ledger, lease: &Lease) -> Result<()> {
    let mut batches = Vec::new();
    for state in [BatchState::Open, BatchState::Sealed] {
        batches.extend(ledger.batches_in(state, Window::all(9)).await?);
    }
    if batches.is_empty() {
        let ready = ledger.orders_in(OrderStatus::Ready, Window::all(999)).await?;
        let member =
            |order: crate::OrderSummary| Member { key: order.key, revision: order.revision, replaces: None };
        let planned: Vec<Member> = ready.into_iter().map(member).collect();
        if planned.is_empty() {
            return Ok(());
        }
        batches.push(ledger.open_batch(BusinessDay::of(now()), &planned, lease, now()).await?);
    }
    for batch in batches {
        let batch = ledger.adopt_batch(&batch.id, lease).await?.expect("nobody else is there");
        if batch.state == BatchState::Open {
            let members = ledger.claim_orders(&batch.id, lease, now()).await?.expect("ours");
            assert!(ledger.seal_batch(&batch.id, &members, lease, now()).await?);
        }
        let content = Digest::of(b"file");
        assert!(ledger.batch_written(&batch.id, "file", &content, &[], lease, now()).await?);
    }
    Ok(())
}

#[tokio::test]
async fn an_export_that_dies_anywhere_is_finished_by_the_next() {
    let orders: Vec<Order> = (0..210).map(order).collect();
    let mut deaths = 0;
    for answers in 1.. {
        let table = MemoryTable::default();
        let ledger = Ledger::on(table.clone());
        for order in &orders {
            record(&ledger, order).await;
        }
        let dying = Ledger::on(Dying { table, answers: AtomicUsize::new(answers) });
        let died = export(&dying, &run(1)).await.is_err();
        if died {
            deaths += 1;
            export(&ledger, &run(2)).await.expect("nothing is in its way");
        }
        let written = ledger.batches_in(BatchState::Written, Window::all(9)).await.expect("listed");
        let in_files: usize = written.iter().map(|batch| batch.members.len()).sum();
        assert_eq!(in_files, orders.len(), "every order is in one file, after {answers} answers");
        assert_eq!(written.last().map(|batch| batch.id.number), Some(1), "the batch was not opened twice");
        for order in &orders {
            let head = ledger.order(&order.key).await.expect("read").expect("there");
            assert_eq!(head.status, OrderStatus::Exported, "{} after {answers} answers", order.key);
            assert_eq!(head.exported, Some((written[0].id, order.revision())));
        }
        if !died {
            break;
        }
    }
    assert!(deaths > 15, "only {deaths} accesses: the test does not see them all");
}
