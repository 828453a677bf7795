//! Lambda: the ERP's invoice CSV into the ledger, and one message an invoice.

use std::sync::Arc;

use passerelle_flows::ingest::{Ingest, handle};
use passerelle_runtime::{Batches, serve_messages, start};
use passerelle_services::Work;

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    let (env, config) = start().await?;
    let batches = Batches::of(&env, Work::IngestInvoices, 1).await?;
    let ingest = Ingest {
        layout: Arc::new(config.invoice_layout(&env).await?),
        max_file_bytes: config.invoices.max_file_bytes,
        env,
    };
    serve_messages(batches, ingest, handle).await
}
