//! Lambda: the ERP's invoice CSV into the ledger, and one message an invoice.

use std::sync::Arc;

use ingest_invoices::{Deps, handle};
use passerelle_platform::{Platform, serve_messages};

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    let platform = Platform::start().await?;
    let batches = platform.batches("PASSERELLE_INGEST_QUEUE_URL", 1)?;
    let deps = Deps {
        layout: Arc::new(platform.invoice_layout().await?),
        max_file_bytes: platform.config.invoices.max_file_bytes,
        render_queue: platform.queue("PASSERELLE_RENDER_QUEUE_URL")?,
        ledger: platform.ledger,
        objects: platform.objects,
        clock: platform.clock,
        metrics: platform.metrics,
    };
    serve_messages(batches, deps, handle).await
}
