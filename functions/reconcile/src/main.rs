//! Lambda: finds what is stuck or missing, re-drives it, and writes the day's report.

use passerelle_flows::reconcile::{Reconcile, Schedules, handle};
use passerelle_runtime::{serve_schedule, start};

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    let (env, config) = start().await?;
    serve_schedule(Reconcile::of(env, &config, Schedules::from_variables()?), handle).await
}
