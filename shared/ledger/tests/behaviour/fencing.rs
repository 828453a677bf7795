use passerelle_ledger::{BatchState, OrderStatus};

use crate::given::*;

pub async fn an_adopted_batch_is_finished_by_its_successor(ledger: Given) {
    let (a, b) = (order(1, "a"), order(2, "b"));
    record(&ledger, &a, 10).await;
    let batch = open(&ledger, &[&a, &b], &run(1)).await;
    assert_eq!(claim(&ledger, &batch, &run(1)).await, Some(vec![member(&a)]));
    record(&ledger, &b, 20).await;

    let adopted = ledger.adopt_batch(&batch.id, &run(2)).await.expect("asked").expect("adopted");
    assert_eq!((adopted.fencing, adopted.state, &adopted.members), (2, BatchState::Open, &batch.members));
    assert_eq!(adopted.updated_at, batch.updated_at, "its state is as old as before");
    let again = ledger.adopt_batch(&batch.id, &run(2)).await.expect("asked");
    assert_eq!(again.as_ref(), Some(&adopted));
    let members = claim(&ledger, &adopted, &run(2)).await.expect("ours");
    assert_eq!(members, batch.members, "what the first run claimed and the rest");
    assert!(seal(&ledger, &batch.id, &members, &run(2)).await);

    let sealed = ledger.adopt_batch(&batch.id, &run(3)).await.expect("asked").expect("adopted");
    assert_eq!((sealed.fencing, sealed.state, sealed.members), (3, BatchState::Sealed, members));
    assert!(written(&ledger, &batch.id, &run(3)).await);
    assert_eq!(status(&ledger, 1).await, OrderStatus::Exported);
    assert_eq!(status(&ledger, 2).await, OrderStatus::Exported);
}

pub async fn a_zombie_cannot_claim(ledger: Given) {
    let a = recorded(&ledger, 1, "a").await;
    let batch = open(&ledger, &[&a], &run(1)).await;
    ledger.adopt_batch(&batch.id, &run(2)).await.expect("asked").expect("adopted");
    assert_eq!(claim(&ledger, &batch, &run(1)).await, None);
    assert_eq!(status(&ledger, 1).await, OrderStatus::Ready);
    assert_eq!(claim(&ledger, &batch, &run(2)).await, Some(vec![member(&a)]));
    assert_eq!(claim(&ledger, &batch, &run(1)).await, None, "nor does it learn what was claimed");
}

pub async fn a_zombie_cannot_seal(ledger: Given) {
    let first = recorded(&ledger, 1, "a").await;
    let batch = claimed(&ledger, &[&first], &run(1)).await;
    ledger.adopt_batch(&batch.id, &run(2)).await.expect("asked").expect("adopted");
    assert!(!seal(&ledger, &batch.id, &[], &run(1)).await);
    assert!(seal(&ledger, &batch.id, &batch.members, &run(2)).await);
    assert!(!seal(&ledger, &batch.id, &batch.members, &run(1)).await, "not even as it is");
    let sealed = ledger.batch(&batch.id).await.expect("read").expect("there");
    assert_eq!((sealed.fencing, sealed.members), (2, batch.members));
}

pub async fn a_zombie_cannot_record_its_file(ledger: Given) {
    let first = recorded(&ledger, 1, "a").await;
    let batch = claimed(&ledger, &[&first], &run(1)).await;
    assert!(seal(&ledger, &batch.id, &batch.members, &run(1)).await);
    ledger.adopt_batch(&batch.id, &run(2)).await.expect("asked").expect("adopted");
    assert!(!written(&ledger, &batch.id, &run(1)).await);
    assert_eq!(status(&ledger, 1).await, OrderStatus::Claimed);
    assert!(written(&ledger, &batch.id, &run(2)).await);
    assert!(!written(&ledger, &batch.id, &run(1)).await);
}

pub async fn only_open_and_sealed_batches_are_adopted(ledger: Given) {
    let batch = open(&ledger, &[], &run(5)).await;
    assert_eq!(ledger.adopt_batch(&batch.id, &run(4)).await.expect("asked"), None, "by an earlier run");
    assert!(seal(&ledger, &batch.id, &[], &run(5)).await);
    assert!(written(&ledger, &batch.id, &run(5)).await);
    assert_eq!(ledger.adopt_batch(&batch.id, &run(6)).await.expect("asked"), None, "it is written");
    let mut unknown = batch.id;
    unknown.number = 99;
    assert_eq!(ledger.adopt_batch(&unknown, &run(6)).await.expect("asked"), None);
}
