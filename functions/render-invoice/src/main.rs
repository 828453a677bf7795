//! Lambda: a registered invoice into a PDF in S3.

use std::sync::Arc;

use passerelle_flows::render::{Render, handle};
use passerelle_invoice_pdf::Renderer;
use passerelle_runtime::{Batches, serve_messages, start};
use passerelle_services::Work;

/// Invoices side by side. Drawing one takes 2 ms of CPU, its calls to AWS some 50 ms: four overlap their
/// waiting and hold four documents, at most 25 MB each for the longest invoices, whatever comes.
const CONCURRENCY: usize = 4;

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    let (env, config) = start().await?;
    let batches = Batches::of(&env, Work::RenderInvoice, CONCURRENCY).await?;
    // Fonts, logo, colour profile and mentions are prepared here, in 4 ms, once for all messages.
    let renderer = Renderer::new(&config.presentation(), config.logo(&env).await?.as_deref())?;
    let render = Render { draw: Arc::new(move |invoice| renderer.render(invoice)), env };
    serve_messages(batches, render, handle).await
}
