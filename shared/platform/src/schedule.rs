use std::future::Future;

use jiff::Timestamp;
use lambda_runtime::{LambdaEvent, service_fn};
use passerelle_domain::{BusinessDay, Result};
use serde::{Deserialize, Serialize};

use crate::Deadline;

/// What EventBridge Scheduler sends: `{"scheduled_time": "<aws.scheduler.scheduled-time>"}`.
#[derive(Debug, Deserialize)]
struct Scheduled {
    scheduled_time: Timestamp,
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

/// Serves a schedule until Lambda ends the process.
///
/// # Errors
/// When the Lambda runtime API is gone.
pub async fn serve_schedule<D, F, Fut, O>(deps: D, handle: F) -> Result<(), lambda_runtime::Error>
where
    D: Clone,
    F: Fn(D, ScheduledRun) -> Fut,
    Fut: Future<Output = Result<O>>,
    O: Serialize,
{
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Scheduled>| {
        let run = ScheduledRun {
            scheduled_time: event.payload.scheduled_time,
            owner: event.context.request_id,
            deadline: Deadline::from_epoch_ms(event.context.deadline),
        };
        let outcome = handle(deps.clone(), run).await;
        outcome.map_err(|failure| {
            tracing::error!(error = %failure, error.kind = failure.kind().as_str(), "run failed");
            lambda_runtime::Error::from(failure)
        })
    }))
    .await
}
