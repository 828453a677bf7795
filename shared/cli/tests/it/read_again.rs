//! Orders that only their shop can bring back: the command asks `shop-webhook`, which reads them again.

use std::sync::Arc;

use jiff::SignedDuration;
use passerelle_domain::{Customer, Order, Rejection};
use passerelle_flows::fetch::{Fetch, Source};
use passerelle_flows::webhook::{Webhooks, work};
use passerelle_ledger::OrderStatus;
use passerelle_services::Work;
use serde_json::json;

use crate::given::*;

fn without_code(id: u32) -> Order {
    Order { customer: Customer::default(), ..order(id) }
}

/// A shop with orders 1 to 3 of which none had the customer's code, as the export found, and order 4, which
/// could not be read.
async fn given() -> (House, Arc<FakeShop>) {
    let house = House::at("20:00");
    let shop = house.shop("rungis");
    let missing = Rejection::new("missing_field", "customer.code", "", "column \"Client\" is never empty");
    for id in 1..=3 {
        let order = without_code(id);
        house.record(&order).await;
        house.quarantine(&order, &missing).await;
        shop.put(&order, house.now());
    }
    house.record_faulty(&key(4), &mismatch()).await;
    shop.put_faulty(&key(4), house.now(), &mismatch());
    (house, shop)
}

/// Works on what the command sent, as the function does.
async fn read_again(house: &House, shop: &Arc<FakeShop>) -> usize {
    let (since, overlap) = (house.now(), SignedDuration::from_mins(5));
    let fetch =
        Fetch { sources: vec![Source { shop: shop.clone(), since, overlap }], env: house.environment() };
    let deps = Arc::new(Webhooks { fetch });
    let sent = house.sent(Work::ShopWebhook);
    for body in &sent {
        work(Arc::clone(&deps), house.message(body)).await.expect("read again");
    }
    assert_eq!(shop.seen().pages, 0, "the orders are too old for any page");
    sent.len()
}

#[tokio::test]
async fn one_command_brings_back_all_whose_code_the_shop_has_now() {
    let (house, shop) = given().await;
    // What is kept with a customer changes without the order.
    for id in 1..=3 {
        shop.put(&order(id), at("20:00"));
    }
    house.set("23:00");
    let says = house.says("quarantine replay --cause missing_field").await;
    assert!(says.contains("order rungis/1 is read again from its shop"), "{says}");
    assert_eq!(read_again(&house, &shop).await, 3);
    for id in 1..=3 {
        assert_eq!(house.status(id).await, OrderStatus::Ready);
    }
    assert_eq!(house.status(4).await, OrderStatus::Quarantined, "of another cause");
    let head = house.head(1).await;
    let content = house.ledger.order_revision(&head.key, &head.revision).await.expect("read");
    assert_eq!(content.expect("content").customer.code, Some(customer()));
}

#[tokio::test]
async fn what_is_the_same_in_the_shop_is_released_for_the_layout_to_try() {
    let (house, shop) = given().await;
    house.says("quarantine replay rungis/1").await;
    read_again(&house, &shop).await;
    let head = house.head(1).await;
    assert_eq!((head.status, head.rejection), (OrderStatus::Ready, None));
}

#[tokio::test]
async fn an_order_that_could_not_be_read_is_read_again() {
    let (house, shop) = given().await;
    house.says("replay order rungis/4").await;
    assert_eq!(read_again(&house, &shop).await, 1);
    assert_eq!(house.status(4).await, OrderStatus::Quarantined, "it still is wrong");
    // Its own time may be earlier than the one under which it was set aside.
    let earlier = house.now() - SignedDuration::from_hours(5);
    shop.put(&order(4), earlier);
    house.says("quarantine replay --all").await;
    read_again(&house, &shop).await;
    assert_eq!(house.status(4).await, OrderStatus::Ready);
}

#[tokio::test]
async fn a_dry_run_and_json_say_what_becomes_of_each_order() {
    let (house, _) = given().await;
    house.record(&order(5)).await;
    house.quarantine(&order(5), &rejection()).await;
    let answer = house.command("--dry-run quarantine replay --all").await.expect("answered");
    let outcomes: Vec<_> = answer.data["orders"].as_array().expect("a list").iter().collect();
    let outcome = |id: u32| {
        let key = order(id).key.to_string();
        let found = outcomes.iter().find(|outcome| outcome["order"] == key).expect("the order");
        (found["outcome"].clone(), found["rejection"]["code"].clone())
    };
    assert_eq!(outcome(1), (json!("read_again"), json!("missing_field")));
    assert_eq!(outcome(4), (json!("read_again"), json!("totals_mismatch")));
    assert_eq!(outcome(5), (json!("released"), json!("too_long")));
    assert_eq!((&answer.data["done"], &answer.data["dry_run"]), (&json!(true), &json!(true)));
    assert!(answer.says[0].contains("would be read again"), "{:?}", answer.says);
    assert!(house.nothing_sent());
    assert_eq!(house.status(5).await, OrderStatus::Quarantined);
    let answer = house.command("quarantine replay rungis/5 rungis/9").await.expect("answered");
    assert_eq!((answer.code(), &answer.data["done"]), (1, &json!(false)));
    assert_eq!(
        answer.data["orders"][1],
        json!({"order": "rungis/9", "outcome": "not_found", "rejection": null})
    );
    assert_eq!(house.status(5).await, OrderStatus::Ready, "the one does not keep the other back");
}

#[tokio::test]
async fn what_is_shown_names_the_replay_and_replay_asks_the_shop() {
    let (house, _) = given().await;
    for id in [1, 4] {
        let says = house.says(&format!("quarantine show rungis/{id}")).await;
        assert!(says.contains("then replay it: it is read again"), "{says}");
    }
    let says = house.says("quarantine show rungis/1").await;
    assert!(says.contains("the customer code is missing"), "{says}");
}
