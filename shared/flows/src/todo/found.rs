//! Conflicts, orders and customers.

use std::collections::BTreeMap;

use jiff::Timestamp;
use passerelle_domain::{CustomerCode, Result};
use passerelle_ledger::{InvoiceState, InvoiceSummary, Ledger, OrderStatus, OrderSummary, Window};

use super::{Kind, MAX_NAMES, Waiting};
use crate::quoted;

/// How many of one state are listed.
pub(super) const MAX_LISTED: usize = 100_000;

/// Contents that were kept aside under a registered invoice's number.
pub(super) async fn conflicts(ledger: &Ledger) -> Result<Vec<Waiting>> {
    let conflicts = ledger.conflicts(Window::all(MAX_LISTED)).await?;
    let waiting = conflicts.into_iter().map(|conflict| {
        let number = &conflict.number;
        let key = format!("{number}\n{}", conflict.revision);
        let waiting = Waiting::new(Kind::InvoiceConflicts, &key, number, conflict.recorded_at);
        Waiting {
            why: format!("other content, {}", conflict.revision),
            settle: "correct it in the ERP with a credit note and a new number, then".to_owned(),
            command: format!("passerelle todo done {} --why …", waiting.id),
            file: Some(conflict.drop.to_string()),
            ..waiting
        }
    });
    Ok(waiting.collect())
}

/// Orders that are set aside, and those that the ERP refused.
pub(super) async fn orders(ledger: &Ledger) -> Result<Vec<Waiting>> {
    let mut found = Vec::new();
    let states =
        [(OrderStatus::Quarantined, Kind::OrdersQuarantined), (OrderStatus::Rejected, Kind::OrdersRefused)];
    for (status, kind) in states {
        let orders = ledger.orders_in(status, Window::all(MAX_LISTED)).await?;
        found.extend(orders.iter().map(|order| aside(kind, order)));
    }
    Ok(found)
}

fn aside(kind: Kind, order: &OrderSummary) -> Waiting {
    let why = match (&order.rejection, kind) {
        // Its rule is the ERP's reason.
        (Some(rejection), Kind::OrdersRefused) => rejection.rule.clone(),
        (Some(rejection), _) => format!("{}: {}", rejection.code, rejection.field),
        (None, _) => String::new(),
    };
    let name = quoted(&order.key.to_string());
    Waiting {
        why,
        settle: format!("look at it (passerelle quarantine show {name}), correct the cause, then"),
        command: format!("passerelle quarantine replay {name}"),
        ..Waiting::new(kind, &format!("{}\n{}", order.key, order.revision), &order.key, order.updated_at)
    }
}

/// Customers whose invoices have no account to go to.
pub(super) async fn customers(ledger: &Ledger, from: Timestamp) -> Result<Vec<Waiting>> {
    let window = Window { from, ..Window::all(MAX_LISTED) };
    let mut customers: BTreeMap<CustomerCode, Vec<InvoiceSummary>> = BTreeMap::new();
    for invoice in ledger.invoices_in(InvoiceState::Unpublishable, window).await? {
        customers.entry(invoice.customer.clone()).or_default().push(invoice);
    }
    let waiting = customers.into_iter().map(|(code, invoices)| {
        let first = &invoices[0];
        let subject = [code.as_str(), &first.customer_name].join(" ");
        Waiting {
            count: invoices.len() as u64,
            names: invoices.iter().map(|invoice| invoice.number.to_string()).take(MAX_NAMES).collect(),
            settle: "create the customer's account in the shop, then".to_owned(),
            command: format!("passerelle republish --customer {}", quoted(code.as_str())),
            ..Waiting::new(Kind::CustomersWithoutAccount, code.as_str(), subject.trim_end(), first.updated_at)
        }
    });
    Ok(waiting.collect())
}
