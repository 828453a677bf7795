//! Files that stand in an inbox and are in no record: their notification was lost.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use passerelle_domain::Result;
use passerelle_ledger::DropId;
use passerelle_services::{DroppedObject, Listed, Work, keys, notification_of};

use crate::reconcile::gaps::Gap;
use crate::reconcile::{Reconcile, before};

/// A notification takes seconds; a run of `ingest-invoices` that is busy with two others takes
/// minutes.
const PATIENCE: SignedDuration = SignedDuration::from_mins(20);
/// Older files have been looked at by hundreds of runs before this one.
const LOOKED_BACK: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How much of an inbox is listed, and how many files a run takes up.
const MAX_LISTED: usize = 20_000;
const MAX_TAKEN_UP: usize = 100;

/// Records the files that are in no record and announces them as S3 would have: they go the ordinary
/// way from there.
///
/// The record comes first: from then on the file is a drop like any other, whose announcements are
/// counted, and which is a gap when it is not read.
pub(crate) async fn take_up(deps: &Reconcile, now: Timestamp, gaps: &mut Vec<Gap>) -> Result<Vec<DropId>> {
    let mut listed = Vec::new();
    for inbox in [keys::INVOICES_INBOX, keys::ACKS] {
        match deps.env.objects.list(inbox, MAX_LISTED).await {
            Ok(files) => listed.extend(files),
            Err(failure) => gaps.push(Gap::unreadable(inbox, &failure)),
        }
    }
    let standing: BTreeSet<String> =
        listed.iter().filter(|version| version.latest).map(|version| version.key.clone()).collect();
    let recent = |version: &Listed| {
        version.modified.is_none_or(|at| before(now, LOOKED_BACK) <= at && at <= before(now, PATIENCE))
    };
    // A file that was deleted again was not meant to be read.
    let files = listed
        .into_iter()
        .filter(|version| !version.key.ends_with('/') && standing.contains(&version.key) && recent(version));
    let mut taken_up = Vec::new();
    for file in files {
        let drop = DropId { key: file.key, version: file.version };
        if deps.env.ledger.drop_record(&drop).await?.is_some() {
            continue;
        }
        tracing::warn!(%drop, "a file stands in its inbox unread; announced");
        deps.env.ledger.begin_drop(&drop, file.size, now).await?;
        announce(deps, &drop, file.size).await?;
        taken_up.push(drop);
        if taken_up.len() == MAX_TAKEN_UP {
            break;
        }
    }
    Ok(taken_up)
}

/// Announces a file as S3 would have, to the function that reads its inbox.
pub(crate) async fn announce(deps: &Reconcile, drop: &DropId, size: u64) -> Result<()> {
    let work = if drop.key.starts_with(keys::ACKS) { Work::ReceiveAcks } else { Work::IngestInvoices };
    let object = DroppedObject { key: drop.key.clone(), version: drop.version.clone(), size };
    deps.env.announce(work, &[notification_of(&object)]).await
}
