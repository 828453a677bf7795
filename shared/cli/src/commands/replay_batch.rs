//! `replay batch`: a file for the ERP that no run completed.

use jiff::SignedDuration;
use passerelle_config::Config;
use passerelle_domain::{BatchId, Result};
use passerelle_flows::export::{self, Export, Exported};
use passerelle_ledger::{Batch, BatchState};
use passerelle_services::{Deadline, Environment, ScheduledRun};

use crate::{Answer, names};

/// How long a run of the export by hand may last.
const RUN: SignedDuration = SignedDuration::from_mins(10);

pub(super) async fn run(env: &Environment, id: &BatchId, dry_run: bool) -> Result<Answer> {
    let Some(batch) = env.ledger.batch(id).await? else {
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
    let exported = export_now(env).await?;
    if exported.busy {
        return Ok(Answer::undone(stands)
            .and("another run is exporting: it completes the batch, look again in some minutes"));
    }
    let after = env.ledger.batch(id).await?;
    let answer = after.as_ref().and_then(written).unwrap_or_else(|| Answer::undone(stands));
    let (files, orders, aside) = (exported.files.len(), exported.orders, exported.quarantined);
    Ok(answer.and(format!("the export wrote {files} files with {orders} orders and set {aside} aside")))
}

/// Runs the export as the function does, under the same lease.
async fn export_now(env: &Environment) -> Result<Exported> {
    let config = Config::of(env).await?;
    let now = env.now();
    // Unique for each run: it is the lease's owner.
    let owner = format!("passerelle-{}-{}", std::process::id(), now.as_nanosecond());
    let run = ScheduledRun { scheduled_time: now, owner, deadline: Deadline::at(now + RUN) };
    export::handle(Export::of(env.clone(), &config).await?, run).await
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
