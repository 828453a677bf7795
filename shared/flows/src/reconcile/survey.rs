//! The lists of a day and the day before, taken once for all checks.

use crate::todo::{self, Kind, Waiting};
use jiff::Timestamp;
use passerelle_domain::{BusinessDay, Result};
use passerelle_ledger::{
    Batch, BatchState, DropId, DropRecord, DropState, InvoiceState, InvoiceSummary, OrderStatus,
    OrderSummary, Window,
};

use crate::reconcile::{MAX_COUNTED, Reconcile};

/// Everything whose state changed on a business day, the day before, or since.
pub(crate) struct Survey {
    /// The day that is reported.
    pub(crate) day: BusinessDay,
    pub(crate) orders: Vec<(OrderStatus, OrderSummary)>,
    pub(crate) invoices: Vec<(InvoiceState, InvoiceSummary)>,
    pub(crate) drops: Vec<DropRecord>,
    /// Batches that are written.
    pub(crate) batches: Vec<Batch>,
    /// What waits for a person, settled or not.
    pub(crate) waiting: Vec<Waiting>,
}

impl Survey {
    /// Batches before orders and drops before invoices: what belongs to a written batch or a finished drop is
    /// recorded by then.
    pub(crate) async fn take(deps: &Reconcile, day: BusinessDay, now: Timestamp) -> Result<Self> {
        let window = Window { from: day.previous().start(), ..Window::all(MAX_COUNTED) };
        let mut survey =
            Self { day, orders: vec![], invoices: vec![], drops: vec![], batches: vec![], waiting: vec![] };
        for state in [BatchState::Written, BatchState::Acknowledged] {
            survey.batches.extend(deps.env.ledger.batches_in(state, window).await?);
        }
        for &status in OrderStatus::ALL {
            let orders = deps.env.ledger.orders_in(status, window).await?;
            survey.orders.extend(orders.into_iter().map(|order| (status, order)));
        }
        for &state in DropState::ALL {
            survey.drops.extend(deps.env.ledger.drops_in(state, window).await?);
        }
        for &state in InvoiceState::ALL {
            let invoices = deps.env.ledger.invoices_in(state, window).await?;
            survey.invoices.extend(invoices.into_iter().map(|invoice| (state, invoice)));
        }
        survey.waiting = todo::in_ledger(&deps.env.ledger, now).await?;
        Ok(survey)
    }

    /// How many of a kind came in a file and wait.
    pub(crate) fn waiting_of(&self, kind: Kind, drop: &DropId) -> u64 {
        let file = drop.to_string();
        let of_file = self.waiting.iter().filter(|waiting| waiting.file.as_ref() == Some(&file));
        of_file.filter(|waiting| waiting.kind == kind).map(|waiting| waiting.count).sum()
    }
}
