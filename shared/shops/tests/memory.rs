//! How much memory a large answer takes at its peak: a function has 256 MB, for all its shops together.

use std::fmt::Write;
use std::sync::Arc;

use passerelle_domain::{Cursor, Failure};
use passerelle_shops::{OrderPage, Shop, ShopConfig};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

const PAGE: &str = include_str!("../../../tests/fixtures/woocommerce/orders-ten-in-two-seconds.json");
const ORDERS: &str = include_str!("../../../tests/fixtures/prestashop/orders.xml");

/// One test at a time, with all that it builds: the process has one peak.
static ALONE: Mutex<()> = Mutex::const_new(());

/// A line of the process's own figures, in MB.
fn megabytes(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux says so");
    let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("a figure");
    line.trim_start_matches(':').trim().trim_end_matches(" kB").parse::<u64>().expect("kB") / 1024
}

/// The page that comes of one answer, and by how much the memory grew at its peak, in MB. The stand-in's own
/// copy of the answer is in it.
async fn read(shop: &Value, secret: &str, body: String, kind: &str) -> (Result<OrderPage, Failure>, u64) {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(200)
        .set_body_raw(body, kind)
        .insert_header("Date", "Wed, 25 Nov 2026 12:00:00 GMT");
    Mock::given(method("GET")).respond_with(answer).mount(&server).await;
    let mut config = json!({
        "id": "rungis", "url": server.uri(), "since": "2026-01-01T00:00:00Z", "attempts": 1,
    });
    config.as_object_mut().expect("an object").extend(shop.as_object().expect("an object").clone());
    let config: ShopConfig = serde_json::from_value(config).expect("a configuration");
    let shop: Arc<dyn Shop> = config.connect(secret).expect("a client");
    let cursor = Cursor::at("2026-11-24T02:00:00Z".parse().expect("a time"));
    // 5 sets the peak back to what is held now (proc(5)).
    std::fs::write("/proc/self/clear_refs", "5").expect("the peak is set back");
    let before = megabytes("VmRSS");
    let page = shop.orders_changed(&cursor).await;
    (page, megabytes("VmHWM").saturating_sub(before))
}

#[tokio::test]
async fn what_plugins_keep_with_an_order_takes_little_memory() {
    let _alone = ALONE.lock().await;
    let mut orders: Vec<Value> = serde_json::from_str(PAGE).expect("JSON");
    let history: Vec<Value> = (0..100_000).map(|n| json!({"a": n, "b": [n, {"c": true}]})).collect();
    let meta = orders[0]["meta_data"].as_array_mut().expect("a list");
    meta.push(json!({"id": 1, "key": "_history", "value": history}));
    let body = Value::from(orders).to_string();
    assert!(body.len() > 3_000_000, "{} bytes", body.len());
    let shop = json!({"system": "woocommerce"});
    let secret = r#"{"consumer_key": "ck_1", "consumer_secret": "cs_1"}"#;
    let (page, grown) = read(&shop, secret, body, "application/json").await;
    let page = page.expect("a page");
    assert!(page.orders.iter().all(|order| order.order.is_ok()));
    assert!(grown < 64, "{grown} MB more at the peak");
}

#[tokio::test]
async fn an_order_with_much_beside_a_fault_takes_little_memory() {
    let _alone = ALONE.lock().await;
    let mut orders: Vec<Value> = serde_json::from_str(PAGE).expect("JSON");
    let history: Vec<Value> = (0..100_000).map(|n| json!({"a": n, "b": [n, {"c": true}]})).collect();
    orders[0]["billing"] = json!("none");
    orders[0]["history"] = Value::from(history);
    let shop = json!({"system": "woocommerce"});
    let secret = r#"{"consumer_key": "ck_1", "consumer_secret": "cs_1"}"#;
    let (page, grown) = read(&shop, secret, Value::from(orders).to_string(), "application/json").await;
    let page = page.expect("a page");
    let faults: Vec<_> = page.orders.iter().filter_map(|order| order.order.as_ref().err()).collect();
    assert_eq!((faults.len(), faults[0].field.as_str()), (1, "billing"));
    assert_eq!(faults[0].value, "none");
    assert!(grown < 64, "{grown} MB more at the peak");
}

#[tokio::test]
async fn an_answer_of_too_many_elements_is_refused_in_little_memory() {
    let _alone = ALONE.lock().await;
    let mut many = String::new();
    for n in 0..1_000_000 {
        write!(many, "<b>{}</b>", n % 10).expect("a text");
    }
    let body = ORDERS.replacen("<order>", &format!("<order>{many}"), 1);
    let shop = json!({"system": "prestashop", "time_zone": "Europe/Paris"});
    let (page, grown) = read(&shop, r#"{"key": "KEY"}"#, body, "text/xml").await;
    let failure = page.expect_err("too many").to_string();
    assert!(failure.contains("more than 250000 elements; lower page_size"), "{failure}");
    assert!(grown < 100, "{grown} MB more at the peak");
}
