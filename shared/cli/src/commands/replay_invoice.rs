//! `replay invoice`: onward from wherever it is.

use passerelle_domain::{InvoiceNumber, Result};
use passerelle_ledger::InvoiceState;

use super::{republish, rerender};
use crate::{Answer, Bench};

pub(super) async fn run(bench: &dyn Bench, number: &InvoiceNumber, dry_run: bool) -> Result<Answer> {
    match bench.ledger().invoice(number).await? {
        Some(record) if record.state == InvoiceState::Registered => {
            rerender::run(bench, number, dry_run).await
        }
        _ => republish::one(bench, number, dry_run).await,
    }
}
