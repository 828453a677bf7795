//! Drops: what became of each file from the ERP.

use jiff::Timestamp;
use passerelle_domain::Result;

use crate::stored::drop_key;
use crate::table::{Step, Table, change, create, list, read};
use crate::{Drop, DropId, DropOutcome, DropProgress, DropState, Window};

pub async fn begin(table: &impl Table, id: &DropId, size: u64, now: Timestamp) -> Result<Drop> {
    create(table, "begin drop", &drop_key(id), |drop: Option<Drop>| match drop {
        Some(drop) => Step::Leave(drop),
        None => {
            let state = DropState::Checking;
            let (id, history) = (id.clone(), vec![]);
            let (outcome, progress) = (None, None);
            let drop =
                Drop { id, state, size, outcome, progress, announced_again: 0, updated_at: now, history };
            Step::Write(drop.clone(), drop)
        }
    })
    .await
}

pub async fn finish(table: &impl Table, id: &DropId, outcome: &DropOutcome, now: Timestamp) -> Result<bool> {
    change(table, "finish drop", &drop_key(id), |drop: Option<Drop>| match drop {
        Some(drop) if drop.state == DropState::Checking => {
            let (state, outcome) = (outcome.state(), Some(outcome.clone()));
            Step::Write(Drop { state, outcome, progress: None, updated_at: now, ..drop }, true)
        }
        _ => Step::Leave(false),
    })
    .await
}

pub async fn progressed(table: &impl Table, id: &DropId, progress: DropProgress) -> Result<bool> {
    change(table, "note progress of drop", &drop_key(id), |drop: Option<Drop>| match drop {
        Some(drop)
            if drop.state == DropState::Checking
                && drop.progress.is_none_or(|before| before.done < progress.done) =>
        {
            Step::Write(Drop { progress: Some(progress), ..drop }, true)
        }
        _ => Step::Leave(false),
    })
    .await
}

pub async fn announced_again(table: &impl Table, id: &DropId, times: u32) -> Result<bool> {
    change(table, "count announcements of drop", &drop_key(id), |drop: Option<Drop>| match drop {
        Some(drop) if drop.state == DropState::Checking => {
            Step::Write(Drop { announced_again: times, ..drop }, true)
        }
        _ => Step::Leave(false),
    })
    .await
}

pub async fn drop(table: &impl Table, id: &DropId) -> Result<Option<Drop>> {
    Ok(read(table, "read drop", &drop_key(id)).await?.map(|read| read.record))
}

pub async fn in_state(table: &impl Table, state: DropState, window: Window) -> Result<Vec<Drop>> {
    list(table, "list drops", format!("drop:{state}"), window).await
}
