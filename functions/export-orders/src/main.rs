//! Lambda: orders from the ledger into import files for the ERP.

use passerelle_flows::export::{Export, handle};
use passerelle_runtime::{serve_schedule, start};

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    let (env, config) = start().await?;
    serve_schedule(Export::of(env, &config).await?, handle).await
}
