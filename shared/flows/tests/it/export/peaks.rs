//! More orders than the ERP takes, and several shops.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::SignedDuration;
use passerelle_domain::{Order, OrderKey};
use passerelle_erp::orders::{OrderLayout, ShopLayouts};
use passerelle_flows::export::Pace;
use passerelle_ledger::{BatchState, OrderIntake, OrderStatus, Window};

use super::given::*;

fn house(pace: Pace) -> House {
    let mut house = House::taking("set_aside");
    house.pace = pace;
    house
}

impl House {
    /// An order that the ledger first saw some seconds before now.
    async fn first_seen(&self, shop: &str, id: usize, seconds_ago: i64) {
        let seen = self.now() - SignedDuration::from_secs(seconds_ago);
        let key = OrderKey { shop: shop_named(shop), ..key(id) };
        let order = Order { key, number: format!("{shop}-{id}"), ..order(id) };
        let intake = OrderIntake { key: &order.key, modified_at: seen, content: Ok(&order), raw_key: "raw" };
        self.ledger.record_order(&intake, seen).await.expect("recorded");
    }

    /// The numbers in files, in the order in which they stand there.
    async fn numbers(&self, files: &[String]) -> Vec<String> {
        let mut numbers = Vec::new();
        for key in files {
            let text = self.text(key).await;
            let orders = text.lines().filter(|line| !line.starts_with("TOM-6;"));
            numbers.extend(orders.map(|line| line.split(';').next().unwrap_or_default().to_owned()));
        }
        numbers
    }
}

#[tokio::test]
async fn a_peak_of_20_000_orders_drains_oldest_first_and_the_next_day_closes() {
    let house = house(Pace { orders_per_hour: Some(8_000), unanswered_files: None, ..Pace::files_of(200) });
    for id in 0..20_000 {
        house.first_seen("rungis", id, 100_000 - id as i64).await;
    }
    let mut numbers = Vec::new();
    for run in 0..11 {
        let exported = house.export_next().await;
        assert!(exported.files.len() * 200 >= exported.orders as usize);
        assert_eq!(exported.held, run < 10, "run {run}");
        let written = house.numbers(&exported.files).await;
        assert_eq!(written.len(), exported.orders as usize);
        assert!(written.len() <= 8_000, "the ERP was sent {} orders at once", written.len());
        numbers.extend(written);
    }
    let expected: Vec<String> = (0..20_000).map(|id| format!("rungis-{id}")).collect();
    assert_eq!(numbers, expected, "each once, the oldest first, within one night");

    house.wait(21 * 60);
    for id in 20_000..20_700 {
        house.first_seen("rungis", id, 40_000).await;
    }
    assert_eq!(house.export_next().await.orders, 700, "the next day closes with its first run");
    assert!(house.ledger.orders_in(OrderStatus::Ready, Window::all(1)).await.expect("listed").is_empty());
    assert_eq!(
        house.ledger.batches_in(BatchState::Written, Window::all(200)).await.expect("listed").len(),
        104
    );
}

#[tokio::test]
async fn shops_with_priority_go_first_and_of_the_others_the_oldest_orders() {
    let mut house = house(Pace { orders_per_hour: Some(3), ..Pace::files_of(3) });
    house.priority = vec![shop_named("lyon"), shop_named("paris")];
    for (name, id, seconds_ago) in [
        ("rungis", 1, 90),
        ("nice", 2, 80),
        ("paris", 3, 70),
        ("rungis", 4, 60),
        ("lyon", 5, 50),
        ("lyon", 6, 40),
    ] {
        house.first_seen(name, id, seconds_ago).await;
    }
    let first = house.export_next().await;
    assert!(first.held);
    assert_eq!(house.numbers(&first.files).await, ["lyon-5", "lyon-6", "paris-3"]);
    house.wait(60);
    let second = house.export_next().await;
    assert_eq!(house.numbers(&second.files).await, ["rungis-1", "nice-2", "rungis-4"]);
}

#[tokio::test]
async fn a_shop_with_its_own_layout_has_its_own_files_oldest_order_first() {
    let mut house = house(Pace::files_of(2));
    let text = LAYOUT.replace("AMENDMENTS", "set_aside");
    let common = OrderLayout::from_toml(&text).expect("a layout");
    let own = OrderLayout::from_toml(&text.replacen("{batch}.txt", "lyon-{batch}.txt", 1)).expect("a layout");
    house.layouts = Arc::new(ShopLayouts::new(common, BTreeMap::from([(shop_named("lyon"), own)])));
    for (name, id, seconds_ago) in
        [("rungis", 1, 90), ("lyon", 2, 80), ("paris", 3, 70), ("lyon", 4, 60), ("rungis", 5, 50)]
    {
        house.first_seen(name, id, seconds_ago).await;
    }
    let exported = house.export_next().await;
    let mut files = Vec::new();
    for key in &exported.files {
        let own = key.starts_with("orders/outbox/lyon-");
        files.push((own, house.numbers(std::slice::from_ref(key)).await));
    }
    let numbers = |numbers: &[&str]| numbers.iter().map(|&number| number.to_owned()).collect::<Vec<_>>();
    assert_eq!(
        files,
        [
            (false, numbers(&["rungis-1", "paris-3"])),
            (true, numbers(&["lyon-2", "lyon-4"])),
            (false, numbers(&["rungis-5"])),
        ]
    );
}
