//! Webhooks: `orders/*`, `refunds/*`, `returns/*`, `order_transactions/*`, all about one order.

use passerelle_domain::OrderId;
use reqwest::Url;
use serde::Deserialize;

use super::map;
use crate::json::shown_text;
use crate::{Webhook, WebhookRefusal};

const SIGNATURE: &str = "x-shopify-hmac-sha256";
const TOPIC: &str = "x-shopify-topic";
const SHOP: &str = "x-shopify-shop-domain";
const TRIGGERED_AT: &str = "x-shopify-triggered-at";

/// What of a message says which order it is about.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    id: Option<u64>,
    order_id: Option<u64>,
    order: Option<OrderRef>,
    order_edit: Option<OrderRef>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct OrderRef {
    id: Option<u64>,
    order_id: Option<u64>,
    admin_graphql_api_id: Option<String>,
}

/// The order that a message is about; none where it is about none.
///
/// # Errors
/// Why it is not followed.
pub(super) fn orders(
    webhook: &Webhook<'_>,
    shop: &str,
    secret: &str,
) -> Result<Vec<OrderId>, WebhookRefusal> {
    // The signature first: nothing of what is not signed is read, nor answered about.
    webhook.check_signature(SIGNATURE, secret)?;
    let missing = |header: &str| WebhookRefusal::Malformed(format!("no {header}"));
    let triggered = webhook.header(TRIGGERED_AT).ok_or_else(|| missing(TRIGGERED_AT))?;
    let triggered =
        triggered.parse().map_err(|_| WebhookRefusal::Malformed(format!("{TRIGGERED_AT} is no time")))?;
    webhook.check_age(triggered)?;
    // The secret is the app's, and an app may be in several shops.
    let domain = webhook.header(SHOP).ok_or_else(|| missing(SHOP))?;
    let ours = Url::parse(shop).ok();
    if ours.as_ref().and_then(Url::host_str) != Some(domain) {
        return Err(WebhookRefusal::Malformed(format!("{SHOP} is {:?}, another shop", shown_text(domain))));
    }
    let topic = webhook.header(TOPIC).ok_or_else(|| missing(TOPIC))?;
    let (resource, event) = topic.split_once('/').unwrap_or((topic, ""));
    let body: Body = serde_json::from_slice(webhook.body)
        .map_err(|error| WebhookRefusal::Malformed(format!("the body: {error}")))?;
    let id = match (resource, event) {
        ("orders", "edited") => body.order_edit.and_then(|edit| edit.order_id),
        ("orders", _) => body.id,
        ("refunds" | "order_transactions" | "fulfillments", _) => body.order_id,
        ("returns", _) => body.order_id.or_else(|| order_number(body.order?)),
        // A topic that is about no order, and was not asked for.
        _ => return Ok(Vec::new()),
    };
    let id = id.ok_or_else(|| WebhookRefusal::Malformed(format!("{topic} without the id of its order")))?;
    let id = OrderId::new(id.to_string()).map_err(|error| WebhookRefusal::Malformed(error.to_string()))?;
    Ok(vec![id])
}

fn order_number(order: OrderRef) -> Option<u64> {
    order.id.or_else(|| map::number(order.admin_graphql_api_id.as_deref()?))
}

#[cfg(test)]
#[path = "webhook_tests.rs"]
mod tests;
