//! Where a number was rejected: the records of the last weeks' files have the first of their rejected invoices by
//! number, their rejects files have all.

use jiff::{SignedDuration, Timestamp};
use passerelle_domain::Result;
use passerelle_ledger::{DropOutcome, DropRecord, DropState, Window};
use passerelle_services::Environment;

use super::History;

/// How far files are looked through.
const LOOKED_BACK: SignedDuration = SignedDuration::from_hours(31 * 24);
/// How many files.
const MAX_FILES: usize = 10_000;
/// The largest rejects file that is read.
const MAX_REJECTS_BYTES: u64 = 64 << 20;

/// The history of a number that is in rejects files only; nothing when it is in none.
pub(super) async fn trace(env: &Environment, number: &str) -> Result<Option<History>> {
    let mut history = History::of("rejected invoice", number);
    events(env, number, &mut history).await?;
    if history.events.is_empty() {
        return Ok(None);
    }
    history.fact("state", "in no ledger: correct the rows in the rejects file and drop that file");
    Ok(Some(history))
}

/// Each time that the number was rejected.
pub(super) async fn events(env: &Environment, number: &str, history: &mut History) -> Result<()> {
    let from = env.now().checked_sub(LOOKED_BACK).unwrap_or(Timestamp::MIN);
    let window = Window { from, ..Window::all(MAX_FILES) };
    for drop in env.ledger.drops_in(DropState::Accepted, window).await? {
        let Some(why) = why(env, &drop, number).await? else { continue };
        history.event(drop.updated_at, "file", "rejected", format!("{why}; {}", drop.id));
    }
    Ok(())
}

/// Why a file's invoice of this number was rejected, and where its rows are.
async fn why(env: &Environment, drop: &DropRecord, number: &str) -> Result<Option<String>> {
    let Some(DropOutcome::Accepted { rejected, set_aside, rejects_key: Some(key), .. }) = &drop.outcome
    else {
        return Ok(None);
    };
    if let Some(aside) = set_aside.iter().find(|aside| aside.number == number) {
        let (code, line, column) = (&aside.code, aside.line, &aside.column);
        return Ok(Some(format!("{code}: line {line}, {column}; rows in {key}")));
    }
    if *rejected as usize <= set_aside.len() {
        return Ok(None);
    }
    let Some(rows) = env.objects.get(key, None, MAX_REJECTS_BYTES).await? else { return Ok(None) };
    let text = String::from_utf8_lossy(&rows.body);
    let of_a_number = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    let found = text.split(|c| !of_a_number(c)).any(|cell| cell == number);
    Ok(found.then(|| format!("rows and reason in {key}")))
}
