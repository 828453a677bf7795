//! Drops: what became of each file from the ERP.

use jiff::Timestamp;
use passerelle_domain::Result;

use crate::stored::drop_key;
use crate::table::{Step, Table, change, create, list};
use crate::{Drop, DropId, DropOutcome, DropState, Window};

pub async fn begin(table: &impl Table, id: &DropId, size: u64, now: Timestamp) -> Result<Drop> {
    create(table, "begin drop", &drop_key(id), |drop: Option<Drop>| match drop {
        Some(drop) => Step::Leave(drop),
        None => {
            let state = DropState::Checking;
            let drop = Drop { id: id.clone(), state, size, outcome: None, updated_at: now };
            Step::Write(drop.clone(), drop)
        }
    })
    .await
}

pub async fn finish(table: &impl Table, id: &DropId, outcome: &DropOutcome, now: Timestamp) -> Result<bool> {
    change(table, "finish drop", &drop_key(id), |drop: Option<Drop>| match drop {
        Some(drop) if drop.state == DropState::Checking => {
            let (state, outcome) = (outcome.state(), Some(outcome.clone()));
            Step::Write(Drop { state, outcome, updated_at: now, ..drop }, true)
        }
        _ => Step::Leave(false),
    })
    .await
}

pub async fn in_state(table: &impl Table, state: DropState, window: Window) -> Result<Vec<Drop>> {
    list(table, "list drops", format!("drop:{state}"), window).await
}
