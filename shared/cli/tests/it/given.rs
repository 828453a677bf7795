//! An environment in memory.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use export_orders::Exported;
use jiff::{SignedDuration, Timestamp};
use passerelle_cli::{Answer, Args, Bench, Command, Invoices, on_this_machine, run};
use passerelle_domain::{
    Address, BusinessDay, Buyer, Customer, CustomerCode, Failure, Invoice, InvoiceKind, InvoiceNumber,
    InvoiceTotals, Money, Order, OrderId, OrderKey, OrderState, PaymentInstructions, References, Result,
    Revision, ShopId,
};
use passerelle_ledger::{Batch, DropId, Lease, Ledger, Member, OrderIntake, Repaired};
use passerelle_platform::{Clock, Letters, MemoryLetters, MemoryObjects, MemoryQueue, Objects, Queue};

/// A clock that stands still until it is set.
#[derive(Clone)]
pub struct Hands(Arc<Mutex<Timestamp>>);

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        *self.0.lock().expect("not poisoned")
    }
}

/// A queue that takes nothing.
pub struct Broken;

#[async_trait]
impl Queue for Broken {
    async fn send(&self, _: &[String]) -> Result<()> {
        Err(Failure::retry("send messages", "queue", "SQS is away"))
    }
}

pub struct House {
    pub ledger: Ledger,
    pub objects: MemoryObjects,
    pub queues: BTreeMap<&'static str, MemoryQueue>,
    pub letters: BTreeMap<String, MemoryLetters>,
    pub clock: Hands,
    pub exports: AtomicU32,
    pub queues_broken: bool,
    /// Whether the shop's secret has been put in.
    pub has_secret: bool,
    /// What a file that is written repairs.
    pub repairs: Vec<(OrderKey, Repaired)>,
}

const QUEUES: [&str; 5] =
    ["shop-webhook", "receive-acks", "ingest-invoices", "render-invoice", "publish-invoice"];

impl House {
    pub fn at(time: &str) -> Self {
        let objects = MemoryObjects::default();
        for name in [
            "passerelle.toml",
            "layouts/orders.toml",
            "layouts/invoices.toml",
            "layouts/acks.toml",
            "logo.png",
        ] {
            let file =
                Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/environments/local").join(name);
            objects.put_version(&format!("config/{name}"), std::fs::read(file).expect("a file"));
        }
        let letters = QUEUES.iter().flat_map(|name| [(*name).to_owned(), format!("{name}-dlq")]);
        Self {
            ledger: Ledger::in_memory(),
            objects,
            queues: QUEUES.iter().map(|name| (*name, MemoryQueue::default())).collect(),
            letters: letters
                .chain(["schedules-dlq".into()])
                .map(|name| (name, MemoryLetters::default()))
                .collect(),
            clock: Hands(Arc::new(Mutex::new(at(time)))),
            exports: AtomicU32::new(0),
            queues_broken: false,
            has_secret: true,
            repairs: Vec::new(),
        }
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub fn set(&self, time: &str) {
        *self.clock.0.lock().expect("not poisoned") = at(time);
    }

    /// Runs a command as it is typed.
    pub async fn run(&self, line: &str) -> Result<Answer> {
        let args = parse(line);
        run(self, &args.command, args.dry_run).await
    }

    /// What it says, when it can be done.
    pub async fn says(&self, line: &str) -> String {
        let answer = self.run(line).await.expect("answered");
        assert!(!answer.undone, "not done: {:?}", answer.says);
        answer.says.join("\n")
    }

    /// What it says, when it cannot be done.
    pub async fn refuses(&self, line: &str) -> String {
        let answer = self.run(line).await.expect("answered");
        assert_eq!(answer.code(), 1, "done: {:?}", answer.says);
        answer.says.join("\n")
    }

    /// What waits in a queue; takes it out.
    pub fn sent(&self, queue: &str) -> Vec<String> {
        self.queues[queue].take()
    }

    pub fn nothing_sent(&self) -> bool {
        QUEUES.iter().all(|name| self.sent(name).is_empty())
    }

    pub async fn record(&self, order: &Order) {
        let raw_key = "raw/rungis/2026/11/24/page.jsonl";
        let intake = OrderIntake { key: &order.key, modified_at: self.now(), content: Ok(order), raw_key };
        self.ledger.record_order(&intake, self.now()).await.expect("recorded");
    }

    pub async fn lease(&self, job: &str) -> Lease {
        let until = self.now() + SignedDuration::from_mins(5);
        self.ledger.acquire_lease(job, "a run", self.now(), until).await.expect("asked").expect("free")
    }

    pub async fn open(&self, orders: &[&Order], lease: &Lease) -> Batch {
        let planned: Vec<_> = orders
            .iter()
            .map(|order| Member { key: order.key.clone(), revision: order.revision(), replaces: None })
            .collect();
        let day = BusinessDay::of(self.now());
        self.ledger.open_batch(day, &planned, lease, self.now()).await.expect("opened")
    }

    /// Brings a batch to its end, as the export does.
    pub async fn finish(&self, batch: &Batch, lease: &Lease) {
        let claimed =
            self.ledger.claim_orders(&batch.id, lease, self.now()).await.expect("asked").expect("ours");
        assert!(self.ledger.seal_batch(&batch.id, &claimed, lease, self.now()).await.expect("asked"));
        let (key, content) = (format!("orders/outbox/{}.csv", batch.id), Revision::of_bytes(b"file"));
        let repairs = &self.repairs;
        let written = self.ledger.batch_written(&batch.id, &key, &content, repairs, lease, self.now()).await;
        assert!(written.expect("asked"));
    }

    pub async fn register(&self, invoice: &Invoice) -> DropId {
        let version = self.objects.put_version("invoices/inbox/factures.csv", "data");
        let drop = DropId { key: "invoices/inbox/factures.csv".into(), version };
        self.ledger.begin_drop(&drop, 4, self.now()).await.expect("begun");
        self.ledger.register_invoice(invoice, &drop, self.now()).await.expect("registered");
        drop
    }

    pub async fn render(&self, invoice: &Invoice) {
        let (key, content) = ("invoices/pdf/2026/11/F2026~0001.pdf", Revision::of_bytes(b"%PDF"));
        let rendered = self.ledger.invoice_rendered(&invoice.number, key, &content, self.now()).await;
        assert!(rendered.expect("asked"));
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
}

#[async_trait(?Send)]
impl Bench for House {
    fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    fn objects(&self) -> &dyn Objects {
        &self.objects
    }

    fn clock(&self) -> &dyn Clock {
        &self.clock
    }

    async fn queue(&self, name: &str) -> Result<Arc<dyn Queue>> {
        if self.queues_broken {
            return Ok(Arc::new(Broken));
        }
        Ok(Arc::new(self.queues[name].clone()))
    }

    async fn letters(&self, name: &str) -> Result<Arc<dyn Letters>> {
        Ok(Arc::new(self.letters[name].clone()))
    }

    async fn has_secret(&self, _: &ShopId) -> Result<bool> {
        Ok(self.has_secret)
    }

    async fn shops(&self) -> Result<Vec<(ShopId, Timestamp)>> {
        Ok(vec![(shop(), at("00:00") - SignedDuration::from_hours(100))])
    }

    /// Completes what is open, as the export does first.
    async fn export(&self) -> Result<Exported> {
        self.exports.fetch_add(1, Ordering::Relaxed);
        let until = self.now() + SignedDuration::from_mins(5);
        let lease = self.ledger.acquire_lease("export-orders", "by hand", self.now(), until).await?;
        let Some(lease) = lease else { return Ok(Exported { busy: true, ..Exported::default() }) };
        let mut exported = Exported::default();
        let open =
            self.ledger.batches_in(passerelle_ledger::BatchState::Open, passerelle_ledger::Window::all(9));
        for batch in open.await? {
            let batch = self.ledger.adopt_batch(&batch.id, &lease).await?.expect("ours");
            self.finish(&batch, &lease).await;
            exported.files.push(batch.id.to_string());
            exported.orders += batch.members.len() as u64;
        }
        self.ledger.release_lease(&lease).await?;
        Ok(exported)
    }
}

pub fn parse(line: &str) -> Args {
    let words = ["passerelle"].into_iter().chain(line.split(' '));
    <Args as clap::Parser>::try_parse_from(words).expect("a command line")
}

/// An instant of the tests' day, in Paris.
pub fn at(time: &str) -> Timestamp {
    format!("2026-11-24T{time}:00+01:00").parse().expect("an instant")
}

pub fn shop() -> ShopId {
    ShopId::new("rungis").expect("a shop")
}

pub fn customer() -> CustomerCode {
    CustomerCode::new("C00042").expect("a code")
}

pub fn order(id: u32) -> Order {
    Order {
        key: OrderKey { shop: shop(), id: OrderId::new(id.to_string()).expect("an id") },
        number: format!("W{id}"),
        state: OrderState::Confirmed,
        shop_state: "processing".into(),
        created_at: at("00:00") - SignedDuration::from_hours(3),
        currency: "EUR".into(),
        customer: Customer { code: Some(customer()), ..Customer::default() },
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

/// The first of the invoices that the PDF crate's tests draw: web and market purchases.
pub fn invoice() -> Invoice {
    Invoice {
        number: InvoiceNumber::new("F2026/0001").expect("a number"),
        kind: InvoiceKind::Invoice,
        issued_on: "2026-11-24".parse().expect("a date"),
        due_on: None,
        delivered_on: None,
        currency: "EUR".into(),
        period: None,
        references: References::default(),
        buyer: Buyer {
            code: customer(),
            address: Address::default(),
            siren: None,
            vat_number: String::new(),
            reference: String::new(),
        },
        deliver_to: None,
        payment: PaymentInstructions::default(),
        note: String::new(),
        lines: lines(),
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

fn lines() -> Vec<passerelle_domain::InvoiceLine> {
    let fixture = include_str!("../../../../tests/fixtures/invoices/web-and-market.json");
    let fixture: Invoice = serde_json::from_str(fixture).expect("an invoice");
    let web = fixture.lines.into_iter().find(|line| line.origin == passerelle_domain::PurchaseOrigin::Web);
    let mut web = web.expect("a web line");
    web.reference = order(1).number;
    vec![web]
}

/// Works with invoice files, which needs no environment.
pub fn invoices(work: &Invoices, dry_run: bool) -> Result<Answer> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(on_this_machine(&Command::Invoices(work.clone()), dry_run)).expect("it needs none")
}

/// Runs a command that needs no environment, as it is typed.
pub async fn run_here(line: &str) -> Result<Answer> {
    let args = parse(line);
    on_this_machine(&args.command, args.dry_run).await.expect("it needs no environment")
}
