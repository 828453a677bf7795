//! Slips: what was refunded.

use std::collections::BTreeMap;

use passerelle_domain::{Money, Quantity, Refund, RefundLine, Rejection};
use rust_decimal::Decimal;

use super::amounts::Amount;
use super::goods::{DELIVERY, Goods};
use crate::prestashop::time::ShopTime;
use crate::prestashop::wire::Row;

/// A slip of an amount that somebody chose, whatever its lines say (`order_slip_type`).
const CHOSEN: &str = "2";

/// What is left of each line and charge to refund.
type Left = BTreeMap<String, (Amount, Quantity)>;

/// Refunds, oldest first.
pub(super) fn refunds(zone: &ShopTime, slips: &[Row], goods: &Goods) -> Result<Vec<Refund>, Rejection> {
    let mut left: Left = BTreeMap::new();
    for line in &goods.lines {
        left.insert(line.id.clone(), (Amount { net: line.net, vat: line.vat }, line.quantity));
    }
    for charge in &goods.charges {
        left.insert(charge.id.clone(), (Amount { net: charge.net, vat: charge.vat }, Quantity::from(1)));
    }
    let mut slips: Vec<&Row> = slips.iter().collect();
    slips.sort_by_key(|row| {
        (row.text("date_add").to_owned(), row.id().parse::<u64>().ok(), row.id().to_owned())
    });
    slips.into_iter().map(|row| refund(zone, row, &mut left)).collect()
}

fn refund(zone: &ShopTime, row: &Row, left: &mut Left) -> Result<Refund, Rejection> {
    let shipping = Amount::read(row, "total_shipping")?;
    let shipping_total = shipping.net + shipping.vat;
    let products = Amount::read(row, "total_products")?;
    let amount = row.money("amount")?;
    let listed = products.net + products.vat;
    // `amount` is with or without VAT as the shop shows its prices; only where it is neither was it
    // chosen freely.
    let chosen = row.text("order_slip_type") == CHOSEN && ![listed, products.net].contains(&amount);
    let of_lines = if chosen { amount } else { listed };
    let mut lines = details(row, of_lines)?;
    if !shipping.is_zero() {
        lines.push(RefundLine {
            id: DELIVERY.into(),
            quantity: Quantity::ZERO,
            net: shipping.net,
            vat: shipping.vat,
        });
    }
    Ok(Refund {
        id: row.required("id")?.into(),
        created_at: zone.document(row.required_time("date_add")?),
        reason: String::new(),
        total: of_lines + shipping_total,
        lines: lines.into_iter().filter_map(|line| within(line, left)).collect(),
    })
}

/// The lines of a slip. They are at full price; where the voucher was kept back, or another amount was
/// chosen, the slip is for less, and each line for its share of it.
fn details(row: &Row, whole: Money) -> Result<Vec<RefundLine>, Rejection> {
    let mut lines = Vec::new();
    for part in row.associated("order_slip_details", "order_slip_detail") {
        let net = part.money("amount_tax_excl")?;
        let vat = part.money("amount_tax_incl")? - net;
        let quantity = part.decimal("product_quantity")?;
        if quantity.is_zero() && net.is_zero() && vat.is_zero() {
            continue;
        }
        lines.push(RefundLine {
            id: part.required("id_order_detail")?.into(),
            quantity: Quantity::new(quantity.abs()),
            net,
            vat,
        });
    }
    let sums: Vec<Money> = lines.iter().map(|line| line.net + line.vat).collect();
    let sum: Money = sums.iter().copied().sum();
    if sum > whole {
        for (line, part) in lines.iter_mut().zip(whole.max(Money::ZERO).spread(&sums)) {
            let full = (line.net + line.vat).to_decimal();
            let net = line.net.to_decimal() * part.to_decimal();
            line.net = Money::round(net.checked_div(full).unwrap_or(Decimal::ZERO)).unwrap_or_default();
            line.vat = part - line.net;
        }
    }
    Ok(lines)
}

/// No more of a line than what is left of it. What goes beyond (a refund at full price of what was
/// sold with a voucher) stays in the refund's total without a line.
fn within(mut line: RefundLine, left: &mut Left) -> Option<RefundLine> {
    if let Some((amount, quantity)) = left.get_mut(&line.id) {
        line.net = line.net.min(amount.net.max(Money::ZERO));
        line.vat = line.vat.min(amount.vat.max(Money::ZERO));
        *amount = *amount - Amount { net: line.net, vat: line.vat };
        *quantity = *quantity - line.quantity;
    }
    let nothing = line.quantity.is_zero() && line.net.is_zero() && line.vat.is_zero();
    (!nothing).then_some(line)
}
