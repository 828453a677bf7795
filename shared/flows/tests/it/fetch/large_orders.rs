//! An order that the ledger cannot hold: it is set aside, and holds up nobody.

use std::sync::Arc;

use passerelle_domain::{Digest, Money, Order, OrderLine};
use passerelle_flows::fetch::fetch_one;
use passerelle_ledger::OrderStatus;
use passerelle_services::Metric;

use super::given::*;

/// A line of nothing, whose label compresses badly.
fn noise(place: u32) -> OrderLine {
    let label = (0..7).map(|n| Digest::of(format!("{place} {n}").as_bytes()).to_string());
    OrderLine { id: place.to_string(), label: label.collect(), ..line(0) }
}

/// A shop of three orders, of which the second has 900 kB of labels, each within its limit.
fn given() -> (World, Arc<FakeShop>) {
    let world = World::at("18:00");
    let shop = world.shop("rungis");
    shop.behave(Behaviour { page_size: 3, ..Behaviour::default() });
    let lines = (0..2_000).map(noise).collect();
    let large = Order { lines, vat_total: Money::ZERO, total: Money::ZERO, ..order(2) };
    for order in [order(1), large.checked().expect("within all limits"), order(3)] {
        shop.put(&order, at("10:00"));
    }
    (world, shop)
}

#[tokio::test]
async fn an_order_that_is_too_large_holds_neither_its_page_nor_its_shop() {
    let (world, shop) = given();
    for _ in 0..2 {
        let fetched = fetch(&world, &[&shop]).await.expect("nothing fails");
        assert!(fetched.caught_up, "{fetched:?}");
    }
    let cursor = world.ledger.cursor(&key(1).shop).await.expect("read").expect("moved");
    assert_eq!(cursor.watermark, at("10:00"));
    let aside = world.head(2).await;
    assert_eq!((aside.status, aside.revisions), (OrderStatus::Quarantined, 1));
    assert_eq!(aside.rejection.expect("why").code, "too_large");
    let raw = world.text(&aside.raw_key).await;
    assert!(raw.contains(&noise(0).label) && raw.contains(&noise(1_999).label), "all of it is kept");
    assert_eq!([world.status(1).await, world.status(3).await], [OrderStatus::Ready; 2]);
    assert_eq!(world.metrics.sum(Metric::OrdersNew), 3, "each once");
}

#[tokio::test]
async fn a_webhook_of_an_order_that_is_too_large_sets_it_aside() {
    let (world, shop) = given();
    fetch_one(&reading(&world, &[&shop]), &*shop, &key(2).id)
        .await
        .expect("nothing fails")
        .expect("recorded");
    assert_eq!(world.head(2).await.rejection.expect("why").code, "too_large");
}
