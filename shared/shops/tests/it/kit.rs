//! What the tests of all systems need.

use std::sync::Arc;

use passerelle_domain::{Cursor, CustomerCode, InvoiceKind, InvoiceNumber, OrderId};
use passerelle_shops::{Publication, Shop, ShopConfig};
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

/// A shop system's fixture.
#[macro_export]
macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/", $name))
    };
}

/// The shops' clock, as a header has it.
pub const NOW: &str = "Wed, 25 Nov 2026 12:00:00 GMT";

/// A configuration: what must be in it, one attempt a call, and these fields besides or instead.
pub fn config(system: &str, url: &str, fields: Value) -> ShopConfig {
    let mut config = json!({
        "system": system, "id": "rungis", "url": url, "since": "2026-01-01T00:00:00Z", "attempts": 1,
    });
    config.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
    serde_json::from_value(config).expect("a configuration")
}

/// A secret that is good for every system.
pub fn secret() -> Value {
    let names = ["consumer_key", "consumer_secret", "key", "token", "access_token"];
    names
        .into_iter()
        .map(|name| (name.to_owned(), json!("hunter2")))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// A client of a shop.
pub fn connect(system: &str, url: &str, fields: Value) -> Arc<dyn Shop> {
    config(system, url, fields).connect(&secret().to_string()).expect("a client")
}

/// An answer with the shops' clock.
pub fn answer(status: u16, body: impl ToString, content_type: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw(body.to_string(), content_type).insert_header("Date", NOW)
}

/// An answer in JSON.
pub fn json_answer(status: u16, body: impl ToString) -> ResponseTemplate {
    answer(status, body, "application/json; charset=utf-8")
}

pub fn parsed(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

pub fn from(time: &str) -> Cursor {
    Cursor::at(time.parse().expect("a time"))
}

pub fn order_id(id: &str) -> OrderId {
    OrderId::new(id).expect("an id")
}

pub fn erp_code(code: &str) -> CustomerCode {
    CustomerCode::new(code).expect("a code")
}

pub fn invoice_number(number: &str) -> InvoiceNumber {
    InvoiceNumber::new(number).expect("a number")
}

/// An invoice of 42.03 for an account.
pub fn publication<'a>(number: &'a InvoiceNumber, account: &'a str) -> Publication<'a> {
    Publication {
        number,
        shop_customer: account,
        kind: InvoiceKind::Invoice,
        issued_on: "2026-11-24".parse().expect("a date"),
        due_on: None,
        currency: "EUR",
        gross: "42.03".parse().expect("an amount"),
        due: "40.00".parse().expect("an amount"),
        pdf: b"%PDF-1.7",
    }
}
