//! Repeats what did not follow, and reports what is missing.
//!
//! The ledger is the outbox: an invoice or a file that waits too long has lost its message, so it is
//! announced again, each time after a longer wait and only so often; a file that stands in the inbox
//! and is in no record has lost its notification, so it is recorded and announced. What that cannot
//! fix is a gap: something is missing, stands still, or does not add up. A gap raises an alarm and
//! stands in the day's report, `reports/<day>.json` and, for people, `reports/<day>.html`, among all else that
//! waits for a person ([`crate::todo`]). How many of each kind wait is emitted as a gauge by each run.
//! What cannot be looked at (a queue, a list of the bucket) is a gap too, and costs nothing else.
//!
//! In the evening the last days are compared with the shops ([`Comparison`]): the one thing for which a shop
//! is asked, so only once a day.
//!
//! The index by state proposes and never decides: before something counts as missing, its record is
//! read consistently.

mod accounts;
mod arrival;
mod documents;
mod drift;
mod gaps;
mod heartbeat;
mod inbox;
mod moved;
mod page;
mod report;
mod survey;
mod sweep;

use crate::fetch::{Fetch, Source};
use crate::todo::{self, Kind, Waiting};
use jiff::{SignedDuration, Timestamp};
use passerelle_config::{AcksConfig, Config, ExpectedInvoices};
use passerelle_domain::Result;
use passerelle_ledger::OrderStatus;
use passerelle_services::{Environment, Metric, ScheduledRun, Work, keys};

pub use accounts::Balance;
pub use drift::{Comparison, Difference, Drift};
pub use gaps::{Detail, Gap, GapKind};
pub use heartbeat::{Heartbeat, Rhythm, Schedules};
pub use page::page;
pub use report::{DropReport, Figures, Report};

/// What a run depends on.
#[derive(Clone)]
pub struct Reconcile {
    /// Its ledger, its objects, its clock.
    pub env: Environment,
    /// How long the ERP may take to acknowledge a file of orders; nothing where it acknowledges none.
    pub answer_within: Option<SignedDuration>,
    /// When the ERP's file of invoices is expected; nothing where none is.
    pub expected: Option<ExpectedInvoices>,
    /// The jobs that must run by themselves; none where schedules are off.
    pub heartbeats: Vec<Heartbeat>,
    /// How long after midnight in Paris what belongs to a night must be done, on days of 23 and 25 hours too.
    pub night_is_over: SignedDuration,
    /// The shops that are compared with the ledger.
    pub sources: Vec<Source>,
    /// How many of the last days are compared; 0 for none.
    pub compared_days: u32,
}

impl Reconcile {
    /// As an environment is configured. Jobs that run only when asked have no heartbeat.
    pub fn of(env: Environment, config: &Config, schedules: Schedules) -> Self {
        let shops = config.shops.iter().map(|shop| shop.id());
        Self {
            answer_within: config.orders.acks.as_ref().map(AcksConfig::answer_within),
            expected: config.invoices.expected(),
            heartbeats: if schedules.enabled { Heartbeat::all(&schedules, shops) } else { Vec::new() },
            night_is_over: schedules.night_is_over,
            sources: Source::all(config.shops_when_asked(&env), &config.shops),
            compared_days: config.reconcile.compared_days,
            env,
        }
    }

    /// How orders are recorded.
    fn fetch(&self) -> Fetch {
        Fetch { env: self.env.clone(), sources: Vec::new() }
    }
}

/// How many items of one kind and state are looked at.
const MAX_COUNTED: usize = 100_000;

/// Sweeps, re-drives and reports.
///
/// # Errors
/// When the ledger, S3 or SQS cannot be reached.
pub async fn handle(deps: Reconcile, run: ScheduledRun) -> Result<Report> {
    let (now, day) = (deps.env.now(), run.day());
    // First what repeats, then what counts: a failure to count must not keep anything from going on.
    let mut gaps = Vec::new();
    let found = inbox::take_up(&deps, now, &mut gaps).await?;
    let announced_again = sweep::announce_again(&deps, now, &mut gaps).await?;
    let mut survey = survey::Survey::take(&deps, day, now).await?;
    heartbeat::check(&deps, now, &mut gaps).await?;
    accounts::check_orders(&deps, &survey, now, &mut gaps).await?;
    accounts::check_drops(&survey, now, &mut gaps);
    arrival::check(&deps, &survey, now, &mut gaps).await?;
    documents::check(&deps, &survey, now, &mut gaps).await?;
    moved::check(&deps, &survey, &mut gaps).await?;
    let comparisons = drift::compare(&deps, &run, &mut gaps).await?;
    let mut waiting = dead_letters(&deps, &mut gaps).await;
    gaps.sort();
    gaps.dedup();
    waiting.extend(gaps.iter().map(Gap::waiting));

    let mut report = report::of_day(&deps, &survey, now).await?;
    report.announced_again = announced_again + found.len() as u64;
    report.found_in_inbox = found.iter().map(ToString::to_string).collect();
    report.stuck = gaps.iter().map(ToString::to_string).collect();
    report.gaps = gaps;
    waiting.append(&mut survey.waiting);
    report.todo = todo::unsettled(&deps.env.ledger, waiting).await?;
    report.comparisons = comparisons;
    write(&deps, &report).await?;
    for gap in &report.gaps {
        tracing::error!(gap = gap.kind.as_str(), subject = gap.subject, "{gap}");
    }
    let quarantined = report.orders.get(OrderStatus::Quarantined.as_str()).map_or(0, |figures| figures.count);
    let (announced_again, gaps, todo) = (report.announced_again, report.gaps.len(), report.todo.len());
    tracing::info!(%day, announced_again, gaps, todo, quarantined, "reconciled");
    let drifted = report.comparisons.values().map(|found| found.recorded).sum();
    let lost = report.found_in_inbox.len() as u64;
    deps.env.metrics.emit(&[
        (Metric::AnnouncedAgain, announced_again),
        (Metric::LostNotifications, lost),
        (Metric::OrdersDrifted, drifted),
    ]);
    deps.env.metrics.emit(&gauges(&report));
    Ok(report)
}

/// How many of each kind wait now: alarms look at these, which stay up as long as something waits.
fn gauges(report: &Report) -> Vec<(Metric, u64)> {
    let waiting = |kind: Kind| {
        let of_kind = report.todo.iter().filter(|waiting| waiting.kind == kind);
        of_kind.map(|waiting| waiting.count).sum()
    };
    Kind::ALL.iter().map(|&kind| (kind.gauge(), waiting(kind))).collect()
}

/// What lies in the queues of dead letters.
async fn dead_letters(deps: &Reconcile, gaps: &mut Vec<Gap>) -> Vec<Waiting> {
    let mut found = Vec::new();
    for work in Work::ALL {
        match todo::dead_letters(&deps.env, *work).await {
            Ok(waiting) => found.extend(waiting),
            Err(failure) => gaps.push(Gap::unreadable(work.dead_letters(), &failure)),
        }
    }
    found
}

async fn write(deps: &Reconcile, report: &Report) -> Result<()> {
    let json = serde_json::to_vec_pretty(report).expect("a report always serialises");
    let place = format!("{}{}", keys::REPORTS, report.day);
    deps.env.objects.put(&format!("{place}.json"), json, "application/json").await?;
    let html = page(report).into_bytes();
    deps.env.objects.put(&format!("{place}.html"), html, "text/html; charset=utf-8").await
}

/// The instant before which something has waited for longer than `patience`.
fn before(now: Timestamp, patience: SignedDuration) -> Timestamp {
    now.checked_sub(patience).unwrap_or(Timestamp::MIN)
}
