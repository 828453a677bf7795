//! Telling the shop what became of an order in the ERP: metafields and a tag.

use passerelle_domain::{FailureKind, OrderId, Result};
use serde::Deserialize;
use serde_json::json;

use super::graphql::Client;
use super::{config, queries, wire};
use crate::{Acknowledged, OrderAcknowledgement, OrderOutcome};

const DOING: &str = "report order";

/// The longest text that is written, in characters.
const WORDS: usize = 2_000;

#[derive(Deserialize)]
struct Known {
    order: Option<Order>,
}

#[derive(Deserialize)]
struct Order {
    tags: Vec<String>,
    state: Option<wire::Metafield>,
    number: Option<wire::Metafield>,
    words: Option<wire::Metafield>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    metafields_set: Option<Payload>,
    metafields_delete: Option<Payload>,
    tags_remove: Option<Payload>,
    tags_add: Option<Payload>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    user_errors: Vec<UserError>,
}

#[derive(Deserialize)]
struct UserError {
    field: Option<Vec<String>>,
    message: String,
}

/// Writes a report, where the order does not have it already.
///
/// # Errors
/// Of the network and of the shop; rejected with its words when it does not take a value.
pub(super) async fn report(
    client: &Client,
    config: &config::Report,
    id: &OrderId,
    report: &OrderAcknowledgement<'_>,
) -> Result<Acknowledged> {
    let gid = super::order_gid(id);
    let variables = json!({ "id": gid, "namespace": config.namespace });
    let reply = client.ask(DOING, queries::READ_REPORT, variables).await?;
    let Some(order) = reply.data::<Known>()?.order else { return Ok(Acknowledged::NoSuchOrder) };
    let words: String = report.words.trim().chars().take(WORDS).collect();
    let (tag, other) = match report.outcome {
        OrderOutcome::Accepted => (&config.accepted_tag, &config.refused_tag),
        OrderOutcome::Refused => (&config.refused_tag, &config.accepted_tag),
    };
    let wanted = [
        ("state", "single_line_text_field", report.outcome.as_str(), &order.state),
        ("number", "single_line_text_field", report.erp_number.trim(), &order.number),
        ("words", "multi_line_text_field", words.as_str(), &order.words),
    ];
    let is = |known: &Option<wire::Metafield>, value: &str| {
        known.as_ref().map_or("", |known| known.value.as_str()) == value
    };
    if wanted.iter().all(|(_, _, value, known)| is(known, value))
        && order.tags.contains(tag)
        && !order.tags.contains(other)
    {
        return Ok(Acknowledged::Before);
    }
    let set: Vec<_> = wanted
        .iter()
        .filter(|(_, _, value, _)| !value.is_empty())
        .map(|(key, kind, value, _)| {
            json!({ "ownerId": gid, "namespace": config.namespace, "key": key, "type": kind, "value": value })
        })
        .collect();
    let delete: Vec<_> = wanted
        .iter()
        .filter(|(_, _, value, known)| value.is_empty() && known.is_some())
        .map(|(key, ..)| json!({ "ownerId": gid, "namespace": config.namespace, "key": key }))
        .collect();
    let variables = json!({
        "id": gid, "set": set, "deletes": !delete.is_empty(), "delete": delete, "add": [tag], "remove": [other],
    });
    let reply = client.ask(DOING, queries::WRITE_REPORT, variables).await?;
    let written: Written = reply.data()?;
    let payloads = [written.metafields_set, written.metafields_delete, written.tags_remove, written.tags_add];
    match payloads.iter().flatten().flat_map(|payload| &payload.user_errors).next() {
        None => Ok(Acknowledged::Now),
        Some(error) => {
            let field = error.field.clone().unwrap_or_default().join(".");
            let cause = format!("the value of {field} is not taken");
            Err(reply.because(FailureKind::Rejected, cause).quoting(&error.message))
        }
    }
}
