//! `rerender`: the PDF that was not made.

use passerelle_domain::{InvoiceNumber, Result};
use passerelle_ledger::InvoiceState;
use passerelle_services::{Environment, Work};

use super::{announce, is};
use crate::{Answer, names};

pub(super) async fn run(env: &Environment, number: &InvoiceNumber, dry_run: bool) -> Result<Answer> {
    let Some(record) = env.ledger.invoice(number).await? else {
        return Ok(Answer::undone(format!("the ledger has no invoice {number}")));
    };
    let since = names::instant(record.updated_at);
    let state = record.state;
    if let (Some((key, _)), true) = (&record.pdf, state != InvoiceState::Registered) {
        return Ok(Answer::done(format!("invoice {number} is {state} since {since}: its PDF is {key}")));
    }
    if !dry_run {
        announce(env, &record, InvoiceState::Registered, Work::RenderInvoice).await?;
    }
    let is = is(dry_run);
    Ok(Answer::done(format!("invoice {number} {is} announced to be rendered (it waits since {since})")))
}
