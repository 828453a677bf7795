//! Lambda: a registered invoice into a PDF in S3.

use std::sync::Arc;

use passerelle_platform::{Platform, serve_messages};
use render_invoice::{Deps, handle};

/// Renderings side by side: enough to overlap one's uploads with another's drawing.
const CONCURRENCY: usize = 4;

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    let platform = Platform::start().await?;
    let batches = platform.batches("PASSERELLE_RENDER_QUEUE_URL", CONCURRENCY)?;
    let deps = Deps {
        renderer: Arc::new(platform.renderer().await?),
        publish_queue: platform.queue("PASSERELLE_PUBLISH_QUEUE_URL")?,
        ledger: platform.ledger,
        objects: platform.objects,
        clock: platform.clock,
        metrics: platform.metrics,
    };
    serve_messages(batches, deps, handle).await
}
