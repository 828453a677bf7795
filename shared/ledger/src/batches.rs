//! Batches: which orders go to the ERP in one file.
//!
//! An order is claimed and settled by writes of its head in one transaction with a check of its
//! batch: whoever takes a batch over changes it, and with that fails every transaction of the run
//! before. The index by state only proposes orders; what counts is the head, read consistently.

use std::collections::BTreeSet;

use jiff::Timestamp;
use passerelle_domain::{BatchId, BusinessDay, Failure, OrderKey, Result, Revision};

use crate::orders::{amended, head_key};
use crate::repairs::{KeptRepairs, Repaired};
use crate::stored::{StoredBatch, batch_key, batch_pk};
use crate::table::{
    ATTEMPTS, Key, MAX_WRITES, Read, Step, Table, Write, change, contended, decode, list, put, read,
};
use crate::{Batch, BatchState, Lease, Member, OrderRecord, OrderStatus, Window};

/// The orders of one transaction; the check of the batch takes the place that is left.
const CHUNK: usize = MAX_WRITES - 1;

pub async fn open(
    table: &impl Table,
    day: BusinessDay,
    planned: &[Member],
    lease: &Lease,
    now: Timestamp,
) -> Result<Batch> {
    let doing = "open batch";
    let orders: BTreeSet<_> = planned.iter().map(|member| &member.key).collect();
    if planned.len() > Batch::MAX_MEMBERS || orders.len() < planned.len() {
        let cause = format!(
            "{} members, of {} orders: a batch takes at most {}, each once",
            planned.len(),
            orders.len(),
            Batch::MAX_MEMBERS
        );
        return Err(Failure::misconfigured(doing, day.to_string(), cause));
    }
    for attempt in 0..ATTEMPTS {
        let last = table.last(doing, &batch_pk(day)).await?;
        let last = last.map(|item| decode::<StoredBatch>(doing, item)).transpose()?;
        let number = last.map_or(0, |read| read.record.id.number) + 1;
        let batch = StoredBatch {
            id: BatchId { day, number },
            state: BatchState::Open,
            fencing: lease.fencing,
            members: planned.to_vec(),
            object_key: None,
            content: None,
            updated_at: now,
            history: vec![],
        };
        // A transaction even for one item: a plain put whose answer is lost looks like a collision,
        // and would leave a second batch behind.
        if table.transact(doing, vec![put(doing, &batch, None)?]).await? {
            return Ok(batch.into());
        }
        table.pause(attempt).await;
    }
    Err(contended(doing, &day))
}

pub async fn adopt(table: &impl Table, id: &BatchId, lease: &Lease) -> Result<Option<Batch>> {
    change(table, "adopt batch", &batch_key(id), |batch: Option<StoredBatch>| match batch {
        Some(batch) if matches!(batch.state, BatchState::Open | BatchState::Sealed) => {
            if batch.fencing > lease.fencing {
                return Step::Leave(None);
            }
            if batch.fencing == lease.fencing {
                return Step::Leave(Some(batch.into()));
            }
            let ours = StoredBatch { fencing: lease.fencing, ..batch };
            Step::Write(ours.clone(), Some(ours.into()))
        }
        _ => Step::Leave(None),
    })
    .await
}

/// Our batch, or nothing if it is another's.
async fn ours(
    table: &impl Table,
    doing: &'static str,
    id: &BatchId,
    lease: &Lease,
) -> Result<Option<Read<StoredBatch>>> {
    let batch = read::<StoredBatch>(table, doing, &batch_key(id)).await?;
    Ok(batch.filter(|read| read.record.fencing == lease.fencing))
}

/// The heads of the members' orders, in their order.
pub async fn heads(
    table: &impl Table,
    doing: &'static str,
    members: &[Member],
) -> Result<Vec<Option<Read<OrderRecord>>>> {
    let keys: Vec<Key> = members.iter().map(|member| head_key(&member.key)).collect();
    let items = table.get_many(doing, &keys).await?;
    items.into_iter().map(|item| item.map(|item| decode(doing, item)).transpose()).collect()
}

fn holds(id: &BatchId, member: &Member, head: &OrderRecord) -> bool {
    head.status == OrderStatus::Claimed
        && head.claimed.as_ref().is_some_and(|(batch, revision)| batch == id && *revision == member.revision)
}

/// Whether an order still is what was planned: at that revision, and changing what the ERP has. The ERP
/// may have refused since what it was given last.
fn is_as_planned(head: &OrderRecord, member: &Member) -> bool {
    let given = head.exported.as_ref().map(|(_, revision)| revision);
    head.status == OrderStatus::Ready && head.revision == member.revision && given == member.replaces.as_ref()
}

pub async fn claim(
    table: &impl Table,
    id: &BatchId,
    lease: &Lease,
    now: Timestamp,
) -> Result<Option<Vec<Member>>> {
    let open = |batch: &Read<StoredBatch>| batch.record.state == BatchState::Open;
    let Some(batch) = ours(table, "claim orders", id, lease).await?.filter(open) else { return Ok(None) };
    let mut held = Vec::with_capacity(batch.record.members.len());
    for members in batch.record.members.chunks(CHUNK) {
        match claim_chunk(table, id, members, batch.version, now).await? {
            Claim::Held(members) => held.extend(members),
            Claim::Lost => return Ok(None),
        }
    }
    Ok(Some(held))
}

enum Claim {
    Held(Vec<Member>),
    Lost,
}

async fn claim_chunk(
    table: &impl Table,
    id: &BatchId,
    members: &[Member],
    version: u64,
    now: Timestamp,
) -> Result<Claim> {
    let doing = "claim orders";
    for attempt in 0..ATTEMPTS {
        let mut held = Vec::with_capacity(members.len());
        let mut writes = vec![Write::Check { key: batch_key(id), expected: version }];
        for (member, head) in members.iter().zip(heads(table, doing, members).await?) {
            let Some(Read { record: head, version }) = head else { continue };
            if holds(id, member, &head) {
                held.push(member.clone());
            } else if is_as_planned(&head, member) {
                held.push(member.clone());
                let claimed = OrderRecord {
                    status: OrderStatus::Claimed,
                    claimed: Some((*id, member.revision.clone())),
                    updated_at: now,
                    ..head
                };
                writes.push(put(doing, &claimed, Some(version))?);
            }
        }
        if writes.len() == 1 || table.transact(doing, writes).await? {
            return Ok(Claim::Held(held));
        }
        let batch = read::<StoredBatch>(table, doing, &batch_key(id)).await?;
        if batch.is_none_or(|batch| batch.version != version) {
            return Ok(Claim::Lost);
        }
        table.pause(attempt).await;
    }
    Err(contended(doing, id))
}

pub async fn seal(
    table: &impl Table,
    id: &BatchId,
    members: &[Member],
    lease: &Lease,
    now: Timestamp,
) -> Result<bool> {
    change(table, "seal batch", &batch_key(id), |batch: Option<StoredBatch>| match batch {
        Some(batch) if batch.fencing == lease.fencing => match batch.state {
            BatchState::Open => {
                let (state, members) = (BatchState::Sealed, members.to_vec());
                Step::Write(StoredBatch { state, members, updated_at: now, ..batch }, true)
            }
            state => Step::Leave(state == BatchState::Sealed && batch.members == members),
        },
        _ => Step::Leave(false),
    })
    .await
}

pub async fn written(
    table: &impl Table,
    id: &BatchId,
    object_key: &str,
    content: &Revision,
    repairs: &[(OrderKey, Repaired)],
    lease: &Lease,
    now: Timestamp,
) -> Result<bool> {
    let doing = "settle batch";
    let Some(batch) = ours(table, doing, id, lease).await? else { return Ok(false) };
    let mut settled = batch.record.state == BatchState::Sealed;
    for members in batch.record.members.chunks(CHUNK) {
        settled = settled && settle_chunk(table, id, members, repairs, &batch, now).await?;
    }
    // Also decides for who found the batch changed meanwhile: by another run, or by a double of ours.
    change(table, doing, &batch_key(id), |stored: Option<StoredBatch>| match stored {
        Some(stored) if stored.fencing == lease.fencing => match stored.state {
            BatchState::Sealed if settled => {
                let (object_key, content) = (Some(object_key.to_owned()), Some(content.clone()));
                let state = BatchState::Written;
                Step::Write(StoredBatch { state, object_key, content, updated_at: now, ..stored }, true)
            }
            BatchState::Open | BatchState::Sealed => Step::Leave(false),
            BatchState::Written | BatchState::Acknowledged => Step::Leave(
                stored.object_key.as_deref() == Some(object_key) && stored.content.as_ref() == Some(content),
            ),
        },
        _ => Step::Leave(false),
    })
    .await
}

/// Lets the members that are still claimed go. `false` when the batch was changed meanwhile.
async fn settle_chunk(
    table: &impl Table,
    id: &BatchId,
    members: &[Member],
    repairs: &[(OrderKey, Repaired)],
    batch: &Read<StoredBatch>,
    now: Timestamp,
) -> Result<bool> {
    let doing = "settle batch";
    for attempt in 0..ATTEMPTS {
        let mut writes = vec![Write::Check { key: batch_key(id), expected: batch.version }];
        for (member, head) in members.iter().zip(heads(table, doing, members).await?) {
            let Some(Read { record: head, version }) = head else { continue };
            if holds(id, member, &head) {
                // A claimed order has a rejection only when its latest revision could not be read.
                let status = amended(&head.revision, head.rejection.is_some(), &member.revision, false);
                let (exported, replaced) = (Some((*id, member.revision.clone())), head.exported.clone());
                let repairs = KeptRepairs::of(&head.key, *id, repairs);
                let settled = OrderRecord { status, exported, replaced, repairs, updated_at: now, ..head };
                writes.push(put(doing, &settled, Some(version))?);
            }
        }
        if writes.len() == 1 || table.transact(doing, writes).await? {
            return Ok(true);
        }
        let stored = read::<StoredBatch>(table, doing, &batch_key(id)).await?;
        if stored.is_none_or(|stored| stored.version != batch.version) {
            return Ok(false);
        }
        table.pause(attempt).await;
    }
    Err(contended(doing, id))
}

pub async fn batch(table: &impl Table, id: &BatchId) -> Result<Option<Batch>> {
    let stored = read::<StoredBatch>(table, "read batch", &batch_key(id)).await?;
    Ok(stored.map(|read| read.record.into()))
}

pub async fn in_state(table: &impl Table, state: BatchState, window: Window) -> Result<Vec<Batch>> {
    let stored: Vec<StoredBatch> = list(table, "list batches", format!("batch:{state}"), window).await?;
    Ok(stored.into_iter().map(Batch::from).collect())
}
