//! Takes in the invoice CSV that the ERP dropped.
//!
//! The file is copied from S3 to the function's disk, piece by piece, and read twice there: the first
//! pass decides on the file as a whole, and a bad file is refused with nothing of it taken; the second
//! decides on each invoice: good ones are registered in the ledger, with one conditional write each and
//! many side by side, and announced to be rendered ten to a message; bad ones go into a rejects file.
//! Repeating any part changes nothing. How far a run has announced what it registered is noted, and the
//! next delivery of the message goes on there: it announces again only what the run before may have
//! registered last.
//!
//! | what is dropped | what becomes of it |
//! |---|---|
//! | the same version delivered again | nothing: it is finished, or goes on where it was |
//! | the same content under another name, or dropped again | read again; every invoice is known already, nothing is announced twice |
//! | corrected content under the same name | what is new is taken; a number with other content than the one that stands is a conflict, kept aside and alarmed |
//! | two deliveries at once, or two files with the same invoices at once | each invoice is registered once, by whichever comes first; the first outcome of a version stands |
//! | a newer version delivered before an older one | the older one is taken in first, so versions count in the order in which they were put; its own delivery then finds it finished |
//! | an upload cut off | refused whole as `truncated`: the trailer, the last line end or the last columns are missing |
//! | zero bytes, or nothing but empty lines | refused whole as `empty_file` |
//! | a ZIP, an Excel workbook, a PDF, UTF-16 | refused whole as `not_a_csv` (or `encoding`), with what it is |
//! | larger than `max_file_bytes` (1 GiB, say) | refused whole as `too_large` with size and limit, without being copied |
//! | a corrected rejects file | its invoices are taken like any others; it needs no trailer, and the added columns are not read |
//! | deleted before it was read | refused as `gone` |

mod refuse;
mod register;
mod versions;

use std::fs::File;
use std::io::Write;
use std::sync::Arc;

use passerelle_domain::{Failure, FailureKind, Rejection, Result};
use passerelle_erp::Rule;
use passerelle_erp::invoices::{CheckError, InvoiceLayout};
use passerelle_ledger::{DropId, DropOutcome, DropState};
use passerelle_services::{
    Deadline, DroppedObject, Environment, Message, Metric, dropped_objects, keys, put_file_once,
};
use tempfile::NamedTempFile;

/// What the work depends on.
#[derive(Clone)]
pub struct Ingest {
    /// Its ledger, its objects, its clock.
    pub env: Environment,
    /// The layout of the CSV.
    pub layout: Arc<InvoiceLayout>,
    /// The largest file that is read. It is kept on the function's own disk while it is read, and beside
    /// it what is set aside of it.
    pub max_file_bytes: u64,
}

/// Works on one S3 notification.
///
/// # Errors
/// When the outside fails, or the time is up: the message comes again and goes on where it was.
pub async fn handle(deps: Arc<Ingest>, message: Message) -> Result<()> {
    for object in dropped_objects(&message.body)? {
        if !object.key.starts_with(keys::INVOICES_INBOX) || object.key.ends_with('/') {
            tracing::info!(object.key, "not an invoice file; ignored");
            continue;
        }
        for older in versions::unread_before(&deps, &object).await? {
            tracing::info!(
                object.key = older.key,
                object.version = older.version,
                "an older version goes first"
            );
            take_in(&deps, older, message.deadline).await?;
        }
        take_in(&deps, object, message.deadline).await?;
    }
    Ok(())
}

async fn take_in(deps: &Ingest, object: DroppedObject, deadline: Deadline) -> Result<()> {
    let drop = DropId { key: object.key, version: object.version };
    let known = deps.env.ledger.begin_drop(&drop, object.size, deps.env.now()).await?;
    if known.state != DropState::Checking {
        tracing::info!(%drop, state = %known.state, "delivered again; it was taken in before");
        deps.env.metrics.emit(&[(Metric::DuplicateDeliveries, 1)]);
        return Ok(());
    }
    let too_large = |bytes: u64| {
        let (value, most) = (format!("{bytes} bytes"), deps.max_file_bytes);
        Rejection::new(Rule::TooLarge, "file", value, format!("the file has more than {most} bytes"))
    };
    if object.size > deps.max_file_bytes {
        return refuse::whole(deps, &drop, None, too_large(object.size)).await;
    }
    let mut local = NamedTempFile::new().map_err(|error| on_disk(&drop, error))?;
    // In a bucket without versions the latest is all there is.
    let version = Some(drop.version.as_str()).filter(|version| *version != "null");
    let copied = deps.env.objects.copy_to(&drop.key, version, deps.max_file_bytes, local.as_file_mut()).await;
    // Larger than S3 had announced.
    if let Err(failure) = &copied
        && failure.kind() == FailureKind::Rejected
    {
        let most = deps.max_file_bytes;
        let rule = format!("the file has more than {most} bytes");
        let rejection = Rejection::new(Rule::TooLarge, "file", format!("over {most} bytes"), rule);
        return refuse::whole(deps, &drop, None, rejection).await;
    }
    if copied?.is_none() {
        let rejection = Rejection::new(Rule::Gone, "file", "", "the file was deleted before it was read");
        return refuse::whole(deps, &drop, None, rejection).await;
    }
    let source = File::open(local.path()).map_err(|error| on_disk(&drop, error))?;
    let file = match deps.layout.check_file(source) {
        Ok(file) => file,
        Err(CheckError::Refused(rejection)) => {
            return refuse::whole(deps, &drop, Some(local), rejection).await;
        }
        Err(CheckError::Unreadable(error)) => return Err(on_disk(&drop, error)),
    };
    let (taken, rejects) = register::all(deps, &drop, file, known.progress, deadline).await?;
    let rejects_key = match rejects {
        None => None,
        Some(mut rejects) => {
            rejects.flush().map_err(|error| on_disk(&drop, error))?;
            let key = format!("{}.csv", drop.set_aside_in(refuse::FOLDER));
            let origin = drop.digest();
            put_file_once(&*deps.env.objects, &key, rejects.path(), "text/csv", origin.as_str()).await?;
            Some(key)
        }
    };
    let progress = taken.progress;
    let outcome = DropOutcome::Accepted {
        invoices: progress.done,
        new: progress.new,
        same: progress.same,
        conflicts: progress.conflicts,
        rejected: taken.rejected,
        noted: progress.noted,
        gross: progress.gross,
        rejects_key,
        set_aside: taken.set_aside,
    };
    finish(deps, &drop, &outcome).await?;
    deps.env.metrics.emit(&[
        (Metric::DropsAccepted, 1),
        (Metric::InvoicesRegistered, progress.new.into()),
        (Metric::InvoiceConflicts, progress.conflicts.into()),
        (Metric::InvoicesRejected, taken.rejected.into()),
        (Metric::InvoicesNoted, progress.noted.into()),
    ]);
    tracing::info!(
        %drop, invoices = progress.done, new = progress.new, same = progress.same,
        conflicts = progress.conflicts, rejected = taken.rejected, noted = progress.noted,
        gross = %progress.gross, "file taken in"
    );
    Ok(())
}

async fn finish(deps: &Ingest, drop: &DropId, outcome: &DropOutcome) -> Result<()> {
    if !deps.env.ledger.finish_drop(drop, outcome, deps.env.now()).await? {
        tracing::info!(%drop, "another delivery of the same file finished first");
    }
    Ok(())
}

/// The disk is full or gone: another run may have more luck.
fn on_disk(drop: &DropId, error: std::io::Error) -> Failure {
    Failure::retry("read file on disk", drop.to_string(), error)
}

/// The failure that makes the message come again when the invocation is about to end.
fn out_of_time(drop: &DropId) -> Failure {
    Failure::retry("take in", drop.to_string(), "too little time left; the next delivery goes on")
}
