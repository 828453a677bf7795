//! Credit memos.

use std::collections::BTreeMap;

use passerelle_domain::{Money, Order, Quantity, Refund, RefundLine, Rejection, VatRate};
use rust_decimal::Decimal;
use serde_json::Value;

use super::charges::{DELIVERY, fees, fixed_tax, fixed_tax_id};
use super::numbers::{decimal, instant, money, positive, required, required_money, wrong};
use crate::magento::config::Config;
use crate::magento::wire::{self, CreditMemo, CreditMemoItem, Text};

/// A credit memo's state `STATE_CANCELED`.
const CANCELLED: &str = "3";

/// The credit memos that count, each with its place in the shop's answer.
pub(super) fn read(memos: &[Value]) -> Result<Vec<(usize, CreditMemo)>, Rejection> {
    let mut read = Vec::with_capacity(memos.len());
    for (i, memo) in memos.iter().enumerate() {
        let memo: CreditMemo = wire::read(memo).map_err(|mut rejection| {
            rejection.field = format!("creditmemos[{i}].{}", rejection.field);
            rejection
        })?;
        if memo.state.as_str() != CANCELLED {
            read.push((i, memo));
        }
    }
    Ok(read)
}

/// Refunds, oldest first.
pub(super) fn refunds(
    config: &Config,
    documents: &[Value],
    memos: &[(usize, CreditMemo)],
    order: &Order,
    wire: &wire::Order,
) -> Result<Vec<Refund>, Rejection> {
    let mut refunds = Vec::with_capacity(memos.len());
    for (i, memo) in memos {
        refunds.push(refund(config, *i, &documents[*i], memo, order, wire)?);
    }
    refunds.sort_by_key(|refund| (refund.created_at, refund.id.parse::<u64>().ok(), refund.id.clone()));
    Ok(refunds)
}

/// Whether the credit memos come to what the order says was given back: without the right to read
/// them, or while one is being written, a revision without it would be wrong. More than the order
/// says is only newer.
pub(super) fn all_there(wire: &wire::Order, memos: &[(usize, CreditMemo)]) -> Result<(), Rejection> {
    let refunded = money("total_refunded", &wire.total_refunded)?;
    let mut listed = Money::ZERO;
    for (i, memo) in memos {
        listed += money(&format!("creditmemos[{i}].grand_total"), &memo.grand_total)?;
    }
    if listed < refunded {
        let rule = "the credit memos do not come to what was refunded by the order";
        let value = format!("shop says {refunded}, its credit memos come to {listed}");
        return Err(Rejection::new("refund_missing", "total_refunded", value, rule));
    }
    Ok(())
}

fn refund(
    config: &Config,
    i: usize,
    document: &Value,
    memo: &CreditMemo,
    order: &Order,
    wire: &wire::Order,
) -> Result<Refund, Rejection> {
    let base = format!("creditmemos[{i}]");
    let at = |name: &str| format!("{base}.{name}");
    let mut lines = Vec::new();
    // Discounts of lines that carry prices; what is left of the memo's is that of delivery.
    let mut discount = decimal(&at("discount_amount"), &memo.discount_amount)?.abs();
    let mut tax_in_discount =
        decimal(&at("discount_tax_compensation_amount"), &memo.discount_tax_compensation_amount)?;
    for (j, item) in memo.items.0.iter().enumerate() {
        let id = item.order_item_id.as_str();
        let known = |id: &str| wire.items.0.iter().any(|other| other.item_id.as_str() == id);
        if !order.lines.iter().any(|line| line.id == id) && known(id) {
            continue; // The other half of a composite product.
        }
        let field = |name: &str| format!("{base}.items[{j}].{name}");
        discount -= positive(&field("discount_amount"), &item.discount_amount)?;
        tax_in_discount -=
            decimal(&field("discount_tax_compensation_amount"), &item.discount_tax_compensation_amount)?;
        lines.extend(parts(&format!("{base}.items[{j}]."), item)?);
    }
    lines.extend(delivery(&at, memo, discount, tax_in_discount)?);
    for fee in fees(config) {
        let (net, vat) = fee.amounts(&format!("{base}."), document)?;
        lines.extend(amount(fee.id, net, vat));
    }
    let extension = &memo.extension_attributes;
    let credits = [
        ("extension_attributes.gift_cards_amount", &extension.gift_cards_amount),
        ("extension_attributes.customer_balance_amount", &extension.customer_balance_amount),
        ("extension_attributes.reward_currency_amount", &extension.reward_currency_amount),
    ];
    let mut total = required_money(&at("grand_total"), &memo.grand_total)?;
    for (name, text) in credits {
        total += money(&at(name), text)?;
    }
    withhold(&at, memo, total, &mut lines, order)?;
    let comment =
        memo.comments.0.iter().map(|comment| comment.comment.as_str()).find(|text| !text.is_empty());
    Ok(Refund {
        id: required(&at("entity_id"), &memo.entity_id)?.into(),
        created_at: instant(&at("created_at"), &memo.created_at)?,
        reason: comment.unwrap_or_default().into(),
        total,
        lines,
    })
}

fn amount(id: String, net: Money, vat: Money) -> Option<RefundLine> {
    (!(net.is_zero() && vat.is_zero())).then_some(RefundLine { id, quantity: Quantity::ZERO, net, vat })
}

/// A line's goods, and its fixed product taxes.
fn parts(base: &str, item: &CreditMemoItem) -> Result<Vec<RefundLine>, Rejection> {
    let at = |name: &str| format!("{base}{name}");
    let read = |name: &str, text: &Text| money(&at(name), text);
    let id = required(&at("order_item_id"), &item.order_item_id)?;
    let quantity = positive(&at("qty"), &item.qty)?;
    let net = read("row_total", &item.row_total)? - read("discount_amount", &item.discount_amount)?
        + read("discount_tax_compensation_amount", &item.discount_tax_compensation_amount)?;
    let vat = read("tax_amount", &item.tax_amount)?;
    let mut parts = Vec::new();
    if !(quantity.is_zero() && net.is_zero() && vat.is_zero()) {
        parts.push(RefundLine { id: id.into(), quantity: Quantity::new(quantity), net, vat });
    }
    let (_, net, vat) = fixed_tax(base, &item.weee_tax_applied, &item.weee_tax_applied_row_amount)?;
    parts.extend(amount(fixed_tax_id(id), net, vat));
    Ok(parts)
}

/// Delivery. Its discount has no field; it is not even rounded.
fn delivery(
    at: &dyn Fn(&str) -> String,
    memo: &CreditMemo,
    discount: Decimal,
    tax_in_discount: Decimal,
) -> Result<Option<RefundLine>, Rejection> {
    let gross = decimal(&at("shipping_amount"), &memo.shipping_amount)?;
    if gross.is_zero() {
        return Ok(None);
    }
    let net = Money::round(gross - discount.max(Decimal::ZERO) + tax_in_discount.max(Decimal::ZERO))
        .map_err(|error| {
            wrong("invalid_amount", &at("shipping_amount"), &memo.shipping_amount, error.to_string())
        })?;
    let vat = money(&at("shipping_tax_amount"), &memo.shipping_tax_amount)?;
    Ok(amount(DELIVERY.into(), net, vat))
}

/// An adjustment fee keeps back part of what the goods cost; it has no line and no tax of its own. So
/// less is given back of each line, by its weight, and what is kept stays taxed at the line's rate.
fn withhold(
    at: &dyn Fn(&str) -> String,
    memo: &CreditMemo,
    total: Money,
    lines: &mut [RefundLine],
    order: &Order,
) -> Result<(), Rejection> {
    let weights: Vec<Money> = lines.iter().map(|line| line.net + line.vat).collect();
    let named: Money = weights.iter().copied().sum();
    let excess = named - total;
    if excess <= Money::ZERO {
        return Ok(());
    }
    let fee = money(&at("adjustment_negative"), &memo.adjustment_negative)?.abs();
    // The last credit memo takes up the cents that the earlier ones' rounding left.
    let cents = Money::from_cents(i64::try_from(lines.len()).unwrap_or(i64::MAX));
    if excess > fee + cents {
        let value = format!("shop says {total}, its lines give {named}, less a fee of {fee}");
        let rule = "lines, delivery and adjustments do not add up to the credit memo's total";
        return Err(Rejection::new("totals_mismatch", at("grand_total"), value, rule));
    }
    let rates: BTreeMap<&str, VatRate> = order
        .lines
        .iter()
        .map(|line| (line.id.as_str(), line.vat_rate))
        .chain(order.charges.iter().map(|charge| (charge.id.as_str(), charge.vat_rate)))
        .collect();
    for (line, part) in lines.iter_mut().zip(excess.spread(&weights)) {
        let rate = rates.get(line.id.as_str()).copied().unwrap_or_default();
        let gross = line.net + line.vat - part;
        let whole = Decimal::from(10_000 + u32::from(rate.basis_points()));
        let net = Money::round(gross.to_decimal() * Decimal::from(10_000) / whole).unwrap_or(line.net);
        // Never more of either than the goods themselves.
        let net = net.clamp(gross - line.vat.max(Money::ZERO), line.net.max(gross - line.vat));
        (line.net, line.vat) = (net, gross - net);
    }
    Ok(())
}
