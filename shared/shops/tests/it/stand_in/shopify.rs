//! Shopify in memory, with the rules that its search, lists and reports follow.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use passerelle_domain::OrderState;
use serde_json::{Value, json};
use wiremock::{Request, ResponseTemplate};

use super::{Common, System, header, is_found_by};
use crate::kit::NOW;

#[derive(Default)]
pub struct Shopify {
    orders: BTreeMap<u32, Value>,
    /// Accounts, and their ERP codes.
    locations: BTreeMap<String, String>,
    metafields: BTreeMap<(String, String), String>,
    tags: BTreeMap<String, BTreeSet<String>>,
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

impl System for Shopify {
    const NAME: &'static str = "shopify";
    const OWN_STATES: bool = false;
    const SIGNATURE: &'static str = "x-shopify-hmac-sha256";

    fn config() -> Value {
        json!({ "orders_per_call": 3 })
    }

    fn secret(key: &str) -> Value {
        json!({ "access_token": key })
    }

    fn put(&mut self, id: u32, modified: Timestamp, state: OrderState) {
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
        self.orders.insert(id, order);
    }

    fn spoil(&mut self, id: u32) {
        let order = self.orders.get_mut(&id).expect("an order");
        order["lineItems"]["nodes"][0]["quantity"] = json!("beaucoup");
    }

    fn refund(&mut self, id: u32, modified: Timestamp) {
        let order = self.orders.get_mut(&id).expect("an order");
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

    fn add_customer(&mut self, code: &str, account: u32) {
        self.locations.insert(format!("CompanyLocation/{account}"), code.into());
    }

    fn has_account(&self, id: &Value) -> bool {
        self.locations.keys().any(|account| id == account.as_str())
    }

    fn webhook(&self, id: u32) -> (String, Vec<(&'static str, String)>) {
        let updated = self.orders[&id]["updatedAt"].as_str().expect("a time").to_owned();
        let body = json!({ "id": id, "admin_graphql_api_id": gid("Order", id), "updated_at": updated });
        let headers = vec![
            ("x-shopify-topic", "orders/updated".to_owned()),
            ("x-shopify-shop-domain", "127.0.0.1".to_owned()),
            ("x-shopify-triggered-at", updated),
        ];
        (body.to_string(), headers)
    }

    fn respond(&mut self, common: &mut Common, request: &Request) -> ResponseTemplate {
        assert_eq!(request.url.path(), "/admin/api/2026-07/graphql.json");
        if header(request, "x-shopify-access-token") != Some(&common.key()) {
            let errors = "[API] Invalid API key or access token (unrecognized login or wrong password)";
            return ResponseTemplate::new(401).set_body_json(json!({ "errors": errors }));
        }
        let body: Value = request.body_json().expect("JSON");
        let query = body["query"].as_str().expect("a query");
        let operation =
            query.lines().find(|line| line.starts_with("query ") || line.starts_with("mutation "));
        let operation = operation.and_then(|line| line.split([' ', '(']).nth(1)).expect("an operation");
        let variables = &body["variables"];
        let data = match operation {
            "ListOrders" => list_orders(self, variables),
            "FetchOrders" => {
                let ids: Vec<Option<u32>> = variables["ids"]
                    .as_array()
                    .expect("ids")
                    .iter()
                    .map(|id| number(id.as_str().expect("a text")))
                    .collect();
                if ids.iter().flatten().any(|id| common.broken.contains(id)) {
                    return ResponseTemplate::new(500).set_body_raw("<p>Something went wrong", "text/html");
                }
                let node = |id: &Option<u32>| id.and_then(|id| self.orders.get(&id)).cloned();
                json!({ "nodes": ids.iter().map(node).collect::<Vec<_>>() })
            }
            "FindLocation" => {
                let code = variables["query"].as_str().expect("a text");
                let code = code.trim_start_matches("external_id:\"").trim_end_matches('"');
                let found = self.locations.iter().filter(|(_, held)| is_found_by(held, code));
                let node = |(account, held): (&String, &String)| json!({ "id": format!("gid://shopify/{account}"), "externalId": held });
                json!({ "companyLocations": { "nodes": found.map(node).collect::<Vec<_>>() } })
            }
            "ReadReport" => read_report(self, variables),
            "WriteReport" => {
                common.writes += 1;
                write_report(self, variables)
            }
            "Granted" => {
                json!({ "currentAppInstallation": { "accessScopes": [{ "handle": "read_all_orders" }] } })
            }
            other => panic!("{other} is not expected"),
        };
        let status = json!({ "maximumAvailable": 2000.0, "currentlyAvailable": 1990, "restoreRate": 100.0 });
        let cost = json!({ "requestedQueryCost": 10, "actualQueryCost": 4, "throttleStatus": status });
        ResponseTemplate::new(200)
            .insert_header("Date", NOW)
            .set_body_json(json!({ "data": data, "extensions": { "cost": cost } }))
    }
}

/// Bounds include; every term of a search has to hold.
fn list_orders(records: &Shopify, variables: &Value) -> Value {
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

fn read_report(records: &Shopify, variables: &Value) -> Value {
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

fn write_report(records: &mut Shopify, variables: &Value) -> Value {
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
