//! `todo`: all that waits for a person.

use passerelle_domain::Result;
use passerelle_flows::todo::{self, LastReport, Waiting};
use passerelle_ledger::Settled;
use passerelle_services::{Environment, Work};
use serde_json::json;

use crate::{Answer, names};

/// What waits, and the report that its gaps are from.
async fn found(env: &Environment) -> Result<(Vec<Waiting>, Option<LastReport>)> {
    let mut waiting = todo::in_ledger(&env.ledger, env.now()).await?;
    for work in Work::ALL {
        waiting.extend(todo::dead_letters(env, *work).await?);
    }
    let report = todo::last_report(&*env.objects, env.now()).await?;
    let gaps =
        report.iter().flat_map(|report| &report.todo).filter(|waiting| waiting.kind == todo::Kind::Gaps);
    waiting.extend(gaps.cloned());
    Ok((todo::unsettled(&env.ledger, waiting).await?, report))
}

pub(super) async fn list(env: &Environment) -> Result<Answer> {
    let (waiting, report) = found(env).await?;
    let mut says = vec![match waiting.len() {
        0 => "nothing waits for a person".to_owned(),
        1 => "1 thing waits for a person".to_owned(),
        more => format!("{more} things wait for a person"),
    }];
    for waiting in &waiting {
        says.push(String::new());
        says.extend(lines(waiting));
    }
    says.push(String::new());
    if waiting.iter().any(|waiting| waiting.kind.settled_by_hand()) {
        says.push("settled, and no program can see it: passerelle todo done ID --why WHY".to_owned());
    }
    says.push(match &report {
        Some(report) => format!("gaps are those of the report of {}", names::instant(report.written_at)),
        None => "gaps are not known: reconcile has written no report since yesterday".to_owned(),
    });
    let data = json!({"waiting": waiting, "gaps_at": report.map(|report| report.written_at)});
    Ok(Answer { undone: !waiting.is_empty(), ..Answer::found(says, data) })
}

/// What it is; why; what settles it.
fn lines(waiting: &Waiting) -> Vec<String> {
    let Waiting { id, kind, subject, count, since, why, names, command, settle, .. } = waiting;
    let since = since.map(|since| format!(", since {}", names::instant(since))).unwrap_or_default();
    let id = if kind.settled_by_hand() { format!("{id}  ") } else { String::new() };
    let count = if *count > 1 { format!(" ({count})") } else { String::new() };
    let more = if waiting.count > names.len() as u64 { " …" } else { "" };
    let named = if names.is_empty() { String::new() } else { format!("{}{more}", names.join(" ")) };
    let because: Vec<&str> = [&**why, &*named].into_iter().filter(|text| !text.is_empty()).collect();
    let command = if command.is_empty() { String::new() } else { format!(": {command}") };
    let mut lines = vec![format!("{id}{}{count}: {subject}{since}", kind.title())];
    if !because.is_empty() {
        lines.push(format!("  {}", because.join("; ")));
    }
    lines.push(format!("  → {settle}{command}"));
    lines
}

pub(super) async fn done(env: &Environment, id: &str, why: &str, dry_run: bool) -> Result<Answer> {
    let (waiting, _) = found(env).await?;
    let Some(waiting) = waiting.into_iter().find(|waiting| waiting.id == id) else {
        let before = env.ledger.settled().await?.into_iter().find(|settled| settled.id == id);
        return Ok(match before {
            Some(Settled { what, why, at, .. }) => {
                Answer::done(format!("{what} is settled since {}: {why}", names::instant(at)))
            }
            None => {
                Answer::undone(format!("nothing that waits has the id {id}: passerelle todo lists what does"))
            }
        });
    };
    let what = format!("{}: {}", waiting.kind.title(), waiting.subject);
    if !waiting.kind.settled_by_hand() {
        return Ok(Answer::undone(format!("{what}: only its cause settles it: {}", waiting.settle)));
    }
    if why.trim().is_empty() {
        return Ok(Answer::undone("--why is empty".to_owned()));
    }
    if !dry_run {
        let settled = Settled { id: id.to_owned(), what: what.clone(), why: why.to_owned(), at: env.now() };
        env.ledger.settle(&settled).await?;
    }
    Ok(Answer::done(format!("{what} {} settled", super::is(dry_run))))
}
