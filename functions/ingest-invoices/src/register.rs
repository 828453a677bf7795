//! The second pass: each good invoice is registered and announced.

use futures::{StreamExt, TryStreamExt};
use passerelle_domain::{Invoice, InvoiceKind, Money, Result};
use passerelle_erp::invoices::RejectedInvoice;
use passerelle_ledger::{DropId, InvoiceState, Registered};
use passerelle_platform::{Deadline, InvoiceAnnouncement};

use crate::{Deps, out_of_time};

/// What became of a file's invoices.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    pub(crate) invoices: u32,
    pub(crate) new: u32,
    pub(crate) same: u32,
    pub(crate) conflicts: u32,
    /// Totals with VAT, credit notes negative.
    pub(crate) gross: Money,
    pub(crate) rejected: Vec<RejectedInvoice>,
}

/// Invoices registered side by side, then announced together.
const CHUNK: usize = 100;
/// Conditional writes in flight.
const CONCURRENCY: usize = 32;
/// A chunk takes a second or two; with less time left than this, the next delivery goes on.
const SECONDS_FOR_A_CHUNK: i64 = 15;

pub(crate) async fn register_all(
    deps: &Deps,
    drop: &DropId,
    file: &[u8],
    deadline: Deadline,
) -> Result<Taken> {
    let mut taken = Taken::default();
    let mut chunk = Vec::with_capacity(CHUNK);
    for read in deps.layout.read(file) {
        match read {
            Ok(invoice) => chunk.push(invoice),
            Err(rejected) => {
                for fault in &rejected.faults {
                    tracing::warn!(
                        %drop, invoice = rejected.number, fault.line = fault.line, fault.column = fault.column,
                        fault.code = fault.rejection.code, fault.value = fault.rejection.value,
                        fault.rule = fault.rejection.rule, "invoice set aside"
                    );
                }
                taken.rejected.push(rejected);
            }
        }
        if chunk.len() == CHUNK {
            register_chunk(deps, drop, &mut chunk, deadline, &mut taken).await?;
        }
    }
    register_chunk(deps, drop, &mut chunk, deadline, &mut taken).await?;
    Ok(taken)
}

async fn register_chunk(
    deps: &Deps,
    drop: &DropId,
    chunk: &mut Vec<Invoice>,
    deadline: Deadline,
    taken: &mut Taken,
) -> Result<()> {
    if !deadline.has(SECONDS_FOR_A_CHUNK, &*deps.clock) {
        return Err(out_of_time(drop));
    }
    let registered: Vec<_> = futures::stream::iter(&*chunk)
        .map(|invoice| deps.ledger.register_invoice(invoice, drop, deps.clock.now()))
        .buffered(CONCURRENCY)
        .try_collect()
        .await?;
    let mut announcements = Vec::new();
    for (invoice, registered) in chunk.drain(..).zip(registered) {
        taken.invoices += 1;
        taken.gross += match invoice.kind {
            InvoiceKind::Invoice => invoice.totals.gross,
            InvoiceKind::CreditNote => -invoice.totals.gross,
        };
        let announce = match registered {
            Registered::New => {
                taken.new += 1;
                true
            }
            // An earlier delivery may have died between registering and announcing.
            Registered::Same(state) => {
                taken.same += 1;
                state == InvoiceState::Registered
            }
            Registered::Conflict => {
                taken.conflicts += 1;
                let number = &invoice.number;
                tracing::error!(%drop, invoice = %number, "the number is taken by another content; kept aside");
                false
            }
        };
        if announce {
            let revision = invoice.revision();
            announcements.push(InvoiceAnnouncement { number: invoice.number, revision }.to_body());
        }
    }
    deps.render_queue.send(&announcements).await
}
