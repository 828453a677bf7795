//! Orders that only their shop can bring back: the command asks `shop-webhook`, which reads them again.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use passerelle_domain::{
    Cursor, Customer, CustomerCode, Order, OrderId, OrderKey, Rejection, Result, ShopId,
};
use passerelle_flows::fetch::Source;
use passerelle_ledger::{OrderIntake, OrderRecord, OrderStatus};
use passerelle_services::{Deadline, Environment, Message, Work};
use passerelle_shops::{
    Acknowledged, FetchedOrder, OrderAcknowledgement, OrderPage, Publication, Published, Shop, Webhook,
    WebhookRefusal,
};
use serde_json::json;

use crate::given::*;

/// A shop that answers single orders, as they stand now and with the time of their last change.
struct ToyShop {
    id: ShopId,
    modified_at: Timestamp,
    orders: Mutex<Vec<Result<Order, (OrderKey, Rejection)>>>,
}

#[async_trait]
impl Shop for ToyShop {
    fn id(&self) -> &ShopId {
        &self.id
    }

    async fn orders_changed(&self, _from: &Cursor) -> Result<OrderPage> {
        panic!("the orders are too old for any page")
    }

    async fn order(&self, id: &OrderId) -> Result<Option<FetchedOrder>> {
        let orders = self.orders.lock().expect("not poisoned");
        let fetched = |order: &Result<Order, (OrderKey, Rejection)>| {
            let (key, order) = match order {
                Ok(order) => (order.key.clone(), Ok(order.clone())),
                Err((key, why)) => (key.clone(), Err(why.clone())),
            };
            FetchedOrder { key, modified_at: self.modified_at, order }
        };
        Ok(orders.iter().map(fetched).find(|order| order.key.id == *id))
    }

    async fn find_customer(&self, _code: &CustomerCode) -> Result<Option<String>> {
        Ok(None)
    }

    async fn publish_invoice(&self, _publication: &Publication<'_>) -> Result<Published> {
        Ok(Published::NoSuchCustomer)
    }

    async fn acknowledge_order(
        &self,
        _id: &OrderId,
        _report: &OrderAcknowledgement<'_>,
    ) -> Result<Acknowledged> {
        Ok(Acknowledged::NoSuchOrder)
    }

    fn webhook(&self, _webhook: &Webhook<'_>) -> Result<Vec<OrderId>, WebhookRefusal> {
        Err(WebhookRefusal::NotSupported)
    }
}

fn without_code(id: u32) -> Order {
    Order { customer: Customer::default(), ..order(id) }
}

/// A shop with orders 1 to 3 of which none had the customer's code, as the export found, and order 4, which
/// could not be read.
async fn given() -> (House, Arc<ToyShop>) {
    let house = House::at("20:00");
    let missing = Rejection::new("missing_field", "customer.code", "", "column \"Client\" is never empty");
    for id in 1..=3 {
        let order = without_code(id);
        house.record(&order).await;
        let aside = house.ledger.quarantine_order(&order.key, &order.revision(), &missing, house.now()).await;
        assert!(aside.expect("asked"));
    }
    let (key, why) = unread();
    let intake = OrderIntake { key: &key, modified_at: house.now(), content: Err(&why), raw_key: "raw/x" };
    house.ledger.record_order(&intake, house.now()).await.expect("recorded");
    let orders = vec![Ok(without_code(1)), Ok(without_code(2)), Ok(without_code(3)), Err(unread())];
    // What is kept with a customer changes without the order.
    let shop = ToyShop { id: shop(), modified_at: house.now(), orders: Mutex::new(orders) };
    (house, Arc::new(shop))
}

fn unread() -> (OrderKey, Rejection) {
    (order(4).key, Rejection::new("totals_mismatch", "total", "95.18", "they agree"))
}

/// Works on what the command sent, as the function does.
async fn work(house: &House, shop: &Arc<ToyShop>) -> usize {
    let source = Source {
        shop: Arc::clone(shop) as Arc<dyn Shop>,
        since: house.now(),
        overlap: SignedDuration::from_mins(5),
    };
    let fetch = passerelle_flows::fetch::Fetch {
        sources: vec![source],
        env: Environment {
            ledger: house.ledger.clone(),
            objects: Arc::new(house.objects.clone()),
            clock: Arc::new(house.clock.clone()),
            ..Environment::in_memory()
        },
    };
    let deps = Arc::new(passerelle_flows::webhook::Webhooks { fetch });
    let sent = house.sent(Work::ShopWebhook);
    for body in &sent {
        let deadline = Deadline::at(house.now() + SignedDuration::from_secs(60));
        let message = Message { id: "1".into(), body: body.clone(), deadline };
        passerelle_flows::webhook::work(Arc::clone(&deps), message).await.expect("read again");
    }
    sent.len()
}

async fn head(house: &House, id: u32) -> OrderRecord {
    house.ledger.order(&order(id).key).await.expect("read").expect("there")
}

async fn statuses(house: &House) -> [OrderStatus; 4] {
    let mut found = [OrderStatus::Waiting; 4];
    for (id, status) in (1..).zip(&mut found) {
        *status = head(house, id).await.status;
    }
    found
}

#[tokio::test]
async fn one_command_brings_back_all_whose_code_the_shop_has_now() {
    let (house, shop) = given().await;
    for id in 0..3 {
        shop.orders.lock().expect("not poisoned")[id] = Ok(order(u32::try_from(id).expect("small") + 1));
    }
    house.set("23:00");
    let says = house.says("quarantine replay --cause missing_field").await;
    assert!(says.contains("order rungis/1 is read again from its shop"), "{says}");
    assert_eq!(work(&house, &shop).await, 3);
    let aside = OrderStatus::Quarantined;
    assert_eq!(
        statuses(&house).await,
        [OrderStatus::Ready, OrderStatus::Ready, OrderStatus::Ready, aside],
        "of another cause"
    );
    let head = head(&house, 1).await;
    let content = house.ledger.order_revision(&head.key, &head.revision).await.expect("read");
    assert_eq!(content.expect("content").customer.code, Some(customer()));
}

#[tokio::test]
async fn what_is_the_same_in_the_shop_is_released_for_the_layout_to_try() {
    let (house, shop) = given().await;
    house.says("quarantine replay rungis/1").await;
    work(&house, &shop).await;
    assert_eq!((head(&house, 1).await.status, head(&house, 1).await.rejection), (OrderStatus::Ready, None));
}

#[tokio::test]
async fn an_order_that_could_not_be_read_is_read_again() {
    let (house, shop) = given().await;
    house.says("replay order rungis/4").await;
    assert_eq!(work(&house, &shop).await, 1);
    assert_eq!(head(&house, 4).await.status, OrderStatus::Quarantined, "it still is wrong");
    // Its own time may be earlier than the one under which it was set aside.
    let earlier = house.now() - SignedDuration::from_hours(5);
    let fixed = ToyShop { id: shop.id.clone(), modified_at: earlier, orders: Mutex::new(vec![Ok(order(4))]) };
    house.says("quarantine replay --all").await;
    work(&house, &Arc::new(fixed)).await;
    assert_eq!(head(&house, 4).await.status, OrderStatus::Ready);
}

#[tokio::test]
async fn a_dry_run_and_json_say_what_becomes_of_each_order() {
    let (house, _) = given().await;
    let too_long = Rejection::new("too_long", "billing.name", "Bistrot…", "at most 30 characters");
    let fifth = order(5);
    house.record(&fifth).await;
    let revision = fifth.revision();
    let aside = house.ledger.quarantine_order(&fifth.key, &revision, &too_long, house.now());
    assert!(aside.await.expect("asked"));
    let answer = house.run("--dry-run quarantine replay --all").await.expect("answered");
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
    assert_eq!(head(&house, 5).await.status, OrderStatus::Quarantined);
    let answer = house.run("quarantine replay rungis/5 rungis/9").await.expect("answered");
    assert_eq!((answer.code(), &answer.data["done"]), (1, &json!(false)));
    assert_eq!(
        answer.data["orders"][1],
        json!({"order": "rungis/9", "outcome": "not_found", "rejection": null})
    );
    assert_eq!(head(&house, 5).await.status, OrderStatus::Ready, "the one does not keep the other back");
}

#[tokio::test]
async fn what_is_shown_says_that_the_shop_is_asked_and_replay_does() {
    let (house, _) = given().await;
    for id in [1, 4] {
        let says = house.says(&format!("quarantine show rungis/{id}")).await;
        assert!(says.contains("then replay it: it is read again"), "{says}");
    }
    let says = house.says("quarantine show rungis/1").await;
    assert!(says.contains("the customer code is missing"), "{says}");
}
