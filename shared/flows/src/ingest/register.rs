//! The second pass: each good invoice is registered and announced, each bad one set aside.

use std::io::{Read, Seek};

use futures::{StreamExt, TryStreamExt};
use passerelle_domain::Result;
use passerelle_erp::invoices::{CheckedFile, Fault, InvoiceRead, RejectedInvoice};
use passerelle_ledger::{DropId, DropProgress, InvoiceState, Registered, SetAside, invoice_fits};
use passerelle_services::{Deadline, InvoiceAnnouncement, Work};
use tempfile::NamedTempFile;

use crate::ingest::{Ingest, on_disk, out_of_time};

/// What became of a file's invoices.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    pub(crate) progress: DropProgress,
    pub(crate) rejected: u32,
    /// The first of the rejected.
    pub(crate) set_aside: Vec<SetAside>,
}

/// Invoices registered side by side, then announced together: what is held in memory.
const CHUNK: usize = 200;
/// An invoice of so few bytes in its file fits into the ledger, so the others alone are measured.
const FITS_BYTES: usize = 100_000;
/// Conditional writes in flight.
const CONCURRENCY: usize = 32;
/// A chunk takes a second or two; with less time left than this, the next delivery goes on.
const SECONDS_FOR_A_CHUNK: i64 = 15;
/// How much of a number and of a column's name is kept: the longest number has 64 characters.
const MAX_TEXT: usize = 64;
/// More faults than this of a kind are in the rejects file or the count only, not in the log too.
const LOGGED: u32 = 200;

/// Registers all good invoices behind where an earlier run stopped, and writes the rejects file, whole,
/// if there is anything to write.
pub(crate) async fn all(
    deps: &Ingest,
    drop: &DropId,
    mut file: CheckedFile<'_, impl Read + Seek + Send>,
    before: Option<DropProgress>,
    deadline: Deadline,
) -> Result<(Taken, Option<NamedTempFile>)> {
    let before = before.unwrap_or_default();
    let mut run =
        Run { deps, drop, deadline, taken: Taken { progress: before, ..Taken::default() }, goes_on: true };
    let mut rejects: Option<NamedTempFile> = None;
    let mut chunk = Vec::with_capacity(CHUNK);
    let (mut at, mut noted) = (0, 0);
    while let Some(read) = file.next() {
        let read = match read.map_err(|error| on_disk(drop, error))? {
            Ok(read) if read.bytes > FITS_BYTES => match invoice_fits(&read.invoice, drop) {
                Ok(()) => Ok(read),
                Err(why) => Err(file.reject(&read, why).map_err(|error| on_disk(drop, error))?),
            },
            read => read,
        };
        let is_new = at >= before.done;
        at += 1;
        match read {
            Ok(read) if is_new => {
                for note in &read.notes {
                    log_note(drop, read.invoice.number.as_str(), note, &mut noted);
                }
                chunk.push(read);
            }
            Ok(_) => {}
            Err(rejected) => {
                if rejects.is_none() {
                    let mut begun = NamedTempFile::new().map_err(|error| on_disk(drop, error))?;
                    file.begin_rejects(&mut begun).map_err(|error| on_disk(drop, error))?;
                    rejects = Some(begun);
                }
                if let Some(rejects) = &mut rejects {
                    let mut out = std::io::BufWriter::new(rejects);
                    file.write_rejected(&rejected, &mut out).map_err(|error| on_disk(drop, error))?;
                    out.into_inner().map_err(|error| on_disk(drop, error.into_error()))?;
                }
                if is_new && run.taken.rejected < LOGGED {
                    log_rejected(drop, &rejected);
                }
                run.taken.rejected += 1;
                if run.taken.set_aside.len() < SetAside::MOST {
                    run.taken.set_aside.push(set_aside(&rejected));
                }
            }
        }
        if chunk.len() == CHUNK {
            run.register(&mut chunk, at).await?;
        }
    }
    run.register(&mut chunk, at).await?;
    Ok((run.taken, rejects))
}

/// One run over a file.
struct Run<'r> {
    deps: &'r Ingest,
    drop: &'r DropId,
    deadline: Deadline,
    taken: Taken,
    /// Whether it stands where an earlier run may have died between registering and announcing.
    goes_on: bool,
}

impl Run<'_> {
    /// Registers and announces a chunk, with which the first `done` invoices of the file are done; then
    /// notes that, so that a run which dies leaves at most one chunk registered and not announced.
    async fn register(&mut self, chunk: &mut Vec<InvoiceRead>, done: u32) -> Result<()> {
        let Self { deps, drop, .. } = *self;
        if !chunk.is_empty() && !self.deadline.has(SECONDS_FOR_A_CHUNK, &*deps.env.clock) {
            return Err(out_of_time(drop));
        }
        // At most so many writes are under way; the file is not read on before all are done.
        let registered: Vec<_> = futures::stream::iter(&*chunk)
            .map(|read| deps.env.ledger.register_invoice(&read.invoice, drop, deps.env.now()))
            .buffered(CONCURRENCY)
            .try_collect()
            .await?;
        let progress = &mut self.taken.progress;
        let mut announcements = Vec::new();
        for (InvoiceRead { invoice, notes, .. }, registered) in chunk.drain(..).zip(registered) {
            progress.noted += u32::from(!notes.is_empty());
            progress.gross += invoice.signed_gross();
            let announce = match registered {
                Registered::New => {
                    progress.new += 1;
                    true
                }
                // Behind the first chunk, whoever registered it announces it; `reconcile` does if that
                // one died.
                Registered::Same(state) => {
                    progress.same += 1;
                    self.goes_on && state == InvoiceState::Registered
                }
                Registered::Conflict => {
                    progress.conflicts += 1;
                    let number = &invoice.number;
                    tracing::error!(%drop, invoice = %number, "the number has other content already; kept aside");
                    false
                }
            };
            if announce {
                let revision = invoice.revision();
                announcements.push(InvoiceAnnouncement { number: invoice.number, revision }.to_body());
            }
        }
        if !announcements.is_empty() {
            deps.env.announce(Work::RenderInvoice, &announcements).await?;
        }
        self.goes_on = false;
        if done > self.taken.progress.done {
            self.taken.progress.done = done;
            deps.env.ledger.drop_progressed(drop, self.taken.progress).await?;
        }
        Ok(())
    }
}

/// What the ledger keeps of a rejected invoice, so that its number is found again.
fn set_aside(rejected: &RejectedInvoice) -> SetAside {
    let cut = |text: &str| text.chars().take(MAX_TEXT).collect();
    let number = cut(&rejected.number);
    match rejected.faults.first() {
        Some(Fault { line, column, rejection }) => {
            SetAside { number, line: *line, column: cut(column), code: rejection.code.clone() }
        }
        None => SetAside { number, line: 0, column: String::new(), code: String::new() },
    }
}

fn log_note(drop: &DropId, number: &str, note: &Fault, logged: &mut u32) {
    *logged += 1;
    if *logged <= LOGGED {
        let Fault { line, column, rejection } = note;
        tracing::warn!(
            %drop, invoice = number, fault.line = line, fault.column = column, fault.code = rejection.code,
            "accepted with the ERP's figure, which is within the tolerance"
        );
    }
}

fn log_rejected(drop: &DropId, rejected: &RejectedInvoice) {
    for fault in rejected.faults.iter().take(LOGGED as usize) {
        tracing::warn!(
            %drop, fault.line = fault.line, fault.column = fault.column, fault.code = fault.rejection.code,
            "invoice set aside"
        );
    }
}
