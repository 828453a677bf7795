//! Near real time: a shop's webhook names an order that changed, and that one order is fetched.
//!
//! The function has two ends. Its URL (`POST /<shop>`) checks the shop's signature over the raw body,
//! puts `{shop, order}` into the function's own queue and responds within milliseconds, whatever the
//! state of the shop ([`respond`]). The queue brings the message back to the same function, which
//! fetches the order from the shop and records it as `fetch-orders` does ([`work`]); the queue's
//! concurrency bounds the requests to the shop, its dead letters alarm. The operator's command puts
//! orders into the same queue that are to be read again.
//!
//! Nothing depends on it. A webhook only says *which* order to fetch; its content comes from the shop,
//! and the ledger decides what is newer, so that forged, repeated, late and reordered ones do no harm.
//! One that is lost, or refused here, is made up for by `fetch-orders`, which reads every few minutes
//! what changed, with or without webhooks.

mod request;

pub use request::Request;

use std::sync::Arc;
use std::time::Duration;

use crate::fetch::{Source, fetch_again, fetch_one};
use jiff::SignedDuration;
use passerelle_domain::{Failure, Result};
use passerelle_services::{Message, Metric, OrderNotice, Work};
use passerelle_shops::http::within;
use passerelle_shops::{Webhook, WebhookRefusal};

/// What the work depends on.
pub struct Webhooks {
    /// How single orders are fetched, from which shops.
    pub fetch: crate::fetch::Fetch,
}

/// The largest body that is read, in bytes. An order has some ten thousand.
pub const MAX_BODY_BYTES: usize = 1 << 20;
/// The most orders that one webhook may be about.
const MAX_ORDERS: usize = 100;
/// How long before the end of an invocation the shop is no longer waited for.
const TO_RECORD: SignedDuration = SignedDuration::from_secs(10);

/// The response to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Never anything about orders.
    pub body: &'static str,
}

/// Responds to a request, without a request to the shop.
pub async fn respond(deps: &Webhooks, request: &Request) -> Response {
    let (response, counted) = match receive(deps, request).await {
        Ok(()) => (Response { status: 200, body: "received" }, Metric::WebhooksReceived),
        Err(refused) => (refused, Metric::WebhooksRefused),
    };
    deps.fetch.env.metrics.emit(&[(counted, 1)]);
    response
}

async fn receive(deps: &Webhooks, request: &Request) -> Result<(), Response> {
    let refuse = |status, body| Err(Response { status, body });
    if request.method != "POST" {
        return refuse(405, "POST only");
    }
    if request.body.len() > MAX_BODY_BYTES {
        return refuse(413, "too large");
    }
    let Some(source) = source(deps, request.path.trim_matches('/')) else {
        return refuse(404, "no such shop");
    };
    let shop = source.shop.id();
    let received_at = deps.fetch.env.now();
    let webhook = Webhook { headers: &request.headers, body: &request.body, received_at };
    let orders = match source.shop.webhook(&webhook) {
        Ok(orders) => orders,
        Err(refusal) => {
            tracing::warn!(%shop, error = %refusal, bytes = request.body.len(), "webhook refused");
            return match refusal {
                // Nothing is wrong with the shop's side: after refusals it would disable its webhook
                // (WooCommerce does after five). The schedule has read the order long ago.
                WebhookRefusal::TooOld => Ok(()),
                WebhookRefusal::NotSupported => refuse(404, "no webhooks from this shop"),
                WebhookRefusal::Unsigned | WebhookRefusal::WrongSignature => refuse(401, "wrong signature"),
                WebhookRefusal::Malformed(_) => refuse(400, "malformed"),
            };
        }
    };
    if orders.len() > MAX_ORDERS {
        return refuse(413, "too many orders");
    }
    if orders.is_empty() {
        return Ok(());
    }
    let notice = |order| OrderNotice { shop: shop.clone(), order, release: None }.to_body();
    let notices: Vec<String> = orders.into_iter().map(notice).collect();
    deps.fetch.env.announce(Work::ShopWebhook, &notices).await.or_else(|failure| {
        tracing::error!(%shop, error = %failure, "the notice could not be queued");
        refuse(503, "try again")
    })
}

fn source<'a>(deps: &'a Webhooks, shop: &str) -> Option<&'a Source> {
    deps.fetch.sources.iter().find(|source| source.shop.id().as_str() == shop)
}

/// Fetches the order of a notice, and records it. One that an operator replays (`passerelle quarantine
/// replay`) leaves quarantine, too.
///
/// # Errors
/// When the shop or the ledger fails, or the notice is not ours.
pub async fn work(deps: Arc<Webhooks>, message: Message) -> Result<()> {
    let doing = "fetch order";
    let notice: OrderNotice = serde_json::from_str(&message.body)
        .map_err(|error| Failure::rejected(doing, message.id.as_str(), error))?;
    let Some(source) = source(&deps, notice.shop.as_str()) else {
        return Err(Failure::rejected(doing, notice.shop.as_str(), "there is no such shop"));
    };
    let left = message.deadline.before(TO_RECORD).duration_since(deps.fetch.env.now());
    let left = Duration::try_from(left).unwrap_or_default();
    let recorded = within(left, async {
        match &notice.release {
            None => fetch_one(&deps.fetch, &*source.shop, &notice.order).await,
            Some(revision) => fetch_again(&deps.fetch, &*source.shop, &notice.order, revision).await,
        }
    });
    let recorded = recorded.await?;
    tracing::info!(shop = %notice.shop, order = %notice.order, ?recorded, "order fetched");
    Ok(())
}
