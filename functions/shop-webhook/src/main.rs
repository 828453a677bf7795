//! Lambda: a shop's webhooks, and the orders that they are about.

use std::sync::Arc;

use aws_lambda_events::sqs::SqsEvent;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use passerelle_flows::fetch::{Fetch, Source};
use passerelle_flows::webhook::{Request, Webhooks, respond, work};
use passerelle_runtime::{Batches, start};
use passerelle_services::{Deadline, Work};
use serde_json::{Value, json};

/// Orders fetched side by side in one invocation.
const CONCURRENCY: usize = 2;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let (env, config) = start().await?;
    let batches = &Batches::of(&env, Work::ShopWebhook, CONCURRENCY).await?;
    let sources = Source::all(config.shops(&env).await?, &config.shops);
    let webhooks = &Arc::new(Webhooks { fetch: Fetch { env, sources } });
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| {
        // What the queue brings has records, what the URL brings has not.
        if event.payload.get("Records").is_some() {
            let messages: SqsEvent = serde_json::from_value(event.payload)?;
            let deadline = Deadline::from_epoch_ms(event.context.deadline);
            let done = batches.work(messages, deadline, |message| work(Arc::clone(webhooks), message));
            return Ok::<_, Error>(serde_json::to_value(done.await)?);
        }
        let response = respond(webhooks, &Request::from_event(event.payload)?).await;
        Ok(json!({ "statusCode": response.status, "body": response.body }))
    }))
    .await
}
