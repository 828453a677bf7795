use futures::future::join_all;
use passerelle_domain::{Invoice, InvoiceKind};
use passerelle_ledger::{BatchState, ConflictSummary, DropState, InvoiceState, OrderStatus, Settled, Window};

use crate::given::*;

async fn ready(ledger: &Given, window: Window) -> Vec<String> {
    let listed = ledger.orders_in(OrderStatus::Ready, window).await.expect("listed");
    listed.into_iter().map(|order| order.key.id.to_string()).collect()
}

pub async fn a_list_is_in_order_of_time_whatever_its_limit(ledger: Given) {
    // 263 is coprime to 400: the orders come in no order of time, and each at an instant of its own.
    let instant = |id: i64| id * 263 % 400;
    let orders: Vec<_> = (0..400).map(|id| (id, order(id, ""))).collect();
    join_all(orders.iter().map(|(id, order)| record(&ledger, order, instant(*id)))).await;
    let mut expected: Vec<i64> = (0..400).collect();
    expected.sort_by_key(|id| instant(*id));
    let expected: Vec<String> = expected.iter().map(ToString::to_string).collect();
    for limit in [0, 1, 7, 50, 100, 200, 399, 400, 1000] {
        let listed = ready(&ledger, Window::all(limit)).await;
        assert_eq!(listed, expected[..limit.min(400)], "at most {limit}");
    }
    let window = Window { from: at(100), until: at(300), limit: 150 };
    assert_eq!(ready(&ledger, window).await, expected[100..250]);
}

pub async fn a_window_is_half_open(ledger: Given) {
    for id in 1..=3 {
        record(&ledger, &order(id, ""), id * 10).await;
    }
    let window = |from, until| Window { from: at(from), until: at(until), limit: 9 };
    assert_eq!(ready(&ledger, window(10, 30)).await, ["1", "2"]);
    assert_eq!(ready(&ledger, window(11, 31)).await, ["2", "3"]);
    assert_eq!(ready(&ledger, Window::before(at(20), 9)).await, ["1"]);
    assert!(ready(&ledger, window(20, 20)).await.is_empty());
    assert!(ready(&ledger, window(30, 10)).await.is_empty(), "from after until");
}

pub async fn who_entered_a_state_at_the_same_instant_is_listed_by_name(ledger: Given) {
    for id in ["c", "a", "e", "b", "d"] {
        record(&ledger, &order(id, ""), 10).await;
    }
    assert_eq!(ready(&ledger, Window::all(4)).await, ["a", "b", "c", "d"]);
}

pub async fn an_item_is_listed_in_its_present_state_only(ledger: Given) {
    let first = recorded(&ledger, 1, "a").await;
    let listed = async || {
        let mut listed = Vec::new();
        for status in OrderStatus::ALL {
            for order in ledger.orders_in(*status, Window::all(9)).await.expect("listed") {
                listed.push((*status, order.updated_at, order.revision));
            }
        }
        listed
    };
    assert_eq!(listed().await, [(OrderStatus::Ready, at(10), first.revision())]);
    record(&ledger, &first, 20).await;
    let changed = order(1, "b");
    record(&ledger, &changed, 30).await;
    assert_eq!(listed().await, [(OrderStatus::Ready, at(10), changed.revision())]);
    export(&ledger, &[&changed], &run(1)).await;
    assert_eq!(listed().await, [(OrderStatus::Exported, at(80), changed.revision())]);
}

pub async fn every_kind_is_listed(ledger: Given) {
    for id in 1..=3 {
        open(&ledger, &[&order(id, "")], &run(1)).await;
        ledger.begin_drop(&drop_of(&format!("v{id}")), 1, at(id)).await.expect("begun");
        let registered = ledger.register_invoice(&invoice(id, ""), &drop_of("v1"), at(id)).await;
        registered.expect("registered");
    }
    let batches = ledger.batches_in(BatchState::Open, Window::all(9)).await.expect("listed");
    assert_eq!(batches.iter().map(|batch| batch.id.number).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(batches[2].members, [member(&order(3, ""))]);
    let drops = ledger.drops_in(DropState::Checking, Window::all(2)).await.expect("listed");
    assert_eq!(drops.iter().map(|drop| drop.id.version.as_str()).collect::<Vec<_>>(), ["v1", "v2"]);
    let window = Window { from: at(2), until: at(9), limit: 9 };
    let invoices = ledger.invoices_in(InvoiceState::Registered, window).await.expect("listed");
    assert_eq!(invoices.len(), 2);
    let (listed, third) = (&invoices[1], invoice(3, ""));
    assert_eq!(
        (&listed.number, &listed.customer, &listed.revision),
        (&third.number, &customer(), &third.revision())
    );
    assert_eq!((listed.gross, listed.updated_at), (third.totals.gross, at(3)));
}

pub async fn conflicts_of_all_numbers_are_listed(ledger: Given) {
    for (id, note, now, drop) in [(1, "", 1, "v1"), (2, "", 2, "v1"), (2, "b", 3, "v2"), (1, "c", 4, "v3")] {
        ledger.register_invoice(&invoice(id, note), &drop_of(drop), at(now)).await.expect("registered");
    }
    // The same content again is the same conflict, of the file that brought it first.
    ledger.register_invoice(&invoice(2, "b"), &drop_of("v4"), at(5)).await.expect("registered");
    let conflict = |id, note, drop: &str, now| ConflictSummary {
        number: number(id),
        revision: invoice(id, note).revision(),
        drop: drop_of(drop),
        recorded_at: at(now),
    };
    let listed = ledger.conflicts(Window::all(9)).await.expect("listed");
    assert_eq!(listed, [conflict(2, "b", "v2", 3), conflict(1, "c", "v3", 4)]);
}

pub async fn a_credit_note_counts_negative_in_a_list(ledger: Given) {
    let credit = Invoice { kind: InvoiceKind::CreditNote, ..invoice(1, "") };
    ledger.register_invoice(&credit, &drop_of("v1"), at(1)).await.expect("registered");
    let listed = ledger.invoices_in(InvoiceState::Registered, Window::all(9)).await.expect("listed");
    assert_eq!(listed[0].gross, -credit.totals.gross);
    assert_eq!(listed[0].customer_name, credit.buyer.address.name);
}

pub async fn what_is_settled_stays_so_with_its_first_words(ledger: Given) {
    let settled = |id: &str, why: &str| Settled {
        id: id.into(),
        what: "invoices/inbox/f.csv@v1".into(),
        why: why.into(),
        at: at(1),
    };
    assert_eq!(ledger.settled().await.expect("listed"), []);
    assert!(ledger.settle(&settled("b", "the ERP sent another")).await.expect("settled"));
    assert!(ledger.settle(&settled("a", "a test")).await.expect("settled"));
    assert!(!ledger.settle(&settled("b", "other words")).await.expect("asked"));
    let expected = [settled("a", "a test"), settled("b", "the ERP sent another")];
    assert_eq!(ledger.settled().await.expect("listed"), expected);
}
