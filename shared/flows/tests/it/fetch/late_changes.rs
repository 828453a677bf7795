//! Changes that the shop shows late, runs that stop on the way, and a shop that cannot be read.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use passerelle_domain::FailureKind;
use passerelle_flows::fetch::{Source, handle};
use passerelle_services::{Deadline, ScheduledRun};

use super::given::*;
use crate::source;

/// An instant so many seconds after the tests' beginning.
fn second(seconds: i64) -> Timestamp {
    at("12:00") + SignedDuration::from_secs(seconds)
}

/// A shop of one order a page, each of which takes a minute. Orders are given by when they changed and from
/// when on the shop shows it.
fn slow_shop(world: &World, orders: &[(&str, i64, i64)]) -> Arc<FakeShop> {
    let shop = world.shop("rungis");
    shop.behave(Behaviour { page_size: 1, page_takes: SignedDuration::from_mins(1), ..Behaviour::default() });
    for &(id, changed, shown) in orders {
        shop.put(&order(id), second(changed));
        shop.show_from(&key(id), Some(second(shown)));
    }
    shop
}

/// A run that begins at an instant and has some time.
async fn run(world: &World, shop: &Arc<FakeShop>, begins: i64, seconds: i64) {
    world.clock.set(second(begins));
    let mut deps = reading(world, &[]);
    deps.sources = vec![Source { since: second(-86_400), ..source(shop) }];
    let run = ScheduledRun { deadline: Deadline::at(second(begins + seconds)), ..world.run() };
    handle(deps, run).await.expect("the shop is read");
}

async fn is_recorded(world: &World, id: &str) -> bool {
    world.ledger.order(&key(id)).await.expect("in memory").is_some()
}

#[tokio::test]
async fn a_change_shown_late_is_read_although_the_run_before_stopped_on_the_way() {
    // "late" is shown once the first run has passed its place and has run out of time. The second run
    // goes on to what changed long after that.
    let world = World::at("12:00");
    let shop = slow_shop(&world, &[("late", -70, 130), ("a", -60, -60), ("b", -40, -40), ("c", 400, 400)]);
    run(&world, &shop, 0, 60).await;
    assert!(!is_recorded(&world, "b").await, "the first run stops before the end");
    for begins in [600, 1200] {
        run(&world, &shop, begins, 900).await;
    }
    assert!(is_recorded(&world, "c").await);
    assert!(is_recorded(&world, "late").await);
}

#[tokio::test]
async fn a_change_shown_late_is_read_although_a_slow_run_came_far_past_it() {
    // Orders come while the run reads on, page after page; "late" is shown behind its back.
    let mut orders = vec![("late", -200, 70)];
    let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    orders.extend(names.iter().zip(0..).map(|(name, n)| (*name, -190 + 50 * n, -190 + 50 * n)));
    let world = World::at("12:00");
    let shop = slow_shop(&world, &orders);
    for begins in [0, 1200] {
        run(&world, &shop, begins, 900).await;
    }
    assert!(is_recorded(&world, "h").await);
    assert!(is_recorded(&world, "late").await);
}

#[tokio::test]
async fn an_import_of_old_orders_goes_on_where_it_stopped() {
    let world = World::at("12:00");
    let shop = slow_shop(&world, &[("a", -9000, -9000), ("b", -8000, -8000), ("c", -7000, -7000)]);
    for (begins, read) in [(0, "a"), (300, "b"), (600, "c")] {
        assert!(!is_recorded(&world, read).await);
        run(&world, &shop, begins, 60).await;
        assert!(is_recorded(&world, read).await);
    }
}

#[tokio::test]
async fn a_shop_that_cannot_be_read_keeps_no_other_from_being_read() {
    let world = World::at("12:00");
    let (broken, good) = (world.shop("lyon"), slow_shop(&world, &[("a", -60, -60)]));
    broken.behave(Behaviour { failing: Some(FailureKind::Misconfigured), ..Behaviour::default() });
    let lyon = shop_named("lyon");
    for _ in 0..2 {
        let fetched = fetch(&world, &[&broken, &good]).await.expect("one shop was read");
        assert_eq!(fetched.failed, std::slice::from_ref(&lyon));
    }
    assert!(is_recorded(&world, "a").await);
    assert_eq!(world.ledger.cursor(&lyon).await.expect("in memory"), None, "nothing of it was read");
    let moved = [world.ledger.cursor_moved_by(&lyon).await, world.ledger.cursor_moved_by(&shop()).await];
    assert_eq!(moved.map(|by| by.expect("in memory")), [0, 2]);
}
