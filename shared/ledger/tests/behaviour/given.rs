//! What the behaviours have in common: orders, invoices, instants, and a few steps done shortly.

use jiff::{Timestamp, ToSpan};
use passerelle_domain::{
    Address, BatchId, BusinessDay, Buyer, Customer, CustomerCode, Digest, Invoice, InvoiceKind,
    InvoiceNumber, InvoiceTotals, Money, Order, OrderId, OrderKey, OrderState, PaymentInstructions,
    References, Rejection, ShopId,
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

pub fn shop() -> ShopId {
    ShopId::new("rungis").expect("a shop")
}

pub fn key(id: impl ToString) -> OrderKey {
    OrderKey { shop: shop(), id: OrderId::new(id.to_string()).expect("an id") }
}

pub fn order(id: impl ToString, note: &str) -> Order {
    Order {
        key: key(id.to_string()),
        number: id.to_string(),
        state: OrderState::Confirmed,
        shop_state: "processing".into(),
        created_at: at(0),
        currency: "EUR".into(),
        customer: Customer { name: "Bistrot d’Œuvre".into(), ..Customer::default() },
        billing: Address::default(),
        delivery: Address::default(),
        wanted_on: None,
        lines: vec![],
        charges: vec![],
        promotions: vec![],
        payments: vec![],
        refunds: vec![],
        note: note.into(),
        vat_total: Money::ZERO,
        total: Money::from_cents(9504),
    }
}

/// A text that compresses to more than half a megabyte: larger than an item, whatever stands around it.
pub fn huge() -> String {
    (0..16_000_u32).map(|n| Digest::of(&n.to_be_bytes()).to_string()).collect()
}

pub fn unreadable() -> Rejection {
    Rejection::new("totals_mismatch", "total", "shop says 95.18, its parts give 95.04", "they agree")
}

/// Records what a shop said at `modified` (which is also `now`).
pub async fn record(ledger: &Given, content: &Order, modified: i64) -> Recorded {
    record_result(ledger, &content.key, Ok(content), modified).await
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

pub async fn head(ledger: &Given, id: impl ToString) -> OrderRecord {
    ledger.order(&key(id)).await.expect("read").expect("there")
}

pub async fn status(ledger: &Given, id: impl ToString) -> OrderStatus {
    head(ledger, id).await.status
}

pub fn member(order: &Order) -> Member {
    Member { key: order.key.clone(), revision: order.revision(), replaces: None }
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

pub fn number(number: impl std::fmt::Display) -> InvoiceNumber {
    InvoiceNumber::new(format!("F2026/{number:0>4}")).expect("a number")
}

pub fn invoice(n: impl std::fmt::Display, note: &str) -> Invoice {
    Invoice {
        number: number(n),
        kind: InvoiceKind::Invoice,
        issued_on: day().date(),
        due_on: None,
        delivered_on: None,
        currency: "EUR".into(),
        period: None,
        references: References::default(),
        buyer: Buyer {
            code: customer(),
            address: Address { name: "Bistrot d’Œuvre".into(), ..Address::default() },
            siren: None,
            vat_number: String::new(),
            reference: String::new(),
        },
        deliver_to: None,
        payment: PaymentInstructions::default(),
        note: note.into(),
        lines: vec![],
        adjustments: vec![],
        vat_breakdown: vec![],
        totals: InvoiceTotals {
            net: Money::from_cents(3605),
            vat: Money::from_cents(198),
            gross: Money::from_cents(3803),
            prepaid: Money::ZERO,
            rounding: Money::ZERO,
            due: Money::from_cents(3803),
        },
    }
}

pub fn customer() -> CustomerCode {
    CustomerCode::new("C 00042").expect("a code")
}

pub fn drop_of(version: &str) -> DropId {
    DropId { key: "invoices/inbox/2026-11-24.csv".into(), version: version.into() }
}
