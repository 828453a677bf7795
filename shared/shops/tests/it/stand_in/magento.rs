//! Magento in memory, with the rules that its lists, credit memos and comments follow.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use passerelle_domain::OrderState;
use serde_json::{Value, json};
use wiremock::{Request, ResponseTemplate};

use super::{Common, System, header, is_found_by};
use crate::fixture;
use crate::kit::json_answer;

const NOT_AUTHORIZED: &str = fixture!("magento/error-401-not-authorized.json");
const WRONG_STATUS: &str = fixture!("magento/error-400-status.json");

#[derive(Default)]
pub struct Magento {
    orders: BTreeMap<u32, Value>,
    memos: BTreeMap<u32, Value>,
    customers: BTreeMap<u32, Value>,
}

fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

impl System for Magento {
    const NAME: &'static str = "magento";
    const LISTS_ERP_NUMBERS: bool = true;

    fn config() -> Value {
        json!({ "report": { "accepted_status": "sent_to_erp" } })
    }

    fn secret(key: &str) -> Value {
        json!({ "token": key })
    }

    fn put(&mut self, id: u32, modified: Timestamp, state: OrderState) {
        let (state, status) = match state {
            OrderState::Pending => ("new", "pending"),
            OrderState::Confirmed => ("processing", "processing"),
            OrderState::Cancelled => ("canceled", "canceled"),
        };
        let order = json!({
            "entity_id": id, "increment_id": format!("{id:09}"), "state": state, "status": status,
            "base_currency_code": "EUR", "order_currency_code": "EUR",
            "created_at": "2026-11-23 10:00:00", "updated_at": time(modified),
            "grand_total": 10.55, "tax_amount": 0.55, "customer_id": 2,
            "payment": { "method": "checkmo", "additional_information": ["Chèque"] },
            "items": [{
                "item_id": id * 10, "product_type": "simple", "name": "Tomates", "sku": "TOM-6",
                "qty_ordered": 2, "row_total": 10, "tax_amount": 0.55, "tax_percent": 5.5,
            }],
            "status_histories": [], "extension_attributes": [],
        });
        self.orders.insert(id, order);
    }

    fn spoil(&mut self, id: u32) {
        self.orders.get_mut(&id).expect("an order")["items"][0]["qty_ordered"] = json!("beaucoup");
    }

    /// The order's own time stays as it was: the worst case.
    fn refund(&mut self, id: u32, modified: Timestamp) {
        let memo = json!({
            "entity_id": id + 1000, "order_id": id, "state": 2, "created_at": time(modified),
            "updated_at": time(modified), "adjustment_positive": 1, "grand_total": 1, "items": null,
        });
        self.memos.insert(id + 1000, memo);
    }

    fn add_customer(&mut self, code: &str, account: u32) {
        let attributes = json!([{ "attribute_code": "erp_code", "value": code }]);
        let customer = json!({ "id": account, "entity_id": account, "custom_attributes": attributes });
        self.customers.insert(account, customer);
    }

    fn has_account(&self, id: &Value) -> bool {
        self.customers.values().any(|customer| *id == customer["id"])
    }

    fn webhook(&self, id: u32) -> (String, Vec<(&'static str, String)>) {
        (self.orders[&id].to_string(), Vec::new())
    }

    fn respond(&mut self, common: &mut Common, request: &Request) -> ResponseTemplate {
        let query: HashMap<String, String> = request.url.query_pairs().into_owned().collect();
        let path: Vec<&str> = request.url.path().trim_start_matches('/').split('/').collect();
        if header(request, "authorization") != Some(&format!("Bearer {}", common.key())) {
            return json_answer(401, NOT_AUTHORIZED);
        }
        let number = |id: &str| id.parse::<u32>().expect("a number");
        let body = || request.body_json::<Value>().expect("JSON");
        match (request.method.as_str(), path.as_slice()) {
            ("GET", ["rest", "V1", "orders"]) => {
                list(&self.orders, &query, &common.broken).unwrap_or_else(dies)
            }
            ("GET", ["rest", "V1", "creditmemos"]) => {
                list(&self.memos, &query, &BTreeSet::new()).expect("none is broken")
            }
            ("GET", ["rest", "V1", "customers", "search"]) => {
                list(&self.customers, &query, &BTreeSet::new()).expect("none is broken")
            }
            ("GET", ["rest", "V1", "orders", id]) => match self.orders.get(&number(id)) {
                Some(_) if common.broken.contains(&number(id)) => dies(),
                Some(order) => json_answer(200, order),
                None => gone(),
            },
            ("POST", ["rest", "V1", "orders"]) => {
                let entity = &body()["entity"];
                let id = u32::try_from(entity["entity_id"].as_u64().expect("an id")).expect("small");
                common.writes += 1;
                save(self.orders.get_mut(&id).expect("an order"), entity);
                json_answer(200, &self.orders[&id])
            }
            ("POST", ["rest", "V1", "orders", id, "comments"]) => {
                let order = self.orders.get_mut(&number(id)).expect("an order");
                let mut history = body()["statusHistory"].clone();
                let status = history["status"].clone();
                if status != order["status"] && status != "sent_to_erp" && status.is_string() {
                    return json_answer(400, WRONG_STATUS);
                }
                common.writes += 1;
                order["status"] = status;
                let histories = order["status_histories"].as_array_mut().expect("a list");
                history["entity_id"] = json!(histories.len() + 1);
                // Newest first.
                histories.insert(0, history);
                json_answer(200, "true")
            }
            _ => json_answer(404, r#"{"message":"Request does not match any route."}"#),
        }
    }
}

fn gone() -> ResponseTemplate {
    json_answer(
        404,
        r#"{"message":"The entity that was requested doesn't exist. Verify the entity and try again."}"#,
    )
}

fn dies() -> ResponseTemplate {
    json_answer(
        500,
        r#"{"message":"Internal Error. Details are available in Magento log file. Report ID: webapi-1"}"#,
    )
}

/// An entity saved in part: what it misses is made up.
fn save(order: &mut Value, entity: &Value) {
    for (field, made_up) in [("increment_id", "000000999"), ("state", "closed"), ("status", "closed")] {
        order[field] = entity.get(field).cloned().unwrap_or(json!(made_up));
    }
    order["ext_order_id"] = entity["ext_order_id"].clone();
}

/// `searchCriteria`. Nothing where PHP dies of a row, unless only what needs no content is asked for.
fn list(
    records: &BTreeMap<u32, Value>,
    query: &HashMap<String, String>,
    broken: &BTreeSet<u32>,
) -> Option<ResponseTemplate> {
    let mut found: Vec<(&u32, &Value)> =
        records.iter().filter(|(_, row)| groups(query).iter().all(|group| matches(row, group))).collect();
    let sort = |i: usize| query.get(&format!("searchCriteria[sortOrders][{i}][field]")).map(String::as_str);
    match (sort(0), sort(1)) {
        (Some("updated_at"), Some("entity_id")) => {
            found.sort_by_key(|(_, row)| row["updated_at"].as_str().expect("a time").to_owned());
        }
        (Some("entity_id"), None) => {}
        other => panic!("sorted by {other:?}"),
    }
    let number = |name: &str| query[&format!("searchCriteria[{name}]")].parse::<usize>().expect("a number");
    let (size, page) = (number("pageSize"), number("currentPage"));
    // Past the end, the last page again.
    let pages = found.len().div_ceil(size).max(1);
    let skip = (page.min(pages) - 1) * size;
    let rows: Vec<(&u32, &Value)> = found.iter().skip(skip).take(size).copied().collect();
    let fields = query.get("fields").map(String::as_str);
    if fields != Some("items[entity_id,updated_at],total_count")
        && rows.iter().any(|(id, _)| broken.contains(id))
    {
        return None;
    }
    let items: Vec<Value> = rows.into_iter().map(|(_, row)| only(row, fields)).collect();
    let body = json!({ "items": items, "search_criteria": {}, "total_count": found.len() });
    Some(json_answer(200, body))
}

fn only(row: &Value, fields: Option<&str>) -> Value {
    let Some(fields) = fields else { return row.clone() };
    let inside = fields.strip_prefix("items[").and_then(|rest| rest.split(']').next()).expect("items[…]");
    let row = row.as_object().expect("an object");
    let kept = row.iter().filter(|(name, _)| inside.split(',').any(|field| field == name.as_str()));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect::<serde_json::Map<_, _>>().into()
}

/// Field, condition, value; those of one group are alternatives.
type Filter = (String, String, String);

fn groups(query: &HashMap<String, String>) -> Vec<Vec<Filter>> {
    let part = |group: usize, filter: usize, name: &str| {
        query.get(&format!("searchCriteria[filter_groups][{group}][filters][{filter}][{name}]")).cloned()
    };
    let filter = |group, i| {
        Some((part(group, i, "field")?, part(group, i, "condition_type")?, part(group, i, "value")?))
    };
    (0..)
        .map(|group| (0..).map_while(|i| filter(group, i)).collect::<Vec<Filter>>())
        .take_while(|group| !group.is_empty())
        .collect()
}

fn matches(row: &Value, group: &[Filter]) -> bool {
    group.iter().any(|(field, condition, value)| {
        let own = match &row[field] {
            Value::Null => row["custom_attributes"]
                .as_array()
                .into_iter()
                .flatten()
                .find(|attribute| attribute["attribute_code"] == json!(field))
                .map_or(Value::Null, |attribute| attribute["value"].clone()),
            own => own.clone(),
        };
        match (&own, condition.as_str()) {
            (Value::Number(own), "gt") => own.as_u64() > value.parse().ok(),
            (Value::Number(own), "in") => value.split(',').any(|value| value == own.to_string()),
            (Value::String(own), "gteq") => own >= value,
            (Value::String(own), "gt") => own > value,
            (Value::String(own), "eq") => is_found_by(own, value),
            other => panic!("{field} {condition} {value}: {other:?}"),
        }
    })
}
