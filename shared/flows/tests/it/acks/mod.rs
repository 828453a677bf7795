//! Reports of the ERP, from the file to the ledger and the shop.

mod given;

use given::*;
use passerelle_domain::{FailureKind, OrderId};
use passerelle_ledger::{BatchState, DropOutcome, OrderStatus};
use passerelle_services::{MemoryLogs, Objects};

fn counts(outcome: &DropOutcome) -> [u32; 6] {
    match outcome {
        DropOutcome::Acknowledgements { orders, accepted, refused, same, superseded, unknown, .. } => {
            [*orders, *accepted, *refused, *same, *superseded, *unknown]
        }
        other => panic!("no report: {other:?}"),
    }
}

#[tokio::test]
async fn accepted_orders_get_their_number_and_refused_ones_are_set_aside_with_the_erps_words() {
    let house = House::new();
    let batch = house.export(&[order(1, ""), order(2, "")]).await;
    let rows = format!("W1;rungis;{batch};OK;BL-7;\r\nW2;rungis;{batch};KO;;article inconnu\r\n");
    assert_eq!(counts(&house.take(&rows).await), [2, 1, 1, 0, 0, 0]);
    assert_eq!(house.told(), ["1 accepted BL-7", "2 refused article inconnu"]);
    assert_eq!(house.head(1).await.status, OrderStatus::Accepted);
    let refused = house.head(2).await;
    assert_eq!(refused.status, OrderStatus::Rejected);
    assert_eq!(refused.rejection.expect("a reason").rule, "article inconnu");
    let batch = house.ledger.batch(&batch).await.expect("read").expect("there");
    assert_eq!(batch.state, BatchState::Acknowledged);
}

#[tokio::test]
async fn the_erps_words_are_kept_with_the_order_and_in_no_log() {
    let house = House::new();
    let batch = house.export(&[order(1, "")]).await;
    let (logs, _guard) = MemoryLogs::capture();
    let words = "Zoe Lefevre, zoe@restaurants.example, est bloquee";
    house.take(&format!("W1;rungis;{batch};KO;;{words}\r\nW9;rungis;{words};KO;;{words}\r\n")).await;
    assert_eq!(house.head(1).await.rejection.expect("a reason").rule, words);
    let refused = house.drop(&format!("{words};shop\r\n{words};{words}\r\n")).await;
    house.receive(&refused, 100).await.expect("refused");
    let logged = logs.text();
    assert!(logged.contains("refused by the ERP") && logged.contains("file refused whole"), "{logged}");
    assert!(!logged.contains("Zo") && !logged.contains("zoe@"), "{logged}");
}

#[tokio::test]
async fn answers_on_a_file_that_the_export_has_not_recorded_yet_wait_until_it_has() {
    let house = House::new();
    let (batch, lease) = house.seal(&[order(1, "")]).await;
    // The export put the file and died; the ERP has read it.
    let drop = house.drop(&format!("{HEAD}W1;rungis;{batch};OK;BL-7;\r\n")).await;
    let failure = house.receive(&drop, 100).await.expect_err("not yet");
    assert_eq!(failure.kind(), FailureKind::Retry);
    assert_eq!(house.told(), Vec::<String>::new());
    house.write(&batch, &lease).await;
    house.receive(&drop, 100).await.expect("taken in");
    assert_eq!(counts(&house.outcome(&drop).await), [1, 1, 0, 0, 0, 0]);
    assert_eq!(house.told(), ["1 accepted BL-7"]);
    let batch = house.ledger.batch(&batch).await.expect("read").expect("there");
    assert_eq!(batch.state, BatchState::Acknowledged);
}

#[tokio::test]
async fn a_report_that_comes_twice_tells_the_shop_once() {
    let house = House::new();
    let batch = house.export(&[order(1, "")]).await;
    let rows = format!("W1;rungis;{batch};OK;BL-7;\r\n");
    let drop = house.drop(&format!("{HEAD}{rows}")).await;
    house.receive(&drop, 100).await.expect("taken in");
    house.receive(&drop, 100).await.expect("delivered again");
    assert_eq!(counts(&house.take(&rows).await), [1, 0, 0, 1, 0, 0], "the same under a new version");
    assert_eq!(house.told(), ["1 accepted BL-7"]);
}

#[tokio::test]
async fn a_shop_that_is_down_is_told_by_the_next_delivery_and_the_others_do_not_wait() {
    let house = House::new();
    let batch = house.export(&[order(1, ""), order(2, "")]).await;
    let down = OrderId::new("1").expect("an id");
    house.shop.fails.lock().expect("not poisoned").insert(down, FailureKind::Retry);
    let rows = format!("W1;rungis;{batch};OK;BL-7;\r\nW2;rungis;{batch};OK;BL-8;\r\n");
    let drop = house.drop(&format!("{HEAD}{rows}")).await;
    let failure = house.receive(&drop, 100).await.expect_err("the shop is down");
    assert_eq!(failure.kind(), FailureKind::Retry);
    assert_eq!(house.told(), ["2 accepted BL-8"]);
    assert_eq!(house.head(1).await.status, OrderStatus::Accepted, "the ledger knows already");
    house.shop.fails.lock().expect("not poisoned").clear();
    house.receive(&drop, 100).await.expect("taken in");
    assert_eq!(house.told(), ["1 accepted BL-7", "2 accepted BL-8"]);
    assert_eq!(counts(&house.outcome(&drop).await), [2, 2, 0, 0, 0, 0], "all are this report's");
}

#[tokio::test]
async fn an_order_that_its_shop_will_not_hear_of_does_not_hold_up_the_report() {
    let house = House::new();
    let batch = house.export(&[order(1, ""), order(2, "")]).await;
    let deaf = OrderId::new("1").expect("an id");
    house.shop.fails.lock().expect("not poisoned").insert(deaf, FailureKind::Rejected);
    let rows = format!("W1;rungis;{batch};OK;BL-7;\r\nW2;rungis;{batch};OK;BL-8;\r\n");
    assert_eq!(counts(&house.take(&rows).await), [2, 2, 0, 0, 0, 0]);
    assert!(!house.head(1).await.acknowledgement.expect("kept").sent);
}

#[tokio::test]
async fn what_cannot_be_used_is_in_the_rejects_file_and_the_rest_counts() {
    let house = House::new();
    let batch = house.export(&[order(1, "")]).await;
    let rows = format!(
        "W1;rungis;{batch};OK;BL-7;\r\nW9;rungis;{batch};OK;BL-9;\r\nW1;rungis;2026-01-01-001;OK;X;\r\nW1;rungis;{batch};BOF;;\r\n"
    );
    let outcome = house.take(&rows).await;
    assert_eq!(counts(&outcome), [4, 1, 0, 0, 0, 3]);
    let DropOutcome::Acknowledgements { rejects_key: Some(key), .. } = outcome else { panic!("no rejects") };
    assert!(key.starts_with("orders/rejected/réponses-"), "{key}");
    let kept = house.objects.get(&key, None, 10_000).await.expect("read").expect("there");
    let kept = String::from_utf8_lossy(&kept.body);
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
async fn an_answer_on_a_revision_that_was_replaced_changes_nothing() {
    let house = House::new();
    let before = house.export(&[order(1, "a")]).await;
    let after = house.export(&[order(1, "b")]).await;
    assert_eq!(
        counts(&house.take(&format!("W1;rungis;{before};KO;;trop tard\r\n")).await),
        [1, 0, 0, 0, 1, 0]
    );
    assert_eq!(house.head(1).await.status, OrderStatus::Exported);
    let waiting = house.ledger.batch(&before).await.expect("read").expect("there");
    assert_eq!(waiting.state, BatchState::Acknowledged, "nothing of it is still expected");
    assert_eq!(counts(&house.take(&format!("W1;rungis;{after};OK;BL-1;\r\n")).await), [1, 1, 0, 0, 0, 0]);
    assert_eq!(house.told(), ["1 accepted BL-1"]);
}

#[tokio::test]
async fn of_two_rows_of_an_order_the_last_word_counts() {
    let house = House::new();
    let batch = house.export(&[order(1, "")]).await;
    let rows = format!("W1;rungis;{batch};KO;;client bloqué\r\nW1;rungis;{batch};OK;BL-7;\r\n");
    assert_eq!(counts(&house.take(&rows).await), [2, 1, 1, 0, 0, 0]);
    assert_eq!(house.head(1).await.status, OrderStatus::Accepted);
}

#[tokio::test]
async fn a_file_that_is_no_report_is_refused_whole_with_the_reason_beside_it() {
    let house = House::new();
    for (report, code, said) in [
        ("", "empty_file", "Défaut  : Le fichier est vide. (empty_file)"),
        ("numero;client\r\n1;2\r\n", "missing_column", "Défaut  : La colonne « commande » manque."),
    ] {
        let drop = house.drop(report).await;
        house.receive(&drop, 100).await.expect("set aside");
        let DropOutcome::Rejected { rejection, rejects_key: Some(key) } = house.outcome(&drop).await else {
            panic!("taken");
        };
        assert_eq!(rejection.code, code);
        let reason = house.objects.get(&key, None, 10_000).await.expect("read").expect("there");
        let reason = String::from_utf8(reason.body).expect("UTF-8");
        assert!(reason.contains("Compte rendu refusé en entier") && reason.contains(said), "{reason}");
    }
    let drop = house.drop("x").await;
    house.receive(&drop, 17 << 20).await.expect("set aside");
    let DropOutcome::Rejected { rejection, .. } = house.outcome(&drop).await else { panic!("taken") };
    assert_eq!(rejection.code, "too_large");
}
