//! Lambda: a PDF into its customer's account on the shop.

use passerelle_platform::{Platform, serve_messages};
use publish_invoice::{Deps, handle};

/// Publications side by side in one invocation: the shop's limits decide, not ours.
const CONCURRENCY: usize = 2;

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    let platform = Platform::start().await?;
    let batches = platform.batches("PASSERELLE_PUBLISH_QUEUE_URL", CONCURRENCY)?;
    let deps = Deps {
        shops: platform.shops().await?,
        ledger: platform.ledger,
        objects: platform.objects,
        clock: platform.clock,
        metrics: platform.metrics,
    };
    serve_messages(batches, deps, handle).await
}
