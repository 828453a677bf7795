//! How much the ERP is sent at once. What is too much waits in the ledger for the next run.

use jiff::SignedDuration;
use passerelle_config::OrdersConfig;
use passerelle_domain::Result;
use passerelle_ledger::{Batch, BatchState, OrderRecord, Window};

use crate::export::Export;

/// How much the ERP takes.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// The most orders in one file.
    pub orders_per_file: usize,
    /// The most orders within any hour; nothing for no limit.
    pub orders_per_hour: Option<usize>,
    /// The most files that the ERP has not acknowledged yet; nothing for no limit.
    pub unanswered_files: Option<usize>,
    /// Whether the ERP acknowledges orders. Then a change waits for the acknowledgement of what it changes:
    /// what was refused cannot be amended.
    pub acknowledges: bool,
}

impl Pace {
    /// So many orders a file, and no other limit.
    pub fn files_of(orders: usize) -> Self {
        Self { orders_per_file: orders, orders_per_hour: None, unanswered_files: None, acknowledges: false }
    }

    /// Whether a change of this order has to wait for the ERP.
    pub(crate) fn waits(&self, head: &OrderRecord) -> bool {
        self.acknowledges && head.awaits_acknowledgement()
    }
}

impl From<&OrdersConfig> for Pace {
    fn from(config: &OrdersConfig) -> Self {
        Self {
            orders_per_file: config.max_orders_per_file,
            orders_per_hour: config.max_orders_per_hour,
            unanswered_files: config.acks.as_ref().and_then(|acks| acks.max_unanswered_files),
            acknowledges: config.acks.is_some(),
        }
    }
}

/// What may still be sent now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allowance {
    files: usize,
    orders: usize,
}

impl Allowance {
    /// What the limits leave, after all that was sent before.
    pub(crate) async fn now(deps: &Export) -> Result<Self> {
        let mut allowance = Self { files: usize::MAX, orders: usize::MAX };
        let last_hour = deps.env.now() - SignedDuration::from_hours(1);
        if let Some(most) = deps.pace.unanswered_files {
            let unanswered = deps.env.ledger.batches_in(BatchState::Written, Window::all(most + 1)).await?;
            let files = unanswered.iter().filter(|batch| !batch.members.is_empty()).count();
            allowance.files = most.saturating_sub(files);
        }
        if let Some(most) = deps.pace.orders_per_hour {
            let mut sent = 0;
            for state in [BatchState::Written, BatchState::Acknowledged] {
                let window = Window { from: last_hour, ..Window::all(crate::export::MAX_ORDERS) };
                let batches = deps.env.ledger.batches_in(state, window).await?;
                let recent = batches.iter().filter(|batch| written_since(batch, last_hour));
                sent += recent.map(|batch| batch.members.len()).sum::<usize>();
            }
            allowance.orders = most.saturating_sub(sent);
        }
        Ok(allowance)
    }

    /// How many orders the next file may have; none when the ERP has enough for now.
    pub(crate) fn next_file(&self, pace: Pace) -> usize {
        if self.files == 0 { 0 } else { self.orders.min(pace.orders_per_file) }
    }

    pub(crate) fn take(&mut self, orders: usize) {
        self.files = self.files.saturating_sub(1);
        self.orders = self.orders.saturating_sub(orders);
    }
}

/// An acknowledgement changes a batch's state, and not when it was written.
fn written_since(batch: &Batch, since: jiff::Timestamp) -> bool {
    let written = batch.history.iter().find(|change| change.state == BatchState::Written.as_str());
    written.is_none_or(|change| change.at >= since)
}
