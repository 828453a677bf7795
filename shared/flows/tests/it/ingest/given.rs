//! A house in memory, with the layout of the local environment.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};

use jiff::{SignedDuration, Timestamp};
use passerelle_domain::{Invoice, InvoiceNumber, Rejection, Result};
use passerelle_erp::invoices::InvoiceLayout;
use passerelle_flows::ingest::{Ingest, handle};
use passerelle_ledger::{DropId, DropOutcome, DropRecord, Ledger};
use passerelle_services::{
    Clock, Deadline, DroppedObject, Environment, MemoryObjects, MemoryQueues, Message, Objects, Work,
    notification_of,
};

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
    text.chars().map(|c| u8::try_from(c).expect("read as Latin")).collect()
}

/// Bytes one to one as characters: enough to look for something in them.
pub fn latin(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

/// A clock that goes on by itself a little whenever it is asked.
#[derive(Clone, Default)]
pub struct Ticking {
    at_ms: Arc<AtomicI64>,
    tick_ms: i64,
}

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        let at = self.at_ms.fetch_add(self.tick_ms, Ordering::Relaxed);
        Timestamp::from_millisecond(1_790_000_000_000 + at).expect("an instant")
    }
}

pub struct House {
    pub deps: Arc<Ingest>,
    pub ledger: Ledger,
    pub objects: MemoryObjects,
    pub queues: MemoryQueues,
    pub clock: Ticking,
}

impl House {
    pub fn new() -> Self {
        Self::ticking(0)
    }

    /// A house whose clock goes on by so much whenever it is asked.
    pub fn ticking(tick_ms: i64) -> Self {
        let clock = Ticking { at_ms: Arc::default(), tick_ms };
        let (ledger, objects, queues) =
            (Ledger::in_memory(), MemoryObjects::default(), MemoryQueues::default());
        let deps = Ingest {
            layout: CHECKED.clone(),
            max_file_bytes: 10 << 20,
            env: Environment {
                ledger: ledger.clone(),
                objects: Arc::new(objects.clone()),
                queues: Arc::new(queues.clone()),
                clock: Arc::new(clock.clone()),
                ..Environment::in_memory()
            },
        };
        Self { deps: Arc::new(deps), ledger, objects, queues, clock }
    }

    /// Puts a file into the inbox, and answers what S3 announces.
    pub fn put(&self, name: &str, bytes: impl Into<Vec<u8>>) -> DroppedObject {
        let (key, bytes) = (format!("invoices/inbox/{name}"), bytes.into());
        let size = bytes.len() as u64;
        let version = self.objects.put_version(&key, bytes);
        DroppedObject { key, version, size }
    }

    /// Delivers what S3 announces, with so many seconds to work on it.
    pub async fn deliver_within(&self, object: &DroppedObject, seconds: i64) -> Result<()> {
        let deadline = Deadline::at(self.clock.now() + SignedDuration::from_secs(seconds));
        let body = notification_of(object);
        handle(self.deps.clone(), Message { id: "m".into(), body, deadline }).await
    }

    pub async fn deliver(&self, object: &DroppedObject) {
        self.deliver_within(object, 900).await.expect("nothing fails here");
    }

    /// Puts a file, delivers it, and answers what became of it.
    pub async fn dropped(&self, name: &str, bytes: impl Into<Vec<u8>>) -> DropOutcome {
        let object = self.put(name, bytes);
        self.deliver(&object).await;
        self.outcome(&object).await
    }

    pub async fn record(&self, object: &DroppedObject) -> Option<DropRecord> {
        let id = DropId { key: object.key.clone(), version: object.version.clone() };
        self.ledger.drop_record(&id).await.expect("in memory")
    }

    pub async fn outcome(&self, object: &DroppedObject) -> DropOutcome {
        self.record(object).await.and_then(|drop| drop.outcome).expect("it is finished")
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
        self.queues.sent_to(Work::RenderInvoice).take().len()
    }

    pub async fn object(&self, key: &str) -> Vec<u8> {
        self.objects.get(key, None, u64::MAX).await.expect("in memory").expect("it is there").body
    }

    /// Drops a file that is refused, and answers why, with the reason that is kept for a person.
    pub async fn refused(&self, name: &str, bytes: impl Into<Vec<u8>>) -> (Rejection, String) {
        match self.dropped(name, bytes).await {
            DropOutcome::Rejected { rejection, rejects_key } => {
                let reason = self.object(&rejects_key.expect("a reason")).await;
                (rejection, String::from_utf8(reason).expect("UTF-8"))
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
