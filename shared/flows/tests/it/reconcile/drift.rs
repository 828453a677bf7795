//! What a shop and the ledger tell differently about the last days.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use passerelle_domain::{
    Cursor, CustomerCode, Failure, FailureKind, Order, OrderId, OrderState, Result, ShopId,
};
use passerelle_flows::fetch::Source;
use passerelle_flows::reconcile::{Drift, GapKind};
use passerelle_ledger::{Acknowledgement, OrderStatus};
use passerelle_services::TestClock;
use passerelle_shops::{
    Acknowledged, FetchedOrder, OrderAcknowledgement, OrderPage, Publication, Published, Shop, Webhook,
    WebhookRefusal,
};

use super::given::*;

/// A shop in memory: two orders a page, and each page takes some seconds.
#[derive(Default)]
struct Market {
    orders: Mutex<Vec<(Timestamp, Order)>>,
    /// On no list.
    hidden: Mutex<Vec<(Timestamp, Order)>>,
    /// Asked for by themselves.
    asked: Mutex<Vec<String>>,
    numbers: Mutex<BTreeMap<OrderId, String>>,
    pages: AtomicUsize,
    reports: AtomicUsize,
    down: AtomicBool,
    refuses: AtomicBool,
    seconds_a_page: AtomicI64,
}

/// The shop by its name, and the clock that its pages move.
struct Stall {
    id: ShopId,
    market: Arc<Market>,
    clock: TestClock,
}

impl Market {
    fn put(&self, order: &Order, modified_at: Timestamp) {
        let mut orders = self.orders.lock().expect("not poisoned");
        orders.retain(|(_, standing)| standing.key != order.key);
        orders.push((modified_at, order.clone()));
        orders.sort_by(|one, other| (one.0, &one.1.number).cmp(&(other.0, &other.1.number)));
    }

    fn delete(&self, order: &Order) {
        self.orders.lock().expect("not poisoned").retain(|(_, standing)| standing.key != order.key);
    }

    fn number(&self, order: &Order) -> Option<String> {
        self.numbers.lock().expect("not poisoned").get(&order.key.id).cloned()
    }
}

fn fetched((modified_at, order): &(Timestamp, Order)) -> FetchedOrder {
    FetchedOrder { key: order.key.clone(), modified_at: *modified_at, order: Ok(order.clone()) }
}

#[async_trait]
impl Shop for Stall {
    fn id(&self) -> &ShopId {
        &self.id
    }

    async fn orders_changed(&self, from: &Cursor) -> Result<OrderPage> {
        self.market.pages.fetch_add(1, Ordering::Relaxed);
        self.clock.advance(SignedDuration::from_secs(self.market.seconds_a_page.load(Ordering::Relaxed)));
        if self.market.down.load(Ordering::Relaxed) {
            return Err(Failure::retry("list orders", self.id.as_str(), "503"));
        }
        let offset: usize = from.resume.as_ref().map_or(0, |resume| resume.parse().expect("ours"));
        let orders = self.market.orders.lock().expect("not poisoned");
        let left: Vec<_> = orders.iter().filter(|(at, _)| *at >= from.watermark).skip(offset).collect();
        let page = &left[..left.len().min(2)];
        let caught_up = page.len() == left.len();
        let orders: Vec<_> = page.iter().map(|order| fetched(order)).collect();
        let resume = (!caught_up).then(|| (offset + 2).to_string());
        let next = Cursor { watermark: from.watermark, resume };
        Ok(OrderPage { raw: format!("{orders:?}").into_bytes(), orders, next, caught_up, remaining: None })
    }

    async fn order(&self, id: &OrderId) -> Result<Option<FetchedOrder>> {
        self.market.asked.lock().expect("not poisoned").push(id.to_string());
        let orders = self.market.orders.lock().expect("not poisoned");
        let hidden = self.market.hidden.lock().expect("not poisoned");
        let mut all = orders.iter().chain(hidden.iter());
        Ok(all.find(|(_, order)| order.key.id == *id).map(fetched))
    }

    async fn find_customer(&self, _code: &CustomerCode) -> Result<Option<String>> {
        Ok(None)
    }

    async fn publish_invoice(&self, _publication: &Publication<'_>) -> Result<Published> {
        Ok(Published::NoSuchCustomer)
    }

    async fn acknowledge_order(
        &self,
        id: &OrderId,
        report: &OrderAcknowledgement<'_>,
    ) -> Result<Acknowledged> {
        self.market.reports.fetch_add(1, Ordering::Relaxed);
        if self.market.refuses.load(Ordering::Relaxed) {
            return Err(Failure::new(FailureKind::Rejected, "report order", id.as_str(), "422"));
        }
        self.market.numbers.lock().expect("not poisoned").insert(id.clone(), report.erp_number.to_owned());
        Ok(Acknowledged::Now)
    }

    fn erp_numbers(&self, page: &OrderPage) -> BTreeMap<OrderId, String> {
        let numbers = self.market.numbers.lock().expect("not poisoned");
        let number = |order: &FetchedOrder| numbers.get(&order.key.id).cloned().unwrap_or_default();
        page.orders.iter().map(|order| (order.key.id.clone(), number(order))).collect()
    }

    fn webhook(&self, _webhook: &Webhook<'_>) -> Result<Vec<OrderId>, WebhookRefusal> {
        Err(WebhookRefusal::NotSupported)
    }
}

/// A house whose shop is read, at 18:59 of a day on which fetch-orders has come to 18:00.
async fn house() -> (House, Arc<Market>) {
    let mut house = House::at("18:59");
    let market = Arc::new(Market::default());
    house.sources.push(source(&house, &shop(), &market));
    let lease = house.lease("fetch-orders/rungis").await;
    assert!(house.ledger.move_cursor(&shop(), &Cursor::at(at("18:00")), &lease).await.expect("moved"));
    (house, market)
}

fn source(house: &House, id: &ShopId, market: &Arc<Market>) -> Source {
    let stall = Stall { id: id.clone(), market: Arc::clone(market), clock: house.clock.clone() };
    Source {
        shop: Arc::new(stall),
        since: at("00:00") - SignedDuration::from_hours(24 * 30),
        overlap: SignedDuration::from_mins(5),
    }
}

async fn status(house: &House, order: &Order) -> Option<OrderStatus> {
    house.ledger.order(&order.key).await.expect("read").map(|head| head.status)
}

#[tokio::test]
async fn an_order_and_a_change_that_were_missed_are_recorded_in_the_evening_and_only_then() {
    let (house, market) = house().await;
    let (known, changed, missed, old) = (order(1), order(2), order(3), order(4));
    for order in [&known, &changed] {
        house.record_modified(order, at("10:00")).await;
        market.put(order, at("10:00"));
    }
    market.put(&Order { state: OrderState::Cancelled, ..changed.clone() }, at("11:00"));
    market.put(&missed, at("12:00"));
    market.put(&old, at("12:00") - SignedDuration::from_hours(4 * 24));
    let report = house.reconcile().await;
    assert_eq!((report.comparisons.len(), market.pages.load(Ordering::Relaxed)), (0, 0), "not before 19:00");
    house.set("19:00");
    let report = house.reconcile().await;
    let found = &report.comparisons[&shop()];
    assert_eq!((found.compared, found.recorded, found.done), (3, 2, true));
    assert_eq!((found.differences.as_slice(), report.gaps.as_slice()), (&[][..], &[][..]), "all is mended");
    assert_eq!(status(&house, &missed).await, Some(OrderStatus::Ready));
    assert_eq!(status(&house, &changed).await, Some(OrderStatus::Cancelled));
    assert_eq!(status(&house, &old).await, None, "older than three days");
    let pages = market.pages.load(Ordering::Relaxed);
    house.set("19:15");
    let again = house.reconcile().await;
    assert_eq!(again.comparisons, report.comparisons, "every later report of the day says it too");
    assert_eq!(market.pages.load(Ordering::Relaxed), pages, "the shop is asked once a day");
}

#[tokio::test]
async fn what_fetch_orders_has_not_come_to_is_recorded_and_not_counted_as_missed() {
    let (house, market) = house().await;
    market.put(&order(1), at("18:50"));
    house.set("19:00");
    let report = house.reconcile().await;
    assert_eq!(report.comparisons[&shop()].recorded, 0);
    assert_eq!(status(&house, &order(1)).await, Some(OrderStatus::Ready));
}

/// An order that the ERP has accepted under the number CDE-1.
async fn accepted(house: &House, market: &Market) -> Order {
    let sold = order(1);
    house.record_modified(&sold, at("10:00")).await;
    market.put(&sold, at("10:00"));
    let batch = house.export(&[&sold]).await;
    let (erp_number, words) = ("CDE-1".to_owned(), String::new());
    let answer = Acknowledgement { batch: batch.id, accepted: true, erp_number, reason: words };
    house.ledger.record_acknowledgement(&sold.key, &answer, house.now()).await.expect("recorded");
    sold
}

#[tokio::test]
async fn an_answer_that_the_shop_was_not_told_or_lost_is_told_again_and_one_that_it_has_is_not() {
    let (house, market) = house().await;
    let sold = accepted(&house, &market).await;
    house.set("19:00");
    assert_eq!(house.reconcile().await.comparisons[&shop()].sent, 1, "never told");
    assert_eq!(market.number(&sold).as_deref(), Some("CDE-1"));
    assert!(
        house
            .ledger
            .order(&sold.key)
            .await
            .expect("read")
            .expect("there")
            .acknowledgement
            .expect("kept")
            .sent
    );
    house.wait(24 * 60);
    assert_eq!(house.reconcile().await.comparisons[&shop()].sent, 0, "it has it");
    market.numbers.lock().expect("not poisoned").clear();
    house.wait(24 * 60);
    assert_eq!(house.reconcile().await.comparisons[&shop()].sent, 1, "its backup had it not");
    assert_eq!(market.number(&sold).as_deref(), Some("CDE-1"));
    assert_eq!(market.reports.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn an_answer_that_the_shop_does_not_take_is_a_gap_and_the_others_are_compared() {
    let (house, market) = house().await;
    let sold = accepted(&house, &market).await;
    let missed = order(7);
    market.put(&missed, at("12:00"));
    market.refuses.store(true, Ordering::Relaxed);
    house.set("19:00");
    let report = house.reconcile().await;
    let found = &report.comparisons[&shop()];
    assert_eq!((found.sent, found.recorded, found.done), (0, 1, true));
    assert_eq!(found.differences[0].drift, Drift::Unacknowledged("CDE-1".into()));
    let gaps: Vec<_> = report.gaps.iter().map(|gap| (gap.kind, gap.subject.clone())).collect();
    assert_eq!(gaps, [(GapKind::OrderDrifted, sold.key.to_string())]);
}

#[tokio::test]
async fn an_order_that_is_gone_or_that_went_back_in_time_is_a_gap_in_french() {
    let (house, market) = house().await;
    let (gone, back, draft) = (order(1), order(2), Order { state: OrderState::Pending, ..order(3) });
    for order in [&gone, &back, &draft] {
        house.record_modified(order, at("10:00")).await;
        market.put(order, at("10:00"));
    }
    market.delete(&gone);
    market.delete(&draft);
    let before = Order { total: passerelle_domain::Money::from_cents(10_000), ..back.clone() };
    market.put(&before, at("09:00"));
    house.set("19:00");
    let report = house.reconcile().await;
    let found: Vec<_> =
        report.comparisons[&shop()].differences.iter().map(|found| (&found.order, &found.drift)).collect();
    let older = Drift::Older { shop: before.total, ledger: back.total };
    assert_eq!(found, [(&back.key, &older), (&gone.key, &Drift::Gone(OrderStatus::Ready))]);
    assert_eq!(report.gaps.iter().filter(|gap| gap.kind == GapKind::OrderDrifted).count(), 2);
    assert_eq!(*market.asked.lock().expect("not poisoned"), ["1"], "only what is on no list");
    let page = passerelle_flows::reconcile::page(&report);
    for words in [
        "Commande différente dans la boutique",
        "absente de la boutique ; au registre : à exporter",
        "la boutique en montre un état plus ancien : 100,00\u{a0}€ ; au registre : 123,45\u{a0}€",
    ] {
        assert!(page.contains(words), "{words}");
    }
}

#[tokio::test]
async fn an_order_that_its_shop_hides_from_lists_is_not_gone_and_its_change_is_recorded() {
    let (house, market) = house().await;
    let sold = order(1);
    house.record_modified(&sold, at("10:00")).await;
    let hidden = Order { state: OrderState::Cancelled, ..sold.clone() };
    market.hidden.lock().expect("not poisoned").push((at("11:00"), hidden));
    house.set("19:00");
    let report = house.reconcile().await;
    assert_eq!((report.comparisons[&shop()].recorded, report.gaps.len()), (1, 0));
    assert_eq!(status(&house, &sold).await, Some(OrderStatus::Cancelled));
}

#[tokio::test]
async fn a_run_that_has_no_time_left_stops_and_the_next_goes_on_behind_the_pages_that_are_done() {
    let (house, market) = house().await;
    for id in 1..=9 {
        house.record_modified(&order(id), at("10:00")).await;
        market.put(&order(id), at("10:00"));
    }
    // Of five minutes, two pages leave too little for a third.
    market.seconds_a_page.store(100, Ordering::Relaxed);
    house.set("19:00");
    let report = house.reconcile().await;
    assert_eq!((report.comparisons[&shop()].compared, report.comparisons[&shop()].done), (4, false));
    assert_eq!(report.gaps[0].kind, GapKind::ShopNotCompared);
    market.seconds_a_page.store(0, Ordering::Relaxed);
    house.set("19:15");
    let report = house.reconcile().await;
    let found = &report.comparisons[&shop()];
    assert_eq!((found.compared, found.done, found.differences.len()), (9, true, 0), "none is gone");
    assert_eq!((report.gaps.as_slice(), market.pages.load(Ordering::Relaxed)), (&[][..], 5));
}

#[tokio::test]
async fn a_shop_that_is_down_keeps_no_other_from_being_compared_and_is_compared_when_it_is_back() {
    let (mut house, market) = house().await;
    market.down.store(true, Ordering::Relaxed);
    let (halles, other) = (ShopId::new("halles").expect("a shop"), Arc::new(Market::default()));
    house.sources.push(source(&house, &halles, &other));
    house.set("19:00");
    let report = house.reconcile().await;
    assert!(!report.comparisons[&shop()].done && report.comparisons[&halles].done);
    assert_eq!(
        report.gaps.iter().map(|gap| (gap.kind, gap.subject.as_str())).collect::<Vec<_>>(),
        [(GapKind::ShopNotCompared, "rungis")]
    );
    market.down.store(false, Ordering::Relaxed);
    house.set("19:15");
    let report = house.reconcile().await;
    assert!(report.comparisons[&shop()].done && report.gaps.is_empty());
}
