//! Invoices into accounts, and reports on orders.

use passerelle_domain::{Cursor, FailureKind, OrderState};
use passerelle_shops::{Acknowledged, OrderAcknowledgement, OrderOutcome, Publication, Published};

use super::at;
use crate::kit::{erp_code, invoice_number, order_id, publication};
use crate::stand_in::{StandIn, System};

pub async fn an_invoice_is_published_once<S: System>() {
    let stand_in = StandIn::<S>::start().await;
    stand_in.add_customer("C00042", 2);
    let shop = stand_in.connect(100);
    let find = async |code: &str| shop.find_customer(&erp_code(code)).await.expect("an answer");
    assert_eq!(find("C00099").await, None);
    let account = find("C00042").await.expect("an account");
    let number = invoice_number("F2026/0001");
    let publication = publication(&number, &account);
    assert_eq!(shop.publish_invoice(&publication).await.expect("published"), Published::Now);
    assert_eq!(shop.publish_invoice(&publication).await.expect("published"), Published::Before);
    let other = Publication { pdf: b"%PDF-1.7 other", ..publication };
    let failure = shop.publish_invoice(&other).await.expect_err("other content");
    assert_eq!(failure.kind(), FailureKind::Rejected);
    let nobody = Publication { shop_customer: "99", ..publication };
    assert_eq!(shop.publish_invoice(&nobody).await.expect("an answer"), Published::NoSuchCustomer);
}

pub async fn an_account_is_found_by_exactly_its_code_and_none_is_guessed<S: System>() {
    let stand_in = StandIn::<S>::start().await;
    let shop = stand_in.connect(100);
    let code = erp_code("C00042");
    for (account, near) in [(2, "c00042"), (3, "C00042 "), (4, "C0042"), (5, "C 00042")] {
        stand_in.add_customer(near, account);
        assert_eq!(shop.find_customer(&code).await.expect("an answer"), None, "{near:?}");
    }
    stand_in.add_customer("C00042", 6);
    let found = shop.find_customer(&code).await.expect("an answer").expect("an account");
    assert!(found.ends_with('6'), "{found}");
    stand_in.add_customer("C00042", 7);
    let failure = shop.find_customer(&code).await.expect_err("two accounts");
    assert_eq!(failure.kind(), FailureKind::Rejected, "{failure}");
}

pub async fn an_acknowledgement_is_written_once<S: System>() {
    let stand_in = StandIn::<S>::start().await;
    stand_in.put(7, at(1), OrderState::Confirmed);
    let shop = stand_in.connect(100);
    let report = async |id: &str, outcome, erp_number, words| {
        let report = OrderAcknowledgement { outcome, erp_number, words };
        shop.acknowledge_order(&order_id(id), &report).await.expect("an answer")
    };
    let (accepted, refused) = (OrderOutcome::Accepted, OrderOutcome::Refused);
    assert_eq!(report("7", refused, "", "Code client inconnu <C99> & co").await, Acknowledged::Now);
    let standing = stand_in.writes();
    assert!(standing > 0);
    assert_eq!(report("7", refused, "", "Code client inconnu <C99> & co").await, Acknowledged::Before);
    assert_eq!(stand_in.writes(), standing, "the same report writes nothing");
    assert_eq!(report("7", accepted, "CDE-0042", "").await, Acknowledged::Now, "fixed, and sent again");
    assert_eq!(report("7", accepted, "CDE-0042", "").await, Acknowledged::Before);
    assert_eq!(report("8", accepted, "CDE-0043", "").await, Acknowledged::NoSuchOrder);
    assert_eq!(report("..", accepted, "CDE-0043", "").await, Acknowledged::NoSuchOrder);
    let order = shop.order(&order_id("7")).await.expect("an answer");
    let order = order.expect("it is there").order.expect("understood");
    assert_eq!(order.state, OrderState::Confirmed, "a report makes no other order of it");
}

pub async fn our_acknowledgement_is_no_change_and_a_later_cancellation_is_one<S: System>() {
    let stand_in = StandIn::<S>::start().await;
    stand_in.put(7, at(1), OrderState::Confirmed);
    let shop = stand_in.connect(100);
    let id = order_id("7");
    let read = async || {
        let order = shop.order(&id).await.expect("an answer").expect("it is there");
        order.order.expect("understood")
    };
    let before = read().await;
    let report = OrderAcknowledgement { outcome: OrderOutcome::Accepted, erp_number: "CDE-0042", words: "" };
    assert_eq!(shop.acknowledge_order(&id, &report).await.expect("an answer"), Acknowledged::Now);
    let after = read().await;
    assert_eq!(after.shop_state != before.shop_state, S::OWN_STATES, "it has the configured state");
    assert_eq!((after.state, after.revision()), (before.state, before.revision()));
    stand_in.put(7, at(2), OrderState::Cancelled);
    let cancelled = read().await;
    assert_eq!(cancelled.state, OrderState::Cancelled);
    assert_ne!(cancelled.revision(), before.revision());
}

pub async fn a_list_has_the_erps_numbers_where_the_system_keeps_them<S: System>() {
    let stand_in = StandIn::<S>::start().await;
    stand_in.put(7, at(1), OrderState::Confirmed);
    stand_in.put(8, at(2), OrderState::Confirmed);
    stand_in.refund(8, at(3));
    let shop = stand_in.connect(100);
    let (id, other) = (order_id("7"), order_id("8"));
    let report = OrderAcknowledgement { outcome: OrderOutcome::Accepted, erp_number: "CDE-0042", words: "" };
    shop.acknowledge_order(&id, &report).await.expect("an answer");
    let page = shop.orders_changed(&Cursor::at(at(0))).await.expect("a page");
    let numbers = shop.erp_numbers(&page);
    if S::LISTS_ERP_NUMBERS {
        assert_eq!(numbers.get(&id).map(String::as_str), Some("CDE-0042"));
        assert_eq!(numbers.get(&other).map_or("", String::as_str), "", "it has none");
        assert!(numbers.keys().all(|order| [&id, &other].contains(&order)), "refunds are no orders");
    } else {
        assert!(numbers.is_empty());
    }
}
