//! A first import: all orders of a WooCommerce stand-in, page by page, understood and let go.
//!
//! `cargo bench -p passerelle-shops --bench orders_in [-- ORDERS …]`. The stand-in works in the same process, so
//! its time and memory are in the figures.

use std::collections::HashMap;
use std::env;
use std::fs;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use passerelle_domain::Cursor;
use passerelle_shops::{Shop, ShopConfig};
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate, matchers};

const ORDER: &str =
    include_str!("../../../tests/fixtures/woocommerce/order-with-coupon-delivery-and-deposit.json");

/// A shop whose order `i` changed `i` seconds after its start.
struct StandIn {
    order: Value,
    start: Timestamp,
    orders: u64,
    calls: Arc<AtomicU64>,
}

impl Respond for StandIn {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let query: HashMap<String, String> = request.url.query_pairs().into_owned().collect();
        let after: Timestamp = format!("{}Z", query["modified_after"]).parse().expect("a time");
        let from = u64::try_from((after - self.start).as_secs() + 1).unwrap_or(0);
        let rows: u64 = query["per_page"].parse().expect("a number");
        let page: Vec<Value> = (from..self.orders.min(from + rows)).map(|i| self.row(i)).collect();
        ResponseTemplate::new(200)
            .set_body_json(page)
            .insert_header("X-WP-Total", self.orders.saturating_sub(from).to_string())
            .insert_header("X-WP-TotalPages", self.orders.saturating_sub(from).div_ceil(rows).to_string())
    }
}

impl StandIn {
    fn row(&self, i: u64) -> Value {
        let mut order = self.order.clone();
        let changed = self.start + SignedDuration::from_secs(i64::try_from(i).expect("small"));
        order["id"] = json!(i + 1);
        order["number"] = json!((i + 1).to_string());
        order["date_modified_gmt"] = json!(changed.strftime("%Y-%m-%dT%H:%M:%S").to_string());
        order
    }
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let asked: Vec<u64> = env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let asked = if asked.is_empty() { vec![2_000, 20_000] } else { asked };
    let mut out = io::stdout();
    for orders in asked {
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().map_err(io::Error::other)?;
        let calls = Arc::new(AtomicU64::new(0));
        let order = serde_json::from_str(ORDER)?;
        let server = MockServer::builder().disable_request_recording().start().await;
        let stand_in = StandIn { order, start, orders, calls: Arc::clone(&calls) };
        Mock::given(matchers::path("/wp-json/wc/v3/orders")).respond_with(stand_in).mount(&server).await;
        let shop = connect(&server.uri())?;
        forget_peak();
        let begun = Instant::now();
        let fetched = import(&*shop, Cursor::at(start)).await?;
        let took = begun.elapsed();
        if fetched != orders {
            return Err(io::Error::other(format!("{fetched} of {orders} orders were fetched")));
        }
        let (calls, millis) = (calls.load(Ordering::Relaxed), took.as_millis().max(1));
        writeln!(
            out,
            "{orders} orders in {millis} ms: {} a second, {calls} calls (one for {} orders), at most {} MB",
            u128::from(orders) * 1000 / millis,
            orders / calls,
            peak_kilobytes() / 1024
        )?;
    }
    Ok(())
}

fn connect(url: &str) -> io::Result<Arc<dyn Shop>> {
    let config: ShopConfig = serde_json::from_value(json!({
        "system": "woocommerce", "id": "rungis", "url": url, "since": "2026-01-01T00:00:00Z",
        "requests_per_second": 1_000,
    }))?;
    config.connect(r#"{"consumer_key": "ck_1", "consumer_secret": "cs_1"}"#).map_err(io::Error::other)
}

/// Reads to the end, as `fetch-orders` does; each order once, however often its page shows it.
async fn import(shop: &dyn Shop, mut cursor: Cursor) -> io::Result<u64> {
    let (mut fetched, mut last) = (0, 0);
    loop {
        let page = shop.orders_changed(&cursor).await.map_err(io::Error::other)?;
        for order in &page.orders {
            let order = order.order.as_ref().map_err(|rejection| io::Error::other(rejection.to_string()))?;
            let id: u64 = order.key.id.as_str().parse().map_err(io::Error::other)?;
            if id > last {
                (fetched, last) = (fetched + 1, id);
            }
        }
        if page.caught_up {
            return Ok(fetched);
        }
        cursor = page.next;
    }
}

/// Has Linux count the most memory anew.
fn forget_peak() {
    // Elsewhere there is no such file, and the peak is that of the whole run.
    let _ = fs::write("/proc/self/clear_refs", "5");
}

fn peak_kilobytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}
