//! Lambda: finds what is stuck or missing, re-drives it, and writes the day's report.

use fetch_orders::Source;
use passerelle_platform::{Platform, serve_schedule};
use reconcile::{Deps, Heartbeat, handle};

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    let platform = Platform::start().await?;
    // Where schedules are off, jobs run when asked, and none is missed.
    let scheduled = std::env::var("PASSERELLE_SCHEDULES_ENABLED").is_ok_and(|enabled| enabled == "true");
    let sources = Source::all(platform.shops_when_asked(), &platform.config.shops);
    let shops = platform.config.shops.iter().map(|shop| shop.id());
    let deps = Deps {
        ingest_queue: platform.queue("PASSERELLE_INGEST_QUEUE_URL")?,
        acks_queue: platform.queue("PASSERELLE_ACKS_QUEUE_URL")?,
        answer_within: platform
            .config
            .orders
            .acks
            .as_ref()
            .map(passerelle_platform::AcksConfig::answer_within),
        expected: platform.config.invoices.expected(),
        dead_letters: platform.dead_letters()?,
        render_queue: platform.queue("PASSERELLE_RENDER_QUEUE_URL")?,
        publish_queue: platform.queue("PASSERELLE_PUBLISH_QUEUE_URL")?,
        heartbeats: if scheduled { Heartbeat::of_schedules(shops) } else { Vec::new() },
        sources,
        compared_days: platform.config.reconcile.compared_days,
        ledger: platform.ledger,
        objects: platform.objects,
        clock: platform.clock,
        metrics: platform.metrics,
    };
    serve_schedule(deps, handle).await
}
