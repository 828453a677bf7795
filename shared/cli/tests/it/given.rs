//! An environment in memory.

use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use passerelle_cli::{Answer, Args, Command, Invoices, on_this_machine, run};
use passerelle_domain::{
    Address, ArticleCode, BusinessDay, Buyer, Customer, CustomerCode, Digest, Invoice, InvoiceKind,
    InvoiceNumber, InvoiceTotals, Money, Order, OrderId, OrderKey, OrderLine, OrderState,
    PaymentInstructions, Quantity, References, Result, ShopId, Unit, UnitPrice, VatRate,
};
use passerelle_ledger::{Batch, DropId, Lease, Ledger, Member, OrderIntake, Repaired};
use passerelle_services::{Clock, Environment, MemoryObjects, MemoryQueues, MemorySecrets, TestClock, Work};

pub struct House {
    pub ledger: Ledger,
    pub objects: MemoryObjects,
    pub queues: MemoryQueues,
    pub secrets: MemorySecrets,
    pub clock: TestClock,
    /// What a file that is written repairs.
    pub repairs: Vec<(OrderKey, Repaired)>,
}

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
            let mut content = std::fs::read(file).expect("a file");
            if name == "passerelle.toml" {
                let text = String::from_utf8(content).expect("a text");
                content = text.replace("2026-01-01T00:00:00Z", "2026-11-19T19:00:00Z").into_bytes();
            }
            objects.put_version(&format!("config/{name}"), content);
        }
        let secrets = MemorySecrets::default();
        secrets.set(&shop(), "{}");
        Self {
            ledger: Ledger::in_memory(),
            objects,
            queues: MemoryQueues::default(),
            secrets,
            clock: TestClock::at(at(time)),
            repairs: Vec::new(),
        }
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub fn set(&self, time: &str) {
        self.clock.set(at(time));
    }

    /// The environment that commands see.
    pub fn environment(&self) -> Environment {
        Environment {
            ledger: self.ledger.clone(),
            objects: Arc::new(self.objects.clone()),
            queues: Arc::new(self.queues.clone()),
            secrets: Arc::new(self.secrets.clone()),
            clock: Arc::new(self.clock.clone()),
            ..Environment::in_memory()
        }
    }

    /// Runs a command as it is typed.
    pub async fn run(&self, line: &str) -> Result<Answer> {
        let args = parse(line);
        run(&self.environment(), &args.command, args.dry_run).await
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
    pub fn sent(&self, work: Work) -> Vec<String> {
        self.queues.sent_to(work).take()
    }

    pub fn nothing_sent(&self) -> bool {
        self.queues.take_all().is_empty()
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
        let (key, content) = (format!("orders/outbox/{}.csv", batch.id), Digest::of(b"file"));
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
        let (key, content) = ("invoices/pdf/2026/11/F2026~0001.pdf", Digest::of(b"%PDF"));
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

/// An order that the ERP takes.
pub fn sale(id: u32) -> Order {
    let (rate, net) = (VatRate::from_basis_points(550), Money::from_cents(200));
    let vat = rate.on(net).expect("small");
    let address = Address {
        name: "Bistrot".into(),
        line1: "1 rue du Marché".into(),
        postcode: "94150".into(),
        city: "Rungis".into(),
        country: "FR".into(),
        ..Address::default()
    };
    let line = OrderLine {
        id: "1".into(),
        article: ArticleCode::new("TOM01").ok(),
        label: "Tomates".into(),
        quantity: Quantity::from(1),
        unit: Unit::Piece,
        unit_price: UnitPrice::of(net, Quantity::from(1)),
        gross: net,
        discount: Money::ZERO,
        net,
        vat_rate: rate,
        vat,
    };
    let (billing, delivery) = (address.clone(), address);
    Order { billing, delivery, lines: vec![line], vat_total: vat, total: net + vat, ..order(id) }
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
