//! Magento in memory, with the rules that its lists, credit memos and comments follow.

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

const NOT_AUTHORIZED: &str = include_str!("../../../../tests/fixtures/magento/error-401-not-authorized.json");
const WRONG_STATUS: &str = include_str!("../../../../tests/fixtures/magento/error-400-status.json");

pub struct StandInMagento {
    server: MockServer,
    state: State,
    faults: Faults,
}

#[derive(Clone, Default)]
struct State(Arc<Mutex<Records>>);

#[derive(Default)]
struct Records {
    orders: BTreeMap<u32, Value>,
    memos: BTreeMap<u32, Value>,
    customers: BTreeMap<u32, Value>,
    invoices: BTreeMap<String, Value>,
    /// Orders that PHP dies of.
    broken: BTreeSet<u32>,
    /// How often orders were written to.
    writes: usize,
    /// How often the token was changed.
    rotations: u32,
}

impl State {
    fn records(&self) -> MutexGuard<'_, Records> {
        self.0.lock().expect("no test panicked with it")
    }
}

fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

#[async_trait]
impl StandIn for StandInMagento {
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
        self.state.records().orders.insert(id, order);
    }

    fn spoil(&self, id: u32) {
        self.state.records().orders.get_mut(&id).expect("an order")["items"][0]["qty_ordered"] =
            json!("beaucoup");
    }

    fn break_order(&self, id: u32) {
        self.state.records().broken.insert(id);
    }

    fn mend_order(&self, id: u32) {
        self.state.records().broken.remove(&id);
    }

    /// The order's own time stays as it was: the worst case.
    fn refund(&self, id: u32, modified: Timestamp) {
        let memo = json!({
            "entity_id": id + 1000, "order_id": id, "state": 2, "created_at": time(modified),
            "updated_at": time(modified), "adjustment_positive": 1, "grand_total": 1, "items": null,
        });
        self.state.records().memos.insert(id + 1000, memo);
    }

    fn add_customer(&self, code: &str, account: u32) {
        let attributes = json!([{ "attribute_code": "erp_code", "value": code }]);
        let customer = json!({ "id": account, "entity_id": account, "custom_attributes": attributes });
        self.state.records().customers.insert(account, customer);
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
        let signature = STANDARD.encode(mac.finalize().into_bytes());
        Some((BTreeMap::from([("x-passerelle-signature".to_owned(), signature)]), body))
    }
}

impl StandInMagento {
    fn connection(&self, page_size: u16, attempts: u32) -> Arc<dyn Shop> {
        let config: ShopConfig = serde_json::from_value(json!({
            "system": "magento", "id": "rungis", "url": self.server.uri(),
            "invoices_url": format!("{}/passerelle", self.server.uri()),
            "since": "2026-01-01T00:00:00Z", "page_size": page_size, "attempts": attempts,
            "report": { "accepted_status": "sent_to_erp" },
        }))
        .expect("a configuration");
        let secret = json!({
            "token": self.state.records().token(), "webhook_secret": "wh_hunter2",
            "invoices_token": "inv_hunter2",
        });
        config.connect(&secret.to_string()).expect("a client")
    }
}

impl Records {
    fn token(&self) -> String {
        format!("tok_hunter2_{}", self.rotations)
    }
}

fn answer(status: u16, body: &str) -> ResponseTemplate {
    ResponseTemplate::new(status)
        .set_body_raw(body, "application/json; charset=utf-8")
        .insert_header("Date", "Wed, 25 Nov 2026 12:00:00 GMT")
}

fn gone() -> ResponseTemplate {
    answer(404, r#"{"message":"The entity that was requested doesn't exist. Verify the entity and try again."}"#)
}

fn dies() -> ResponseTemplate {
    answer(500, r#"{"message":"Internal Error. Details are available in Magento log file. Report ID: webapi-1"}"#)
}

impl Respond for State {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut records = self.records();
        let query: HashMap<String, String> = request.url.query_pairs().into_owned().collect();
        let path: Vec<&str> = request.url.path().trim_start_matches('/').split('/').collect();
        let bearer = request.headers.get("authorization").and_then(|value| value.to_str().ok());
        let token =
            if path[0] == "passerelle" { "inv_hunter2".to_owned() } else { records.token() };
        if bearer != Some(&format!("Bearer {token}")) {
            return answer(401, NOT_AUTHORIZED);
        }
        let records = &mut *records;
        let number = |id: &str| id.parse::<u32>().expect("a number");
        let body = || request.body_json::<Value>().expect("JSON");
        match (request.method.as_str(), path.as_slice()) {
            ("GET", ["rest", "V1", "orders"]) => {
                list(&records.orders, &query, &records.broken).unwrap_or_else(dies)
            }
            ("GET", ["rest", "V1", "creditmemos"]) => {
                list(&records.memos, &query, &BTreeSet::new()).expect("none is broken")
            }
            ("GET", ["rest", "V1", "customers", "search"]) => {
                list(&records.customers, &query, &BTreeSet::new()).expect("none is broken")
            }
            ("GET", ["rest", "V1", "orders", id]) => match records.orders.get(&number(id)) {
                Some(_) if records.broken.contains(&number(id)) => dies(),
                Some(order) => answer(200, &order.to_string()),
                None => gone(),
            },
            ("POST", ["rest", "V1", "orders"]) => {
                let entity = &body()["entity"];
                let id = u32::try_from(entity["entity_id"].as_u64().expect("an id")).expect("small");
                records.writes += 1;
                save(records.orders.get_mut(&id).expect("an order"), entity);
                answer(200, &records.orders[&id].to_string())
            }
            ("POST", ["rest", "V1", "orders", id, "comments"]) => {
                let order = records.orders.get_mut(&number(id)).expect("an order");
                let mut history = body()["statusHistory"].clone();
                let status = history["status"].clone();
                if status != order["status"] && status != "sent_to_erp" && status.is_string() {
                    return answer(400, WRONG_STATUS);
                }
                records.writes += 1;
                order["status"] = status;
                let histories = order["status_histories"].as_array_mut().expect("a list");
                history["entity_id"] = json!(histories.len() + 1);
                // Newest first.
                histories.insert(0, history);
                answer(200, "true")
            }
            ("PUT", ["passerelle", "invoices", invoice]) => publish(records, invoice, &body()),
            _ => answer(404, r#"{"message":"Request does not match any route."}"#),
        }
    }
}

/// An entity saved in part: what it misses is made up.
fn save(order: &mut Value, entity: &Value) {
    for (field, made_up) in [("increment_id", "000000999"), ("state", "closed"), ("status", "closed")] {
        order[field] = entity.get(field).cloned().unwrap_or(json!(made_up));
    }
    order["ext_order_id"] = entity["ext_order_id"].clone();
}

fn publish(records: &mut Records, number: &str, body: &Value) -> ResponseTemplate {
    if !records.customers.values().any(|customer| body["customer_id"] == customer["id"]) {
        return answer(404, r#"{"code":"passerelle_no_such_customer","message":"…"}"#);
    }
    match records.invoices.get(number) {
        None => {
            records.invoices.insert(number.to_owned(), body.clone());
            answer(201, "{}")
        }
        Some(before) if before == body => answer(200, "{}"),
        Some(_) => answer(409, r#"{"code":"passerelle_conflict","message":"…"}"#),
    }
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
    if fields != Some("items[entity_id,updated_at],total_count") && rows.iter().any(|(id, _)| broken.contains(id)) {
        return None;
    }
    let items: Vec<Value> = rows.into_iter().map(|(_, row)| only(row, fields)).collect();
    let body = json!({ "items": items, "search_criteria": {}, "total_count": found.len() });
    Some(answer(200, &body.to_string()))
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
