//! What was set aside: found by its cause, shown whole, brought back.

use passerelle_domain::Rejection;
use passerelle_ledger::{OrderStatus, Repaired};
use serde_json::json;

use crate::given::*;

fn too_long() -> Rejection {
    Rejection::new("too_long", "delivery.postcode", "94150 RUNGIS CEDEX", "at most 10 characters")
}

/// Three orders: two that a layout's rule refused, one that the ERP refused.
async fn house() -> House {
    let house = House::at("20:00");
    for id in 1..=3 {
        house.record(&order(id)).await;
    }
    for id in 1..=2 {
        house.quarantine(&order(id), &too_long()).await;
    }
    let batch = house.export(&[&order(3)]).await;
    house.acknowledge(&key(3), &refusal(batch.id, "article TOM-6 inconnu")).await;
    house
}

#[tokio::test]
async fn what_is_set_aside_is_listed_by_its_cause_and_then_by_order() {
    let house = house().await;
    let answer = house.command("quarantine list").await.expect("answered");
    let causes = answer.data.as_array().expect("a list").clone();
    let causes: Vec<_> =
        causes.iter().map(|cause| (cause["cause"].clone(), cause["orders"].clone())).collect();
    assert_eq!(causes, [(json!("too_long"), json!(2)), (json!("refused_by_erp"), json!(1))]);
    let says = house.says("quarantine list --cause too_long").await;
    assert!(says.contains("rungis/1") && says.contains("rungis/2") && !says.contains("rungis/3"), "{says}");
    assert!(says.contains("94150 RUNGIS CEDEX"), "{says}");
    assert_eq!(house.says("quarantine list --cause no_such").await, "nothing is set aside for no_such");
    assert_eq!(House::at("20:00").says("quarantine list").await, "nothing is set aside");
}

#[tokio::test]
async fn one_is_shown_with_field_value_rule_and_the_raw_response() {
    let house = house().await;
    let says = house.says("quarantine show rungis/1").await;
    for part in
        ["too_long", "delivery.postcode", "94150 RUNGIS CEDEX", "at most 10 characters", "raw/rungis/"]
    {
        assert!(says.contains(part), "{part} is not in {says}");
    }
    let says = house.says("quarantine show rungis/3").await;
    assert!(says.contains("article TOM-6 inconnu"), "{says}");
    assert!(house.refuses("quarantine show rungis/9").await.contains("no order"));
}

#[tokio::test]
async fn one_a_cause_and_all_are_brought_back() {
    let house = house().await;
    assert!(house.says("--dry-run quarantine replay --all").await.contains("would be ready again"));
    assert_eq!(house.status(1).await, OrderStatus::Quarantined);
    house.says("quarantine replay rungis/1").await;
    assert_eq!(
        [house.status(1).await, house.status(2).await],
        [OrderStatus::Ready, OrderStatus::Quarantined]
    );
    house.says("quarantine replay --cause too_long").await;
    assert_eq!([house.status(2).await, house.status(3).await], [OrderStatus::Ready, OrderStatus::Rejected]);
    house.says("quarantine replay --all").await;
    assert_eq!(house.status(3).await, OrderStatus::Ready);
    assert_eq!(house.says("quarantine replay --all").await, "nothing is set aside: nothing to replay");
}

#[tokio::test]
async fn what_a_file_repaired_is_shown_and_traced() {
    let house = House::at("20:00");
    let repair = Repaired {
        field: "delivery.city".into(),
        from: "Łódź".into(),
        to: "Lódz".into(),
        rule: "takes characters of windows-1252".into(),
    };
    house.record(&order(1)).await;
    let lease = house.lease("export-orders").await;
    let batch = house.sealed(&[&order(1)], &lease).await;
    house.written(&batch, &[(key(1), repair)], &lease).await;
    let line = "delivery.city: \"Łódź\" → \"Lódz\": takes characters of windows-1252 (batch 2026-11-24-001)";
    let says = house.says("trace rungis/1").await;
    assert!(says.contains(line), "{says}");
    house.acknowledge(&key(1), &refusal(batch.id, "ville inconnue")).await;
    let answer = house.command("quarantine show rungis/1").await.expect("shown");
    assert!(answer.says.iter().any(|said| said.contains(line)), "{:?}", answer.says);
    assert_eq!(answer.data["repairs"]["values"][0]["to"], json!("Lódz"));
}
