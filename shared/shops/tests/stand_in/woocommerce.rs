//! WooCommerce in memory, with the rules that its pages and refunds follow.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use jiff::Timestamp;
use passerelle_domain::OrderState;
use passerelle_shops::{Shop, ShopConfig};
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use crate::StandIn;

pub struct StandInWooCommerce {
    server: MockServer,
    state: State,
}

#[derive(Clone, Default)]
struct State(Arc<Mutex<Records>>);

#[derive(Default)]
struct Records {
    orders: BTreeMap<u32, Value>,
    refunds: BTreeMap<u32, Vec<Value>>,
    customers: BTreeMap<String, u32>,
    invoices: BTreeMap<String, Value>,
}

impl State {
    fn records(&self) -> MutexGuard<'_, Records> {
        self.0.lock().expect("no test panicked with it")
    }
}

fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

#[async_trait]
impl StandIn for StandInWooCommerce {
    async fn start() -> Self {
        let (server, state) = (MockServer::start().await, State::default());
        Mock::given(any()).respond_with(state.clone()).mount(&server).await;
        Self { server, state }
    }

    fn connect(&self, page_size: u16) -> Arc<dyn Shop> {
        let config: ShopConfig = serde_json::from_value(json!({
            "system": "woocommerce", "id": "rungis", "url": self.server.uri(),
            "since": "2026-01-01T00:00:00Z", "page_size": page_size,
        }))
        .expect("a configuration");
        let secret = r#"{"consumer_key": "ck_1", "consumer_secret": "cs_1"}"#;
        config.connect(secret).expect("a client")
    }

    fn put(&self, id: u32, modified: Timestamp, state: OrderState) {
        let status = match state {
            OrderState::Pending => "on-hold",
            OrderState::Confirmed => "processing",
            OrderState::Cancelled => "cancelled",
        };
        let order = json!({
            "id": id, "number": id.to_string(), "status": status, "currency": "EUR",
            "date_created_gmt": "2026-11-23T10:00:00", "date_modified_gmt": time(modified),
            "total": "10.55", "total_tax": "0.55", "customer_id": 2,
            "line_items": [{
                "id": id * 10, "name": "Tomates", "sku": "TOM-6", "quantity": 2, "subtotal": "10.00",
                "total": "10.00", "total_tax": "0.55", "taxes": [{ "id": 1, "total": "0.55" }],
            }],
            "tax_lines": [{ "rate_id": 1, "rate_percent": 5.5 }], "refunds": [],
        });
        self.state.records().orders.insert(id, order);
    }

    fn spoil(&self, id: u32) {
        self.state.records().orders.get_mut(&id).expect("an order")["line_items"][0]["quantity"] =
            json!("beaucoup");
    }

    fn refund(&self, id: u32, modified: Timestamp) {
        let mut records = self.state.records();
        let order = records.orders.get_mut(&id).expect("an order");
        order["refunds"] = json!([{ "id": id + 1000, "reason": "", "total": "-1.00" }]);
        order["date_modified_gmt"] = json!(time(modified));
        let refund = json!({ "id": id + 1000, "date_created_gmt": time(modified), "amount": "1.00", "line_items": [] });
        records.refunds.insert(id, vec![refund]);
    }

    fn add_customer(&self, code: &str, account: u32) {
        self.state.records().customers.insert(code.into(), account);
    }
}

impl Respond for State {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut records = self.records();
        let query: HashMap<String, String> = request.url.query_pairs().into_owned().collect();
        let path: Vec<&str> = request.url.path().trim_start_matches("/wp-json/").split('/').collect();
        match path.as_slice() {
            ["wc", "v3", "orders"] => list(&records, &query),
            ["wc", "v3", "orders", id] => match records.orders.get(&id.parse().expect("a number")) {
                Some(order) => ResponseTemplate::new(200).set_body_json(order),
                None => fault(404, "woocommerce_rest_shop_order_invalid_id"),
            },
            ["wc", "v3", "orders", id, "refunds"] => {
                let refunds = records.refunds.get(&id.parse().expect("a number"));
                ResponseTemplate::new(200).set_body_json(refunds.cloned().unwrap_or_default())
            }
            ["passerelle", "v1", "customers"] => match records.customers.get(&query["erp_code"]) {
                Some(id) => ResponseTemplate::new(200).set_body_json(json!({ "customer_id": id })),
                None => fault(404, "passerelle_no_such_customer"),
            },
            ["passerelle", "v1", "invoices", number] => {
                let body: Value = request.body_json().expect("JSON");
                if !records.customers.values().any(|&id| body["customer_id"] == id) {
                    return fault(404, "passerelle_no_such_customer");
                }
                match records.invoices.insert((*number).to_owned(), body.clone()) {
                    None => ResponseTemplate::new(201).set_body_json(json!({})),
                    Some(before) if before == body => ResponseTemplate::new(200).set_body_json(json!({})),
                    Some(before) => {
                        records.invoices.insert((*number).to_owned(), before);
                        fault(409, "passerelle_conflict")
                    }
                }
            }
            _ => fault(404, "rest_no_route"),
        }
    }
}

fn fault(status: u16, code: &str) -> ResponseTemplate {
    ResponseTemplate::new(status)
        .set_body_json(json!({ "code": code, "message": "…", "data": { "status": status } }))
}

/// Bounds are strict, times of the same form compare as text; sorted by (modified, id).
fn list(records: &Records, query: &HashMap<String, String>) -> ResponseTemplate {
    assert_eq!((query["orderby"].as_str(), query["order"].as_str()), ("modified", "asc"));
    assert_eq!(query["dates_are_gmt"], "true");
    let modified = |order: &Value| order["date_modified_gmt"].as_str().expect("a time").to_owned();
    let mut found: Vec<&Value> = records
        .orders
        .values()
        .filter(|order| modified(order) > query["modified_after"])
        .filter(|order| query.get("modified_before").is_none_or(|before| modified(order) < *before))
        .filter(|order| query["status"].split(',').any(|status| order["status"] == status))
        .collect();
    found.sort_by_key(|order| modified(order));
    let number = |name: &str| query[name].parse::<usize>().expect("a number");
    let (per_page, page) = (number("per_page"), number("page"));
    let rows: Vec<&Value> = found.iter().skip((page - 1) * per_page).take(per_page).copied().collect();
    ResponseTemplate::new(200)
        .insert_header("Date", "Wed, 25 Nov 2026 12:00:00 GMT")
        .insert_header("X-WP-Total", found.len().to_string())
        .insert_header("X-WP-TotalPages", found.len().div_ceil(per_page).to_string())
        .set_body_json(rows)
}
