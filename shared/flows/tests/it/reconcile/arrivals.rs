//! Whether the evening's file of invoices comes.

use passerelle_config::ExpectedInvoices;
use passerelle_flows::reconcile::GapKind;

use super::given::*;

/// A file every day by a time.
fn expected(by: &str) -> Option<ExpectedInvoices> {
    use jiff::civil::Weekday::{Friday, Monday, Saturday, Sunday, Thursday, Tuesday, Wednesday};
    Some(ExpectedInvoices {
        by: by.parse().expect("a time"),
        on: vec![Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday],
        closed_on: vec![],
        closed_on_public_holidays: false,
    })
}

#[tokio::test]
async fn an_evening_without_its_file_is_a_gap_until_one_comes() {
    let mut house = House::at("18:29");
    house.expected = expected("18:30");
    house.set("09:00");
    house.take_in("correction.csv", &[&invoice(1)], 0, 0).await;
    house.render_and_publish(&invoice(1)).await;
    house.set("18:29");
    let yesterday = vec![(GapKind::InvoicesNotArrived, "2026-11-23".to_owned())];
    assert_ne!(house.gaps().await, yesterday, "a file came since");
    house.set("18:30");
    let missing = vec![(GapKind::InvoicesNotArrived, "2026-11-24".to_owned())];
    assert_eq!(house.gaps().await, missing, "that of the morning is no evening's file");
    house.take_in("again.csv", &[], 0, 2).await;
    assert_eq!(house.gaps().await, missing, "nothing new came");
    house.wait(24 * 60 - 60);
    assert_eq!(house.gaps().await, missing, "all night long");
    house.take_in("factures.csv", &[&invoice(2)], 0, 0).await;
    assert_eq!(house.gaps().await, []);
    assert!(house.reconcile().await.todo.iter().all(|waiting| !waiting.why.contains("arrived")));
}

#[tokio::test]
async fn no_file_is_missed_where_none_is_expected() {
    let house = House::at("23:00");
    assert_eq!(house.gaps().await, []);
}

#[tokio::test]
async fn a_file_that_is_being_read_has_come() {
    let mut house = House::at("18:10");
    house.expected = expected("18:30");
    house.begin("factures.csv").await;
    house.set("18:31");
    assert_eq!(house.gaps().await, []);
}
