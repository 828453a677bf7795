use std::collections::BTreeSet;

use passerelle_domain::{Order, Quantity, Refund, RefundLine, Rejection};
use rust_decimal::Decimal;

use super::rounding::Cents;
use super::{decimal, instant, required, required_money, wrong};
use crate::woocommerce::wire::{self, List, Meta, Text};

/// The line or charge of the order that a line of a refund takes back.
const REFUNDED: &str = "_refunded_item_id";

/// Refunds, oldest first; WooCommerce lists the newest first.
pub(super) fn refunds(cents: &Cents, wire: &[wire::Refund]) -> Result<Vec<Refund>, Rejection> {
    let mut refunds =
        wire.iter().enumerate().map(|(i, wire)| refund(cents, i, wire)).collect::<Result<Vec<_>, _>>()?;
    refunds.sort_by_key(|refund| (refund.created_at, refund.id.parse::<u64>().ok(), refund.id.clone()));
    Ok(refunds)
}

/// Whether every refund that the order lists has its answer: an order that was thrown away while it
/// was read answers with none, and a revision without them would be wrong.
pub(super) fn all_there(wire: &wire::Order, order: &Order) -> Result<(), Rejection> {
    let there: BTreeSet<&str> = order.refunds.iter().map(|refund| refund.id.as_str()).collect();
    match wire.refunds.0.iter().find(|refund| !there.contains(refund.id.as_str())) {
        None => Ok(()),
        Some(missing) => {
            let rule = "the order lists a refund that the shop does not show";
            Err(Rejection::new("refund_missing", "refunds", missing.id.as_str(), rule))
        }
    }
}

fn refund(cents: &Cents, i: usize, wire: &wire::Refund) -> Result<Refund, Rejection> {
    let base = format!("refunds[{i}]");
    let mut lines = Vec::new();
    for (j, item) in wire.line_items.0.iter().enumerate() {
        let at = format!("{base}.line_items[{j}]");
        let quantity = decimal(&format!("{at}.quantity"), &item.quantity)?.unwrap_or_default();
        lines.extend(part(cents, &at, quantity, &item.total, &item.total_tax, &item.meta_data)?);
    }
    // A charge has no quantity to give back.
    for (name, list) in [("shipping_lines", &wire.shipping_lines), ("fee_lines", &wire.fee_lines)] {
        for (j, item) in list.0.iter().enumerate() {
            let at = format!("{base}.{name}[{j}]");
            lines.extend(part(cents, &at, Decimal::ZERO, &item.total, &item.total_tax, &item.meta_data)?);
        }
    }
    Ok(Refund {
        id: required(&format!("{base}.id"), &wire.id)?.into(),
        created_at: instant(&format!("{base}.date_created_gmt"), &wire.date_created_gmt)?,
        reason: wire.reason.as_str().into(),
        total: required_money(&format!("{base}.amount"), &wire.amount)?.abs(),
        lines,
    })
}

/// A line of a refund; nothing where it takes nothing back. Its amounts are the order's with the sign
/// turned, so those of a negative fee come out negative.
fn part(
    cents: &Cents,
    at: &str,
    quantity: Decimal,
    total: &Text,
    tax: &Text,
    meta: &List<Meta>,
) -> Result<Option<RefundLine>, Rejection> {
    let net = -decimal(&format!("{at}.total"), total)?.unwrap_or_default();
    let vat = -decimal(&format!("{at}.total_tax"), tax)?.unwrap_or_default();
    if quantity.is_zero() && net.is_zero() && vat.is_zero() {
        return Ok(None);
    }
    let id = meta.text(REFUNDED);
    let (net, vat) = cents
        .refunded(&id, net, vat)
        .map_err(|rule| wrong("invalid_amount", &format!("{at}.total"), total, rule))?;
    if id.is_empty() {
        let rule = "is no line of the order";
        return Err(Rejection::new("unknown_refund_line", format!("{at}.meta_data.{REFUNDED}"), id, rule));
    }
    Ok(Some(RefundLine { id, quantity: Quantity::new(quantity.abs()), net, vat }))
}
