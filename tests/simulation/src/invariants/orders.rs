//! What must hold of orders, of the files for the ERP, and of what the ERP makes of them.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use passerelle_domain::{Digest, Order, OrderKey, OrderState, Revision};
use passerelle_erp::orders::OrderToWrite;
use passerelle_ledger::{Batch, BatchState, Member, OrderRecord, OrderStatus};
use passerelle_services::Objects;

use super::everything;
use crate::at_once;
use crate::orders::sums;
use crate::services::Services;

fn batches(services: &Services, state: BatchState) -> Vec<Batch> {
    at_once(services.memory.batches_in(state, everything())).expect("in memory")
}

fn written(services: &Services) -> Vec<Batch> {
    let mut written = batches(services, BatchState::Written);
    written.extend(batches(services, BatchState::Acknowledged));
    written
}

/// Every batch's file stands whole, and the ERP has read and acknowledged it.
pub fn files(services: &Services) {
    let (world, ledger, objects) = (&services.world, &services.memory, &services.objects.memory);
    for state in [BatchState::Open, BatchState::Sealed] {
        for batch in batches(services, state) {
            world.broken("every batch is written", batch.id, format!("it is {state}"));
        }
    }
    let layouts = services.terms.layouts(true);
    let mut recorded = BTreeSet::new();
    for batch in written(services) {
        let kept = |member: &Member, revision: &Revision| -> Option<Order> {
            at_once(ledger.order_revision(&member.key, revision)).expect("in memory")
        };
        let orders: Vec<(Order, Option<Order>)> = batch
            .members
            .iter()
            .filter_map(|member| {
                let previous = member.replaces.as_ref().and_then(|replaced| kept(member, replaced));
                Some((kept(member, &member.revision)?, previous))
            })
            .collect();
        let to_write: Vec<OrderToWrite<'_>> = orders
            .iter()
            .map(|(order, previous)| OrderToWrite { order, previous: previous.as_ref() })
            .collect();
        let key = batch.object_key.clone().unwrap_or_default();
        if key.is_empty() && orders.is_empty() {
            continue;
        }
        if services.terms.pace.acknowledges && batch.state != BatchState::Acknowledged {
            world.broken("the ERP has acknowledged every file", batch.id, format!("it is {}", batch.state));
        }
        let layout = orders.first().map(|(first, _)| layouts.of(&first.key.shop));
        let written = layout.and_then(|layout| layout.write(&batch.id, &to_write).ok());
        let expected = written.and_then(|written| written.files.into_iter().next());
        let expected = expected.map(|file| file.bytes).unwrap_or_default();
        let found = at_once(objects.get(&key, None, u64::MAX)).expect("in memory").map(|object| object.body);
        if found.as_ref() != Some(&expected) || batch.content != Some(Digest::of(&expected)) {
            world.broken("a file is what its sealed batch says", batch.id, key.clone());
        }
        recorded.insert(key);
    }
    let standing: BTreeSet<String> = objects.keys("orders/outbox/").into_iter().collect();
    if standing != recorded {
        let how = format!("{standing:?}, recorded {recorded:?}");
        world.broken("every file for the ERP is recorded", "outbox", how);
    }
    for key in services.erp.unread(objects) {
        world.broken("the ERP reads every file", key, "it did not");
    }
}

/// The last change of every order is with the ERP, once, or set aside for a person.
pub fn orders(services: &Services) {
    let (world, ledger) = (&services.world, &services.memory);
    let mut known = 0;
    for (key, standing) in services.shops.iter().flat_map(|shop| shop.orders()) {
        let Some(head) = at_once(ledger.order(&key)).expect("in memory") else {
            world.broken("every order is recorded", &key, "the ledger has none");
            continue;
        };
        if head.modified_at != standing.modified_at {
            let how = format!("{} in the shop, {} in the ledger", standing.modified_at, head.modified_at);
            world.broken("the last change of every order is recorded", &key, how);
        }
        known += usize::from(services.erp.held(&key).is_some());
        let expected = match &standing.content {
            Ok(order) => expected(services, &key, order),
            Err(_) => &[OrderStatus::Quarantined],
        };
        if !expected.contains(&head.status) {
            let held = services.erp.held(&key).map(|held| &held.revision);
            let how = format!("it is {}, the ERP has {held:?}, expected {expected:?}", head.status);
            world.broken("each order's last revision is with the ERP or set aside", &key, how);
        }
        if head.status == OrderStatus::Quarantined && head.rejection.is_none() {
            world.broken("what is set aside has a reason", &key, "there is none");
        }
        with_the_erp(services, &key, &head);
    }
    if known != services.erp.holds() {
        let how = format!("{} orders, {known} of them of the shops", services.erp.holds());
        world.broken("the ERP has no other orders than the shops", "the ERP", how);
    }
}

/// The states in which an order may end that stands so in its shop.
fn expected(services: &Services, key: &OrderKey, order: &Order) -> &'static [OrderStatus] {
    let layouts = services.terms.layouts(true);
    let layout = layouts.of(&key.shop);
    let Some(held) = services.erp.held(key) else {
        return match order.state {
            OrderState::Pending => &[OrderStatus::Waiting],
            OrderState::Cancelled => &[OrderStatus::Cancelled],
            // With the ERP, or the layout does not take it.
            OrderState::Confirmed if layout.check(order).is_ok() => &[],
            OrderState::Confirmed => &[OrderStatus::Quarantined],
        };
    };
    let previous = at_once(services.memory.order_revision(key, &held.revision)).expect("in memory");
    if previous.as_ref().is_some_and(|previous| layout.is_the_same_to_the_erp(previous, order)) {
        if held.sums != sums(order) {
            let how = format!("{:?}, expected {:?}", held.sums, sums(order));
            services.world.broken("the ERP's figures are the shop's", key, how);
        }
        return if services.terms.pace.acknowledges {
            &[OrderStatus::Accepted]
        } else {
            &[OrderStatus::Exported]
        };
    }
    let checked = layout.check(OrderToWrite { order, previous: previous.as_ref() });
    // Sent, or a change that the ERP does not take: then a person has to look.
    if checked.is_ok() { &[] } else { &[OrderStatus::Quarantined] }
}

/// What the ERP has by the ledger is what it has, and the shop has its last acknowledgement.
fn with_the_erp(services: &Services, key: &OrderKey, head: &OrderRecord) {
    let world = &services.world;
    let held = services.erp.held(key);
    let sent = head
        .exported
        .as_ref()
        .and_then(|(_, revision)| at_once(services.memory.order_revision(key, revision)).expect("in memory"));
    let (sent, has) = (sent.as_ref().map(sums), held.map(|held| &held.sums));
    if sent.as_ref() != has {
        let how = format!("{sent:?} by the ledger, it has {has:?}");
        world.broken("the ERP has what the ledger has as exported", key, how);
    }
    if !services.terms.pace.acknowledges {
        return;
    }
    let last = head.acknowledgement.as_ref().map(|kept| {
        let outcome = if kept.acknowledgement.accepted { "accepted" } else { "refused" };
        (outcome.to_owned(), kept.acknowledgement.erp_number.clone())
    });
    let known = services.shop_of(key).acknowledged(key);
    if known != last {
        world.broken("a shop has the last acknowledgement", key, format!("{known:?}, expected {last:?}"));
    }
    // Where the shop took a change back that the ERP had refused, that was the last acknowledgement.
    if let Some(held) = held
        && head.acknowledgement.as_ref().is_some_and(|kept| kept.acknowledgement.accepted)
        && known != Some(("accepted".into(), held.number.clone()))
    {
        world.broken("a shop has the ERP's number", key, format!("{known:?}, it is {}", held.number));
    }
}

/// In the calm, when no list lags: no hour in which the ERP was sent more orders than it takes.
pub fn pace(services: &Services) {
    let Some(most) = services.terms.pace.orders_per_hour else { return };
    let mut sent = Vec::new();
    for batch in written(services) {
        let at = batch.history.iter().find(|change| change.state == BatchState::Written.as_str());
        sent.extend(at.map(|change| (change.at, batch.members.len())));
    }
    let calm = services.world.calm_since();
    for (from, _) in sent.iter().filter(|(at, _)| Some(*at) >= calm) {
        let until = *from + SignedDuration::from_hours(1);
        let hour: usize =
            sent.iter().filter(|(at, _)| (*from..until).contains(at)).map(|(_, orders)| orders).sum();
        if hour > most {
            let how = format!("{hour} in the hour from {from}, at most {most}");
            services.world.broken("the ERP is sent no more orders an hour than it takes", "outbox", how);
        }
    }
}
