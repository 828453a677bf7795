//! Answers of the ERP: what became of an order there.
//!
//! An answer is about one batch, and counts while that batch is what the ERP was given last. An
//! acceptance keeps the order's place; a refusal puts back what the ERP had before, so that the next
//! file is not taken for a change of something that the ERP never took. An answer on an older batch
//! than the one answered last says nothing new, even where that batch is what stands again.

use jiff::Timestamp;
use passerelle_domain::{BatchId, OrderKey, Rejection, Result, Revision};
use serde::{Deserialize, Serialize};

use crate::access::Step;
use crate::orders::{head_key, mended};
use crate::records::{StoredBatch, batch_key};
use crate::table::MAX_WRITES;
use crate::{BatchState, Ledger, OrderRecord, OrderStatus};

/// What the ERP says of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErpAnswer {
    /// The batch that it answers.
    pub batch: BatchId,
    /// Whether it took the order.
    pub accepted: bool,
    /// Its own number for the order; may be empty.
    pub erp_number: String,
    /// Its words: why it refused; may be empty.
    pub words: String,
}

/// An answer as an order's record keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptAnswer {
    /// The answer.
    #[serde(flatten)]
    pub answer: ErpAnswer,
    /// The revision that it is about.
    pub revision: Revision,
    /// When it came.
    pub at: Timestamp,
    /// Whether the shop knows.
    pub reported: bool,
}

/// What recording an answer did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// It counts from now on.
    Recorded,
    /// It was recorded before.
    Before {
        /// When.
        at: Timestamp,
        /// Whether the shop has been told.
        reported: bool,
    },
    /// The ERP was given a newer batch meanwhile, or has answered otherwise and the order moved on.
    Superseded,
    /// That order never was in that batch.
    NotInBatch,
}

/// The code of the rejection of an order that the ERP refused.
pub const REFUSED_BY_ERP: &str = "refused_by_erp";

impl Ledger {
    /// Records what the ERP said of an order in a batch. Repeating it changes nothing; an answer on
    /// what a newer batch has replaced changes nothing either.
    pub async fn erp_answered(&self, key: &OrderKey, answer: &ErpAnswer, now: Timestamp) -> Result<Answered> {
        let answered = self
            .change("record answer of ERP", &head_key(key), |head: Option<OrderRecord>| {
                let Some(head) = head else { return Step::Leave(Answered::NotInBatch) };
                if let Some(kept) = head.answer.as_ref().filter(|kept| kept.answer == *answer) {
                    return Step::Leave(Answered::Before { at: kept.at, reported: kept.reported });
                }
                if head.answer.as_ref().is_some_and(|kept| answer.batch < kept.answer.batch) {
                    return Step::Leave(Answered::Superseded);
                }
                let given = head.exported.clone().filter(|(batch, _)| *batch == answer.batch);
                // The ERP's people may have let in by hand what was refused, while nothing else happened here.
                let reconsidered = head.answer.as_ref().filter(|kept| {
                    answer.accepted
                        && head.status == OrderStatus::Rejected
                        && kept.answer.batch == answer.batch
                });
                let revision = given.map(|(_, revision)| revision);
                let Some(revision) = revision.or_else(|| reconsidered.map(|kept| kept.revision.clone()))
                else {
                    return Step::Leave(Answered::Superseded);
                };
                let kept = KeptAnswer { answer: answer.clone(), revision, at: now, reported: false };
                Step::Write(answered(head, kept, now), Answered::Recorded)
            })
            .await?;
        // What does not count may never have been asked: only then the batch is looked at.
        if answered == Answered::Superseded && !self.was_in(key, &answer.batch).await? {
            return Ok(Answered::NotInBatch);
        }
        Ok(answered)
    }

    /// Whether a written batch holds an order.
    async fn was_in(&self, key: &OrderKey, batch: &BatchId) -> Result<bool> {
        let batch = self.batch(batch).await?;
        let written =
            batch.filter(|batch| matches!(batch.state, BatchState::Written | BatchState::Acknowledged));
        Ok(written.is_some_and(|batch| batch.members.iter().any(|member| member.key == *key)))
    }

    /// Records that the shop knows the answer on `batch`. `false` when it did before, or the order
    /// has another answer now.
    pub async fn answer_reported(&self, key: &OrderKey, batch: &BatchId) -> Result<bool> {
        self.change("note that the shop was told", &head_key(key), |head: Option<OrderRecord>| {
            let Some(mut head) = head else { return Step::Leave(false) };
            match &mut head.answer {
                Some(kept) if kept.answer.batch == *batch && !kept.reported => {
                    kept.reported = true;
                    Step::Write(head, true)
                }
                _ => Step::Leave(false),
            }
        })
        .await
    }

    /// Makes a `written` batch `acknowledged` once each of its orders has its answer, or has been
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
                head.exported.as_ref().is_some_and(|(batch, _)| batch == id) && head.awaits_answer()
            });
            if waits {
                return Ok(false);
            }
        }
        self.change("acknowledge batch", &batch_key(id), |batch: Option<StoredBatch>| match batch {
            Some(batch) if batch.state == BatchState::Written => {
                Step::Write(StoredBatch { state: BatchState::Acknowledged, updated_at: now, ..batch }, true)
            }
            _ => Step::Leave(false),
        })
        .await
    }
}

fn answered(head: OrderRecord, kept: KeptAnswer, now: Timestamp) -> OrderRecord {
    let settled =
        matches!(head.status, OrderStatus::Exported | OrderStatus::Accepted | OrderStatus::Rejected);
    let ErpAnswer { batch, accepted, .. } = kept.answer;
    let given = Some((batch, kept.revision.clone()));
    let (status, exported, replaced, rejection) = if accepted {
        let replaced = head.replaced.filter(|_| head.exported == given);
        let status = if settled { OrderStatus::Accepted } else { head.status };
        (status, given, replaced, head.rejection.filter(|_| !settled))
    } else {
        let rejection = settled.then(|| {
            let value = kept.answer.erp_number.clone();
            Rejection::new(REFUSED_BY_ERP, "order", value, kept.answer.words.clone())
        });
        let status = match head.status {
            _ if settled => OrderStatus::Rejected,
            // What waited as a change of what is refused may be none of what stands again.
            OrderStatus::Ready => mended(&head, head.replaced.as_ref(), true),
            status => status,
        };
        (status, head.replaced, None, rejection.or(head.rejection))
    };
    let updated_at = if status == head.status { head.updated_at } else { now };
    OrderRecord { status, exported, replaced, rejection, answer: Some(kept), updated_at, ..head }
}
