//! What is WooCommerce's own: authentication, its errors, and how its answers arrive.

mod failing;

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use passerelle_domain::{Cursor, Failure, FailureKind, InvoiceKind};
use passerelle_shops::{OrderPage, Publication, Published, Shop};
use serde_json::{Value, json};
use sha2::Sha256;
use wiremock::matchers::{method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::fixture;
use crate::kit::{self, erp_code, from, invoice_number, json_answer, order_id, publication};

const PAGE: &str = fixture!("woocommerce/orders-ten-in-two-seconds.json");
const BAD_PER_PAGE: &str = fixture!("woocommerce/error-per-page.json");
const BAD_DATE: &str = fixture!("woocommerce/error-date.json");
const REFUNDED: &str = fixture!("woocommerce/order-by-weight-refunded-in-part.json");
const REFUNDS: &str = fixture!("woocommerce/refunds-goods-delivery-and-money.json");
const ORDERS: &str = "/wp-json/wc/v3/orders";

fn connect(url: &str) -> Arc<dyn Shop> {
    kit::connect("woocommerce", url, json!({ "timeout_seconds": 1, "max_body_bytes": 65_536 }))
}

fn start() -> Cursor {
    from("2026-11-24T02:00:00Z")
}

/// The page that comes of one answer to the list of orders.
async fn page_of(answer: ResponseTemplate) -> Result<OrderPage, Failure> {
    let server = MockServer::start().await;
    Mock::given(path(ORDERS)).respond_with(answer).mount(&server).await;
    connect(&server.uri()).orders_changed(&start()).await
}

#[tokio::test]
async fn the_captured_page_is_read_and_kept_as_it_came() {
    let page = page_of(json_answer(200, PAGE).insert_header("X-WP-Total", "10")).await.expect("a page");
    assert_eq!((page.orders.len(), page.caught_up, page.remaining), (10, true, Some(10)));
    assert!(page.orders.iter().all(|order| order.order.is_ok()));
    assert_eq!(page.next.watermark.to_string(), "2026-11-24T02:04:28Z");
    let kept = String::from_utf8(page.raw).expect("UTF-8");
    let rejoined = format!("[{}]", kept.trim_end().replace('\n', ","));
    assert_eq!(rejoined, PAGE.trim(), "byte for byte");
}

#[tokio::test]
async fn the_shops_own_clock_holds_the_watermark_back() {
    let answer = json_answer(200, PAGE).insert_header("Date", "Tue, 24 Nov 2026 02:04:27 GMT");
    let page = page_of(answer).await.expect("a page");
    assert_eq!(page.next.watermark.to_string(), "2026-11-24T02:04:27Z");
}

#[tokio::test]
async fn plain_http_is_signed_as_woocommerce_checks_it() {
    let server = MockServer::start().await;
    Mock::given(method("GET")).respond_with(json_answer(200, "[]")).mount(&server).await;
    let shop = connect(&format!("{}/fr/", server.uri()));
    for _ in 0..2 {
        shop.orders_changed(&start()).await.expect("a page");
    }
    let requests = server.received_requests().await.expect("recorded");
    let mut nonces = Vec::new();
    for request in requests {
        assert!(!request.headers.contains_key("authorization"));
        let query = request.url.query().expect("a query");
        assert!(query.contains("modified_after=2026-11-24T01%3A59%3A59&"), "{query}");
        assert!(query.contains("status=pending%2Cprocessing%2Con-hold%2C"), "{query}");
        // PHP's way: take the query apart, sort by name, encode again, sign.
        let mut given: HashMap<String, String> = request.url.query_pairs().into_owned().collect();
        let signature = given.remove("oauth_signature").expect("a signature");
        let mut pairs: Vec<String> = query
            .split('&')
            .filter(|pair| !pair.starts_with("oauth_signature="))
            .map(str::to_owned)
            .collect();
        pairs.sort();
        let twice = |text: &str| text.replace('%', "%25").replace('=', "%3D").replace('&', "%26");
        assert_eq!(request.url.path(), "/fr/wp-json/wc/v3/orders");
        let url = format!("{}{}", server.uri(), request.url.path());
        let base = format!("GET&{}&{}", url.replace(':', "%3A").replace('/', "%2F"), twice(&pairs.join("&")));
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(b"hunter2&").expect("a key");
        mac.update(base.as_bytes());
        assert_eq!(signature, STANDARD.encode(mac.finalize().into_bytes()));
        nonces.push(given.remove("oauth_nonce").expect("a nonce"));
    }
    assert_ne!(nonces[0], nonces[1]);
}

#[tokio::test]
async fn an_answer_decides_whether_to_try_again() {
    use FailureKind::{Misconfigured, Rejected, Retry};
    let fault = |code: &str| json!({ "code": code, "message": "Désolé.", "data": {} }).to_string();
    let unauthorized = fault("woocommerce_rest_cannot_view");
    let html = |status: u16| ResponseTemplate::new(status).set_body_raw("<html>Maintenance", "text/html");
    for (answer, kind, words) in [
        (json_answer(400, BAD_PER_PAGE), Rejected, "rest_invalid_param: Invalid parameter(s): per_page"),
        (json_answer(400, BAD_DATE), Rejected, "Invalid parameter(s): modified_after"),
        (json_answer(401, &unauthorized), Misconfigured, "HTTP 401, woocommerce_rest_cannot_view: Désolé."),
        (json_answer(403, &unauthorized), Misconfigured, "HTTP 403"),
        (json_answer(404, fault("rest_no_route")), Misconfigured, "rest_no_route"),
        (html(404), Misconfigured, "text/html instead of JSON, 17 bytes: <html>Maintenance"),
        (html(408), Retry, "HTTP 408"),
        (html(429), Retry, "HTTP 429"),
        (html(500), Retry, "HTTP 500"),
        (html(503), Retry, "HTTP 503"),
        (html(200), Retry, "instead of JSON"),
        (json_answer(200, "[{\"id\":1,"), Retry, "EOF"),
        (json_answer(200, "{\"id\":1}"), Retry, "expected a sequence"),
        (json_answer(200, format!("[\"{}\"]", "x".repeat(70_000))), Misconfigured, "max_body_bytes"),
        (json_answer(400, fault("hunter2 and hunter2")), Rejected, "*** and ***"),
        (json_answer(400, fault(&"x".repeat(10_000))), Rejected, "xxx"),
        (json_answer(200, fault("a")).set_delay(Duration::from_secs(3)), Retry, "timed out"),
    ] {
        let failure = page_of(answer).await.expect_err(words);
        let text = failure.in_full();
        assert_eq!(failure.kind(), kind, "{text}");
        assert!(text.contains(words), "{words:?} is in {text:?}");
        assert!(text.starts_with("list orders rungis GET /wp-json/wc/v3/orders: "), "{text}");
        assert!(!text.contains("hunter2") && !text.contains("oauth") && text.len() < 600, "{text}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let other = MockServer::start().await;
    let answer =
        ResponseTemplate::new(301).insert_header("Location", format!("{}/?oauth_signature=x", other.uri()));
    let failure = page_of(answer).await.expect_err("a redirect");
    assert_eq!(failure.kind(), FailureKind::Misconfigured);
    assert!(failure.to_string().contains(&format!("redirected to {}/", other.uri())), "{failure}");
    assert!(!failure.to_string().contains("oauth"), "{failure}");
    assert!(other.received_requests().await.expect("recorded").is_empty());
}

#[tokio::test]
async fn an_answer_cut_short_or_nobody_there_is_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let server = std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().expect("a connection");
        let _ = socket.read(&mut [0; 4096]).expect("a request");
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n";
        socket.write_all(format!("{head}[{{\"id\":").as_bytes()).expect("sent");
    });
    let failure = connect(&url).orders_changed(&start()).await.expect_err("cut short");
    assert_eq!(failure.kind(), FailureKind::Retry);
    server.join().expect("the server ended");
    let failure = connect(&url).orders_changed(&start()).await.expect_err("nobody there");
    assert_eq!(failure.kind(), FailureKind::Retry);
    assert!(!failure.to_string().contains("oauth"), "{failure}");
}

#[tokio::test]
async fn a_mark_before_the_json_is_skipped() {
    page_of(json_answer(200, "\u{feff}[]")).await.expect("a page");
}

#[tokio::test]
async fn an_order_without_id_or_time_fails_its_page_by_its_place() {
    let mut rows: Vec<Value> = serde_json::from_str(PAGE).expect("JSON");
    rows[3]["date_modified_gmt"] = json!(null);
    let failure = page_of(json_answer(200, json!(rows))).await.expect_err("no time");
    assert_eq!(failure.kind(), FailureKind::Rejected);
    assert!(failure.to_string().contains("page[3]"), "{failure}");
}

#[tokio::test]
async fn refunds_are_fetched_page_by_page_and_kept() {
    let server = MockServer::start().await;
    let refund = |id: u32| json!({ "id": id, "date_created_gmt": "2026-11-25T08:00:00", "amount": "0.01", "line_items": [] });
    let first: Vec<Value> = (1..=100).map(refund).collect();
    let second: Vec<Value> = serde_json::from_str(REFUNDS).expect("JSON");
    Mock::given(path(ORDERS)).respond_with(json_answer(200, format!("[{REFUNDED}]"))).mount(&server).await;
    for (page, rows) in [("1", json!(first)), ("2", json!(second))] {
        Mock::given(path(format!("{ORDERS}/164/refunds")))
            .and(query_param("page", page))
            .and(query_param("per_page", "100"))
            .respond_with(json_answer(200, rows))
            .expect(1)
            .mount(&server)
            .await;
    }
    let from = from("1970-01-01T00:00:00Z");
    let page = connect(&server.uri()).orders_changed(&from).await.expect("a page");
    let order = page.orders[0].order.as_ref().expect("understood");
    assert_eq!(order.refunds.len(), 102);
    let lines: Vec<Value> = page
        .raw
        .split(|&byte| byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).expect("JSON"))
        .collect();
    assert_eq!(lines.len(), 3);
    assert_eq!((&lines[0]["id"], &lines[2]["refunds_of"]), (&json!(164), &json!("164")));
    assert_eq!(lines[2]["refunds"], json!(second));
}

#[tokio::test]
async fn refunds_that_cannot_be_fetched_now_are_tried_again_and_trash_has_none() {
    let server = MockServer::start().await;
    Mock::given(path(format!("{ORDERS}/164"))).respond_with(json_answer(200, REFUNDED)).mount(&server).await;
    Mock::given(path(format!("{ORDERS}/164/refunds")))
        .respond_with(ResponseTemplate::new(502))
        .expect(1)
        .mount(&server)
        .await;
    let shop = connect(&server.uri());
    let id = order_id("164");
    assert_eq!(shop.order(&id).await.expect_err("502").kind(), FailureKind::Retry);

    let trashed = MockServer::start().await;
    let order = REFUNDED.replace("\"status\":\"completed\"", "\"status\":\"trash\"");
    Mock::given(path(format!("{ORDERS}/164"))).respond_with(json_answer(200, order)).mount(&trashed).await;
    let order = connect(&trashed.uri()).order(&id).await.expect("an answer").expect("an order");
    assert!(order.order.expect("understood").refunds.is_empty());
}

#[tokio::test]
async fn without_the_plugin_nobody_is_looked_for() {
    let server = MockServer::start().await;
    let answer = json_answer(404, r#"{"code":"rest_no_route","message":"Aucune route"}"#);
    Mock::given(path("/wp-json/passerelle/v1/customers")).respond_with(answer).mount(&server).await;
    let code = erp_code("C00042");
    let failure = connect(&server.uri()).find_customer(&code).await.expect_err("no plugin");
    assert_eq!(failure.kind(), FailureKind::Misconfigured);
}

#[tokio::test]
async fn an_account_counts_only_if_the_answer_repeats_the_code() {
    let find = async |answer: Value| {
        let server = MockServer::start().await;
        let answer = json_answer(200, answer);
        Mock::given(path("/wp-json/passerelle/v1/customers")).respond_with(answer).mount(&server).await;
        let code = erp_code("C00042");
        connect(&server.uri()).find_customer(&code).await.map_err(|failure| failure.kind())
    };
    assert_eq!(find(json!({ "customer_id": 2, "erp_code": "C00042" })).await, Ok(Some("2".to_owned())));
    assert_eq!(find(json!({ "customer_id": 2, "erp_code": "c00042" })).await, Ok(None));
    assert_eq!(find(json!({ "customer_id": 2, "erp_code": "C00042 " })).await, Ok(None));
    assert_eq!(find(json!({ "customer_id": 2 })).await, Err(FailureKind::Misconfigured), "an older plugin");
}

#[tokio::test]
async fn an_invoice_is_sent_as_the_plugin_expects_it() {
    let number = invoice_number("F2026/0001");
    let publication = Publication {
        kind: InvoiceKind::CreditNote,
        due_on: "2026-12-24".parse().ok(),
        pdf: b"%PDF",
        ..publication(&number, "2")
    };
    let publish = async |answer: ResponseTemplate| {
        let server = MockServer::start().await;
        Mock::given(method("PUT")).respond_with(answer).mount(&server).await;
        let published = connect(&server.uri()).publish_invoice(&publication).await;
        let request = server.received_requests().await.expect("recorded").remove(0);
        assert_eq!(request.url.path(), "/wp-json/passerelle/v1/invoices/F2026%2F0001");
        assert_eq!(
            request.body_json::<Value>().expect("JSON"),
            json!({
                "customer_id": 2, "kind": "credit_note", "issued_on": "2026-11-24", "due_on": "2026-12-24",
                "currency": "EUR", "gross": "42.03", "due": "40.00",
                "sha256": "315d429b7714cedb6ad04ac31240145257692630457f3c88253c5beceac76027",
                "pdf": "JVBERg==",
            })
        );
        published.map_err(|failure| failure.kind())
    };
    let fault = |code: &str| json!({ "code": code, "message": "…" }).to_string();
    assert_eq!(publish(json_answer(201, "{}")).await, Ok(Published::Now));
    assert_eq!(publish(json_answer(200, "{}")).await, Ok(Published::Before));
    let gone = json_answer(404, fault("passerelle_no_such_customer"));
    assert_eq!(publish(gone).await, Ok(Published::NoSuchCustomer));
    for status in [409, 413, 422] {
        assert_eq!(publish(json_answer(status, fault("x"))).await, Err(FailureKind::Rejected), "{status}");
    }
    assert_eq!(publish(json_answer(404, fault("rest_no_route"))).await, Err(FailureKind::Misconfigured));
    let page = ResponseTemplate::new(200).set_body_raw("<html>", "text/html");
    assert_eq!(publish(page).await, Err(FailureKind::Retry), "a page of a firewall is no publication");
}

#[tokio::test]
async fn customers_of_a_page_are_asked_for_in_one_call_and_only_where_needed() {
    let server = MockServer::start().await;
    let order = |id: u32, customer: u32, code: &str| {
        json!({
            "id": id, "status": "processing", "currency": "EUR", "customer_id": customer,
            "date_created_gmt": "2026-11-24T02:00:01", "date_modified_gmt": "2026-11-24T02:00:01",
            "total": "0.00", "total_tax": "0.00", "meta_data": [{ "key": "_erp_code", "value": code }],
        })
    };
    let rows = json!([order(1, 7, ""), order(2, 8, "C00008"), order(3, 7, ""), order(4, 0, "")]);
    Mock::given(path(ORDERS)).respond_with(json_answer(200, rows)).mount(&server).await;
    let customers = json!([{ "id": 7, "meta_data": [{ "key": "erp", "value": "C00007" }] }]);
    Mock::given(path("/wp-json/wc/v3/customers"))
        .and(query_param("include", "7"))
        .and(query_param("role", "all"))
        .respond_with(json_answer(200, customers))
        .expect(1)
        .mount(&server)
        .await;
    let shop = kit::connect("woocommerce", &server.uri(), json!({ "customer_meta": { "erp_code": "erp" } }));
    let page = shop.orders_changed(&start()).await.expect("a page");
    let codes: Vec<Option<String>> = page
        .orders
        .iter()
        .map(|order| {
            order.order.as_ref().expect("understood").customer.code.as_ref().map(ToString::to_string)
        })
        .collect();
    let code = |code: &str| Some(code.to_owned());
    assert_eq!(codes, [code("C00007"), code("C00008"), code("C00007"), None]);
}
