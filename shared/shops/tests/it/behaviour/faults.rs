//! Shops that do not answer as they should, and the way back.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use passerelle_domain::{Cursor, FailureKind, OrderState};
use passerelle_shops::http::within;
use passerelle_shops::{Webhook, WebhookRefusal};

use super::at;
use super::reading::read_all;
use crate::kit::order_id;
use crate::stand_in::{Fault, StandIn, System};

/// A shop with three orders.
async fn shop_of_three<S: System>() -> StandIn<S> {
    let stand_in = StandIn::<S>::start().await;
    for id in 1..=3 {
        stand_in.put(id, at(i64::from(id)), OrderState::Confirmed);
    }
    stand_in
}

pub async fn what_fails_once_is_asked_again_at_once<S: System>() {
    for fault in [
        Fault::Status(500),
        Fault::Status(503),
        Fault::Status(429),
        Fault::Busy(1),
        Fault::Html,
        Fault::Truncated,
    ] {
        let stand_in = shop_of_three::<S>().await;
        stand_in.faults.next(1, fault);
        let (seen, _) = read_all(&stand_in, 2, Cursor::at(at(0))).await;
        assert_eq!(seen.len(), 3, "{fault:?}");
    }
}

pub async fn a_shop_that_is_down_is_for_the_next_run<S: System>() {
    for fault in [Fault::Status(500), Fault::Status(503), Fault::Status(429), Fault::Html, Fault::Truncated] {
        let stand_in = shop_of_three::<S>().await;
        stand_in.faults.always(Some(fault));
        let from = Cursor::at(at(0));
        let failure = stand_in.connect_hasty(2).orders_changed(&from).await.expect_err("down");
        assert_eq!(failure.kind(), FailureKind::Retry, "{failure}");
        assert!(failure.to_string().len() < 700 && !failure.to_string().contains("hunter2"), "{failure}");
        stand_in.faults.always(None);
        let (seen, _) = read_all(&stand_in, 2, from).await;
        assert_eq!(seen.len(), 3, "nothing is passed over: {fault:?}");
    }
}

pub async fn a_slow_shop_takes_no_longer_than_there_is_time<S: System>() {
    let stand_in = shop_of_three::<S>().await;
    stand_in.faults.always(Some(Fault::Slow));
    let (shop, from, start) = (stand_in.connect(2), Cursor::at(at(0)), Instant::now());
    let failure = within(Duration::from_secs(1), shop.orders_changed(&from)).await.expect_err("slow");
    assert_eq!(failure.kind(), FailureKind::Retry, "{failure}");
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

pub async fn a_rotated_secret_is_recognised_and_the_new_one_works<S: System>() {
    let stand_in = shop_of_three::<S>().await;
    let (shop, from) = (stand_in.connect(2), Cursor::at(at(0)));
    shop.orders_changed(&from).await.expect("the old secret works");
    stand_in.rotate_secret();
    let failure = shop.orders_changed(&from).await.expect_err("refused");
    assert_eq!(failure.kind(), FailureKind::Misconfigured, "{failure}");
    assert!(!failure.to_string().contains("hunter2"), "{failure}");
    let (seen, _) = read_all(&stand_in, 2, from).await;
    assert_eq!(seen.len(), 3);
}

pub async fn a_page_that_moved_is_not_followed<S: System>() {
    let stand_in = shop_of_three::<S>().await;
    stand_in.faults.always(Some(Fault::Moved));
    let failure = stand_in.connect(2).orders_changed(&Cursor::at(at(0))).await.expect_err("moved");
    assert_eq!(failure.kind(), FailureKind::Misconfigured, "{failure}");
    assert!(failure.to_string().contains("elsewhere.example"), "it says where to: {failure}");
}

pub async fn an_order_that_always_fails_is_set_aside_and_the_others_go_on<S: System>() {
    let stand_in = StandIn::<S>::start().await;
    for id in 1..=5 {
        stand_in.put(id, at(i64::from(id)), OrderState::Confirmed);
    }
    stand_in.break_order(3);
    for page_size in [1, 2, 5] {
        let mut cursor = Cursor::at(at(0));
        let mut orders = BTreeMap::new();
        for _ in 0..30 {
            let page = stand_in.connect_hasty(page_size).orders_changed(&cursor).await.expect("a page");
            for order in page.orders {
                orders.insert(order.key.id.to_string(), order.order.is_ok());
            }
            cursor = page.next;
            if page.caught_up {
                break;
            }
        }
        assert_eq!(cursor.resume, None, "it comes to the end");
        let good = |id: &str| orders.get(id).copied();
        for id in ["1", "2", "4", "5"] {
            assert_eq!(good(id), Some(true), "order {id} with pages of {page_size}: {orders:?}");
        }
        assert_eq!(orders.values().filter(|good| !**good).count(), 1, "{orders:?}");
        assert_ne!(good("3"), Some(true));
    }
    stand_in.fix_order(3);
    let order = stand_in.connect(5).order(&order_id("3")).await.expect("an answer");
    assert!(order.expect("it is there").order.is_ok(), "fixed, it is read by itself");
}

pub async fn a_webhook_is_followed_only_with_the_shops_signature<S: System>() {
    let stand_in = shop_of_three::<S>().await;
    let shop = stand_in.connect(2);
    let (headers, body) = stand_in.webhook(2);
    let receive = |headers: &BTreeMap<String, String>, body: &[u8], received_at: Timestamp| {
        shop.webhook(&Webhook { headers, body, received_at })
    };
    let now = at(3);
    assert_eq!(receive(&headers, &body, now), Ok(vec![order_id("2")]));
    let forged = [body.as_slice(), b" "].concat();
    assert_eq!(receive(&headers, &forged, now), Err(WebhookRefusal::WrongSignature));
    assert_eq!(receive(&BTreeMap::new(), &body, now), Err(WebhookRefusal::Unsigned));
    assert_eq!(receive(&headers, &body, at(90_000)), Err(WebhookRefusal::TooOld));
}
