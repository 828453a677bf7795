//! Several shops at once, and orders that a shop cannot show.

use std::sync::Arc;
use std::time::Duration;

use passerelle_domain::{FailureKind, OrderKey, Rejection};
use passerelle_services::MemoryLogs;
use passerelle_shops::UNREACHABLE;

use super::given::*;

/// A shop of one order, 7, which it cannot show; it behaves so.
fn shop_of_seven(world: &World, name: &str, delay_ms: u64, failing: Option<FailureKind>) -> Arc<FakeShop> {
    let shop = world.shop(name);
    shop.behave(Behaviour { delay: Duration::from_millis(delay_ms), failing, ..Behaviour::default() });
    shop.put_faulty(&key(7), at("10:00"), &why(UNREACHABLE));
    shop.fail(&key(7), FailureKind::Retry);
    shop
}

fn why(code: &str) -> Rejection {
    Rejection::new(code, "billing.name", "Zoé Lefèvre", "\"Zoé Lefèvre\" is too long")
}

/// Why the shop's order is set aside.
async fn reason(world: &World, shop: &str) -> Option<String> {
    let key = OrderKey { shop: shop_named(shop), ..key(7) };
    world.ledger.order(&key).await.expect("read")?.rejection.map(|rejection| rejection.code)
}

/// It answers 503.
const DOWN: Option<FailureKind> = Some(FailureKind::Retry);
/// It refuses the secret.
const CLOSED: Option<FailureKind> = Some(FailureKind::Misconfigured);

#[tokio::test]
async fn shops_that_are_down_do_not_delay_the_others_nor_fail_their_run() {
    let world = World::at("18:00");
    let shops = [("lyon", 1_000, DOWN), ("nice", 0, CLOSED), ("rungis", 0, None), ("lille", 2_000, None)];
    let shops = shops.map(|(name, delay_ms, failing)| shop_of_seven(&world, name, delay_ms, failing));
    let look = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert!(reason(&world, "rungis").await.is_some(), "read while the others are waited for");
        assert!(reason(&world, "lille").await.is_none());
    };
    let all = shops.each_ref();
    let (outcome, ()) = tokio::join!(fetch(&world, &all), look);
    assert!(reason(&world, "lille").await.is_some(), "and the slow one too");
    let fetched = outcome.expect("two shops were read");
    assert_eq!(fetched.failed, ["lyon", "nice"].map(shop_named));
    assert!(!fetched.caught_up, "not everywhere");
}

#[tokio::test]
async fn a_run_that_could_read_no_shop_fails_for_all_their_reasons() {
    let world = World::at("18:00");
    let shops = [shop_of_seven(&world, "lyon", 0, DOWN), shop_of_seven(&world, "nice", 0, CLOSED)];
    let failure = fetch(&world, &shops.each_ref()).await.expect_err("both failed");
    assert_eq!(failure.kind(), FailureKind::Retry);
    let words = failure.to_string();
    assert!(words.contains("2 shops") && words.contains("503") && words.contains("401"), "{words}");
}

#[tokio::test]
async fn why_an_order_cannot_be_read_is_kept_with_it_and_in_no_log() {
    let (logs, _guard) = MemoryLogs::capture();
    let world = World::at("18:00");
    fetch(&world, &[&shop_of_seven(&world, "rungis", 0, None)]).await.expect("read");
    assert_eq!(world.head(7).await.rejection.expect("a reason").value, "Zoé Lefèvre");
    let logged = logs.text();
    assert!(logged.contains("order set aside") && logged.contains("billing.name"), "{logged}");
    assert!(!logged.contains("Zo"), "{logged}");
}

#[tokio::test]
async fn the_failure_of_the_only_shop_is_the_failure_of_the_run() {
    let world = World::at("18:00");
    let failure = fetch(&world, &[&shop_of_seven(&world, "nice", 0, CLOSED)]).await.expect_err("closed");
    assert_eq!(
        (failure.kind(), failure.to_string().as_str()),
        (FailureKind::Misconfigured, "list orders nice: HTTP 401")
    );
}

#[tokio::test]
async fn an_order_that_the_shop_could_not_show_is_asked_for_again_by_itself() {
    let world = World::at("18:00");
    let shop = shop_of_seven(&world, "rungis", 0, None);
    let read = async || fetch(&world, &[&shop]).await.expect("read");
    read().await;
    assert_eq!(reason(&world, "rungis").await.as_deref(), Some(UNREACHABLE));
    shop.show_from(&key(7), None); // as if the cursor were past it
    let fetched = read().await;
    assert_eq!(
        (fetched.read, fetched.changed, fetched.caught_up),
        (0, 0, true),
        "it is no failure of the run"
    );
    shop.put_faulty(&key(7), at("10:00"), &why("test"));
    shop.show_from(&key(7), None);
    shop.recover();
    assert_eq!(read().await.changed, 1);
    assert_eq!(reason(&world, "rungis").await.as_deref(), Some("test"), "what it is now");
    assert_eq!(read().await.changed, 0, "and no longer asked for");
}
