//! Lambda: new and changed orders, from the shops into the ledger.

use fetch_orders::{Deps, Source, handle};
use passerelle_platform::{Platform, serve_schedule};

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    let platform = Platform::start().await?;
    let shops = platform.shops().await?;
    let sources = shops.into_iter().zip(&platform.config.shops).map(|(shop, config)| Source {
        shop,
        since: config.since(),
        overlap: config.overlap(),
    });
    let deps = Deps {
        sources: sources.collect(),
        ledger: platform.ledger,
        objects: platform.objects,
        clock: platform.clock,
        metrics: platform.metrics,
    };
    serve_schedule(deps, handle).await
}
