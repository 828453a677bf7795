//! What is PrestaShop's own: how it is asked, its errors, and its slips.

use std::collections::BTreeSet;
use std::sync::Arc;

use passerelle_domain::{Cursor, Failure, FailureKind};
use passerelle_shops::{Acknowledged, OrderAcknowledgement, OrderOutcome, OrderPage, Shop};
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::fixture;
use crate::kit::{self, answer, erp_code, from, order_id};

const NO_KEY: &str = fixture!("prestashop/error-401.xml");
const NO_FILTER: &str = fixture!("prestashop/error-filter.xml");

fn connect(url: &str, page_size: u16) -> Arc<dyn Shop> {
    let fields = json!({ "timeout_seconds": 2, "page_size": page_size, "id_shop": 3 });
    kit::connect("prestashop", url, fields)
}

fn start() -> Cursor {
    from("2026-11-24T01:57:44Z")
}

fn xml(status: u16, body: &str) -> ResponseTemplate {
    answer(status, body, "text/xml;charset=utf-8")
}

/// The captured answer to a path, whatever the query.
fn captured(request: &Request) -> ResponseTemplate {
    let body = match request.url.path() {
        "/api/orders" => fixture!("prestashop/orders.xml"),
        "/api/order_details" => fixture!("prestashop/order_details.xml"),
        "/api/order_slip" => fixture!("prestashop/order_slip.xml"),
        "/api/order_payments" => fixture!("prestashop/order_payments.xml"),
        "/api/order_cart_rules" => fixture!("prestashop/order_cart_rules.xml"),
        "/api/order_states" => fixture!("prestashop/order_states.xml"),
        "/api/customers" => fixture!("prestashop/customers.xml"),
        "/api/addresses" => fixture!("prestashop/addresses.xml"),
        "/api/carriers" => fixture!("prestashop/carriers.xml"),
        "/api/countries" => fixture!("prestashop/countries.xml"),
        "/api/currencies" => fixture!("prestashop/currencies.xml"),
        "/api/messages" => "<prestashop><messages/></prestashop>",
        other => panic!("{other} is asked for"),
    };
    xml(200, body)
}

async fn page_of(answer: ResponseTemplate) -> Result<OrderPage, Failure> {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    connect(&server.uri(), 50).orders_changed(&start()).await
}

#[tokio::test]
async fn the_captured_page_is_read_in_few_calls_and_kept_as_it_came() {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(captured).mount(&server).await;
    let shop = connect(&server.uri(), 50);
    let page = shop.orders_changed(&start()).await.expect("a page");
    assert_eq!((page.orders.len(), page.caught_up), (5, true));
    assert_eq!(page.next.watermark.to_string(), "2026-11-24T02:08:10Z");
    let good = page.orders.iter().filter(|order| order.order.is_ok()).count();
    assert_eq!(good, 4, "one was paid too much");
    let lines: Vec<Value> = page
        .raw
        .split(|&byte| byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).expect("JSON"))
        .collect();
    assert_eq!(lines.len(), 5);
    for line in &lines {
        assert!(
            fixture!("prestashop/orders.xml").contains(line["order"].as_str().expect("a text")),
            "as it came"
        );
    }

    let requests = server.received_requests().await.expect("recorded");
    for request in &requests {
        let query = request.url.query().expect("a query");
        assert!(query.starts_with("output_format=XML&id_shop=3"), "{query}");
        assert_eq!(request.headers["authorization"], "Basic aHVudGVyMjo=", "the key is the user");
    }
    let asked = |path: &str| {
        let all = requests.iter().filter(move |request| request.url.path() == path);
        all.map(|request| request.url.query_pairs().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>())
            .collect::<Vec<_>>()
    };
    let first = &asked("/api/orders")[0];
    for part in [
        "filter[date_upd]=[2026-11-24 02:57:44,9999-12-31 23:59:59]",
        "sort=[date_upd_ASC,id_ASC]",
        "date=1",
        "limit=0,50",
        "display=full",
    ] {
        assert!(first.iter().any(|given| given == part), "{part} in {first:?}");
    }
    let customers = asked("/api/customers").remove(0).join("&");
    assert!(customers.contains("display=[id,firstname,") && !customers.contains("passwd"), "{customers}");
    assert_eq!(requests.len(), 14, "for five orders");
    shop.orders_changed(&start()).await.expect("a page");
    let again = server.received_requests().await.expect("recorded").len() - requests.len();
    assert_eq!(again, 10, "states, carriers, countries and currencies are known");
}

#[tokio::test]
async fn an_answer_decides_whether_to_try_again() {
    use FailureKind::{Misconfigured, Retry};
    let bomb = "<!DOCTYPE p [<!ENTITY x \"ha\">]><prestashop><orders/></prestashop>";
    let deep = format!("<prestashop><orders>{}", "<a>".repeat(5_000));
    for (answer, kind, words) in [
        (xml(401, NO_KEY), Misconfigured, "HTTP 401, code 18: Invalid authentication key format"),
        (xml(400, NO_FILTER), Misconfigured, "code 32: This filter does not exist"),
        (xml(405, NO_KEY), Misconfigured, "HTTP 405"),
        (xml(503, NO_KEY), Retry, "HTTP 503"),
        (xml(200, "<prestashop><orders>"), Retry, "cut short inside <orders>"),
        (xml(200, "<prestashop><carts/></prestashop>"), Retry, "no <orders> in <prestashop>"),
        (xml(200, bomb), Retry, "document type"),
        (xml(200, &deep), Retry, "inside each other"),
        (xml(200, "Notice: hunter2"), Retry, "outside the document"),
        (ResponseTemplate::new(404), FailureKind::Rejected, "HTTP 404"),
        (
            ResponseTemplate::new(404).set_body_raw("<html>", "text/html"),
            Misconfigured,
            "text/html instead of XML",
        ),
    ] {
        let failure = page_of(answer).await.expect_err(words);
        let text = failure.to_string();
        assert_eq!(failure.kind(), kind, "{text}");
        assert!(text.contains(words), "{words:?} is in {text:?}");
        assert!(text.len() < 700, "{text}");
    }
}

#[tokio::test]
async fn the_shops_own_clock_holds_the_watermark_back() {
    let server = MockServer::start().await;
    let answer = |request: &Request| captured(request).insert_header("Date", "Tue, 24 Nov 2026 02:00:00 GMT");
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let page = connect(&server.uri(), 50).orders_changed(&start()).await.expect("a page");
    assert_eq!(page.next.watermark.to_string(), "2026-11-24T02:00:00Z");
}

#[tokio::test]
async fn in_the_hour_that_comes_twice_the_whole_hour_is_read_again() {
    let server = MockServer::start().await;
    // Changed at 02:40 of either reading; the shop's clock says 02:50 for the second time.
    let answer = |request: &Request| {
        let name = request.url.path().trim_start_matches("/api/");
        let name = if name == "order_slip" { "order_slips" } else { name };
        let order = "<order><id>7</id><date_upd>2026-10-25 02:40:00</date_upd></order>";
        let rows = if name == "orders" { order } else { "" };
        xml(200, &format!("<prestashop><{name}>{rows}</{name}></prestashop>"))
            .insert_header("Date", "Sun, 25 Oct 2026 01:50:00 GMT")
    };
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let cursor = Cursor::at("2026-10-25T01:45:00Z".parse().expect("a time"));
    let page = connect(&server.uri(), 50).orders_changed(&cursor).await.expect("a page");
    assert_eq!(page.orders[0].modified_at.to_string(), "2026-10-25T01:40:00Z", "the last that has been");
    assert_eq!(page.next, cursor, "never back");
    let requests = server.received_requests().await.expect("recorded");
    let first: Vec<String> = requests[0].url.query_pairs().map(|(_, value)| value.into_owned()).collect();
    assert!(first.iter().any(|value| value.starts_with("[2026-10-25 02:00:00,")), "{first:?}");
}

#[tokio::test]
async fn slips_that_are_more_than_a_page_are_read_to_their_end() {
    let server = MockServer::start().await;
    // No order changed; slips 1 to 5 are each of another order.
    let answer = |request: &Request| {
        let query: Vec<(String, String)> = request.url.query_pairs().into_owned().collect();
        let value =
            |name: &str| query.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str());
        match request.url.path() {
            "/api/order_slip" if value("filter[date_upd]").is_some() => {
                let above = value("filter[id]").and_then(|id| id.trim_matches(['>', '[', ']']).parse().ok());
                let above: u32 = above.expect("a number");
                let slips: String = (above + 1..=5)
                    .take(2)
                    .map(|id| format!("<order_slip><id>{id}</id><id_order>{id}</id_order><date_upd>2026-11-24 03:00:00</date_upd></order_slip>"))
                    .collect();
                xml(200, &format!("<prestashop><order_slips>{slips}</order_slips></prestashop>"))
            }
            "/api/orders" => {
                let ids = value("filter[id]").unwrap_or_default().trim_matches(['[', ']']).to_owned();
                let orders: String = ids
                    .split('|')
                    .filter(|id| !id.is_empty())
                    .map(|id| format!("<order><id>{id}</id><date_upd>2025-01-01 00:00:00</date_upd></order>"))
                    .collect();
                xml(200, &format!("<prestashop><orders>{orders}</orders></prestashop>"))
            }
            path => {
                let name = path.trim_start_matches("/api/");
                let name = if name == "order_slip" { "order_slips" } else { name };
                xml(200, &format!("<prestashop><{name}/></prestashop>"))
            }
        }
    };
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let (mut cursor, mut seen) = (start(), BTreeSet::new());
    for turn in 0.. {
        assert!(turn < 10, "it does not end");
        let page = connect(&server.uri(), 2).orders_changed(&cursor).await.expect("a page");
        seen.extend(page.orders.iter().map(|order| order.key.id.to_string()));
        cursor = page.next;
        if page.caught_up {
            break;
        }
        assert_eq!(cursor.watermark, start().watermark, "nothing is sure before the slips are read");
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["1", "2", "3", "4", "5"]);
}

#[tokio::test]
async fn a_code_is_compared_whole_and_belongs_to_one_account() {
    let find = async |code: &str, customers: &str| {
        let server = MockServer::start().await;
        let body = format!("<prestashop><customers>{customers}</customers></prestashop>");
        Mock::given(any()).respond_with(xml(200, &body)).mount(&server).await;
        let code = erp_code(code);
        let found = connect(&server.uri(), 50).find_customer(&code).await;
        (found.map_err(|failure| failure.kind()), server.received_requests().await.expect("recorded").len())
    };
    let row = |id: u32, code: &str| format!("<customer><id>{id}</id><note>{code}</note></customer>");
    assert_eq!(find("C1", &row(4, "C1")).await.0, Ok(Some("4".into())));
    assert_eq!(find("C1", &row(4, "c1")).await.0, Ok(None), "the database compares without case");
    assert_eq!(find("C1", &(row(4, "C1") + &row(5, "C1"))).await.0, Err(FailureKind::Rejected));
    assert_eq!(find("[1|2]", &row(4, "[1|2]")).await, (Ok(None), 0), "no expression is made of it");
}

/// Reports order 7, which stands in `state` after these states and messages; what came of it, and what
/// was written.
async fn report(state: &str, histories: &[&str], messages: &[&str]) -> (Acknowledged, Vec<String>) {
    let server = MockServer::start().await;
    let rows = |rows: &[&str], item: &str, field: &str| -> String {
        let rows = rows.iter().enumerate();
        rows.map(|(i, value)| format!("<{item}><id>{i}</id><{field}>{value}</{field}></{item}>")).collect()
    };
    let order = format!("<orders><order><id>7</id><current_state>{state}</current_state></order></orders>");
    let states = fixture!("prestashop/order_states.xml").to_owned();
    let histories =
        format!("<order_histories>{}</order_histories>", rows(histories, "order_history", "id_order_state"));
    let messages = format!("<messages>{}</messages>", rows(messages, "message", "message"));
    let answer = move |request: &Request| match (request.method.as_str(), request.url.path()) {
        ("POST", _) => xml(201, "<prestashop/>"),
        (_, "/api/order_states") => xml(200, &states),
        (_, "/api/orders") => xml(200, &format!("<prestashop>{order}</prestashop>")),
        (_, "/api/order_histories") => xml(200, &format!("<prestashop>{histories}</prestashop>")),
        _ => xml(200, &format!("<prestashop>{messages}</prestashop>")),
    };
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let fields = json!({ "report": { "accepted_state": 20, "refused_state": 21, "number_in": "message" } });
    let shop = kit::connect("prestashop", &server.uri(), fields);
    let report = OrderAcknowledgement { outcome: OrderOutcome::Accepted, erp_number: "CDE-0042", words: "" };
    let reported = shop.acknowledge_order(&order_id("7"), &report).await.expect("an answer");
    let requests = server.received_requests().await.expect("recorded");
    let written = requests.into_iter().filter(|request| request.method.as_str() == "POST");
    (reported, written.map(|request| String::from_utf8(request.body).expect("UTF-8")).collect())
}

#[tokio::test]
async fn a_report_sets_a_state_once_and_writes_a_message_once() {
    let line = "[ERP] acceptée, numéro CDE-0042";
    let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><prestashop>";
    let state = format!(
        "{head}<order_history><id_order>7</id_order><id_order_state>20</id_order_state></order_history></prestashop>"
    );
    let message = format!(
        "{head}<message><id_order>7</id_order><message>{line}</message><private>1</private></message></prestashop>"
    );
    let both = (Acknowledged::Now, vec![state.clone(), message.clone()]);
    assert_eq!(report("2", &["2"], &[]).await, both);
    assert_eq!(report("21", &["2", "21"], &["[ERP] refusée : x"]).await, both, "refused before");
    assert_eq!(report("20", &["20"], &[line]).await, (Acknowledged::Before, vec![]));
    assert_eq!(report("4", &["20", "4"], &[line]).await, (Acknowledged::Before, vec![]), "delivered since");
    assert_eq!(
        report("6", &["2", "6"], &[]).await,
        (Acknowledged::Now, vec![message]),
        "cancelled stays cancelled"
    );
    assert_eq!(
        report("2", &["2"], &[line]).await,
        (Acknowledged::Now, vec![state]),
        "what stopped in between"
    );
}
