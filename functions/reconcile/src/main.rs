//! Lambda: finds what is stuck, re-drives it, and writes the day's report.

use passerelle_platform::{Platform, serve_schedule};
use reconcile::{Deps, handle};

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    let platform = Platform::start().await?;
    let deps = Deps {
        render_queue: platform.queue("PASSERELLE_RENDER_QUEUE_URL")?,
        publish_queue: platform.queue("PASSERELLE_PUBLISH_QUEUE_URL")?,
        ledger: platform.ledger,
        objects: platform.objects,
        clock: platform.clock,
        metrics: platform.metrics,
    };
    serve_schedule(deps, handle).await
}
