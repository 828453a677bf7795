//! What the behaviours have in common: instants, revisions of orders and invoices, and a few steps.

use std::fmt::Display;

use jiff::{Timestamp, ToSpan};
use passerelle_domain::{BatchId, BusinessDay, Digest, Invoice, Order, OrderKey, Rejection};
pub use passerelle_kit::{
    acceptance, accepted_in_part, customer, key, member, mismatch, number, refusal, set_aside, shop,
    shop_named,
};
use passerelle_ledger::{
    Batch, DropId, Lease, Ledger, Member, OrderIntake, OrderRecord, OrderStatus, Recorded, Repaired,
    StateChange,
};

pub type Given = Ledger;

/// So many seconds into the night of the tests.
pub fn at(seconds: i64) -> Timestamp {
    let midnight: Timestamp = "2026-11-23T23:00:00Z".parse().expect("an instant");
    midnight + seconds.seconds()
}

pub fn day() -> BusinessDay {
    BusinessDay::of(at(0))
}

pub fn order(id: impl Display, note: &str) -> Order {
    Order { note: note.into(), ..passerelle_kit::order(id) }
}

/// A text that compresses to more than half a megabyte: larger than an item, whatever stands around it.
pub fn huge() -> String {
    (0..16_000_u32).map(|n| Digest::of(&n.to_be_bytes()).to_string()).collect()
}

/// Records what a shop said at `modified` (which is also `now`).
pub async fn record(ledger: &Given, content: &Order, modified: i64) -> Recorded {
    record_result(ledger, &content.key, Ok(content), modified).await
}

/// An order that was recorded.
pub async fn recorded(ledger: &Given, id: impl Display, note: &str) -> Order {
    let order = order(id, note);
    record(ledger, &order, 10).await;
    order
}

pub async fn record_result(
    ledger: &Given,
    key: &OrderKey,
    content: Result<&Order, &Rejection>,
    modified: i64,
) -> Recorded {
    let raw_key = format!("raw/{key}/{modified}.json");
    let intake = OrderIntake { key, modified_at: at(modified), content, raw_key: &raw_key };
    ledger.record_order(&intake, at(modified)).await.expect("recorded")
}

pub async fn head(ledger: &Given, id: impl Display) -> OrderRecord {
    ledger.order(&key(id)).await.expect("read").expect("there")
}

pub async fn status(ledger: &Given, id: impl Display) -> OrderStatus {
    head(ledger, id).await.status
}

/// A history: states, the seconds at which they were entered, and what belongs to each.
pub fn changes(changes: &[(&str, i64, &str)]) -> Vec<StateChange> {
    let change = |&(state, second, detail): &(&str, i64, &str)| StateChange {
        state: state.into(),
        at: at(second),
        detail: detail.into(),
    };
    changes.iter().map(change).collect()
}

/// A run of the export.
pub fn run(fencing: u64) -> Lease {
    let owner = format!("run-{fencing}");
    Lease { job: "export-orders".into(), owner, expires_at: at(900), fencing }
}

pub async fn open(ledger: &Given, orders: &[&Order], lease: &Lease) -> Batch {
    let mut planned = Vec::new();
    for order in orders {
        let head = ledger.order(&order.key).await.expect("read");
        let replaces = head.and_then(|head| head.exported).map(|(_, revision)| revision);
        planned.push(Member { replaces, ..member(order) });
    }
    ledger.open_batch(day(), &planned, lease, at(50)).await.expect("opened")
}

pub async fn claim(ledger: &Given, batch: &Batch, lease: &Lease) -> Option<Vec<Member>> {
    ledger.claim_orders(&batch.id, lease, at(60)).await.expect("claimed")
}

pub async fn seal(ledger: &Given, batch: &BatchId, members: &[Member], lease: &Lease) -> bool {
    ledger.seal_batch(batch, members, lease, at(70)).await.expect("sealed")
}

/// Records an order and takes it all the way into a file.
pub async fn send(ledger: &Given, order: &Order) -> BatchId {
    record(ledger, order, 10).await;
    export(ledger, &[order], &run(1)).await
}

/// Seals a batch with what it has and records its file.
pub async fn finish(ledger: &Given, batch: &Batch) {
    assert!(seal(ledger, &batch.id, &batch.members, &run(1)).await);
    assert!(written(ledger, &batch.id, &run(1)).await);
}

pub fn file() -> (&'static str, Digest) {
    ("orders/outbox/2026-11-24-001.csv", Digest::of(b"the file"))
}

pub async fn written(ledger: &Given, batch: &BatchId, lease: &Lease) -> bool {
    written_with(ledger, batch, &[], lease).await
}

pub async fn written_with(
    ledger: &Given,
    batch: &BatchId,
    repairs: &[(OrderKey, Repaired)],
    lease: &Lease,
) -> bool {
    let (key, content) = file();
    ledger.batch_written(batch, key, &content, repairs, lease, at(80)).await.expect("written")
}

/// Opens a batch of these orders and claims them.
pub async fn claimed(ledger: &Given, orders: &[&Order], lease: &Lease) -> Batch {
    let batch = open(ledger, orders, lease).await;
    let members = claim(ledger, &batch, lease).await.expect("ours");
    assert_eq!(members, batch.members, "all are claimed");
    batch
}

/// Takes recorded orders all the way into a file.
pub async fn export(ledger: &Given, orders: &[&Order], lease: &Lease) -> BatchId {
    let batch = claimed(ledger, orders, lease).await;
    assert!(seal(ledger, &batch.id, &batch.members, lease).await);
    assert!(written(ledger, &batch.id, lease).await);
    batch.id
}

pub fn invoice(n: impl Display, note: &str) -> Invoice {
    let mut invoice = Invoice { note: note.into(), ..passerelle_kit::invoice(n) };
    invoice.buyer.address.name = "Bistrot d’Œuvre".into();
    invoice
}

pub fn drop_of(version: &str) -> DropId {
    DropId { key: "invoices/inbox/2026-11-24.csv".into(), version: version.into() }
}
