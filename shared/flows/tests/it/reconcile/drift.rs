//! How a shop and the ledger differ about the last days.

use std::sync::Arc;

use jiff::SignedDuration;
use passerelle_domain::{FailureKind, Money, Order, OrderState};
use passerelle_flows::reconcile::{Drift, GapKind};
use passerelle_ledger::OrderStatus;

use super::given::*;
use crate::source;

/// A house whose shop is read, at 18:59 of a day on which fetch-orders has come to 18:00.
async fn house() -> (House, Arc<FakeShop>) {
    let mut house = House::at("18:59");
    let market = house.shop("rungis");
    house.sources.push(source(&market));
    house.fetch(Some("18:00")).await;
    (house, market)
}

#[tokio::test]
async fn what_fetching_missed_is_recorded_in_the_evening_and_only_then() {
    let (house, market) = house().await;
    let (known, changed, missed, old) = (order(1), order(2), order(3), order(4));
    for order in [&known, &changed] {
        house.record_modified(order, at("10:00")).await;
        market.put(order, at("10:00"));
    }
    market.put(&Order { state: OrderState::Cancelled, ..changed.clone() }, at("11:00"));
    market.put(&missed, at("12:00"));
    market.put(&old, at("12:00") - SignedDuration::from_hours(4 * 24));
    let report = house.reconcile().await;
    assert_eq!((report.comparisons.len(), market.seen().pages), (0, 0), "not before 19:00");
    house.set("19:00");
    let report = house.reconcile().await;
    let found = &report.comparisons[&shop()];
    assert_eq!((found.compared, found.recorded, found.done), (3, 2, true));
    assert_eq!((found.differences.as_slice(), report.gaps.as_slice()), (&[][..], &[][..]), "all is recorded");
    assert_eq!(house.status(3).await, OrderStatus::Ready);
    assert_eq!(house.status(2).await, OrderStatus::Cancelled);
    assert_eq!(house.ledger.order(&old.key).await.expect("read"), None, "older than three days");
    let pages = market.seen().pages;
    house.set("19:15");
    let again = house.reconcile().await;
    assert_eq!(again.comparisons, report.comparisons, "every later report of the day says it too");
    assert_eq!(market.seen().pages, pages, "the shop is asked once a day");
}

#[tokio::test]
async fn what_fetching_has_not_reached_yet_is_not_counted_as_missed() {
    let (house, market) = house().await;
    market.put(&order(1), at("18:50"));
    house.set("19:00");
    let report = house.reconcile().await;
    assert_eq!(report.comparisons[&shop()].recorded, 0);
    assert_eq!(house.status(1).await, OrderStatus::Ready);
}

/// An order that the ERP has accepted under the number CDE-1.
async fn accepted_order(house: &House, market: &FakeShop) -> Order {
    let sold = order(1);
    house.record_modified(&sold, at("10:00")).await;
    market.put(&sold, at("10:00"));
    let batch = house.export(&[&sold]).await;
    house.acknowledge(&sold.key, &acceptance(batch.id, "CDE-1")).await;
    sold
}

#[tokio::test]
async fn an_acknowledgement_that_the_shop_lacks_is_sent_again() {
    let (house, market) = house().await;
    let sold = accepted_order(&house, &market).await;
    house.set("19:00");
    assert_eq!(house.reconcile().await.comparisons[&shop()].sent, 1, "never sent");
    assert_eq!(market.erp_number(&sold.key).as_deref(), Some("CDE-1"));
    assert!(house.head(1).await.acknowledgement.expect("kept").sent);
    house.wait(24 * 60);
    assert_eq!(house.reconcile().await.comparisons[&shop()].sent, 0, "it has it");
    market.lose_erp_numbers();
    house.wait(24 * 60);
    assert_eq!(house.reconcile().await.comparisons[&shop()].sent, 1, "its backup did not have it");
    assert_eq!(market.erp_number(&sold.key).as_deref(), Some("CDE-1"));
    assert_eq!(market.seen().acknowledgements.len(), 2);
}

#[tokio::test]
async fn an_acknowledgement_that_the_shop_does_not_take_is_a_gap() {
    let (house, market) = house().await;
    let sold = accepted_order(&house, &market).await;
    let missed = order(7);
    market.put(&missed, at("12:00"));
    market.fail(&sold.key, FailureKind::Rejected);
    house.set("19:00");
    let report = house.reconcile().await;
    let found = &report.comparisons[&shop()];
    assert_eq!((found.sent, found.recorded, found.done), (0, 1, true));
    assert_eq!(found.differences[0].drift, Drift::Unacknowledged("CDE-1".into()));
    let gaps: Vec<_> = report.gaps.iter().map(|gap| (gap.kind, gap.subject.clone())).collect();
    assert_eq!(gaps, [(GapKind::OrderDrifted, sold.key.to_string())]);
}

#[tokio::test]
async fn an_order_that_is_gone_or_that_went_back_in_time_is_a_gap_in_french() {
    let (house, market) = house().await;
    let (gone, back, draft) = (order(1), order(2), Order { state: OrderState::Pending, ..order(3) });
    for order in [&gone, &back, &draft] {
        house.record_modified(order, at("10:00")).await;
        market.put(order, at("10:00"));
    }
    market.remove(&gone.key);
    market.remove(&draft.key);
    let before = Order { total: Money::from_cents(10_000), ..back.clone() };
    market.put(&before, at("09:00"));
    house.set("19:00");
    let report = house.reconcile().await;
    let found: Vec<_> =
        report.comparisons[&shop()].differences.iter().map(|found| (&found.order, &found.drift)).collect();
    let older = Drift::Older { shop: before.total, ledger: back.total };
    assert_eq!(found, [(&back.key, &older), (&gone.key, &Drift::Gone(OrderStatus::Ready))]);
    assert_eq!(report.gaps.iter().filter(|gap| gap.kind == GapKind::OrderDrifted).count(), 2);
    assert_eq!(market.seen().asked, ["1"], "only what is on no list");
    let page = passerelle_flows::reconcile::page(&report);
    for words in [
        "Commande différente dans la boutique",
        "absente de la boutique ; au registre : à exporter",
        "la boutique en montre un état plus ancien : 100,00\u{a0}€ ; au registre : 123,45\u{a0}€",
    ] {
        assert!(page.contains(words), "{words}");
    }
}

#[tokio::test]
async fn an_order_that_its_shop_hides_from_lists_is_not_gone() {
    let (house, market) = house().await;
    let sold = order(1);
    house.record_modified(&sold, at("10:00")).await;
    let hidden = Order { state: OrderState::Cancelled, ..sold.clone() };
    market.put(&hidden, at("11:00"));
    market.show_from(&sold.key, None);
    house.set("19:00");
    let report = house.reconcile().await;
    assert_eq!((report.comparisons[&shop()].recorded, report.gaps.len()), (1, 0));
    assert_eq!(house.status(1).await, OrderStatus::Cancelled);
}

#[tokio::test]
async fn a_run_without_time_left_stops_and_the_next_goes_on_from_there() {
    let (house, market) = house().await;
    for id in 1..=9 {
        house.record_modified(&order(id), at("10:00")).await;
        market.put(&order(id), at("10:00"));
    }
    // Of five minutes, two pages leave too little for a third.
    market.behave(Behaviour { page_takes: SignedDuration::from_secs(100), ..Behaviour::default() });
    house.set("19:00");
    let report = house.reconcile().await;
    assert_eq!((report.comparisons[&shop()].compared, report.comparisons[&shop()].done), (4, false));
    assert_eq!(report.gaps[0].kind, GapKind::ShopNotCompared);
    market.behave(Behaviour::default());
    house.set("19:15");
    let report = house.reconcile().await;
    let found = &report.comparisons[&shop()];
    assert_eq!((found.compared, found.done, found.differences.len()), (9, true, 0), "none is gone");
    assert_eq!((report.gaps.as_slice(), market.seen().pages), (&[][..], 5));
}

#[tokio::test]
async fn a_shop_that_is_down_is_compared_later_and_holds_up_no_other() {
    let (mut house, market) = house().await;
    market.behave(Behaviour { failing: Some(FailureKind::Retry), ..Behaviour::default() });
    let halles = shop_named("halles");
    house.sources.push(source(&house.shop("halles")));
    house.set("19:00");
    let report = house.reconcile().await;
    assert!(!report.comparisons[&shop()].done && report.comparisons[&halles].done);
    assert_eq!(
        report.gaps.iter().map(|gap| (gap.kind, gap.subject.as_str())).collect::<Vec<_>>(),
        [(GapKind::ShopNotCompared, "rungis")]
    );
    market.behave(Behaviour::default());
    house.set("19:15");
    let report = house.reconcile().await;
    assert!(report.comparisons[&shop()].done && report.gaps.is_empty());
}
