//! `quarantine`: what was set aside, why, and its way back.

use std::collections::BTreeMap;

use passerelle_domain::{Money, OrderKey, Rejection, Result};
use passerelle_ledger::{OrderStatus, OrderSummary, Window};
use passerelle_services::Environment;
use serde_json::{Value, json};

use super::repaired;
use super::replay_order::{self, WayBack};
use super::table::table;
use crate::args::{Quarantine, WhichOrders};
use crate::{Answer, names};

/// How many orders of one state are looked at.
const MAX_LISTED: usize = 20_000;

/// What to check of an order without its customer's code.
const NO_CODE: &str = "the customer code is missing: check where [[shops]] looks for it, whether the customer \
    has it, and what the API key may read (README of the shop system)";

pub(super) async fn run(env: &Environment, command: &Quarantine, dry_run: bool) -> Result<Answer> {
    match command {
        Quarantine::List { cause } => list(env, cause.as_deref()).await,
        Quarantine::Show { order } => show(env, order).await,
        Quarantine::Replay(which) => replay(env, which, dry_run).await,
    }
}

/// All that is set aside, here or by the ERP, the oldest first.
async fn set_aside(env: &Environment) -> Result<Vec<(OrderSummary, Rejection)>> {
    let mut found = Vec::new();
    for status in [OrderStatus::Quarantined, OrderStatus::Rejected] {
        for order in env.ledger.orders_in(status, Window::all(MAX_LISTED)).await? {
            if let Some(rejection) = order.rejection.clone() {
                found.push((order, rejection));
            }
        }
    }
    found.sort_by_key(|(order, _)| order.updated_at);
    Ok(found)
}

async fn list(env: &Environment, cause: Option<&str>) -> Result<Answer> {
    let found = set_aside(env).await?;
    let Some(cause) = cause else { return Ok(by_cause(&found)) };
    let chosen: Vec<_> = found.into_iter().filter(|(_, rejection)| rejection.code == cause).collect();
    let mut rows = vec![["order", "since", "total", "field", "value"].map(str::to_owned).to_vec()];
    rows.extend(chosen.iter().map(|(order, rejection)| {
        let value: String = rejection.value.chars().take(60).collect();
        let since = names::instant(order.updated_at);
        vec![order.key.to_string(), since, order.total.to_string(), rejection.field.clone(), value]
    }));
    let data = chosen.iter().map(|(order, rejection)| {
        json!({"order": order.key.to_string(), "since": order.updated_at, "total": order.total, "rejection": rejection})
    });
    let data = Value::Array(data.collect());
    let says =
        if chosen.is_empty() { vec![format!("nothing is set aside for {cause}")] } else { table(&rows) };
    Ok(Answer::found(says, data))
}

fn by_cause(found: &[(OrderSummary, Rejection)]) -> Answer {
    let mut causes: BTreeMap<&str, Vec<&(OrderSummary, Rejection)>> = BTreeMap::new();
    for entry in found {
        causes.entry(&entry.1.code).or_default().push(entry);
    }
    if causes.is_empty() {
        return Answer::found(vec!["nothing is set aside".into()], json!([]));
    }
    let mut causes: Vec<_> = causes.into_iter().collect();
    causes.sort_by_key(|(cause, orders)| (std::cmp::Reverse(orders.len()), *cause));
    let mut rows = vec![["cause", "orders", "total", "oldest", "for example"].map(str::to_owned).to_vec()];
    let mut data = Vec::new();
    for (cause, orders) in causes {
        let total: Money = orders.iter().map(|(order, _)| order.total).sum();
        let (oldest, rejection) = orders[0];
        let example = format!("{}: {} = {:?}", oldest.key, rejection.field, rejection.value);
        let example: String = example.chars().take(70).collect();
        let since = names::instant(oldest.updated_at);
        rows.push(vec![cause.to_owned(), orders.len().to_string(), total.to_string(), since, example]);
        data.push(json!({
            "cause": cause, "orders": orders.len(), "total": total, "oldest": oldest.updated_at,
            "example": oldest.key.to_string(), "rule": rejection.rule,
        }));
    }
    let mut says = table(&rows);
    says.push(String::new());
    says.push(
        "quarantine list --cause CAUSE names the orders, quarantine show ORDER prints all of one".into(),
    );
    Answer::found(says, Value::Array(data))
}

async fn show(env: &Environment, order: &OrderKey) -> Result<Answer> {
    let Some(head) = env.ledger.order(order).await? else {
        return Ok(Answer::undone(format!("the ledger has no order {order}")));
    };
    let since = names::instant(head.updated_at);
    let Some(rejection) = head.rejection.clone() else {
        let says = format!("order {order} is {} since {since}: nothing is wrong with it", head.status);
        return Ok(Answer::done(says));
    };
    let kept = env.ledger.order_revision(order, &head.revision).await?;
    let mut rows = vec![
        ("order", format!("{order}, {} since {since}", head.status)),
        ("cause", rejection.code.clone()),
        ("field", rejection.field.clone()),
        ("value", rejection.value.clone()),
        ("rule", rejection.rule.clone()),
        ("raw data", head.raw_key.clone()),
        ("revision", format!("{} of {}", head.revision, head.revisions)),
    ];
    if let Some(content) = &kept {
        rows.push(("customer", content.customer.name.clone()));
        rows.push(("total", content.total_after_refunds().to_string()));
        if content.customer.code.is_none() {
            rows.push(("code", NO_CODE.to_owned()));
        }
    }
    if let Some((batch, _)) = &head.exported {
        rows.push(("in the ERP", format!("since batch {batch}")));
    }
    let repairs = head.repairs.as_ref().map(repaired).unwrap_or_default();
    rows.extend(repairs.into_iter().map(|line| ("repaired", line)));
    let way = match (WayBack::of(env, &head, &rejection).await?, head.status) {
        (WayBack::ReadAgain, _) => {
            "correct it in the shop, or the shop's settings here, then replay it: it is read again"
        }
        (WayBack::Release, OrderStatus::Rejected) => {
            "correct what the ERP refused, in the shop, the layout or the ERP, then replay it"
        }
        (WayBack::Release, _) => "correct the layout, a code list or the order, then replay it",
    };
    rows.push(("way back", format!("{way} (passerelle quarantine replay {order})")));
    let says = rows.iter().map(|(name, value)| format!("{name:<12}{value}")).collect();
    let data = json!({
        "order": order.to_string(), "status": head.status, "since": head.updated_at, "rejection": rejection,
        "raw": head.raw_key, "revision": head.revision, "revisions": head.revisions,
        "exported": head.exported.map(|(batch, _)| batch.to_string()), "repairs": head.repairs, "content": kept,
    });
    Ok(Answer::found(says, data))
}

async fn replay(env: &Environment, which: &WhichOrders, dry_run: bool) -> Result<Answer> {
    let orders: Vec<OrderKey> = if which.all || which.cause.is_some() {
        let chosen = set_aside(env).await?.into_iter();
        let chosen =
            chosen.filter(|(_, rejection)| which.cause.as_ref().is_none_or(|cause| rejection.code == *cause));
        chosen.map(|(order, _)| order.key).collect()
    } else {
        which.orders.clone()
    };
    if orders.is_empty() {
        return Ok(Answer::done("nothing is set aside: nothing to replay"));
    }
    replay_order::run(env, &orders, dry_run).await
}
