use std::future::Future;

use jiff::Timestamp;
use lambda_runtime::{LambdaEvent, service_fn};
use passerelle_domain::Result;
use passerelle_services::{Deadline, ScheduledRun};
use serde::{Deserialize, Serialize};

/// What EventBridge Scheduler sends: `{"scheduled_time": "<aws.scheduler.scheduled-time>"}`.
#[derive(Debug, Deserialize)]
struct Scheduled {
    scheduled_time: Timestamp,
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
