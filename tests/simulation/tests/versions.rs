//! Notifications of one key, in the wrong order.

use std::sync::Arc;

use passerelle_domain::InvoiceNumber;
use passerelle_erp::invoices::InvoiceLayout;
use passerelle_flows::ingest::{Ingest, handle};
use passerelle_kit::World;
use passerelle_ledger::DropOutcome;
use passerelle_services::{DroppedObject, notification_of};
use simulation::{Written, invoice_file};

const KEY: &str = "invoices/inbox/evening.csv";

fn written(number: &str, net: i64, bad: bool) -> Written {
    Written { number: number.into(), customer: "C00001", net, bad }
}

/// Takes in the versions of a file, in this order, and gives the nets under which invoices stand.
async fn take_in(order: [usize; 2]) -> Vec<Option<i64>> {
    let layout = include_str!("../../../infra/environments/local/layouts/invoices.toml");
    let world = World::at("18:00");
    let deps = Arc::new(Ingest {
        layout: Arc::new(InvoiceLayout::from_toml(layout).expect("the local layout")),
        max_file_bytes: 1 << 20,
        env: world.environment(),
    });
    // The second version corrects one invoice of the first and brings another.
    let first = [written("F1", 1000, true), written("F2", 2000, false)];
    let second = [written("F1", 1000, false), written("F2", 2000, false), written("F3", 3000, false)];
    let versions = [invoice_file(&first), invoice_file(&second)].map(|content| {
        let size = content.len() as u64;
        (world.put(KEY, content), size)
    });
    for place in order {
        let (drop, size) = versions[place].clone();
        let object = DroppedObject { key: drop.key, version: drop.version, size };
        handle(deps.clone(), world.message(notification_of(&object))).await.expect("taken in");
    }
    for ((drop, _), (count, rejected)) in versions.iter().zip([(2, 1), (3, 0)]) {
        let DropOutcome::Accepted { invoices, conflicts, rejected: aside, .. } = world.outcome(drop).await
        else {
            panic!("{drop} is rejected")
        };
        assert_eq!((invoices, conflicts, aside), (count, 0, rejected), "{drop}");
    }
    let mut nets = vec![];
    for number in ["F1", "F2", "F3"] {
        let invoice =
            world.ledger.invoice(&InvoiceNumber::new(number).expect("a number")).await.expect("read");
        nets.push(invoice.map(|record| record.invoice.totals.net.cents()));
    }
    nets
}

#[tokio::test]
async fn versions_of_a_file_in_the_wrong_order_come_to_the_same() {
    let expected = [Some(1000), Some(2000), Some(3000)];
    assert_eq!(take_in([0, 1]).await, expected);
    assert_eq!(take_in([1, 0]).await, expected);
}
