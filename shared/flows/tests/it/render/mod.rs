//! Registered invoices become PDFs, each once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use passerelle_domain::{Digest, FailureKind, Invoice, Result};
use passerelle_flows::render::{Render, handle};
use passerelle_kit::*;
use passerelle_ledger::InvoiceState;
use passerelle_services::{Environment, Metric, Work};

const KEY: &str = "invoices/pdf/2026/11/F2026~0001.pdf";
const FIGURES: [Metric; 2] = [Metric::InvoicesRendered, Metric::DuplicateDeliveries];

/// A world with a toy that draws, and counts how often.
struct House {
    world: World,
    drawn: Arc<AtomicUsize>,
}

in_its_world!(House);

fn pdf(invoice: &Invoice) -> Vec<u8> {
    format!("%PDF of {}", invoice.number).into_bytes()
}

impl House {
    /// A house with the first invoice, which is registered.
    async fn new() -> Self {
        let house = Self { world: World::at("18:00"), drawn: Arc::default() };
        house.register(&invoice(1)).await;
        house
    }

    async fn deliver_in(&self, env: Environment, body: String) -> Result<()> {
        let drawn = self.drawn.clone();
        let draw = move |invoice: &Invoice| {
            drawn.fetch_add(1, Ordering::Relaxed);
            Ok(pdf(invoice))
        };
        handle(Arc::new(Render { env, draw: Arc::new(draw) }), self.message(body)).await
    }

    async fn deliver(&self, body: String) -> Result<()> {
        self.deliver_in(self.environment(), body).await
    }

    fn drawn(&self) -> usize {
        self.drawn.load(Ordering::Relaxed)
    }
}

#[tokio::test]
async fn a_registered_invoice_is_drawn_recorded_and_announced() {
    let house = House::new().await;
    house.deliver(announcement(&invoice(1))).await.expect("rendered");
    let record = house.registered(1).await;
    let expected = pdf(&invoice(1));
    assert_eq!(
        (record.state, record.pdf),
        (InvoiceState::Rendered, Some((KEY.into(), Digest::of(&expected))))
    );
    assert_eq!(house.bytes(KEY).await, expected);
    assert_eq!(house.sent(Work::PublishInvoice), [announcement(&invoice(1))]);
    assert_eq!((house.drawn(), house.emitted(FIGURES)), (1, [1, 0]));
}

#[tokio::test]
async fn a_second_delivery_changes_nothing_and_announces_again_until_published() {
    let house = House::new().await;
    house.deliver(announcement(&invoice(1))).await.expect("rendered");
    let before = house.registered(1).await;
    house.wait(1);
    house.deliver(announcement(&invoice(1))).await.expect("delivered again");
    assert_eq!(house.registered(1).await, before);
    assert_eq!(house.objects.keys("invoices/pdf/"), [KEY]);
    assert_eq!(house.sent(Work::PublishInvoice), [announcement(&invoice(1)), announcement(&invoice(1))]);
    assert_eq!((house.drawn(), house.emitted(FIGURES)), (1, [1, 1]));
    house.publish(&invoice(1)).await;
    house.deliver(announcement(&invoice(1))).await.expect("delivered late");
    assert_eq!(house.sent(Work::PublishInvoice), [""; 0]);
    assert_eq!((house.drawn(), house.emitted(FIGURES)), (1, [1, 2]));
}

#[tokio::test]
async fn an_announcement_of_what_is_not_registered_is_rejected() {
    let house = House::new().await;
    let other = Invoice { note: "other content".into(), ..invoice(1) };
    let malformed = r#"{"number":"F2026/0001"}"#.to_owned();
    for body in [announcement(&invoice(2)), announcement(&other), malformed] {
        let failure = house.deliver(body.clone()).await.expect_err(&body);
        assert_eq!(failure.kind(), FailureKind::Rejected, "{body}");
    }
    assert_eq!((house.drawn(), house.registered(1).await.state), (0, InvoiceState::Registered));
    assert_eq!((house.objects.keys("invoices/pdf/").len(), house.sent(Work::PublishInvoice).len()), (0, 0));
}

#[tokio::test]
async fn a_crash_between_the_put_and_the_record_is_repaired() {
    let house = House::new().await;
    // What the dead run recorded is in another ledger, and so was never recorded.
    let lost = House::new().await;
    let env =
        Environment { ledger: lost.ledger.clone(), queues: lost.environment().queues, ..house.environment() };
    house.deliver_in(env, announcement(&invoice(1))).await.expect("put");
    assert_eq!(house.registered(1).await.state, InvoiceState::Registered);
    house.deliver(announcement(&invoice(1))).await.expect("repaired");
    assert_eq!(house.registered(1).await, lost.registered(1).await, "the same key and digest");
    assert_eq!(house.objects.keys("invoices/pdf/"), [KEY]);
    assert_eq!(house.sent(Work::PublishInvoice).len(), 1);
}

#[tokio::test]
async fn another_file_under_the_name_of_a_pdf_is_not_recorded() {
    let house = House::new().await;
    house.put(KEY, "%PDF of somebody else");
    let failure = house.deliver(announcement(&invoice(1))).await.expect_err("it stands there");
    assert_eq!(failure.kind(), FailureKind::Rejected);
    assert_eq!(house.registered(1).await.state, InvoiceState::Registered);
    assert_eq!(house.sent(Work::PublishInvoice), [""; 0]);
}
