//! The figures of a day.

use std::collections::BTreeMap;

use crate::todo::Waiting;
use jiff::Timestamp;
use passerelle_domain::{BusinessDay, Money, Result, ShopId, paris};
use passerelle_ledger::{DropOutcome, DropRecord, DropState, InvoiceState, OrderStatus};
use serde::Serialize;

use crate::reconcile::Reconcile;
use crate::reconcile::accounts::{Balance, of_drop, of_orders};
use crate::reconcile::drift::Comparison;
use crate::reconcile::gaps::Gap;
use crate::reconcile::survey::Survey;

/// A number of things and what they amount to, with VAT, credit notes negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// How many.
    pub count: u64,
    /// Their total with VAT.
    pub total: Money,
}

impl Figures {
    fn add(&mut self, total: Money) {
        self.count += 1;
        self.total += total;
    }
}

/// A file that the ERP dropped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DropReport {
    /// Its key and version.
    pub file: String,
    /// Its state.
    pub state: DropState,
    /// When its state last changed.
    pub updated_at: Timestamp,
    /// What became of it.
    pub outcome: Option<DropOutcome>,
    /// Where its invoices are, once it is read to the end.
    pub balance: Option<Balance>,
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
    /// Where the day's orders are.
    pub order_balance: Balance,
    /// Orders by the hour in Paris, 0 to 23, in which their state last changed.
    pub orders_by_hour: [u64; 24],
    /// Why orders are in quarantine, by code.
    pub quarantine: BTreeMap<String, u64>,
    /// The import files written for the ERP, by key, and the orders in each.
    pub files: BTreeMap<String, u64>,
    /// Invoices by state.
    pub invoices: BTreeMap<&'static str, Figures>,
    /// Where the invoices of the day's files are.
    pub invoice_balance: Balance,
    /// Invoices by the hour in Paris, 0 to 23, in which their state last changed.
    pub invoices_by_hour: [u64; 24],
    /// The ERP's files.
    pub drops: Vec<DropReport>,
    /// Messages that were lost and sent again.
    pub announced_again: u64,
    /// Files that stood in the inbox without a record and were announced.
    pub found_in_inbox: Vec<String>,
    /// What comparing with each shop found, once the day was compared.
    pub comparisons: BTreeMap<ShopId, Comparison>,
    /// All that waits for a person, gaps included, whatever the day it is of: what `passerelle todo` prints.
    pub todo: Vec<Waiting>,
    /// What is missing, stands still or does not add up; each alarms.
    pub gaps: Vec<Gap>,
    /// The same, each as a sentence.
    pub stuck: Vec<String>,
}

pub(crate) async fn of_day(deps: &Reconcile, survey: &Survey, now: Timestamp) -> Result<Report> {
    let day = survey.day;
    let mut report = Report {
        day,
        written_at: now,
        orders: OrderStatus::ALL.iter().map(|state| (state.as_str(), Figures::default())).collect(),
        order_balance: of_orders(deps, survey).await?,
        orders_by_hour: [0; 24],
        quarantine: BTreeMap::new(),
        files: BTreeMap::new(),
        invoices: InvoiceState::ALL.iter().map(|state| (state.as_str(), Figures::default())).collect(),
        invoice_balance: Balance::default(),
        invoices_by_hour: [0; 24],
        drops: Vec::new(),
        announced_again: 0,
        found_in_inbox: Vec::new(),
        comparisons: BTreeMap::new(),
        todo: Vec::new(),
        gaps: Vec::new(),
        stuck: Vec::new(),
    };
    for (state, order) in survey.orders.iter().filter(|(_, order)| day.contains(order.updated_at)) {
        report.orders.entry(state.as_str()).or_default().add(order.total);
        report.orders_by_hour[hour(order.updated_at)] += 1;
        if let Some(rejection) = &order.rejection {
            *report.quarantine.entry(rejection.code.clone()).or_default() += 1;
        }
    }
    for (state, invoice) in survey.invoices.iter().filter(|(_, invoice)| day.contains(invoice.updated_at)) {
        report.invoices.entry(state.as_str()).or_default().add(invoice.gross);
        report.invoices_by_hour[hour(invoice.updated_at)] += 1;
    }
    for batch in survey.batches.iter().filter(|batch| batch.id.day == day) {
        if let Some(key) = batch.object_key.as_ref().filter(|key| !key.is_empty()) {
            report.files.insert(key.clone(), batch.members.len() as u64);
        }
    }
    report.drops = survey
        .drops
        .iter()
        .filter(|drop| day.contains(drop.updated_at))
        .map(|drop| of(survey, drop))
        .collect();
    let balances = report.drops.iter().filter_map(|drop| drop.balance);
    report.invoice_balance = balances.fold(Balance::default(), Balance::plus);
    Ok(report)
}

fn of(survey: &Survey, drop: &DropRecord) -> DropReport {
    DropReport {
        file: drop.id.to_string(),
        state: drop.state,
        updated_at: drop.updated_at,
        outcome: drop.outcome.clone(),
        balance: of_drop(survey, drop),
    }
}

fn hour(at: Timestamp) -> usize {
    usize::try_from(at.to_zoned_datetime(paris()).hour()).unwrap_or(0).min(23)
}
