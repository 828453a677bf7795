//! An order that the ledger cannot hold: it is set aside, and holds up nobody.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use passerelle_domain::{
    Address, ArticleCode, Cursor, Customer, CustomerCode, Digest, Money, Order, OrderId, OrderKey, OrderLine,
    OrderState, Quantity, Result, ShopId, Unit, UnitPrice, VatRate,
};
use passerelle_flows::fetch::{Fetch, Source, fetch_one, handle};
use passerelle_ledger::{Ledger, OrderRecord, OrderStatus};
use passerelle_services::{Deadline, Environment, MemoryObjects, Objects, ScheduledRun, SystemClock};
use passerelle_shops::{
    Acknowledged, FetchedOrder, OrderAcknowledgement, OrderPage, Publication, Published, Shop, Webhook,
    WebhookRefusal,
};

/// A shop of three orders, of which the second has lines whose labels compress badly: 900 kB of them, though
/// each is within its limit.
struct ToyShop(ShopId);

fn changed_at() -> Timestamp {
    Timestamp::from_second(1_700_000_000).expect("in range")
}

fn key(id: u32) -> OrderKey {
    OrderKey {
        shop: ShopId::new("rungis").expect("a name"),
        id: OrderId::new(id.to_string()).expect("an id"),
    }
}

fn fetched(id: u32) -> FetchedOrder {
    let lines = if id == 2 { 2_000 } else { 1 };
    let order = Order {
        key: key(id),
        number: id.to_string(),
        state: OrderState::Confirmed,
        shop_state: "processing".into(),
        created_at: changed_at(),
        currency: "EUR".into(),
        customer: Customer::default(),
        billing: Address::default(),
        delivery: Address::default(),
        wanted_on: None,
        lines: (0..lines).map(line).collect(),
        charges: vec![],
        promotions: vec![],
        payments: vec![],
        refunds: vec![],
        note: String::new(),
        vat_total: Money::ZERO,
        total: Money::ZERO,
    };
    FetchedOrder { key: key(id), modified_at: changed_at(), order: order.checked() }
}

fn line(place: u32) -> OrderLine {
    let noise = (0..7).map(|n| Digest::of(format!("{place} {n}").as_bytes()).to_string());
    OrderLine {
        id: place.to_string(),
        article: ArticleCode::new("TOM-6").ok(),
        label: noise.collect(),
        quantity: Quantity::from(1),
        unit: Unit::Piece,
        unit_price: UnitPrice::of(Money::ZERO, Quantity::from(1)),
        gross: Money::ZERO,
        discount: Money::ZERO,
        net: Money::ZERO,
        vat_rate: VatRate::ZERO,
        vat: Money::ZERO,
    }
}

#[async_trait]
impl Shop for ToyShop {
    fn id(&self) -> &ShopId {
        &self.0
    }

    async fn orders_changed(&self, _from: &Cursor) -> Result<OrderPage> {
        let orders = (1..=3).map(fetched).collect();
        let next = Cursor::at(changed_at());
        Ok(OrderPage { raw: b"all of it".to_vec(), orders, next, caught_up: true, remaining: None })
    }

    async fn order(&self, id: &OrderId) -> Result<Option<FetchedOrder>> {
        Ok(id.as_str().parse().ok().map(fetched))
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

fn given() -> (Fetch, Arc<ToyShop>, MemoryObjects) {
    let (shop, objects) = (Arc::new(ToyShop(key(1).shop)), MemoryObjects::default());
    let overlap = SignedDuration::from_mins(5);
    let deps = Fetch {
        sources: vec![Source { shop: shop.clone(), since: Timestamp::UNIX_EPOCH, overlap }],
        env: Environment {
            ledger: Ledger::in_memory(),
            objects: Arc::new(objects.clone()),
            clock: Arc::new(SystemClock),
            ..Environment::in_memory()
        },
    };
    (deps, shop, objects)
}

async fn head(deps: &Fetch, id: u32) -> OrderRecord {
    deps.env.ledger.order(&key(id)).await.expect("read").expect("recorded")
}

#[tokio::test]
async fn an_order_that_is_too_large_holds_neither_its_page_nor_its_shop() {
    let (deps, shop, objects) = given();
    for owner in ["first", "second"] {
        let now = Timestamp::now();
        let deadline = Deadline::at(now + SignedDuration::from_mins(5));
        let run = ScheduledRun { scheduled_time: now, owner: owner.into(), deadline };
        let fetched = handle(deps.clone(), run).await.expect("nothing fails");
        assert!(fetched.caught_up, "{fetched:?}");
    }
    let cursor = deps.env.ledger.cursor(&shop.0).await.expect("read").expect("moved");
    assert_eq!(cursor.watermark, changed_at());
    let aside = head(&deps, 2).await;
    assert_eq!((aside.status, aside.revisions), (OrderStatus::Quarantined, 1));
    assert_eq!(aside.rejection.expect("why").code, "too_large");
    let raw = objects.get(&aside.raw_key, None, u64::MAX).await.expect("read").expect("kept");
    assert_eq!(raw.body, b"all of it");
    for id in [1, 3] {
        assert_eq!(head(&deps, id).await.status, OrderStatus::Ready);
    }
}

#[tokio::test]
async fn a_webhook_of_an_order_that_is_too_large_sets_it_aside() {
    let (deps, shop, _) = given();
    fetch_one(&deps, &*shop, &key(2).id).await.expect("nothing fails").expect("recorded");
    assert_eq!(head(&deps, 2).await.rejection.expect("why").code, "too_large");
}
