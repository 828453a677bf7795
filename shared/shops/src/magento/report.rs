//! What became of an order in the ERP, where the people of the shop see it: as a comment, as a status
//! if one is configured, and the ERP's number in `ext_order_id`.

use std::collections::BTreeMap;

use passerelle_domain::{FailureKind, OrderId, Result};
use reqwest::Method;
use serde_json::{Value, json};

use super::config::Report;
use super::read::ORDERS;
use super::wire;
use crate::http::Http;
use crate::{Acknowledged, OrderAcknowledgement, OrderOutcome, is_number};

/// The longest comment, in characters.
const LONGEST_COMMENT: usize = 1_000;
const ACCEPTED: &str = "Commande acceptée par l'ERP";
const REFUSED: &str = "Commande refusée par l'ERP";
const DOING: &str = "report order";

/// Reads, compares, and writes only what differs. The comment comes last: with it the report is done,
/// and whatever stops before is done again.
pub(super) async fn report(
    http: &Http,
    config: &Report,
    id: &OrderId,
    report: &OrderAcknowledgement<'_>,
) -> Result<Acknowledged> {
    if !is_number(id.as_str()) {
        return Ok(Acknowledged::NoSuchOrder);
    }
    let path = format!("{ORDERS}/{id}");
    let answer = http.get(DOING, &path).send().await?;
    if answer.is_not_found() {
        return Ok(Acknowledged::NoSuchOrder);
    }
    let document: Value = answer.json()?;
    let order: wire::Order =
        wire::read(&document).map_err(|rejection| answer.because(FailureKind::Rejected, rejection))?;
    let number = ext_order_id(config, &order, report);
    let comment = comment(report);
    let is_written = last_comment(&order).is_some_and(|last| same_words(last, &comment));
    if number.is_none() && is_written {
        return Ok(Acknowledged::Before);
    }
    if let Some(number) = number {
        // Of an entity that is saved in part, Magento makes up what it misses: without `increment_id`
        // it sets a new number, without `state` and `status` it works out others.
        let entity = json!({
            "entity_id": id.as_str().parse::<u64>().unwrap_or_default(),
            "increment_id": order.increment_id.as_str(),
            "state": order.state.as_str(),
            "status": order.status.as_str(),
            "ext_order_id": number,
        });
        let body = json!({ "entity": entity });
        http.request(DOING, Method::POST, ORDERS).json(&body).repeatable().send().await?.checked()?;
    }
    if !is_written {
        add_comment(http, config, &path, &order, report.outcome, &comment).await?;
    }
    Ok(Acknowledged::Now)
}

/// The numbers that orders carry, out of a page's answers.
pub(super) fn erp_numbers(config: &Report, raw: &[u8]) -> BTreeMap<OrderId, String> {
    if !config.ext_order_id {
        return BTreeMap::new();
    }
    let rows = raw.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    let number = |row: Value| {
        let head: wire::Head = wire::read(&row).ok()?;
        let order: wire::Order = wire::read(&row).ok()?;
        // Credit memos stand in the answers too: they name their order.
        let id = Some(head.entity_id).filter(|_| head.order_id.is_empty())?;
        Some((OrderId::new(id.as_str()).ok()?, order.ext_order_id.as_str().to_owned()))
    };
    rows.filter_map(number).collect()
}

/// The number to write, where it is not there yet.
fn ext_order_id<'a>(
    config: &Report,
    order: &wire::Order,
    report: &OrderAcknowledgement<'a>,
) -> Option<&'a str> {
    let wanted = config.ext_order_id && report.outcome == OrderOutcome::Accepted;
    Some(report.erp_number)
        .filter(|number| wanted && !number.is_empty() && order.ext_order_id.as_str() != *number)
}

/// The comment with the configured status. A status that does not belong to the order's state is
/// refused; the comment is then written without changing it. Never without any: Magento would take
/// the order's status away.
async fn add_comment(
    http: &Http,
    config: &Report,
    order_path: &str,
    order: &wire::Order,
    outcome: OrderOutcome,
    comment: &str,
) -> Result<()> {
    let path = format!("{order_path}/comments");
    // Not repeated by itself: a lost answer is found by reading the order again.
    let write = async |status: &str| {
        let history = json!({
            "comment": comment, "status": status, "is_customer_notified": 0, "is_visible_on_front": 0,
        });
        http.request(DOING, Method::POST, &path).json(&json!({ "statusHistory": history })).send().await
    };
    let status = match outcome {
        OrderOutcome::Accepted => &config.accepted_status,
        OrderOutcome::Refused => &config.refused_status,
    };
    let standing = order.status.as_str();
    if !status.is_empty() && status != standing {
        let answer = write(status).await?;
        if answer.status() != 400 {
            return answer.checked().map(drop);
        }
        tracing::warn!(%status, state = order.state.as_str(), "the shop refuses the configured status");
    }
    write(standing).await?.checked().map(drop)
}

/// The comment, in the language of the shop's people.
fn comment(report: &OrderAcknowledgement<'_>) -> String {
    let mut comment = match report.outcome {
        OrderOutcome::Accepted => ACCEPTED,
        OrderOutcome::Refused => REFUSED,
    }
    .to_owned();
    if !report.erp_number.is_empty() {
        comment += &format!(", numéro {}", report.erp_number);
    }
    if !report.words.is_empty() {
        comment += &format!(" : {}", report.words);
    }
    // Nothing that is markup, nor what a MySQL table with three bytes a character cannot hold.
    let plain = |c: &char| !c.is_control() && !matches!(c, '<' | '>' | '&') && c.len_utf8() < 4;
    comment.chars().filter(plain).take(LONGEST_COMMENT).collect()
}

/// The last of our comments on an order. Later words of other people do not count.
fn last_comment(order: &wire::Order) -> Option<&str> {
    let comments = order.status_histories.0.iter();
    comments
        .filter(|comment| [ACCEPTED, REFUSED].iter().any(|start| begins(comment.comment.as_str(), start)))
        .max_by_key(|comment| comment.entity_id.as_str().parse::<u64>().ok())
        .map(|comment| comment.comment.as_str())
}

fn letters(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars().filter(|c| c.is_alphanumeric())
}

/// Modules may put markup around a comment: only letters and digits are compared.
fn same_words(one: &str, other: &str) -> bool {
    letters(one).eq(letters(other))
}

fn begins(text: &str, start: &str) -> bool {
    let mut text = letters(text);
    letters(start).all(|c| text.next() == Some(c))
}
