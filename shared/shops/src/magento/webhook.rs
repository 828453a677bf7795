//! Events of the shop. Magento has none by itself: a module of the shop sends them, signed as
//! [`super::WebhookHeaders`] says.

use passerelle_domain::OrderId;

use super::config::Event;
use super::{map, wire};
use crate::{Webhook, WebhookRefusal};

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
    let body = wire::parse(body).map_err(|error| malformed(error.to_string()))?;
    let modified = wire::named_text(&body, &config.updated_at);
    if !modified.is_empty() {
        let modified = map::instant(&config.updated_at, &modified);
        webhook.check_age(modified.map_err(|error| malformed(error.to_string()))?)?;
    }
    let found = config.order_id.iter().map(|path| wire::named_text(&body, path)).find(|id| !id.is_empty());
    let id = found.unwrap_or_default();
    if id.is_empty() || !id.as_str().bytes().all(|byte| byte.is_ascii_digit()) {
        let (paths, id) = (config.order_id.join(" or "), wire::shown(&id.as_str().into()));
        return Err(malformed(format!("{paths} = {id:?} is no number")));
    }
    OrderId::new(id.as_str()).map(|id| vec![id]).map_err(|error| malformed(error.to_string()))
}
