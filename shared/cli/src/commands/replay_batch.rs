//! `replay batch`: a file for the ERP that no run completed.

use passerelle_domain::{BatchId, Result};
use passerelle_ledger::{Batch, BatchState};

use crate::{Answer, Bench, names};

pub(super) async fn run(bench: &dyn Bench, id: &BatchId, dry_run: bool) -> Result<Answer> {
    let Some(batch) = bench.ledger().batch(id).await? else {
        return Ok(Answer::undone(format!("the ledger has no batch {id}")));
    };
    if let Some(answer) = written(&batch) {
        return Ok(answer);
    }
    let (state, since) = (batch.state, names::instant(batch.updated_at));
    let stands = format!("batch {id} is {state} since {since}, with {} orders", batch.members.len());
    if dry_run {
        return Ok(Answer::done(stands)
            .and("an export would be run here: it completes this batch, then writes what is ready"));
    }
    let exported = bench.export().await?;
    if exported.busy {
        return Ok(Answer::undone(stands)
            .and("another run is exporting: it completes the batch, look again in some minutes"));
    }
    let after = bench.ledger().batch(id).await?;
    let answer = after.as_ref().and_then(written).unwrap_or_else(|| Answer::undone(stands));
    let (files, orders, aside) = (exported.files.len(), exported.orders, exported.quarantined);
    Ok(answer.and(format!("the export wrote {files} files with {orders} orders and set {aside} aside")))
}

fn written(batch: &Batch) -> Option<Answer> {
    let (id, state, since) = (batch.id, batch.state, names::instant(batch.updated_at));
    let file = match batch.object_key.as_deref() {
        None | Some("") => "it has no file, for its orders all moved on".to_owned(),
        Some(key) => format!("its file is {key}"),
    };
    matches!(batch.state, BatchState::Written | BatchState::Acknowledged)
        .then(|| Answer::done(format!("batch {id} is {state} since {since}: {file}")))
}
