//! What must hold of invoices and of dropped files.

use std::collections::{BTreeMap, BTreeSet};

use passerelle_domain::{Digest, InvoiceNumber};
use passerelle_ledger::{DropId, DropOutcome, DropState, InvoiceState};
use passerelle_services::Objects;

use super::everything;
use crate::at_once;
use crate::scenario::{Content, Dropped};
use crate::services::{RENDERER, Services};
use crate::till::Written;

/// Each good invoice is registered, rendered and published once.
pub fn invoices(services: &Services, dropped: &[Dropped]) {
    let (world, ledger, objects) = (&services.world, &services.memory, &services.objects.memory);
    let mut contents: BTreeMap<&str, BTreeSet<i64>> = BTreeMap::new();
    let all = dropped.iter().filter_map(|drop| match &drop.content {
        Content::Invoices(invoices) => invoices.as_ref(),
        Content::Acknowledgements(_) => None,
    });
    for Written { number, net, .. } in all.flatten().filter(|invoice| !invoice.bad) {
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
        let digest = Digest::of(&pdf);
        let Some((key, content)) = &record.pdf else {
            world.broken("every good invoice has its PDF", &number, format!("it is {}", record.state));
            continue;
        };
        let found = at_once(objects.get(key, None, u64::MAX)).expect("in memory").map(|object| object.body);
        if found.as_ref() != Some(&pdf) || *content != digest {
            world.broken("a PDF is the same as on a calm day", &number, key.clone());
        }
        pdfs.insert(key.clone());
        let has_account =
            services.shops.iter().any(|shop| shop.has_account(record.invoice.buyer.code.as_str()));
        let expected = if has_account { InvoiceState::Published } else { InvoiceState::Unpublishable };
        if record.state != expected {
            let how = format!("it is {}", record.state);
            world.broken("every invoice with an account is published", &number, how);
        }
        if has_account {
            published.insert(number.clone(), digest);
        }
        let conflicts = at_once(ledger.invoice_conflicts(&number)).expect("in memory");
        let mut kept: BTreeSet<i64> = conflicts.iter().map(|invoice| invoice.totals.net.cents()).collect();
        if conflicts.len() + 1 != nets.len()
            || !kept.insert(record.invoice.totals.net.cents())
            || kept != *nets
        {
            let how = format!("{nets:?}, kept {kept:?}");
            world.broken("a conflict is kept aside and changes nothing", &number, how);
        }
    }
    let registered: BTreeSet<String> = InvoiceState::ALL
        .iter()
        .flat_map(|state| at_once(ledger.invoices_in(*state, everything())).expect("in memory"))
        .map(|invoice| invoice.number.to_string())
        .collect();
    let good: BTreeSet<String> = contents.keys().map(|number| (*number).to_owned()).collect();
    if registered != good {
        let how = format!("{registered:?}, good {good:?}");
        world.broken("only good invoices are registered", "invoices", how);
    }
    let standing: BTreeSet<String> = objects.keys("invoices/pdf/").into_iter().collect();
    if standing != pdfs {
        world.broken("each invoice has exactly one PDF", "PDFs", format!("{standing:?}, recorded {pdfs:?}"));
    }
    let in_accounts: Vec<_> = services.shops.iter().flat_map(|shop| shop.published()).collect();
    if in_accounts.len() != published.len()
        || in_accounts.into_iter().collect::<BTreeMap<_, _>>() != published
    {
        world.broken("each invoice is published exactly once", "accounts", format!("expected {published:?}"));
    }
}

/// Each file is accounted for.
pub fn drops(services: &Services, dropped: &[Dropped]) {
    let (world, ledger, objects) = (&services.world, &services.memory, &services.objects.memory);
    let mut rejects = BTreeSet::new();
    for Dropped { key, version, content, .. } in dropped {
        let id = DropId { key: key.clone(), version: version.clone() };
        let record = at_once(ledger.drop_record(&id)).expect("in memory");
        let outcome = record.and_then(|record| record.outcome);
        match (outcome, content) {
            (
                Some(DropOutcome::Rejected { rejects_key, .. }),
                Content::Invoices(None) | Content::Acknowledgements(None),
            ) => rejects.extend(rejects_key),
            (
                Some(DropOutcome::Acknowledgements { orders, unknown, rejects_key, .. }),
                Content::Acknowledgements(Some(rows)),
            ) => {
                if (orders, unknown) != *rows {
                    let how = format!("{orders} rows, {unknown} unknown, expected {rows:?}");
                    world.broken("each acknowledgement is accounted for", &id, how);
                }
                rejects.extend(rejects_key);
            }
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
                Content::Invoices(Some(invoices)),
            ) => {
                let bad = invoices.iter().filter(|invoice| invoice.bad);
                let accounted = new + same + conflicts + rejected;
                if count as usize != invoices.len() || accounted != count || rejected as usize != bad.count()
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
                        let how = format!("{} {times} times", invoice.number);
                        world.broken("a bad row is in exactly one rejects file", &id, how);
                    }
                }
                rejects.extend(rejects_key);
            }
            (outcome, _) => world.broken("every file has its outcome", &id, format!("{outcome:?}")),
        }
    }
    let set_aside = ["invoices/rejected/", "orders/rejected/"].map(|folder| objects.keys(folder));
    for key in set_aside.into_iter().flatten() {
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
