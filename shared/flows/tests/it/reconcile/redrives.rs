//! What waits is announced again, less and less often, and not for ever.

use passerelle_flows::reconcile::GapKind;
use passerelle_ledger::{DropState, InvoiceState};
use passerelle_services::{DroppedObject, Metric, Work, dropped_objects};

use super::given::*;

#[tokio::test]
async fn an_invoice_that_waits_is_announced_again_after_longer_and_longer_waits() {
    let house = House::at("12:00");
    house.take_in("factures.csv", &[&invoice(1)], 0, 0).await;
    let mut announced = Vec::new();
    for minute in (5..=1000).step_by(5) {
        house.wait(5);
        house.reconcile().await;
        if let [body] = &house.sent(Work::RenderInvoice)[..] {
            assert_eq!(*body, announcement(&invoice(1)));
            announced.push(minute);
        }
    }
    assert_eq!(announced, [25, 45, 85, 165, 325]);
    assert_eq!(house.gaps().await[0], (GapKind::InvoiceNotRendered, "F2026/0001".to_owned()));
    house.render(&invoice(1)).await;
    house.wait(21);
    assert_eq!(house.reconcile().await.announced_again, 1, "in the next state it is counted anew");
    assert_eq!((house.sent(Work::RenderInvoice).len(), house.sent(Work::PublishInvoice).len()), (0, 1));
}

#[tokio::test]
async fn acknowledgements_whose_notification_was_lost_go_to_their_function() {
    let house = House::at("04:00");
    house.put("orders/acks/reponses.csv", "four");
    house.wait(21);
    assert_eq!(house.reconcile().await.found_in_inbox.len(), 1);
    assert_eq!((house.sent(Work::ReceiveAcks).len(), house.sent(Work::IngestInvoices).len()), (1, 0));
    house.wait(101);
    house.reconcile().await;
    assert_eq!(
        (house.sent(Work::ReceiveAcks).len(), house.sent(Work::IngestInvoices).len()),
        (1, 0),
        "and so when it is repeated"
    );
}

#[tokio::test]
async fn a_file_whose_notification_was_lost_is_recorded_and_announced_once() {
    let house = House::at("18:00");
    house.put("invoices/inbox/", "");
    house.drop("factures du 24+1.csv");
    let second = house.drop("factures du 24+1.csv");
    house.drop("taken-away.csv");
    house.objects.remove("invoices/inbox/taken-away.csv");
    assert_eq!(house.reconcile().await.found_in_inbox.len(), 0, "it may still be on its way");
    house.wait(21);
    let report = house.reconcile().await;
    assert_eq!(report.found_in_inbox, ["1", "0"].map(|version| format!("{}@{version}", second.key)));
    assert_eq!((report.announced_again, report.gaps.len()), (2, 0));
    let sent = house.sent(Work::IngestInvoices);
    let sent: Vec<_> = sent.iter().flat_map(|body| dropped_objects(body).expect("a notification")).collect();
    let expected = DroppedObject { key: second.key.clone(), version: second.version.clone(), size: 4 };
    assert_eq!(sent[0], expected);
    assert_eq!(house.emitted([Metric::AnnouncedAgain, Metric::LostNotifications]), [2, 2]);
    let record = house.ledger.drop_record(&second).await.expect("read").expect("recorded");
    assert_eq!((record.state, record.size), (DropState::Checking, 4));
    house.wait(15);
    assert_eq!(house.reconcile().await.announced_again, 0, "it is a drop like any other now");
    house.wait(90);
    let report = house.reconcile().await;
    assert_eq!((report.announced_again, report.gaps.len()), (2, 2), "both are stuck");
    assert_eq!(house.sent(Work::IngestInvoices).len(), 2);
}

#[tokio::test]
async fn what_was_read_is_not_announced_again() {
    let house = House::at("18:00");
    house.take_in("factures.csv", &[&invoice(1)], 0, 0).await;
    house.render_and_publish(&invoice(1)).await;
    house.wait(600);
    let report = house.reconcile().await;
    assert_eq!((report.announced_again, report.found_in_inbox.len()), (0, 0));
    let queues =
        [house.sent(Work::IngestInvoices), house.sent(Work::RenderInvoice), house.sent(Work::PublishInvoice)];
    assert_eq!(queues.concat().len(), 0);
    let record = house.registered(1).await;
    assert_eq!((record.state, record.announced_again), (InvoiceState::Published, 0));
}

#[tokio::test]
async fn a_stuck_file_is_announced_only_so_often() {
    let house = House::at("00:00");
    house.begin("factures.csv").await;
    let mut announced = Vec::new();
    for minute in (50..=6000).step_by(50) {
        house.wait(50);
        house.reconcile().await;
        announced.extend(house.sent(Work::IngestInvoices).iter().map(|_| minute));
    }
    assert_eq!(announced, [150, 250, 450, 850, 1650]);
}
