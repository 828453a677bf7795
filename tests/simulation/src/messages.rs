//! Messages: as Lambda gives them to a function, and what of their work is not recorded yet.

use aws_lambda_events::sqs::SqsEvent;
use passerelle_domain::OrderKey;
use passerelle_ledger::{DropId, DropState, InvoiceState, Ledger};
use passerelle_services::{InvoiceAnnouncement, OrderNotice, dropped_objects};

use crate::at_once;
use crate::queues::Received;
use crate::shop::SimShop;

/// The messages as Lambda gives them to a function.
pub fn event(received: &[Received]) -> SqsEvent {
    let message = |message: &Received| {
        let attribute = |(name, value): &(&str, String)| {
            ((*name).to_owned(), serde_json::json!({"stringValue": value, "dataType": "String"}))
        };
        let attributes: serde_json::Map<_, _> = message.attributes.iter().map(attribute).collect();
        serde_json::json!({
            "messageId": message.id,
            "body": message.body,
            "attributes": {"ApproximateFirstReceiveTimestamp": message.first_received.as_millisecond().to_string()},
            "messageAttributes": attributes,
        })
    };
    let records: Vec<_> = received.iter().map(message).collect();
    serde_json::from_value(serde_json::json!({ "Records": records })).expect("an event")
}

pub fn not_taken_in(ledger: &Ledger, body: &str) -> Option<String> {
    for object in dropped_objects(body).ok()? {
        let id = DropId { key: object.key, version: object.version };
        let drop = at_once(ledger.drop_record(&id)).ok().flatten();
        if drop.is_none_or(|drop| drop.state == DropState::Checking) {
            return Some(format!("the file {id} is not taken in"));
        }
    }
    None
}

pub fn not_rendered(ledger: &Ledger, body: &str) -> Option<String> {
    let invoice = at_once(ledger.invoice(&InvoiceAnnouncement::from_body(body).ok()?.number)).ok().flatten();
    invoice.is_none_or(|invoice| invoice.state == InvoiceState::Registered).then(|| "it has no PDF".into())
}

pub fn not_published(ledger: &Ledger, body: &str) -> Option<String> {
    let invoice = at_once(ledger.invoice(&InvoiceAnnouncement::from_body(body).ok()?.number)).ok().flatten();
    let open = [InvoiceState::Registered, InvoiceState::Rendered];
    invoice.is_none_or(|invoice| open.contains(&invoice.state)).then(|| "it is in no account".into())
}

/// Of a webhook: the order that it is about.
pub fn not_fetched(shops: &[SimShop], ledger: &Ledger, body: &str) -> Option<String> {
    let notice: OrderNotice = serde_json::from_str(body).ok()?;
    let key = OrderKey { shop: notice.shop, id: notice.order };
    let stands = shops.iter().any(|shop| shop.orders().contains_key(&key));
    let recorded = at_once(ledger.order(&key)).ok().flatten().is_some();
    (stands && !recorded).then(|| format!("the order {key} is not recorded"))
}
