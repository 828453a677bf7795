//! Shopify in memory, with the rules that its search, lists and reports follow.

use std::collections::{BTreeMap, BTreeSet};
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

pub struct StandInShopify {
    server: MockServer,
    state: State,
    faults: Faults,
}

#[derive(Clone, Default)]
struct State(Arc<Mutex<Records>>);

#[derive(Default)]
struct Records {
    orders: BTreeMap<u32, Value>,
    /// Accounts, and their ERP codes.
    locations: BTreeMap<String, String>,
    invoices: BTreeMap<String, Value>,
    metafields: BTreeMap<(String, String), String>,
    tags: BTreeMap<String, BTreeSet<String>>,
    /// Orders that the shop breaks down over.
    broken: BTreeSet<u32>,
    writes: usize,
    rotations: u32,
}

impl State {
    fn records(&self) -> MutexGuard<'_, Records> {
        self.0.lock().expect("no test panicked with it")
    }
}

impl Records {
    fn token(&self) -> String {
        format!("shpat_hunter2_{}", self.rotations)
    }
}

fn gid(kind: &str, id: impl std::fmt::Display) -> String {
    format!("gid://shopify/{kind}/{id}")
}

fn number(gid: &str) -> Option<u32> {
    gid.strip_prefix("gid://shopify/Order/")?.parse().ok()
}

fn amount(text: &str) -> Value {
    json!({ "shopMoney": { "amount": text } })
}

fn list(nodes: Value) -> Value {
    json!({ "nodes": nodes, "pageInfo": { "hasNextPage": false, "endCursor": null } })
}

#[async_trait]
impl StandIn for StandInShopify {
    const OWN_STATES: bool = false;

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
        let status = if state == OrderState::Pending { "PENDING" } else { "PAID" };
        let cancelled = (state == OrderState::Cancelled).then(|| modified.to_string());
        let tax = json!({ "ratePercentage": 5.5, "priceSet": amount("0.55") });
        let order = json!({
            "id": gid("Order", id), "name": format!("#{id}"), "test": false,
            "createdAt": "2026-11-23T10:00:00Z", "updatedAt": modified.to_string(), "cancelledAt": cancelled,
            "displayFinancialStatus": status, "currencyCode": "EUR", "taxesIncluded": false,
            "dutiesIncluded": false, "note": null, "poNumber": null, "email": "resto@example.com",
            "customAttributes": [], "wantedOn": null, "paymentTerms": null,
            "totalPriceSet": amount("10.55"), "totalTaxSet": amount("0.55"),
            "totalTipReceivedSet": amount("0.0"),
            "totalCashRoundingAdjustment": { "paymentSet": amount("0.0") },
            "billingAddress": null, "shippingAddress": null, "customer": null, "purchasingEntity": null,
            "lineItems": list(json!([{
                "id": gid("LineItem", id * 10), "name": "Tomates", "sku": "TOM-6", "quantity": 2,
                "currentQuantity": 2, "requiresShipping": true, "originalTotalSet": amount("10.0"),
                "discountAllocations": [], "taxLines": [tax], "duties": [], "customAttributes": [],
            }])),
            "shippingLines": list(json!([])), "additionalFees": [], "transactions": [], "refunds": [],
        });
        self.state.records().orders.insert(id, order);
    }

    fn spoil(&self, id: u32) {
        let mut records = self.state.records();
        let order = records.orders.get_mut(&id).expect("an order");
        order["lineItems"]["nodes"][0]["quantity"] = json!("beaucoup");
    }

    fn break_order(&self, id: u32) {
        self.state.records().broken.insert(id);
    }

    fn mend_order(&self, id: u32) {
        self.state.records().broken.remove(&id);
    }

    fn refund(&self, id: u32, modified: Timestamp) {
        let mut records = self.state.records();
        let order = records.orders.get_mut(&id).expect("an order");
        order["updatedAt"] = json!(modified.to_string());
        order["refunds"] = json!([{
            "id": gid("Refund", id + 1000), "createdAt": modified.to_string(),
            "processedAt": modified.to_string(), "note": "geste commercial",
            "totalRefundedSet": amount("1.0"), "refundLineItems": list(json!([])),
            "refundShippingLines": list(json!([])), "duties": [],
            "orderAdjustments": list(json!([{
                "reason": "REFUND_DISCREPANCY", "amountSet": amount("-1.0"), "taxAmountSet": amount("0.0"),
            }])),
        }]);
    }

    fn add_customer(&self, code: &str, account: u32) {
        self.state.records().locations.insert(format!("CompanyLocation/{account}"), code.into());
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
        let updated = self.state.records().orders[&id]["updatedAt"].as_str().expect("a time").to_owned();
        let body = json!({ "id": id, "admin_graphql_api_id": gid("Order", id), "updated_at": updated });
        let body = serde_json::to_vec(&body).expect("JSON");
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(b"wh_hunter2").expect("a key");
        mac.update(&body);
        let headers = [
            ("x-shopify-topic", "orders/updated".to_owned()),
            ("x-shopify-shop-domain", "127.0.0.1".to_owned()),
            ("x-shopify-triggered-at", updated),
            ("x-shopify-hmac-sha256", STANDARD.encode(mac.finalize().into_bytes())),
        ];
        Some((headers.map(|(name, value)| (name.to_owned(), value)).into(), body))
    }
}

impl StandInShopify {
    fn connection(&self, page_size: u16, attempts: u32) -> Arc<dyn Shop> {
        let config: ShopConfig = serde_json::from_value(json!({
            "system": "shopify", "id": "rungis", "url": self.server.uri(), "since": "2026-01-01T00:00:00Z",
            "page_size": page_size, "orders_per_call": 3, "attempts": attempts,
            "invoices_url": format!("{}/apps/passerelle", self.server.uri()),
        }))
        .expect("a configuration");
        let secret = json!({
            "access_token": self.state.records().token(), "webhook_secret": "wh_hunter2",
            "invoices_token": "hunter2",
        });
        config.connect(&secret.to_string()).expect("a client")
    }
}

impl Respond for State {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut records = self.records();
        if let Some(path) = request.url.path().strip_prefix("/apps/passerelle") {
            return accounts(&mut records, path, request);
        }
        assert_eq!(request.url.path(), "/admin/api/2026-07/graphql.json");
        let token = request.headers.get("x-shopify-access-token").expect("a token");
        if token != records.token().as_str() {
            let errors = "[API] Invalid API key or access token (unrecognized login or wrong password)";
            return ResponseTemplate::new(401).set_body_json(json!({ "errors": errors }));
        }
        let body: Value = request.body_json().expect("JSON");
        let query = body["query"].as_str().expect("a query");
        let operation = query.lines().find(|line| line.starts_with("query ") || line.starts_with("mutation "));
        let operation = operation.and_then(|line| line.split([' ', '(']).nth(1)).expect("an operation");
        let variables = &body["variables"];
        let data = match operation {
            "ListOrders" => list_orders(&records, variables),
            "FetchOrders" => {
                let ids: Vec<Option<u32>> = variables["ids"]
                    .as_array()
                    .expect("ids")
                    .iter()
                    .map(|id| number(id.as_str().expect("a text")))
                    .collect();
                if ids.iter().flatten().any(|id| records.broken.contains(id)) {
                    return ResponseTemplate::new(500).set_body_raw("<p>Something went wrong", "text/html");
                }
                let node = |id: &Option<u32>| id.and_then(|id| records.orders.get(&id)).cloned();
                json!({ "nodes": ids.iter().map(node).collect::<Vec<_>>() })
            }
            "FindLocation" => {
                let code = variables["query"].as_str().expect("a text");
                let code = code.trim_start_matches("external_id:\"").trim_end_matches('"');
                let found = records.locations.iter().filter(|(_, held)| is_found_by(held, code));
                let node = |(account, held): (&String, &String)| json!({ "id": format!("gid://shopify/{account}"), "externalId": held });
                json!({ "companyLocations": { "nodes": found.map(node).collect::<Vec<_>>() } })
            }
            "ReadReport" => read_report(&records, variables),
            "WriteReport" => write_report(&mut records, variables),
            "Granted" => json!({ "currentAppInstallation": { "accessScopes": [{ "handle": "read_all_orders" }] } }),
            other => panic!("{other} is not expected"),
        };
        let status = json!({ "maximumAvailable": 2000.0, "currentlyAvailable": 1990, "restoreRate": 100.0 });
        let cost = json!({ "requestedQueryCost": 10, "actualQueryCost": 4, "throttleStatus": status });
        ResponseTemplate::new(200)
            .insert_header("Date", "Wed, 25 Nov 2026 12:00:00 GMT")
            .set_body_json(json!({ "data": data, "extensions": { "cost": cost } }))
    }
}

/// Bounds include; every term of a search has to hold.
fn list_orders(records: &Records, variables: &Value) -> Value {
    let search = variables["query"].as_str().expect("a text");
    let mut found: Vec<(u32, &Value)> = records.orders.iter().map(|(id, order)| (*id, order)).collect();
    for term in search.split(' ') {
        let (field, bound) = term.split_once(':').expect("a term");
        let bound = bound.replace('\'', "");
        found.retain(|(id, order)| {
            let updated = order["updatedAt"].as_str().expect("a time");
            match field {
                "updated_at" if bound.starts_with(">=") => *updated >= bound[2..],
                "updated_at" if bound.starts_with("<=") => *updated <= bound[2..],
                "id" => *id > bound.strip_prefix('>').expect("a bound").parse().expect("a number"),
                "test" => order["test"].as_bool() == bound.parse().ok(),
                other => panic!("{other} is no filter"),
            }
        });
    }
    match variables["sort"].as_str().expect("a text") {
        "UPDATED_AT" => found.sort_by_key(|(id, order)| (order["updatedAt"].to_string(), *id)),
        "ID" => found.sort_by_key(|(id, _)| *id),
        other => panic!("{other} is not expected"),
    }
    let first = usize::try_from(variables["first"].as_u64().expect("a number")).expect("small");
    let head = |(_, order): &(u32, &Value)| json!({ "id": order["id"], "updatedAt": order["updatedAt"] });
    json!({
        "orders": {
            "nodes": found.iter().take(first).map(head).collect::<Vec<_>>(),
            "pageInfo": { "hasNextPage": found.len() > first },
        },
        "ordersCount": { "count": found.len() },
    })
}

fn read_report(records: &Records, variables: &Value) -> Value {
    let id = variables["id"].as_str().expect("a text");
    if !number(id).is_some_and(|number| records.orders.contains_key(&number)) {
        return json!({ "order": null });
    }
    assert_eq!(variables["namespace"], "passerelle");
    let metafield = |key: &str| {
        records.metafields.get(&(id.to_owned(), key.to_owned())).map(|value| json!({ "value": value }))
    };
    json!({ "order": {
        "tags": records.tags.get(id).cloned().unwrap_or_default(),
        "state": metafield("state"), "number": metafield("number"), "words": metafield("words"),
    }})
}

fn write_report(records: &mut Records, variables: &Value) -> Value {
    records.writes += 1;
    let texts = |list: &Value| -> Vec<String> {
        list.as_array().expect("a list").iter().map(|text| text.as_str().expect("a text").into()).collect()
    };
    let id = variables["id"].as_str().expect("a text").to_owned();
    for set in variables["set"].as_array().expect("a list") {
        let value = set["value"].as_str().expect("a text");
        assert!(!value.is_empty() && set["ownerId"] == variables["id"], "{set}");
        records.metafields.insert((id.clone(), set["key"].as_str().expect("a key").into()), value.into());
    }
    for delete in variables["delete"].as_array().expect("a list") {
        records.metafields.remove(&(id.clone(), delete["key"].as_str().expect("a key").into()));
    }
    let tags = records.tags.entry(id).or_default();
    tags.retain(|tag| !texts(&variables["remove"]).contains(tag));
    tags.extend(texts(&variables["add"]));
    let done = json!({ "userErrors": [] });
    json!({ "metafieldsSet": done, "tagsRemove": done, "tagsAdd": done })
}

fn accounts(records: &mut Records, path: &str, request: &Request) -> ResponseTemplate {
    assert_eq!(request.headers.get("authorization").expect("a token"), "Bearer hunter2");
    let fault = |status: u16, code: &str| {
        ResponseTemplate::new(status).set_body_json(json!({ "code": code, "message": "…" }))
    };
    let Some(number) = path.strip_prefix("/invoices/") else { return fault(404, "no_such_page") };
    let body: Value = request.body_json().expect("JSON");
    if !records.locations.keys().any(|account| body["customer_id"] == account.as_str()) {
        return fault(404, "passerelle_no_such_customer");
    }
    match records.invoices.get(number) {
        None => {
            records.invoices.insert(number.to_owned(), body);
            ResponseTemplate::new(201).set_body_json(json!({}))
        }
        Some(before) if *before == body => ResponseTemplate::new(200).set_body_json(json!({})),
        Some(_) => fault(409, "passerelle_conflict"),
    }
}
