use passerelle_domain::{BatchId, Order, OrderState, Rejection};
use passerelle_ledger::{AckRecorded, Acknowledgement, BatchState, OrderStatus, REFUSED_BY_ERP, Recorded};

use crate::given::*;

fn accepted(batch: BatchId) -> Acknowledgement {
    acceptance(batch, "CMD-7")
}

fn refused(batch: BatchId) -> Acknowledgement {
    refusal(batch, "article TOM-6 inconnu")
}

async fn acknowledged(ledger: &Given, acknowledgement: &Acknowledgement, second: i64) -> AckRecorded {
    ledger.record_acknowledgement(&key(1), acknowledgement, at(second)).await.expect("recorded")
}

pub async fn an_accepted_order_has_its_number_and_stays_accepted(ledger: Given) {
    let sent = order(1, "a");
    let batch = send(&ledger, &sent).await;
    assert_eq!(acknowledged(&ledger, &accepted(batch), 100).await, AckRecorded::Recorded);
    assert_eq!(
        acknowledged(&ledger, &accepted(batch), 110).await,
        AckRecorded::Before { at: at(100), sent: false }
    );
    assert!(ledger.acknowledgement_sent(&key(1), &batch).await.expect("noted"));
    assert!(!ledger.acknowledgement_sent(&key(1), &batch).await.expect("noted"), "again");
    assert_eq!(
        acknowledged(&ledger, &accepted(batch), 120).await,
        AckRecorded::Before { at: at(100), sent: true }
    );
    let head = head(&ledger, 1).await;
    assert_eq!((head.status, head.updated_at), (OrderStatus::Accepted, at(100)));
    assert_eq!(head.history.last().expect("a state").detail, "CMD-7");
    assert_eq!(record(&ledger, &sent, 130).await, Recorded::Unchanged);
    record(&ledger, &order(1, "b"), 140).await;
    assert_eq!(status(&ledger, 1).await, OrderStatus::Ready, "an amendment");
    record(&ledger, &sent, 150).await;
    assert_eq!(status(&ledger, 1).await, OrderStatus::Accepted, "changed back");
}

pub async fn a_refused_order_is_set_aside_and_the_erp_has_it_not(ledger: Given) {
    let sent = order(1, "a");
    let batch = send(&ledger, &sent).await;
    assert_eq!(acknowledged(&ledger, &refused(batch), 100).await, AckRecorded::Recorded);
    let head = head(&ledger, 1).await;
    assert_eq!((head.status, head.exported), (OrderStatus::Rejected, None));
    let rejection = head.rejection.expect("a reason");
    assert_eq!((rejection.code.as_str(), rejection.rule.as_str()), (REFUSED_BY_ERP, "article TOM-6 inconnu"));
    assert!(ledger.release_order(&key(1), &sent.revision(), at(110)).await.expect("released"));
    assert_eq!(status(&ledger, 1).await, OrderStatus::Ready, "a first export again, no amendment");
    let again = export(&ledger, &[&sent], &run(2)).await;
    assert_eq!(
        acknowledged(&ledger, &refused(batch), 130).await,
        AckRecorded::Before { at: at(100), sent: false }
    );
    assert_eq!(
        acknowledged(&ledger, &accepted(batch), 140).await,
        AckRecorded::Superseded,
        "late, of the old batch"
    );
    assert_eq!(acknowledged(&ledger, &accepted(again), 150).await, AckRecorded::Recorded);
    assert_eq!(status(&ledger, 1).await, OrderStatus::Accepted);
}

pub async fn a_refused_amendment_leaves_the_erp_with_what_it_had(ledger: Given) {
    let (first, second, third) = (order(1, "a"), order(1, "b"), order(1, "c"));
    let before = send(&ledger, &first).await;
    acknowledged(&ledger, &accepted(before), 100).await;
    record(&ledger, &second, 110).await;
    let after = export(&ledger, &[&second], &run(2)).await;
    assert_eq!(status(&ledger, 1).await, OrderStatus::Exported);
    assert_eq!(acknowledged(&ledger, &refused(after), 120).await, AckRecorded::Recorded);
    let kept = head(&ledger, 1).await;
    assert!(!kept.awaits_acknowledgement(), "what it has was acknowledged before the change");
    assert_eq!((kept.status, kept.exported), (OrderStatus::Rejected, Some((before, first.revision()))));
    record(&ledger, &third, 130).await;
    assert_eq!(status(&ledger, 1).await, OrderStatus::Ready);
    record(&ledger, &first, 140).await;
    assert_eq!(status(&ledger, 1).await, OrderStatus::Accepted, "the change is taken back in the shop");
}

pub async fn an_acknowledgement_of_an_older_batch_changes_nothing(ledger: Given) {
    let (first, second) = (order(1, "a"), order(1, "b"));
    let before = send(&ledger, &first).await;
    record(&ledger, &second, 90).await;
    let after = export(&ledger, &[&second], &run(2)).await;
    let head_before = head(&ledger, 1).await;
    for late in [accepted(before), refused(before)] {
        assert_eq!(acknowledged(&ledger, &late, 100).await, AckRecorded::Superseded);
    }
    assert_eq!(head(&ledger, 1).await, head_before);
    assert_eq!(acknowledged(&ledger, &accepted(after), 110).await, AckRecorded::Recorded);
}

pub async fn an_acknowledgement_leaves_a_newer_revision_waiting(ledger: Given) {
    let (first, second) = (order(1, "a"), order(1, "b"));
    let batch = send(&ledger, &first).await;
    record(&ledger, &second, 90).await;
    assert_eq!(acknowledged(&ledger, &refused(batch), 100).await, AckRecorded::Recorded);
    let head = head(&ledger, 1).await;
    assert_eq!((head.status, head.exported, head.rejection), (OrderStatus::Ready, None, None));
}

pub async fn what_was_let_in_after_a_refusal_is_accepted(ledger: Given) {
    let sent = order(1, "a");
    let batch = send(&ledger, &sent).await;
    acknowledged(&ledger, &refused(batch), 100).await;
    assert_eq!(acknowledged(&ledger, &accepted(batch), 110).await, AckRecorded::Recorded);
    let head = head(&ledger, 1).await;
    assert_eq!((head.status, head.exported), (OrderStatus::Accepted, Some((batch, sent.revision()))));
    assert_eq!(head.rejection, None);
}

pub async fn an_acknowledgement_of_what_was_never_sent_is_distinguished(ledger: Given) {
    let sent = recorded(&ledger, 1, "a").await;
    recorded(&ledger, 2, "b").await;
    let batch = export(&ledger, &[&sent], &run(1)).await;
    let nothing = ledger.record_acknowledgement(&key(2), &accepted(batch), at(100)).await.expect("asked");
    assert_eq!(nothing, AckRecorded::NotInBatch);
    let unknown = BatchId { day: day(), number: 77 };
    assert_eq!(acknowledged(&ledger, &accepted(unknown), 100).await, AckRecorded::NotInBatch);
    assert_eq!(status(&ledger, 1).await, OrderStatus::Exported);
}

pub async fn a_batch_is_acknowledged_when_each_of_its_orders_is(ledger: Given) {
    let (a, b) = (recorded(&ledger, 1, "a").await, recorded(&ledger, 2, "b").await);
    let batch = export(&ledger, &[&a, &b], &run(1)).await;
    acknowledged(&ledger, &accepted(batch), 100).await;
    assert!(!ledger.batch_acknowledged(&batch, at(105)).await.expect("asked"));
    ledger.record_acknowledgement(&key(2), &refused(batch), at(110)).await.expect("recorded");
    assert!(ledger.batch_acknowledged(&batch, at(120)).await.expect("asked"));
    assert!(!ledger.batch_acknowledged(&batch, at(130)).await.expect("asked"), "again");
    let kept = ledger.batch(&batch).await.expect("read").expect("there");
    assert_eq!((kept.state, kept.updated_at), (BatchState::Acknowledged, at(120)));
}

pub async fn an_accepted_order_that_is_cancelled_becomes_an_amendment(ledger: Given) {
    let mut sent = order(1, "a");
    let batch = send(&ledger, &sent).await;
    acknowledged(&ledger, &accepted(batch), 100).await;
    sent.state = OrderState::Cancelled;
    record(&ledger, &sent, 110).await;
    assert_eq!(status(&ledger, 1).await, OrderStatus::Ready);
}

pub async fn a_planned_change_of_what_the_erp_refused_is_not_claimed(ledger: Given) {
    let (first, second) = (order(1, "a"), order(1, "b"));
    let batch = send(&ledger, &first).await;
    record(&ledger, &second, 90).await;
    let planned = open(&ledger, &[&second], &run(2)).await;
    assert_eq!(planned.members[0].replaces, Some(first.revision()));
    assert_eq!(acknowledged(&ledger, &refused(batch), 100).await, AckRecorded::Recorded);
    assert_eq!(claim(&ledger, &planned, &run(2)).await, Some(vec![]));
    let next = open(&ledger, &[&second], &run(2)).await;
    assert_eq!(next.members[0].replaces, None, "the next file gives it as a new order");
    assert_eq!(claim(&ledger, &next, &run(2)).await.expect("ours").len(), 1);
}

/// An order whose change the ERP refused, and the batches: of what it has, of what it refused.
async fn with_a_refused_change(ledger: &Given) -> [BatchId; 2] {
    let (first, second) = (order(1, "a"), order(1, "b"));
    let before = send(ledger, &first).await;
    acknowledged(ledger, &accepted(before), 100).await;
    record(ledger, &second, 110).await;
    let after = export(ledger, &[&second], &run(2)).await;
    assert_eq!(acknowledged(ledger, &refused(after), 120).await, AckRecorded::Recorded);
    [before, after]
}

pub async fn an_old_file_again_does_not_hide_that_a_change_was_refused(ledger: Given) {
    let [before, _] = with_a_refused_change(&ledger).await;
    assert_eq!(acknowledged(&ledger, &accepted(before), 130).await, AckRecorded::Superseded);
    let head = head(&ledger, 1).await;
    assert_eq!(head.status, OrderStatus::Rejected);
    assert!(head.rejection.is_some_and(|rejection| rejection.code == REFUSED_BY_ERP));
}

pub async fn after_a_refused_change_no_acknowledgement_is_expected(ledger: Given) {
    let (a, b) = (recorded(&ledger, 1, "a").await, recorded(&ledger, 2, "b").await);
    let batch = export(&ledger, &[&a, &b], &run(1)).await;
    assert!(head(&ledger, 1).await.awaits_acknowledgement());
    acknowledged(&ledger, &accepted(batch), 100).await;
    let change = order(1, "c");
    record(&ledger, &change, 110).await;
    let after = export(&ledger, &[&change], &run(2)).await;
    acknowledged(&ledger, &refused(after), 120).await;
    assert!(!head(&ledger, 1).await.awaits_acknowledgement(), "or its next change would wait for ever");
    ledger.record_acknowledgement(&key(2), &accepted(batch), at(130)).await.expect("recorded");
    assert!(ledger.batch_acknowledged(&batch, at(140)).await.expect("asked"), "all are acknowledged");
}

pub async fn a_change_that_is_taken_back_when_the_erp_refuses_it_is_none(ledger: Given) {
    let (first, second) = (order(1, "a"), order(1, "b"));
    let before = send(&ledger, &first).await;
    acknowledged(&ledger, &accepted(before), 100).await;
    record(&ledger, &second, 110).await;
    let after = export(&ledger, &[&second], &run(2)).await;
    record(&ledger, &first, 115).await;
    assert_eq!(status(&ledger, 1).await, OrderStatus::Ready);
    assert_eq!(acknowledged(&ledger, &refused(after), 120).await, AckRecorded::Recorded);
    assert_eq!(status(&ledger, 1).await, OrderStatus::Accepted, "the ERP has what the shop has");
}

pub async fn what_is_no_sale_any_more_when_the_erp_refuses_it_is_not_sent(ledger: Given) {
    let states =
        [(OrderState::Cancelled, OrderStatus::Cancelled), (OrderState::Pending, OrderStatus::Waiting)];
    for (id, (state, expected)) in states.into_iter().enumerate() {
        let sent = order(id, "a");
        record(&ledger, &sent, 10).await;
        let batch = export(&ledger, &[&sent], &run(1)).await;
        let gone = Order { state, ..sent };
        record(&ledger, &gone, 90).await;
        assert_eq!(
            status(&ledger, id).await,
            OrderStatus::Ready,
            "a change, which waits for the acknowledgement"
        );
        ledger.record_acknowledgement(&key(id), &refused(batch), at(100)).await.expect("recorded");
        assert_eq!(status(&ledger, id).await, expected);
    }
}

pub async fn what_is_released_is_sent_only_if_it_is_a_sale_that_the_erp_has_not(ledger: Given) {
    let sent = order(1, "a");
    let batch = send(&ledger, &sent).await;
    let mut gone = sent.clone();
    gone.state = OrderState::Cancelled;
    record(&ledger, &gone, 90).await;
    let aside = Rejection::new("changed_after_export", "order", "", "no changes");
    assert!(ledger.quarantine_order(&key(1), &gone.revision(), &aside, at(95)).await.expect("set aside"));
    ledger.record_acknowledgement(&key(1), &refused(batch), at(100)).await.expect("recorded");
    assert_eq!(status(&ledger, 1).await, OrderStatus::Quarantined);
    assert!(ledger.release_order(&key(1), &gone.revision(), at(110)).await.expect("released"));
    assert_eq!(status(&ledger, 1).await, OrderStatus::Cancelled, "the ERP never had it");
}
