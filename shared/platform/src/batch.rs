use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use futures::{FutureExt, StreamExt};
use lambda_runtime::{LambdaEvent, service_fn};
use passerelle_domain::{FailureKind, Result};

use crate::Deadline;

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

/// Serves an SQS event source with partial batch answers until Lambda ends the process: `handle`
/// works on one message at a time, `concurrency` of them side by side.
///
/// # Errors
/// When the Lambda runtime API is gone.
pub async fn serve_messages<D, F, Fut>(
    deps: D,
    concurrency: usize,
    handle: F,
) -> Result<(), lambda_runtime::Error>
where
    F: Fn(Arc<D>, Message) -> Fut,
    Fut: Future<Output = Result<()>>,
{
    let (deps, handle) = (&Arc::new(deps), &handle);
    lambda_runtime::run(service_fn(async |event: LambdaEvent<SqsEvent>| {
        let deadline = Deadline::from_epoch_ms(event.context.deadline);
        let answer =
            work_batch(event.payload, deadline, concurrency, |message| handle(Arc::clone(deps), message));
        Ok::<_, lambda_runtime::Error>(answer.await)
    }))
    .await
}

/// Works on a batch, each message alone: an error or a panic fails that message only, and the answer
/// names exactly the messages that SQS is to deliver again.
///
/// A message without an id cannot be named: an empty name would fail the whole batch for ever, so it
/// is logged and left out.
pub async fn work_batch<F, Fut>(
    event: SqsEvent,
    deadline: Deadline,
    concurrency: usize,
    work: F,
) -> SqsBatchResponse
where
    F: Fn(Message) -> Fut,
    Fut: Future<Output = Result<()>>,
{
    let outcomes = futures::stream::iter(event.records).map(|message| {
        let SqsMessage { message_id, body, .. } = message;
        let id = message_id.unwrap_or_default();
        let message = Message { id: id.clone(), body: body.unwrap_or_default(), deadline };
        // Unwind safe: what a panic leaves half done is in the ledger's hands, which every retry asks.
        let work = AssertUnwindSafe(work(message)).catch_unwind();
        async move { (id, work.await) }
    });
    let mut answer = SqsBatchResponse::default();
    let mut outcomes = outcomes.buffer_unordered(concurrency.max(1));
    while let Some((id, outcome)) = outcomes.next().await {
        let (kind, error) = match outcome {
            Ok(Ok(())) => continue,
            Ok(Err(failure)) => (failure.kind().as_str(), failure.to_string()),
            Err(panic) => ("panic", panic_text(&*panic)),
        };
        if kind == FailureKind::Retry.as_str() {
            tracing::warn!(message.id = id, error, error.kind = kind, "message not done, it will come again");
        } else {
            tracing::error!(message.id = id, error, error.kind = kind, "message failed");
        }
        if !id.is_empty() {
            answer.add_failure(id);
        }
    }
    answer
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use passerelle_domain::Failure;

    fn event(messages: &[(&str, &str)]) -> SqsEvent {
        let records: Vec<_> = messages
            .iter()
            .map(|(id, body)| serde_json::json!({"messageId": id, "body": body, "eventSource": "aws:sqs"}))
            .collect();
        serde_json::from_value(serde_json::json!({ "Records": records })).expect("an SQS event")
    }

    async fn failures(messages: &[(&str, &str)]) -> Vec<String> {
        let deadline = Deadline::from_epoch_ms(u64::MAX);
        let answer = work_batch(event(messages), deadline, 4, |message| async move {
            match message.body.as_str() {
                "panic" => panic!("a poison message"),
                "fail" => Err(Failure::rejected("work", message.id, "no")),
                _ => Ok(()),
            }
        });
        let mut failed: Vec<_> =
            answer.await.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect();
        failed.sort();
        failed
    }

    #[tokio::test]
    async fn only_the_messages_that_failed_come_again() {
        let messages = [("a", "fine"), ("b", "fail"), ("c", "panic"), ("d", "fine")];
        assert_eq!(failures(&messages).await, ["b", "c"]);
    }

    #[tokio::test]
    async fn an_empty_message_id_never_reaches_the_answer() {
        assert_eq!(failures(&[("", "fail"), ("b", "fail")]).await, ["b"]);
    }
}
