//! What came in is done, set aside or in flight; what is none of these is missing.

use std::collections::{BTreeMap, BTreeSet};

use crate::todo::Kind;
use jiff::{SignedDuration, Timestamp};
use passerelle_domain::{BatchId, OrderKey, Result};
use passerelle_ledger::{DropId, DropOutcome, DropRecord, InvoiceState, OrderStatus};
use serde::Serialize;

use crate::reconcile::gaps::{Detail, Gap, GapKind};
use crate::reconcile::survey::Survey;
use crate::reconcile::{Reconcile, before};

/// An account of things that came in: `in = done + set_aside + cancelled + elsewhere + in_flight + missing`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Balance {
    /// How many came in.
    #[serde(rename = "in")]
    pub received: u64,
    /// How many are where they belong.
    pub done: u64,
    /// How many are kept aside, each with its reason.
    pub set_aside: u64,
    /// How many orders were taken back in the shop before the ERP had them.
    pub cancelled: u64,
    /// How many of a file's invoices are counted with another file, which brought them before, or corrected
    /// since.
    pub elsewhere: u64,
    /// How many are on their way.
    pub in_flight: u64,
    /// How many are none of these.
    pub missing: u64,
}

impl Balance {
    fn missing_of(self) -> Self {
        let found = self.done + self.set_aside + self.cancelled + self.elsewhere + self.in_flight;
        Self { missing: self.received.saturating_sub(found), ..self }
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            received: self.received + other.received,
            done: self.done + other.done,
            set_aside: self.set_aside + other.set_aside,
            cancelled: self.cancelled + other.cancelled,
            elsewhere: self.elsewhere + other.elsewhere,
            in_flight: self.in_flight + other.in_flight,
            missing: self.missing + other.missing,
        }
    }

    fn count(&mut self, status: OrderStatus) {
        match status {
            OrderStatus::Exported | OrderStatus::Accepted => self.done += 1,
            OrderStatus::Quarantined | OrderStatus::Rejected => self.set_aside += 1,
            OrderStatus::Cancelled => self.cancelled += 1,
            OrderStatus::Waiting | OrderStatus::Ready | OrderStatus::Claimed => self.in_flight += 1,
        }
    }
}

/// The list by state lags behind by seconds; what finished longer ago than this must be in it.
const LISTED_AFTER: SignedDuration = SignedDuration::from_mins(5);

/// A run of `ingest-invoices` takes at most 15 minutes.
const LONGEST_INGEST: SignedDuration = SignedDuration::from_mins(15);

/// Every member of a written batch must have gone to the ERP with it, or with a later one.
pub(crate) async fn check_orders(
    deps: &Reconcile,
    survey: &Survey,
    now: Timestamp,
    gaps: &mut Vec<Gap>,
) -> Result<()> {
    let listed: BTreeMap<&OrderKey, Option<BatchId>> =
        survey.orders.iter().map(|(_, order)| (&order.key, order.exported)).collect();
    for batch in survey.batches.iter().filter(|batch| batch.updated_at <= before(now, LISTED_AFTER)) {
        for member in &batch.members {
            let went = |exported: Option<BatchId>| exported.is_some_and(|exported| exported >= batch.id);
            if listed.get(&member.key).copied().is_some_and(went) {
                continue;
            }
            let head = deps.env.ledger.order(&member.key).await?;
            // What the ERP refused is no longer what it was sent last.
            let traces = head.map(|head| {
                let acked = head.acknowledgement.map(|kept| kept.acknowledgement.batch);
                acked.max(head.exported.map(|(exported, _)| exported))
            });
            if !went(traces.flatten()) {
                let detail = Detail::MemberOf(batch.id);
                gaps.push(Gap::new(GapKind::OrderLost, &member.key, batch.updated_at).with(detail));
            }
        }
    }
    Ok(())
}

/// The orders of the day: those whose state changed on it, and the members of its batches.
pub(crate) async fn of_orders(deps: &Reconcile, survey: &Survey) -> Result<Balance> {
    let mut balance = Balance::default();
    let mut known = BTreeSet::new();
    for (status, order) in &survey.orders {
        // Twice in the lists: it moved on while they were read.
        if survey.day.contains(order.updated_at) && known.insert(&order.key) {
            balance.received += 1;
            balance.count(*status);
        }
    }
    for batch in survey.batches.iter().filter(|batch| batch.id.day == survey.day) {
        for member in &batch.members {
            if known.insert(&member.key) {
                balance.received += 1;
                if let Some(head) = deps.env.ledger.order(&member.key).await? {
                    balance.count(head.status);
                }
            }
        }
    }
    Ok(balance.missing_of())
}

/// The account of a file that was read to the end; nothing for one that was not.
///
/// Its invoices that are not registered as its own came before in another file, under the same number with the
/// same content, or were rejected here and came in a later one: they are counted there.
pub(crate) fn of_drop(survey: &Survey, drop: &DropRecord) -> Option<Balance> {
    let Some(DropOutcome::Accepted { invoices, new, conflicts, rejected, .. }) = &drop.outcome else {
        return None;
    };
    let [invoices, new, conflicts, rejected] = [*invoices, *new, *conflicts, *rejected].map(u64::from);
    let own = own_invoices(survey, &drop.id);
    let registered = own.done + own.set_aside + own.in_flight;
    let repeated = invoices.saturating_sub(conflicts + rejected + registered.max(new));
    let rejected_here = survey.waiting_of(Kind::InvoicesRejected, &drop.id).min(rejected);
    let conflicts_here = survey.waiting_of(Kind::InvoiceConflicts, &drop.id).min(conflicts);
    let set_aside = own.set_aside + conflicts_here + rejected_here;
    let elsewhere = repeated + (rejected - rejected_here) + (conflicts - conflicts_here);
    Some(Balance { received: invoices, set_aside, elsewhere, ..own }.missing_of())
}

fn own_invoices(survey: &Survey, drop: &DropId) -> Balance {
    let mut own = Balance::default();
    let mut known = BTreeSet::new();
    for (state, invoice) in &survey.invoices {
        if invoice.drop != *drop || !known.insert(&invoice.number) {
            continue;
        }
        match state {
            InvoiceState::Published => own.done += 1,
            InvoiceState::Unpublishable => own.set_aside += 1,
            InvoiceState::Registered | InvoiceState::Rendered => own.in_flight += 1,
        }
    }
    own
}

/// Every file's figures must add up, and all that it registered must be there.
pub(crate) fn check_drops(survey: &Survey, now: Timestamp, gaps: &mut Vec<Gap>) {
    // What was registered before the surveyed days would be looked for in vain: files of their first
    // minutes were checked the day before.
    let from = survey.day.previous().start() + LONGEST_INGEST;
    let settled =
        |drop: &&DropRecord| from <= drop.updated_at && drop.updated_at <= before(now, LISTED_AFTER);
    for drop in survey.drops.iter().filter(settled) {
        let Some(DropOutcome::Accepted { invoices, new, same, conflicts, rejected, .. }) = &drop.outcome
        else {
            continue;
        };
        let parts = u64::from(*new) + u64::from(*same) + u64::from(*conflicts) + u64::from(*rejected);
        if u64::from(*invoices) != parts {
            let [invoices, new, same] = [*invoices, *new, *same];
            let (conflicts, rejected) = (*conflicts, *rejected);
            let detail = Detail::Outcome { invoices, new, same, conflicts, rejected };
            gaps.push(Gap::new(GapKind::DropUnbalanced, &drop.id, drop.updated_at).with(detail));
        }
        let Some(balance) = of_drop(survey, drop).filter(|balance| balance.missing > 0) else { continue };
        let detail = Detail::Balance(balance);
        gaps.push(Gap::new(GapKind::DropUnbalanced, &drop.id, drop.updated_at).with(detail));
    }
}
