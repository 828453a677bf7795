//! Batches: which orders go to the ERP in one file.
//!
//! An order is claimed and settled by writes of its head in one transaction with a check of its
//! batch: whoever takes a batch over changes it, and with that fails every transaction of the run
//! before. The index by state only proposes orders; what counts is the head, read consistently.

use std::collections::BTreeSet;

use jiff::Timestamp;
use passerelle_domain::{BatchId, BusinessDay, Digest, Failure, OrderKey, Result};

use crate::access::{Step, contended};
use crate::orders::{amended, head_key};
use crate::records::{batch_key, batch_pk};
use crate::repairs::{KeptRepairs, Repaired};
use crate::table::{ATTEMPTS, Key, MAX_WRITES, Read, Write, decode, put};
use crate::{Batch, BatchState, Lease, Ledger, Member, OrderRecord, OrderStatus, Window};

/// The orders of one transaction; the check of the batch takes the place that is left.
const CHUNK: usize = MAX_WRITES - 1;

impl Ledger {
    /// Opens the next batch of `day` with the orders that it plans to take (at most
    /// [`Batch::MAX_MEMBERS`]). Nothing is claimed yet.
    pub async fn open_batch(
        &self,
        day: BusinessDay,
        planned: &[Member],
        lease: &Lease,
        now: Timestamp,
    ) -> Result<Batch> {
        let doing = "open batch";
        let orders: BTreeSet<_> = planned.iter().map(|member| &member.key).collect();
        if planned.len() > Batch::MAX_MEMBERS || orders.len() < planned.len() {
            let (members, orders, most) = (planned.len(), orders.len(), Batch::MAX_MEMBERS);
            let cause = format!("{members} members for {orders} orders; the limit is {most}");
            return Err(Failure::misconfigured(doing, day.to_string(), cause));
        }
        for attempt in 0..ATTEMPTS {
            let last = self.table.last(doing, &batch_pk(day)).await?;
            let last = last.map(|item| decode::<Batch>(doing, item)).transpose()?;
            let number = last.map_or(0, |read| read.record.id.number) + 1;
            let batch = Batch {
                id: BatchId { day, number },
                state: BatchState::Open,
                fencing: lease.fencing,
                members: planned.to_vec(),
                object_key: None,
                content: None,
                updated_at: now,
                history: vec![],
            };
            // A transaction even for one item: a plain put whose response is lost looks like a collision,
            // and would leave a second batch behind.
            if self.table.transact(doing, vec![put(doing, &batch, None)?]).await? {
                return Ok(batch);
            }
            self.table.pause(attempt).await;
        }
        Err(contended(doing, &day))
    }

    /// Takes over a batch that an earlier run left `open` or `sealed`, so that the earlier run can no
    /// longer change it. Nothing when it is past that, or owned by a run with a higher number.
    pub async fn adopt_batch(&self, id: &BatchId, lease: &Lease) -> Result<Option<Batch>> {
        self.change("adopt batch", &batch_key(id), |batch: Option<Batch>| match batch {
            Some(batch) if matches!(batch.state, BatchState::Open | BatchState::Sealed) => {
                if batch.fencing > lease.fencing {
                    return Step::Leave(None);
                }
                if batch.fencing == lease.fencing {
                    return Step::Leave(Some(batch));
                }
                let ours = Batch { fencing: lease.fencing, ..batch };
                Step::Write(ours.clone(), Some(ours))
            }
            _ => Step::Leave(None),
        })
        .await
    }

    /// Claims the planned orders that are still `ready` at the planned revision and change what was
    /// planned. Returns all that the batch holds now, in the planned order; nothing when the batch is no
    /// longer `open` or not ours. Repeating it changes nothing.
    pub async fn claim_orders(
        &self,
        id: &BatchId,
        lease: &Lease,
        now: Timestamp,
    ) -> Result<Option<Vec<Member>>> {
        let open = |batch: &Read<Batch>| batch.record.state == BatchState::Open;
        let Some(batch) = self.ours("claim orders", id, lease).await?.filter(open) else {
            return Ok(None);
        };
        let mut held = Vec::with_capacity(batch.record.members.len());
        for members in batch.record.members.chunks(CHUNK) {
            match self.claim_chunk(id, members, batch.version, now).await? {
                Claim::Held(members) => held.extend(members),
                Claim::Lost => return Ok(None),
            }
        }
        Ok(Some(held))
    }

    /// Freezes the membership: all that [`Ledger::claim_orders`] returned. `false` when the batch is
    /// no longer `open` or not ours. Repeating it with the same members changes nothing.
    pub async fn seal_batch(
        &self,
        id: &BatchId,
        members: &[Member],
        lease: &Lease,
        now: Timestamp,
    ) -> Result<bool> {
        self.change("seal batch", &batch_key(id), |batch: Option<Batch>| match batch {
            Some(batch) if batch.fencing == lease.fencing => match batch.state {
                BatchState::Open => {
                    let (state, members) = (BatchState::Sealed, members.to_vec());
                    Step::Write(Batch { state, members, updated_at: now, ..batch }, true)
                }
                state => Step::Leave(state == BatchState::Sealed && batch.members == members),
            },
            _ => Step::Leave(false),
        })
        .await
    }

    /// Records that the file of a sealed batch stands in S3: members become `exported` (or `ready`
    /// again, as an amendment, when a newer revision came meanwhile) with what was repaired of them in
    /// the file, then the batch `written`. Repeating it changes nothing. `false` when the batch is not ours.
    pub async fn batch_written(
        &self,
        id: &BatchId,
        object_key: &str,
        content: &Digest,
        repairs: &[(OrderKey, Repaired)],
        lease: &Lease,
        now: Timestamp,
    ) -> Result<bool> {
        let doing = "settle batch";
        let Some(batch) = self.ours(doing, id, lease).await? else { return Ok(false) };
        let mut settled = batch.record.state == BatchState::Sealed;
        for members in batch.record.members.chunks(CHUNK) {
            settled = settled && self.settle_chunk(id, members, repairs, &batch, now).await?;
        }
        // Also decides for who found the batch changed meanwhile: by another run, or by a double of ours.
        self.change(doing, &batch_key(id), |stored: Option<Batch>| match stored {
            Some(stored) if stored.fencing == lease.fencing => match stored.state {
                BatchState::Sealed if settled => {
                    let (object_key, content) = (Some(object_key.to_owned()), Some(content.clone()));
                    let state = BatchState::Written;
                    Step::Write(Batch { state, object_key, content, updated_at: now, ..stored }, true)
                }
                BatchState::Open | BatchState::Sealed => Step::Leave(false),
                BatchState::Written | BatchState::Acknowledged => Step::Leave(
                    stored.object_key.as_deref() == Some(object_key)
                        && stored.content.as_ref() == Some(content),
                ),
            },
            _ => Step::Leave(false),
        })
        .await
    }

    /// A batch, read consistently.
    pub async fn batch(&self, id: &BatchId) -> Result<Option<Batch>> {
        Ok(self.read("read batch", &batch_key(id)).await?.map(|read| read.record))
    }

    /// Batches in a state, oldest first. The list may lag behind by seconds.
    pub async fn batches_in(&self, state: BatchState, window: Window) -> Result<Vec<Batch>> {
        self.list("list batches", format!("batch:{state}"), window).await
    }

    /// Our batch, or nothing if it is another's.
    async fn ours(&self, doing: &'static str, id: &BatchId, lease: &Lease) -> Result<Option<Read<Batch>>> {
        let batch = self.read::<Batch>(doing, &batch_key(id)).await?;
        Ok(batch.filter(|read| read.record.fencing == lease.fencing))
    }

    /// The heads of the members' orders, in their order.
    pub(crate) async fn heads(
        &self,
        doing: &'static str,
        members: &[Member],
    ) -> Result<Vec<Option<Read<OrderRecord>>>> {
        let keys: Vec<Key> = members.iter().map(|member| head_key(&member.key)).collect();
        let items = self.table.get_many(doing, &keys).await?;
        items.into_iter().map(|item| item.map(|item| decode(doing, item)).transpose()).collect()
    }

    async fn claim_chunk(
        &self,
        id: &BatchId,
        members: &[Member],
        version: u64,
        now: Timestamp,
    ) -> Result<Claim> {
        let doing = "claim orders";
        for attempt in 0..ATTEMPTS {
            let mut held = Vec::with_capacity(members.len());
            let mut writes = vec![Write::Check { key: batch_key(id), expected: version }];
            for (member, head) in members.iter().zip(self.heads(doing, members).await?) {
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
            if writes.len() == 1 || self.table.transact(doing, writes).await? {
                return Ok(Claim::Held(held));
            }
            let batch = self.read::<Batch>(doing, &batch_key(id)).await?;
            if batch.is_none_or(|batch| batch.version != version) {
                return Ok(Claim::Lost);
            }
            self.table.pause(attempt).await;
        }
        Err(contended(doing, id))
    }

    /// Lets the members that are still claimed go. `false` when the batch was changed meanwhile.
    async fn settle_chunk(
        &self,
        id: &BatchId,
        members: &[Member],
        repairs: &[(OrderKey, Repaired)],
        batch: &Read<Batch>,
        now: Timestamp,
    ) -> Result<bool> {
        let doing = "settle batch";
        for attempt in 0..ATTEMPTS {
            let mut writes = vec![Write::Check { key: batch_key(id), expected: batch.version }];
            for (member, head) in members.iter().zip(self.heads(doing, members).await?) {
                let Some(Read { record: head, version }) = head else { continue };
                if holds(id, member, &head) {
                    // A claimed order has a rejection only when its latest revision could not be read.
                    let status = amended(&head.revision, head.rejection.is_some(), &member.revision, false);
                    let (exported, replaced) = (Some((*id, member.revision.clone())), head.exported.clone());
                    let repairs = KeptRepairs::of(&head.key, *id, repairs);
                    let settled =
                        OrderRecord { status, exported, replaced, repairs, updated_at: now, ..head };
                    writes.push(put(doing, &settled, Some(version))?);
                }
            }
            if writes.len() == 1 || self.table.transact(doing, writes).await? {
                return Ok(true);
            }
            let stored = self.read::<Batch>(doing, &batch_key(id)).await?;
            if stored.is_none_or(|stored| stored.version != batch.version) {
                return Ok(false);
            }
            self.table.pause(attempt).await;
        }
        Err(contended(doing, id))
    }
}

fn holds(id: &BatchId, member: &Member, head: &OrderRecord) -> bool {
    head.status == OrderStatus::Claimed
        && head.claimed.as_ref().is_some_and(|(batch, revision)| batch == id && *revision == member.revision)
}

/// Whether an order still is what was planned: at that revision, and changing what the ERP has, which may
/// have refused since what it was sent last.
fn is_as_planned(head: &OrderRecord, member: &Member) -> bool {
    let sent = head.exported.as_ref().map(|(_, revision)| revision);
    head.status == OrderStatus::Ready && head.revision == member.revision && sent == member.replaces.as_ref()
}

enum Claim {
    Held(Vec<Member>),
    Lost,
}
