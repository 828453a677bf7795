//! PrestaShop sends nothing by itself. A module on its hooks (`actionOrderStatusPostUpdate`,
//! `actionValidateOrder`, `actionOrderSlipAdd`…) may post
//! `{"order_ids": [7], "sent_at": 1795485404}` with `X-Passerelle-Signature`, the HMAC-SHA256 of the
//! body in Base64. `sent_at`, in seconds since 1970, is inside the signed body, so that no message can
//! be kept and sent again later.

use jiff::Timestamp;
use passerelle_domain::OrderId;
use serde::Deserialize;

use crate::{Webhook, WebhookRefusal};

const SIGNATURE: &str = "x-passerelle-signature";
/// A module reports what happened in one request.
const MOST_ORDERS: usize = 100;

#[derive(Deserialize)]
struct Body {
    order_ids: Vec<u64>,
    sent_at: i64,
}

/// The orders of a webhook.
///
/// # Errors
/// When it is not signed by the module, too old, or cannot be read.
pub(super) fn orders(webhook: &Webhook<'_>, secret: &str) -> Result<Vec<OrderId>, WebhookRefusal> {
    webhook.check_signature(SIGNATURE, secret)?;
    let malformed = WebhookRefusal::Malformed;
    let body: Body = serde_json::from_slice(webhook.body).map_err(|error| malformed(error.to_string()))?;
    let sent_at = Timestamp::from_second(body.sent_at).map_err(|error| malformed(error.to_string()))?;
    webhook.check_age(sent_at)?;
    if body.order_ids.len() > MOST_ORDERS {
        return Err(malformed(format!("{} orders, more than {MOST_ORDERS}", body.order_ids.len())));
    }
    let ids = body.order_ids.iter().map(|id| OrderId::new(id.to_string()));
    ids.collect::<Result<_, _>>().map_err(|error| malformed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::webhook::sign;

    fn receive(body: &str, secret: &str) -> Result<Vec<OrderId>, WebhookRefusal> {
        let signature = sign(body.as_bytes());
        let headers = BTreeMap::from([(SIGNATURE.to_owned(), signature)]);
        let received_at = Timestamp::from_second(1_795_485_410).expect("a time");
        orders(&Webhook { headers: &headers, body: body.as_bytes(), received_at }, secret)
    }

    #[test]
    fn the_module_may_name_several_orders() {
        let ids = receive(r#"{"order_ids":[7,8],"sent_at":1795485404}"#, "hunter2").expect("good");
        assert_eq!(ids.iter().map(OrderId::as_str).collect::<Vec<_>>(), ["7", "8"]);
    }

    #[test]
    fn what_is_not_configured_old_or_unreadable_is_refused() {
        let good = r#"{"order_ids":[7],"sent_at":1795485404}"#;
        assert_eq!(receive(good, ""), Err(WebhookRefusal::NotSupported));
        let old = r#"{"order_ids":[7],"sent_at":1795400000}"#;
        assert_eq!(receive(old, "hunter2"), Err(WebhookRefusal::TooOld));
        let many = format!(r#"{{"order_ids":{:?},"sent_at":1795485404}}"#, vec![7; 101]);
        for body in
            ["", "{}", r#"{"order_ids":["7"],"sent_at":1}"#, r#"{"order_ids":[-7],"sent_at":1}"#, &many]
        {
            assert!(matches!(receive(body, "hunter2"), Err(WebhookRefusal::Malformed(_))), "{body}");
        }
    }
}
