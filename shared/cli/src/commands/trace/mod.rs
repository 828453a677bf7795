//! `trace`: the whole history of an order or an invoice, or where a customer's invoices are.

pub(super) mod customer;
mod invoice;
mod order;
mod rejected;

use jiff::Timestamp;
use passerelle_domain::{CustomerCode, Result};
use passerelle_ledger::StateChange;
use passerelle_services::Environment;
use serde::Serialize;

use super::table::table;
use crate::{Answer, names};

/// A history: what is known, and what happened when.
#[derive(Debug, Serialize)]
struct History {
    /// `order`, `invoice` or `customer`.
    kind: &'static str,
    subject: String,
    facts: Vec<Fact>,
    events: Vec<Event>,
}

#[derive(Debug, Serialize)]
struct Fact {
    name: &'static str,
    value: String,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Event {
    at: Timestamp,
    /// What it happened to: `order`, `batch 2026-11-24-001`.
    to: String,
    what: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    detail: String,
}

impl History {
    fn of(kind: &'static str, subject: impl ToString) -> Self {
        Self { kind, subject: subject.to_string(), facts: vec![], events: vec![] }
    }

    fn fact(&mut self, name: &'static str, value: impl ToString) {
        self.facts.push(Fact { name, value: value.to_string() });
    }

    fn event(&mut self, at: Timestamp, to: impl ToString, what: impl ToString, detail: impl ToString) {
        let [to, what, detail] = [to.to_string(), what.to_string(), detail.to_string()];
        self.events.push(Event { at, to, what, detail });
    }

    fn changes(&mut self, to: &str, history: &[StateChange]) {
        for StateChange { state, at, detail } in history {
            self.event(*at, to, state, detail);
        }
    }

    fn into_answer(mut self) -> Answer {
        // Stable: what happened at the same instant stays in the order in which it was added.
        self.events.sort_by_key(|event| event.at);
        let mut says = vec![format!("{} {}", self.kind, self.subject)];
        let width = self.facts.iter().map(|fact| fact.name.len()).max().unwrap_or(0);
        says.extend(self.facts.iter().map(|fact| format!("  {:<width$}  {}", fact.name, fact.value)));
        says.push(String::new());
        let wide = self.events.iter().map(|event| event.to.chars().count()).max().unwrap_or(0);
        let rows = self.events.iter().map(|event| {
            let to = format!("{:<wide$}", event.to);
            let what = [event.what.as_str(), &event.detail].join("  ");
            vec![format!("  {}  {to}  {}", names::instant(event.at), what.trim_end())]
        });
        says.extend(table(&rows.collect::<Vec<_>>()));
        let data = serde_json::to_value(&self).expect("texts and instants always serialise");
        Answer::found(says, data)
    }
}

pub(super) async fn run(env: &Environment, subject: &str) -> Result<Answer> {
    // A number may look like an order (F2026/0001), but a shop's name has no capital letter.
    if let Ok(number) = names::invoice(subject)
        && let Some(record) = env.ledger.invoice(&number).await?
    {
        return invoice::trace(env, record).await.map(History::into_answer);
    }
    if let Ok(key) = names::order(subject)
        && let Some(head) = env.ledger.order(&key).await?
    {
        return order::trace(env, head).await.map(History::into_answer);
    }
    if let Some(history) = rejected::trace(env, subject).await? {
        return Ok(history.into_answer());
    }
    if let Ok(code) = CustomerCode::new(subject)
        && let Some(account) = env.ledger.customer_account(&code).await?
    {
        return customer::trace(env, account).await.map(History::into_answer);
    }
    Ok(Answer::undone(format!(
        "{subject} is no order (rungis/1042), no invoice and no customer with a published invoice in the ledger"
    )))
}
