//! The figures of a day.

use std::collections::BTreeMap;

use jiff::Timestamp;
use passerelle_domain::{BusinessDay, Money, Result};
use passerelle_ledger::{DropOutcome, DropState, InvoiceState, OrderStatus, Window};
use serde::Serialize;

use crate::{Deps, MAX_COUNTED};

/// A number of things and what they amount to, with VAT.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// How many.
    pub count: u64,
    /// Their total with VAT.
    pub total: Money,
}

impl Figures {
    fn of(totals: impl Iterator<Item = Money>) -> Self {
        totals.fold(Self::default(), |sum, total| Self { count: sum.count + 1, total: sum.total + total })
    }
}

/// A file that the ERP dropped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DropReport {
    /// Its key and version.
    pub file: String,
    /// What became of it.
    pub outcome: Option<DropOutcome>,
}

/// What a day looked like when the report was written: everything whose state changed on that day, by
/// the state it is in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The business day.
    pub day: BusinessDay,
    /// When it was written.
    pub written_at: Timestamp,
    /// Orders by state.
    pub orders: BTreeMap<&'static str, Figures>,
    /// Why orders are in quarantine, by code.
    pub quarantine: BTreeMap<String, u64>,
    /// Invoices by state.
    pub invoices: BTreeMap<&'static str, Figures>,
    /// The ERP's files.
    pub drops: Vec<DropReport>,
    /// Invoices whose message was lost and sent again.
    pub announced_again: u64,
    /// What is stuck; each alarms.
    pub stuck: Vec<String>,
}

pub(crate) async fn of_day(deps: &Deps, day: BusinessDay, now: Timestamp) -> Result<Report> {
    let window = Window { from: day.start(), until: day.end(), limit: MAX_COUNTED };
    let mut report = Report {
        day,
        written_at: now,
        orders: BTreeMap::new(),
        quarantine: BTreeMap::new(),
        invoices: BTreeMap::new(),
        drops: Vec::new(),
        announced_again: 0,
        stuck: Vec::new(),
    };
    for &state in OrderStatus::ALL {
        let orders = deps.ledger.orders_in(state, window).await?;
        report.orders.insert(state.as_str(), Figures::of(orders.iter().map(|order| order.total)));
        for rejection in orders.into_iter().filter_map(|order| order.rejection) {
            *report.quarantine.entry(rejection.code).or_default() += 1;
        }
    }
    for &state in InvoiceState::ALL {
        let invoices = deps.ledger.invoices_in(state, window).await?;
        report.invoices.insert(state.as_str(), Figures::of(invoices.iter().map(|invoice| invoice.gross)));
    }
    for &state in DropState::ALL {
        let drops = deps.ledger.drops_in(state, window).await?.into_iter();
        report
            .drops
            .extend(drops.map(|drop| DropReport { file: drop.id.to_string(), outcome: drop.outcome }));
    }
    Ok(report)
}
