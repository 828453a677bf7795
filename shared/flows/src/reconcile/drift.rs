//! Whether the last days look the same in each shop and in the ledger, once a day.
//!
//! What the shop has and the ledger lacks is recorded as `fetch-orders` would have; an acknowledgement that
//! the shop lacks is sent again. What is left for a person is a gap: an order with a later state in the ledger
//! than in the shop, one that is no longer in the shop, and an acknowledgement that the shop refuses.
//!
//! Only lists are read, and the few orders that are on none. What was found is kept, a file for each shop and
//! day, page by page: the next run goes on where one stopped in time or its shop was down, and every later
//! report of the day has it too.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use futures::StreamExt;
use futures::future::try_join_all;
use jiff::{SignedDuration, Timestamp};
use passerelle_domain::{
    BusinessDay, Cursor, FailureKind, Money, OrderId, OrderKey, Result, Revision, ShopId, paris,
};
use passerelle_ledger::{KeptAcknowledgement, OrderRecord, OrderStatus, Recorded, Window};
use passerelle_services::{Deadline, ScheduledRun, keys};
use passerelle_shops::FetchedOrder;
use passerelle_shops::http::within;
use serde::{Deserialize, Serialize};

use crate::acks::send_to_shop;
use crate::fetch::{SHOPS_AT_ONCE, Source, fetch_one, record_page};
use crate::reconcile::gaps::{Detail, Gap, GapKind};
use crate::reconcile::{MAX_COUNTED, Reconcile, before};

/// The hour in Paris from which a day is compared: the day's acknowledgements are in, the shop is quiet.
const FROM_HOUR: i8 = 19;
/// A page takes a few seconds, sending an acknowledgement too.
const SECONDS_FOR_A_PAGE: i64 = 30;
/// What the rest of the run needs: checking and writing the report.
const FOR_THE_REPORT: SignedDuration = SignedDuration::from_secs(90);
/// Differences that are spelled out for each shop.
const MAX_DIFFERENCES: usize = 200;
/// Orders that are on no list and asked for by themselves, for each shop.
const MAX_ASKED_FOR: usize = 50;
/// The largest file of what was found.
const MAX_FILE_BYTES: u64 = 16 << 20;

/// What was found for a shop on a day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// Orders looked at, repeats included.
    pub compared: u64,
    /// Orders and changes that the shop had and the ledger lacked, although they had been passed: they are
    /// recorded now.
    pub recorded: u64,
    /// Acknowledgements that the shop lacked: it has them now.
    #[serde(rename = "told")]
    pub sent: u64,
    /// What a person has to look at.
    pub differences: Vec<Difference>,
    /// Whether all was looked at.
    pub done: bool,
    /// Since when changes are looked at, once begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<Timestamp>,
    /// Where the next run goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next: Option<Cursor>,
    /// The orders seen so far.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    seen: BTreeSet<OrderId>,
}

/// One order that is not the same on both sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The order.
    pub order: OrderKey,
    /// When it last changed.
    pub since: Timestamp,
    /// How.
    pub drift: Drift,
}

/// How an order differs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Drift {
    /// It is no longer in the shop; here it is in this state.
    Gone(OrderStatus),
    /// The shop shows an older state of it than was read before.
    Older {
        /// Its total there, with VAT after refunds.
        shop: Money,
        /// Its total here.
        ledger: Money,
    },
    /// The shop refuses the ERP's acknowledgement, with this number.
    #[serde(rename = "not_told")]
    Unacknowledged(String),
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gone(status) => write!(f, "no longer in the shop; {status} here"),
            Self::Older { shop, ledger } => write!(f, "the shop shows an older state: {shop}, here {ledger}"),
            Self::Unacknowledged(number) => write!(f, "the shop refuses the acknowledgement {number:?}"),
        }
    }
}

/// Compares what is not compared yet, and returns what was found on the day so far. A shop that cannot be read
/// keeps no other from being compared.
pub(crate) async fn compare(
    deps: &Reconcile,
    run: &ScheduledRun,
    gaps: &mut Vec<Gap>,
) -> Result<BTreeMap<ShopId, Comparison>> {
    let mut found = BTreeMap::new();
    if deps.compared_days == 0 || run.scheduled_time < evening(run.day()) {
        return Ok(found);
    }
    let (job, now) = ("reconcile/drift", deps.env.now());
    let lease = deps.env.ledger.acquire_lease(job, &run.owner, now, run.deadline.instant()).await?;
    let alone = lease.is_some();
    let comparing = deps.sources.iter().map(|source| async move {
        let mut comparison = Comparison::default();
        let outcome = compare_shop(deps, source, run, alone, &mut comparison).await;
        (source.shop.id(), comparison, outcome)
    });
    let comparing: Vec<_> = comparing.collect();
    let compared: Vec<_> = futures::stream::iter(comparing).buffered(SHOPS_AT_ONCE).collect().await;
    if let Some(lease) = lease {
        deps.env.ledger.release_lease(&lease).await?;
    }
    for (shop, comparison, outcome) in compared {
        if let Err(failure) = outcome {
            let kind = failure.kind().as_str();
            tracing::error!(%shop, error = %failure, error.kind = kind, "the shop could not be compared");
        }
        if alone && !comparison.done {
            gaps.push(Gap::new(GapKind::ShopNotCompared, shop, None));
        }
        for Difference { order, since, drift } in &comparison.differences {
            let gap = Gap::new(GapKind::OrderDrifted, order, *since);
            gaps.push(gap.with(Detail::Drift(drift.clone())));
        }
        let Comparison { compared, recorded, sent, .. } = comparison;
        tracing::info!(%shop, compared, recorded, sent, done = comparison.done, "shop compared");
        // How far it came is for the next run, not for people.
        let comparison = Comparison { from: None, next: None, seen: BTreeSet::new(), ..comparison };
        found.insert(shop.clone(), comparison);
    }
    Ok(found)
}

fn evening(day: BusinessDay) -> Timestamp {
    paris().to_timestamp(day.date().at(FROM_HOUR, 0, 0, 0)).unwrap_or(day.start())
}

fn has_time(deps: &Reconcile, deadline: Deadline) -> bool {
    let left = deadline.before(FOR_THE_REPORT).duration_since(deps.env.now());
    left >= SignedDuration::from_secs(SECONDS_FOR_A_PAGE)
}

async fn compare_shop(
    deps: &Reconcile,
    source: &Source,
    run: &ScheduledRun,
    alone: bool,
    comparison: &mut Comparison,
) -> Result<()> {
    let shop = source.shop.id();
    let key = format!("{}drift/{}/{shop}.json", keys::REPORTS, run.day());
    if let Some(kept) = deps.env.objects.get(&key, None, MAX_FILE_BYTES).await? {
        // One that another program wrote is begun anew.
        *comparison = serde_json::from_slice(&kept.body).unwrap_or_default();
    }
    if comparison.done || !alone {
        return Ok(());
    }
    let started = deps.env.now();
    let settled = before(started, source.overlap);
    let days = SignedDuration::from_hours(24 * i64::from(deps.compared_days));
    let from = *comparison.from.get_or_insert_with(|| before(started, days).max(source.since));
    let passed = deps.env.ledger.cursor(shop).await?.map_or(source.since, |cursor| cursor.watermark);
    let mut cursor = comparison.next.clone().unwrap_or_else(|| Cursor::at(from));
    while has_time(deps, run.deadline) {
        let left = run.deadline.before(FOR_THE_REPORT).duration_since(deps.env.now());
        let left = Duration::try_from(left).unwrap_or_default();
        let page = within(left, source.shop.orders_changed(&cursor)).await?;
        let recorded = record_page(&deps.fetch(), shop, &page).await?;
        for (order, recorded) in page.orders.iter().zip(recorded) {
            // What fetch-orders has not come to yet is not missing.
            let missed = matches!(recorded, Recorded::New | Recorded::Changed)
                && order.modified_at < passed.min(settled);
            if missed {
                tracing::warn!(order = %order.key, ?recorded, "the ledger lacked what the shop has; recorded");
                comparison.recorded += 1;
            }
        }
        let known = source.shop.erp_numbers(&page);
        let heads = try_join_all(page.orders.iter().map(|order| deps.env.ledger.order(&order.key))).await?;
        for (order, head) in page.orders.iter().zip(heads) {
            let Some(head) = head else { continue };
            comparison.older(order, &head, settled);
            if let Some(kept) = unsent(&head, known.get(&order.key.id)) {
                if !has_time(deps, run.deadline) {
                    return Ok(());
                }
                within(left, comparison.send(deps, source, &head, kept)).await?;
            }
        }
        comparison.compared += page.orders.len() as u64;
        comparison.seen.extend(page.orders.into_iter().map(|order| order.key.id));
        comparison.next = Some(page.next.clone());
        if page.caught_up {
            let unlisted = comparison.unlisted(deps, shop, from, settled).await?;
            for head in unlisted {
                if !has_time(deps, run.deadline) {
                    return Ok(());
                }
                within(left, comparison.ask_for(deps, source, &head)).await?;
            }
            comparison.done = true;
            (comparison.next, comparison.seen) = (None, BTreeSet::new());
        }
        let kept = serde_json::to_vec(comparison).expect("a comparison always serialises");
        deps.env.objects.put(&key, kept, "application/json").await?;
        if comparison.done {
            return Ok(());
        }
        cursor = page.next;
    }
    tracing::info!(%shop, "too little time left to compare all; the next run goes on");
    Ok(())
}

/// The acknowledgement of an order, where it was not sent to the shop, or where the shop shows another number.
fn unsent<'a>(head: &'a OrderRecord, known: Option<&String>) -> Option<&'a KeptAcknowledgement> {
    let kept = head.acknowledgement.as_ref()?;
    let ack = &kept.acknowledgement;
    let lacks_number = ack.accepted && known.is_some_and(|known| *known != ack.erp_number);
    (!kept.sent || lacks_number).then_some(kept)
}

impl Comparison {
    fn note(&mut self, order: &OrderKey, since: Timestamp, drift: Drift) {
        let known = self.differences.iter().any(|known| known.order == *order && known.drift == drift);
        if !known && self.differences.len() < MAX_DIFFERENCES {
            self.differences.push(Difference { order: order.clone(), since, drift });
        }
    }

    /// Notes an order with a later state in the ledger than in the shop, and other content: the shop went
    /// back, as after a restored backup.
    fn older(&mut self, order: &FetchedOrder, head: &OrderRecord, settled: Timestamp) {
        // One that changed since the page was read is newer here for a good reason.
        if order.modified_at >= head.modified_at || head.modified_at >= settled {
            return;
        }
        let (revision, total) = match &order.order {
            Ok(content) => (content.revision(), content.total_after_refunds()),
            Err(rejection) => (Revision::of(rejection), Money::ZERO),
        };
        if revision != head.revision {
            let drift = Drift::Older { shop: total, ledger: head.total };
            self.note(&order.key, head.modified_at, drift);
        }
    }

    /// Orders that changed within the days by the ledger, and that the shop's list lacks.
    async fn unlisted(
        &self,
        deps: &Reconcile,
        shop: &ShopId,
        from: Timestamp,
        settled: Timestamp,
    ) -> Result<Vec<OrderRecord>> {
        let within = |modified_at: Timestamp| from <= modified_at && modified_at < settled;
        let mut unlisted = Vec::new();
        for &status in OrderStatus::ALL {
            // What was no sale may go.
            if matches!(status, OrderStatus::Waiting | OrderStatus::Cancelled) {
                continue;
            }
            let window = Window { from, ..Window::all(MAX_COUNTED) };
            for listed in deps.env.ledger.orders_in(status, window).await? {
                let seen = self.seen.contains(&listed.key.id);
                if listed.key.shop != *shop || seen || !within(listed.modified_at) {
                    continue;
                }
                // The list may lag behind; a gap may not.
                let head = deps.env.ledger.order(&listed.key).await?;
                unlisted.extend(head.filter(|head| head.status == status && within(head.modified_at)));
            }
        }
        unlisted.truncate(MAX_ASKED_FOR);
        Ok(unlisted)
    }

    /// Asks for an order that is on no list: its shop may hide it from lists, in a state that is not asked
    /// for or while it changes.
    async fn ask_for(&mut self, deps: &Reconcile, source: &Source, head: &OrderRecord) -> Result<()> {
        match fetch_one(&deps.fetch(), &*source.shop, &head.key.id).await? {
            None => self.note(&head.key, head.modified_at, Drift::Gone(head.status)),
            Some(Recorded::New | Recorded::Changed) => self.recorded += 1,
            Some(Recorded::Unchanged | Recorded::Stale) => {}
        }
        Ok(())
    }

    /// Sends the shop an acknowledgement again; what it refuses is a difference.
    async fn send(
        &mut self,
        deps: &Reconcile,
        source: &Source,
        head: &OrderRecord,
        kept: &KeptAcknowledgement,
    ) -> Result<()> {
        let (ledger, key) = (&deps.env.ledger, &head.key);
        match send_to_shop(&*source.shop, ledger, key, &kept.acknowledgement).await {
            Ok(()) => self.sent += 1,
            Err(failure) if failure.kind() == FailureKind::Rejected => {
                tracing::error!(order = %key, error = %failure, "its shop refuses the acknowledgement");
                self.note(key, kept.at, Drift::Unacknowledged(kept.acknowledgement.erp_number.clone()));
            }
            Err(failure) => return Err(failure),
        }
        Ok(())
    }
}
