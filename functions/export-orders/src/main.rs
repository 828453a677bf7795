//! Lambda: orders from the ledger into import files for the ERP.

use std::sync::Arc;

use export_orders::{Deps, handle};
use passerelle_platform::{Platform, serve_schedule};

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    let platform = Platform::start().await?;
    let deps = Deps {
        layouts: Arc::new(platform.order_layouts().await?),
        priority: platform.config.orders.priority.clone(),
        pace: (&platform.config.orders).into(),
        ledger: platform.ledger,
        objects: platform.objects,
        clock: platform.clock,
        metrics: platform.metrics,
    };
    serve_schedule(deps, handle).await
}
