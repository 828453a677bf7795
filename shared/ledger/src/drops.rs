//! Drops: what became of each file from the ERP.

use jiff::Timestamp;
use passerelle_domain::Result;

use crate::access::Step;
use crate::records::drop_key;
use crate::{DropId, DropOutcome, DropProgress, DropRecord, DropState, Ledger, Window};

impl Ledger {
    /// Records that a drop is being worked on, or returns what became of it. Never changes a drop
    /// that is finished.
    pub async fn begin_drop(&self, id: &DropId, size: u64, now: Timestamp) -> Result<DropRecord> {
        self.create("begin drop", &drop_key(id), |drop: Option<DropRecord>| match drop {
            Some(drop) => Step::Leave(drop),
            None => {
                let (id, state, history) = (id.clone(), DropState::Checking, vec![]);
                let (outcome, progress, announced_again, updated_at) = (None, None, 0, now);
                let drop =
                    DropRecord { id, state, size, outcome, progress, announced_again, updated_at, history };
                Step::Write(drop.clone(), drop)
            }
        })
        .await
    }

    /// Records what became of a drop. The first outcome stands; `false` when there was one.
    pub async fn finish_drop(&self, id: &DropId, outcome: &DropOutcome, now: Timestamp) -> Result<bool> {
        self.change("finish drop", &drop_key(id), |drop: Option<DropRecord>| match drop {
            Some(drop) if drop.state == DropState::Checking => {
                let (state, outcome) = (outcome.state(), Some(outcome.clone()));
                Step::Write(DropRecord { state, outcome, progress: None, updated_at: now, ..drop }, true)
            }
            _ => Step::Leave(false),
        })
        .await
    }

    /// Notes how far a drop is read, for the run that goes on. `false`, and nothing is noted, when it is
    /// finished or another run has come as far.
    pub async fn drop_progressed(&self, id: &DropId, progress: DropProgress) -> Result<bool> {
        self.change("note progress of drop", &drop_key(id), |drop: Option<DropRecord>| match drop {
            Some(drop)
                if drop.state == DropState::Checking
                    && drop.progress.is_none_or(|before| before.done < progress.done) =>
            {
                Step::Write(DropRecord { progress: Some(progress), ..drop }, true)
            }
            _ => Step::Leave(false),
        })
        .await
    }

    /// Notes how often a drop that is not finished was announced again. `false` when it is finished,
    /// or has not begun.
    pub async fn drop_announced_again(&self, id: &DropId, times: u32) -> Result<bool> {
        self.change("count announcements of drop", &drop_key(id), |drop: Option<DropRecord>| match drop {
            Some(drop) if drop.state == DropState::Checking => {
                Step::Write(DropRecord { announced_again: times, ..drop }, true)
            }
            _ => Step::Leave(false),
        })
        .await
    }

    /// A drop, read consistently.
    pub async fn drop_record(&self, id: &DropId) -> Result<Option<DropRecord>> {
        Ok(self.read("read drop", &drop_key(id)).await?.map(|read| read.record))
    }

    /// Drops in a state, oldest first. The list may lag behind by seconds.
    pub async fn drops_in(&self, state: DropState, window: Window) -> Result<Vec<DropRecord>> {
        self.list("list drops", format!("drop:{state}"), window).await
    }
}
