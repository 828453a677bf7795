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
/// A module tells of what happened in one request.
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
