//! Requests to the URL, and what comes of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use passerelle_domain::{FailureKind, Result};
use passerelle_flows::fetch::Fetch;
use passerelle_flows::webhook::{MAX_BODY_BYTES, Request, Response, Webhooks, respond, work};
use passerelle_kit::*;
use passerelle_services::{Metric, Work};

use crate::source;

struct House {
    world: World,
    shop: Arc<FakeShop>,
    deps: Arc<Webhooks>,
}

in_its_world!(House);

/// A shop with order 7.
fn house() -> House {
    let world = World::at("18:00");
    let shop = world.shop("rungis");
    shop.put(&order(7), world.now());
    let fetch = Fetch { sources: vec![source(&shop)], env: world.environment() };
    House { world, shop, deps: Arc::new(Webhooks { fetch }) }
}

fn request(path: &str, body: &[u8]) -> Request {
    let headers = BTreeMap::from([("x-signature".to_owned(), "mine".to_owned())]);
    Request { method: "POST".into(), path: path.into(), headers, body: body.to_vec() }
}

async fn status(house: &House, request: &Request) -> u16 {
    respond(&house.deps, request).await.status
}

impl House {
    async fn work(&self, body: &str) -> Result<()> {
        work(self.deps.clone(), self.message(body)).await
    }
}

#[tokio::test]
async fn a_signed_webhook_is_queued_and_answered_without_asking_the_shop() {
    let house = house();
    assert_eq!(status(&house, &request("/rungis", b"ok:7,8")).await, 200);
    assert_eq!(house.shop.seen().webhooks, [house.now()]);
    assert_eq!(
        house.sent(Work::ShopWebhook),
        [r#"{"shop":"rungis","order":"7"}"#, r#"{"shop":"rungis","order":"8"}"#]
    );
    assert!(house.shop.seen().asked.is_empty());
}

#[tokio::test]
async fn what_is_refused_is_not_queued() {
    let house = house();
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
    assert!(house.sent(Work::ShopWebhook).is_empty());
    assert_eq!(house.emitted([Metric::WebhooksReceived, Metric::WebhooksRefused]), [0, 10]);
}

#[tokio::test]
async fn a_webhook_of_nothing_or_too_late_is_received_so_that_more_come() {
    let house = house();
    for body in [&b"ok:"[..], b"old:7"] {
        assert_eq!(status(&house, &request("/rungis", body)).await, 200);
    }
    assert!(house.sent(Work::ShopWebhook).is_empty());
    assert_eq!(house.emitted([Metric::WebhooksReceived, Metric::WebhooksRefused]), [2, 0]);
}

#[tokio::test]
async fn a_webhook_that_cannot_be_queued_is_to_come_again() {
    let house = house();
    house.queues.break_off();
    let answer = respond(&house.deps, &request("/rungis", b"ok:7")).await;
    assert_eq!(answer, Response { status: 503, body: "try again" });
}

#[tokio::test]
async fn only_the_order_of_the_notice_is_fetched_and_recorded_once() {
    let house = house();
    status(&house, &request("/rungis", b"ok:7")).await;
    let notice = house.sent(Work::ShopWebhook).remove(0);
    for _ in 0..2 {
        house.work(&notice).await.expect("fetched");
    }
    assert_eq!(house.shop.seen().asked, ["7", "7"]);
    let head = house.head(7).await;
    assert_eq!((head.revisions, head.modified_at), (1, house.now()));
    assert!(head.raw_key.starts_with("raw/rungis/2026/11/24/7-"), "{}", head.raw_key);
}

#[tokio::test]
async fn an_order_that_is_gone_is_done_and_a_shop_that_is_down_is_retried() {
    let house = house();
    house.work(r#"{"shop":"rungis","order":"100"}"#).await.expect("nothing to do");
    assert_eq!(house.ledger.order(&key(100)).await.expect("read"), None);
    house.shop.behave(Behaviour { failing: Some(FailureKind::Retry), ..Behaviour::default() });
    let failure = house.work(r#"{"shop":"rungis","order":"7"}"#).await.expect_err("down");
    assert_eq!(failure.kind(), FailureKind::Retry);
}

#[tokio::test]
async fn a_notice_that_is_not_ours_fails_for_good() {
    for body in ["", "{}", r#"{"shop":"lyon","order":"7"}"#, r#"{"shop":"rungis","order":"../7"}"#] {
        let failure = house().work(body).await.expect_err(body);
        assert_eq!(failure.kind(), FailureKind::Rejected);
    }
}
