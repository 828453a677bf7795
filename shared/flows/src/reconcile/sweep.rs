//! What waits too long is announced again, each time after a longer wait, and only so often.

use futures::{StreamExt, TryStreamExt};
use jiff::{SignedDuration, Timestamp};
use passerelle_domain::Result;
use passerelle_ledger::{
    BatchState, DropState, InvoiceState, InvoiceSummary, OrderStatus, OrderSummary, Window,
};
use passerelle_services::{InvoiceAnnouncement, Work};

use crate::reconcile::gaps::{Detail, Gap, GapKind};
use crate::reconcile::inbox::announce;
use crate::reconcile::{MAX_COUNTED, Reconcile, before};

/// An invoice that waits longer than this has lost its message: more than the queues' visibility
/// time-outs, less than an operator's patience.
const INVOICE_PATIENCE: SignedDuration = SignedDuration::from_mins(20);
/// The same for a file: more than the 90 minutes for which one that is being read is hidden.
const DROP_PATIENCE: SignedDuration = SignedDuration::from_mins(100);
/// How often something is announced again while it stays in one state, each time after twice the
/// wait: an invoice after 20, 40, 80, 160 and 320 minutes.
pub(crate) const MAX_ANNOUNCEMENTS: u32 = 5;
/// How many invoices one run announces again in each state.
const MAX_REDRIVES: usize = 2000;
/// A batch, a drop or an invoice without PDF that takes longer than this is stuck.
const STUCK_AFTER: SignedDuration = SignedDuration::from_hours(1);
/// At the shop's pace, publishing an evening's invoices takes its time: as long as the oldest message
/// of its queue may get (infra/alarms.tf).
const UNPUBLISHED_AFTER: SignedDuration = SignedDuration::from_hours(4);
/// What a shop confirms this long after midnight is exported in the same night: the last export is at
/// 01:50 in the night that has no 02:50 (infra/schedules.tf), and a fetch runs before it.
const IN_TIME: SignedDuration = SignedDuration::from_mins(90);
/// Records written side by side.
const CONCURRENCY: usize = 16;

/// Announces again what has waited for long enough; what has waited too long is a gap.
pub(crate) async fn announce_again(deps: &Reconcile, now: Timestamp, gaps: &mut Vec<Gap>) -> Result<u64> {
    let registered = Waiting {
        state: InvoiceState::Registered,
        work: Work::RenderInvoice,
        late: STUCK_AFTER,
        kind: GapKind::InvoiceNotRendered,
    };
    let rendered = Waiting {
        state: InvoiceState::Rendered,
        work: Work::PublishInvoice,
        late: UNPUBLISHED_AFTER,
        kind: GapKind::InvoiceNotPublished,
    };
    let mut announced = registered.announce_again(deps, now, gaps).await?;
    announced += rendered.announce_again(deps, now, gaps).await?;
    announced += drops(deps, now, gaps).await?;
    batches(deps, now, gaps).await?;
    unacknowledged(deps, now, gaps).await?;
    orders(deps, now, gaps).await?;
    Ok(announced)
}

/// Invoices that wait in a state.
struct Waiting {
    state: InvoiceState,
    work: Work,
    late: SignedDuration,
    kind: GapKind,
}

impl Waiting {
    async fn announce_again(&self, deps: &Reconcile, now: Timestamp, gaps: &mut Vec<Gap>) -> Result<u64> {
        let window = Window::before(before(now, INVOICE_PATIENCE), MAX_COUNTED);
        let mut due = Vec::new();
        for invoice in deps.env.ledger.invoices_in(self.state, window).await? {
            let (since, times) = (invoice.updated_at, invoice.announced_again);
            if since <= before(now, self.late) || times >= MAX_ANNOUNCEMENTS {
                // The list may lag behind; a gap may not.
                let record = deps.env.ledger.invoice(&invoice.number).await?;
                if record.is_none_or(|record| record.state != self.state || record.updated_at != since) {
                    continue;
                }
                let detail = Detail::AnnouncedAgain(times);
                gaps.push(Gap::new(self.kind, &invoice.number, since).with(detail));
            }
            if is_due(now, since, INVOICE_PATIENCE, times) && due.len() < MAX_REDRIVES {
                due.push(invoice);
            }
        }
        if due.is_empty() {
            return Ok(0);
        }
        tracing::warn!(state = %self.state, invoices = due.len(), "invoices waited too long; announced again");
        let body = |invoice: &InvoiceSummary| {
            let (number, revision) = (invoice.number.clone(), invoice.revision.clone());
            InvoiceAnnouncement { number, revision }.to_body()
        };
        let bodies: Vec<_> = due.iter().map(body).collect();
        // Sent, then counted: a crash between the two repeats a message and skips none.
        deps.env.announce(self.work, &bodies).await?;
        futures::stream::iter(&due)
            .map(|invoice| {
                let times = invoice.announced_again + 1;
                deps.env.ledger.invoice_announced_again(&invoice.number, self.state, times)
            })
            .buffer_unordered(CONCURRENCY)
            .try_collect::<Vec<_>>()
            .await?;
        Ok(due.len() as u64)
    }
}

/// Whether what has been announced again so many times has waited long enough for the next time.
fn is_due(now: Timestamp, since: Timestamp, patience: SignedDuration, times: u32) -> bool {
    times < MAX_ANNOUNCEMENTS && since < before(now, patience * 2_i32.pow(times))
}

async fn drops(deps: &Reconcile, now: Timestamp, gaps: &mut Vec<Gap>) -> Result<u64> {
    let mut announced = 0;
    let window = Window::before(before(now, STUCK_AFTER), MAX_COUNTED);
    for listed in deps.env.ledger.drops_in(DropState::Checking, window).await? {
        let Some(drop) = deps.env.ledger.drop_record(&listed.id).await? else { continue };
        if drop.state != DropState::Checking {
            continue;
        }
        let (since, times) = (drop.updated_at, drop.announced_again);
        gaps.push(Gap::new(GapKind::DropStuck, &drop.id, since).with(Detail::AnnouncedAgain(times)));
        if is_due(now, since, DROP_PATIENCE, times) {
            tracing::warn!(drop = %drop.id, "the file was not read to the end; announced again");
            announce(deps, &drop.id, drop.size).await?;
            deps.env.ledger.drop_announced_again(&drop.id, times + 1).await?;
            announced += 1;
        }
    }
    Ok(announced)
}

async fn batches(deps: &Reconcile, now: Timestamp, gaps: &mut Vec<Gap>) -> Result<()> {
    let window = Window::before(before(now, STUCK_AFTER), MAX_COUNTED);
    for state in [BatchState::Open, BatchState::Sealed] {
        for listed in deps.env.ledger.batches_in(state, window).await? {
            if let Some(batch) = deps.env.ledger.batch(&listed.id).await?.filter(|batch| batch.state == state)
            {
                let detail = Detail::Batch(state, batch.members.len());
                gaps.push(Gap::new(GapKind::BatchStuck, batch.id, batch.updated_at).with(detail));
            }
        }
    }
    Ok(())
}

/// Files of orders that the ERP has not acknowledged for too long.
async fn unacknowledged(deps: &Reconcile, now: Timestamp, gaps: &mut Vec<Gap>) -> Result<()> {
    let Some(patience) = deps.answer_within else { return Ok(()) };
    let window = Window::before(before(now, patience), MAX_COUNTED);
    for listed in deps.env.ledger.batches_in(BatchState::Written, window).await? {
        // One that holds no order has no file to acknowledge.
        let held = deps.env.ledger.batch(&listed.id).await?;
        let held = held.filter(|batch| batch.state == BatchState::Written && !batch.members.is_empty());
        if let Some(batch) = held {
            let detail = Detail::Batch(batch.state, batch.members.len());
            gaps.push(Gap::new(GapKind::AnswerMissing, batch.id, batch.updated_at).with(detail));
        }
    }
    Ok(())
}

/// Orders that a night left behind, and orders that a batch holds although it is written.
async fn orders(deps: &Reconcile, now: Timestamp, gaps: &mut Vec<Gap>) -> Result<()> {
    let today = passerelle_domain::BusinessDay::of(now).start();
    if now.duration_since(today) >= deps.night_is_over {
        for order in deps.env.ledger.orders_in(OrderStatus::Ready, Window::all(MAX_COUNTED)).await? {
            let detail = if order.updated_at < today {
                Detail::LeftBehind
            } else if came_too_late(deps, &order, today).await? {
                Detail::TooLate
            } else {
                continue;
            };
            if stands(deps, &order, OrderStatus::Ready).await? {
                gaps.push(Gap::new(GapKind::OrderStuck, &order.key, order.updated_at).with(detail));
            }
        }
    }
    let window = Window::before(before(now, STUCK_AFTER), MAX_COUNTED);
    for order in deps.env.ledger.orders_in(OrderStatus::Claimed, window).await? {
        let Some(batch) = order.claimed else { continue };
        let state = deps.env.ledger.batch(&batch).await?.map(|batch| batch.state);
        let held = matches!(state, Some(BatchState::Open | BatchState::Sealed));
        // While its batch is open or sealed, it is the batch that is stuck.
        if !held && stands(deps, &order, OrderStatus::Claimed).await? {
            let detail = Detail::ClaimedBy(batch);
            gaps.push(Gap::new(GapKind::OrderStuck, &order.key, order.updated_at).with(detail));
        }
    }
    Ok(())
}

/// Whether an order that became ready today belonged to the night that is over: its customer ordered
/// on an earlier day and had it confirmed in time, and waits for the goods this morning. One that was
/// paid later, or that a person sent back, waits for the next night rightly.
async fn came_too_late(deps: &Reconcile, order: &OrderSummary, today: Timestamp) -> Result<bool> {
    if order.modified_at >= today + IN_TIME {
        return Ok(false);
    }
    let revisions = deps.env.ledger.order_revisions(&order.key).await?;
    let Some(latest) = revisions.last() else { return Ok(false) };
    let ordered_before = latest.content.as_ref().is_some_and(|content| content.created_at < today);
    // One that was sent back became ready after it was recorded.
    Ok(ordered_before && latest.recorded_at >= order.updated_at)
}

/// Whether an order still is as it was listed.
async fn stands(deps: &Reconcile, listed: &OrderSummary, status: OrderStatus) -> Result<bool> {
    let head = deps.env.ledger.order(&listed.key).await?;
    Ok(head.is_some_and(|head| head.status == status && head.updated_at == listed.updated_at))
}
