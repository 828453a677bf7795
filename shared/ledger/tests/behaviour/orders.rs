use passerelle_domain::{Money, OrderKey, OrderState, Rejection, Revision};
use passerelle_ledger::{OrderStatus, Recorded};

use crate::given::*;

pub async fn a_new_order_is_ready_and_reads_back(ledger: Given) {
    assert_eq!(ledger.order(&key(1)).await.expect("read"), None);
    let first = order(1, "sonner deux fois");
    assert_eq!(record(&ledger, &first, 10).await, Recorded::New);
    let head = head(&ledger, 1).await;
    assert_eq!(head.key, first.key);
    assert_eq!(head.status, OrderStatus::Ready);
    assert_eq!((head.revision.clone(), head.revisions), (first.revision(), 1));
    assert_eq!((head.modified_at, head.updated_at), (at(10), at(10)));
    assert_eq!((head.claimed, head.exported, head.rejection), (None, None, None));
    assert_eq!(head.raw_key, "raw/rungis/1/10.json");
    assert_eq!(head.total, Money::from_cents(12_345));
    let kept = ledger.order_revision(&key(1), &head.revision).await.expect("read");
    assert_eq!(kept, Some(first));
    let unknown = Revision::of(&"unknown");
    assert_eq!(ledger.order_revision(&key(1), &unknown).await.expect("read"), None);
    assert_eq!(ledger.order_revision(&key(2), &unknown).await.expect("read"), None);
}

pub async fn the_same_order_again_changes_nothing(ledger: Given) {
    record(&ledger, &order(1, "a"), 10).await;
    let before = head(&ledger, 1).await;
    assert_eq!(record(&ledger, &order(1, "a"), 10).await, Recorded::Unchanged);
    assert_eq!(head(&ledger, 1).await, before);
    assert_eq!(record(&ledger, &order(1, "a"), 20).await, Recorded::Unchanged);
    let after = head(&ledger, 1).await;
    assert_eq!(after.modified_at, at(20), "so that what is older counts as stale");
    assert_eq!((after.updated_at, after.revisions, after.raw_key), (at(10), 1, before.raw_key));
}

pub async fn an_older_state_of_an_order_is_stale(ledger: Given) {
    record(&ledger, &order(1, "new"), 20).await;
    let before = head(&ledger, 1).await;
    assert_eq!(record(&ledger, &order(1, "old"), 19).await, Recorded::Stale);
    assert_eq!(record(&ledger, &order(1, "new"), 19).await, Recorded::Stale);
    assert_eq!(head(&ledger, 1).await, before);
    assert_eq!(record(&ledger, &order(1, "same second"), 20).await, Recorded::Changed);
}

pub async fn a_changed_order_keeps_its_earlier_revisions(ledger: Given) {
    let (a, b) = (order(1, "a"), order(1, "b"));
    record(&ledger, &a, 10).await;
    assert_eq!(record(&ledger, &b, 20).await, Recorded::Changed);
    let changed = head(&ledger, 1).await;
    assert_eq!((changed.revision, changed.revisions), (b.revision(), 2));
    assert_eq!((changed.status, changed.updated_at), (OrderStatus::Ready, at(10)), "its state is as old");
    assert_eq!(changed.raw_key, "raw/rungis/1/20.json");
    assert_eq!(record(&ledger, &a, 30).await, Recorded::Changed, "back to the first content");
    assert_eq!(head(&ledger, 1).await.revisions, 3);
    for content in [a, b] {
        let kept = ledger.order_revision(&key(1), &content.revision()).await.expect("read");
        assert_eq!(kept, Some(content));
    }
}

pub async fn an_order_waits_until_it_is_a_sale(ledger: Given) {
    let mut pending = order(1, "");
    pending.state = OrderState::Pending;
    record(&ledger, &pending, 10).await;
    assert_eq!(status(&ledger, 1).await, OrderStatus::Waiting);
    record(&ledger, &order(1, ""), 20).await;
    let sale = head(&ledger, 1).await;
    assert_eq!((sale.status, sale.updated_at), (OrderStatus::Ready, at(20)));
}

pub async fn an_order_cancelled_before_export_is_not_exported(ledger: Given) {
    let mut cancelled = order(1, "");
    cancelled.state = OrderState::Cancelled;
    record(&ledger, &order(1, ""), 10).await;
    record(&ledger, &cancelled, 20).await;
    assert_eq!(status(&ledger, 1).await, OrderStatus::Cancelled);
    cancelled.key = key(2);
    record(&ledger, &cancelled, 20).await;
    assert_eq!(status(&ledger, 2).await, OrderStatus::Cancelled, "at first sight");
    record(&ledger, &order(1, "after all"), 30).await;
    assert_eq!(status(&ledger, 1).await, OrderStatus::Ready);
}

pub async fn an_unreadable_order_is_quarantined_until_it_can_be_read(ledger: Given) {
    let why = mismatch();
    assert_eq!(record_result(&ledger, &key(1), Err(&why), 10).await, Recorded::New);
    let aside = head(&ledger, 1).await;
    assert_eq!(aside.status, OrderStatus::Quarantined);
    assert_eq!((&aside.revision, &aside.rejection), (&Revision::of(&why), &Some(why.clone())));
    assert_eq!(aside.total, Money::ZERO);
    assert_eq!(ledger.order_revision(&key(1), &aside.revision).await.expect("read"), None);
    assert_eq!(record_result(&ledger, &key(1), Err(&why), 10).await, Recorded::Unchanged);
    let listed = ledger.orders_in(OrderStatus::Quarantined, passerelle_ledger::Window::all(9)).await;
    assert_eq!(listed.expect("listed")[0].rejection, Some(why));

    let released = ledger.release_order(&key(1), &aside.revision, at(15)).await.expect("asked");
    assert!(!released, "there is nothing to export");
    assert_eq!(record(&ledger, &order(1, ""), 20).await, Recorded::Changed);
    let fixed = head(&ledger, 1).await;
    assert_eq!((fixed.status, fixed.rejection, fixed.revisions), (OrderStatus::Ready, None, 2));
    assert_eq!(record_result(&ledger, &key(1), Err(&mismatch()), 30).await, Recorded::Changed);
    assert_eq!(status(&ledger, 1).await, OrderStatus::Quarantined);
}

pub async fn a_ready_order_can_be_set_aside_and_released(ledger: Given) {
    let first = order(1, "a");
    let why = Rejection::new("too_long", "delivery.name", "Bistrot…", "30 characters at most");
    let aside = async |revision: &Revision, why: &Rejection| {
        ledger.quarantine_order(&key(1), revision, why, at(20)).await.expect("asked")
    };
    assert!(!aside(&first.revision(), &why).await, "there is no such order");
    record(&ledger, &first, 10).await;
    assert!(!aside(&order(1, "b").revision(), &why).await, "another revision");
    assert!(aside(&first.revision(), &why).await);
    assert!(aside(&first.revision(), &why).await, "again");
    assert!(!aside(&first.revision(), &mismatch()).await, "it has its reason");
    let quarantined = head(&ledger, 1).await;
    assert_eq!((quarantined.status, quarantined.updated_at), (OrderStatus::Quarantined, at(20)));
    assert_eq!(quarantined.rejection, Some(why.clone()));
    assert_eq!(record(&ledger, &first, 25).await, Recorded::Unchanged);
    assert_eq!(status(&ledger, 1).await, OrderStatus::Quarantined, "nothing is fixed yet");

    let release = async |revision: &Revision| ledger.release_order(&key(1), revision, at(30)).await;
    assert!(!release(&order(1, "b").revision()).await.expect("asked"), "another revision");
    assert!(release(&first.revision()).await.expect("asked"));
    let released = head(&ledger, 1).await;
    assert_eq!((released.status, released.rejection), (OrderStatus::Ready, None));
    assert_eq!(released.updated_at, at(30));
    assert!(!release(&first.revision()).await.expect("asked"), "it is not set aside any more");

    assert!(aside(&first.revision(), &why).await);
    record(&ledger, &order(1, "shorter"), 40).await;
    let fixed = head(&ledger, 1).await;
    assert_eq!((fixed.status, fixed.rejection), (OrderStatus::Ready, None), "fixed in the shop");
}

pub async fn a_change_of_an_exported_order_is_an_amendment(ledger: Given) {
    let first = order(1, "a");
    let batch = send(&ledger, &first).await;
    let given = Some((batch, first.revision()));
    let exported = head(&ledger, 1).await;
    assert_eq!((exported.status, &exported.exported), (OrderStatus::Exported, &given));
    assert_eq!(record(&ledger, &first, 90).await, Recorded::Unchanged);
    assert_eq!(status(&ledger, 1).await, OrderStatus::Exported);

    for (state, modified) in
        [(OrderState::Confirmed, 100), (OrderState::Pending, 110), (OrderState::Cancelled, 120)]
    {
        let mut changed = order(1, "b");
        changed.state = state;
        assert_eq!(record(&ledger, &changed, modified).await, Recorded::Changed);
        let amendment = head(&ledger, 1).await;
        assert_eq!((amendment.status, &amendment.exported), (OrderStatus::Ready, &given), "{state:?}");
        assert_eq!(amendment.updated_at, at(100));
    }
}

pub async fn an_amendment_that_changes_back_is_exported_again(ledger: Given) {
    let first = recorded(&ledger, 1, "a").await;
    let given = Some((export(&ledger, &[&first], &run(1)).await, first.revision()));
    record(&ledger, &order(1, "b"), 100).await;
    record(&ledger, &first, 110).await;
    let back = head(&ledger, 1).await;
    assert_eq!((back.status, &back.exported), (OrderStatus::Exported, &given));
    assert_eq!((back.updated_at, back.revisions), (at(110), 3));

    record_result(&ledger, &key(1), Err(&mismatch()), 120).await;
    let aside = head(&ledger, 1).await;
    assert_eq!((aside.status, &aside.exported), (OrderStatus::Quarantined, &given));
    record(&ledger, &first, 130).await;
    let back = head(&ledger, 1).await;
    assert_eq!((back.status, back.rejection), (OrderStatus::Exported, None));
}

pub async fn a_claimed_order_stays_claimed_whatever_comes(ledger: Given) {
    let first = recorded(&ledger, 1, "a").await;
    let batch = claimed(&ledger, &[&first], &run(1)).await;
    let mut cancelled = order(1, "b");
    cancelled.state = OrderState::Cancelled;
    assert_eq!(record(&ledger, &cancelled, 61).await, Recorded::Changed);
    assert_eq!(record_result(&ledger, &key(1), Err(&mismatch()), 62).await, Recorded::Changed);
    let head = head(&ledger, 1).await;
    assert_eq!(head.status, OrderStatus::Claimed);
    assert_eq!(head.claimed, Some((batch.id, first.revision())));
    assert_eq!((head.revision, head.updated_at), (Revision::of(&mismatch()), at(60)));
    let aside = ledger.quarantine_order(&key(1), &first.revision(), &mismatch(), at(63)).await;
    assert!(!aside.expect("asked"));
}

pub async fn orders_of_two_shops_with_the_same_id_are_two(ledger: Given) {
    let here = order(1, "here");
    let mut there = order(1, "there");
    there.key = OrderKey { shop: shop_named("lyon"), ..there.key };
    assert_eq!(record(&ledger, &here, 10).await, Recorded::New);
    assert_eq!(record(&ledger, &there, 5).await, Recorded::New);
    assert_eq!(head(&ledger, 1).await.revision, here.revision());
}

pub async fn an_order_remembers_its_revisions_and_its_states(ledger: Given) {
    let (first, second) = (order(1, "a"), order(1, "b"));
    let batch = send(&ledger, &first).await.to_string();
    record_result(&ledger, &key(1), Err(&mismatch()), 90).await;
    record(&ledger, &second, 95).await;
    let expected = changes(&[
        ("ready", 10, ""),
        ("claimed", 60, &batch),
        ("exported", 80, &batch),
        ("quarantined", 90, "totals_mismatch"),
        ("ready", 95, ""),
    ]);
    assert_eq!(head(&ledger, 1).await.history, expected);
    let revisions = ledger.order_revisions(&key(1)).await.expect("read");
    let kept: Vec<_> = revisions.iter().map(|kept| (kept.number, kept.recorded_at, &kept.content)).collect();
    assert_eq!(kept, [(1, at(10), &Some(first)), (2, at(90), &None), (3, at(95), &Some(second))]);
    assert_eq!(revisions[1].rejection, Some(mismatch()));
    assert_eq!(revisions[2].raw_key, "raw/rungis/1/95.json");
    let batch = ledger.batch(&batch.parse().expect("a batch")).await.expect("read").expect("there");
    let expected = changes(&[("open", 50, ""), ("sealed", 70, ""), ("written", 80, file().0)]);
    assert_eq!(batch.history, expected);
    assert_eq!(ledger.order_revisions(&key(2)).await.expect("read"), []);
}

pub async fn a_change_that_is_none_for_the_erp_is_not_sent(ledger: Given) {
    let (sent, same) = (order(1, "a"), order(1, "b"));
    let batch = send(&ledger, &sent).await;
    record(&ledger, &same, 100).await;
    assert_eq!(status(&ledger, 1).await, OrderStatus::Ready);
    assert!(!ledger.nothing_to_send(&key(1), &sent.revision(), at(110)).await.expect("asked"), "moved on");
    for second in [120, 130] {
        assert!(ledger.nothing_to_send(&key(1), &same.revision(), at(second)).await.expect("noted"));
        let head = head(&ledger, 1).await;
        assert_eq!((head.status, head.updated_at), (OrderStatus::Exported, at(120)));
        assert_eq!(head.exported, Some((batch, same.revision())), "the next change is one of this");
    }
    record(&ledger, &order(2, "a"), 10).await;
    let never = ledger.nothing_to_send(&key(2), &order(2, "a").revision(), at(140)).await;
    assert!(!never.expect("asked"), "the ERP has nothing of it");
}

pub async fn an_order_that_no_item_can_hold_is_set_aside_without_its_content(ledger: Given) {
    let large = order(1, &huge());
    assert_eq!(record(&ledger, &large, 10).await, Recorded::New);
    let aside = head(&ledger, 1).await;
    let rejection = aside.rejection.clone().expect("why");
    assert_eq!((aside.status, rejection.code.as_str()), (OrderStatus::Quarantined, "too_large"));
    assert_eq!(rejection.field, "order");
    assert!(
        rejection.value.ends_with(" bytes compressed") && rejection.rule.contains("400000"),
        "{rejection}"
    );
    assert_eq!(aside.raw_key, "raw/rungis/1/10.json", "where all of it is kept");
    assert_eq!(ledger.order_revision(&key(1), &aside.revision).await.expect("read"), None);
    assert_eq!(
        record(&ledger, &large, 20).await,
        Recorded::Unchanged,
        "the same order is the same rejection"
    );
    assert_eq!(record(&ledger, &order(1, "shorter"), 30).await, Recorded::Changed);
    assert_eq!(head(&ledger, 1).await.status, OrderStatus::Ready);
}
