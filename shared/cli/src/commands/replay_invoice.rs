//! `replay invoice`: onward from wherever it is.

use passerelle_domain::{InvoiceNumber, Result};
use passerelle_ledger::InvoiceState;
use passerelle_services::Environment;

use super::{republish, rerender};
use crate::Answer;

pub(super) async fn run(env: &Environment, number: &InvoiceNumber, dry_run: bool) -> Result<Answer> {
    match env.ledger.invoice(number).await? {
        Some(record) if record.state == InvoiceState::Registered => rerender::run(env, number, dry_run).await,
        _ => republish::one(env, number, dry_run).await,
    }
}
