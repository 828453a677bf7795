//! All that a layout makes of one order, and what keeps it out of a file: a dry run.

use passerelle_domain::{BatchId, Money, Rejection};

use super::batch::OrderToWrite;
use super::explain::{self, Explained};
use super::{files, rows};
use crate::orders::model::{Charges, FileFacts, Layout, Payments, Policy, Promotions};
use crate::orders::records::{ErpOrder, LineKind, Repair};

/// What a layout makes of one order, alone in its file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    /// What the ERP is to do: `new`, `replace`, `change` or `cancel`. Empty where it cannot be expressed.
    pub action: &'static str,
    /// Each value of each record, also where some do not fit. None where a change cannot be expressed.
    pub values: Vec<Explained>,
    /// What the policies make of the order's money.
    pub amounts: Vec<Amount>,
    /// What is repaired, each once.
    pub repairs: Vec<Repair>,
    /// Every rule that is broken: with one, the order is quarantined.
    pub faults: Vec<Rejection>,
    /// The names of the files and their texts, the main one first. None where a rule is broken.
    pub files: Vec<(String, String)>,
}

/// An amount that the ERP is sent, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amount {
    /// What it is: `promotions`, `delivery`, `payments`, `total` …
    pub what: &'static str,
    /// How much. Without VAT, but for payments and totals.
    pub amount: Money,
    /// How the ERP is sent it, by the layout's policy.
    pub how: String,
}

pub(crate) fn of(layout: &Layout, batch: &BatchId, write: OrderToWrite<'_>) -> Preview {
    let mut preview = Preview::default();
    if let Ok(erp) = rows::seen_by_erp(layout, write) {
        preview.action = erp.action.word();
        preview.amounts = amounts(&erp, &layout.policy);
        preview.values = explain::records(layout, batch, write, &erp);
        preview.repairs = erp.notes.clone().repairs(write.order);
    }
    if let Ok(rows) = rows::rows(layout, batch, write) {
        let mut facts = FileFacts::default();
        files::count(&mut facts, &rows);
        facts.customers = usize::from(rows.customer.is_some());
        // The trailer counts itself.
        facts.records += facts.customers + 1;
        preview.values.extend(explain::trailer(layout, batch, write, &facts));
    }
    for repair in preview.values.iter().flat_map(|value| &value.repairs) {
        if !preview.repairs.contains(repair) {
            preview.repairs.push(repair.clone());
        }
    }
    match files::texts(layout, batch, &[write]) {
        Ok((files, _)) => preview.files = files,
        Err(faults) => preview.faults = faults.into_iter().map(|(_, fault)| fault).collect(),
    }
    preview
}

fn amounts(erp: &ErpOrder<'_>, policy: &Policy) -> Vec<Amount> {
    let order = erp.order;
    let lines = |kind| erp.lines.iter().filter(|line| line.kind == kind).count();
    let mut amounts = Vec::new();
    let mut say = |what, amount, how| amounts.push(Amount { what, amount, how });
    say("order", order.total, "the shop's total with VAT".to_owned());
    if !order.refunds.is_empty() {
        say("refunded", -order.refunded(), "taken off lines and charges, with VAT".to_owned());
    }
    let promotions = match policy.promotions {
        Promotions::LinePerVatRate => {
            format!("line_per_vat_rate: {} negative lines", lines(LineKind::Discount))
        }
        Promotions::Spread if policy.discount_column => "spread: in line.discount".to_owned(),
        Promotions::Spread => "spread: in the lines' prices".to_owned(),
        Promotions::HeaderField => "header_field: order.promotion_net, not in the lines".to_owned(),
    };
    say("promotions", -erp.promotion_net, promotions);
    let charges = |kind, source| match policy.charges {
        Charges::LinePerVatRate => format!("line_per_vat_rate: {} lines", lines(kind)),
        Charges::HeaderField => format!("header_field: {source}"),
        Charges::RecordEach => "record_each: a charge record each".to_owned(),
    };
    say("delivery", erp.delivery_net, charges(LineKind::Delivery, "order.delivery_net"));
    say("fees", erp.fee_net, charges(LineKind::Fee, "order.fee_net"));
    let net = erp.lines.iter().map(|line| line.net).sum();
    say("lines", net, format!("{} lines, without VAT", erp.lines.len()));
    let (first, several) = (erp.payment_method, erp.payments.len());
    let payments = match policy.payments {
        Payments::RecordEach => format!("record_each: {several} payment records"),
        Payments::Sum => format!("sum: of {several}, all as {first:?}"),
        Payments::First => format!("first: {first:?} of {several}; the others are not sent"),
    };
    say("payments", erp.payment_total, payments);
    say("net", erp.net, "the ERP's order without VAT, after refunds".to_owned());
    say("vat", erp.vat, "its VAT".to_owned());
    say("total", erp.total, "the ERP's order with VAT".to_owned());
    amounts
}
