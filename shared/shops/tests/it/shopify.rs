//! What is Shopify's own: faults with status 200, what calls cost, and its limits.

mod lists;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use passerelle_domain::{Cursor, CustomerCode, FailureKind, OrderId};
use passerelle_shops::{OrderAcknowledgement, OrderOutcome, Shop};
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use crate::fixture;
use crate::kit::{self, NOW, from, order_id, parsed};

const B2B: &str = fixture!("shopify/order-b2b-with-coupons-payments-and-refund.json");
const EDITED: &str = fixture!("shopify/order-with-tax-included-edited-on-terms.json");
const AGREEMENTS: &str = fixture!("shopify/agreements-of-the-edited-order.json");
const THROTTLED: &str = fixture!("shopify/error-throttled.json");
const DENIED: &str = fixture!("shopify/error-access-denied.json");
const UNDEFINED: &str = fixture!("shopify/error-undefined-field.json");
const TOO_DEAR: &str = fixture!("shopify/error-max-cost.json");

/// Answers one after the other, each to the operation that it is for; and what was asked.
#[derive(Clone, Default)]
struct Script(Arc<Mutex<(VecDeque<Scripted>, Vec<Value>)>>);

/// An operation, and its answer.
type Scripted = (&'static str, ResponseTemplate);

impl Respond for Script {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let body: Value = request.body_json().expect("JSON");
        let query = body["query"].as_str().expect("a query").to_owned();
        let mut script = self.0.lock().expect("no test panicked with it");
        script.1.push(body);
        match script.0.pop_front() {
            Some((operation, answer)) if query.contains(&format!(" {operation}")) => answer,
            other => ResponseTemplate::new(599).set_body_string(format!("{other:?} for {query}")),
        }
    }
}

struct Scene {
    shop: Arc<dyn Shop>,
    script: Script,
    _server: MockServer,
}

impl Scene {
    async fn new(config: Value, answers: Vec<Scripted>) -> Self {
        let server = MockServer::start().await;
        let script = Script::default();
        script.0.lock().expect("new").0.extend(answers);
        Mock::given(any()).respond_with(script.clone()).mount(&server).await;
        let mut fields = json!({ "since": "2026-10-01T00:00:00Z" });
        fields.as_object_mut().expect("an object").extend(config.as_object().expect("an object").clone());
        let shop = kit::connect("shopify", &server.uri(), fields);
        Self { shop, script, _server: server }
    }

    /// What was asked, and that nothing else was expected.
    fn asked(&self) -> Vec<Value> {
        let script = self.script.0.lock().expect("no test panicked with it");
        assert!(script.0.is_empty(), "not asked for: {:?}", script.0);
        script.1.iter().map(|body| body["variables"].clone()).collect()
    }
}

fn answer(body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

fn data(data: Value) -> ResponseTemplate {
    answer(&json!({ "data": data }))
}

fn raw(text: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(text, "application/json; charset=utf-8")
}

fn head(order: &Value) -> Value {
    json!({ "id": order["id"], "updatedAt": order["updatedAt"] })
}

fn listed(orders: &[&Value]) -> ResponseTemplate {
    let nodes: Vec<Value> = orders.iter().map(|order| head(order)).collect();
    let page = json!({ "nodes": nodes, "pageInfo": { "hasNextPage": false } });
    data(json!({ "orders": page, "ordersCount": { "count": 7 } })).insert_header("Date", NOW)
}

fn nodes(nodes: &[&Value]) -> ResponseTemplate {
    data(json!({ "nodes": nodes }))
}

fn recent() -> Cursor {
    from("2026-11-24T00:00:00Z")
}

fn id(order: &Value) -> OrderId {
    OrderId::new(order["id"].as_str().expect("a text").rsplit('/').next().expect("a number")).expect("an id")
}

#[tokio::test]
async fn a_fault_with_status_200_is_a_fault() {
    use FailureKind::{Misconfigured, Rejected, Retry};
    let fault = |status: u16, code: &str| {
        let body = json!({ "errors": [{ "message": "Oh hunter2", "extensions": { "code": code } }] });
        ResponseTemplate::new(status).set_body_json(body)
    };
    let text = |status: u16| ResponseTemplate::new(status).set_body_json(json!({ "errors": "Not Found" }));
    for (answer, kind, words) in [
        (raw(THROTTLED), Retry, "THROTTLED: Throttled"),
        (raw(UNDEFINED), Misconfigured, "undefinedField: Field 'updatedOn'"),
        (raw(TOO_DEAR), Misconfigured, "lower lines_per_order"),
        (fault(200, "INTERNAL_SERVER_ERROR"), Retry, "Oh ***"),
        (fault(200, "SHOP_INACTIVE"), Misconfigured, "SHOP_INACTIVE"),
        (fault(200, "BAD_REQUEST"), Rejected, "BAD_REQUEST"),
        (text(401), Misconfigured, "HTTP 401, Not Found"),
        (text(402), Misconfigured, "HTTP 402"),
        (text(404), Misconfigured, "HTTP 404"),
        (text(423), Misconfigured, "HTTP 423"),
        (text(430), Retry, "HTTP 430"),
        (ResponseTemplate::new(430).set_body_raw("<html>", "text/html"), Retry, "HTTP 430"),
        (text(429), Retry, "HTTP 429"),
        (raw("{}"), Retry, "neither data nor errors"),
        (raw(r#"{"data": {"orders": 7}}"#), Retry, "invalid type"),
    ] {
        let scene = Scene::new(json!({}), vec![("ListOrders", answer)]).await;
        let failure = scene.shop.orders_changed(&recent()).await.expect_err(words);
        assert_eq!(failure.kind(), kind, "{failure}");
        let text = failure.in_full();
        assert!(text.contains(words) && !text.contains("hunter2"), "{words:?} is in {text}");
    }
}

#[tokio::test]
async fn a_throttled_call_waits_until_the_bucket_has_room_and_is_made_again() {
    let order = parsed(B2B);
    let answers = vec![
        ("ListOrders", raw(THROTTLED)),
        ("ListOrders", listed(&[&order])),
        ("FetchOrders", nodes(&[&order])),
    ];
    let scene = Scene::new(json!({ "attempts": 2 }), answers).await;
    let start = Instant::now();
    let page = scene.shop.orders_changed(&recent()).await.expect("a page");
    // 302 points asked for, 202 there, 100 come back each second.
    assert!(start.elapsed() >= Duration::from_secs(1), "{:?}", start.elapsed());
    assert_eq!((page.orders.len(), page.remaining), (1, Some(7)));
    let asked = scene.asked();
    assert_eq!(asked[1]["query"], "updated_at:>='2026-11-24T00:00:00Z' test:false");
    assert_eq!(asked[2]["ids"], json!(["gid://shopify/Order/5678901234567"]));
    assert_eq!((&asked[2]["erpNamespace"], &asked[2]["erpKey"]), (&json!("custom"), &json!("erp_code")));
}

#[tokio::test]
async fn what_is_left_of_the_bucket_paces_the_next_call() {
    let order = parsed(B2B);
    let cost = json!({ "requestedQueryCost": 100, "throttleStatus":
        { "maximumAvailable": 2000.0, "currentlyAvailable": 50.0, "restoreRate": 50.0 } });
    let body = json!({ "data": { "orders": { "nodes": [head(&order)], "pageInfo": { "hasNextPage": false } } },
        "extensions": { "cost": cost } });
    let listed = answer(&body).insert_header("Date", NOW);
    let scene = Scene::new(json!({}), vec![("ListOrders", listed), ("FetchOrders", nodes(&[&order]))]).await;
    let start = Instant::now();
    scene.shop.orders_changed(&recent()).await.expect("a page");
    assert!(start.elapsed() >= Duration::from_millis(990), "{:?}", start.elapsed());
}

#[tokio::test]
async fn half_an_answer_is_never_taken_for_the_whole() {
    let order = parsed(B2B);
    let denied = vec![("ListOrders", listed(&[&order])), ("FetchOrders", raw(DENIED))];
    let scene = Scene::new(json!({}), denied).await;
    let failure = scene.shop.orders_changed(&recent()).await.expect_err("no customers");
    assert_eq!(failure.kind(), FailureKind::Misconfigured, "{failure}");
    assert!(failure.to_string().contains("`read_customers` access scope"), "{failure}");
    let unasked = json!({ "data": { "orders": { "nodes": [], "pageInfo": { "hasNextPage": false } } },
        "extensions": { "search": [{ "path": ["orders"], "warnings":
            [{ "field": "test", "message": "Invalid search field for this query.", "code": "invalid_field" }] }] } });
    let scene = Scene::new(json!({}), vec![("ListOrders", answer(&unasked))]).await;
    let failure = scene.shop.orders_changed(&recent()).await.expect_err("a filter is left out");
    assert_eq!(failure.kind(), FailureKind::Misconfigured, "{failure}");
}

#[tokio::test]
async fn a_fault_at_one_order_is_about_that_order() {
    let (good, mut bad) = (parsed(EDITED), parsed(B2B));
    bad["refunds"] = json!([]);
    let fault = |index: usize| {
        json!({ "message": "Internal error", "path": ["nodes", index, "refunds"],
            "extensions": { "code": "INTERNAL_SERVER_ERROR" } })
    };
    let mut whole = good.clone();
    whole["lineItems"]["nodes"][1]["currentQuantity"] = json!(4);
    let both = json!({ "data": { "nodes": [bad, whole] }, "errors": [fault(0)] });
    let alone = json!({ "data": { "nodes": [bad] }, "errors": [fault(0)] });
    let granted = data(json!({ "currentAppInstallation": { "accessScopes": [] } }));
    let answers = vec![
        ("ListOrders", listed(&[&bad, &whole])),
        ("FetchOrders", answer(&both)),
        ("FetchOrders", answer(&alone)),
        ("Granted", granted),
    ];
    let scene = Scene::new(json!({}), answers).await;
    let page = scene.shop.orders_changed(&recent()).await.expect("a page");
    scene.asked();
    let good: Vec<bool> = page.orders.iter().map(|order| order.order.is_ok()).collect();
    assert_eq!(good, [true, false]);
    let rejection = page.orders[1].order.as_ref().expect_err("broken");
    assert_eq!(rejection.code, passerelle_shops::UNREACHABLE);
    assert!(rejection.value.contains("Internal error"), "{}", rejection.in_full());
    // Asked for by itself it holds up nobody, so it is tried again.
    let scene = Scene::new(json!({}), vec![("FetchOrders", answer(&alone))]).await;
    let failure = scene.shop.order(&id(&bad)).await.expect_err("broken");
    assert_eq!(failure.kind(), FailureKind::Retry);
}

#[tokio::test]
async fn what_is_too_dear_together_is_asked_for_apart() {
    let (one, other) = (parsed(B2B), parsed(B2B));
    let answers = vec![
        ("ListOrders", listed(&[&one, &other])),
        ("FetchOrders", raw(TOO_DEAR)),
        ("FetchOrders", nodes(&[&one])),
        ("FetchOrders", nodes(&[&other])),
    ];
    let scene = Scene::new(json!({}), answers).await;
    let page = scene.shop.orders_changed(&recent()).await.expect("a page");
    assert!(page.orders.iter().all(|order| order.order.is_ok()));
    scene.asked();
}

#[tokio::test]
async fn an_order_deleted_meanwhile_and_a_test_are_left_out() {
    let (order, mut test) = (parsed(B2B), parsed(B2B));
    test["test"] = json!(true);
    let answers = vec![
        ("ListOrders", listed(&[&order, &test, &order])),
        ("FetchOrders", nodes(&[&Value::Null, &test, &order])),
    ];
    let scene = Scene::new(json!({}), answers).await;
    assert_eq!(scene.shop.orders_changed(&recent()).await.expect("a page").orders.len(), 1);
    let scene = Scene::new(json!({ "test_orders": true }), vec![("FetchOrders", nodes(&[&test]))]).await;
    assert!(scene.shop.order(&id(&test)).await.expect("an answer").is_some(), "unless they are wanted");
    let scene = Scene::new(json!({}), vec![("FetchOrders", nodes(&[&test]))]).await;
    assert!(scene.shop.order(&id(&test)).await.expect("an answer").is_none());
}

#[tokio::test]
async fn without_read_all_orders_a_first_import_of_older_orders_is_stopped() {
    let long_ago: Timestamp = "2026-09-01T00:00:00Z".parse().expect("a time");
    let config = json!({ "since": long_ago.to_string() });
    let scopes = |handles: &[&str]| {
        let scopes: Vec<Value> = handles.iter().map(|handle| json!({ "handle": handle })).collect();
        data(json!({ "currentAppInstallation": { "accessScopes": scopes } }))
    };
    let scene = async |from: Timestamp, handles: &[&str]| {
        let answers = vec![("ListOrders", listed(&[])), ("Granted", scopes(handles))];
        let scene = Scene::new(config.clone(), answers).await;
        let page = scene.shop.orders_changed(&Cursor::at(from)).await;
        scene.asked();
        page
    };
    let failure = scene(long_ago, &["read_orders"]).await.expect_err("60 days");
    assert_eq!(failure.kind(), FailureKind::Misconfigured);
    assert!(failure.to_string().contains("read_all_orders"), "{failure}");
    assert!(scene(long_ago, &["read_orders", "read_all_orders"]).await.expect("a page").caught_up);
    // Nothing changed for long: that is no reason to stop.
    let later = long_ago + SignedDuration::from_hours(24);
    assert!(scene(later, &["read_orders"]).await.expect("a page").caught_up);
}

#[tokio::test]
async fn a_customer_is_found_by_the_whole_code_only() {
    let found = |external: &str| {
        data(
            json!({ "companyLocations": { "nodes": [{ "id": "gid://shopify/CompanyLocation/7", "externalId": external }] } }),
        )
    };
    let code = CustomerCode::new("C\"00\\42").expect("a code");
    // A search that leaves out what it does not know, or the case, finds others.
    let scene = Scene::new(json!({}), vec![("FindLocation", found("c\"00\\42"))]).await;
    assert_eq!(scene.shop.find_customer(&code).await.expect("an answer"), None);
    assert_eq!(scene.asked()[0]["query"], r#"external_id:"C\"00\\42""#);
    let scene = Scene::new(json!({}), vec![("FindLocation", found("C\"00\\42"))]).await;
    assert_eq!(
        scene.shop.find_customer(&code).await.expect("an answer").as_deref(),
        Some("CompanyLocation/7")
    );
    let nobody = data(json!({ "companyLocations": { "nodes": [] } }));
    let identified = |held: Value| {
        data(json!({ "customerByIdentifier": { "id": "gid://shopify/Customer/9", "erpCode": held } }))
    };
    let config = json!({ "meta": { "erp_code": "custom.erp_code", "erp_code_is_id": true } });
    for held in [json!({ "value": "c\"00\\42" }), Value::Null] {
        let answers = vec![("FindLocation", nobody.clone()), ("FindCustomer", identified(held))];
        let scene = Scene::new(config.clone(), answers).await;
        assert_eq!(scene.shop.find_customer(&code).await.expect("an answer"), None);
    }
    let answers =
        vec![("FindLocation", nobody), ("FindCustomer", identified(json!({ "value": code.as_str() })))];
    let scene = Scene::new(config, answers).await;
    assert_eq!(scene.shop.find_customer(&code).await.expect("an answer").as_deref(), Some("Customer/9"));
    let custom = json!({ "namespace": "custom", "key": "erp_code", "value": code.as_str() });
    assert_eq!(scene.asked()[1]["identifier"]["customId"], custom);
    let scene = Scene::new(json!({ "companies": false }), vec![]).await;
    assert_eq!(scene.shop.find_customer(&code).await.expect("nobody is asked"), None);
}

#[tokio::test]
async fn a_value_that_shopify_does_not_take_is_rejected_with_its_words() {
    let known = data(json!({ "order": { "tags": [], "state": null, "number": null, "words": null } }));
    let refused = json!([{ "field": ["metafields", "0", "value"], "message": "is too long" }]);
    let none = json!({ "userErrors": [] });
    let written = json!({ "metafieldsSet": { "userErrors": refused }, "tagsRemove": none, "tagsAdd": none });
    let scene = Scene::new(json!({}), vec![("ReadReport", known), ("WriteReport", data(written))]).await;
    let report = OrderAcknowledgement { outcome: OrderOutcome::Accepted, erp_number: "CDE-1", words: "" };
    let failure = scene.shop.acknowledge_order(&order_id("7"), &report).await.expect_err("refused");
    assert_eq!(failure.kind(), FailureKind::Rejected);
    let text = failure.in_full();
    assert!(text.contains("metafields.0.value is not taken: is too long"), "{text}");
    let asked = scene.asked();
    assert_eq!(asked[1]["add"], json!(["ERP accepté"]));
    assert_eq!((&asked[1]["deletes"], &asked[1]["set"][1]["value"]), (&json!(false), &json!("CDE-1")));
}
