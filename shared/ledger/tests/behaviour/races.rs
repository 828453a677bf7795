use std::collections::BTreeSet;

use futures::future::join_all;
use passerelle_domain::Order;
use passerelle_ledger::{BatchState, InvoiceState, OrderStatus, Recorded, Registered, Window};

use crate::given::*;

/// Lets sixteen do something at the same time, each on a task of its own.
async fn sixteen<T: Send + 'static, F>(ledger: &Given, act: impl Fn(i64, Given) -> F) -> Vec<T>
where
    F: Future<Output = T> + Send + 'static,
{
    let tasks: Vec<_> = (0..16).map(|n| tokio::spawn(act(n, ledger.clone()))).collect();
    join_all(tasks).await.into_iter().map(|joined| joined.expect("no panic")).collect()
}

fn count<T: PartialEq>(all: &[T], one: &T) -> usize {
    all.iter().filter(|other| *other == one).count()
}

pub async fn sixteen_register_an_invoice_and_one_was_first(ledger: Given) {
    let outcomes = sixteen(&ledger, async |_, ledger: Given| {
        ledger.register_invoice(&invoice(1, ""), &drop_of("v1"), at(10)).await.expect("registered")
    })
    .await;
    assert_eq!(count(&outcomes, &Registered::New), 1);
    assert_eq!(count(&outcomes, &Registered::Same(InvoiceState::Registered)), 15);
}

pub async fn sixteen_record_an_order_and_one_was_first(ledger: Given) {
    let outcomes = sixteen(&ledger, async |_, ledger: Given| record(&ledger, &order(1, "a"), 10).await).await;
    assert_eq!(count(&outcomes, &Recorded::New), 1);
    assert_eq!(count(&outcomes, &Recorded::Unchanged), 15);
    assert_eq!(head(&ledger, 1).await.revisions, 1);
}

pub async fn sixteen_changes_of_an_order_are_distinguished(ledger: Given) {
    let outcomes =
        sixteen(&ledger, async |n, ledger: Given| record(&ledger, &order(1, &n.to_string()), n).await).await;
    assert_eq!(count(&outcomes, &Recorded::New), 1);
    let stale = count(&outcomes, &Recorded::Stale);
    assert_eq!(count(&outcomes, &Recorded::Changed), 15 - stale);
    let head = head(&ledger, 1).await;
    assert_eq!((head.revision, head.modified_at), (order(1, "15").revision(), at(15)), "the latest stands");
    assert_eq!(usize::try_from(head.revisions).expect("few"), 16 - stale);
}

pub async fn sixteen_take_a_lease_and_one_has_it(ledger: Given) {
    let outcomes = sixteen(&ledger, async |n, ledger: Given| {
        ledger.acquire_lease("export-orders", &format!("run-{n}"), at(0), at(60)).await.expect("asked")
    })
    .await;
    let taken: Vec<_> = outcomes.into_iter().flatten().collect();
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0].fencing, 1);
}

pub async fn sixteen_open_batches_and_all_numbers_differ(ledger: Given) {
    let numbers =
        sixteen(&ledger, async |_, ledger: Given| open(&ledger, &[], &run(1)).await.id.number).await;
    assert_eq!(numbers.into_iter().collect::<BTreeSet<_>>(), (1..=16).collect());
}

async fn recorded_orders(ledger: &Given, count: usize) -> Vec<Order> {
    let orders: Vec<Order> = (0..count).map(|id| order(id, "")).collect();
    join_all(orders.iter().map(|order| record(ledger, order, 10))).await;
    orders
}

pub async fn two_runs_claim_the_same_orders_and_each_is_in_one_batch(ledger: Given) {
    let orders = recorded_orders(&ledger, 210).await;
    let mut planned: Vec<&Order> = orders.iter().collect();
    let first = open(&ledger, &planned, &run(1)).await;
    planned.reverse();
    let second = open(&ledger, &planned, &run(2)).await;
    let claims = [(first, run(1)), (second, run(2))].map(|(batch, lease)| {
        let ledger = ledger.clone();
        tokio::spawn(async move { (batch.id, claim(&ledger, &batch, &lease).await.expect("ours")) })
    });
    let mut held = BTreeSet::new();
    for joined in join_all(claims).await {
        let (batch, members) = joined.expect("no panic");
        for member in members {
            let head = head(&ledger, &member.key.id).await;
            assert_eq!(head.claimed, Some((batch, member.revision)));
            assert!(held.insert(member.key), "in one batch only");
        }
    }
    assert_eq!(held.len(), 210, "and none is left out");
}

pub async fn a_batch_is_adopted_while_its_zombie_claims(ledger: Given) {
    let orders = recorded_orders(&ledger, 210).await;
    let batch = open(&ledger, &orders.iter().collect::<Vec<_>>(), &run(1)).await;
    let zombie = tokio::spawn({
        let (ledger, batch) = (ledger.clone(), batch.clone());
        async move { claim(&ledger, &batch, &run(1)).await }
    });
    let adopted = ledger.adopt_batch(&batch.id, &run(2)).await.expect("asked").expect("adopted");
    let members = claim(&ledger, &adopted, &run(2)).await.expect("ours");
    let claimed = zombie.await.expect("no panic");
    assert!(claimed.is_none_or(|claimed| claimed == batch.members), "all or nothing");
    assert_eq!(members, batch.members);
    assert!(!seal(&ledger, &batch.id, &[], &run(1)).await);
    assert!(seal(&ledger, &batch.id, &members, &run(2)).await);
}

pub async fn orders_change_while_their_batch_is_written(ledger: Given) {
    let orders = recorded_orders(&ledger, 16).await;
    let batch = claimed(&ledger, &orders.iter().collect::<Vec<_>>(), &run(1)).await;
    assert!(seal(&ledger, &batch.id, &batch.members, &run(1)).await);
    let double = |ledger: Given| tokio::spawn(async move { written(&ledger, &batch.id, &run(1)).await });
    let writing = [double(ledger.clone()), double(ledger.clone())];
    sixteen(&ledger, async |n, ledger: Given| record(&ledger, &order(n, "changed"), 85).await).await;
    for done in join_all(writing).await {
        assert!(done.expect("no panic"), "a double of our own does no harm");
    }
    let ready = ledger.orders_in(OrderStatus::Ready, Window::all(99)).await.expect("listed");
    assert_eq!(ready.len(), 16, "whether a change came before or after, it is an amendment");
    for order in orders {
        let head = head(&ledger, &order.key.id).await;
        assert_eq!(head.exported, Some((batch.id, order.revision())));
    }
    let written = ledger.batches_in(BatchState::Written, Window::all(9)).await.expect("listed");
    assert_eq!(written.len(), 1);
}
