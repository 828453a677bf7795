//! Writes the ERP's import files.
//!
//! A file is a pure function of a sealed batch: orders are claimed, the membership is frozen, the
//! object is written, the batch is marked. A run first finishes what an earlier one left, then takes
//! the orders of the days before its own, a file at a time.

mod choose;
mod pace;

use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use passerelle_config::Config;
use passerelle_domain::{
    BatchId, Digest, Failure, FailureKind, Money, Order, OrderKey, OrderState, Rejection, Result, Revision,
    ShopId,
};
use passerelle_erp::orders::{ImportFile, OrderToWrite, Repair, ShopLayouts};
use passerelle_ledger::{Batch, BatchState, Lease, Member, OrderStatus, Repaired, Window};
use passerelle_services::{Environment, Metric, ScheduledRun, keys, put_once};
use serde::Serialize;

pub use pace::Pace;

/// What a run depends on.
#[derive(Clone)]
pub struct Export {
    /// Its ledger, its objects, its clock.
    pub env: Environment,
    /// The layouts of the files.
    pub layouts: Arc<ShopLayouts>,
    /// The shops whose orders go first, in this order.
    pub priority: Vec<ShopId>,
    /// How much the ERP takes at once.
    pub pace: Pace,
}

impl Export {
    /// As an environment is configured.
    ///
    /// # Errors
    /// `Misconfigured` with the layout's file, its line and the path of the field.
    pub async fn of(env: Environment, config: &Config) -> Result<Self> {
        let layouts = Arc::new(config.order_layouts(&env).await?);
        Ok(Self { env, layouts, priority: config.orders.priority.clone(), pace: (&config.orders).into() })
    }
}

/// What a run did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Exported {
    /// The files that stand in S3 now, by key.
    pub files: Vec<String>,
    /// Orders in them.
    pub orders: u64,
    /// Their total with VAT, after refunds; nothing for those that are cancelled.
    pub total: Money,
    /// Orders set aside.
    pub quarantined: u64,
    /// Values repaired so that the ERP takes them.
    pub repairs: u64,
    /// Whether another run was at it.
    pub busy: bool,
    /// Whether the ERP has enough for now, or has to acknowledge first; the rest waits.
    pub held: bool,
    /// Whether there was too little time for all; the next run goes on.
    pub unfinished: bool,
}

/// With less time left than this, the next run writes the next file.
const SECONDS_FOR_A_FILE: i64 = 30;
/// The most orders that one run looks at.
const MAX_ORDERS: usize = 20_000;
/// Orders read side by side.
const CONCURRENCY: usize = 16;

/// Exports what is ready.
///
/// A batch whose file cannot be made keeps no other from being written.
///
/// # Errors
/// When the ledger or S3 cannot be reached; and, after all others were written, when the file of a
/// batch cannot be made: its layout no longer takes an order that was sealed into it.
pub async fn handle(deps: Export, run: ScheduledRun) -> Result<Exported> {
    let mut exported = Exported::default();
    let (now, until) = (deps.env.now(), run.deadline.instant());
    let Some(lease) = deps.env.ledger.acquire_lease("export-orders", &run.owner, now, until).await? else {
        tracing::info!("another run is exporting");
        exported.busy = true;
        return Ok(exported);
    };
    let mut refused = Vec::new();
    let outcome = export(&deps, &run, &lease, &mut exported, &mut refused).await;
    let released = deps.env.ledger.release_lease(&lease).await;
    deps.env.metrics.emit(&[
        (Metric::OrdersExported, exported.orders),
        (Metric::OrderFilesWritten, exported.files.len() as u64),
        (Metric::OrdersQuarantined, exported.quarantined),
        (Metric::OrderBatchesRefused, refused.len() as u64),
        (Metric::OrderValuesRepaired, exported.repairs),
    ]);
    // What went wrong in the run says more than what went wrong in ending it.
    outcome.and(refused.into_iter().next().map_or(Ok(()), Err)).and(released).map(|()| exported)
}

async fn export(
    deps: &Export,
    run: &ScheduledRun,
    lease: &Lease,
    exported: &mut Exported,
    refused: &mut Vec<Failure>,
) -> Result<()> {
    for state in [BatchState::Open, BatchState::Sealed] {
        for left in deps.env.ledger.batches_in(state, Window::all(MAX_ORDERS)).await? {
            if let Some(batch) = deps.env.ledger.adopt_batch(&left.id, lease).await? {
                tracing::info!(batch = %batch.id, state = %batch.state, "finishing what an earlier run left");
                complete_or_go_on(deps, batch, lease, exported, refused).await?;
            }
        }
    }
    let mut ready = waiting(deps).await?;
    let mut allowance = pace::Allowance::now(deps).await?;
    while let Some(shop) = ready.first().map(|key| key.shop.clone()) {
        if !run.deadline.has(SECONDS_FOR_A_FILE, &*deps.env.clock) {
            exported.unfinished = true;
            tracing::info!("too little time left; the next run goes on");
            return Ok(());
        }
        let most = allowance.next_file(deps.pace);
        if most == 0 {
            exported.held = true;
            tracing::info!("the ERP has enough for now; the rest waits");
            return Ok(());
        }
        let mut planned = Vec::new();
        loop {
            let fits = |key: &mut OrderKey| deps.layouts.share_files(&key.shop, &shop);
            let next: Vec<_> = ready.extract_if(.., fits).take(most - planned.len()).collect();
            if next.is_empty() {
                break;
            }
            let chosen: Vec<_> = futures::stream::iter(next)
                .map(|key| choose::choose(deps, run.day(), key))
                .buffered(CONCURRENCY)
                .try_collect()
                .await?;
            for choice in chosen {
                match choice {
                    choose::Choice::Take(member) => planned.push(member),
                    choose::Choice::SetAside => exported.quarantined += 1,
                    choose::Choice::Wait => exported.held = true,
                    choose::Choice::Leave => {}
                }
            }
        }
        if !planned.is_empty() {
            allowance.take(planned.len());
            let batch = deps.env.ledger.open_batch(run.day(), &planned, lease, deps.env.now()).await?;
            complete_or_go_on(deps, batch, lease, exported, refused).await?;
        }
    }
    Ok(())
}

/// The orders that wait: those of the shops with priority first, and of these and the others the oldest.
async fn waiting(deps: &Export) -> Result<Vec<OrderKey>> {
    let rank = |key: &OrderKey| deps.priority.iter().position(|shop| *shop == key.shop).unwrap_or(usize::MAX);
    let ready = deps.env.ledger.orders_in(OrderStatus::Ready, Window::all(MAX_ORDERS)).await?;
    let mut keys: Vec<OrderKey> = ready.into_iter().map(|order| order.key).collect();
    keys.sort_by_key(rank);
    Ok(keys)
}

/// Completes a batch. A failure that no retry can fix is noted, and the others go on; a person fixes the layout.
async fn complete_or_go_on(
    deps: &Export,
    batch: Batch,
    lease: &Lease,
    exported: &mut Exported,
    refused: &mut Vec<Failure>,
) -> Result<()> {
    let id = batch.id;
    match complete(deps, batch, lease, exported).await {
        Err(failure) if failure.kind() != FailureKind::Retry => {
            let kind = failure.kind().as_str();
            tracing::error!(batch = %id, error = %failure, error.kind = kind, "the batch cannot be written");
            refused.push(failure);
            Ok(())
        }
        outcome => outcome,
    }
}

/// Brings a batch from whatever state it is in to `written`.
async fn complete(deps: &Export, batch: Batch, lease: &Lease, exported: &mut Exported) -> Result<()> {
    let members = if batch.state == BatchState::Open {
        let claimed = deps.env.ledger.claim_orders(&batch.id, lease, deps.env.now()).await?;
        let members = claimed.ok_or_else(|| lost(&batch.id))?;
        if !deps.env.ledger.seal_batch(&batch.id, &members, lease, deps.env.now()).await? {
            return Err(lost(&batch.id));
        }
        members
    } else {
        batch.members
    };
    let orders: Vec<(Order, Option<Order>)> = futures::stream::iter(&members)
        .map(|member| member_order(deps, member))
        .buffered(CONCURRENCY)
        .try_collect()
        .await?;
    // A batch whose orders all moved on before it could claim them has no file.
    let mut repairs = Vec::new();
    let (key, content) = if let Some((first, _)) = orders.first() {
        let layout = deps.layouts.of(&first.key.shop);
        let to_write: Vec<OrderToWrite<'_>> = orders
            .iter()
            .map(|(order, previous)| OrderToWrite { order, previous: previous.as_ref() })
            .collect();
        let written = layout.write(&batch.id, &to_write).map_err(|faults| {
            let all = |shown: fn(&Rejection) -> String| {
                let faults = faults.iter().map(|(key, fault)| format!("order {key}: {}", shown(fault)));
                faults.collect::<Vec<_>>().join("; ")
            };
            let cause = format!("the layout no longer takes these orders: {}", all(Rejection::to_string));
            Failure::misconfigured("write the file of batch", batch.id.to_string(), cause)
                .quoting(all(Rejection::in_full))
        })?;
        repairs = log_repairs(written.repairs);
        exported.repairs += repairs.len() as u64;
        put_files(deps, &batch.id, written.files).await?
    } else {
        (String::new(), Digest::of(b""))
    };
    if !deps.env.ledger.batch_written(&batch.id, &key, &content, &repairs, lease, deps.env.now()).await? {
        return Err(lost(&batch.id));
    }
    let sold = orders.iter().filter(|(order, _)| order.state != OrderState::Cancelled);
    let total: Money = sold.map(|(order, _)| order.total_after_refunds()).sum();
    tracing::info!(batch = %batch.id, object.key = key, orders = orders.len(), total = %total, "file written");
    if !key.is_empty() {
        exported.files.push(key);
    }
    exported.orders += orders.len() as u64;
    exported.total += total;
    Ok(())
}

/// Puts the files of a batch, the main one last: where it stands, all stand. Its key and content are
/// the batch's.
async fn put_files(deps: &Export, batch: &BatchId, files: Vec<ImportFile>) -> Result<(String, Digest)> {
    let mut main = (String::new(), Digest::of(b""));
    for file in files.into_iter().rev() {
        let key = format!("{}{}", keys::ORDERS_OUTBOX, file.name);
        let note = format!("batch {batch}");
        let content = put_once(&*deps.env.objects, &key, file.bytes, "text/plain", &note).await?;
        main = (key, content);
    }
    Ok(main)
}

/// Logs what was repaired, without the customer's words, which a rule may repeat. They are kept with the order.
fn log_repairs(repairs: Vec<Repair>) -> Vec<(OrderKey, Repaired)> {
    let log = |Repair { order, field, from, to, rule }| {
        tracing::info!(order = %order, repair.field = field, "value repaired");
        (order, Repaired { field, from, to, rule })
    };
    repairs.into_iter().map(log).collect()
}

/// The order of a member, and what the ERP was sent of it last.
async fn member_order(deps: &Export, member: &Member) -> Result<(Order, Option<Order>)> {
    let order = revision(deps, member, &member.revision).await?;
    let previous = match &member.replaces {
        Some(replaced) => Some(revision(deps, member, replaced).await?),
        None => None,
    };
    Ok((order, previous))
}

async fn revision(deps: &Export, member: &Member, revision: &Revision) -> Result<Order> {
    let order = deps.env.ledger.order_revision(&member.key, revision).await?;
    order.ok_or_else(|| {
        let subject = format!("{}@{revision}", member.key);
        Failure::rejected("read the order of a batch", subject, "the ledger has no such revision")
    })
}

fn lost(batch: &BatchId) -> Failure {
    let cause = "a later run has taken over; this one stops";
    Failure::retry("complete batch", batch.to_string(), cause)
}
