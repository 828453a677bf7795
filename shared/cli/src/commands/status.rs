//! `status`: what is where.

mod shops;

use jiff::Timestamp;
use passerelle_config::{Config, FILE, read_config};
use passerelle_domain::{BusinessDay, Result, ShopId};
use passerelle_ledger::{BatchState, DropState, InvoiceState, Ledger, OrderStatus, Window};
use passerelle_services::{Depth, Environment, Work};

use super::check::configuration::check_config;
use super::check::placeholders::Target;
use serde_json::{Map, Value, json};

use super::table::table;
use crate::{Answer, names};

/// How many items of one state are counted.
const MAX_COUNTED: usize = 100_000;

/// One state of one kind of thing.
struct Count {
    state: &'static str,
    today: usize,
    /// Of all days; only where things stay in the state until something happens to them.
    waiting: Option<usize>,
}

pub(super) async fn run(env: &Environment) -> Result<Answer> {
    let now = env.now();
    let day = BusinessDay::of(now);
    let kinds = [
        ("orders", orders(&env.ledger, day).await?),
        ("batches", batches(&env.ledger, day).await?),
        ("drops", drops(&env.ledger, day).await?),
        ("invoices", invoices(&env.ledger, day).await?),
    ];
    let mut says = vec![format!("{day}, {} in Paris", names::instant(now))];
    let mut data = Map::new();
    data.insert("day".into(), json!(day));
    data.insert("at".into(), json!(now));
    for (kind, counts) in kinds {
        says.push(String::new());
        says.extend(table(&rows(kind, &counts)));
        let states = counts
            .iter()
            .map(|count| (count.state.to_owned(), json!({"today": count.today, "waiting": count.waiting})));
        data.insert(kind.into(), Value::Object(states.collect()));
    }
    queues(env, &mut says, &mut data).await?;
    let wrong = configuration(env, &mut says, &mut data).await?;
    let text = read_config(env, FILE).await.unwrap_or_default();
    let shops: Vec<_> =
        Config::shops_in(&text).iter().map(|shop| (shop.id().clone(), shop.since())).collect();
    shops::shops(env, &shops, now, &mut says, &mut data).await?;
    leases(env, &shops, now, &mut says, &mut data).await?;
    Ok(Answer { undone: wrong, ..Answer::found(says, Value::Object(data)) })
}

/// What is wrong with the configuration in the bucket, for which functions may not start; whether anything is.
async fn configuration(
    env: &Environment,
    says: &mut Vec<String>,
    data: &mut Map<String, Value>,
) -> Result<bool> {
    let faults = check_config(env, Target::LocalCloud).await?.faults;
    let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
    if !faults.is_empty() {
        says.push(String::new());
        says.push("the configuration is wrong, and functions may not start:".into());
        says.extend(faults.iter().map(|fault| format!("  {fault}")));
    }
    data.insert("configuration".into(), json!({"faults": faults}));
    Ok(!faults.is_empty())
}

fn rows(kind: &str, counts: &[Count]) -> Vec<Vec<String>> {
    let head = [kind, "today", "waiting"].map(str::to_owned).to_vec();
    let row = |count: &Count| {
        let waiting = count.waiting.map(|waiting| waiting.to_string()).unwrap_or_default();
        vec![format!("  {}", count.state), count.today.to_string(), waiting]
    };
    [head].into_iter().chain(counts.iter().map(row)).collect()
}

/// Counts the things in each state: all of those that wait, and of the others today's. `list` returns when
/// each entered the state.
async fn counts<S: Copy + Into<&'static str>>(
    day: BusinessDay,
    states: &[S],
    waits: impl Fn(S) -> bool,
    list: impl AsyncFn(S, Window) -> Result<Vec<Timestamp>>,
) -> Result<Vec<Count>> {
    let mut counts = Vec::new();
    for &state in states {
        let (all, waits) = (Window::all(MAX_COUNTED), waits(state));
        let since = list(state, if waits { all } else { Window { from: day.start(), ..all } }).await?;
        let today = since.iter().filter(|at| day.contains(**at)).count();
        counts.push(Count { state: state.into(), today, waiting: waits.then_some(since.len()) });
    }
    Ok(counts)
}

async fn orders(ledger: &Ledger, day: BusinessDay) -> Result<Vec<Count>> {
    let ends = [OrderStatus::Exported, OrderStatus::Accepted, OrderStatus::Cancelled];
    let list = async |state, window| {
        let orders = ledger.orders_in(state, window).await?;
        Ok(orders.iter().map(|order| order.updated_at).collect())
    };
    counts(day, OrderStatus::ALL, |state| !ends.contains(&state), list).await
}

async fn batches(ledger: &Ledger, day: BusinessDay) -> Result<Vec<Count>> {
    let list = async |state, window| {
        let batches = ledger.batches_in(state, window).await?;
        Ok(batches.iter().map(|batch| batch.updated_at).collect())
    };
    let waits = |state| matches!(state, BatchState::Open | BatchState::Sealed);
    counts(day, BatchState::ALL, waits, list).await
}

async fn drops(ledger: &Ledger, day: BusinessDay) -> Result<Vec<Count>> {
    let list = async |state, window| {
        let drops = ledger.drops_in(state, window).await?;
        Ok(drops.iter().map(|drop| drop.updated_at).collect())
    };
    counts(day, DropState::ALL, |state| state == DropState::Checking, list).await
}

async fn invoices(ledger: &Ledger, day: BusinessDay) -> Result<Vec<Count>> {
    let list = async |state, window| {
        let invoices = ledger.invoices_in(state, window).await?;
        Ok(invoices.iter().map(|invoice| invoice.updated_at).collect())
    };
    let waits = |state| matches!(state, InvoiceState::Registered | InvoiceState::Rendered);
    counts(day, InvoiceState::ALL, waits, list).await
}

async fn queues(env: &Environment, says: &mut Vec<String>, data: &mut Map<String, Value>) -> Result<()> {
    let mut rows = vec![["queues", "waiting", "in flight", "failed"].map(str::to_owned).to_vec()];
    let mut found = Map::new();
    for queue in Work::ALL.iter().filter(|queue| **queue != Work::Schedules) {
        let Depth { waiting, in_flight } = env.queues.letters(queue.as_str()).await?.depth().await?;
        let failed = lying(env, &queue.dead_letters()).await?;
        let name = format!("  {}", queue.as_str());
        rows.push(vec![name, waiting.to_string(), in_flight.to_string(), failed.to_string()]);
        let depth = json!({"waiting": waiting, "in_flight": in_flight, "failed": failed});
        found.insert(queue.as_str().into(), depth);
    }
    // Runs that the scheduler could not start: the next run does their work.
    let failed = lying(env, &Work::Schedules.dead_letters()).await?;
    rows.push(vec!["  schedules".into(), String::new(), String::new(), failed.to_string()]);
    found.insert("schedules".into(), json!({"failed": failed}));
    says.push(String::new());
    says.extend(table(&rows));
    data.insert("queues".into(), Value::Object(found));
    Ok(())
}

async fn lying(env: &Environment, name: &str) -> Result<u64> {
    let depth = env.queues.letters(name).await?.depth().await?;
    Ok(depth.waiting + depth.in_flight)
}

async fn leases(
    env: &Environment,
    shops: &[(ShopId, Timestamp)],
    now: Timestamp,
    says: &mut Vec<String>,
    data: &mut Map<String, Value>,
) -> Result<()> {
    let fetches = shops.iter().map(|(shop, _)| format!("fetch-orders/{shop}"));
    let mut rows = vec![["jobs", "last run ago", "now"].map(str::to_owned).to_vec()];
    let mut found = Map::new();
    for job in fetches.chain(["export-orders".to_owned()]) {
        let lease = env.ledger.lease(&job).await?;
        let taken_at = lease.as_ref().and_then(|lease| lease.taken_at);
        let held =
            lease.as_ref().filter(|lease| lease.expires_at > now).and_then(|lease| lease.owner.clone());
        // Not released, and over: the run was killed. The next one takes it.
        let died = lease.is_some_and(|lease| lease.owner.is_some() && lease.expires_at <= now);
        let ago = taken_at.map_or_else(|| "never".to_owned(), |taken_at| names::ago(now, taken_at));
        let state = match (&held, died) {
            (Some(_), _) => "running",
            (None, true) => "was killed",
            (None, false) => "idle",
        };
        rows.push(vec![format!("  {job}"), ago, state.into()]);
        found.insert(job, json!({"last_run": taken_at, "holder": held, "was_killed": died}));
    }
    says.push(String::new());
    says.extend(table(&rows));
    data.insert("jobs".into(), Value::Object(found));
    Ok(())
}
