use passerelle_domain::Money;
use passerelle_ledger::{DropId, DropOutcome, DropProgress, DropRecord, DropState, Window};

use crate::given::*;

fn accepted(new: u32) -> DropOutcome {
    let (gross, rejects_key) = (Money::from_cents(123_456), Some("invoices/rejected/2026-11-24.csv".into()));
    accepted_in_part(new + 2, [new, 1, 0, 1], gross, rejects_key, vec![set_aside("F9", 7)])
}

pub async fn a_drop_begins_once_and_ends_once(ledger: Given) {
    let id = drop_of("v1");
    assert!(!ledger.finish_drop(&id, &accepted(1), at(5)).await.expect("asked"), "it has not begun");
    let begun = ledger.begin_drop(&id, 4096, at(10)).await.expect("begun");
    let expected = DropRecord {
        id: id.clone(),
        state: DropState::Checking,
        size: 4096,
        outcome: None,
        progress: None,
        announced_again: 0,
        updated_at: at(10),
        history: vec![],
    };
    assert_eq!(begun, expected);
    let expected = DropRecord { history: changes(&[("checking", 10, "")]), ..expected };
    assert_eq!(ledger.begin_drop(&id, 4096, at(20)).await.expect("begun"), expected, "it comes again");
    assert_eq!(ledger.drop_record(&id).await.expect("read"), Some(expected.clone()));
    assert_eq!(ledger.drop_record(&drop_of("v2")).await.expect("read"), None);
    assert!(ledger.finish_drop(&id, &accepted(3), at(30)).await.expect("finished"));
    assert!(!ledger.finish_drop(&id, &accepted(4), at(40)).await.expect("asked"));
    let finished = ledger.begin_drop(&id, 4096, at(50)).await.expect("begun");
    let outcome = Some(accepted(3));
    let history = changes(&[("checking", 10, ""), ("accepted", 30, "")]);
    assert_eq!(
        finished,
        DropRecord { state: DropState::Accepted, outcome, updated_at: at(30), history, ..expected }
    );
}

pub async fn announcements_of_an_unfinished_drop_are_counted(ledger: Given) {
    let id = drop_of("v1");
    assert!(!ledger.drop_announced_again(&id, 1).await.expect("asked"), "it has not begun");
    let read = |done| DropProgress { done, new: done, ..DropProgress::default() };
    assert!(!ledger.drop_progressed(&id, read(1)).await.expect("asked"), "it has not begun");
    ledger.begin_drop(&id, 4096, at(10)).await.expect("begun");
    assert!(ledger.drop_announced_again(&id, 1).await.expect("counted"));
    assert!(ledger.drop_announced_again(&id, 2).await.expect("counted"));
    let checking = ledger.drops_in(DropState::Checking, Window::all(9)).await.expect("listed");
    for (done, noted) in [(500, true), (500, false), (200, false), (900, true)] {
        assert_eq!(ledger.drop_progressed(&id, read(done)).await.expect("asked"), noted, "{done}");
    }
    let known = ledger.drop_record(&id).await.expect("read").expect("a drop");
    assert_eq!((known.progress, known.updated_at), (Some(read(900)), at(10)), "it only goes forward");
    assert_eq!((checking[0].announced_again, checking[0].updated_at), (2, at(10)));
    assert!(ledger.finish_drop(&id, &accepted(3), at(30)).await.expect("finished"));
    assert!(!ledger.drop_announced_again(&id, 3).await.expect("asked"), "it is finished");
}

pub async fn a_rejected_drop_keeps_its_reason(ledger: Given) {
    let outcome = DropOutcome::Rejected { rejection: mismatch(), rejects_key: None };
    ledger.begin_drop(&drop_of("v1"), 0, at(10)).await.expect("begun");
    assert!(ledger.finish_drop(&drop_of("v1"), &outcome, at(20)).await.expect("finished"));
    let rejected = ledger.drops_in(DropState::Rejected, Window::all(9)).await.expect("listed");
    assert_eq!(rejected.len(), 1);
    assert_eq!(rejected[0].outcome, Some(outcome));
}

pub async fn versions_of_a_file_are_drops_of_their_own(ledger: Given) {
    ledger.begin_drop(&drop_of("v1"), 1, at(10)).await.expect("begun");
    ledger.begin_drop(&drop_of("v2"), 2, at(20)).await.expect("begun");
    assert!(ledger.finish_drop(&drop_of("v1"), &accepted(1), at(30)).await.expect("finished"));
    let checking = ledger.drops_in(DropState::Checking, Window::all(9)).await.expect("listed");
    assert_eq!(checking.iter().map(|drop| (&drop.id, drop.size)).collect::<Vec<_>>(), [(&drop_of("v2"), 2)]);
}

pub async fn the_longest_key_has_its_place(ledger: Given) {
    let id = DropId { key: "é".repeat(512), version: "null".into() };
    ledger.begin_drop(&id, 1, at(10)).await.expect("begun");
    let checking = ledger.drops_in(DropState::Checking, Window::all(9)).await.expect("listed");
    assert_eq!(checking[0].id, id);
}
