//! Changes that the shop shows late, runs that stop on the way, and a shop that cannot be read.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use passerelle_domain::{Cursor, CustomerCode, Failure, OrderId, OrderKey, Rejection, Result, ShopId};
use passerelle_flows::fetch::{Fetch, Source, handle};
use passerelle_ledger::Ledger;
use passerelle_services::{Clock, Deadline, Environment, MemoryObjects, ScheduledRun};
use passerelle_shops::{
    Acknowledged, FetchedOrder, OrderAcknowledgement, OrderPage, Publication, Published, Shop, Webhook,
    WebhookRefusal,
};

const OVERLAP: SignedDuration = SignedDuration::from_mins(5);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).expect("in range")
}

/// A shop of one order a page. Orders are given by when they changed and from when on the shop shows
/// it; each page takes a minute.
struct SlowShop {
    id: ShopId,
    orders: Vec<(&'static str, i64, i64)>,
    now: Mutex<Timestamp>,
    refuses: bool,
}

impl SlowShop {
    fn new(orders: &[(&'static str, i64, i64)]) -> Arc<Self> {
        let id = ShopId::new("rungis").expect("a name");
        Arc::new(Self { id, orders: orders.to_vec(), now: Mutex::new(at(0)), refuses: false })
    }

    /// A shop whose key is wrong.
    fn refusing(id: &str) -> Arc<Self> {
        let id = ShopId::new(id).expect("a name");
        Arc::new(Self { id, orders: vec![], now: Mutex::new(at(0)), refuses: true })
    }

    fn key(&self, id: &str) -> OrderKey {
        OrderKey { shop: self.id.clone(), id: OrderId::new(id).expect("an id") }
    }

    fn set(&self, now: Timestamp) {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }
}

impl Clock for SlowShop {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Shop for SlowShop {
    fn id(&self) -> &ShopId {
        &self.id
    }

    async fn orders_changed(&self, from: &Cursor) -> Result<OrderPage> {
        if self.refuses {
            return Err(Failure::misconfigured("list orders", self.id.as_str(), "401"));
        }
        let now = self.now();
        let after = from.resume.as_ref().map(|second| second.parse::<Timestamp>().expect("our own words"));
        let mut left: Vec<_> = self
            .orders
            .iter()
            .map(|&(id, changed, shown)| (at(changed), at(shown), id))
            .filter(|(changed, shown, _)| {
                *shown <= now && after.map_or(*changed >= from.watermark, |after| *changed > after)
            })
            .collect();
        left.sort();
        self.set(now + SignedDuration::from_mins(1));
        let caught_up = left.len() <= 1;
        let read = left.first().copied();
        let watermark = read.map_or(from.watermark, |(changed, _, _)| changed);
        let rejection = Rejection::new("test", "order", "", "its content is no matter here");
        Ok(OrderPage {
            raw: watermark.to_string().into_bytes(),
            orders: read
                .map(|(changed, _, id)| FetchedOrder {
                    key: self.key(id),
                    modified_at: changed,
                    order: Err(rejection),
                })
                .into_iter()
                .collect(),
            next: Cursor { watermark, resume: (!caught_up).then(|| watermark.to_string()) },
            caught_up,
            remaining: None,
        })
    }

    async fn order(&self, _id: &OrderId) -> Result<Option<FetchedOrder>> {
        Ok(None)
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

/// A run that begins at an instant and has some time.
async fn run(shop: &Arc<SlowShop>, ledger: &Ledger, begins: i64, seconds: i64) {
    shop.set(at(begins));
    let source = Source { shop: shop.clone(), since: at(-86_400), overlap: OVERLAP };
    let deps = Fetch {
        sources: vec![source],
        env: Environment {
            ledger: ledger.clone(),
            objects: Arc::new(MemoryObjects::default()),
            clock: shop.clone(),
            ..Environment::in_memory()
        },
    };
    let deadline = Deadline::at(at(begins + seconds));
    let run = ScheduledRun { scheduled_time: at(begins), owner: format!("run at {begins}"), deadline };
    handle(deps, run).await.expect("the shop answers");
}

async fn is_recorded(shop: &SlowShop, ledger: &Ledger, id: &str) -> bool {
    ledger.order(&shop.key(id)).await.expect("in memory").is_some()
}

#[tokio::test]
async fn a_change_shown_late_is_read_although_the_run_before_stopped_on_the_way() {
    // "late" is shown once the first run has passed its place and has run out of time. The second run
    // goes on to what changed long after that.
    let shop = SlowShop::new(&[("late", -70, 130), ("a", -60, -60), ("b", -40, -40), ("c", 400, 400)]);
    let ledger = Ledger::in_memory();
    run(&shop, &ledger, 0, 60).await;
    assert!(!is_recorded(&shop, &ledger, "b").await, "the first run stops before the end");
    for begins in [600, 1200] {
        run(&shop, &ledger, begins, 900).await;
    }
    assert!(is_recorded(&shop, &ledger, "c").await);
    assert!(is_recorded(&shop, &ledger, "late").await);
}

#[tokio::test]
async fn a_change_shown_late_is_read_although_a_slow_run_came_far_past_it() {
    // Orders come while the run reads on, page after page; "late" is shown behind its back.
    let mut orders = vec![("late", -200, 70)];
    let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    orders.extend(names.iter().zip(0..).map(|(name, n)| (*name, -190 + 50 * n, -190 + 50 * n)));
    let shop = SlowShop::new(&orders);
    let ledger = Ledger::in_memory();
    for begins in [0, 1200] {
        run(&shop, &ledger, begins, 900).await;
    }
    assert!(is_recorded(&shop, &ledger, "h").await);
    assert!(is_recorded(&shop, &ledger, "late").await);
}

#[tokio::test]
async fn an_import_of_old_orders_goes_on_where_it_stopped() {
    let orders = [("a", -9000, -9000), ("b", -8000, -8000), ("c", -7000, -7000)];
    let shop = SlowShop::new(&orders);
    let ledger = Ledger::in_memory();
    for (begins, read) in [(0, "a"), (300, "b"), (600, "c")] {
        assert!(!is_recorded(&shop, &ledger, read).await);
        run(&shop, &ledger, begins, 60).await;
        assert!(is_recorded(&shop, &ledger, read).await);
    }
}

#[tokio::test]
async fn a_shop_that_cannot_be_read_keeps_no_other_from_being_read() {
    let (broken, good) = (SlowShop::refusing("lyon"), SlowShop::new(&[("a", -60, -60)]));
    let ledger = Ledger::in_memory();
    let source = |shop: &Arc<SlowShop>| Source { shop: shop.clone(), since: at(-86_400), overlap: OVERLAP };
    let deps = Fetch {
        sources: vec![source(&broken), source(&good)],
        env: Environment {
            ledger: ledger.clone(),
            objects: Arc::new(MemoryObjects::default()),
            clock: good.clone(),
            ..Environment::in_memory()
        },
    };
    for begins in [0, 300] {
        let deadline = Deadline::at(at(begins + 900));
        let run = ScheduledRun { scheduled_time: at(begins), owner: format!("run at {begins}"), deadline };
        let fetched = handle(deps.clone(), run).await.expect("one shop was read");
        assert_eq!(fetched.failed, std::slice::from_ref(&broken.id));
    }
    assert!(is_recorded(&good, &ledger, "a").await);
    assert_eq!(ledger.cursor(&broken.id).await.expect("in memory"), None, "nothing of it was read");
    let moved = [ledger.cursor_moved_by(&broken.id).await, ledger.cursor_moved_by(&good.id).await];
    assert_eq!(moved.map(|by| by.expect("in memory")), [0, 2]);
}
