//! What functions do, in memory.

mod acks;
mod export;
mod fetch;
mod ingest;
mod publish;
mod reconcile;
mod render;
mod webhook;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use passerelle_flows::fetch::Source;
use passerelle_kit::FakeShop;

/// A shop that is read from the beginning and may show a change five minutes late.
fn source(shop: &Arc<FakeShop>) -> Source {
    Source { shop: shop.clone(), since: Timestamp::UNIX_EPOCH, overlap: SignedDuration::from_mins(5) }
}
