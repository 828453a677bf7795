//! Refunds, and what edits took off an order.

use std::collections::BTreeMap;

use passerelle_domain::{Money, Quantity, Refund, RefundLine, Rejection};

use super::lines::{Parts, shipping_id};
use super::{id, instant, money, number, text, wrong};
use crate::shopify::wire::{self, Agreement};

/// How many of each line, by id, refunds took back.
fn refunded(wire: &wire::Order) -> BTreeMap<u64, u64> {
    let mut counts = BTreeMap::new();
    for line in wire.refunds.iter().flat_map(|refund| &refund.refund_line_items.nodes) {
        if let Some(number) = line.line_item.id.as_deref().and_then(number) {
            *counts.entry(number).or_default() += u64::from(line.quantity);
        }
    }
    counts
}

/// Shipping lines that were removed, by their place, and that no refund took back.
fn removed_shipping(wire: &wire::Order) -> Vec<usize> {
    let given_back = |line: &wire::ShippingLine| {
        line.id.is_some()
            && wire
                .refunds
                .iter()
                .flat_map(|refund| &refund.refund_shipping_lines.nodes)
                .any(|refunded| refunded.shipping_line.id == line.id)
    };
    let lines = wire.shipping_lines.nodes.iter().enumerate();
    lines.filter(|(_, line)| line.is_removed && !given_back(line)).map(|(i, _)| i).collect()
}

/// Whether less is left of the order than its refunds explain: somebody edited it.
pub(in crate::shopify) fn needs_edits(wire: &wire::Order) -> bool {
    let counts = refunded(wire);
    let unexplained = |line: &wire::Line| {
        let back = number(&line.id).and_then(|number| counts.get(&number)).copied().unwrap_or(0);
        u64::from(line.quantity) > u64::from(line.current_quantity) + back
    };
    wire.line_items.nodes.iter().any(unexplained) || !removed_shipping(wire).is_empty()
}

/// Refunds and reductions by edits, oldest first.
pub(super) fn refunds(
    wire: &wire::Order,
    parts: &Parts,
    edits: &[Agreement],
) -> Result<Vec<Refund>, Rejection> {
    let mut refunds = Vec::new();
    for (i, refund) in wire.refunds.iter().enumerate() {
        refunds.push(self::refund(wire, i, refund)?);
    }
    if needs_edits(wire) {
        for (i, edit) in edits.iter().enumerate() {
            refunds.extend(reduction(wire, i, edit)?);
        }
    }
    refunds.sort_by_key(|refund| (refund.created_at, refund.id.clone()));
    explained(wire, parts, &refunds)?;
    Ok(refunds)
}

/// Whether what is left of each line is what was ordered less what came back.
fn explained(wire: &wire::Order, parts: &Parts, refunds: &[Refund]) -> Result<(), Rejection> {
    let mut back: BTreeMap<&str, Quantity> = BTreeMap::new();
    for line in refunds.iter().flat_map(|refund| &refund.lines) {
        let count = back.entry(line.id.as_str()).or_default();
        *count = *count + line.quantity;
    }
    for (i, line) in wire.line_items.nodes.iter().enumerate() {
        let Some(number) = number(&line.id).map(|number| number.to_string()) else { continue };
        // A tip is a charge.
        if !parts.lines.iter().any(|line| line.id == number) {
            continue;
        }
        let back = back.get(number.as_str()).copied().unwrap_or_default();
        if Quantity::from(line.current_quantity) + back != Quantity::from(line.quantity) {
            let value = format!("{} of {}, {back} taken back", line.current_quantity, line.quantity);
            let rule = "refunds and edits do not explain what is left of the line";
            return Err(wrong("edit_unexplained", &format!("lineItems[{i}].currentQuantity"), &value, rule));
        }
    }
    Ok(())
}

fn refund(wire: &wire::Order, i: usize, refund: &wire::Refund) -> Result<Refund, Rejection> {
    let base = format!("refunds[{i}]");
    let net = |subtotal: Money, vat: Money| if wire.taxes_included { subtotal - vat } else { subtotal };
    let mut lines = Vec::new();
    for (j, line) in refund.refund_line_items.nodes.iter().enumerate() {
        let at = format!("{base}.refundLineItems[{j}]");
        let vat = money(&format!("{at}.totalTaxSet"), &line.total_tax_set)?;
        let subtotal = money(&format!("{at}.subtotalSet"), &line.subtotal_set)?;
        let gid = line.line_item.id.as_deref().unwrap_or_default();
        lines.push(RefundLine {
            id: id(&format!("{at}.lineItem.id"), gid)?,
            quantity: Quantity::from(line.quantity),
            net: net(subtotal, vat),
            vat,
        });
    }
    for (j, line) in refund.refund_shipping_lines.nodes.iter().enumerate() {
        let at = format!("{base}.refundShippingLines[{j}]");
        let vat = money(&format!("{at}.taxAmountSet"), &line.tax_amount_set)?;
        let subtotal = money(&format!("{at}.subtotalAmountSet"), &line.subtotal_amount_set)?;
        lines.push(RefundLine {
            id: refunded_shipping(wire, &at, line.shipping_line.id.as_ref())?,
            quantity: Quantity::ZERO,
            net: net(subtotal, vat),
            vat,
        });
    }
    for (j, duty) in refund.duties.iter().flatten().enumerate() {
        let at = format!("{base}.duties[{j}]");
        let gid = duty.original_duty.as_ref().and_then(|duty| duty.id.as_deref()).unwrap_or_default();
        let amount = money(&format!("{at}.amountSet"), &duty.amount_set)?;
        lines.push(RefundLine {
            id: format!("duty-{}", id(&format!("{at}.originalDuty.id"), gid)?),
            quantity: Quantity::ZERO,
            net: amount,
            vat: Money::ZERO,
        });
    }
    // Nothing comes back of a line where nothing was paid for it: a gift that is sent back.
    lines.retain(|line| !(line.quantity.is_zero() && line.net.is_zero() && line.vat.is_zero()));
    let total = total(&base, refund, &mut lines)?;
    let created_at = refund.created_at.as_deref().unwrap_or(&refund.processed_at);
    Ok(Refund {
        id: id(&format!("{base}.id"), &refund.id)?,
        created_at: instant(&format!("{base}.createdAt"), created_at)?,
        reason: text(refund.note.as_ref()),
        total,
        lines,
    })
}

fn refunded_shipping(wire: &wire::Order, at: &str, gid: Option<&String>) -> Result<String, Rejection> {
    let lines = &wire.shipping_lines.nodes;
    let found = match gid {
        Some(_) => lines.iter().position(|line| line.id.as_ref() == gid),
        // A line without id can only be meant where there is just one.
        None => (lines.len() == 1).then_some(0),
    };
    found.map(|i| shipping_id(i, &lines[i])).ok_or_else(|| {
        let value = gid.map_or("null", String::as_str);
        let rule = "is no shipping line of the order";
        wrong("unknown_refund_line", &format!("{at}.shippingLine.id"), value, rule)
    })
}

/// Money that the shop owes or owed: of no line.
const PENDING: &str = "PENDING_REFUND_DISCREPANCY";

/// What a refund takes off what the ERP is to invoice. That is what its lines are worth, with what the
/// shop paid back besides or held back; not what the payment provider moved, which is nothing where nothing
/// had been paid. Where both are known, they have to agree.
fn total(base: &str, refund: &wire::Refund, lines: &mut [RefundLine]) -> Result<Money, Rejection> {
    let named: Money = lines.iter().map(|line| line.net + line.vat).sum();
    let paid = money(&format!("{base}.totalRefundedSet"), &refund.total_refunded_set)?;
    let (mut net, mut vat, mut pending) = (Money::ZERO, Money::ZERO, Money::ZERO);
    for (i, adjustment) in refund.order_adjustments.nodes.iter().enumerate() {
        let at = format!("{base}.orderAdjustments[{i}]");
        let amount = money(&format!("{at}.amountSet"), &adjustment.amount_set)?;
        let tax = money(&format!("{at}.taxAmountSet"), &adjustment.tax_amount_set)?;
        if adjustment.reason.as_deref() == Some(PENDING) {
            pending += amount + tax;
        } else {
            net += amount;
            vat += tax;
        }
    }
    let owed = named - net - vat;
    let agree = paid.is_zero() || paid == owed || paid == owed - pending;
    let besides = refund.order_adjustments.nodes.is_empty() && paid > named;
    if owed < Money::ZERO || !(agree || besides) {
        let value = format!("{paid} paid back, its lines and adjustments give {owed}");
        let rule = "what was paid back is not what the refund is about";
        return Err(wrong("refund_mismatch", &format!("{base}.totalRefundedSet"), &value, rule));
    }
    if besides {
        return Ok(paid);
    }
    // Held back: the goods came back for less. Money besides stays money without a line.
    hold_back(lines, net, |line| &mut line.net);
    hold_back(lines, vat, |line| &mut line.vat);
    Ok(owed)
}

fn hold_back(lines: &mut [RefundLine], amount: Money, part: fn(&mut RefundLine) -> &mut Money) {
    if amount <= Money::ZERO {
        return;
    }
    let weights: Vec<Money> = lines.iter_mut().map(|line| *part(line)).collect();
    for (line, held) in lines.iter_mut().zip(amount.spread(&weights)) {
        *part(line) -= held;
    }
}

/// What an edit took off; nothing where it only added.
fn reduction(wire: &wire::Order, i: usize, edit: &Agreement) -> Result<Option<Refund>, Rejection> {
    if edit.kind != "OrderEditAgreement" {
        return Ok(None);
    }
    let base = format!("agreements[{i}]");
    let mut lines = Vec::new();
    for (j, sale) in edit.sales.nodes.iter().enumerate() {
        if sale.action_type != "RETURN" {
            continue;
        }
        let at = format!("{base}.sales[{j}]");
        let vat = money(&format!("{at}.totalTaxAmount"), &sale.total_tax_amount)?.abs();
        let gross = money(&format!("{at}.totalAmount"), &sale.total_amount)?.abs();
        let (id, quantity) = match (&sale.line_item, sale.kind.as_str()) {
            (Some(line), _) => {
                let count = sale.quantity.unwrap_or_default().unsigned_abs();
                let count = u32::try_from(count).unwrap_or(u32::MAX);
                let gid = line.id.as_deref().unwrap_or_default();
                (id(&format!("{at}.lineItem.id"), gid)?, Quantity::from(count))
            }
            // "`shippingLine` is not available if the `SaleActionType` is a return."
            (None, "ShippingLineSale") => match removed_shipping(wire)[..] {
                [only] => (shipping_id(only, &wire.shipping_lines.nodes[only]), Quantity::ZERO),
                _ => return Err(unknown(&at, &sale.kind)),
            },
            _ => return Err(unknown(&at, &sale.kind)),
        };
        lines.push(RefundLine { id, quantity, net: gross - vat, vat });
    }
    if lines.is_empty() {
        return Ok(None);
    }
    Ok(Some(Refund {
        id: format!("edit-{}", id(&format!("{base}.id"), &edit.id)?),
        created_at: instant(&format!("{base}.happenedAt"), &edit.happened_at)?,
        reason: "Commande modifiée".into(),
        total: lines.iter().map(|line| line.net + line.vat).sum(),
        lines,
    }))
}

fn unknown(at: &str, kind: &str) -> Rejection {
    wrong(
        "edit_unexplained",
        &format!("{at}.__typename"),
        kind,
        "the edit takes off neither a line nor the only delivery",
    )
}
