//! Reading orders.

use std::collections::BTreeMap;

use passerelle_domain::{Cursor, OrderState};

use super::at;
use crate::kit::order_id;
use crate::stand_in::{StandIn, System};

/// Reads page by page, each over a new connection, with a cursor that was stored in between.
pub async fn read_all<S: System>(
    stand_in: &StandIn<S>,
    page_size: u16,
    from: Cursor,
) -> (BTreeMap<String, i64>, Cursor) {
    let mut seen = BTreeMap::new();
    let mut cursor = from;
    for _ in 0..100 {
        let page = stand_in.connect(page_size).orders_changed(&cursor).await.expect("a page");
        assert!(page.orders.is_sorted_by_key(|order| order.modified_at), "oldest change first");
        assert!(page.next.watermark >= cursor.watermark, "never back");
        assert_eq!(page.caught_up, page.next.resume.is_none());
        for order in &page.orders {
            seen.insert(order.key.id.to_string(), order.modified_at.as_second() - at(0).as_second());
        }
        let stored = serde_json::to_string(&page.next).expect("JSON");
        cursor = serde_json::from_str(&stored).expect("the same");
        if page.caught_up {
            return (seen, cursor);
        }
    }
    panic!("it does not end: {cursor:?}");
}

pub async fn every_order_is_read_whatever_the_page_size<S: System>() {
    let stand_in = StandIn::<S>::start().await;
    for (id, second) in [(1, 0), (2, 1), (3, 1), (4, 1), (5, 1), (6, 2), (7, 9)] {
        stand_in.put(id, at(second), OrderState::Confirmed);
    }
    for page_size in [1, 2, 3, 7, 100] {
        let (seen, cursor) = read_all(&stand_in, page_size, Cursor::at(at(0))).await;
        assert_eq!(seen.len(), 7, "page size {page_size}");
        assert_eq!(cursor, Cursor::at(at(9)));
    }
}

pub async fn the_next_run_reads_what_changed_at_or_after_the_watermark<S: System>() {
    let stand_in = StandIn::<S>::start().await;
    for id in 1..=3 {
        stand_in.put(id, at(i64::from(id)), OrderState::Pending);
    }
    let (_, cursor) = read_all(&stand_in, 2, Cursor::at(at(0))).await;
    stand_in.put(1, at(4), OrderState::Cancelled);
    let (seen, cursor) = read_all(&stand_in, 2, cursor).await;
    assert_eq!(seen, BTreeMap::from([("3".into(), 3), ("1".into(), 4)]));
    let (seen, cursor) =
        read_all(&stand_in, 2, Cursor::at(cursor.watermark + jiff::SignedDuration::from_secs(1))).await;
    assert!(seen.is_empty());
    assert_eq!(cursor, Cursor::at(at(5)), "nothing new leaves the watermark");
}

pub async fn one_order_that_cannot_be_understood_does_not_hold_up_the_others<S: System>() {
    let stand_in = StandIn::<S>::start().await;
    for id in 1..=3 {
        stand_in.put(id, at(i64::from(id)), OrderState::Confirmed);
    }
    stand_in.spoil(2);
    let page = stand_in.connect(100).orders_changed(&Cursor::at(at(0))).await.expect("a page");
    let good: Vec<bool> = page.orders.iter().map(|order| order.order.is_ok()).collect();
    assert_eq!(good, [true, false, true]);
    let rejection = page.orders[1].order.as_ref().expect_err("spoilt");
    assert!(!rejection.field.is_empty() && !rejection.value.is_empty(), "{rejection}");
    assert_eq!(page.raw.iter().filter(|&&byte| byte == b'\n').count(), 3, "kept as it came");
}

pub async fn one_order_is_fetched_by_its_id<S: System>() {
    let stand_in = StandIn::<S>::start().await;
    stand_in.put(7, at(1), OrderState::Confirmed);
    let shop = stand_in.connect(100);
    let fetch = async |id: &str| shop.order(&order_id(id)).await.expect("an answer");
    let order = fetch("7").await.expect("it is there");
    assert_eq!((order.key.to_string().as_str(), order.modified_at), ("rungis/7", at(1)));
    let order = order.order.expect("understood");
    assert_eq!((order.state, order.total.to_string().as_str()), (OrderState::Confirmed, "10.55"));
    assert!(fetch("8").await.is_none());
    assert!(fetch("..").await.is_none(), "an id that is none of this shop's");
}

pub async fn an_order_comes_with_its_refunds<S: System>() {
    let stand_in = StandIn::<S>::start().await;
    stand_in.put(7, at(1), OrderState::Confirmed);
    stand_in.refund(7, at(2));
    let page = stand_in.connect(100).orders_changed(&Cursor::at(at(2))).await.expect("a page");
    let order = page.orders[0].order.as_ref().expect("understood");
    assert_eq!(order.total_after_refunds().to_string(), "9.55");
    let again = stand_in.connect(100).order(&page.orders[0].key.id).await.expect("an answer");
    let again = again.expect("it is there").order.expect("understood");
    assert_eq!(again.revision(), order.revision(), "the same however it is read");
}
