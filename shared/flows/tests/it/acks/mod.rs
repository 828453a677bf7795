//! Reports of the ERP, from the file to the ledger and the shop.

mod given;

use given::*;
use passerelle_domain::FailureKind;
use passerelle_ledger::{BatchState, DropOutcome, OrderStatus};
use passerelle_services::{MemoryLogs, Metric};

fn counts(outcome: &DropOutcome) -> [u32; 6] {
    match outcome {
        DropOutcome::Acknowledgements { orders, accepted, refused, same, superseded, unknown, .. } => {
            [*orders, *accepted, *refused, *same, *superseded, *unknown]
        }
        other => panic!("no report: {other:?}"),
    }
}

async fn state(house: &House, batch: &str) -> BatchState {
    house.batch(&batch.parse().expect("a batch")).await.state
}

#[tokio::test]
async fn accepted_orders_get_their_number_and_refused_ones_are_set_aside() {
    let house = House::new();
    let batch = house.exported(&[order(1), order(2)]).await;
    let rows = format!("W1;rungis;{batch};OK;BL-7;\r\nW2;rungis;{batch};KO;;article inconnu\r\n");
    assert_eq!(counts(&house.take(&rows).await), [2, 1, 1, 0, 0, 0]);
    assert_eq!(house.shown(), ["1 accepted BL-7", "2 refused article inconnu"]);
    assert_eq!(house.status(1).await, OrderStatus::Accepted);
    let refused = house.head(2).await;
    assert_eq!(refused.status, OrderStatus::Rejected);
    assert_eq!(refused.rejection.expect("a reason").rule, "article inconnu");
    assert_eq!(state(&house, &batch).await, BatchState::Acknowledged);
    assert_eq!(house.emitted([Metric::OrdersAccepted, Metric::OrdersRefused]), [1, 1]);
}

#[tokio::test]
async fn the_erps_reason_is_kept_with_the_order_and_in_no_log() {
    let house = House::new();
    let batch = house.exported(&[order(1)]).await;
    let (logs, _guard) = MemoryLogs::capture();
    let words = "Zoe Lefevre, zoe@restaurants.example, est bloquee";
    house.take(&format!("W1;rungis;{batch};KO;;{words}\r\nW9;rungis;{words};KO;;{words}\r\n")).await;
    assert_eq!(house.head(1).await.rejection.expect("a reason").rule, words);
    let refused = house.report(&format!("{words};shop\r\n{words};{words}\r\n"));
    house.receive(&refused, 100).await.expect("refused");
    let logged = logs.text();
    assert!(logged.contains("refused by the ERP") && logged.contains("file refused whole"), "{logged}");
    assert!(!logged.contains("Zo") && !logged.contains("zoe@"), "{logged}");
}

#[tokio::test]
async fn acknowledgements_of_a_file_that_is_not_recorded_yet_wait() {
    let house = House::new();
    let (batch, lease) = house.begun(&[order(1)]).await;
    // The export put the file and died; the ERP has read it.
    let drop = house.report(&format!("{HEAD}W1;rungis;{};OK;BL-7;\r\n", batch.id));
    let failure = house.receive(&drop, 100).await.expect_err("not yet");
    assert_eq!(failure.kind(), FailureKind::Retry);
    assert_eq!(house.shown(), Vec::<String>::new());
    house.end(&batch, &lease).await;
    house.receive(&drop, 100).await.expect("taken in");
    assert_eq!(counts(&house.outcome(&drop).await), [1, 1, 0, 0, 0, 0]);
    assert_eq!(house.shown(), ["1 accepted BL-7"]);
    assert_eq!(house.batch(&batch.id).await.state, BatchState::Acknowledged);
}

#[tokio::test]
async fn a_file_that_comes_twice_is_sent_to_the_shop_once() {
    let house = House::new();
    let batch = house.exported(&[order(1)]).await;
    let rows = format!("W1;rungis;{batch};OK;BL-7;\r\n");
    let drop = house.report(&format!("{HEAD}{rows}"));
    house.receive(&drop, 100).await.expect("taken in");
    house.receive(&drop, 100).await.expect("delivered again");
    assert_eq!(counts(&house.take(&rows).await), [1, 0, 0, 1, 0, 0], "the same under a new version");
    assert_eq!(house.shown(), ["1 accepted BL-7"]);
}

#[tokio::test]
async fn a_shop_that_is_down_is_sent_to_by_the_next_delivery() {
    let house = House::new();
    let batch = house.exported(&[order(1), order(2)]).await;
    house.shop.fail(&key(1), FailureKind::Retry);
    let rows = format!("W1;rungis;{batch};OK;BL-7;\r\nW2;rungis;{batch};OK;BL-8;\r\n");
    let drop = house.report(&format!("{HEAD}{rows}"));
    let failure = house.receive(&drop, 100).await.expect_err("the shop is down");
    assert_eq!(failure.kind(), FailureKind::Retry);
    assert_eq!(house.shown(), ["2 accepted BL-8"]);
    assert_eq!(house.status(1).await, OrderStatus::Accepted, "the ledger knows already");
    house.shop.recover();
    house.receive(&drop, 100).await.expect("taken in");
    assert_eq!(house.shown(), ["1 accepted BL-7", "2 accepted BL-8"]);
    assert_eq!(counts(&house.outcome(&drop).await), [2, 2, 0, 0, 0, 0], "all are this report's");
}

#[tokio::test]
async fn an_order_that_its_shop_refuses_does_not_hold_up_the_file() {
    let house = House::new();
    let batch = house.exported(&[order(1), order(2)]).await;
    house.shop.fail(&key(1), FailureKind::Rejected);
    let rows = format!("W1;rungis;{batch};OK;BL-7;\r\nW2;rungis;{batch};OK;BL-8;\r\n");
    assert_eq!(counts(&house.take(&rows).await), [2, 2, 0, 0, 0, 0]);
    assert!(!house.head(1).await.acknowledgement.expect("kept").sent);
}

#[tokio::test]
async fn what_cannot_be_used_is_in_the_rejects_file_and_the_rest_counts() {
    let house = House::new();
    let batch = house.exported(&[order(1)]).await;
    let rows = format!(
        "W1;rungis;{batch};OK;BL-7;\r\nW9;rungis;{batch};OK;BL-9;\r\nW1;rungis;2026-01-01-001;OK;X;\r\nW1;rungis;{batch};BOF;;\r\n"
    );
    let outcome = house.take(&rows).await;
    assert_eq!(counts(&outcome), [4, 1, 0, 0, 0, 3]);
    let DropOutcome::Acknowledgements { rejects_key: Some(key), .. } = outcome else { panic!("no rejects") };
    assert!(key.starts_with("orders/rejected/réponses-"), "{key}");
    let kept = house.bytes(&key).await;
    let kept = String::from_utf8_lossy(&kept);
    let lines: Vec<&str> = kept.lines().collect();
    assert_eq!(lines.len(), 4);
    assert!(
        lines[1].starts_with(&format!(
            "W9;rungis;{batch};OK;BL-9;;3;commande;W9;not_in_batch;Le lot ne contient pas cette commande"
        )),
        "{}",
        lines[1]
    );
    assert!(lines[3].contains(";5;statut;BOF;"), "{}", lines[3]);
}

#[tokio::test]
async fn an_acknowledgement_of_a_replaced_revision_changes_nothing() {
    let house = House::new();
    let before = house.exported(&[noted(1, "a")]).await;
    let after = house.exported(&[noted(1, "b")]).await;
    assert_eq!(
        counts(&house.take(&format!("W1;rungis;{before};KO;;trop tard\r\n")).await),
        [1, 0, 0, 0, 1, 0]
    );
    assert_eq!(house.status(1).await, OrderStatus::Exported);
    assert_eq!(state(&house, &before).await, BatchState::Acknowledged, "nothing of it is still expected");
    assert_eq!(counts(&house.take(&format!("W1;rungis;{after};OK;BL-1;\r\n")).await), [1, 1, 0, 0, 0, 0]);
    assert_eq!(house.shown(), ["1 accepted BL-1"]);
}

#[tokio::test]
async fn of_two_rows_of_an_order_the_last_counts() {
    let house = House::new();
    let batch = house.exported(&[order(1)]).await;
    let rows = format!("W1;rungis;{batch};KO;;client bloqué\r\nW1;rungis;{batch};OK;BL-7;\r\n");
    assert_eq!(counts(&house.take(&rows).await), [2, 1, 1, 0, 0, 0]);
    assert_eq!(house.status(1).await, OrderStatus::Accepted);
}

#[tokio::test]
async fn a_file_of_no_acknowledgements_is_refused_whole_with_its_reason() {
    let house = House::new();
    for (report, code, said) in [
        ("", "empty_file", "Défaut  : Le fichier est vide. (empty_file)"),
        ("numero;client\r\n1;2\r\n", "missing_column", "Défaut  : La colonne « commande » manque."),
    ] {
        let drop = house.report(report);
        house.receive(&drop, 100).await.expect("set aside");
        let DropOutcome::Rejected { rejection, rejects_key: Some(key) } = house.outcome(&drop).await else {
            panic!("taken");
        };
        assert_eq!(rejection.code, code);
        let reason = house.text(&key).await;
        assert!(reason.contains("Compte rendu refusé en entier") && reason.contains(said), "{reason}");
    }
    let drop = house.report("x");
    house.receive(&drop, 17 << 20).await.expect("set aside");
    let DropOutcome::Rejected { rejection, .. } = house.outcome(&drop).await else { panic!("taken") };
    assert_eq!(rejection.code, "too_large");
}
