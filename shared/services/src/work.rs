//! What waits in queues, and what a function is asked to do.

use jiff::Timestamp;
use passerelle_domain::BusinessDay;
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::Deadline;

/// What waits in a queue of its own, and can fail for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum Work {
    /// Orders to read from their shops.
    ShopWebhook,
    /// Files of acknowledgements.
    ReceiveAcks,
    /// Files from the ERP.
    IngestInvoices,
    /// Invoices without PDF.
    RenderInvoice,
    /// Invoices with PDF.
    PublishInvoice,
    /// Runs that the scheduler could not start. No queue feeds them.
    Schedules,
}

impl Work {
    /// All, those of a queue first.
    pub const ALL: &'static [Self] = Self::VARIANTS;

    /// The queue's name after `passerelle-<env>-`: that of the function that works on it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The name of the queue of what fails from it.
    pub fn dead_letters(self) -> String {
        format!("{}-dlq", self.as_str())
    }
}

/// A message of a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// SQS's id; the same at every delivery.
    pub id: String,
    /// What was sent.
    pub body: String,
    /// When the invocation that works on it ends.
    pub deadline: Deadline,
}

/// One run of a scheduled job.
#[derive(Clone, Debug)]
pub struct ScheduledRun {
    /// The instant that the schedule was for, which is not the instant it runs at: a run delayed past
    /// midnight still works for the day before.
    pub scheduled_time: Timestamp,
    /// Unique for each run: who holds the lease.
    pub owner: String,
    /// When it must have stopped.
    pub deadline: Deadline,
}

impl ScheduledRun {
    /// The business day it works for.
    pub fn day(&self) -> BusinessDay {
        BusinessDay::of(self.scheduled_time)
    }
}
