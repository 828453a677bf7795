//! What is Magento's own: its errors, its lists, and what its API does to orders.

use std::sync::Arc;

use passerelle_domain::{Cursor, Failure, FailureKind};
use passerelle_shops::{Acknowledged, OrderAcknowledgement, OrderOutcome, OrderPage, Shop, UNREACHABLE};
use serde_json::{Value, json};
use wiremock::matchers::{method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::fixture;
use crate::kit::{self, erp_code, from, json_answer, order_id, parsed};

const ORDER: &str = fixture!("magento/order-tax-included-coupons-gift-card-bundle.json");
const MEMOS: &str = fixture!("magento/creditmemos-goods-delivery-and-adjustment.json");
const CUSTOMER: &str = fixture!("magento/customer-with-erp-code-and-siret.json");
const NOT_AUTHORIZED: &str = fixture!("magento/error-401-not-authorized.json");
const WRONG_STATUS: &str = fixture!("magento/error-400-status.json");
const ORDERS: &str = "/rest/V1/orders";
const MEMO_LIST: &str = "/rest/V1/creditmemos";
const CUSTOMERS: &str = "/rest/V1/customers/search";

fn connect_with(url: &str, more: &Value) -> Arc<dyn Shop> {
    let mut fields = json!({
        "page_size": 2, "timeout_seconds": 2, "max_body_bytes": 65_536,
        "fees": [{
            "label": "Frais de paiement", "amount": "extension_attributes.payment_fee",
            "tax": "extension_attributes.payment_fee_tax", "vat_rate": "20",
        }],
    });
    fields.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    kit::connect("magento", url, fields)
}

fn connect(url: &str) -> Arc<dyn Shop> {
    connect_with(url, &json!({}))
}

fn start() -> Cursor {
    from("2026-11-24T02:00:00Z")
}

fn rows(items: &[Value]) -> ResponseTemplate {
    json_answer(200, json!({ "items": items, "search_criteria": {}, "total_count": items.len() }))
}

/// A shop with one order, its credit memo and its customer.
async fn shop() -> MockServer {
    let server = MockServer::start().await;
    let changed = "searchCriteria[filter_groups][0][filters][0][field]";
    Mock::given(path(ORDERS)).respond_with(rows(&[parsed(ORDER)])).mount(&server).await;
    Mock::given(path(format!("{ORDERS}/57"))).respond_with(json_answer(200, ORDER)).mount(&server).await;
    let memos = parsed(MEMOS).as_array().cloned().expect("a list");
    Mock::given(path(MEMO_LIST))
        .and(query_param(changed, "updated_at"))
        .respond_with(rows(&[]))
        .mount(&server)
        .await;
    Mock::given(path(MEMO_LIST))
        .and(query_param(changed, "order_id"))
        .respond_with(rows(&memos))
        .mount(&server)
        .await;
    Mock::given(path(CUSTOMERS)).respond_with(rows(&[parsed(CUSTOMER)])).mount(&server).await;
    server
}

/// The page that comes of one answer to every list.
async fn page_of(answer: ResponseTemplate) -> Result<OrderPage, Failure> {
    let server = MockServer::start().await;
    Mock::given(method("GET")).respond_with(answer).mount(&server).await;
    connect(&server.uri()).orders_changed(&start()).await
}

#[tokio::test]
async fn a_page_costs_a_list_of_each_and_is_kept() {
    let server = shop().await;
    let page = connect(&server.uri()).orders_changed(&start()).await.expect("a page");
    let order = page.orders[0].order.as_ref().expect("understood");
    assert_eq!(order.total_after_refunds().to_string(), "91.02");
    assert_eq!(order.customer.code.as_ref().expect("a code").as_str(), "C00042");
    assert_eq!((page.caught_up, page.remaining), (true, Some(1)));
    assert_eq!(page.next.watermark.to_string(), "2026-11-24T08:31:47Z");
    let raw: Vec<Value> = String::from_utf8(page.raw).expect("UTF-8").lines().map(parsed).collect();
    assert_eq!(raw[0], parsed(ORDER), "as it came");
    assert_eq!((&raw[1]["creditmemos"], &raw[2]["customers"][0]), (&parsed(MEMOS), &parsed(CUSTOMER)));
    let asked = server.received_requests().await.expect("recorded");
    assert_eq!(asked.len(), 4, "credit memos changed, orders changed, their credit memos, their customers");
    assert!(asked.iter().all(|request| request.headers["authorization"] == "Bearer hunter2"));
}

#[tokio::test]
async fn an_answer_decides_whether_to_try_again() {
    use FailureKind::{Misconfigured, Rejected, Retry};
    let said = |message: &str| json!({ "message": message });
    let size = json!({ "message": "Maximum SearchCriteria pageSize is %max", "parameters": { "max": 100 } });
    for (answer, kind, words) in [
        (
            json_answer(401, NOT_AUTHORIZED),
            Misconfigured,
            "isn't authorized to access Magento_Sales::actions_view.",
        ),
        (json_answer(404, said("Request does not match any route.")), Misconfigured, "any route"),
        (json_answer(400, size), Misconfigured, "pageSize is 100"),
        (json_answer(400, said("hunter2 is wrong")), Rejected, "*** is wrong"),
        (json_answer(500, said("Internal Error. Report ID: webapi-1")), Retry, "webapi-1"),
        (ResponseTemplate::new(503).set_body_raw("<html>Maintenance", "text/html"), Retry, "Maintenance"),
        (json_answer(200, "{\"items\": [{\"entity_id\": 1"), Retry, "EOF"),
        (json_answer(200, format!("[\"{}\"]", "x".repeat(70_000))), Misconfigured, "max_body_bytes"),
        (rows(&[json!({ "entity_id": 57 })]), Rejected, "creditmemos[0]"),
    ] {
        let failure = page_of(answer).await.expect_err(words);
        let text = failure.in_full();
        assert_eq!(failure.kind(), kind, "{text}");
        assert!(text.contains(words) && !text.contains("hunter2") && text.len() < 600, "{text}");
    }
}

#[tokio::test]
async fn a_shop_that_repeats_its_page_for_ever_is_found_out() {
    let server = MockServer::start().await;
    let order = |id: u32| json!({ "entity_id": id, "order_id": id, "updated_at": "2026-11-24 08:00:00" });
    let same = json_answer(200, json!({ "items": [order(1), order(2)], "total_count": 9 }));
    Mock::given(method("GET")).respond_with(same).mount(&server).await;
    let shop = connect(&server.uri());
    let mut cursor = start();
    for _ in 0..3 {
        match shop.orders_changed(&cursor).await {
            Ok(page) => cursor = page.next,
            Err(failure) => {
                assert_eq!(failure.kind(), FailureKind::Misconfigured, "{failure}");
                assert!(failure.to_string().contains("filters"), "{failure}");
                return;
            }
        }
    }
    panic!("it goes on: {cursor:?}");
}

#[tokio::test]
async fn an_order_nested_too_deep_is_set_aside_under_its_number() {
    let server = MockServer::start().await;
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    let body = format!(
        r#"{{"items": [{{"entity_id": 5, "updated_at": "2026-11-24 08:00:00", "x": {deep}}}], "total_count": 1}}"#
    );
    Mock::given(path(ORDERS)).respond_with(json_answer(200, body)).mount(&server).await;
    Mock::given(path(MEMO_LIST)).respond_with(rows(&[])).mount(&server).await;
    let page = connect(&server.uri()).orders_changed(&start()).await.expect("a page");
    assert_eq!(page.orders[0].key.to_string(), "rungis/5");
    assert_eq!(page.orders[0].order.as_ref().expect_err("too deep").code, "unreadable");
}

#[tokio::test]
async fn credit_memos_that_php_dies_of_set_aside_only_their_order() {
    let server = MockServer::start().await;
    let order = |id: u32| {
        let mut order = parsed(ORDER);
        order["entity_id"] = json!(id);
        order["total_refunded"] = json!(null);
        order["updated_at"] = json!(format!("2026-11-24 08:00:0{id}"));
        order
    };
    let listed: Vec<Value> = (1..=2).map(order).collect();
    Mock::given(path(ORDERS)).respond_with(rows(&listed)).mount(&server).await;
    Mock::given(path(CUSTOMERS)).respond_with(rows(&[])).mount(&server).await;
    let value = "searchCriteria[filter_groups][0][filters][0][value]";
    for (orders, answer) in [
        ("1,2", json_answer(500, "{\"message\": \"Internal Error\"}")),
        ("1", json_answer(500, "{\"message\": \"Internal Error\"}")),
    ] {
        Mock::given(path(MEMO_LIST))
            .and(query_param(value, orders))
            .respond_with(answer)
            .with_priority(1)
            .mount(&server)
            .await;
    }
    Mock::given(path(MEMO_LIST)).respond_with(rows(&[])).mount(&server).await;
    let page = connect(&server.uri()).orders_changed(&start()).await.expect("a page");
    let codes: Vec<_> =
        page.orders.iter().map(|order| order.order.as_ref().err().map(|fault| fault.code.as_str())).collect();
    assert_eq!(codes, [Some(UNREACHABLE), None]);
}

#[tokio::test]
async fn only_the_configured_store_views_are_read() {
    let server = shop().await;
    let shop = connect_with(&server.uri(), &json!({ "store_ids": [1, 4] }));
    shop.orders_changed(&start()).await.expect_err("the mock knows no such question");
    let asked = server.received_requests().await.expect("recorded").remove(0);
    let query: Vec<(String, String)> = asked.url.query_pairs().into_owned().collect();
    let has = |name: &str, value: &str| query.contains(&(name.to_owned(), value.to_owned()));
    assert!(has("searchCriteria[filter_groups][0][filters][0][field]", "store_id"));
    assert!(has("searchCriteria[filter_groups][0][filters][0][condition_type]", "in"));
    assert!(has("searchCriteria[filter_groups][0][filters][0][value]", "1,4"));
    assert!(has("searchCriteria[filter_groups][1][filters][0][field]", "updated_at"));
}

/// What was written when an order was reported as accepted.
async fn written(config: &Value, status_answer: ResponseTemplate) -> (Acknowledged, Vec<(String, Value)>) {
    let server = shop().await;
    Mock::given(method("POST")).and(path(ORDERS)).respond_with(json_answer(200, ORDER)).mount(&server).await;
    Mock::given(method("POST"))
        .and(path(format!("{ORDERS}/57/comments")))
        .respond_with(status_answer)
        .up_to_n_times(1)
        .with_priority(1)
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .and(path(format!("{ORDERS}/57/comments")))
        .respond_with(json_answer(200, "true"))
        .mount(&server)
        .await;
    let report = OrderAcknowledgement {
        outcome: OrderOutcome::Accepted,
        erp_number: "CDE-42",
        words: "<b>Merci</b> 🍅",
    };
    let id = order_id("57");
    let shop = connect_with(&server.uri(), &json!({ "report": config }));
    let reported = shop.acknowledge_order(&id, &report).await.expect("reported");
    let requests = server.received_requests().await.expect("recorded");
    let writes = requests.iter().filter(|request| request.method.as_str() == "POST");
    let writes = writes.map(|r| (r.url.path().to_owned(), r.body_json().expect("JSON"))).collect();
    (reported, writes)
}

#[tokio::test]
async fn a_report_never_takes_an_orders_number_or_status_away() {
    let (reported, writes) = written(&json!({}), json_answer(200, "true")).await;
    let entity = json!({
        "entity_id": 57, "increment_id": "000000057", "state": "processing", "status": "processing",
        "ext_order_id": "CDE-42",
    });
    let comment = json!({
        "comment": "Commande acceptée par l'ERP, numéro CDE-42 : bMerci/b ", "status": "processing",
        "is_customer_notified": 0, "is_visible_on_front": 0,
    });
    assert_eq!(reported, Acknowledged::Now);
    assert_eq!(
        writes,
        [
            (ORDERS.to_owned(), json!({ "entity": entity })),
            (format!("{ORDERS}/57/comments"), json!({ "statusHistory": comment })),
        ]
    );
}

#[tokio::test]
async fn a_status_that_does_not_belong_to_the_state_leaves_the_comment() {
    let config = json!({ "accepted_status": "envoyee_erp", "ext_order_id": false });
    let statuses = |writes: &[(String, Value)]| {
        writes.iter().map(|(_, body)| body["statusHistory"]["status"].clone()).collect::<Vec<_>>()
    };
    let (_, writes) = written(&config, json_answer(200, "true")).await;
    assert_eq!(statuses(&writes), [json!("envoyee_erp")]);
    let (reported, writes) = written(&config, json_answer(400, WRONG_STATUS)).await;
    assert_eq!(statuses(&writes), [json!("envoyee_erp"), json!("processing")]);
    assert_eq!(reported, Acknowledged::Now);
}

#[tokio::test]
async fn of_several_logins_with_one_code_none_is_guessed() {
    let server = MockServer::start().await;
    let customer = |id: u32, code: &str| json!({ "id": id, "custom_attributes": [{ "attribute_code": "erp_code", "value": code }] });
    let found = [customer(3, "c00042"), customer(7, "C00042"), customer(9, "C00042")];
    Mock::given(path(CUSTOMERS)).respond_with(rows(&found)).mount(&server).await;
    let find = async |code: &str| {
        let code = erp_code(code);
        connect(&server.uri()).find_customer(&code).await.map_err(|failure| failure.to_string())
    };
    let failure = find("C00042").await.expect_err("two logins");
    assert!(failure.contains("2 accounts have this code: 7, 9"), "{failure}");
    assert_eq!(find("c00042").await.expect("one").as_deref(), Some("3"));
    assert_eq!(find("C00043").await, Ok(None));
}
