//! What faults at each single access to the table lead to: a table in memory is made to fail, or to be
//! overtaken, at every access in turn.

mod crashes;
mod zombies;

use jiff::Timestamp;
use passerelle_domain::Order;

pub use passerelle_kit::order;

use crate::{Lease, Ledger, OrderIntake};

pub fn now() -> Timestamp {
    Timestamp::UNIX_EPOCH
}

pub fn run(fencing: u64) -> Lease {
    Lease { job: "export-orders".into(), owner: fencing.to_string(), expires_at: now(), fencing }
}

pub async fn record(ledger: &Ledger, order: &Order) {
    let intake = OrderIntake { key: &order.key, modified_at: now(), content: Ok(order), raw_key: "raw" };
    ledger.record_order(&intake, now()).await.expect("recorded");
}
