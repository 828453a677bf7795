//! `republish`: into its customer's account.

use passerelle_domain::{InvoiceNumber, Result};
use passerelle_ledger::InvoiceState;

use super::trace::customer::elsewhere;
use super::{announce, is};
use crate::{Answer, Bench, Work, names};

pub(super) async fn run(bench: &dyn Bench, number: &InvoiceNumber, dry_run: bool) -> Result<Answer> {
    let Some(record) = bench.ledger().invoice(number).await? else {
        return Ok(Answer::undone(format!("the ledger has no invoice {number}")));
    };
    let since = names::instant(record.updated_at);
    let why = match record.state {
        InvoiceState::Registered => {
            return Ok(Answer::undone(format!(
                "invoice {number} has no PDF yet: passerelle rerender {number}"
            )));
        }
        InvoiceState::Published => {
            let Some(published) = record.published else {
                return Ok(Answer::done(format!("invoice {number} is published since {since}")));
            };
            let (shop, account) = &published;
            let answer = Answer::done(format!(
                "invoice {number} is published in account {account} of {shop} since {since}"
            ));
            let customer = bench.ledger().customer_account(&record.invoice.buyer.code).await?;
            return Ok(match elsewhere(customer, &published) {
                Some(now) => answer.and(format!("the customer's invoices go to {now}")),
                None => answer,
            });
        }
        InvoiceState::Rendered => format!("it waits since {since}"),
        InvoiceState::Unpublishable => {
            let customer = &record.invoice.buyer.code;
            format!("customer {customer} had no account at {since}; it is looked for again")
        }
    };
    if !dry_run {
        if record.state == InvoiceState::Unpublishable {
            // `false` when somebody else was faster: the announcement is right all the same.
            bench.ledger().invoice_publishable(number, bench.clock().now()).await?;
        }
        announce(bench, &record, InvoiceState::Rendered, Work::PublishInvoice).await?;
    }
    let is = is(dry_run);
    Ok(Answer::done(format!("invoice {number} {is} announced to be published ({why})")))
}
