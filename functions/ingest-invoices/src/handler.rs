//! Takes in the invoice CSV that the ERP dropped.
//!
//! Two passes: the first decides on the file as a whole, and a bad file is refused with nothing of it
//! taken; the second decides on each invoice: good ones are registered in the ledger and announced to
//! be rendered, bad ones go into a rejects file. Repeating any part changes nothing.

mod register;
mod rejects;

use std::sync::Arc;

use passerelle_domain::{Failure, Rejection, Result};
use passerelle_erp::invoices::InvoiceLayout;
use passerelle_ledger::{DropId, DropOutcome, DropState, Ledger};
use passerelle_platform::{
    Clock, Deadline, DroppedObject, Message, Metrics, Objects, Queue, dropped_objects,
};

/// What the work depends on.
#[derive(Clone)]
pub struct Deps {
    /// The layout of the CSV.
    pub layout: Arc<InvoiceLayout>,
    /// The largest file that is read.
    pub max_file_bytes: u64,
    /// Where registered invoices are announced.
    pub render_queue: Arc<dyn Queue>,
    /// The ledger.
    pub ledger: Arc<dyn Ledger>,
    /// Where the file is, and where rejects go.
    pub objects: Arc<dyn Objects>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Metrics.
    pub metrics: Metrics,
}

/// The prefix of the keys that are taken in.
const INBOX: &str = "invoices/inbox/";

/// Works on one S3 notification.
///
/// # Errors
/// When the outside fails: the message comes again and goes on where it was.
pub async fn handle(deps: Arc<Deps>, message: Message) -> Result<()> {
    for object in dropped_objects(&message.body)? {
        take_in(&deps, object, message.deadline).await?;
    }
    Ok(())
}

async fn take_in(deps: &Deps, object: DroppedObject, deadline: Deadline) -> Result<()> {
    if !object.key.starts_with(INBOX) || object.key.ends_with('/') {
        tracing::info!(object.key, "no invoice file; left alone");
        return Ok(());
    }
    let drop = DropId { key: object.key, version: object.version };
    let known = deps.ledger.begin_drop(&drop, object.size, deps.clock.now()).await?;
    if known.state != DropState::Checking {
        tracing::info!(%drop, state = %known.state, "delivered again; it was taken in before");
        deps.metrics.count(&[("duplicate_deliveries", 1)]);
        return Ok(());
    }
    if object.size > deps.max_file_bytes {
        let (value, most) = (format!("{} bytes", object.size), deps.max_file_bytes);
        let rejection = Rejection::new("too_large", "file", value, format!("at most {most} bytes"));
        return refuse(deps, &drop, None, rejection).await;
    }
    // In a bucket without versions the latest is all there is.
    let version = Some(drop.version.as_str()).filter(|version| *version != "null");
    let Some(file) = deps.objects.get(&drop.key, version, deps.max_file_bytes).await? else {
        let rejection = Rejection::new("gone", "file", "", "the file was taken away before it was read");
        return refuse(deps, &drop, None, rejection).await;
    };
    if let Err(rejection) = deps.layout.check_file(&file.body) {
        return refuse(deps, &drop, Some(file.body), rejection).await;
    }
    let mut taken = register::register_all(deps, &drop, &file.body, deadline).await?;
    let rejects_key = rejects::keep_rejects(deps, &drop, &file.body, &taken.rejected).await?;
    let rejected = u32::try_from(taken.rejected.len()).unwrap_or(u32::MAX);
    taken.invoices += rejected;
    let outcome = DropOutcome::Accepted {
        invoices: taken.invoices,
        new: taken.new,
        same: taken.same,
        conflicts: taken.conflicts,
        rejected,
        gross: taken.gross,
        rejects_key,
    };
    finish(deps, &drop, &outcome).await?;
    deps.metrics.count(&[
        ("drops_accepted", 1),
        ("invoices_registered", taken.new.into()),
        ("invoice_conflicts", taken.conflicts.into()),
        ("invoices_rejected", rejected.into()),
    ]);
    let (new, same, conflicts) = (taken.new, taken.same, taken.conflicts);
    tracing::info!(%drop, invoices = taken.invoices, new, same, conflicts, rejected, gross = %taken.gross, "file taken in");
    Ok(())
}

/// Refuses a file whole: what is wrong is kept beside a copy of the file, for a person.
async fn refuse(deps: &Deps, drop: &DropId, file: Option<Vec<u8>>, rejection: Rejection) -> Result<()> {
    let rejects_key = rejects::keep_refused_file(deps, drop, file, &rejection).await?;
    tracing::error!(
        %drop, fault.code = rejection.code, fault.field = rejection.field, fault.value = rejection.value,
        fault.rule = rejection.rule, rejects.key = rejects_key, "file refused whole"
    );
    deps.metrics.count(&[("drops_rejected", 1)]);
    finish(deps, drop, &DropOutcome::Rejected { rejection, rejects_key: Some(rejects_key) }).await
}

async fn finish(deps: &Deps, drop: &DropId, outcome: &DropOutcome) -> Result<()> {
    if !deps.ledger.finish_drop(drop, outcome, deps.clock.now()).await? {
        tracing::info!(%drop, "another delivery of the same file finished first");
    }
    Ok(())
}

/// The failure that makes the message come again when the invocation is about to end.
fn out_of_time(drop: &DropId) -> Failure {
    Failure::retry("take in", drop.to_string(), "too little time left; the next delivery goes on")
}
