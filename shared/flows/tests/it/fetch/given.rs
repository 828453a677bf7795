use std::sync::Arc;

use passerelle_domain::Result;
use passerelle_flows::fetch::{Fetch, Fetched, handle};
pub use passerelle_kit::*;

use crate::source;

/// What reads shops.
pub fn reading(world: &World, shops: &[&Arc<FakeShop>]) -> Fetch {
    Fetch { sources: shops.iter().map(|shop| source(shop)).collect(), env: world.environment() }
}

/// A run over shops.
pub async fn fetch(world: &World, shops: &[&Arc<FakeShop>]) -> Result<Fetched> {
    handle(reading(world, shops), world.run()).await
}
