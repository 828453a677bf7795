//! Brings new and changed orders from every shop into the ledger, page by page.
//!
//! A run holds the shop's lease, starts at the cursor, and goes on until it has caught up or too little
//! time is left; the next run then goes on where it stopped. A page's raw answers are kept first, then
//! its orders are recorded, and only then does the cursor move, never past the run's start less the
//! overlap: a crash anywhere repeats a page, which changes nothing, and never skips one, nor a change
//! that the shop shows late.

use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use jiff::{SignedDuration, Timestamp};
use passerelle_domain::{Cursor, Failure, FailureKind, Result, Revision, ShopId};
use passerelle_ledger::{Ledger, OrderIntake, Recorded};
use passerelle_platform::{Clock, Metrics, Objects, ScheduledRun};
use passerelle_shops::{FetchedOrder, OrderPage, Shop};
use serde::Serialize;

/// What a run depends on.
#[derive(Clone)]
pub struct Deps {
    /// The shops, in the order in which they are read.
    pub sources: Vec<Source>,
    /// The ledger.
    pub ledger: Arc<dyn Ledger>,
    /// Where raw answers are kept.
    pub objects: Arc<dyn Objects>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Metrics.
    pub metrics: Metrics,
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

/// What a run did, over all shops.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Fetched {
    /// Orders that the shops gave, repeats included.
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
}

/// A page takes a few seconds; with less time left than this, the next run reads it.
const SECONDS_FOR_A_PAGE: i64 = 30;
/// Orders recorded side by side.
const CONCURRENCY: usize = 16;

/// Reads every shop. One that fails does not keep the others from being read.
///
/// # Errors
/// The first shop's failure, after all were tried.
pub async fn handle(deps: Deps, run: ScheduledRun) -> Result<Fetched> {
    let mut fetched = Fetched { caught_up: true, ..Fetched::default() };
    let mut failed = None;
    for source in &deps.sources {
        if let Err(failure) = read_shop(&deps, source, &run, &mut fetched).await {
            fetched.caught_up = false;
            let (shop, kind) = (source.shop.id(), failure.kind().as_str());
            tracing::error!(%shop, error = %failure, error.kind = kind, "the shop could not be read");
            failed.get_or_insert(failure);
        }
    }
    deps.metrics.count(&[
        ("orders_read", fetched.read),
        ("orders_new", fetched.new),
        ("orders_changed", fetched.changed),
        ("orders_quarantined", fetched.faulty),
    ]);
    failed.map_or(Ok(fetched), Err)
}

async fn read_shop(deps: &Deps, source: &Source, run: &ScheduledRun, fetched: &mut Fetched) -> Result<()> {
    let shop = source.shop.id();
    let job = format!("fetch-orders/{shop}");
    let until = run.deadline.instant();
    let lease = deps.ledger.acquire_lease(&job, &run.owner, deps.clock.now(), until).await?;
    let Some(lease) = lease else {
        tracing::info!(%shop, "another run is reading the shop");
        fetched.busy.push(shop.clone());
        fetched.caught_up = false;
        return Ok(());
    };
    let outcome = async {
        let mut cursor = deps.ledger.cursor(shop).await?.unwrap_or_else(|| Cursor::at(source.since));
        let kept = cursor.watermark;
        let settled = deps.clock.now().checked_sub(source.overlap).unwrap_or(source.since);
        while run.deadline.has(SECONDS_FOR_A_PAGE, &*deps.clock) {
            let page = source.shop.orders_changed(&cursor).await?;
            record_page(deps, shop, &page, fetched).await?;
            let safe = up_to_settled(&page.next, settled, kept);
            if !deps.ledger.move_cursor(shop, &safe, &lease).await? {
                return Err(Failure::new(
                    FailureKind::Retry,
                    "move cursor",
                    shop.as_str(),
                    "the lease is lost",
                ));
            }
            let (orders, remaining) = (page.orders.len(), page.remaining.unwrap_or_default());
            tracing::info!(%shop, orders, remaining, watermark = %safe.watermark, "page recorded");
            if page.caught_up {
                return Ok(());
            }
            cursor = page.next;
        }
        fetched.caught_up = false;
        tracing::info!(%shop, "too little time left; the next run goes on");
        Ok(())
    }
    .await;
    // What went wrong in the run says more than what went wrong in ending it.
    let released = deps.ledger.release_lease(&lease).await;
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

async fn record_page(deps: &Deps, shop: &ShopId, page: &OrderPage, fetched: &mut Fetched) -> Result<()> {
    if page.orders.is_empty() {
        return Ok(());
    }
    // Named by its content: the same page again is the same object.
    let hash = Revision::of_bytes(&page.raw);
    let day = page.next.watermark.strftime("%Y/%m/%d").to_string();
    let raw_key = format!("raw/{shop}/{day}/{hash}.jsonl");
    deps.objects.put_new(&raw_key, page.raw.clone(), "application/jsonl", &[]).await?;
    let recorded: Vec<_> = futures::stream::iter(&page.orders)
        .map(|order| record_order(deps, order, &raw_key))
        .buffer_unordered(CONCURRENCY)
        .try_collect()
        .await?;
    fetched.read += page.orders.len() as u64;
    for (recorded, faulty) in recorded {
        match recorded {
            Recorded::New => fetched.new += 1,
            Recorded::Changed => fetched.changed += 1,
            Recorded::Unchanged | Recorded::Stale => continue,
        }
        fetched.faulty += u64::from(faulty);
    }
    Ok(())
}

async fn record_order(deps: &Deps, fetched: &FetchedOrder, raw_key: &str) -> Result<(Recorded, bool)> {
    let intake = OrderIntake {
        key: &fetched.key,
        modified_at: fetched.modified_at,
        content: fetched.order.as_ref(),
        raw_key,
    };
    let recorded = deps.ledger.record_order(&intake, deps.clock.now()).await?;
    if let (Err(fault), Recorded::New | Recorded::Changed) = (&fetched.order, recorded) {
        tracing::warn!(
            order = %fetched.key, fault.code, fault.field, fault.value, fault.rule, "order set aside"
        );
    }
    Ok((recorded, fetched.order.is_err()))
}
