//! What faults at each single access to the table lead to: a table in memory is made to fail, or to be
//! overtaken, at every access in turn.

mod crashes;
mod zombies;

use jiff::Timestamp;
use passerelle_domain::{Address, Customer, Money, Order, OrderId, OrderKey, OrderState, ShopId};

use crate::{Lease, Ledger, OrderIntake};

pub fn now() -> Timestamp {
    Timestamp::UNIX_EPOCH
}

pub fn run(fencing: u64) -> Lease {
    Lease { job: "export-orders".into(), owner: fencing.to_string(), expires_at: now(), fencing }
}

pub fn order(id: usize) -> Order {
    let shop = ShopId::new("rungis").expect("a shop");
    Order {
        key: OrderKey { shop, id: OrderId::new(id.to_string()).expect("an id") },
        number: id.to_string(),
        state: OrderState::Confirmed,
        shop_state: "processing".into(),
        created_at: now(),
        currency: "EUR".into(),
        customer: Customer::default(),
        billing: Address::default(),
        delivery: Address::default(),
        wanted_on: None,
        lines: vec![],
        charges: vec![],
        promotions: vec![],
        payments: vec![],
        refunds: vec![],
        note: String::new(),
        vat_total: Money::ZERO,
        total: Money::ZERO,
    }
}

pub async fn record(ledger: &Ledger, order: &Order) {
    let intake = OrderIntake { key: &order.key, modified_at: now(), content: Ok(order), raw_key: "raw" };
    ledger.record_order(&intake, now()).await.expect("recorded");
}
