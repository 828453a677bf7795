//! How much the ERP is sent at once.

use jiff::Timestamp;
use passerelle_domain::{OrderKey, Result, Revision};
use passerelle_flows::export::Pace;
use passerelle_ledger::{BatchState, Ledger, Member, OrderStatus, OrderSummary, Window};

use crate::world::World;

/// In calm, when no list lags: no more files than the ERP takes, and what waits longest goes first.
pub async fn check_pace(
    world: &World,
    ledger: &Ledger,
    pace: Pace,
    planned: &[Member],
    started: Timestamp,
) -> Result<()> {
    // A run from before may still be at it, with what it read then.
    if world.calm_since().is_none_or(|calm| started < calm) {
        return Ok(());
    }
    let unanswered = ledger.batches_in(BatchState::Written, Window::all(usize::MAX)).await?;
    let unanswered = unanswered.iter().filter(|batch| !batch.members.is_empty()).count();
    if pace.unanswered_files.is_some_and(|most| unanswered >= most) {
        let how = format!("{unanswered} are not acknowledged");
        world.broken("the ERP is sent no more files than it takes", "outbox", how);
    }
    let mut youngest = None;
    for member in planned {
        youngest = youngest.max(ledger.order(&member.key).await?.map(|head| head.updated_at));
    }
    for order in ledger.orders_in(OrderStatus::Ready, Window::all(usize::MAX)).await? {
        let left = planned.iter().all(|member| member.key != order.key) && order.exported.is_none();
        if left && Some(order.updated_at) < youngest && is_of_an_earlier_day(ledger, &order, planned).await? {
            let how = format!("ready since {}, others since {youngest:?} go first", order.updated_at);
            world.broken("what waits longest goes first", &order.key, how);
        }
    }
    Ok(())
}

/// Whether an order was placed before another that goes out: then its day is over too.
async fn is_of_an_earlier_day(ledger: &Ledger, order: &OrderSummary, planned: &[Member]) -> Result<bool> {
    let placed = async |key: &OrderKey, revision: &Revision| {
        Ok(ledger.order_revision(key, revision).await?.map(|order| order.created_at))
    };
    let own = placed(&order.key, &order.revision).await?;
    for member in planned {
        if own.is_some() && own <= placed(&member.key, &member.revision).await? {
            return Ok(true);
        }
    }
    Ok(false)
}
