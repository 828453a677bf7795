//! WooCommerce in memory, with the rules that its pages and refunds follow.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use passerelle_domain::OrderState;
use serde_json::{Value, json};
use wiremock::{Request, ResponseTemplate};

use super::{Common, System, fault, is_found_by};
use crate::kit::NOW;

#[derive(Default)]
pub struct WooCommerce {
    orders: BTreeMap<u32, Value>,
    refunds: BTreeMap<u32, Vec<Value>>,
    /// Accounts, and the ERP codes that people wrote into them.
    customers: BTreeMap<u32, String>,
    notes: BTreeMap<u32, Vec<Value>>,
}

fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

impl System for WooCommerce {
    const NAME: &'static str = "woocommerce";
    const LISTS_ERP_NUMBERS: bool = true;
    const INVOICES_URL: bool = false;
    const SIGNATURE: &'static str = "x-wc-webhook-signature";

    fn config() -> Value {
        json!({
            "statuses": ["on-hold", "processing", "sent-to-erp", "cancelled"],
            "states": { "confirmed": ["processing", "sent-to-erp"], "cancelled": ["cancelled"] },
            "report": { "accepted_status": "sent-to-erp" },
        })
    }

    fn secret(key: &str) -> Value {
        json!({ "consumer_key": key, "consumer_secret": "cs_hunter2" })
    }

    fn put(&mut self, id: u32, modified: Timestamp, state: OrderState) {
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
        self.orders.insert(id, order);
    }

    fn spoil(&mut self, id: u32) {
        self.orders.get_mut(&id).expect("an order")["line_items"][0]["quantity"] = json!("beaucoup");
    }

    fn refund(&mut self, id: u32, modified: Timestamp) {
        let order = self.orders.get_mut(&id).expect("an order");
        order["refunds"] = json!([{ "id": id + 1000, "reason": "", "total": "-1.00" }]);
        order["date_modified_gmt"] = json!(time(modified));
        let refund = json!({ "id": id + 1000, "date_created_gmt": time(modified), "amount": "1.00", "line_items": [] });
        self.refunds.insert(id, vec![refund]);
    }

    fn add_customer(&mut self, code: &str, account: u32) {
        self.customers.insert(account, code.into());
    }

    fn has_account(&self, id: &Value) -> bool {
        self.customers.keys().any(|account| id == *account)
    }

    fn webhook(&self, id: u32) -> (String, Vec<(&'static str, String)>) {
        let headers = [("x-wc-webhook-topic", "order.updated"), ("x-wc-webhook-resource", "order")];
        (self.orders[&id].to_string(), headers.map(|(name, value)| (name, value.to_owned())).to_vec())
    }

    fn respond(&mut self, common: &mut Common, request: &Request) -> ResponseTemplate {
        let query: HashMap<String, String> = request.url.query_pairs().into_owned().collect();
        let path: Vec<&str> = request.url.path().trim_start_matches("/wp-json/").split('/').collect();
        if query.get("oauth_consumer_key") != Some(&common.key()) {
            return fault(401, "woocommerce_rest_cannot_view");
        }
        let dies =
            || ResponseTemplate::new(500).set_body_raw("<p>There has been a critical error", "text/html");
        match path.as_slice() {
            ["wc", "v3", "orders"] => list(&self.orders, &common.broken, &query).unwrap_or_else(dies),
            ["wc", "v3", "orders", id] => {
                let id: u32 = id.parse().expect("a number");
                match self.orders.get_mut(&id) {
                    Some(_) if common.broken.contains(&id) => dies(),
                    Some(order) => {
                        if request.method.as_str() == "PUT" {
                            common.writes += 1;
                            write(order, &request.body_json().expect("JSON"));
                        }
                        ResponseTemplate::new(200).set_body_json(order)
                    }
                    None => fault(404, "woocommerce_rest_shop_order_invalid_id"),
                }
            }
            ["wc", "v3", "orders", id, "notes"] => {
                let notes = self.notes.entry(id.parse().expect("a number")).or_default();
                if request.method.as_str() == "POST" {
                    common.writes += 1;
                    let mut note: Value = request.body_json().expect("JSON");
                    let text = note["note"].as_str().expect("a text").replace('’', "&#8217;");
                    note["note"] = json!(text);
                    notes.push(note.clone());
                    return ResponseTemplate::new(201).set_body_json(note);
                }
                ResponseTemplate::new(200).set_body_json(notes)
            }
            ["wc", "v3", "orders", id, "refunds"] => {
                let refunds = self.refunds.get(&id.parse().expect("a number"));
                ResponseTemplate::new(200).set_body_json(refunds.cloned().unwrap_or_default())
            }
            ["passerelle", "v1", "customers"] => {
                let code = &query["erp_code"];
                let mut found: Vec<_> =
                    self.customers.iter().filter(|(_, held)| is_found_by(held, code)).collect();
                found.sort_by_key(|(_, held)| *held != code);
                match found[..] {
                    [] => fault(404, "passerelle_no_such_customer"),
                    [(_, one), (_, other), ..] if one == other && *one == *code => {
                        fault(409, "passerelle_several_customers")
                    }
                    [(id, held), ..] => ResponseTemplate::new(200)
                        .set_body_json(json!({ "customer_id": id, "erp_code": held })),
                }
            }
            ["passerelle", "v1", "invoices", number] => {
                let body: Value = request.body_json().expect("JSON");
                let has_account = self.has_account(&body["customer_id"]);
                common.publish(number, body, has_account)
            }
            _ => fault(404, "rest_no_route"),
        }
    }
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
fn list(
    orders: &BTreeMap<u32, Value>,
    broken: &BTreeSet<u32>,
    query: &HashMap<String, String>,
) -> Option<ResponseTemplate> {
    if !query.contains_key("include") {
        assert_eq!((query["orderby"].as_str(), query["order"].as_str()), ("modified", "asc"));
        assert_eq!(query["dates_are_gmt"], "true");
    }
    let include: Option<Vec<u32>> =
        query.get("include").map(|ids| ids.split(',').map(|id| id.parse().expect("a number")).collect());
    let modified = |order: &Value| order["date_modified_gmt"].as_str().expect("a time").to_owned();
    let mut found: Vec<&Value> = orders
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
    if !light && rows.iter().any(|row| broken.iter().any(|id| row["id"] == *id)) {
        return None;
    }
    let answer = ResponseTemplate::new(200)
        .insert_header("Date", NOW)
        .insert_header("X-WP-Total", found.len().to_string())
        .insert_header("X-WP-TotalPages", found.len().div_ceil(per_page).to_string())
        .set_body_json(rows);
    Some(answer)
}
