use std::collections::BTreeSet;

use jiff::SignedDuration;
use passerelle_domain::{BatchId, Order, Result};
use passerelle_ledger::{InvoiceState, OrderRecord, OrderRevision, Window};
use passerelle_services::Environment;

use super::History;
use crate::commands::repaired;

/// An order is invoiced on the day after its night; returns and holidays leave some room.
const INVOICED_WITHIN: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How many invoices are looked through.
const MAX_INVOICES: usize = 20_000;

pub(super) async fn trace(env: &Environment, head: OrderRecord) -> Result<History> {
    let mut history = History::of("order", &head.key);
    let revisions = env.ledger.order_revisions(&head.key).await?;
    let latest = revisions.iter().rev().find_map(|revision| revision.content.as_ref());
    history.fact("state", head.status);
    history.fact("revision", format!("{} of {}", head.revision, head.revisions));
    history.fact("total", head.total);
    if let Some(rejection) = &head.rejection {
        history.fact("set aside for", rejection.in_full());
    }
    if let Some((batch, revision)) = &head.exported {
        history.fact("the ERP has", format!("revision {revision} in batch {batch}"));
    }
    if let Some(repairs) = &head.repairs {
        for line in repaired(repairs) {
            history.fact("repaired", line);
        }
    }
    if let Some(order) = latest {
        history.fact("number in the shop", &order.number);
        account(env, order, &mut history).await?;
        history.event(order.created_at, "shop", "created", "");
    }
    for kept in &revisions {
        revision(kept, &mut history);
    }
    history.changes("order", &head.history);
    let batches = head.history.iter().filter_map(|change| change.detail.parse::<BatchId>().ok());
    for id in batches.collect::<BTreeSet<_>>() {
        if let Some(batch) = env.ledger.batch(&id).await? {
            history.changes(&format!("batch {id}"), &batch.history);
        }
    }
    if let Some(order) = latest {
        invoices(env, order, &mut history).await?;
    }
    Ok(history)
}

async fn account(env: &Environment, order: &Order, history: &mut History) -> Result<()> {
    let Some(code) = &order.customer.code else { return Ok(()) };
    history.fact("customer", code);
    if let Some(known) = env.ledger.customer_account(code).await? {
        history.fact("account", format!("{}/{}", known.shop, known.shop_customer));
    }
    Ok(())
}

fn revision(kept: &OrderRevision, history: &mut History) {
    let name = format!("revision {}", kept.number);
    history.event(kept.modified_at, &name, "changed in the shop", "");
    let (what, detail) = match &kept.rejection {
        Some(rejection) => ("could not be read", rejection.in_full()),
        None => ("recorded", kept.revision.to_string()),
    };
    history.event(kept.recorded_at, &name, what, format!("{detail}; raw response {}", kept.raw_key));
}

/// The invoices of the order's customer with a line of it.
async fn invoices(env: &Environment, order: &Order, history: &mut History) -> Result<()> {
    let Some(code) = &order.customer.code else { return Ok(()) };
    let from = order.created_at;
    for &state in InvoiceState::ALL {
        // By the last change of state, which may be long after; the registration decides.
        let window = Window { from, ..Window::all(MAX_INVOICES) };
        for listed in env.ledger.invoices_in(state, window).await? {
            if listed.customer != *code {
                continue;
            }
            let Some(record) = env.ledger.invoice(&listed.number).await? else { continue };
            let registered = record.history.first().map_or(record.updated_at, |change| change.at);
            let mentions = record.invoice.lines.iter().any(|line| line.reference == order.number);
            if mentions && registered <= from + INVOICED_WITHIN {
                history.changes(&format!("invoice {}", listed.number), &record.history);
            }
        }
    }
    Ok(())
}
