//! A house in memory, with the layout of the local environment.

use std::sync::{Arc, LazyLock};

use jiff::SignedDuration;
use passerelle_domain::{Invoice, InvoiceNumber, Rejection, Result};
use passerelle_erp::invoices::InvoiceLayout;
use passerelle_flows::ingest::{Ingest, handle};
pub use passerelle_kit::*;
use passerelle_ledger::{DropId, DropOutcome, DropRecord};
use passerelle_services::{Deadline, DroppedObject, Environment, Message, Work, notification_of};

pub const LAYOUT: &str = include_str!("../../../../../shared/erp/layouts/invoices/till/layout.toml");
static CHECKED: LazyLock<Arc<InvoiceLayout>> =
    LazyLock::new(|| Arc::new(InvoiceLayout::from_toml(LAYOUT).expect("the layout that ships")));
const GOOD: &[u8] = include_bytes!("../../../../../shared/erp/layouts/invoices/till/good.csv");

/// A file of three good invoices.
pub fn good() -> Vec<u8> {
    GOOD.to_vec()
}

/// The same with something else in it.
pub fn good_but(from: &str, to: &str) -> Vec<u8> {
    let text = latin(GOOD).replace(from, to);
    assert_ne!(text, latin(GOOD), "{from} is in it");
    bytes(&text)
}

/// What [`latin`] read, as it was.
pub fn bytes(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(c).expect("read as Latin")).collect()
}

/// The first row of a file.
pub fn header() -> String {
    format!("{}\r\n", latin(GOOD).lines().next().expect("a header row"))
}

/// A row: a line over 100.00 of an invoice with these totals in cents, `[net, vat, gross]`.
pub fn row(number: &str, designation: &str, totals: [u32; 3]) -> String {
    let [net, vat, gross] = totals.map(euros);
    format!(
        "{number};F;24/11/2026;24/12/2026;;;;C00042;Bistrot;1 rue;;94150;Rungis;FR;;;;;;;Virement;;CARREAU;T;;TOM-6;\
         {designation};France;I;;10;pce;10,00;0,00;5,5;100,00;;{net};{vat};;;;;;{net};{vat};{gross};0,00;{gross}\r\n"
    )
}

/// The last row of a file: how many invoices and rows it has, and their total in cents.
pub fn trailer([invoices, rows]: [u32; 2], gross: u32) -> String {
    format!("FIN;{invoices};{rows};{}\r\n", euros(gross))
}

fn euros(cents: u32) -> String {
    format!("{},{:02}", cents / 100, cents % 100)
}

/// Bytes one to one as characters: enough to look for something in them.
pub fn latin(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

pub struct House {
    world: World,
    pub deps: Arc<Ingest>,
}

in_its_world!(House);

impl House {
    pub fn new() -> Self {
        Self::ticking(0)
    }

    /// A house whose clock moves on by so much whenever it is read.
    pub fn ticking(tick_ms: i64) -> Self {
        let world = World::at("18:00");
        let tick = SignedDuration::from_millis(tick_ms);
        let clock = Arc::new(TickingClock { clock: world.clock.clone(), tick });
        let env = Environment { clock, ..world.environment() };
        Self { world, deps: Arc::new(Ingest { layout: CHECKED.clone(), max_file_bytes: 10 << 20, env }) }
    }

    /// Puts a file into the inbox: what S3 announces.
    pub fn file(&self, name: &str, bytes: impl Into<Vec<u8>>) -> DroppedObject {
        let bytes = bytes.into();
        let size = bytes.len() as u64;
        let DropId { key, version } = self.put(&format!("invoices/inbox/{name}"), bytes);
        DroppedObject { key, version, size }
    }

    /// Delivers what S3 announces, with so many seconds to work on it.
    pub async fn deliver_within(&self, object: &DroppedObject, seconds: i64) -> Result<()> {
        handle(self.deps.clone(), self.delivery(object, seconds)).await
    }

    /// The message that announces a file, with so many seconds to work on it.
    pub fn delivery(&self, object: &DroppedObject, seconds: i64) -> Message {
        let deadline = Deadline::at(self.deps.env.clock.now() + SignedDuration::from_secs(seconds));
        Message { deadline, ..self.message(notification_of(object)) }
    }

    pub async fn deliver(&self, object: &DroppedObject) {
        self.deliver_within(object, 900).await.expect("nothing fails here");
    }

    /// Puts a file and delivers it: what became of it.
    pub async fn dropped(&self, name: &str, bytes: impl Into<Vec<u8>>) -> DropOutcome {
        let object = self.file(name, bytes);
        self.deliver(&object).await;
        self.became(&object).await
    }

    pub async fn drop_record(&self, object: &DroppedObject) -> Option<DropRecord> {
        let id = DropId { key: object.key.clone(), version: object.version.clone() };
        self.ledger.drop_record(&id).await.expect("in memory")
    }

    pub async fn became(&self, object: &DroppedObject) -> DropOutcome {
        self.drop_record(object).await.and_then(|drop| drop.outcome).expect("it is finished")
    }

    /// The invoice that stands under a number.
    pub async fn invoice(&self, number: &str) -> Option<Invoice> {
        let number = InvoiceNumber::new(number).expect("a number");
        self.ledger.invoice(&number).await.expect("in memory").map(|record| record.invoice)
    }

    pub async fn conflicts(&self, number: &str) -> usize {
        let number = InvoiceNumber::new(number).expect("a number");
        self.ledger.invoice_conflicts(&number).await.expect("in memory").len()
    }

    /// How many announcements were sent since last asked.
    pub fn announced(&self) -> usize {
        self.sent(Work::RenderInvoice).len()
    }

    /// Drops a file that is refused: why, and the reason that is kept for a person.
    pub async fn refused(&self, name: &str, bytes: impl Into<Vec<u8>>) -> (Rejection, String) {
        match self.dropped(name, bytes).await {
            DropOutcome::Rejected { rejection, rejects_key } => {
                let reason = self.text(&rejects_key.expect("a reason")).await;
                (rejection, reason)
            }
            other => panic!("{other:?}"),
        }
    }
}

/// `[invoices, new, same, conflicts, rejected, noted]`
pub fn counts(outcome: &DropOutcome) -> [u32; 6] {
    match outcome {
        DropOutcome::Accepted { invoices, new, same, conflicts, rejected, noted, .. } => {
            [*invoices, *new, *same, *conflicts, *rejected, *noted]
        }
        other => panic!("{other:?}"),
    }
}
