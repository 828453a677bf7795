//! Lambda: a shop's webhooks, and the orders that they are about.

use std::sync::Arc;

use aws_lambda_events::sqs::SqsEvent;
use fetch_orders::Source;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use passerelle_platform::{Deadline, Platform};
use serde_json::{Value, json};
use shop_webhook::{Deps, Request, answer, work};

const QUEUE: &str = "PASSERELLE_WEBHOOK_QUEUE_URL";
/// Orders fetched side by side in one invocation.
const CONCURRENCY: usize = 2;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let platform = Platform::start().await?;
    let (batches, queue) = (platform.batches(QUEUE, CONCURRENCY)?, platform.queue(QUEUE)?);
    let sources = Source::all(platform.shops().await?, &platform.config.shops);
    let fetch = fetch_orders::Deps {
        sources,
        ledger: platform.ledger,
        objects: platform.objects,
        clock: platform.clock,
        metrics: platform.metrics,
    };
    let deps = Arc::new(Deps { fetch, queue });
    let (batches, deps) = (&batches, &deps);
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| {
        // What the queue brings has records, what the URL brings has not.
        if event.payload.get("Records").is_some() {
            let messages: SqsEvent = serde_json::from_value(event.payload)?;
            let deadline = Deadline::from_epoch_ms(event.context.deadline);
            let done = batches.work(messages, deadline, |message| work(Arc::clone(deps), message));
            return Ok::<_, Error>(serde_json::to_value(done.await)?);
        }
        let answer = answer(deps, &Request::from_event(event.payload)?).await;
        Ok(json!({ "statusCode": answer.status, "body": answer.words }))
    }))
    .await
}
