//! What every shop does, whatever its system. A new shop adds a stand-in and one line at the end.

#[path = "stand_in/woocommerce.rs"]
mod woocommerce;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use passerelle_domain::{Cursor, CustomerCode, FailureKind, InvoiceKind, InvoiceNumber, OrderId, OrderState};
use passerelle_shops::{Publication, Published, Shop};

/// A shop of some system, in this process, that tests can change.
#[async_trait]
trait StandIn: Sized {
    /// A shop without orders.
    async fn start() -> Self;
    /// A new connection with it.
    fn connect(&self, page_size: u16) -> Arc<dyn Shop>;
    /// Creates or changes an order of 10.00 net, 10.55 with VAT.
    fn put(&self, id: u32, modified: Timestamp, state: OrderState);
    /// Makes an order one that cannot be understood.
    fn spoil(&self, id: u32);
    /// Refunds 1.00 of an order, without a line.
    fn refund(&self, id: u32, modified: Timestamp);
    /// Opens an account.
    fn add_customer(&self, code: &str, account: u32);
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_485_404 + second).expect("a time")
}

/// Reads page by page, each over a new connection, with a cursor that was stored in between.
async fn read_all(stand_in: &impl StandIn, page_size: u16, from: Cursor) -> (BTreeMap<String, i64>, Cursor) {
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

async fn every_order_is_read_whatever_the_page_size<S: StandIn>() {
    let stand_in = S::start().await;
    for (id, second) in [(1, 0), (2, 1), (3, 1), (4, 1), (5, 1), (6, 2), (7, 9)] {
        stand_in.put(id, at(second), OrderState::Confirmed);
    }
    for page_size in [1, 2, 3, 7, 100] {
        let (seen, cursor) = read_all(&stand_in, page_size, Cursor::at(at(0))).await;
        assert_eq!(seen.len(), 7, "page size {page_size}");
        assert_eq!(cursor, Cursor::at(at(9)));
    }
}

async fn the_next_run_reads_what_changed_at_or_after_the_watermark<S: StandIn>() {
    let stand_in = S::start().await;
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

async fn one_order_that_cannot_be_understood_does_not_hold_up_the_others<S: StandIn>() {
    let stand_in = S::start().await;
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

async fn one_order_is_fetched_by_its_id<S: StandIn>() {
    let stand_in = S::start().await;
    stand_in.put(7, at(1), OrderState::Confirmed);
    let shop = stand_in.connect(100);
    let fetch = async |id: &str| shop.order(&OrderId::new(id).expect("an id")).await.expect("an answer");
    let order = fetch("7").await.expect("it is there");
    assert_eq!((order.key.to_string().as_str(), order.modified_at), ("rungis/7", at(1)));
    let order = order.order.expect("understood");
    assert_eq!((order.state, order.total.to_string().as_str()), (OrderState::Confirmed, "10.55"));
    assert!(fetch("8").await.is_none());
    assert!(fetch("..").await.is_none(), "an id that is none of this shop's");
}

async fn an_order_comes_with_its_refunds<S: StandIn>() {
    let stand_in = S::start().await;
    stand_in.put(7, at(1), OrderState::Confirmed);
    stand_in.refund(7, at(2));
    let page = stand_in.connect(100).orders_changed(&Cursor::at(at(2))).await.expect("a page");
    let order = page.orders[0].order.as_ref().expect("understood");
    assert_eq!(order.total_after_refunds().to_string(), "9.55");
    let again = stand_in.connect(100).order(&page.orders[0].key.id).await.expect("an answer");
    let again = again.expect("it is there").order.expect("understood");
    assert_eq!(again.revision(), order.revision(), "the same however it is read");
}

async fn an_invoice_is_published_once<S: StandIn>() {
    let stand_in = S::start().await;
    stand_in.add_customer("C00042", 2);
    let shop = stand_in.connect(100);
    let find = async |code: &str| {
        shop.find_customer(&CustomerCode::new(code).expect("a code")).await.expect("an answer")
    };
    assert_eq!(find("C00099").await, None);
    let account = find("C00042").await.expect("an account");
    let number = InvoiceNumber::new("F2026/0001").expect("a number");
    let publication = Publication {
        number: &number,
        shop_customer: &account,
        kind: InvoiceKind::Invoice,
        issued_on: "2026-11-24".parse().expect("a date"),
        due_on: None,
        currency: "EUR",
        gross: "42.03".parse().expect("an amount"),
        due: "40.00".parse().expect("an amount"),
        pdf: b"%PDF-1.7",
    };
    assert_eq!(shop.publish_invoice(&publication).await.expect("published"), Published::Now);
    assert_eq!(shop.publish_invoice(&publication).await.expect("published"), Published::Before);
    let other = Publication { pdf: b"%PDF-1.7 other", ..publication };
    let failure = shop.publish_invoice(&other).await.expect_err("other content");
    assert_eq!(failure.kind(), FailureKind::Rejected);
    let nobody = Publication { shop_customer: "99", ..publication };
    assert_eq!(shop.publish_invoice(&nobody).await.expect("an answer"), Published::NoSuchCustomer);
}

macro_rules! behaves {
    ($shop:ident: $stand_in:ty, $($behaviour:ident)*) => {
        mod $shop {
            $(#[tokio::test]
            async fn $behaviour() {
                super::$behaviour::<$stand_in>().await;
            })*
        }
    };
}

macro_rules! every_behaviour {
    ($($shop:ident: $stand_in:ty;)*) => {
        $(behaves! { $shop: $stand_in,
            every_order_is_read_whatever_the_page_size
            the_next_run_reads_what_changed_at_or_after_the_watermark
            one_order_that_cannot_be_understood_does_not_hold_up_the_others
            one_order_is_fetched_by_its_id
            an_order_comes_with_its_refunds
            an_invoice_is_published_once
        })*
    };
}

every_behaviour! {
    in_woocommerce: crate::woocommerce::StandInWooCommerce;
}
