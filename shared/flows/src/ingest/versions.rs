//! Versions of a file under one name, which S3 may announce in any order.

use passerelle_domain::Result;
use passerelle_ledger::{DropId, DropState};
use passerelle_services::DroppedObject;

use crate::ingest::Ingest;

/// More versions than a file has before an old one expires.
const MOST: usize = 1000;

/// The versions that were put under the same key before this one and are not finished, oldest first:
/// they are taken in first, so that it does not matter which is announced first.
pub(crate) async fn unread_before(deps: &Ingest, object: &DroppedObject) -> Result<Vec<DroppedObject>> {
    // Without versions there is only the latest.
    if object.version == "null" {
        return Ok(Vec::new());
    }
    // S3 lists the versions of a key with the newest first.
    let listed = deps.env.objects.list(&object.key, MOST).await?;
    let older = listed
        .into_iter()
        .filter(|listed| listed.key == object.key)
        .skip_while(|listed| listed.version != object.version)
        .skip(1);
    let mut unread = Vec::new();
    for listed in older {
        let drop = DropId { key: listed.key, version: listed.version };
        let known = deps.env.ledger.drop_record(&drop).await?;
        // Whoever finished this one took in those before it.
        if known.is_some_and(|drop| drop.state != DropState::Checking) {
            break;
        }
        unread.push(DroppedObject { key: drop.key, version: drop.version, size: listed.size });
    }
    unread.reverse();
    Ok(unread)
}
