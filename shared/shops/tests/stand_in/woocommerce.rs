//! WooCommerce in memory, with the rules that its pages and refunds follow.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use passerelle_domain::OrderState;
use passerelle_shops::{Shop, ShopConfig};
use serde_json::{Value, json};
use sha2::Sha256;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use crate::stand_in::Faults;
use crate::{StandIn, is_found_by};

pub struct StandInWooCommerce {
    server: MockServer,
    state: State,
    faults: Faults,
}

#[derive(Clone, Default)]
struct State(Arc<Mutex<Records>>);

#[derive(Default)]
struct Records {
    orders: BTreeMap<u32, Value>,
    refunds: BTreeMap<u32, Vec<Value>>,
    /// Accounts, and the ERP codes that people wrote into them.
    customers: BTreeMap<u32, String>,
    invoices: BTreeMap<String, Value>,
    notes: BTreeMap<u32, Vec<Value>>,
    /// Orders that PHP dies of.
    broken: BTreeSet<u32>,
    /// How often orders were written to.
    writes: usize,
    /// How often the secret was changed.
    rotations: u32,
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
    const LISTS_ERP_NUMBERS: bool = true;

    async fn start() -> Self {
        let (server, state, faults) = (MockServer::start().await, State::default(), Faults::default());
        Mock::given(any()).respond_with(faults.before(state.clone())).mount(&server).await;
        Self { server, state, faults }
    }

    fn connect(&self, page_size: u16) -> Arc<dyn Shop> {
        self.connection(page_size, 3)
    }

    fn connect_hasty(&self, page_size: u16) -> Arc<dyn Shop> {
        self.connection(page_size, 1)
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
        self.state.records().customers.insert(account, code.into());
    }

    fn break_order(&self, id: u32) {
        self.state.records().broken.insert(id);
    }

    fn mend_order(&self, id: u32) {
        self.state.records().broken.remove(&id);
    }

    fn writes(&self) -> usize {
        self.state.records().writes
    }

    fn rotate_secret(&self) {
        self.state.records().rotations += 1;
    }

    fn faults(&self) -> &Faults {
        &self.faults
    }

    fn webhook(&self, id: u32) -> Option<(BTreeMap<String, String>, Vec<u8>)> {
        let body = serde_json::to_vec(&self.state.records().orders[&id]).expect("JSON");
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(b"wh_hunter2").expect("a key");
        mac.update(&body);
        let headers = [
            ("x-wc-webhook-topic", "order.updated".to_owned()),
            ("x-wc-webhook-resource", "order".to_owned()),
            ("x-wc-webhook-signature", STANDARD.encode(mac.finalize().into_bytes())),
        ];
        Some((headers.map(|(name, value)| (name.to_owned(), value)).into(), body))
    }
}

impl StandInWooCommerce {
    fn connection(&self, page_size: u16, attempts: u32) -> Arc<dyn Shop> {
        let config: ShopConfig = serde_json::from_value(json!({
            "system": "woocommerce", "id": "rungis", "url": self.server.uri(),
            "since": "2026-01-01T00:00:00Z", "page_size": page_size, "attempts": attempts,
            "statuses": ["on-hold", "processing", "sent-to-erp", "cancelled"],
            "states": { "confirmed": ["processing", "sent-to-erp"], "cancelled": ["cancelled"] },
            "report": { "accepted_status": "sent-to-erp" },
        }))
        .expect("a configuration");
        let secret = json!({
            "consumer_key": self.state.records().key(), "consumer_secret": "cs_hunter2",
            "webhook_secret": "wh_hunter2",
        });
        config.connect(&secret.to_string()).expect("a client")
    }
}

impl Records {
    fn key(&self) -> String {
        format!("ck_hunter2_{}", self.rotations)
    }
}

impl Respond for State {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut records = self.records();
        let query: HashMap<String, String> = request.url.query_pairs().into_owned().collect();
        let path: Vec<&str> = request.url.path().trim_start_matches("/wp-json/").split('/').collect();
        if query.get("oauth_consumer_key") != Some(&records.key()) {
            return fault(401, "woocommerce_rest_cannot_view");
        }
        let dies = || ResponseTemplate::new(500).set_body_raw("<p>There has been a critical error", "text/html");
        match path.as_slice() {
            ["wc", "v3", "orders"] => list(&records, &query).unwrap_or_else(dies),
            ["wc", "v3", "orders", id] => {
                let id: u32 = id.parse().expect("a number");
                let records = &mut *records;
                match records.orders.get_mut(&id) {
                    Some(_) if records.broken.contains(&id) => dies(),
                    Some(order) => {
                        if request.method.as_str() == "PUT" {
                            records.writes += 1;
                            write(order, &request.body_json().expect("JSON"));
                        }
                        ResponseTemplate::new(200).set_body_json(order)
                    }
                    None => fault(404, "woocommerce_rest_shop_order_invalid_id"),
                }
            }
            ["wc", "v3", "orders", id, "notes"] => {
                let records = &mut *records;
                let notes = records.notes.entry(id.parse().expect("a number")).or_default();
                if request.method.as_str() == "POST" {
                    records.writes += 1;
                    let mut note: Value = request.body_json().expect("JSON");
                    let text = note["note"].as_str().expect("a text").replace('’', "&#8217;");
                    note["note"] = json!(text);
                    notes.push(note.clone());
                    return ResponseTemplate::new(201).set_body_json(note);
                }
                ResponseTemplate::new(200).set_body_json(notes)
            }
            ["wc", "v3", "orders", id, "refunds"] => {
                let refunds = records.refunds.get(&id.parse().expect("a number"));
                ResponseTemplate::new(200).set_body_json(refunds.cloned().unwrap_or_default())
            }
            ["passerelle", "v1", "customers"] => {
                let code = &query["erp_code"];
                let mut found: Vec<_> =
                    records.customers.iter().filter(|(_, held)| is_found_by(held, code)).collect();
                found.sort_by_key(|(_, held)| *held != code);
                match found[..] {
                    [] => fault(404, "passerelle_no_such_customer"),
                    [(_, one), (_, other), ..] if one == other && *one == *code => fault(409, "passerelle_several_customers"),
                    [(id, held), ..] => ResponseTemplate::new(200)
                        .set_body_json(json!({ "customer_id": id, "erp_code": held })),
                }
            }
            ["passerelle", "v1", "invoices", number] => {
                let body: Value = request.body_json().expect("JSON");
                if !records.customers.keys().any(|&id| body["customer_id"] == id) {
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

/// Meta data of the same key are replaced; they do not touch the time of the last change.
fn write(order: &mut Value, change: &Value) {
    if let Some(status) = change.get("status") {
        order["status"] = status.clone();
    }
    let mut meta = order["meta_data"].as_array().cloned().unwrap_or_default();
    for new in change["meta_data"].as_array().into_iter().flatten() {
        meta.retain(|old| old["key"] != new["key"]);
        meta.push(new.clone());
    }
    order["meta_data"] = json!(meta);
}

/// Bounds are strict, times of the same form compare as text; sorted by (modified, id). Nothing where
/// PHP dies of one of the orders, unless only fields are asked for that do not need its content.
fn list(records: &Records, query: &HashMap<String, String>) -> Option<ResponseTemplate> {
    if !query.contains_key("include") {
        assert_eq!((query["orderby"].as_str(), query["order"].as_str()), ("modified", "asc"));
        assert_eq!(query["dates_are_gmt"], "true");
    }
    let include: Option<Vec<u32>> =
        query.get("include").map(|ids| ids.split(',').map(|id| id.parse().expect("a number")).collect());
    let modified = |order: &Value| order["date_modified_gmt"].as_str().expect("a time").to_owned();
    let mut found: Vec<&Value> = records
        .orders
        .values()
        .filter(|order| query.get("modified_after").is_none_or(|after| modified(order) > *after))
        .filter(|order| include.as_ref().is_none_or(|ids| ids.iter().any(|id| order["id"] == *id)))
        .filter(|order| query.get("modified_before").is_none_or(|before| modified(order) < *before))
        .filter(|order| query["status"].split(',').any(|status| order["status"] == status))
        .collect();
    found.sort_by_key(|order| modified(order));
    let number = |name: &str| query.get(name).map_or(1, |text| text.parse().expect("a number"));
    let (per_page, page): (usize, usize) = (number("per_page"), number("page"));
    let rows: Vec<&Value> = found.iter().skip((page - 1) * per_page).take(per_page).copied().collect();
    let light = query.get("_fields").is_some_and(|fields| fields == "id,date_modified_gmt");
    if !light && rows.iter().any(|row| records.broken.iter().any(|id| row["id"] == *id)) {
        return None;
    }
    let answer = ResponseTemplate::new(200)
        .insert_header("Date", "Wed, 25 Nov 2026 12:00:00 GMT")
        .insert_header("X-WP-Total", found.len().to_string())
        .insert_header("X-WP-TotalPages", found.len().div_ceil(per_page).to_string())
        .set_body_json(rows);
    Some(answer)
}
