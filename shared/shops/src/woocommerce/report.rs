//! What became of an order in the ERP, where the people of the shop see it: in the order's meta data,
//! as a note, and as a state if one is configured.

use std::collections::BTreeMap;

use passerelle_domain::{OrderId, Result};
use reqwest::Method;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value, json};

use super::ORDERS;
use super::wire::{self, List, Meta, Text};
use crate::http::Http;
use crate::{Acknowledged, OrderAcknowledgement, OrderOutcome, is_number};

/// The longest note, in characters.
const LONGEST_NOTE: usize = 1_000;

/// Where reports go. A key or state that is empty is not written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Report {
    /// Meta key of the outcome: `accepted` or `refused`.
    pub outcome: String,
    /// Meta key of the order's number in the ERP.
    pub erp_number: String,
    /// Whether the ERP's words also become a private note.
    pub note: bool,
    /// The state that an accepted order gets.
    pub accepted_status: String,
    /// The state that a refused order gets.
    pub refused_status: String,
}

impl Default for Report {
    fn default() -> Self {
        Self {
            outcome: "_erp_state".into(),
            erp_number: "_erp_number".into(),
            note: true,
            accepted_status: String::new(),
            refused_status: String::new(),
        }
    }
}

/// An order as far as a report changes it.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Standing {
    status: Text,
    meta_data: List<Meta>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Note {
    note: Text,
}

/// Reads, compares, and writes only what differs. The meta data come last: with them the report is
/// done, and whatever stops before is done again, the note too, unless it is there.
pub(super) async fn report(
    http: &Http,
    config: &Report,
    id: &OrderId,
    report: &OrderAcknowledgement<'_>,
) -> Result<Acknowledged> {
    const DOING: &str = "report order";
    if !is_number(id.as_str()) {
        return Ok(Acknowledged::NoSuchOrder);
    }
    let path = format!("{ORDERS}/{id}");
    let answer = http.get(DOING, &path).send().await?;
    if answer.is_not_found() {
        return Ok(Acknowledged::NoSuchOrder);
    }
    let standing: Standing = answer.json()?;
    let change = change(config, &standing, report);
    if change.is_empty() {
        return Ok(Acknowledged::Before);
    }
    if config.note {
        add_note(http, &format!("{path}/notes"), &note(report)).await?;
    }
    let answer = http.request(DOING, Method::PUT, &path).json(&change).send().await?;
    answer.checked()?;
    Ok(Acknowledged::Now)
}

/// The numbers that orders carry, out of a page's answers.
pub(super) fn erp_numbers(config: &Report, raw: &[u8]) -> BTreeMap<OrderId, String> {
    #[derive(Deserialize)]
    struct Row {
        id: Text,
        // Only orders have lines: customers and refunds stand in the answers too.
        #[serde(rename = "line_items")]
        _lines: IgnoredAny,
        meta_data: List<Meta>,
    }
    if config.erp_number.is_empty() {
        return BTreeMap::new();
    }
    let rows = raw.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Row>(line).ok());
    rows.filter_map(|row| Some((OrderId::new(row.id.as_str()).ok()?, row.meta_data.text(&config.erp_number))))
        .collect()
}

/// What is to be written so that the order stands as reported.
fn change(config: &Report, standing: &Standing, report: &OrderAcknowledgement<'_>) -> Map<String, Value> {
    let wanted = [(&config.outcome, report.outcome.as_str()), (&config.erp_number, report.erp_number)];
    let meta: Vec<Value> = wanted
        .into_iter()
        .filter(|(key, value)| !key.is_empty() && standing.meta_data.text(key) != *value)
        .map(|(key, value)| json!({ "key": key, "value": value }))
        .collect();
    let status = match report.outcome {
        OrderOutcome::Accepted => &config.accepted_status,
        OrderOutcome::Refused => &config.refused_status,
    };
    let mut change = Map::new();
    if !meta.is_empty() {
        change.insert("meta_data".into(), meta.into());
        // Only together with a new report: what people do to the state afterwards stays.
        if !status.is_empty() && standing.status.as_str() != status {
            change.insert("status".into(), json!(status));
        }
    }
    change
}

/// The note, in the language of the shop's people.
fn note(report: &OrderAcknowledgement<'_>) -> String {
    let outcome = match report.outcome {
        OrderOutcome::Accepted => "Commande acceptée par l’ERP",
        OrderOutcome::Refused => "Commande refusée par l’ERP",
    };
    let mut note = outcome.to_owned();
    if !report.erp_number.is_empty() {
        note += &format!(", numéro {}", report.erp_number);
    }
    if !report.words.is_empty() {
        note += &format!(" : {}", report.words);
    }
    note.chars().filter(|c| !c.is_control() && !matches!(c, '<' | '>' | '&')).take(LONGEST_NOTE).collect()
}

async fn add_note(http: &Http, path: &str, note: &str) -> Result<()> {
    const DOING: &str = "report order";
    let answer = http.get(DOING, path).query([("type", "internal".to_owned())]).send().await?;
    let notes: Vec<Note> = answer.json()?;
    if notes.iter().any(|standing| same_words(standing.note.as_str(), note)) {
        return Ok(());
    }
    // Not repeated by itself: a lost answer is found by reading the notes again.
    let body = json!({ "note": note, "customer_note": false });
    http.request(DOING, Method::POST, path).json(&body).send().await?.checked()?;
    Ok(())
}

/// WordPress puts its typography and paragraphs around a note: only letters and digits are compared.
fn same_words(standing: &str, note: &str) -> bool {
    let words = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    words(&wire::plain(standing)) == words(note)
}
