//! Lambda: the ERP's reports into the ledger and the shop.

use std::sync::Arc;

use passerelle_platform::{Platform, serve_messages};
use receive_acks::{Deps, handle};

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    let platform = Platform::start().await?;
    let batches = platform.batches("PASSERELLE_ACKS_QUEUE_URL", 1)?;
    let deps = Deps {
        layout: Arc::new(platform.ack_layout().await?),
        shops: platform.shops().await?,
        ledger: platform.ledger,
        objects: platform.objects,
        clock: platform.clock,
        metrics: platform.metrics,
    };
    serve_messages(batches, deps, handle).await
}
