//! What became of an order in the ERP: its number where the people of the shop see it, and a state.
//!
//! An order is never written whole (PUT): every field that is left out becomes null, and a
//! `current_state` that is not left out is set anew, with another line of history and another e-mail.
//! A state is a new row of `order_histories`; a note alone is a PATCH; a message is a row of its own.

use passerelle_domain::{OrderId, OrderState, Result};
use reqwest::Method;

use super::client::Client;
use super::config::{Config, NumberIn};
use super::wire::{MESSAGES, ORDER_HISTORIES, ORDER_STATES, ORDERS, Row};
use crate::{Acknowledged, OrderAcknowledgement, OrderOutcome, is_number};

const DOING: &str = "report order";
/// How our line begins.
const MARK: &str = "[ERP]";
/// The longest line, in characters: a message holds 1 600.
const LONGEST: usize = 1_000;

/// Reads, compares, and writes only what differs.
pub(super) async fn report(
    client: &Client,
    config: &Config,
    id: &OrderId,
    report: &OrderAcknowledgement<'_>,
) -> Result<Acknowledged> {
    if !is_number(id.as_str()) {
        return Ok(Acknowledged::NoSuchOrder);
    }
    let id = id.as_str();
    let note = if config.report.number_in == NumberIn::Note { ",note" } else { "" };
    let fields = format!("[id,current_state{note}]");
    let orders = client.all(DOING, ORDERS, "id", &[id.to_owned()], &fields).await?;
    let Some(order) = orders.into_iter().find(|row| row.id() == id) else {
        return Ok(Acknowledged::NoSuchOrder);
    };
    // The state first: with its number the report is done, and whatever stops before is done again.
    let moved = set_state(client, config, &order, report.outcome).await?;
    let written = write(client, config, &order, &line(report)).await?;
    Ok(if moved || written { Acknowledged::Now } else { Acknowledged::Before })
}

/// Our line, in the language of the shop's people; without signs that the shop would change.
fn line(report: &OrderAcknowledgement<'_>) -> String {
    let outcome = match report.outcome {
        OrderOutcome::Accepted => "acceptée",
        OrderOutcome::Refused => "refusée",
    };
    let mut line = format!("{MARK} {outcome}");
    if !report.erp_number.is_empty() {
        line += &format!(", numéro {}", report.erp_number);
    }
    if !report.words.is_empty() {
        line += &format!(" : {}", report.words);
    }
    let plain = line.replace(|c: char| c.is_control() || matches!(c, '<' | '>' | '&' | '"' | '{' | '}'), " ");
    let words: Vec<&str> = plain.split_whitespace().collect();
    words.join(" ").chars().take(LONGEST).collect()
}

/// Sets the order to the state of its outcome. What people did to the state since then stays, and an
/// order that was taken back is not brought to life again.
async fn set_state(client: &Client, config: &Config, order: &Row, outcome: OrderOutcome) -> Result<bool> {
    let (accepted, refused) = (config.report.accepted_state, config.report.refused_state);
    let wanted = match outcome {
        OrderOutcome::Accepted => accepted,
        OrderOutcome::Refused => refused,
    };
    let Some(wanted) = wanted.map(|id| id.to_string()) else { return Ok(false) };
    let current = order.text("current_state");
    if current == wanted {
        return Ok(false);
    }
    let states = client.all(DOING, ORDER_STATES, "id", &[current.to_owned()], "[id,paid,logable]").await?;
    if config.states.meaning(current, states.first()) == OrderState::Cancelled {
        return Ok(false);
    }
    let id = order.id().to_owned();
    let histories = client.all(DOING, ORDER_HISTORIES, "id_order", std::slice::from_ref(&id), "full").await?;
    let ours: Vec<String> = [accepted, refused].into_iter().flatten().map(|id| id.to_string()).collect();
    let last = histories
        .iter()
        .filter(|row| ours.iter().any(|id| id == row.text("id_order_state")))
        .max_by_key(|row| row.id().parse::<u64>().ok());
    if last.is_some_and(|row| row.text("id_order_state") == wanted) {
        return Ok(false);
    }
    let fields = [("id_order", id.as_str()), ("id_order_state", wanted.as_str())];
    client.write(DOING, Method::POST, ORDER_HISTORIES, &fields).await?;
    Ok(true)
}

async fn write(client: &Client, config: &Config, order: &Row, line: &str) -> Result<bool> {
    let id = order.id();
    match config.report.number_in {
        NumberIn::Nothing => Ok(false),
        NumberIn::Note => {
            let note = order.text("note");
            let others = || note.lines().filter(|line| !line.trim_start().starts_with(MARK));
            if note.lines().any(|standing| standing.trim() == line) {
                return Ok(false);
            }
            let note: Vec<&str> = others().chain([line]).collect();
            let note = note.join("\n");
            client.write(DOING, Method::PATCH, ORDERS, &[("id", id), ("note", note.trim())]).await?;
            Ok(true)
        }
        NumberIn::Message => {
            let messages = client.all(DOING, MESSAGES, "id_order", &[id.to_owned()], "full").await?;
            let last = messages
                .iter()
                .filter(|row| row.label("message").starts_with(MARK))
                .max_by_key(|row| row.id().parse::<u64>().ok());
            if last.is_some_and(|row| row.label("message") == line) {
                return Ok(false);
            }
            // Not repeated by itself: a lost answer is found by reading the messages again.
            let fields = [("id_order", id), ("message", line), ("private", "1")];
            client.write(DOING, Method::POST, MESSAGES, &fields).await?;
            Ok(true)
        }
    }
}
