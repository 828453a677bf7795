//! `replay drop`: a file of the ERP that was not read to the end.

use passerelle_domain::Result;
use passerelle_ledger::{DropId, DropState};
use passerelle_services::{DroppedObject, Environment, Listed, Work, keys, notification_of};

use super::is;
use crate::{Answer, names};

/// How many versions of one key are looked through.
const MAX_VERSIONS: usize = 1000;

pub(super) async fn run(env: &Environment, wanted: &str, dry_run: bool) -> Result<Answer> {
    let Some(file) = find(env, wanted).await? else {
        return Ok(Answer::undone(format!("no file {wanted} stands in the bucket")));
    };
    let drop = DropId { key: file.key, version: file.version };
    let record = env.ledger.drop_record(&drop).await?;
    if let Some(finished) = record.filter(|record| record.state != DropState::Checking) {
        let (state, since) = (finished.state, names::instant(finished.updated_at));
        let says = format!("file {drop} is {state} since {since}: announcing it again does nothing");
        let how = "to have it read anew, drop a corrected file, under the same name or another";
        return Ok(Answer::done(says).and(how));
    }
    if !dry_run {
        let DropId { key, version } = drop.clone();
        let body = notification_of(&DroppedObject { key, version, size: file.size });
        let reader = if drop.key.starts_with(keys::ACKS) { Work::ReceiveAcks } else { Work::IngestInvoices };
        env.announce(reader, &[body]).await?;
        env.ledger.drop_announced_again(&drop, 0).await?;
    }
    Ok(Answer::done(format!("file {drop} ({} bytes) {} announced again", file.size, is(dry_run))))
}

/// The version: the latest, unless one is named. A key may have an `@` in it too.
async fn find(env: &Environment, wanted: &str) -> Result<Option<Listed>> {
    let listed = env.objects.list(wanted, MAX_VERSIONS).await?;
    let latest = listed.into_iter().find(|file| file.key == wanted && file.latest);
    let Some((key, version)) = wanted.rsplit_once('@').filter(|_| latest.is_none()) else {
        return Ok(latest);
    };
    let listed = env.objects.list(key, MAX_VERSIONS).await?;
    Ok(listed.into_iter().find(|file| file.key == key && file.version == version))
}
