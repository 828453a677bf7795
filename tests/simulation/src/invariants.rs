//! What must hold once everything has settled.

use std::collections::{BTreeMap, BTreeSet};

use passerelle_domain::{InvoiceNumber, Order, OrderKey, OrderState, Revision};
use passerelle_erp::orders::OrderToWrite;
use passerelle_ledger::{
    BatchState, DropId, DropOutcome, DropState, InvoiceState, Ledger, Member, OrderStatus, Window,
};
use passerelle_platform::{Clock, Objects};

use crate::at_once;
use crate::scenario::Dropped;
use crate::services::{ORDERS, QUEUED, RENDERER, Services};
use crate::till::Written;

/// Checks everything; the first that does not hold is recorded.
pub fn check(services: &Services, dropped: &[Dropped]) {
    for job in QUEUED {
        for body in services.queue(job).left() {
            services.world.broken("no message is left", &body, format!("for {job:?}"));
        }
    }
    let exported = files(services);
    orders(services, &exported);
    invoices(services, dropped);
    drops(services, dropped);
    nothing_left_to_do(services);
}

fn everything() -> Window {
    Window::all(usize::MAX)
}

/// Every batch's file stands whole; answers which revision of which order went out.
fn files(services: &Services) -> BTreeMap<OrderKey, Vec<Revision>> {
    let (world, ledger, objects) = (&services.world, &services.ledger.memory, &services.objects.memory);
    for state in [BatchState::Open, BatchState::Sealed] {
        for batch in at_once(ledger.batches_in(state, everything())).expect("in memory") {
            world.broken("every batch is written", batch.id, format!("it is {state}"));
        }
    }
    let mut exported: BTreeMap<OrderKey, Vec<Revision>> = BTreeMap::new();
    let mut recorded = BTreeSet::new();
    for batch in at_once(ledger.batches_in(BatchState::Written, everything())).expect("in memory") {
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
        for member in &batch.members {
            exported.entry(member.key.clone()).or_default().push(member.revision.clone());
        }
        let key = batch.object_key.clone().unwrap_or_default();
        if key.is_empty() && orders.is_empty() {
            continue;
        }
        let written = ORDERS.write(&batch.id, &to_write);
        let expected = written.map(|written| written.files.into_iter().next()).ok().flatten();
        let expected = expected.map(|file| file.bytes).unwrap_or_default();
        let found = at_once(objects.get(&key, None, u64::MAX)).expect("in memory").map(|object| object.body);
        if found.as_ref() != Some(&expected) || batch.content != Some(Revision::of_bytes(&expected)) {
            world.broken("a file is what its sealed batch says", batch.id, key.clone());
        }
        recorded.insert(key);
    }
    let standing: BTreeSet<String> = objects.keys("orders/outbox/").into_iter().collect();
    if standing != recorded {
        world.broken(
            "every file for the ERP is recorded",
            "outbox",
            format!("{standing:?}, recorded {recorded:?}"),
        );
    }
    exported
}

fn orders(services: &Services, exported: &BTreeMap<OrderKey, Vec<Revision>>) {
    let (world, ledger) = (&services.world, &services.ledger.memory);
    for (key, revisions) in exported {
        if revisions.len() > 1 {
            world.broken("an order is in exactly one file", key, format!("{revisions:?}"));
        }
    }
    for (key, standing) in services.shop.orders() {
        let Some(head) = at_once(ledger.order(&key)).expect("in memory") else {
            world.broken("every order is recorded", &key, "the ledger has none");
            continue;
        };
        if head.modified_at != standing.modified_at {
            let how = format!("{} in the shop, {} in the ledger", standing.modified_at, head.modified_at);
            world.broken("the last change of every order is recorded", &key, how);
        }
        let went_out = exported.get(&key).map(|revisions| &revisions[0]);
        let allowed: &[OrderStatus] = match (&standing.content, went_out) {
            (Ok(order), Some(revision)) if order.revision() == *revision => &[OrderStatus::Exported],
            // The layout takes no changes: a person has to look.
            (_, Some(_)) | (Err(_), None) => &[OrderStatus::Quarantined],
            (Ok(order), None) => match order.state {
                OrderState::Pending => &[OrderStatus::Waiting],
                OrderState::Cancelled => &[OrderStatus::Cancelled],
                // Exported, or the layout does not take it.
                OrderState::Confirmed if ORDERS.check(order).is_ok() => &[],
                OrderState::Confirmed => &[OrderStatus::Quarantined],
            },
        };
        if !allowed.contains(&head.status) {
            let how = format!("it is {}, went out as {went_out:?}, expected {allowed:?}", head.status);
            world.broken("each order's last revision is in one file or set aside", &key, how);
        }
        if head.status == OrderStatus::Quarantined && head.rejection.is_none() {
            world.broken("what is set aside has a reason", &key, "there is none");
        }
    }
}

fn invoices(services: &Services, dropped: &[Dropped]) {
    let (world, ledger, objects) = (&services.world, &services.ledger.memory, &services.objects.memory);
    let mut contents: BTreeMap<&str, BTreeSet<i64>> = BTreeMap::new();
    let all = || dropped.iter().filter_map(|drop| drop.invoices.as_ref()).flatten();
    for Written { number, net, .. } in all().filter(|invoice| !invoice.bad) {
        contents.entry(number).or_default().insert(*net);
    }
    let mut pdfs = BTreeSet::new();
    let mut published = BTreeMap::new();
    for (number, nets) in &contents {
        let number = InvoiceNumber::new(*number).expect("a number");
        let Some(record) = at_once(ledger.invoice(&number)).expect("in memory") else {
            world.broken("every good invoice is registered", &number, "the ledger has none");
            continue;
        };
        let pdf = RENDERER.render(&record.invoice).expect("a PDF");
        let hash = Revision::of_bytes(&pdf);
        let Some((key, content)) = &record.pdf else {
            world.broken("every good invoice has its PDF", &number, format!("it is {}", record.state));
            continue;
        };
        let found = at_once(objects.get(key, None, u64::MAX)).expect("in memory").map(|object| object.body);
        if found.as_ref() != Some(&pdf) || *content != hash {
            world.broken("a PDF is the same as on a calm day", &number, key.clone());
        }
        pdfs.insert(key.clone());
        let has_account = services.shop.has_account(record.invoice.buyer.code.as_str());
        let expected = if has_account { InvoiceState::Published } else { InvoiceState::Unpublishable };
        if record.state != expected {
            world.broken(
                "every invoice with an account is published",
                &number,
                format!("it is {}", record.state),
            );
        }
        if has_account {
            published.insert(number.clone(), hash);
        }
        let conflicts = at_once(ledger.invoice_conflicts(&number)).expect("in memory");
        let mut kept: BTreeSet<i64> = conflicts.iter().map(|invoice| invoice.totals.net.cents()).collect();
        if conflicts.len() + 1 != nets.len()
            || !kept.insert(record.invoice.totals.net.cents())
            || kept != *nets
        {
            world.broken(
                "a conflict is kept aside and changes nothing",
                &number,
                format!("{nets:?}, kept {kept:?}"),
            );
        }
    }
    let registered: BTreeSet<String> = InvoiceState::ALL
        .iter()
        .flat_map(|state| at_once(ledger.invoices_in(*state, everything())).expect("in memory"))
        .map(|invoice| invoice.number.to_string())
        .collect();
    let good: BTreeSet<String> = contents.keys().map(|number| (*number).to_owned()).collect();
    if registered != good {
        world.broken(
            "only good invoices are registered",
            "invoices",
            format!("{registered:?}, good {good:?}"),
        );
    }
    let standing: BTreeSet<String> = objects.keys("invoices/pdf/").into_iter().collect();
    if standing != pdfs {
        world.broken("each invoice has exactly one PDF", "PDFs", format!("{standing:?}, recorded {pdfs:?}"));
    }
    if services.shop.published() != published {
        world.broken(
            "each invoice is published exactly once",
            "accounts",
            format!("{:?}", services.shop.published()),
        );
    }
}

fn drops(services: &Services, dropped: &[Dropped]) {
    let (world, ledger, objects) = (&services.world, &services.ledger.memory, &services.objects.memory);
    let mut rejects = BTreeSet::new();
    for Dropped { key, version, invoices } in dropped {
        let id = DropId { key: key.clone(), version: version.clone() };
        let record = at_once(ledger.drop_record(&id)).expect("in memory");
        let outcome = record.and_then(|record| record.outcome);
        let bad = invoices.iter().flatten().filter(|invoice| invoice.bad);
        match (outcome, invoices) {
            (Some(DropOutcome::Rejected { rejects_key, .. }), None) => rejects.extend(rejects_key),
            (
                Some(DropOutcome::Accepted {
                    invoices: count,
                    new,
                    same,
                    conflicts,
                    rejected,
                    rejects_key,
                    ..
                }),
                Some(invoices),
            ) => {
                let accounted = new + same + conflicts + rejected;
                if count as usize != invoices.len()
                    || accounted != count
                    || rejected as usize != bad.clone().count()
                {
                    let how = format!("{count} of {}: {new} {same} {conflicts} {rejected}", invoices.len());
                    world.broken("in = done + set aside", &id, how);
                }
                let text = rejects_key.as_ref().and_then(|key| {
                    at_once(objects.get(key, None, u64::MAX)).expect("in memory").map(|object| object.body)
                });
                let text = String::from_utf8_lossy(&text.unwrap_or_default()).into_owned();
                for invoice in invoices {
                    let times =
                        text.lines().filter(|row| row.starts_with(&format!("{};", invoice.number))).count();
                    if times != usize::from(invoice.bad) {
                        world.broken(
                            "a bad row is in exactly one rejects file",
                            &id,
                            format!("{} {times} times", invoice.number),
                        );
                    }
                }
                rejects.extend(rejects_key);
            }
            (outcome, _) => world.broken("every file has its outcome", &id, format!("{outcome:?}")),
        }
    }
    for key in objects.keys("invoices/rejected/") {
        // A file that was refused whole lies beside its reason.
        if !rejects.contains(&key) && !rejects.contains(&key.replace(".csv", ".txt")) {
            world.broken("a rejects file belongs to a drop", &key, "no drop names it");
        }
    }
    let open = at_once(ledger.drops_in(DropState::Checking, everything())).expect("in memory");
    for drop in open {
        world.broken("every file is read to its end", &drop.id, "it is still being read");
    }
}

/// `reconcile` once more, on services without faults.
fn nothing_left_to_do(services: &Services) {
    let deadline = services.world.now() + jiff::SignedDuration::from_secs(300);
    let run = passerelle_platform::ScheduledRun {
        scheduled_time: services.world.now(),
        owner: "the last".into(),
        deadline: passerelle_platform::Deadline::at(deadline),
    };
    let queue = passerelle_platform::MemoryQueue::default();
    let deps = reconcile::Deps {
        ingest_queue: std::sync::Arc::new(queue.clone()),
        acks_queue: std::sync::Arc::new(queue.clone()),
        answer_within: None,
        render_queue: std::sync::Arc::new(queue.clone()),
        publish_queue: std::sync::Arc::new(queue.clone()),
        heartbeats: vec![],
        sources: vec![],
        compared_days: 0,
        ledger: std::sync::Arc::new(services.ledger.memory.clone()),
        objects: std::sync::Arc::new(services.objects.memory.clone()),
        clock: std::sync::Arc::new(services.world.clone()),
        metrics: passerelle_platform::Metrics::silent(),
    };
    let report = at_once(reconcile::handle(deps, run)).expect("in memory");
    if report.announced_again > 0 || !queue.take().is_empty() || !report.gaps.is_empty() {
        services.world.broken(
            "reconcile finds nothing left to do",
            "reconcile",
            format!("{:?}", report.gaps),
        );
    }
}
