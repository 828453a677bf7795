//! Leases and cursors: which run may work, and how far it has come.

use jiff::Timestamp;
use passerelle_domain::{Cursor, Result, ShopId};

use crate::stored::{StoredCursor, StoredLease, cursor_key, lease_key};
use crate::table::{Step, Table, change, read};
use crate::{Lease, LeaseRecord};

pub async fn acquire_lease(
    table: &impl Table,
    job: &str,
    owner: &str,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<Lease>> {
    change(table, "take lease", &lease_key(job), |held: Option<StoredLease>| {
        let others = |lease: &StoredLease| {
            lease.owner.as_deref().is_some_and(|holder| holder != owner) && lease.expires_at > now
        };
        if held.as_ref().is_some_and(others) {
            return Step::Leave(None);
        }
        let fencing = held.map_or(0, |lease| lease.fencing) + 1;
        let (job, owner) = (job.to_owned(), owner.to_owned());
        let (holder, taken_at) = (Some(owner.clone()), Some(now));
        let stored = StoredLease { job: job.clone(), owner: holder, expires_at: until, fencing, taken_at };
        Step::Write(stored, Some(Lease { job, owner, expires_at: until, fencing }))
    })
    .await
}

pub async fn release_lease(table: &impl Table, lease: &Lease) -> Result<()> {
    change(table, "release lease", &lease_key(&lease.job), |held: Option<StoredLease>| match held {
        Some(held) if held.fencing == lease.fencing && held.owner.as_ref() == Some(&lease.owner) => {
            Step::Write(StoredLease { owner: None, ..held }, ())
        }
        _ => Step::Leave(()),
    })
    .await
}

pub async fn lease(table: &impl Table, job: &str) -> Result<Option<LeaseRecord>> {
    let stored = read::<StoredLease>(table, "read lease", &lease_key(job)).await?;
    Ok(stored.map(|read| read.record.into()))
}

pub async fn cursor(table: &impl Table, shop: &ShopId) -> Result<Option<Cursor>> {
    let stored = read::<StoredCursor>(table, "read cursor", &cursor_key(shop)).await?;
    Ok(stored.map(|read| read.record.cursor))
}

pub async fn cursor_moved_by(table: &impl Table, shop: &ShopId) -> Result<u64> {
    let stored = read::<StoredCursor>(table, "read cursor", &cursor_key(shop)).await?;
    Ok(stored.map_or(0, |read| read.record.fencing))
}

pub async fn move_cursor(table: &impl Table, shop: &ShopId, cursor: &Cursor, lease: &Lease) -> Result<bool> {
    change(table, "move cursor", &cursor_key(shop), |stored: Option<StoredCursor>| {
        if stored.is_some_and(|stored| stored.fencing > lease.fencing) {
            return Step::Leave(false);
        }
        let moved = StoredCursor { shop: shop.clone(), cursor: cursor.clone(), fencing: lease.fencing };
        Step::Write(moved, true)
    })
    .await
}
