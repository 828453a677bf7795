//! Events of the shop. Magento has none by itself: a module of the shop sends them, signed as
//! [`super::WebhookHeaders`] says.

use passerelle_domain::OrderId;

use super::config::Event;
use super::{map, wire};
use crate::json::shown_text;
use crate::{Webhook, WebhookRefusal, is_number};

/// The order of an event.
///
/// # Errors
/// When it is not the shop's, too old, or cannot be read.
pub(super) fn orders(
    config: &Event,
    webhook: &Webhook<'_>,
    secret: &str,
) -> Result<Vec<OrderId>, WebhookRefusal> {
    webhook.check_signature(&config.signature.to_lowercase(), secret)?;
    let malformed = |why: String| WebhookRefusal::Malformed(why);
    let body = std::str::from_utf8(webhook.body).map_err(|error| malformed(error.to_string()))?;
    let body = wire::parse(body).map_err(|error| malformed(error.in_full()))?;
    let modified = wire::named_text(&body, &config.updated_at);
    if !modified.is_empty() {
        let modified = map::instant(&config.updated_at, &modified);
        webhook.check_age(modified.map_err(|error| malformed(error.to_string()))?)?;
    }
    let found = config.order_id.iter().map(|path| wire::named_text(&body, path)).find(|id| !id.is_empty());
    let id = found.unwrap_or_default();
    if !is_number(id.as_str()) {
        let (paths, id) = (config.order_id.join(" or "), shown_text(id.as_str()));
        return Err(malformed(format!("{paths} = {id:?} is no number")));
    }
    OrderId::new(id.as_str()).map(|id| vec![id]).map_err(|error| malformed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::Timestamp;

    use super::*;
    use crate::webhook::sign;

    fn receive(config: &Event, body: &str) -> Result<Vec<OrderId>, WebhookRefusal> {
        let signature = sign(body.as_bytes());
        let headers = BTreeMap::from([(config.signature.to_lowercase(), signature)]);
        let received_at: Timestamp = "2026-11-24T02:04:30Z".parse().expect("a time");
        orders(config, &Webhook { headers: &headers, body: body.as_bytes(), received_at }, "hunter2")
    }

    fn one(id: &str) -> Result<Vec<OrderId>, WebhookRefusal> {
        Ok(vec![OrderId::new(id).expect("an id")])
    }

    #[test]
    fn an_order_or_a_credit_memo_names_the_order_to_fetch() {
        let config = Event::default();
        let order = r#"{"entity_id": 57, "updated_at": "2026-11-24 02:04:28"}"#;
        assert_eq!(receive(&config, order), one("57"));
        assert_eq!(receive(&config, r#"{"entity_id": 12, "order_id": "57"}"#), one("57"), "a credit memo");
    }

    #[test]
    fn the_modules_own_names_are_configured() {
        let config = Event {
            signature: "X-Hub-Signature".into(),
            order_id: vec!["event.data.value.entity_id".into()],
            updated_at: "event.data.value.updated_at".into(),
        };
        let body = |time: &str| {
            format!(r#"{{"event": {{"data": {{"value": {{"entity_id": "57", "updated_at": "{time}"}}}}}}}}"#)
        };
        assert_eq!(receive(&config, &body("2026-11-24 02:04:28")), one("57"));
        assert_eq!(receive(&config, &body("2026-11-24 01:04:29")), Err(WebhookRefusal::TooOld));
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_its_field() {
        for (body, words) in [
            ("no json", "expected"),
            ("{}", "order_id or entity_id"),
            (r#"{"entity_id": "../1"}"#, "entity_id"),
            (r#"{"entity_id": 1, "updated_at": "hier"}"#, "updated_at"),
        ] {
            let Err(WebhookRefusal::Malformed(why)) = receive(&Event::default(), body) else {
                panic!("{body:?} is refused")
            };
            assert!(why.contains(words), "{why}");
        }
    }
}
