//! Many seeds hold; and the simulation finds bugs that are planted.

use simulation::{Bug, explain, first_broken, simulate};

#[test]
fn nothing_is_lost_and_nothing_comes_twice_in_two_thousand_storms() {
    if let Some(found) = first_broken(1..=2000, None) {
        panic!("{}", explain(found.seed, None));
    }
}

#[test]
fn a_seed_repeats_the_same_storm() {
    let (first, again) = (simulate(42, None, true), simulate(42, None, true));
    assert_eq!(first.trace, again.trace);
    assert!(first.trace.len() > 100, "a storm without events is no storm");
}

#[test]
fn every_fault_strikes() {
    let faults = [
        ": refused",
        ": the response is lost",
        "repeated by the client",
        "409, another put is under way",
        "dies",
        "stands still",
        "runs out of time",
        "panics",
        "is sent again",
        "no notification",
        "put message back",
        "is not deleted",
        "goes to the dead-letter queue",
        "redriven",
        "is ready again; the next export takes it",
        "KO;;client bloqué",
        "has cancel",
        "has change",
        "has replace",
        "Rightly signed webhook on /rungis: 200",
        "Rightly signed webhook on /halles: 200",
        "Wrongly signed webhook on /rungis: 401",
        "Wrongly signed webhook on /halles: 401",
        "Not signed webhook",
        "a refund apart",
        "cut off in its middle",
        "no such file at all",
        "rows of nothing that was sent",
        "in several parts",
        "again, as it was",
        "at the same time as another",
        "orders/acks/copie de",
        "invoices/inbox/large.csv",
        "invoices/inbox/nothing.csv",
        "invoices/inbox/archive.csv",
        "invoices/inbox/page.csv",
    ];
    let mut unseen = faults.to_vec();
    for seed in 1..=100 {
        let lived = simulate(seed, None, true);
        unseen.retain(|fault| !lived.trace.iter().any(|event| event.text.contains(fault)));
        if unseen.is_empty() {
            return;
        }
    }
    panic!("no storm has: {unseen:?}");
}

fn is_found(bug: Bug) {
    let found = first_broken(1..=500, Some(bug));
    assert!(found.is_some(), "500 storms do not show {bug:?}");
}

#[test]
fn a_run_that_was_overtaken_and_writes_is_found() {
    is_found(Bug::NoFencing);
}

#[test]
fn reading_on_without_overlap_is_found() {
    is_found(Bug::NoOverlap);
}

#[test]
fn a_file_written_without_condition_is_found() {
    is_found(Bug::NoConditionOnPut);
}

#[test]
fn a_file_sent_before_its_orders_are_recorded_is_found() {
    is_found(Bug::SendBeforeRecord);
}

#[test]
fn a_message_acknowledged_before_its_work_is_found() {
    is_found(Bug::AcknowledgeBeforeEffect);
}

#[test]
fn a_change_sent_before_the_acknowledgement_is_found() {
    is_found(Bug::ChangeBeforeAck);
}

#[test]
fn an_acknowledgement_that_counts_for_another_batch_is_found() {
    is_found(Bug::AckOfAnyBatch);
}

#[test]
fn a_webhook_that_moves_the_cursor_is_found() {
    is_found(Bug::CursorByWebhook);
}

#[test]
fn a_cursor_that_moves_before_its_page_is_recorded_is_found() {
    is_found(Bug::CursorBeforePage);
}
