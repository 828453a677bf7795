//! A house in memory at a given time, and the steps that bring it into a state.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use passerelle_config::ExpectedInvoices;
use passerelle_domain::{
    Address, BusinessDay, Buyer, Customer, CustomerCode, Digest, Failure, Invoice, InvoiceKind,
    InvoiceNumber, InvoiceTotals, Money, Order, OrderId, OrderKey, OrderState, PaymentInstructions,
    References, Result, ShopId,
};
use passerelle_flows::fetch::Source;
use passerelle_flows::reconcile::{GapKind, Heartbeat, Reconcile, Report, Schedules, handle};
use passerelle_ledger::{Batch, DropId, DropOutcome, Lease, Ledger, Member, OrderIntake};
use passerelle_services::{
    Clock, Deadline, Environment, Listed, MemoryObjects, MemoryQueues, Object, Objects, Put, ScheduledRun,
    TestClock,
};

/// Objects of which some lists cannot be read.
struct Listing {
    objects: MemoryObjects,
    unreadable: Vec<&'static str>,
}

#[async_trait]
impl Objects for Listing {
    async fn put_new(
        &self,
        key: &str,
        body: Vec<u8>,
        content_type: &str,
        metadata: &[(&str, &str)],
    ) -> Result<Put> {
        self.objects.put_new(key, body, content_type, metadata).await
    }

    async fn put(&self, key: &str, body: Vec<u8>, content_type: &str) -> Result<()> {
        self.objects.put(key, body, content_type).await
    }

    async fn get(&self, key: &str, version: Option<&str>, max_bytes: u64) -> Result<Option<Object>> {
        self.objects.get(key, version, max_bytes).await
    }

    async fn list(&self, prefix: &str, limit: usize) -> Result<Vec<Listed>> {
        if self.unreadable.iter().any(|unreadable| prefix.starts_with(unreadable)) {
            return Err(Failure::retry("list objects", prefix, "no XML"));
        }
        self.objects.list(prefix, limit).await
    }
}

pub struct House {
    pub ledger: Ledger,
    pub objects: MemoryObjects,
    pub queues: MemoryQueues,
    pub clock: TestClock,
    pub heartbeats: Vec<Heartbeat>,
    pub sources: Vec<Source>,
    pub answer_within: Option<SignedDuration>,
    pub expected: Option<ExpectedInvoices>,
    /// The prefixes of lists that cannot be read.
    pub unreadable: Vec<&'static str>,
}

/// When jobs run.
pub const SCHEDULES: Schedules = Schedules {
    enabled: true,
    fetch_every: SignedDuration::from_mins(5),
    night_is_over: SignedDuration::from_hours(4),
};

/// An instant of the tests' day, in Paris.
pub fn at(time: &str) -> Timestamp {
    format!("2026-11-24T{time}:00+01:00").parse().expect("an instant")
}

/// A file every day by a time.
pub fn expected(by: &str) -> Option<ExpectedInvoices> {
    use jiff::civil::Weekday::{Friday, Monday, Saturday, Sunday, Thursday, Tuesday, Wednesday};
    Some(ExpectedInvoices {
        by: by.parse().expect("a time"),
        on: vec![Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday],
        closed_on: vec![],
        closed_on_public_holidays: false,
    })
}

pub fn shop() -> ShopId {
    ShopId::new("rungis").expect("a shop")
}

impl House {
    /// An empty house at a time of the tests' day; nothing need run by itself.
    pub fn at(time: &str) -> Self {
        let clock = TestClock::at(at(time));
        Self {
            ledger: Ledger::in_memory(),
            objects: MemoryObjects::with_clock(Arc::new(clock.clone())),
            queues: MemoryQueues::default(),
            clock,
            heartbeats: vec![],
            sources: vec![],
            answer_within: None,
            expected: None,
            unreadable: vec![],
        }
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub fn set(&self, time: &str) {
        self.clock.set(at(time));
    }

    pub fn wait(&self, minutes: i64) {
        self.clock.advance(SignedDuration::from_mins(minutes));
    }

    pub async fn reconcile(&self) -> Report {
        let now = self.now();
        let deadline = Deadline::at(now + SignedDuration::from_mins(5));
        let run = ScheduledRun { scheduled_time: now, owner: "a run".into(), deadline };
        let deps = Reconcile {
            answer_within: self.answer_within,
            expected: self.expected.clone(),
            heartbeats: self.heartbeats.clone(),
            night_is_over: SCHEDULES.night_is_over,
            sources: self.sources.clone(),
            compared_days: 3,
            env: Environment {
                ledger: self.ledger.clone(),
                objects: Arc::new(Listing {
                    objects: self.objects.clone(),
                    unreadable: self.unreadable.clone(),
                }),
                queues: Arc::new(self.queues.clone()),
                clock: Arc::new(self.clock.clone()),
                ..Environment::in_memory()
            },
        };
        handle(deps, run).await.expect("reconciled")
    }

    /// The gaps that a run finds: kind and subject of each.
    pub async fn gaps(&self) -> Vec<(GapKind, String)> {
        self.reconcile().await.gaps.into_iter().map(|gap| (gap.kind, gap.subject)).collect()
    }

    pub async fn lease(&self, job: &str) -> Lease {
        let until = self.now() + SignedDuration::from_mins(5);
        self.ledger.acquire_lease(job, "a run", self.now(), until).await.expect("asked").expect("free")
    }

    pub async fn record(&self, order: &Order) {
        self.record_modified(order, self.now()).await;
    }

    pub async fn record_modified(&self, order: &Order, modified_at: Timestamp) {
        let intake = OrderIntake {
            key: &order.key,
            modified_at,
            content: Ok(order),
            raw_key: "raw/rungis/page.jsonl",
        };
        self.ledger.record_order(&intake, self.now()).await.expect("recorded");
    }

    pub async fn open(&self, orders: &[&Order], lease: &Lease) -> Batch {
        let mut planned = Vec::new();
        for order in orders {
            let head = self.ledger.order(&order.key).await.expect("read");
            let replaces = head.and_then(|head| head.exported).map(|(_, revision)| revision);
            planned.push(Member { replaces, ..member(order) });
        }
        let day = BusinessDay::of(self.now());
        self.ledger.open_batch(day, &planned, lease, self.now()).await.expect("opened")
    }

    pub async fn claim(&self, batch: &Batch, lease: &Lease) {
        self.ledger.claim_orders(&batch.id, lease, self.now()).await.expect("asked").expect("ours");
    }

    pub async fn seal_and_write(&self, batch: &Batch, members: &[Member], lease: &Lease) {
        assert!(self.ledger.seal_batch(&batch.id, members, lease, self.now()).await.expect("asked"));
        let (key, content) = (format!("orders/outbox/{}.csv", batch.id), Digest::of(b"file"));
        assert!(
            self.ledger
                .batch_written(&batch.id, &key, &content, &[], lease, self.now())
                .await
                .expect("asked")
        );
    }

    pub async fn export(&self, orders: &[&Order]) -> Batch {
        let lease = self.lease("export-orders").await;
        let batch = self.open(orders, &lease).await;
        self.claim(&batch, &lease).await;
        self.seal_and_write(&batch, &batch.members, &lease).await;
        self.ledger.release_lease(&lease).await.expect("released");
        batch
    }

    /// Drops a file and has its invoices registered, but for the ones that are lost.
    pub async fn take_in(&self, name: &str, invoices: &[&Invoice], lost: u32, rejected: u32) -> DropId {
        let drop = self.drop(name);
        self.ledger.begin_drop(&drop, 4, self.now()).await.expect("begun");
        for invoice in invoices {
            self.ledger.register_invoice(invoice, &drop, self.now()).await.expect("registered");
        }
        let new = u32::try_from(invoices.len()).expect("few") + lost;
        let outcome = DropOutcome::Accepted {
            invoices: new + rejected,
            new,
            same: 0,
            conflicts: 0,
            rejected,
            noted: 0,
            gross: invoices.iter().map(|invoice| invoice.totals.gross).sum(),
            rejects_key: (rejected > 0).then(|| format!("invoices/rejected/{name}.csv")),
            set_aside: vec![],
        };
        assert!(self.ledger.finish_drop(&drop, &outcome, self.now()).await.expect("asked"));
        drop
    }

    /// A file of the ERP, as it stands in the inbox.
    pub fn drop(&self, name: &str) -> DropId {
        let key = format!("invoices/inbox/{name}");
        let version = self.objects.put_version(&key, "data");
        DropId { key, version }
    }

    pub async fn render(&self, invoice: &Invoice) {
        self.objects.put_version(&pdf_key(invoice), "%PDF");
        self.record_rendered(invoice).await;
    }

    pub async fn record_rendered(&self, invoice: &Invoice) {
        let (key, content) = (pdf_key(invoice), Digest::of(b"%PDF"));
        let rendered = self.ledger.invoice_rendered(&invoice.number, &key, &content, self.now());
        assert!(rendered.await.expect("asked"));
    }

    pub async fn publish(&self, invoice: &Invoice) {
        self.put_into(invoice, "17").await;
        let published = self.ledger.invoice_published(&invoice.number, &shop(), "17", self.now()).await;
        assert!(published.expect("asked"));
    }

    /// Records that an invoice is in an account.
    pub async fn put_into(&self, invoice: &Invoice, account: &str) {
        let (code, number) = (&invoice.buyer.code, &invoice.number);
        let recorded = self.ledger.invoice_in_account(code, number, (&shop(), account), self.now()).await;
        recorded.expect("recorded");
    }

    pub async fn unpublishable(&self, invoice: &Invoice) {
        assert!(self.ledger.invoice_unpublishable(&invoice.number, self.now()).await.expect("asked"));
    }
}

pub fn pdf_key(invoice: &Invoice) -> String {
    format!("invoices/pdf/{}/{}.pdf", invoice.issued_on.strftime("%Y/%m"), invoice.number.file_stem())
}

pub fn member(order: &Order) -> Member {
    Member { key: order.key.clone(), revision: order.revision(), replaces: None }
}

pub fn order(id: u32) -> Order {
    Order {
        key: OrderKey { shop: shop(), id: OrderId::new(id.to_string()).expect("an id") },
        number: id.to_string(),
        state: OrderState::Confirmed,
        shop_state: "processing".into(),
        created_at: at("00:00") - SignedDuration::from_hours(3),
        currency: "EUR".into(),
        customer: Customer::default(),
        billing: Address::default(),
        delivery: Address::default(),
        wanted_on: None,
        lines: vec![],
        charges: vec![],
        promotions: vec![],
        payments: vec![],
        refunds: vec![],
        note: String::new(),
        vat_total: Money::ZERO,
        total: Money::from_cents(12_345),
    }
}

pub fn invoice(number: u32) -> Invoice {
    Invoice {
        number: InvoiceNumber::new(format!("F2026/{number:04}")).expect("a number"),
        kind: InvoiceKind::Invoice,
        issued_on: "2026-11-24".parse().expect("a date"),
        due_on: None,
        delivered_on: None,
        currency: "EUR".into(),
        period: None,
        references: References::default(),
        buyer: Buyer {
            code: CustomerCode::new("C00042").expect("a code"),
            address: Address::default(),
            siren: None,
            vat_number: String::new(),
            reference: String::new(),
        },
        deliver_to: None,
        payment: PaymentInstructions::default(),
        note: String::new(),
        lines: vec![],
        adjustments: vec![],
        vat_breakdown: vec![],
        totals: InvoiceTotals {
            net: Money::from_cents(100_000),
            vat: Money::from_cents(5_500),
            gross: Money::from_cents(105_500),
            prepaid: Money::ZERO,
            rounding: Money::ZERO,
            due: Money::from_cents(105_500),
        },
    }
}
