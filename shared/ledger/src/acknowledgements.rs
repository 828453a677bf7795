//! Acknowledgements of the ERP: what became of an order there.
//!
//! An acknowledgement is about one batch, and counts while that batch is what the ERP was sent last. An
//! acceptance keeps the order's place; a refusal puts back what the ERP had before, so that the next
//! file is not taken for a change of something that the ERP never took. One of an older batch than the
//! batch acknowledged last is superseded, even where that older batch is what stands again.

use jiff::Timestamp;
use passerelle_domain::{BatchId, OrderKey, Rejection, Result, Revision};
use serde::{Deserialize, Serialize};

use crate::access::Step;
use crate::orders::{head_key, released};
use crate::records::batch_key;
use crate::table::MAX_WRITES;
use crate::{Batch, BatchState, Ledger, OrderRecord, OrderStatus};

/// What the ERP says of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledgement {
    /// The batch that it is about.
    pub batch: BatchId,
    /// Whether it took the order.
    pub accepted: bool,
    /// Its own number for the order; may be empty.
    pub erp_number: String,
    /// Why it refused; may be empty.
    #[serde(rename = "words")]
    pub reason: String,
}

/// An acknowledgement as an order's record keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptAcknowledgement {
    /// The acknowledgement.
    #[serde(flatten)]
    pub acknowledgement: Acknowledgement,
    /// The revision that it is about.
    pub revision: Revision,
    /// When it came.
    pub at: Timestamp,
    /// Whether it was sent to the shop.
    #[serde(rename = "reported")]
    pub sent: bool,
}

/// What recording an acknowledgement did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AckRecorded {
    /// It counts from now on.
    Recorded,
    /// It was recorded before.
    Before {
        /// When.
        at: Timestamp,
        /// Whether it was sent to the shop.
        sent: bool,
    },
    /// The ERP was sent a newer batch meanwhile, or has acknowledged otherwise and the order moved on.
    Superseded,
    /// That order never was in that batch.
    NotInBatch,
}

/// The code of the rejection of an order that the ERP refused.
pub const REFUSED_BY_ERP: &str = "refused_by_erp";

impl Ledger {
    /// Records an acknowledgement of an order. Repeating it changes nothing, nor does one of what a newer
    /// batch has replaced.
    pub async fn record_acknowledgement(
        &self,
        key: &OrderKey,
        ack: &Acknowledgement,
        now: Timestamp,
    ) -> Result<AckRecorded> {
        let recorded = self
            .change("record acknowledgement", &head_key(key), |head: Option<OrderRecord>| {
                let Some(head) = head else { return Step::Leave(AckRecorded::NotInBatch) };
                let before = head.acknowledgement.as_ref();
                match before {
                    Some(kept) if kept.acknowledgement == *ack => {
                        return Step::Leave(AckRecorded::Before { at: kept.at, sent: kept.sent });
                    }
                    Some(kept) if ack.batch < kept.acknowledgement.batch => {
                        return Step::Leave(AckRecorded::Superseded);
                    }
                    _ => {}
                }
                let sent = head.exported.as_ref().filter(|(batch, _)| *batch == ack.batch);
                // The ERP's people may have let in by hand what was refused, while nothing else happened here.
                let refused = ack.accepted && head.status == OrderStatus::Rejected;
                let reconsidered = before.filter(|kept| refused && kept.acknowledgement.batch == ack.batch);
                let revision = sent.map(|(_, revision)| revision);
                let Some(revision) = revision.or(reconsidered.map(|kept| &kept.revision)).cloned() else {
                    return Step::Leave(AckRecorded::Superseded);
                };
                let kept =
                    KeptAcknowledgement { acknowledgement: ack.clone(), revision, at: now, sent: false };
                Step::Write(acknowledged(head, kept, now), AckRecorded::Recorded)
            })
            .await?;
        // The order may never have been in that batch: only here the batch is read.
        if recorded == AckRecorded::Superseded && !self.was_in(key, &ack.batch).await? {
            return Ok(AckRecorded::NotInBatch);
        }
        Ok(recorded)
    }

    /// Whether a written batch holds an order.
    async fn was_in(&self, key: &OrderKey, batch: &BatchId) -> Result<bool> {
        let batch = self.batch(batch).await?;
        let written =
            batch.filter(|batch| matches!(batch.state, BatchState::Written | BatchState::Acknowledged));
        Ok(written.is_some_and(|batch| batch.members.iter().any(|member| member.key == *key)))
    }

    /// Records that the acknowledgement of `batch` was sent to the shop. `false` when it was before, or the
    /// order has another acknowledgement now.
    pub async fn acknowledgement_sent(&self, key: &OrderKey, batch: &BatchId) -> Result<bool> {
        self.change("note acknowledgement as sent", &head_key(key), |head: Option<OrderRecord>| {
            let Some(mut head) = head else { return Step::Leave(false) };
            match &mut head.acknowledgement {
                Some(kept) if kept.acknowledgement.batch == *batch && !kept.sent => {
                    kept.sent = true;
                    Step::Write(head, true)
                }
                _ => Step::Leave(false),
            }
        })
        .await
    }

    /// Makes a `written` batch `acknowledged` once each of its orders is acknowledged, or has been
    /// replaced by a newer batch's. `false` before that, and when it was already.
    pub async fn batch_acknowledged(&self, id: &BatchId, now: Timestamp) -> Result<bool> {
        let Some(batch) = self.batch(id).await? else { return Ok(false) };
        if batch.state != BatchState::Written {
            return Ok(false);
        }
        for members in batch.members.chunks(MAX_WRITES) {
            let heads = self.heads("acknowledge batch", members).await?;
            let waits = heads.into_iter().flatten().any(|read| {
                let head = read.record;
                head.exported.as_ref().is_some_and(|(batch, _)| batch == id) && head.awaits_acknowledgement()
            });
            if waits {
                return Ok(false);
            }
        }
        self.change("acknowledge batch", &batch_key(id), |batch: Option<Batch>| match batch {
            Some(batch) if batch.state == BatchState::Written => {
                Step::Write(Batch { state: BatchState::Acknowledged, updated_at: now, ..batch }, true)
            }
            _ => Step::Leave(false),
        })
        .await
    }
}

fn acknowledged(head: OrderRecord, kept: KeptAcknowledgement, now: Timestamp) -> OrderRecord {
    let settled =
        matches!(head.status, OrderStatus::Exported | OrderStatus::Accepted | OrderStatus::Rejected);
    let Acknowledgement { batch, accepted, .. } = kept.acknowledgement;
    let sent = Some((batch, kept.revision.clone()));
    let (status, exported, replaced, rejection) = if accepted {
        let replaced = head.replaced.filter(|_| head.exported == sent);
        let status = if settled { OrderStatus::Accepted } else { head.status };
        (status, sent, replaced, head.rejection.filter(|_| !settled))
    } else {
        let rejection = settled.then(|| {
            let value = kept.acknowledgement.erp_number.clone();
            Rejection::new(REFUSED_BY_ERP, "order", value, kept.acknowledgement.reason.clone())
        });
        let status = match head.status {
            _ if settled => OrderStatus::Rejected,
            // What waited as a change of what is refused may be none of what stands again.
            OrderStatus::Ready => released(&head, head.replaced.as_ref(), true),
            status => status,
        };
        (status, head.replaced, None, rejection.or(head.rejection))
    };
    let updated_at = if status == head.status { head.updated_at } else { now };
    OrderRecord { status, exported, replaced, rejection, acknowledgement: Some(kept), updated_at, ..head }
}
