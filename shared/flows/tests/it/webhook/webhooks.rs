//! Requests to the URL, and what comes of them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use passerelle_domain::{
    Cursor, CustomerCode, Failure, FailureKind, OrderId, OrderKey, Rejection, Result, ShopId,
};
use passerelle_flows::fetch::Source;
use passerelle_flows::webhook::{MAX_BODY_BYTES, Request, Response, Webhooks, respond, work};
use passerelle_ledger::Ledger;
use passerelle_services::{
    Clock, Deadline, Environment, MemoryObjects, MemoryQueues, Message, OneQueue, Queue, Work,
};
use passerelle_shops::{
    Acknowledged, FetchedOrder, OrderAcknowledgement, OrderPage, Publication, Published, Shop, Webhook,
    WebhookRefusal,
};

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).expect("in range")
}

struct StoppedClock;

impl Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        now()
    }
}

/// A shop whose webhooks are lists of ids after `ok:`, and which has the orders below 100.
struct ToyShop {
    id: ShopId,
    asked: Mutex<Vec<String>>,
    down: bool,
}

#[async_trait]
impl Shop for ToyShop {
    fn id(&self) -> &ShopId {
        &self.id
    }

    async fn orders_changed(&self, _from: &Cursor) -> Result<OrderPage> {
        panic!("only single orders are asked for")
    }

    async fn order(&self, id: &OrderId) -> Result<Option<FetchedOrder>> {
        self.asked.lock().expect("whole").push(id.to_string());
        if self.down {
            return Err(Failure::retry("fetch order", id.as_str(), "503"));
        }
        if id.as_str().parse::<u32>().is_ok_and(|id| id >= 100) {
            return Ok(None);
        }
        let key = OrderKey { shop: self.id.clone(), id: id.clone() };
        let order = Err(Rejection::new("test", "order", "", "its content is no matter here"));
        Ok(Some(FetchedOrder { key, modified_at: now(), order }))
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

    fn webhook(&self, webhook: &Webhook<'_>) -> Result<Vec<OrderId>, WebhookRefusal> {
        assert_eq!(webhook.received_at, now());
        if webhook.header("x-signature").is_none() {
            return Err(WebhookRefusal::Unsigned);
        }
        let text = std::str::from_utf8(webhook.body).expect("text");
        match text.split_once(':') {
            Some(("ok", ids)) => {
                Ok(ids.split_terminator(',').map(|id| OrderId::new(id).expect("an id")).collect())
            }
            Some(("old", _)) => Err(WebhookRefusal::TooOld),
            Some(("none", _)) => Err(WebhookRefusal::NotSupported),
            Some(("forged", _)) => Err(WebhookRefusal::WrongSignature),
            _ => Err(WebhookRefusal::Malformed("no colon".into())),
        }
    }
}

struct House {
    deps: Arc<Webhooks>,
    shop: Arc<ToyShop>,
    ledger: Ledger,
    queues: MemoryQueues,
}

fn house(down: bool) -> House {
    let shop =
        Arc::new(ToyShop { id: ShopId::new("rungis").expect("a name"), asked: Mutex::default(), down });
    let (ledger, queues) = (Ledger::in_memory(), MemoryQueues::default());
    let source = Source { shop: shop.clone(), since: now(), overlap: SignedDuration::from_mins(5) };
    let fetch = passerelle_flows::fetch::Fetch {
        sources: vec![source],
        env: Environment {
            ledger: ledger.clone(),
            objects: Arc::new(MemoryObjects::default()),
            queues: Arc::new(queues.clone()),
            clock: Arc::new(StoppedClock),
            ..Environment::in_memory()
        },
    };
    House { deps: Arc::new(Webhooks { fetch }), shop, ledger, queues }
}

fn request(path: &str, body: &[u8]) -> Request {
    let headers = BTreeMap::from([("x-signature".to_owned(), "mine".to_owned())]);
    Request { method: "POST".into(), path: path.into(), headers, body: body.to_vec() }
}

async fn status(house: &House, request: &Request) -> u16 {
    respond(&house.deps, request).await.status
}

fn message(body: &str) -> Message {
    let deadline = Deadline::at(now() + SignedDuration::from_secs(60));
    Message { id: "1".into(), body: body.into(), deadline }
}

fn key(id: &str) -> OrderKey {
    OrderKey { shop: ShopId::new("rungis").expect("a name"), id: OrderId::new(id).expect("an id") }
}

#[tokio::test]
async fn a_signed_webhook_is_queued_and_answered_without_asking_the_shop() {
    let house = house(true);
    assert_eq!(status(&house, &request("/rungis", b"ok:7,8")).await, 200);
    assert_eq!(
        house.queues.sent_to(Work::ShopWebhook).take(),
        [r#"{"shop":"rungis","order":"7"}"#, r#"{"shop":"rungis","order":"8"}"#]
    );
    assert!(house.shop.asked.lock().expect("whole").is_empty());
}

#[tokio::test]
async fn what_is_refused_is_not_queued() {
    let house = house(false);
    let unsigned = Request { headers: BTreeMap::new(), ..request("/rungis", b"ok:7") };
    let get = Request { method: "GET".into(), ..request("/rungis", b"ok:7") };
    let large = vec![b'x'; MAX_BODY_BYTES + 1];
    let many = format!("ok:{}", "7,".repeat(101));
    for (request, expected) in [
        (unsigned, 401),
        (get, 405),
        (request("/rungis", b"forged:7"), 401),
        (request("/rungis", b"none:7"), 404),
        (request("/rungis", b"7"), 400),
        (request("/rungis", &large), 413),
        (request("/rungis", many.as_bytes()), 413),
        (request("/lyon", b"ok:7"), 404),
        (request("/", b"ok:7"), 404),
        (request("/rungis/7", b"ok:7"), 404),
    ] {
        assert_eq!(status(&house, &request).await, expected, "{request:?}");
    }
    assert!(house.queues.sent_to(Work::ShopWebhook).take().is_empty());
}

#[tokio::test]
async fn what_asks_for_nothing_or_comes_too_late_is_answered_well_so_that_the_shop_goes_on_telling() {
    let house = house(false);
    for body in [&b"ok:"[..], b"old:7"] {
        assert_eq!(status(&house, &request("/rungis", body)).await, 200);
    }
    assert!(house.queues.sent_to(Work::ShopWebhook).take().is_empty());
}

struct FullQueue;

#[async_trait]
impl Queue for FullQueue {
    async fn send(&self, _bodies: &[String]) -> Result<()> {
        Err(Failure::retry("send messages", "queue", "throttled"))
    }
}

#[tokio::test]
async fn a_webhook_that_cannot_be_queued_is_to_come_again() {
    let mut fetch = house(false).deps.fetch.clone();
    fetch.env.queues = Arc::new(OneQueue(Arc::new(FullQueue)));
    let deps = Webhooks { fetch };
    let response = respond(&deps, &request("/rungis", b"ok:7")).await;
    assert_eq!(response, Response { status: 503, body: "try again" });
}

#[tokio::test]
async fn only_the_order_of_the_notice_is_fetched_and_recorded_once() {
    let house = house(false);
    status(&house, &request("/rungis", b"ok:7")).await;
    let notice = house.queues.sent_to(Work::ShopWebhook).take().remove(0);
    for _ in 0..2 {
        work(house.deps.clone(), message(&notice)).await.expect("fetched");
    }
    assert_eq!(*house.shop.asked.lock().expect("whole"), ["7", "7"]);
    let head = house.ledger.order(&key("7")).await.expect("read").expect("recorded");
    assert_eq!((head.revisions, head.modified_at), (1, now()));
    assert!(head.raw_key.starts_with("raw/rungis/2027/01/15/7-"), "{}", head.raw_key);
}

#[tokio::test]
async fn an_order_that_is_gone_is_done_with_and_a_shop_that_is_down_is_for_later() {
    let open = house(false);
    work(open.deps, message(r#"{"shop":"rungis","order":"100"}"#)).await.expect("nothing to do");
    assert!(open.ledger.order(&key("100")).await.expect("read").is_none());
    let closed = house(true);
    let failure = work(closed.deps, message(r#"{"shop":"rungis","order":"7"}"#)).await.expect_err("down");
    assert_eq!(failure.kind(), FailureKind::Retry);
}

#[tokio::test]
async fn a_notice_that_is_not_ours_fails_for_good() {
    for body in ["", "{}", r#"{"shop":"lyon","order":"7"}"#, r#"{"shop":"rungis","order":"../7"}"#] {
        let failure = work(house(false).deps, message(body)).await.expect_err(body);
        assert_eq!(failure.kind(), FailureKind::Rejected);
    }
}
