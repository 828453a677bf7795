//! Files of the ERP that were refused, and what was rejected in those that were accepted.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, TryStreamExt};
use jiff::Timestamp;
use passerelle_domain::{InvoiceNumber, Result};
use passerelle_ledger::{DropOutcome, DropRecord, DropState, Ledger, SetAside, Window};

use super::found::MAX_LISTED;
use super::{Kind, MAX_NAMES, Waiting};

/// Invoices looked up side by side.
const CONCURRENCY: usize = 16;

pub(super) async fn waiting(ledger: &Ledger, from: Timestamp) -> Result<Vec<Waiting>> {
    let window = Window { from, ..Window::all(MAX_LISTED) };
    let refused = ledger.drops_in(DropState::Rejected, window).await?;
    let accepted = ledger.drops_in(DropState::Accepted, window).await?;
    let mut found = refused_whole(&refused, &accepted);
    found.extend(rejected_invoices(ledger, &accepted).await?);
    found.extend(rejected_acknowledgements(&accepted));
    Ok(found)
}

/// The last refusal under each name, unless a later version was accepted.
fn refused_whole(refused: &[DropRecord], accepted: &[DropRecord]) -> Vec<Waiting> {
    let last: BTreeMap<&str, &DropRecord> = refused.iter().map(|drop| (&*drop.id.key, drop)).collect();
    let standing = last.into_values().filter(|drop| !followed(drop, accepted));
    let waiting = standing.map(|drop| {
        let (rejection, place) = match &drop.outcome {
            Some(DropOutcome::Rejected { rejection, rejects_key }) => (Some(rejection), rejects_key.clone()),
            _ => (None, None),
        };
        let why = rejection.map(|rejection| format!("{}: {}", rejection.code, rejection.field));
        let read = place.as_deref().map_or(String::new(), |place| format!("read {place}, "));
        Waiting {
            why: why.unwrap_or_default(),
            settle: format!("{read}correct the file and drop it again under the same name"),
            place,
            ..of_file(Kind::FilesRefused, drop)
        }
    });
    waiting.collect()
}

/// Whether a later version of the file was accepted.
fn followed(drop: &DropRecord, accepted: &[DropRecord]) -> bool {
    accepted.iter().any(|later| later.id.key == drop.id.key && later.updated_at > drop.updated_at)
}

fn of_file(kind: Kind, drop: &DropRecord) -> Waiting {
    let id = drop.id.to_string();
    Waiting { file: Some(id.clone()), ..Waiting::new(kind, &id, &id, drop.updated_at) }
}

/// The invoices in rejects files that have not come since: neither good nor rejected in a later file.
async fn rejected_invoices(ledger: &Ledger, accepted: &[DropRecord]) -> Result<Vec<Waiting>> {
    let mut named: BTreeMap<&str, &DropRecord> = BTreeMap::new();
    for drop in accepted {
        named.extend(set_aside(drop).iter().map(|aside| (&*aside.number, drop)));
    }
    let numbers = named.keys().filter_map(|number| InvoiceNumber::new(*number).ok());
    let registered: BTreeSet<String> = futures::stream::iter(numbers)
        .map(|number| async move {
            Ok::<_, passerelle_domain::Failure>(ledger.invoice(&number).await?.map(|_| number.to_string()))
        })
        .buffer_unordered(CONCURRENCY)
        .try_filter_map(|found| async move { Ok(found) })
        .try_collect()
        .await?;
    let mut found = Vec::new();
    for drop in accepted {
        let Some(DropOutcome::Accepted { rejected, rejects_key, .. }) = &drop.outcome else { continue };
        let followed = followed(drop, accepted);
        let stands = |aside: &&SetAside| match &*aside.number {
            "" => !followed,
            number => {
                !registered.contains(number) && named.get(number).is_some_and(|last| last.id == drop.id)
            }
        };
        let known = set_aside(drop);
        let standing: Vec<&SetAside> = known.iter().filter(stands).collect();
        // Those of an older program, and those beyond what a record keeps.
        let unnamed = u64::from(*rejected).saturating_sub(known.len() as u64);
        let unnamed = if followed { 0 } else { unnamed };
        let count = standing.len() as u64 + unnamed;
        if count == 0 {
            continue;
        }
        let place = rejects_key.clone();
        let names = standing.iter().filter(|aside| !aside.number.is_empty());
        let rows = place.as_deref().map_or(String::new(), |place| format!(" in {place}"));
        found.push(Waiting {
            count,
            why: codes(&standing),
            names: names.map(|aside| aside.number.clone()).take(MAX_NAMES).collect(),
            settle: format!("correct the rows{rows} and drop that file into invoices/inbox/"),
            place,
            ..of_file(Kind::InvoicesRejected, drop)
        });
    }
    Ok(found)
}

/// The rejected invoices of a file that are known by number.
fn set_aside(drop: &DropRecord) -> &[SetAside] {
    match &drop.outcome {
        Some(DropOutcome::Accepted { set_aside, .. }) => set_aside,
        _ => &[],
    }
}

/// `totals_mismatch, missing_field`: each code once.
fn codes(standing: &[&SetAside]) -> String {
    let codes: BTreeSet<&str> = standing.iter().map(|aside| &*aside.code).collect();
    codes.into_iter().collect::<Vec<_>>().join(", ")
}

/// Rejected rows of files of acknowledgements.
fn rejected_acknowledgements(accepted: &[DropRecord]) -> Vec<Waiting> {
    let standing = accepted.iter().filter(|drop| !followed(drop, accepted)).filter_map(|drop| {
        let Some(DropOutcome::Acknowledgements { unknown: rows @ 1.., rejects_key, .. }) = &drop.outcome
        else {
            return None;
        };
        let place = rejects_key.clone();
        let of = place.as_deref().map_or(String::new(), |place| format!(" in {place}"));
        Some(Waiting {
            count: u64::from(*rows),
            settle: format!("correct the rows{of} and drop that file into orders/acks/"),
            place,
            ..of_file(Kind::AnswersRejected, drop)
        })
    });
    standing.collect()
}
