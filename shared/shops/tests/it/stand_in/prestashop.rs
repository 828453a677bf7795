//! PrestaShop in memory: its tables, and its lists with filters, sorting and limits as `SQLUtils` and
//! `WebserviceRequest` make them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use passerelle_domain::OrderState;
use serde_json::{Value, json};
use wiremock::{Request, ResponseTemplate};

use super::{Common, System, header, is_found_by};
use crate::behaviour::at;
use crate::fixture;
use crate::kit::answer;

const NO_KEY: &str = fixture!("prestashop/error-401.xml");
const NO_FILTER: &str = fixture!("prestashop/error-filter.xml");

/// Resources, the element around their rows, and that of a row.
const RESOURCES: [(&str, &str, &str); 15] = [
    ("orders", "orders", "order"),
    ("order_details", "order_details", "order_detail"),
    ("order_slip", "order_slips", "order_slip"),
    ("order_payments", "order_payments", "order_payment"),
    ("order_cart_rules", "order_cart_rules", "order_cart_rule"),
    ("order_histories", "order_histories", "order_history"),
    ("order_states", "order_states", "order_state"),
    ("cart_rules", "cart_rules", "cart_rule"),
    ("customers", "customers", "customer"),
    ("addresses", "addresses", "address"),
    ("carriers", "carriers", "carrier"),
    ("countries", "countries", "country"),
    ("currencies", "currencies", "currency"),
    ("taxes", "taxes", "tax"),
    ("messages", "messages", "message"),
];

#[derive(Clone, Default)]
struct Row {
    fields: BTreeMap<String, String>,
    associations: String,
}

type Tables = BTreeMap<String, BTreeMap<u32, Row>>;

pub struct PrestaShop {
    tables: Tables,
    accounts: BTreeSet<u32>,
}

impl Default for PrestaShop {
    fn default() -> Self {
        let mut shop = Self { tables: Tables::new(), accounts: BTreeSet::new() };
        shop.insert("order_states", 2, &[("paid", "1"), ("logable", "1")], "");
        shop.insert("order_states", 6, &[("paid", "0"), ("logable", "0")], "");
        shop.insert("order_states", 10, &[("paid", "0"), ("logable", "0")], "");
        shop.insert("order_states", 20, &[("paid", "1"), ("logable", "1")], "");
        shop.insert("currencies", 1, &[("iso_code", "EUR")], "");
        shop.insert("countries", 8, &[("iso_code", "FR")], "");
        shop.insert("carriers", 2, &[("name", "Tournée du matin")], "");
        shop.insert("taxes", 3, &[("rate", "5.500")], "");
        let name =
            [("firstname", "Léa"), ("lastname", "Roux"), ("email", "lea@bistrot.example"), ("note", "")];
        shop.insert("customers", 2, &name, "");
        let address = [("company", "Bistrot"), ("id_country", "8"), ("city", "Paris")];
        shop.insert("addresses", 5, &address, "");
        shop
    }
}

/// As PHP's `date('Y-m-d H:i:s')` in a shop in Paris.
fn time(at: Timestamp) -> String {
    let zone = TimeZone::get("Europe/Paris").expect("a zone");
    at.to_zoned_datetime(zone).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

impl PrestaShop {
    fn insert(&mut self, table: &str, id: u32, fields: &[(&str, &str)], associations: &str) {
        let mut row = Row { associations: associations.into(), ..Row::default() };
        row.fields.insert("id".into(), id.to_string());
        row.fields.extend(fields.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())));
        self.tables.entry(table.into()).or_default().insert(id, row);
    }

    fn add(&mut self, table: &str, fields: &[(&str, &str)]) {
        let id = self.tables.get(table).and_then(|rows| rows.keys().max()).map_or(1, |id| id + 1);
        self.insert(table, id, fields, "");
    }
}

impl System for PrestaShop {
    const NAME: &'static str = "prestashop";

    fn config() -> Value {
        json!({ "report": { "accepted_state": 20 } })
    }

    fn secret(key: &str) -> Value {
        json!({ "key": key })
    }

    fn put(&mut self, id: u32, modified: Timestamp, state: OrderState) {
        let state = match state {
            OrderState::Pending => "10",
            OrderState::Confirmed => "2",
            OrderState::Cancelled => "6",
        };
        let line = (id * 10).to_string();
        let rows = format!(
            "<order_rows nodeType=\"order_row\" virtualEntity=\"true\"><order_row><id>{line}</id></order_row></order_rows>"
        );
        let (id_text, modified) = (id.to_string(), time(modified));
        let order = [
            ("id_address_delivery", "5"),
            ("id_address_invoice", "5"),
            ("id_currency", "1"),
            ("id_customer", "2"),
            ("id_carrier", "2"),
            ("current_state", state),
            ("module", "ps_wirepayment"),
            ("payment", "Virement"),
            ("reference", &format!("REF{id}")),
            ("date_add", "2026-11-23 11:00:00"),
            ("date_upd", &modified),
            ("note", ""),
            ("total_paid_tax_incl", "10.550000"),
            ("total_paid_tax_excl", "10.000000"),
        ];
        let detail = [
            ("id_order", id_text.as_str()),
            ("product_id", "6"),
            ("product_name", "Tomates"),
            ("product_reference", "TOM-6"),
            ("product_quantity", "2"),
            ("total_price_tax_excl", "10.000000"),
            ("total_price_tax_incl", "10.550000"),
        ];
        self.insert("orders", id, &order, &rows);
        self.insert("order_details", id * 10, &detail, "<taxes><tax><id>3</id></tax></taxes>");
    }

    fn spoil(&mut self, id: u32) {
        let detail = self.tables.get_mut("order_details").and_then(|rows| rows.get_mut(&(id * 10)));
        detail.expect("a line").fields.insert("product_quantity".into(), "beaucoup".into());
    }

    /// The order is not touched.
    fn refund(&mut self, id: u32, modified: Timestamp) {
        let (id_text, modified) = (id.to_string(), time(modified));
        let slip = [
            ("id_order", id_text.as_str()),
            ("total_products_tax_excl", "0.947867"),
            ("total_products_tax_incl", "1.000000"),
            ("amount", "1.000000"),
            ("partial", "1"),
            ("date_add", &modified),
            ("date_upd", &modified),
        ];
        self.insert("order_slip", id + 1000, &slip, "");
    }

    fn add_customer(&mut self, code: &str, account: u32) {
        let fields = [("firstname", "Léa"), ("lastname", "Roux"), ("note", code), ("deleted", "0")];
        self.insert("customers", account, &fields, "");
        self.accounts.insert(account);
    }

    fn has_account(&self, id: &Value) -> bool {
        self.accounts.iter().any(|account| id == *account)
    }

    fn webhook(&self, id: u32) -> (String, Vec<(&'static str, String)>) {
        let body = json!({ "order_ids": [id], "sent_at": at(i64::from(id)).as_second() });
        (body.to_string(), Vec::new())
    }

    fn respond(&mut self, common: &mut Common, request: &Request) -> ResponseTemplate {
        let path: Vec<&str> = request.url.path().trim_start_matches('/').split('/').collect();
        let basic = format!("Basic {}", STANDARD.encode(format!("{}:", common.key())));
        if header(request, "authorization") != Some(basic.as_str()) {
            return xml(401, NO_KEY.into());
        }
        match (request.method.as_str(), path.as_slice()) {
            ("GET", ["api", resource]) => list(&self.tables, &common.broken, resource, request),
            ("POST", ["api", table @ ("order_histories" | "messages")]) => {
                common.writes += 1;
                let body = String::from_utf8(request.body.clone()).expect("UTF-8");
                let fields = ["id_order", "id_order_state", "message", "private"]
                    .map(|name| (name, field(&body, name)));
                let fields: Vec<(&str, &str)> =
                    fields.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))).collect();
                self.add(table, &fields);
                if let Some(state) = field(&body, "id_order_state") {
                    let id = field(&body, "id_order").expect("an order").parse().expect("a number");
                    let order = self.tables.get_mut("orders").and_then(|rows| rows.get_mut(&id));
                    order.expect("an order").fields.insert("current_state".into(), state);
                }
                xml(201, "<prestashop/>".into())
            }
            ("PATCH", ["api", "orders", id]) => {
                common.writes += 1;
                let body = String::from_utf8(request.body.clone()).expect("UTF-8");
                assert_eq!(field(&body, "id").as_deref(), Some(*id));
                let rows = self.tables.get_mut("orders").expect("orders");
                let row = rows.get_mut(&id.parse().expect("a number")).expect("an order");
                row.fields.insert("note".into(), field(&body, "note").expect("a note"));
                xml(200, "<prestashop/>".into())
            }
            _ => ResponseTemplate::new(404),
        }
    }
}

fn xml(status: u16, body: String) -> ResponseTemplate {
    answer(status, body, "application/xml;charset=utf-8")
}

/// A field of a body that was sent.
fn field(body: &str, name: &str) -> Option<String> {
    let (_, rest) = body.split_once(&format!("<{name}>"))?;
    let (value, _) = rest.split_once(&format!("</{name}>"))?;
    Some(value.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
}

fn list(tables: &Tables, broken: &BTreeSet<u32>, resource: &str, request: &Request) -> ResponseTemplate {
    let Some((_, list, item)) = RESOURCES.iter().find(|(path, ..)| *path == resource) else {
        return xml(400, NO_FILTER.replace("32", "27"));
    };
    let query: HashMap<String, String> = request.url.query_pairs().into_owned().collect();
    let filters: Vec<(&str, &str)> = query
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix("filter[")?.strip_suffix(']')?, value.as_str())))
        .collect();
    if query.get("date").is_none_or(|date| date != "1")
        && filters.iter().any(|(name, _)| name.starts_with("date_"))
    {
        return xml(400, NO_FILTER.into());
    }
    let empty = BTreeMap::new();
    let rows = tables.get(resource).unwrap_or(&empty);
    let mut found: Vec<&Row> = rows
        .values()
        .filter(|row| {
            filters.iter().all(|(name, filter)| passes(row.fields.get(*name).map_or("0", |v| v), filter))
        })
        .collect();
    if query.get("sort").is_some_and(|sort| sort == "[date_upd_ASC,id_ASC]") {
        found.sort_by_key(|row| row.fields["date_upd"].clone());
    }
    if let Some(limit) = query.get("limit") {
        let (offset, count) = limit.split_once(',').expect("offset,count");
        let (offset, count) = (offset.parse().expect("a number"), count.parse().expect("a number"));
        found = found.into_iter().skip(offset).take(count).collect();
    }
    let display = query.get("display").map_or("", String::as_str);
    let owner = if resource == "orders" { "id" } else { "id_order" };
    let dies = |row: &&Row| {
        row.fields.get(owner).and_then(|id| id.parse().ok()).is_some_and(|id| broken.contains(&id))
    };
    if display == "full" && found.iter().any(dies) {
        return ResponseTemplate::new(500).set_body_raw("Fatal error: Uncaught TypeError", "text/html");
    }
    let shown: Option<Vec<&str>> = display
        .strip_prefix('[')
        .and_then(|fields| fields.strip_suffix(']'))
        .map(|fields| fields.split(',').collect());
    let mut body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<prestashop xmlns:xlink=\"http://www.w3.org/1999/xlink\">\n<{list}>\n"
    );
    for row in found {
        body += &format!("<{item}>\n");
        for (name, value) in &row.fields {
            if shown.as_ref().is_none_or(|shown| shown.contains(&name.as_str())) {
                body += &format!("\t<{name}><![CDATA[{value}]]></{name}>\n");
            }
        }
        if shown.is_none() {
            body += &format!("<associations>\n{}\n</associations>\n", row.associations);
        }
        body += &format!("</{item}>\n");
    }
    xml(200, body + &format!("</{list}>\n</prestashop>\n"))
}

/// A filter as `SQLUtils::getSQLRetrieveFilter` reads it; numbers compare as numbers.
fn passes(value: &str, filter: &str) -> bool {
    let number = |text: &str| text.parse::<u64>().ok();
    let Some(inside) = filter.split_once('[').and_then(|(_, rest)| rest.strip_suffix(']')) else {
        return is_found_by(value, filter);
    };
    match filter.chars().next() {
        Some('>') => number(value) > number(inside),
        _ if inside.contains('|') => inside.split('|').any(|choice| choice == value),
        _ => match inside.split_once(',') {
            Some((from, to)) => (from..=to).contains(&value),
            None => value == inside,
        },
    }
}
