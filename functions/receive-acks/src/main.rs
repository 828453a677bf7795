//! Lambda: the ERP's acknowledgements into the ledger and the shop.

use std::sync::Arc;

use passerelle_flows::acks::{ReceiveAcks, handle};
use passerelle_runtime::{Batches, serve_messages, start};
use passerelle_services::Work;

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    let (env, config) = start().await?;
    let batches = Batches::of(&env, Work::ReceiveAcks, 1).await?;
    let layout = Arc::new(config.ack_layout(&env).await?);
    let shops = config.shops(&env).await?;
    serve_messages(batches, ReceiveAcks { env, layout, shops }, handle).await
}
