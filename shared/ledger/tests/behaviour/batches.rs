use futures::future::join_all;
use passerelle_domain::{Digest, FailureKind, Order};
use passerelle_ledger::{Batch, BatchState, KeptRepairs, Member, OrderStatus, Repaired, Window};

use crate::given::*;

pub async fn batches_of_a_day_are_numbered_from_one(ledger: Given) {
    for number in 1..=12 {
        let batch = open(&ledger, &[], &run(1)).await;
        assert_eq!((batch.id.day, batch.id.number), (day(), number));
    }
    let tomorrow = ledger.open_batch(day().next(), &[], &run(1), at(0)).await.expect("opened");
    assert_eq!(tomorrow.id.number, 1);
}

pub async fn a_batch_goes_from_open_to_written(ledger: Given) {
    let (a, b) = (recorded(&ledger, 1, "a").await, recorded(&ledger, 2, "b").await);
    let lease = run(7);
    let batch = open(&ledger, &[&b, &a], &lease).await;
    assert_eq!((batch.state, batch.fencing), (BatchState::Open, 7));
    assert_eq!((&batch.members, batch.updated_at), (&vec![member(&b), member(&a)], at(50)));
    let kept = Batch { history: changes(&[("open", 50, "")]), ..batch.clone() };
    assert_eq!(ledger.batch(&batch.id).await.expect("read"), Some(kept));
    assert_eq!(status(&ledger, 1).await, OrderStatus::Ready, "nothing is claimed yet");

    let members = claim(&ledger, &batch, &lease).await.expect("ours");
    assert_eq!(members, batch.members, "in the planned order");
    let claimed = head(&ledger, 1).await;
    assert_eq!((claimed.status, claimed.updated_at), (OrderStatus::Claimed, at(60)));
    assert_eq!((claimed.claimed, claimed.exported), (Some((batch.id, a.revision())), None));

    assert!(seal(&ledger, &batch.id, &members, &lease).await);
    assert!(written(&ledger, &batch.id, &lease).await);
    let (object_key, content) = file();
    let done = ledger.batch(&batch.id).await.expect("read").expect("there");
    assert_eq!((done.state, done.members, done.updated_at), (BatchState::Written, members, at(80)));
    assert_eq!((done.object_key.as_deref(), done.content), (Some(object_key), Some(content)));
    let exported = head(&ledger, 1).await;
    assert_eq!((exported.status, exported.updated_at), (OrderStatus::Exported, at(80)));
    assert_eq!(exported.exported, Some((batch.id, a.revision())));
}

pub async fn claiming_again_claims_the_same(ledger: Given) {
    let (a, b) = (order(1, "a"), order(2, "b"));
    record(&ledger, &a, 10).await;
    let batch = open(&ledger, &[&a, &b], &run(1)).await;
    assert_eq!(claim(&ledger, &batch, &run(1)).await, Some(vec![member(&a)]));
    // What the batch holds does not depend on what became of the order since.
    record(&ledger, &order(1, "changed"), 61).await;
    record(&ledger, &b, 10).await;
    assert_eq!(claim(&ledger, &batch, &run(1)).await, Some(batch.members.clone()), "b came late");
    assert_eq!(claim(&ledger, &batch, &run(1)).await, Some(batch.members.clone()));
}

pub async fn only_orders_still_ready_at_the_planned_revision_are_claimed(ledger: Given) {
    let orders: Vec<Order> = (1..=5).map(|id| order(id, "planned")).collect();
    for order in &orders[..4] {
        record(&ledger, order, 10).await;
    }
    let batch = open(&ledger, &orders.iter().collect::<Vec<_>>(), &run(1)).await;
    record(&ledger, &order(1, "changed"), 20).await;
    let aside = ledger.quarantine_order(&key(2), &orders[1].revision(), &mismatch(), at(20)).await;
    assert!(aside.expect("asked"));
    record_result(&ledger, &key(3), Err(&mismatch()), 20).await;
    assert_eq!(claim(&ledger, &batch, &run(1)).await, Some(vec![member(&orders[3])]));
    assert_eq!(status(&ledger, 1).await, OrderStatus::Ready);
    assert_eq!(status(&ledger, 2).await, OrderStatus::Quarantined);
    assert_eq!(status(&ledger, 3).await, OrderStatus::Quarantined);
}

pub async fn an_order_is_in_one_batch_only(ledger: Given) {
    let (a, b) = (recorded(&ledger, 1, "a").await, recorded(&ledger, 2, "b").await);
    let first = open(&ledger, &[&a], &run(1)).await;
    let second = open(&ledger, &[&a, &b], &run(2)).await;
    assert_eq!(claim(&ledger, &first, &run(1)).await, Some(vec![member(&a)]));
    assert_eq!(claim(&ledger, &second, &run(2)).await, Some(vec![member(&b)]));
    assert!(seal(&ledger, &first.id, &first.members, &run(1)).await);
    assert!(written(&ledger, &first.id, &run(1)).await);
    assert_eq!(claim(&ledger, &second, &run(2)).await, Some(vec![member(&b)]));
}

pub async fn an_order_that_changed_while_claimed_is_an_amendment(ledger: Given) {
    let (first, changed) = (order(1, "a"), order(1, "b"));
    record(&ledger, &first, 10).await;
    let batch = claimed(&ledger, &[&first], &run(1)).await;
    record(&ledger, &changed, 65).await;
    finish(&ledger, &batch).await;
    let amendment = head(&ledger, 1).await;
    assert_eq!((amendment.status, amendment.revision), (OrderStatus::Ready, changed.revision()));
    assert_eq!(amendment.exported, Some((batch.id, first.revision())), "what the file says");
    let content = ledger.order_revision(&key(1), &first.revision()).await.expect("read");
    assert_eq!(content, Some(first), "the file can still be made");
}

pub async fn an_order_that_changed_and_changed_back_while_claimed_is_exported(ledger: Given) {
    let first = recorded(&ledger, 1, "a").await;
    let batch = claimed(&ledger, &[&first], &run(1)).await;
    record(&ledger, &order(1, "b"), 65).await;
    record(&ledger, &first, 66).await;
    finish(&ledger, &batch).await;
    assert_eq!(status(&ledger, 1).await, OrderStatus::Exported);
}

pub async fn an_order_that_became_unreadable_while_claimed_is_quarantined(ledger: Given) {
    let first = recorded(&ledger, 1, "a").await;
    let batch = claimed(&ledger, &[&first], &run(1)).await;
    record_result(&ledger, &key(1), Err(&mismatch()), 65).await;
    finish(&ledger, &batch).await;
    let aside = head(&ledger, 1).await;
    assert_eq!((aside.status, aside.rejection), (OrderStatus::Quarantined, Some(mismatch())));
    assert_eq!(aside.exported, Some((batch.id, first.revision())));
}

pub async fn an_amendment_goes_out_in_a_batch_of_its_own(ledger: Given) {
    let (first, changed) = (order(1, "a"), order(1, "b"));
    let before = send(&ledger, &first).await;
    record(&ledger, &changed, 100).await;
    let after = export(&ledger, &[&changed], &run(2)).await;
    assert_ne!(before, after);
    let head = head(&ledger, 1).await;
    assert_eq!((head.status, head.exported), (OrderStatus::Exported, Some((after, changed.revision()))));
    assert!(written(&ledger, &before, &run(1)).await, "a late repetition");
    assert_eq!(status(&ledger, 1).await, OrderStatus::Exported);
}

pub async fn a_sealed_batch_claims_nothing_and_keeps_its_members(ledger: Given) {
    let (a, b) = (order(1, "a"), order(2, "b"));
    record(&ledger, &a, 10).await;
    let batch = open(&ledger, &[&a, &b], &run(1)).await;
    let members = claim(&ledger, &batch, &run(1)).await.expect("ours");
    assert!(seal(&ledger, &batch.id, &members, &run(1)).await);
    assert!(seal(&ledger, &batch.id, &members, &run(1)).await, "again");
    assert!(!seal(&ledger, &batch.id, &batch.members, &run(1)).await, "with other members");
    record(&ledger, &b, 65).await;
    assert_eq!(claim(&ledger, &batch, &run(1)).await, None);
    assert_eq!(status(&ledger, 2).await, OrderStatus::Ready);
    let sealed = ledger.batch(&batch.id).await.expect("read").expect("there");
    assert_eq!((sealed.state, sealed.members, sealed.updated_at), (BatchState::Sealed, members, at(70)));
}

pub async fn only_a_sealed_batch_is_written_and_only_once(ledger: Given) {
    let first = recorded(&ledger, 1, "a").await;
    let batch = claimed(&ledger, &[&first], &run(1)).await;
    assert!(!written(&ledger, &batch.id, &run(1)).await, "it is open");
    assert_eq!(status(&ledger, 1).await, OrderStatus::Claimed);
    finish(&ledger, &batch).await;
    let (after, order_after) = (ledger.batch(&batch.id).await.expect("read"), head(&ledger, 1).await);
    assert!(written(&ledger, &batch.id, &run(1)).await, "again");
    let other = Digest::of(b"another file");
    let overwritten = ledger.batch_written(&batch.id, file().0, &other, &[], &run(1), at(90)).await;
    assert!(!overwritten.expect("asked"), "with other content");
    assert!(!seal(&ledger, &batch.id, &batch.members, &run(1)).await);
    assert_eq!(ledger.batch(&batch.id).await.expect("read"), after);
    assert_eq!(head(&ledger, 1).await, order_after);
    let mut unknown = batch.id;
    unknown.number = 99;
    assert!(!written(&ledger, &unknown, &run(1)).await);
    assert_eq!(ledger.batch(&unknown).await.expect("read"), None);
}

pub async fn a_batch_of_250_orders_is_claimed_and_written_whole(ledger: Given) {
    let orders: Vec<Order> = (0..250).map(|id| order(id, "many")).collect();
    join_all(orders.iter().map(|order| record(&ledger, order, 10))).await;
    let batch = claimed(&ledger, &orders.iter().collect::<Vec<_>>(), &run(1)).await;
    for (id, note) in [(3, "changed"), (120, "changed"), (249, "changed")] {
        record(&ledger, &order(id, note), 65).await;
    }
    finish(&ledger, &batch).await;
    let count = async |status| {
        let listed: Vec<_> = ledger.orders_in(status, Window::all(1000)).await.expect("listed");
        listed.len()
    };
    assert_eq!(count(OrderStatus::Exported).await, 247);
    assert_eq!(count(OrderStatus::Ready).await, 3);
    assert_eq!(count(OrderStatus::Claimed).await, 0);
}

pub async fn the_largest_batch_fits_and_a_larger_one_is_refused(ledger: Given) {
    let planned: Vec<Member> =
        (0..=Batch::MAX_MEMBERS).map(|id| member(&order(format!("{id:064}"), "long ids"))).collect();
    let too_many = ledger.open_batch(day(), &planned, &run(1), at(0)).await;
    assert_eq!(too_many.expect_err("one too many").kind(), FailureKind::Misconfigured);
    let twice = [planned[0].clone(), planned[0].clone()];
    let twice = ledger.open_batch(day(), &twice, &run(1), at(0)).await;
    assert_eq!(twice.expect_err("one twice").kind(), FailureKind::Misconfigured);
    let planned = &planned[..Batch::MAX_MEMBERS];
    let batch = ledger.open_batch(day(), planned, &run(1), at(0)).await.expect("opened");
    assert_eq!(batch.id.number, 1);
    let stored = ledger.batch(&batch.id).await.expect("read").expect("there");
    assert_eq!(stored.members, planned);
    assert_eq!(claim(&ledger, &batch, &run(1)).await, Some(vec![]), "there are no such orders");
}

pub async fn an_empty_batch_is_written_too(ledger: Given) {
    let gone = order(1, "a");
    let batch = open(&ledger, &[&gone], &run(1)).await;
    assert_eq!(claim(&ledger, &batch, &run(1)).await, Some(vec![]));
    assert!(seal(&ledger, &batch.id, &[], &run(1)).await);
    assert!(written(&ledger, &batch.id, &run(1)).await);
}

fn repaired(field: &str, from: &str, to: &str) -> Repaired {
    Repaired { field: field.into(), from: from.into(), to: to.into(), rule: "takes 5 characters".into() }
}

pub async fn what_a_file_repaired_of_an_order_is_kept_with_it(ledger: Given) {
    let (a, b) = (recorded(&ledger, 1, "a").await, recorded(&ledger, 2, "b").await);
    let batch = claimed(&ledger, &[&a, &b], &run(1)).await;
    assert!(seal(&ledger, &batch.id, &batch.members, &run(1)).await);
    assert_eq!(head(&ledger, 1).await.repairs, None, "no file has repaired anything yet");
    let repairs = [(key(1), repaired("lines[0].label", "Cagette", "Caget"))];
    assert!(written_with(&ledger, &batch.id, &repairs, &run(1)).await);
    let kept = KeptRepairs { batch: batch.id, values: vec![repairs[0].1.clone()], left_out: 0 };
    assert_eq!(head(&ledger, 1).await.repairs, Some(kept.clone()));
    assert_eq!(head(&ledger, 2).await.repairs, None);
    assert!(written(&ledger, &batch.id, &run(1)).await, "again, by a run that knows of none");
    let changed = order(1, "changed");
    record(&ledger, &changed, 100).await;
    assert_eq!(head(&ledger, 1).await.repairs, Some(kept), "a revision changes nothing of the file");
    export(&ledger, &[&changed], &run(2)).await;
    assert_eq!(head(&ledger, 1).await.repairs, None, "the last file repaired nothing");
}

pub async fn an_order_keeps_only_as_many_repairs_as_a_page_shows(ledger: Given) {
    let a = recorded(&ledger, 1, "a").await;
    let batch = claimed(&ledger, &[&a], &run(1)).await;
    assert!(seal(&ledger, &batch.id, &batch.members, &run(1)).await);
    let long = "é".repeat(5_000);
    let repairs: Vec<_> =
        (0..500).map(|i| (key(1), repaired(&format!("lines[{i}].label"), &long, "court"))).collect();
    assert!(written_with(&ledger, &batch.id, &repairs, &run(1)).await);
    let kept = head(&ledger, 1).await.repairs.expect("some are kept");
    assert_eq!((kept.values.len(), kept.left_out), (KeptRepairs::MOST, 480));
    assert_eq!((kept.values[0].from.as_str(), kept.values[0].to.as_str()), (&long[..200], "court"));
}
