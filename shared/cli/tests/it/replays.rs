//! The ways back, each of which can be taken twice.

use passerelle_domain::Rejection;
use passerelle_ledger::{BatchState, DropOutcome, InvoiceState, OrderStatus};
use passerelle_services::{Letters, Work, dropped_objects};

use crate::given::*;

const DEAD: &str = "render-invoice-dlq";

fn dead_letters(count: usize) -> House {
    let house = House::at("20:00");
    let bodies: Vec<String> = (0..count).map(|place| format!("message {place}")).collect();
    house.queues.lying_in(DEAD).put(&bodies.iter().map(String::as_str).collect::<Vec<_>>());
    house
}

#[tokio::test]
async fn redrive_sends_everything_back_and_then_finds_nothing() {
    let house = dead_letters(25);
    let says = house.says("redrive render-invoice").await;
    assert_eq!(says, "25 messages went from render-invoice-dlq back to render-invoice");
    assert_eq!(house.sent(Work::RenderInvoice).len(), 25);
    assert_eq!(house.queues.lying_in(DEAD).bodies(), [""; 0]);
    assert!(house.says("redrive render-invoice").await.contains("nothing to send back"));
    assert!(house.nothing_sent());
}

#[tokio::test]
async fn redrive_stops_at_its_limit_and_hides_nothing() {
    let house = dead_letters(25);
    let says = house.refuses("redrive render-invoice --limit 12").await;
    assert!(says.starts_with("12 messages went") && says.contains("13 messages are left"), "{says}");
    assert_eq!(house.sent(Work::RenderInvoice).len(), 12);
    let depth = house.queues.lying_in(DEAD).depth().await.expect("read");
    assert_eq!((depth.waiting, depth.in_flight), (13, 0));
}

#[tokio::test]
async fn redrive_loses_nothing_when_the_queue_does_not_take_it() {
    let house = dead_letters(3);
    house.queues.break_off();
    assert!(house.command("redrive render-invoice").await.is_err());
    let depth = house.queues.lying_in(DEAD).depth().await.expect("read");
    assert_eq!((depth.waiting, depth.in_flight), (3, 0));
}

#[tokio::test]
async fn runs_that_were_not_started_are_removed_since_later_runs_do_their_work() {
    let house = House::at("20:00");
    let dead = &house.queues.lying_in("schedules-dlq");
    dead.put(&["{\"scheduled_time\":\"2026-11-24T00:00:00Z\"}"; 12]);
    let says = house.says("redrive schedules --dry-run").await;
    assert_eq!(says, "12 messages would be removed from schedules-dlq: later runs do their work");
    assert_eq!(dead.bodies().len(), 12);
    let says = house.says("redrive schedules").await;
    assert_eq!(says, "12 messages were removed from schedules-dlq: later runs do their work");
    assert_eq!(dead.bodies(), [""; 0]);
    assert_eq!(house.says("redrive schedules").await, "schedules-dlq is empty: nothing to remove");
    assert!(house.nothing_sent());
}

#[tokio::test]
async fn nothing_is_done_in_a_dry_run() {
    let house = dead_letters(3);
    let says = house.says("redrive render-invoice --dry-run").await;
    assert_eq!(says, "3 messages would go from render-invoice-dlq back to render-invoice");
    assert_eq!(house.queues.lying_in(DEAD).depth().await.expect("read").waiting, 3);
    house.register(&invoice(1)).await;
    assert!(house.says("--dry-run rerender F2026/0001").await.contains("would be announced"));
    assert!(house.says("--dry-run replay invoice F2026/0001").await.contains("would be announced"));
    house.render(&invoice(1)).await;
    house.unpublishable(&invoice(1)).await;
    assert!(house.says("--dry-run republish F2026/0001").await.contains("would be announced"));
    house.put("invoices/inbox/other.csv", "data");
    assert!(
        house.says("--dry-run replay drop invoices/inbox/other.csv").await.contains("would be announced")
    );
    quarantined(&house).await;
    assert!(house.says("--dry-run replay order rungis/1").await.contains("would be ready again"));
    let lease = house.lease("export-orders").await;
    let batch = house.open(&[&order(2)], &lease).await;
    assert!(house.says(&format!("--dry-run replay batch {}", batch.id)).await.contains("would be run"));
    assert!(house.nothing_sent());
    assert!(house.objects.keys("orders/outbox/").is_empty());
    assert_eq!(house.status(1).await, OrderStatus::Quarantined);
    let record = house.registered(1).await;
    assert_eq!(record.state, InvoiceState::Unpublishable);
}

async fn quarantined(house: &House) {
    house.record(&order(1)).await;
    house.quarantine(&order(1), &rejection()).await;
}

#[tokio::test]
async fn a_quarantined_order_is_ready_again() {
    let house = House::at("09:00");
    quarantined(&house).await;
    let says = house.says("replay order rungis/1").await;
    assert!(says.starts_with("order rungis/1 is ready again") && says.contains("too_long"), "{says}");
    let says = house.says("replay order rungis/1").await;
    assert_eq!(says, "order rungis/1 is ready since 2026-11-24 09:00:00: nothing to replay");
    assert!(house.refuses("replay order rungis/9").await.contains("no order"));
}

#[tokio::test]
async fn an_invoice_is_brought_onward_from_wherever_it_is() {
    let house = House::at("18:00");
    let announced = |queue: Work| {
        assert_eq!(house.sent(queue), [announcement(&invoice(1))], "{queue:?}");
    };
    assert!(house.refuses("replay invoice F2026/0001").await.contains("no invoice"));
    house.register(&invoice(1)).await;
    assert!(house.refuses("republish F2026/0001").await.contains("rerender F2026/0001"));
    house
        .ledger
        .invoice_announced_again(&invoice(1).number, InvoiceState::Registered, 5)
        .await
        .expect("counted");
    house.says("replay invoice F2026/0001").await;
    announced(Work::RenderInvoice);
    let record = house.registered(1).await;
    assert_eq!(record.announced_again, 0, "reconcile takes over again");
    house.says("rerender F2026/0001").await;
    announced(Work::RenderInvoice);
    house.render(&invoice(1)).await;
    assert!(
        house.says("rerender F2026/0001").await.contains("its PDF is invoices/pdf/2026/11/F2026~0001.pdf")
    );
    house.says("replay invoice F2026/0001").await;
    announced(Work::PublishInvoice);
    house.unpublishable(&invoice(1)).await;
    assert!(house.says("republish F2026/0001").await.contains("looked for again"));
    announced(Work::PublishInvoice);
    let record = house.registered(1).await;
    assert_eq!(record.state, InvoiceState::Rendered, "publish-invoice tries it again");
    house.publish(&invoice(1)).await;
    assert!(house.says("republish F2026/0001").await.contains("is published in account 17 of rungis"));
    assert!(house.says("replay invoice F2026/0001").await.contains("is published"));
    assert!(house.nothing_sent());
}

#[tokio::test]
async fn a_file_that_was_not_read_is_announced_again() {
    let house = House::at("18:00");
    let key = "invoices/inbox/ventes@rungis.csv";
    for (wanted, version) in [(key.to_owned(), "1"), (format!("{key}@0"), "0")] {
        if version == "1" {
            house.put(key, "data");
            house.put(key, "corrected");
        }
        assert!(house.says(&format!("replay drop {wanted}")).await.contains("is announced again"));
        let object = dropped_objects(&house.sent(Work::IngestInvoices)[0]).expect("a notification").remove(0);
        assert_eq!((object.key.as_str(), object.version.as_str()), (key, version));
    }
    for missing in ["invoices/inbox/ventes", "invoices/inbox/ventes@rungis.csv@7"] {
        assert!(house.refuses(&format!("replay drop {missing}")).await.contains("no file"), "{missing}");
    }
    assert!(house.nothing_sent());
}

#[tokio::test]
async fn a_file_that_was_read_to_the_end_is_left_alone() {
    let house = House::at("18:00");
    let drop = house.register(&invoice(1)).await;
    let rejection = Rejection::new("truncated", "line 3", "", "a trailer is expected");
    let outcome = DropOutcome::Rejected { rejection, rejects_key: None };
    house.finish(&drop, &outcome).await;
    let says = house.says("replay drop invoices/inbox/factures.csv").await;
    assert!(says.contains("is rejected since") && says.contains("drop a corrected file"), "{says}");
    assert!(house.nothing_sent());
}

#[tokio::test]
async fn a_batch_that_was_left_open_is_completed() {
    let house = House::at("00:20");
    house.record(&order(1)).await;
    let lease = house.lease("export-orders").await;
    let batch = house.open(&[&order(1)], &lease).await;
    let line = format!("replay batch {}", batch.id);
    assert!(house.refuses(&line).await.contains("another run is exporting"));
    house.set("01:00");
    let says = house.says(&line).await;
    assert!(says.contains("is written since 2026-11-24 01:00:00"), "{says}");
    assert!(says.contains("wrote 1 files with 1 orders"), "{says}");
    assert_eq!(house.batch(&batch.id).await.state, BatchState::Written);
    assert!(house.says(&line).await.contains("its file is orders/outbox/"));
    assert!(house.refuses("replay batch 2026-11-24-009").await.contains("no batch"));
}

#[tokio::test]
async fn what_was_done_is_printed_as_json_too() {
    let house = House::at("18:00");
    let answer = house.command("rerender F1").await.expect("answered");
    assert_eq!(answer.to_text(true), "{\"done\":false,\"says\":[\"the ledger has no invoice F1\"]}\n");
    assert_eq!(answer.to_text(false), "the ledger has no invoice F1\n");
}
