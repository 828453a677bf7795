//! Lambda: a PDF into its customer's account on the shop.

use passerelle_flows::publish::{Publish, handle};
use passerelle_runtime::{Batches, serve_messages, start};
use passerelle_services::Work;

/// Publications side by side in one invocation: the shop's limits decide, not ours.
const CONCURRENCY: usize = 2;

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    let (env, config) = start().await?;
    let batches = Batches::of(&env, Work::PublishInvoice, CONCURRENCY).await?;
    let shops = config.shops(&env).await?;
    serve_messages(batches, Publish { env, shops }, handle).await
}
