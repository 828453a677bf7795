//! WooCommerce's webhooks: topics `order.created`, `order.updated`, `order.deleted`,
//! `order.restored`, with the order as the REST API shows it, or only its id.

use passerelle_domain::OrderId;

use super::{map, wire};
use crate::json::shown_text;
use crate::{Webhook, WebhookRefusal, is_number};

const SIGNATURE: &str = "x-wc-webhook-signature";
const RESOURCE: &str = "x-wc-webhook-resource";

/// The order of a webhook.
///
/// # Errors
/// When it is not WooCommerce's, too old, or cannot be read.
pub(super) fn orders(webhook: &Webhook<'_>, secret: &str) -> Result<Vec<OrderId>, WebhookRefusal> {
    // When a webhook is switched on, WooCommerce tries the address with this, unsigned (`deliver_ping`
    // in class-wc-webhook.php), and expects 200. It asks for nothing.
    if webhook.header(SIGNATURE).is_none() && is_ping(webhook.body) {
        return Ok(Vec::new());
    }
    webhook.check_signature(SIGNATURE, secret)?;
    if webhook.header(RESOURCE).is_some_and(|resource| resource != "order") {
        return Ok(Vec::new());
    }
    let malformed = |why: String| WebhookRefusal::Malformed(why);
    let body = std::str::from_utf8(webhook.body).map_err(|error| malformed(error.to_string()))?;
    // Only the order's id and times are read: nothing of the customer's is quoted.
    let order: wire::WebhookOrder = wire::read(body).map_err(|error| malformed(error.in_full()))?;
    if !order.date_modified_gmt.is_empty() {
        let modified = map::instant("date_modified_gmt", &order.date_modified_gmt);
        webhook.check_age(modified.map_err(|error| malformed(error.to_string()))?)?;
    }
    let id = order.id.as_str();
    if !is_number(id) {
        return Err(malformed(format!("id = {:?} is no number", shown_text(id))));
    }
    OrderId::new(id).map(|id| vec![id]).map_err(|error| malformed(error.to_string()))
}

fn is_ping(body: &[u8]) -> bool {
    body.strip_prefix(b"webhook_id=")
        .is_some_and(|id| !id.is_empty() && id.len() < 20 && id.iter().all(u8::is_ascii_digit))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::Timestamp;

    use super::*;
    use crate::webhook::sign;

    const BODY: &[u8] =
        br#"{"id":164,"status":"processing","date_modified_gmt":"2026-11-24T02:04:28","meta_data":[]}"#;

    fn receive(headers: &[(&str, &str)], body: &[u8]) -> Result<Vec<OrderId>, WebhookRefusal> {
        let headers: BTreeMap<_, _> =
            headers.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        let received_at: Timestamp = "2026-11-24T02:04:30Z".parse().expect("a time");
        orders(&Webhook { headers: &headers, body, received_at }, "hunter2")
    }

    fn signed(body: &[u8]) -> Result<Vec<OrderId>, WebhookRefusal> {
        receive(&[(SIGNATURE, &sign(body)), (RESOURCE, "order")], body)
    }

    fn ids(ids: &[&str]) -> Vec<OrderId> {
        ids.iter().map(|id| OrderId::new(*id).expect("an id")).collect()
    }

    #[test]
    fn a_signed_order_is_to_be_fetched() {
        assert_eq!(signed(BODY), Ok(ids(&["164"])));
    }

    #[test]
    fn a_deleted_order_has_only_its_id() {
        assert_eq!(signed(br#"{"id":164}"#), Ok(ids(&["164"])));
    }

    #[test]
    fn the_signature_comes_first_and_is_of_the_raw_body() {
        assert_eq!(receive(&[], BODY), Err(WebhookRefusal::Unsigned));
        let signature = sign(BODY);
        let spaced = [BODY, b" "].concat();
        assert_eq!(receive(&[(SIGNATURE, &signature)], &spaced), Err(WebhookRefusal::WrongSignature));
        assert_eq!(receive(&[(SIGNATURE, &signature)], b"no json"), Err(WebhookRefusal::WrongSignature));
    }

    #[test]
    fn the_ping_of_a_new_webhook_asks_for_nothing() {
        assert_eq!(receive(&[], b"webhook_id=12"), Ok(Vec::new()));
        for body in [&b"webhook_id="[..], b"webhook_id=12&id=3", b"webhook_id=x", b""] {
            assert_eq!(receive(&[], body), Err(WebhookRefusal::Unsigned));
        }
    }

    #[test]
    fn what_is_about_something_else_asks_for_nothing() {
        let body = br#"{"id":7,"name":"Tomates"}"#;
        assert_eq!(receive(&[(SIGNATURE, &sign(body)), (RESOURCE, "product")], body), Ok(Vec::new()));
    }

    #[test]
    fn what_happened_long_ago_is_not_followed() {
        let body = String::from_utf8(BODY.to_vec()).expect("UTF-8").replace("T02:04:28", "T01:04:29");
        assert_eq!(signed(body.as_bytes()), Err(WebhookRefusal::TooOld));
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_its_field() {
        for (body, field) in [
            (&b"no json"[..], "expected"),
            (b"{}", "id"),
            (br#"{"id":"../1"}"#, "id"),
            (br#"{"id":1,"date_modified_gmt":"yesterday"}"#, "date_modified_gmt"),
            (b"\xff", "utf-8"),
        ] {
            let Err(WebhookRefusal::Malformed(why)) = signed(body) else { panic!("{body:?} is refused") };
            assert!(why.contains(field), "{why}");
        }
    }
}
