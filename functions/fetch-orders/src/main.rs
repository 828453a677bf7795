//! Lambda: new and changed orders, from the shops into the ledger.

use fetch_orders::{Deps, Source, handle};
use passerelle_platform::{Platform, serve_schedule};

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    let platform = Platform::start().await?;
    let deps = Deps {
        // A shop that still waits for its secret is one that cannot be read yet.
        sources: Source::all(platform.shops_when_asked(), &platform.config.shops),
        ledger: platform.ledger,
        objects: platform.objects,
        clock: platform.clock,
        metrics: platform.metrics,
    };
    serve_schedule(deps, handle).await
}
