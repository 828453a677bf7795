//! What a report looks like.

use passerelle_domain::Rejection;
use passerelle_flows::reconcile::{Detail, page};
use passerelle_ledger::DropOutcome;

use super::given::*;

/// A day with something of everything.
async fn busy_day() -> House {
    let house = House::at("00:10");
    let orders: Vec<_> = (1..=5).map(order).collect();
    for order in &orders {
        house.record(order).await;
    }
    house.record_faulty(&key(6), &mismatch()).await;
    house.set("00:20");
    house.export(&orders[..4].iter().collect::<Vec<_>>()).await;
    house.set("18:01");
    let invoices: Vec<_> = (1..=6).map(invoice).collect();
    house.take_in("factures.csv", &invoices.iter().collect::<Vec<_>>(), 1, 2).await;
    for invoice in &invoices[..5] {
        house.render(invoice).await;
    }
    house.set("18:05");
    for invoice in &invoices[..3] {
        house.publish(invoice).await;
    }
    house.unpublishable(&invoices[3]).await;
    let refused = house.begin("<b>ventes & \"co\"</b>.csv").await;
    let rejection =
        Rejection::new("columns", "line 3", "<img src=x onerror=alert(1)>", "12 columns are expected");
    let rejects_key = Some("invoices/rejected/x.txt".to_owned());
    house.finish(&refused, &DropOutcome::Rejected { rejection, rejects_key }).await;
    house.set("19:00");
    house
}

#[tokio::test]
async fn a_report_says_what_came_in_and_where_it_is() {
    let house = busy_day().await;
    let report = house.reconcile().await;
    insta::assert_json_snapshot!(report);
    let written = house.text("reports/2026-11-24.json").await;
    let written: serde_json::Value = serde_json::from_str(&written).expect("JSON");
    assert_eq!(written, serde_json::to_value(&report).expect("serialises"));
}

#[tokio::test]
async fn the_page_of_a_report_is_text_and_charts() {
    let house = busy_day().await;
    let report = house.reconcile().await;
    let page = page(&report);
    assert_eq!(house.text("reports/2026-11-24.html").await, page);
    if let Some(place) = std::env::var_os("REPORT_PAGE") {
        std::fs::write(place, &page).expect("written");
    }
    let body = page.split_once("</style>").expect("a style").1;
    insta::assert_snapshot!(body);
}

#[tokio::test]
async fn nothing_from_outside_becomes_markup_or_is_fetched() {
    let house = busy_day().await;
    let mut report = house.reconcile().await;
    report.gaps[0].detail = Detail::Failure("<img src=x onerror=alert(1)>".to_owned());
    report.found_in_inbox.push("rid\u{1b}eau<script>".to_owned());
    let page = page(&report);
    for forbidden in ["<img", "<b>", "<script", "http:", "https:", "src=x o", "url("] {
        let found = page.replace("src=x onerror=alert(1)&#62;", "");
        assert!(!found.contains(forbidden), "{forbidden}");
    }
    assert!(page.contains("&#60;b&#62;ventes &#38; &#34;co&#34;&#60;/b&#62;.csv"));
    assert_eq!(page.matches("&#60;img src=x onerror=alert(1)&#62;").count(), 2);
    assert!(page.contains("rid\u{fffd}eau&#60;script&#62;"));
}

#[tokio::test]
async fn an_empty_day_has_a_page_too() {
    let house = House::at("12:00");
    let page = page(&house.reconcile().await);
    assert!(page.contains("rien n’attend personne") && page.contains("Rien ce jour-là."));
    assert!(!page.contains("<h2>À traiter</h2>"));
}
