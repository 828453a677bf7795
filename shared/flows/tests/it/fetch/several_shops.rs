//! Several shops at once, and orders that a shop cannot tell.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use passerelle_domain::{
    Cursor, CustomerCode, Failure, FailureKind, OrderId, OrderKey, Rejection, Result, ShopId,
};
use passerelle_flows::fetch::{Fetch, Source, handle};
use passerelle_ledger::Ledger;
use passerelle_services::{Deadline, Environment, MemoryLogs, MemoryObjects, ScheduledRun, SystemClock};
use passerelle_shops::{
    Acknowledged, FetchedOrder, OrderAcknowledgement, OrderPage, Publication, Published, Shop, UNREACHABLE,
    Webhook, WebhookRefusal,
};

/// What a shop is like.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mood {
    Well,
    /// It answers 503, after a while.
    Down,
    /// It refuses the secret.
    Closed,
    /// It takes long.
    Slow,
}

/// A shop of one order, 7, which it cannot tell until it is mended.
struct ToyShop {
    id: ShopId,
    mood: Mood,
    mended: AtomicBool,
}

impl ToyShop {
    fn new(name: &str, mood: Mood) -> Arc<Self> {
        let mended = AtomicBool::new(false);
        Arc::new(Self { id: ShopId::new(name).expect("a name"), mood, mended })
    }

    fn seven(&self) -> FetchedOrder {
        let code = if self.mended.load(Ordering::SeqCst) { "test" } else { UNREACHABLE };
        let key = OrderKey { shop: self.id.clone(), id: OrderId::new("7").expect("an id") };
        let rejection = Rejection::new(code, "billing.name", "Zoé Lefèvre", "\"Zoé Lefèvre\" is too long");
        FetchedOrder { key, modified_at: changed_at(), order: Err(rejection) }
    }
}

fn changed_at() -> Timestamp {
    Timestamp::from_second(1_700_000_000).expect("in range")
}

#[async_trait]
impl Shop for ToyShop {
    fn id(&self) -> &ShopId {
        &self.id
    }

    async fn orders_changed(&self, from: &Cursor) -> Result<OrderPage> {
        match self.mood {
            Mood::Well => {}
            Mood::Down => {
                tokio::time::sleep(Duration::from_secs(1)).await;
                return Err(Failure::retry("list orders", self.id.as_str(), "HTTP 503"));
            }
            Mood::Closed => return Err(Failure::misconfigured("list orders", self.id.as_str(), "HTTP 401")),
            Mood::Slow => tokio::time::sleep(Duration::from_secs(2)).await,
        }
        let orders = if from.watermark <= changed_at() { vec![self.seven()] } else { Vec::new() };
        let next = Cursor::at(from.watermark.max(changed_at() + SignedDuration::from_secs(1)));
        Ok(OrderPage { raw: b"raw".to_vec(), orders, next, caught_up: true, remaining: None })
    }

    async fn order(&self, id: &OrderId) -> Result<Option<FetchedOrder>> {
        if !self.mended.load(Ordering::SeqCst) {
            return Err(Failure::retry("fetch order", id.as_str(), "HTTP 500"));
        }
        Ok(Some(self.seven()))
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

fn deps(shops: &[Arc<ToyShop>], ledger: &Ledger) -> Fetch {
    let source = |shop: &Arc<ToyShop>| Source {
        shop: shop.clone(),
        since: Timestamp::UNIX_EPOCH,
        overlap: SignedDuration::from_mins(5),
    };
    Fetch {
        sources: shops.iter().map(source).collect(),
        env: Environment {
            ledger: ledger.clone(),
            objects: Arc::new(MemoryObjects::default()),
            clock: Arc::new(SystemClock),
            ..Environment::in_memory()
        },
    }
}

fn run() -> ScheduledRun {
    let now = Timestamp::now();
    let deadline = Deadline::at(now + SignedDuration::from_mins(5));
    ScheduledRun { scheduled_time: now, owner: "run".into(), deadline }
}

/// Why the shop's order is set aside.
async fn reason(ledger: &Ledger, shop: &ToyShop) -> Option<String> {
    let head = ledger.order(&shop.seven().key).await.expect("read")?;
    head.rejection.map(|rejection| rejection.code)
}

#[tokio::test]
async fn shops_that_are_down_do_not_delay_the_others_nor_fail_their_run() {
    let moods = [("lyon", Mood::Down), ("nice", Mood::Closed), ("rungis", Mood::Well), ("lille", Mood::Slow)];
    let shops = moods.map(|(name, mood)| ToyShop::new(name, mood));
    let ledger = Ledger::in_memory();
    let look = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert!(reason(&ledger, &shops[2]).await.is_some(), "read while the others are waited for");
        assert!(reason(&ledger, &shops[3]).await.is_none());
    };
    let (outcome, ()) = tokio::join!(handle(deps(&shops, &ledger), run()), look);
    assert!(reason(&ledger, &shops[3]).await.is_some(), "and the slow one too");
    let fetched = outcome.expect("two shops were read");
    assert_eq!(fetched.failed, [shops[0].id.clone(), shops[1].id.clone()]);
    assert!(!fetched.caught_up, "not everywhere");
}

#[tokio::test]
async fn a_run_that_could_read_no_shop_fails_for_all_their_reasons() {
    let shops = [ToyShop::new("lyon", Mood::Down), ToyShop::new("nice", Mood::Closed)];
    let failure = handle(deps(&shops, &Ledger::in_memory()), run()).await.expect_err("both failed");
    assert_eq!(failure.kind(), FailureKind::Retry);
    let words = failure.to_string();
    assert!(words.contains("2 shops") && words.contains("503") && words.contains("401"), "{words}");
}

#[tokio::test]
async fn why_an_order_cannot_be_read_is_kept_with_it_and_in_no_log() {
    let (logs, _guard) = MemoryLogs::capture();
    let (shop, ledger) = (ToyShop::new("rungis", Mood::Well), Ledger::in_memory());
    handle(deps(std::slice::from_ref(&shop), &ledger), run()).await.expect("read");
    let head = ledger.order(&shop.seven().key).await.expect("read").expect("recorded");
    assert_eq!(head.rejection.expect("a reason").value, "Zoé Lefèvre");
    let logged = logs.text();
    assert!(logged.contains("order set aside") && logged.contains("billing.name"), "{logged}");
    assert!(!logged.contains("Zo"), "{logged}");
}

#[tokio::test]
async fn the_failure_of_the_only_shop_is_told_as_it_is() {
    let shops = [ToyShop::new("nice", Mood::Closed)];
    let failure = handle(deps(&shops, &Ledger::in_memory()), run()).await.expect_err("closed");
    assert_eq!(
        (failure.kind(), failure.to_string().as_str()),
        (FailureKind::Misconfigured, "list orders nice: HTTP 401")
    );
}

#[tokio::test]
async fn an_order_that_the_shop_could_not_tell_is_asked_for_again_by_itself() {
    let shops = [ToyShop::new("rungis", Mood::Well)];
    let ledger = Ledger::in_memory();
    let read = async || handle(deps(&shops, &ledger), run()).await.expect("read");
    read().await;
    assert_eq!(reason(&ledger, &shops[0]).await.as_deref(), Some(UNREACHABLE));
    // The cursor is past it: no page shows it any more.
    let fetched = read().await;
    assert_eq!(
        (fetched.read, fetched.changed, fetched.caught_up),
        (0, 0, true),
        "it is no failure of the run"
    );
    shops[0].mended.store(true, Ordering::SeqCst);
    assert_eq!(read().await.changed, 1);
    assert_eq!(reason(&ledger, &shops[0]).await.as_deref(), Some("test"), "what it is now");
    assert_eq!(read().await.changed, 0, "and no longer asked for");
}
