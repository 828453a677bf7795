//! `republish`: into its customer's account.

use passerelle_domain::{CustomerCode, InvoiceNumber, Result};
use passerelle_ledger::{InvoiceState, Window};
use passerelle_services::{Environment, Work};

use super::trace::customer::elsewhere;
use super::{announce, is};
use crate::{Answer, WhichInvoices, names};

/// How many of a customer's invoices are looked for.
const MAX_LISTED: usize = 100_000;

pub(super) async fn run(env: &Environment, which: &WhichInvoices, dry_run: bool) -> Result<Answer> {
    match (&which.number, &which.customer) {
        (Some(number), _) => one(env, number, dry_run).await,
        (None, Some(customer)) => of_customer(env, customer, dry_run).await,
        (None, None) => Ok(Answer::undone("neither an invoice nor a customer is named")),
    }
}

/// All that found no account.
async fn of_customer(env: &Environment, customer: &CustomerCode, dry_run: bool) -> Result<Answer> {
    let window = Window::all(MAX_LISTED);
    let listed = env.ledger.invoices_in(InvoiceState::Unpublishable, window).await?;
    let mut answer = Answer::default();
    for invoice in listed.iter().filter(|invoice| invoice.customer == *customer) {
        answer.says.extend(one(env, &invoice.number, dry_run).await?.says);
    }
    if answer.says.is_empty() {
        return Ok(Answer::done(format!("customer {customer} has no invoice without account")));
    }
    Ok(answer)
}

pub(super) async fn one(env: &Environment, number: &InvoiceNumber, dry_run: bool) -> Result<Answer> {
    let Some(record) = env.ledger.invoice(number).await? else {
        return Ok(Answer::undone(format!("the ledger has no invoice {number}")));
    };
    let since = names::instant(record.updated_at);
    let why = match record.state {
        InvoiceState::Registered => {
            let says = format!("invoice {number} has no PDF yet: passerelle rerender {number}");
            return Ok(Answer::undone(says));
        }
        InvoiceState::Published => {
            let Some(published) = record.published else {
                return Ok(Answer::done(format!("invoice {number} is published since {since}")));
            };
            let (shop, account) = &published;
            let says = format!("invoice {number} is published in account {account} of {shop} since {since}");
            let answer = Answer::done(says);
            let customer = env.ledger.customer_account(&record.invoice.buyer.code).await?;
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
            env.ledger.invoice_publishable(number, env.now()).await?;
        }
        announce(env, &record, InvoiceState::Rendered, Work::PublishInvoice).await?;
    }
    let is = is(dry_run);
    Ok(Answer::done(format!("invoice {number} {is} announced to be published ({why})")))
}
