//! Lambda: new and changed orders, from the shops into the ledger.

use passerelle_flows::fetch::{Fetch, Source, handle};
use passerelle_runtime::{serve_schedule, start};

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    let (env, config) = start().await?;
    // A shop that still waits for its secret is one that cannot be read yet.
    let sources = Source::all(config.shops_when_asked(&env), &config.shops);
    serve_schedule(Fetch { env, sources }, handle).await
}
