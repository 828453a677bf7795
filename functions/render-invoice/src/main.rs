//! Lambda: a registered invoice into a PDF in S3.

use std::sync::Arc;

use passerelle_platform::{Platform, serve_messages};
use render_invoice::{Deps, handle};

/// Invoices side by side. Drawing one takes 2 ms of CPU, its calls to AWS some 50 ms: four overlap their
/// waiting and hold four documents, at most 25 MB each for the longest invoices, whatever comes.
const CONCURRENCY: usize = 4;

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    let platform = Platform::start().await?;
    let batches = platform.batches("PASSERELLE_RENDER_QUEUE_URL", CONCURRENCY)?;
    // Fonts, logo, colour profile and mentions are prepared here, in 4 ms, once for all messages.
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
