//! Brings new and changed orders from every shop into the ledger, page by page.
//!
//! A run holds the shop's lease, starts at the cursor, and goes on until it has caught up or too little
//! time is left; the next run then goes on where it stopped. A page's raw responses are kept first, then
//! its orders are recorded, and only then does the cursor move, never past the run's start less the
//! overlap: a crash anywhere repeats a page, which changes nothing, and never skips one, nor a change
//! that the shop shows late.
//!
//! Shops are read side by side, each with its own lease, cursor, secret and limits, so that one that is
//! slow or down delays no other; with more than [`SHOPS_AT_ONCE`] the first in the configuration go
//! first. An order that its shop could not return, while it returned others, is set aside as unreachable;
//! each run asks for some of these again, by themselves. [`fetch_one`] does the same for one order that a
//! webhook names, without lease or cursor: the ledger decides what is newer. `reconcile` records with
//! [`record_page`], too.

use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt, TryStreamExt};
use jiff::{SignedDuration, Timestamp};
use passerelle_domain::{Cursor, Digest, Failure, OrderId, OrderKey, Result, Revision, ShopId};
use passerelle_ledger::{OrderIntake, OrderStatus, Recorded, Window};
use passerelle_services::{Environment, Metric, ScheduledRun, keys};
use passerelle_shops::http::within;
use passerelle_shops::{FetchedOrder, OrderPage, Shop, ShopConfig, UNREACHABLE};
use serde::Serialize;

/// What a run depends on.
#[derive(Clone)]
pub struct Fetch {
    /// Its ledger, its objects, its clock.
    pub env: Environment,
    /// The shops, in the order in which they are read.
    pub sources: Vec<Source>,
}

/// A shop and how it is read.
#[derive(Clone)]
pub struct Source {
    /// The shop.
    pub shop: Arc<dyn Shop>,
    /// Where the first import starts.
    pub since: Timestamp,
    /// How long the shop may take to show a change, its clock's error included: each run reads again
    /// what changed so long before the one before it began.
    pub overlap: SignedDuration,
}

impl Source {
    /// Connected shops, each with its configuration.
    pub fn all(shops: Vec<Arc<dyn Shop>>, configs: &[ShopConfig]) -> Vec<Self> {
        let sources = shops.into_iter().zip(configs);
        let source = |(shop, config): (_, &ShopConfig)| Self {
            shop,
            since: config.since(),
            overlap: config.overlap(),
        };
        sources.map(source).collect()
    }
}

/// What a run did, over all shops.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Fetched {
    /// Orders that the shops returned, repeats included.
    pub read: u64,
    /// Orders seen for the first time.
    pub new: u64,
    /// Orders with new content.
    pub changed: u64,
    /// Orders that could not be understood or do not add up; they are in quarantine.
    pub faulty: u64,
    /// Whether nothing is left to read anywhere, as far as this run can tell.
    pub caught_up: bool,
    /// Shops that another run is reading.
    pub busy: Vec<ShopId>,
    /// Shops that could not be read, while others could. The log says why; a shop that run after run cannot be
    /// read is a gap of `reconcile`.
    pub failed: Vec<ShopId>,
}

/// A page takes a few seconds; with less time left than this, the next run reads it.
const SECONDS_FOR_A_PAGE: i64 = 30;
/// What is left of it for recording after the shop's response.
const TO_RECORD: SignedDuration = SignedDuration::from_secs(10);
/// Orders recorded side by side.
const CONCURRENCY: usize = 16;
/// Shops read side by side.
pub const SHOPS_AT_ONCE: usize = 8;
/// Unreachable orders that a run asks for again, of so many set aside.
const ASKED_AGAIN: usize = 20;
const SET_ASIDE: usize = 1_000;

/// Reads every shop. One that fails does not keep the others from being read.
///
/// # Errors
/// The failures of all shops, when none could be read.
pub async fn handle(deps: Fetch, run: ScheduledRun) -> Result<Fetched> {
    let (all, run) = (&deps, &run);
    let reading = deps.sources.iter().map(|source| async move {
        let mut fetched = Fetched { caught_up: true, ..Fetched::default() };
        let outcome = read_shop(all, source, run, &mut fetched).await;
        (source, fetched, outcome)
    });
    let reading: Vec<_> = reading.collect();
    let read: Vec<_> = futures::stream::iter(reading).buffered(SHOPS_AT_ONCE).collect().await;
    let mut fetched = Fetched { caught_up: true, ..Fetched::default() };
    let mut failed = Vec::new();
    for (source, of_shop, outcome) in read {
        fetched.add(of_shop);
        if let Err(failure) = outcome {
            fetched.caught_up = false;
            let (shop, kind) = (source.shop.id(), failure.kind().as_str());
            tracing::error!(%shop, error = %failure, error.kind = kind, "the shop could not be read");
            fetched.failed.push(source.shop.id().clone());
            failed.push(failure);
        }
    }
    deps.env.metrics.emit(&[
        (Metric::OrdersRead, fetched.read),
        (Metric::OrdersNew, fetched.new),
        (Metric::OrdersChanged, fetched.changed),
        (Metric::OrdersQuarantined, fetched.faulty),
    ]);
    match failed.len() {
        some if some < deps.sources.len() || some == 0 => Ok(fetched),
        1 => Err(failed.remove(0)),
        several => {
            let causes: Vec<String> = failed.iter().map(ToString::to_string).collect();
            let subject = format!("{several} shops");
            Err(Failure::new(failed[0].kind(), "read", subject, causes.join("; ")))
        }
    }
}

impl Fetched {
    fn add(&mut self, other: Self) {
        self.read += other.read;
        self.new += other.new;
        self.changed += other.changed;
        self.faulty += other.faulty;
        self.caught_up &= other.caught_up;
        self.busy.extend(other.busy);
        self.failed.extend(other.failed);
    }

    /// Counts an order; `faulty` when it could not be understood.
    fn count(&mut self, recorded: Recorded, faulty: bool) {
        match recorded {
            Recorded::New => self.new += 1,
            Recorded::Changed => self.changed += 1,
            Recorded::Unchanged | Recorded::Stale => return,
        }
        self.faulty += u64::from(faulty);
    }
}

/// Fetches one order as it is now, and records it. Nothing when the shop has none with this id.
///
/// # Errors
/// When the shop or the ledger fails.
pub async fn fetch_one(deps: &Fetch, shop: &dyn Shop, id: &OrderId) -> Result<Option<Recorded>> {
    fetch_counted(deps, shop, id, None).await
}

/// Fetches an order that was set aside at `revision`, records it, and makes it ready if its content can be
/// read and is the same as before: what it was set aside for is fixed elsewhere, as in the layout. One whose
/// content is another now is ready by that. What was kept with the customer has changed without the order,
/// and an order that could not be read may have been recorded under a later time than its own: so it is
/// never too old here, unless a newer revision came meanwhile.
///
/// # Errors
/// When the shop or the ledger fails.
pub async fn fetch_again(
    deps: &Fetch,
    shop: &dyn Shop,
    id: &OrderId,
    revision: &Revision,
) -> Result<Option<Recorded>> {
    let key = OrderKey { shop: shop.id().clone(), id: id.clone() };
    let head = deps.env.ledger.order(&key).await?.filter(|head| head.revision == *revision);
    let recorded = fetch_counted(deps, shop, id, head.map(|head| head.modified_at)).await?;
    if recorded == Some(Recorded::Unchanged) {
        let released = deps.env.ledger.release_order(&key, revision, deps.env.now()).await?;
        tracing::info!(order = %key, released, "the order is unchanged in the shop");
    }
    Ok(recorded)
}

async fn fetch_counted(
    deps: &Fetch,
    shop: &dyn Shop,
    id: &OrderId,
    not_before: Option<Timestamp>,
) -> Result<Option<Recorded>> {
    let mut fetched = Fetched::default();
    let recorded = fetch_alone(deps, shop, id, not_before, &mut fetched).await?;
    deps.env.metrics.emit(&[
        (Metric::OrdersNew, fetched.new),
        (Metric::OrdersChanged, fetched.changed),
        (Metric::OrdersQuarantined, fetched.faulty),
    ]);
    Ok(recorded)
}

async fn fetch_alone(
    deps: &Fetch,
    shop: &dyn Shop,
    id: &OrderId,
    not_before: Option<Timestamp>,
    fetched: &mut Fetched,
) -> Result<Option<Recorded>> {
    let Some(mut order) = shop.order(id).await? else {
        tracing::info!(shop = %shop.id(), order = %id, "the shop has no such order");
        return Ok(None);
    };
    order.modified_at = not_before.map_or(order.modified_at, |least| least.max(order.modified_at));
    // Kept as it was understood: pages alone are kept as they came.
    let kept = serde_json::to_vec(&order.order)
        .map_err(|error| Failure::rejected("keep order", order.key.to_string(), error))?;
    let day = order.modified_at.strftime("%Y/%m/%d").to_string();
    let raw_key = format!("{}{}/{day}/{}-{}.json", keys::RAW, shop.id(), id, Digest::of(&kept));
    deps.env.objects.put_new(&raw_key, kept, "application/json", &[]).await?;
    let recorded = record_order(deps, &order, &raw_key).await?;
    fetched.count(recorded, order.order.is_err());
    Ok(Some(recorded))
}

/// Asks again for orders that the shop could not return. One that still fails is left for the next run.
async fn ask_again(deps: &Fetch, source: &Source, run: &ScheduledRun, fetched: &mut Fetched) -> Result<()> {
    let shop = source.shop.id();
    let mut waiting = deps.env.ledger.orders_in(OrderStatus::Quarantined, Window::all(SET_ASIDE)).await?;
    waiting.retain(|order| {
        order.key.shop == *shop && order.rejection.as_ref().is_some_and(|r| r.code == UNREACHABLE)
    });
    // From another place each minute, so that some that always fail do not keep others from their turn.
    let minute = usize::try_from(deps.env.now().as_second() / 60).unwrap_or_default();
    let first = minute.checked_rem(waiting.len()).unwrap_or_default();
    waiting.rotate_left(first);
    for order in waiting.into_iter().take(ASKED_AGAIN) {
        if !run.deadline.has(SECONDS_FOR_A_PAGE, &*deps.env.clock) {
            break;
        }
        let asking = fetch_alone(deps, &*source.shop, &order.key.id, None, fetched);
        if let Err(failure) = within(time_for_shop(deps, run), asking).await {
            tracing::warn!(order = %order.key, error = %failure, "the order is still unreachable");
        }
    }
    Ok(())
}

fn time_for_shop(deps: &Fetch, run: &ScheduledRun) -> Duration {
    Duration::try_from(run.deadline.before(TO_RECORD).duration_since(deps.env.now())).unwrap_or_default()
}

async fn read_shop(deps: &Fetch, source: &Source, run: &ScheduledRun, fetched: &mut Fetched) -> Result<()> {
    let shop = source.shop.id();
    let job = format!("fetch-orders/{shop}");
    let until = run.deadline.instant();
    let lease = deps.env.ledger.acquire_lease(&job, &run.owner, deps.env.now(), until).await?;
    let Some(lease) = lease else {
        tracing::info!(%shop, "another run is reading the shop");
        fetched.busy.push(shop.clone());
        fetched.caught_up = false;
        return Ok(());
    };
    let outcome = async {
        let mut cursor = deps.env.ledger.cursor(shop).await?.unwrap_or_else(|| Cursor::at(source.since));
        let kept = cursor.watermark;
        let settled = deps.env.now().checked_sub(source.overlap).unwrap_or(source.since);
        while run.deadline.has(SECONDS_FOR_A_PAGE, &*deps.env.clock) {
            let page = within(time_for_shop(deps, run), source.shop.orders_changed(&cursor)).await?;
            fetched.read += page.orders.len() as u64;
            for (order, recorded) in page.orders.iter().zip(record_page(deps, shop, &page).await?) {
                fetched.count(recorded, order.order.is_err());
            }
            let safe = up_to_settled(&page.next, settled, kept);
            if !deps.env.ledger.move_cursor(shop, &safe, &lease).await? {
                return Err(Failure::retry("move cursor", shop.as_str(), "the lease is lost"));
            }
            let (orders, remaining) = (page.orders.len(), page.remaining.unwrap_or_default());
            tracing::info!(%shop, orders, remaining, watermark = %safe.watermark, "page recorded");
            if page.caught_up {
                return ask_again(deps, source, run, fetched).await;
            }
            cursor = page.next;
        }
        fetched.caught_up = false;
        tracing::info!(%shop, "too little time left; the next run goes on");
        Ok(())
    }
    .await;
    // What went wrong in the run says more than what went wrong in ending it.
    let released = deps.env.ledger.release_lease(&lease).await;
    outcome.and(released)
}

/// How far the next run may trust what this one read. The shop may show a change late, so what changed
/// after `settled`, the run's start less the overlap, is read again, however far this run has come and
/// wherever it stops: going on in the middle of it would pass what was shown meanwhile. What an
/// earlier run was sure of (`kept`) stays.
fn up_to_settled(next: &Cursor, settled: Timestamp, kept: Timestamp) -> Cursor {
    if next.watermark <= settled {
        return Cursor { watermark: next.watermark.max(kept), ..next.clone() };
    }
    Cursor::at(settled.max(kept))
}

/// Keeps a page's raw responses, then records its orders: what became of each, in the page's order. Repeating it
/// changes nothing.
///
/// # Errors
/// When the ledger or S3 cannot be reached.
pub async fn record_page(deps: &Fetch, shop: &ShopId, page: &OrderPage) -> Result<Vec<Recorded>> {
    if page.orders.is_empty() {
        return Ok(Vec::new());
    }
    // Named by its content: the same page again is the same object.
    let digest = Digest::of(&page.raw);
    let day = page.next.watermark.strftime("%Y/%m/%d").to_string();
    let raw_key = format!("{}{shop}/{day}/{digest}.jsonl", keys::RAW);
    deps.env.objects.put_new(&raw_key, page.raw.clone(), "application/jsonl", &[]).await?;
    futures::stream::iter(&page.orders)
        .map(|order| record_order(deps, order, &raw_key))
        .buffered(CONCURRENCY)
        .try_collect()
        .await
}

async fn record_order(deps: &Fetch, fetched: &FetchedOrder, raw_key: &str) -> Result<Recorded> {
    let intake = OrderIntake {
        key: &fetched.key,
        modified_at: fetched.modified_at,
        content: fetched.order.as_ref(),
        raw_key,
    };
    let recorded = deps.env.ledger.record_order(&intake, deps.env.now()).await?;
    if let (Err(fault), Recorded::New | Recorded::Changed) = (&fetched.order, recorded) {
        tracing::warn!(order = %fetched.key, fault.code, fault.field, "order set aside");
    }
    Ok(recorded)
}
