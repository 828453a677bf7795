//! Takes in the ERP's files of acknowledgements: what became of the orders that it was sent.
//!
//! Each acknowledgement goes into the ledger first and then to the shop, with the ERP's number; a refused
//! order waits for a person with the ERP's reason. A file is finished when the shop was sent all of it, so a
//! shop that is down only makes the message come again. Repeating any part changes nothing.
//! Acknowledgements of a batch that the export has not recorded as written yet wait until it has.
//!
//! | a row | becomes |
//! |---|---|
//! | accepted | the order is `accepted`, the shop is sent its number |
//! | refused | the order is `rejected` (`refused_by_erp`) with the ERP's reason, and may be replayed |
//! | the same as before | nothing; sent to the shop if it was not yet |
//! | of a batch that a newer one has followed | nothing; counted |
//! | unreadable, or of an order that was not in that batch | a row of the rejects file |

mod rejects;
mod resolve;

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::StreamExt;
use passerelle_domain::{BatchId, Failure, FailureKind, OrderKey, Rejection, Result};
use passerelle_erp::Rule;
use passerelle_erp::acks::{Ack, AckLayout, BadAck};
use passerelle_ledger::{
    AckRecorded, Acknowledgement, BatchState, DropId, DropOutcome, DropRecord, DropState, Ledger,
};
use passerelle_services::{Deadline, DroppedObject, Environment, Message, Metric, dropped_objects, keys};
use passerelle_shops::{Acknowledged, OrderAcknowledgement, OrderOutcome, Shop};

/// What the work depends on.
pub struct ReceiveAcks {
    /// Its ledger, its objects, its clock.
    pub env: Environment,
    /// The layout of the files.
    pub layout: Arc<AckLayout>,
    /// The shops.
    pub shops: Vec<Arc<dyn Shop>>,
}

/// The largest file that is read: some hundred bytes an order.
const MAX_FILE_BYTES: u64 = 16 << 20;
/// Acknowledgements recorded and sent side by side.
const CONCURRENCY: usize = 4;
/// With less time left than this, the next delivery goes on.
const SECONDS_FOR_AN_ORDER: i64 = 20;

/// Works on one S3 notification.
///
/// # Errors
/// When the outside fails: the message comes again and goes on where it was.
pub async fn handle(deps: Arc<ReceiveAcks>, message: Message) -> Result<()> {
    for object in dropped_objects(&message.body)? {
        take_in(&deps, object, message.deadline).await?;
    }
    Ok(())
}

async fn take_in(deps: &ReceiveAcks, object: DroppedObject, deadline: Deadline) -> Result<()> {
    if !object.key.starts_with(keys::ACKS) || object.key.ends_with('/') {
        tracing::info!(object.key, "not a file of acknowledgements; ignored");
        return Ok(());
    }
    let id = DropId { key: object.key, version: object.version };
    let drop = deps.env.ledger.begin_drop(&id, object.size, deps.env.now()).await?;
    if drop.state != DropState::Checking {
        tracing::info!(drop = %id, state = %drop.state, "delivered again; it was taken in before");
        deps.env.metrics.emit(&[(Metric::DuplicateDeliveries, 1)]);
        return Ok(());
    }
    if object.size > MAX_FILE_BYTES {
        let value = format!("{} bytes", object.size);
        let rule = format!("the file has more than {MAX_FILE_BYTES} bytes");
        return refuse(deps, &id, Rejection::new(Rule::TooLarge, "file", value, rule)).await;
    }
    let version = Some(id.version.as_str()).filter(|version| *version != "null");
    let Some(file) = deps.env.objects.get(&id.key, version, MAX_FILE_BYTES).await? else {
        let rejection = Rejection::new(Rule::Gone, "file", "", "the file was deleted before it was read");
        return refuse(deps, &id, rejection).await;
    };
    let rows = match deps.layout.read(&file.body) {
        Ok(rows) => rows,
        Err(rejection) => return refuse(deps, &id, rejection).await,
    };
    let (acks, bad): (Vec<_>, Vec<_>) = rows.into_iter().partition(Result::is_ok);
    let acks: Vec<Ack> = acks.into_iter().flatten().collect();
    let mut bad: Vec<BadAck> = bad.into_iter().filter_map(Result::err).collect();
    let batches: BTreeSet<BatchId> = acks.iter().map(|ack| ack.batch).collect();
    written(deps, &batches).await?;
    let counted = record_all(deps, &drop, &acks, deadline, &mut bad).await?;
    let rejects_key = rejects::keep(deps, &id, &file.body, &mut bad).await?;
    for batch in &batches {
        if deps.env.ledger.batch_acknowledged(batch, deps.env.now()).await? {
            tracing::info!(%batch, "the ERP has acknowledged the whole batch");
        }
    }
    let outcome = counted.outcome(&bad, rejects_key);
    if !deps.env.ledger.finish_drop(&id, &outcome, deps.env.now()).await? {
        tracing::info!(drop = %id, "another delivery of the same file finished first");
        return Ok(());
    }
    let Counted { accepted, refused, same, superseded } = counted;
    deps.env.metrics.emit(&[
        (Metric::OrdersAccepted, accepted.into()),
        (Metric::OrdersRefused, refused.into()),
        (Metric::AnswersUnknown, bad.len() as u64),
    ]);
    tracing::info!(drop = %id, accepted, refused, same, superseded, unknown = bad.len(), "acknowledgements recorded");
    Ok(())
}

/// Fails while a batch is not recorded as written: the ERP may be quicker than the export, or have read the
/// file of an export that died before it could record it. The next export does that.
async fn written(deps: &ReceiveAcks, batches: &BTreeSet<BatchId>) -> Result<()> {
    for id in batches {
        let batch = deps.env.ledger.batch(id).await?;
        if batch.is_some_and(|batch| matches!(batch.state, BatchState::Open | BatchState::Sealed)) {
            let cause = "its file is not recorded as written yet";
            return Err(Failure::retry("record acknowledgements of batch", id.to_string(), cause));
        }
    }
    Ok(())
}

/// What the rows of a file did.
#[derive(Clone, Copy, Debug, Default)]
struct Counted {
    accepted: u32,
    refused: u32,
    same: u32,
    superseded: u32,
}

impl Counted {
    fn outcome(self, bad: &[BadAck], rejects_key: Option<String>) -> DropOutcome {
        let Self { accepted, refused, same, superseded } = self;
        let unknown = u32::try_from(bad.len()).unwrap_or(u32::MAX);
        let orders = accepted + refused + same + superseded + unknown;
        DropOutcome::Acknowledgements { orders, accepted, refused, same, superseded, unknown, rejects_key }
    }
}

/// Records and sends all acknowledgements; those that cannot be used join `bad`. Rows of one order keep their
/// order.
async fn record_all(
    deps: &ReceiveAcks,
    drop: &DropRecord,
    acks: &[Ack],
    deadline: Deadline,
    bad: &mut Vec<BadAck>,
) -> Result<Counted> {
    let mut orders = resolve::Orders::new(deps);
    let mut resolved: Vec<(&Ack, OrderKey)> = Vec::with_capacity(acks.len());
    for ack in acks {
        match orders.find(ack).await? {
            Ok(key) => resolved.push((ack, key)),
            Err(rejection) => bad.push(BadAck { line: ack.line, rejection }),
        }
    }
    // A later row of the same order is its own round: the last one counts.
    let mut rounds: Vec<Vec<(&Ack, OrderKey)>> = Vec::new();
    for (ack, key) in resolved {
        match rounds.iter_mut().find(|round| round.iter().all(|(_, other)| *other != key)) {
            Some(round) => round.push((ack, key)),
            None => rounds.push(vec![(ack, key)]),
        }
    }
    let mut counted = Counted::default();
    let mut failed = None;
    for round in rounds {
        let mut outcomes = futures::stream::iter(&round)
            .map(|(ack, key)| async move { (*ack, record(deps, drop, ack, key, deadline).await) })
            .buffer_unordered(CONCURRENCY);
        while let Some((ack, recorded)) = outcomes.next().await {
            match recorded {
                Ok(Outcome::Counts) if ack.accepted => counted.accepted += 1,
                Ok(Outcome::Counts) => counted.refused += 1,
                Ok(Outcome::Same) => counted.same += 1,
                Ok(Outcome::Superseded) => counted.superseded += 1,
                Ok(Outcome::NeverSent) => {
                    let rule = "the order was not in that batch";
                    let rejection = Rejection::new(Rule::NotInBatch, "batch", ack.batch.to_string(), rule);
                    bad.push(BadAck { line: ack.line, rejection });
                }
                Err(failure) => failed = failed.or(Some(failure)),
            }
        }
    }
    // The others are recorded: the next delivery finds them so.
    failed.map_or(Ok(counted), Err)
}

enum Outcome {
    Counts,
    Same,
    Superseded,
    NeverSent,
}

async fn record(
    deps: &ReceiveAcks,
    drop: &DropRecord,
    ack: &Ack,
    key: &OrderKey,
    deadline: Deadline,
) -> Result<Outcome> {
    if !deadline.has(SECONDS_FOR_AN_ORDER, &*deps.env.clock) {
        let cause = "too little time left; the next delivery goes on";
        return Err(Failure::retry("record acknowledgements", drop.id.to_string(), cause));
    }
    let acknowledgement = Acknowledgement {
        batch: ack.batch,
        accepted: ack.accepted,
        erp_number: ack.erp_number.clone(),
        reason: ack.words.clone(),
    };
    let (outcome, sent) =
        match deps.env.ledger.record_acknowledgement(key, &acknowledgement, deps.env.now()).await? {
            AckRecorded::Recorded => {
                if !ack.accepted {
                    tracing::warn!(order = %key, batch = %ack.batch, "refused by the ERP");
                }
                (Outcome::Counts, false)
            }
            // By an earlier delivery of this file, or by an earlier file.
            AckRecorded::Before { at, sent } if at >= drop.updated_at => (Outcome::Counts, sent),
            AckRecorded::Before { sent, .. } => (Outcome::Same, sent),
            AckRecorded::Superseded => return Ok(Outcome::Superseded),
            AckRecorded::NotInBatch => return Ok(Outcome::NeverSent),
        };
    if !sent {
        send(deps, key, &acknowledgement).await?;
    }
    Ok(outcome)
}

/// Sends the shop an acknowledgement, and notes that.
async fn send(deps: &ReceiveAcks, key: &OrderKey, acknowledgement: &Acknowledgement) -> Result<()> {
    let Some(shop) = deps.shops.iter().find(|shop| *shop.id() == key.shop) else {
        tracing::warn!(order = %key, "its shop is no longer configured; it was not sent the acknowledgement");
        return Ok(());
    };
    match send_to_shop(&**shop, &deps.env.ledger, key, acknowledgement).await {
        // It would fail with every delivery: the order is right here, and the others must not wait.
        Err(failure) if failure.kind() == FailureKind::Rejected => {
            tracing::error!(order = %key, error = %failure, "its shop refuses the acknowledgement");
            deps.env.metrics.emit(&[(Metric::AnswersUnreported, 1)]);
            Ok(())
        }
        sent => sent,
    }
}

/// Sends a shop the acknowledgement of its order, and notes that. Repeating it changes nothing.
///
/// # Errors
/// When the shop or the ledger fails; [`FailureKind::Rejected`] when the shop refuses it.
pub async fn send_to_shop(
    shop: &dyn Shop,
    ledger: &Ledger,
    key: &OrderKey,
    acknowledgement: &Acknowledgement,
) -> Result<()> {
    let outcome = if acknowledgement.accepted { OrderOutcome::Accepted } else { OrderOutcome::Refused };
    let (erp_number, words) = (&*acknowledgement.erp_number, &*acknowledgement.reason);
    let sent = OrderAcknowledgement { outcome, erp_number, words };
    if shop.acknowledge_order(&key.id, &sent).await? == Acknowledged::NoSuchOrder {
        tracing::info!(order = %key, "the order is gone from its shop; no acknowledgement was sent");
    }
    ledger.acknowledgement_sent(key, &acknowledgement.batch).await?;
    Ok(())
}

/// Refuses a file whole.
async fn refuse(deps: &ReceiveAcks, id: &DropId, rejection: Rejection) -> Result<()> {
    let rejects_key = rejects::explain(deps, id, &rejection).await?;
    tracing::error!(
        drop = %id, fault.code = rejection.code, fault.field = rejection.field, rejects.key = rejects_key,
        "file refused whole"
    );
    deps.env.metrics.emit(&[(Metric::DropsRejected, 1)]);
    let outcome = DropOutcome::Rejected { rejection, rejects_key: Some(rejects_key) };
    deps.env.ledger.finish_drop(id, &outcome, deps.env.now()).await?;
    Ok(())
}
