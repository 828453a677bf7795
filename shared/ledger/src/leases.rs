//! Leases and cursors: which run may work, and how far it has come.

use jiff::Timestamp;
use passerelle_domain::{Cursor, Result, ShopId};

use crate::access::Step;
use crate::records::{StoredCursor, cursor_key, lease_key};
use crate::{Lease, LeaseRecord, Ledger};

impl Ledger {
    /// Takes the lease of `job` for `owner` until `until`, if nobody else holds it at `now`. Each
    /// lease taken has a higher fencing number than all before it, even after a release.
    pub async fn acquire_lease(
        &self,
        job: &str,
        owner: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Lease>> {
        self.change("take lease", &lease_key(job), |held: Option<LeaseRecord>| {
            let others = |lease: &LeaseRecord| {
                lease.owner.as_deref().is_some_and(|holder| holder != owner) && lease.expires_at > now
            };
            if held.as_ref().is_some_and(others) {
                return Step::Leave(None);
            }
            let fencing = held.map_or(0, |lease| lease.fencing) + 1;
            let lease = Lease { job: job.to_owned(), owner: owner.to_owned(), expires_at: until, fencing };
            let Lease { job, owner, expires_at, fencing } = lease.clone();
            let stored = LeaseRecord { job, owner: Some(owner), taken_at: Some(now), expires_at, fencing };
            Step::Write(stored, Some(lease))
        })
        .await
    }

    /// Releases the lease, if it is still ours; otherwise does nothing.
    pub async fn release_lease(&self, lease: &Lease) -> Result<()> {
        self.change("release lease", &lease_key(&lease.job), |held: Option<LeaseRecord>| match held {
            Some(held) if held.fencing == lease.fencing && held.owner.as_ref() == Some(&lease.owner) => {
                Step::Write(LeaseRecord { owner: None, ..held }, ())
            }
            _ => Step::Leave(()),
        })
        .await
    }

    /// What is known of a job's runs: when the last one began, and whether it holds the lease still.
    pub async fn lease(&self, job: &str) -> Result<Option<LeaseRecord>> {
        Ok(self.read("read lease", &lease_key(job)).await?.map(|read| read.record))
    }

    /// How far a shop has been read.
    pub async fn cursor(&self, shop: &ShopId) -> Result<Option<Cursor>> {
        let stored = self.read::<StoredCursor>("read cursor", &cursor_key(shop)).await?;
        Ok(stored.map(|read| read.record.cursor))
    }

    /// The fencing number of the run that moved a shop's cursor last, even if only to where it stood;
    /// 0 before the first. The lease's own number counts the runs begun since.
    pub async fn cursor_moved_by(&self, shop: &ShopId) -> Result<u64> {
        let stored = self.read::<StoredCursor>("read cursor", &cursor_key(shop)).await?;
        Ok(stored.map_or(0, |read| read.record.fencing))
    }

    /// Moves a shop's cursor. `false` when a run with a higher fencing number has moved it already:
    /// the caller is a zombie and must stop.
    pub async fn move_cursor(&self, shop: &ShopId, cursor: &Cursor, lease: &Lease) -> Result<bool> {
        self.change("move cursor", &cursor_key(shop), |stored: Option<StoredCursor>| {
            if stored.is_some_and(|stored| stored.fencing > lease.fencing) {
                return Step::Leave(false);
            }
            let moved = StoredCursor { shop: shop.clone(), cursor: cursor.clone(), fencing: lease.fencing };
            Step::Write(moved, true)
        })
        .await
    }
}
