use passerelle_config::Config;
use passerelle_domain::{Result, ShopId};
use passerelle_services::Environment;
use tracing_subscriber::EnvFilter;

/// A function's environment and checked configuration. Made once, before the first event, with warm
/// connections.
///
/// # Errors
/// `Misconfigured` with the variable or the path of the field; logged before it is returned.
pub async fn start() -> Result<(Environment, Config)> {
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info")))
        .init();
    found().await.inspect_err(|failure| {
        tracing::error!(error = %failure, error.kind = failure.kind().as_str(), "the function cannot start");
    })
}

async fn found() -> Result<(Environment, Config)> {
    let env = Environment::of_function().await?;
    // The first DynamoDB call costs most of a second, nearly all of it TLS: spend it in init.
    let nowhere = ShopId::new("-").expect("a valid name");
    let (config, _) = tokio::try_join!(Config::of(&env), env.ledger.cursor(&nowhere))?;
    Ok((env, config))
}
