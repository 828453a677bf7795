//! Repeats what did not follow, and says what is missing.
//!
//! The ledger is the outbox: an invoice that stays `registered` or `rendered` too long has lost its
//! message, so it is announced again. What cannot be re-driven (a batch that no run completes, a drop
//! that is never finished) counts as a gap and alarms. The day's figures go into
//! `reports/<day>.json`.

mod report;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use passerelle_domain::Result;
use passerelle_ledger::{BatchState, DropState, InvoiceState, Ledger, OrderStatus, Window};
use passerelle_platform::{Clock, InvoiceAnnouncement, Metrics, Objects, Queue, ScheduledRun};

pub use report::{Figures, Report};

/// What a run depends on.
#[derive(Clone)]
pub struct Deps {
    /// Where registered invoices are announced.
    pub render_queue: Arc<dyn Queue>,
    /// Where rendered invoices are announced.
    pub publish_queue: Arc<dyn Queue>,
    /// The ledger.
    pub ledger: Arc<dyn Ledger>,
    /// Where reports go.
    pub objects: Arc<dyn Objects>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Metrics.
    pub metrics: Metrics,
}

/// An invoice that waits longer than this has lost its message: more than the queues' visibility
/// time-outs, less than an operator's patience.
const INVOICE_PATIENCE: SignedDuration = SignedDuration::from_mins(20);
/// A batch or a drop that takes longer than this is stuck.
const STUCK_AFTER: SignedDuration = SignedDuration::from_hours(1);
/// How many invoices one run announces again in each state.
const MAX_REDRIVES: usize = 2000;
/// How many items of one kind and state a report counts.
const MAX_COUNTED: usize = 100_000;

/// Sweeps, re-drives and reports.
///
/// # Errors
/// When the ledger, S3 or SQS cannot be reached.
pub async fn handle(deps: Deps, run: ScheduledRun) -> Result<Report> {
    let now = deps.clock.now();
    let mut report = report::of_day(&deps, run.day(), now).await?;
    report.announced_again +=
        announce_again(&deps, InvoiceState::Registered, &*deps.render_queue, now).await?;
    report.announced_again +=
        announce_again(&deps, InvoiceState::Rendered, &*deps.publish_queue, now).await?;
    report.stuck = stuck(&deps, now).await?;
    let json = serde_json::to_vec_pretty(&report).expect("a report always serialises");
    deps.objects.put(&format!("reports/{}.json", run.day()), json, "application/json").await?;
    let quarantined = report.orders.get(OrderStatus::Quarantined.as_str()).map_or(0, |figures| figures.count);
    tracing::info!(
        day = %run.day(), announced_again = report.announced_again, gaps = report.stuck.len(), quarantined,
        "reconciled"
    );
    let gaps = report.stuck.len() as u64;
    deps.metrics.count(&[("gaps", gaps), ("announced_again", report.announced_again)]);
    Ok(report)
}

async fn announce_again(deps: &Deps, state: InvoiceState, queue: &dyn Queue, now: Timestamp) -> Result<u64> {
    let window = Window::before(before(now, INVOICE_PATIENCE), MAX_REDRIVES);
    let waiting = deps.ledger.invoices_in(state, window).await?.into_iter();
    let bodies: Vec<_> = waiting
        .map(|invoice| InvoiceAnnouncement { number: invoice.number, revision: invoice.revision }.to_body())
        .collect();
    if !bodies.is_empty() {
        tracing::warn!(%state, invoices = bodies.len(), "invoices waited too long; announced again");
        queue.send(&bodies).await?;
    }
    Ok(bodies.len() as u64)
}

/// Batches that no run completes and drops that are never finished, each as a sentence.
async fn stuck(deps: &Deps, now: Timestamp) -> Result<Vec<String>> {
    let window = Window::before(before(now, STUCK_AFTER), MAX_COUNTED);
    let mut stuck = Vec::new();
    for state in [BatchState::Open, BatchState::Sealed] {
        for batch in deps.ledger.batches_in(state, window).await? {
            stuck.push(format!("batch {} is {state} since {}", batch.id, batch.updated_at));
        }
    }
    for drop in deps.ledger.drops_in(DropState::Checking, window).await? {
        stuck.push(format!("drop {} is not finished since {}", drop.id, drop.updated_at));
    }
    Ok(stuck)
}

fn before(now: Timestamp, patience: SignedDuration) -> Timestamp {
    now.checked_sub(patience).unwrap_or(Timestamp::MIN)
}
