//! Lines, charges and promotions: what the order's total is made of.

use std::collections::BTreeMap;

use passerelle_domain::{
    ArticleCode, Charge, ChargeKind, Money, OrderLine, Promotion, Quantity, Rejection, Unit, UnitPrice,
    VatRate,
};
use rust_decimal::Decimal;

use super::{attribute, id, money, number, present, wrong};
use crate::shopify::config::Config;
use crate::shopify::wire::{self, Allocation, TaxLine};

/// The parts of an order's total.
#[derive(Default)]
pub(super) struct Parts {
    pub lines: Vec<OrderLine>,
    pub charges: Vec<Charge>,
    pub promotions: Vec<Promotion>,
}

/// What discounts took off, without VAT, by their place in the order.
#[derive(Default)]
struct Discounts(BTreeMap<u32, Promotion>);

pub(super) fn parts(config: &Config, wire: &wire::Order) -> Result<Parts, Rejection> {
    let mut parts = Parts::default();
    let mut discounts = Discounts::default();
    let tip = money("totalTipReceivedSet", &wire.total_tip_received_set)?;
    let mut tip_left = tip;
    for (i, line) in wire.line_items.nodes.iter().enumerate() {
        let at = format!("lineItems[{i}]");
        if !tip_left.is_zero()
            && is_tip(line, money(&format!("{at}.originalTotalSet"), &line.original_total_set)?, tip)
        {
            // A tip of the online checkout is a line without article, of the tip's amount.
            parts.charges.push(fee(id(&format!("{at}.id"), &line.id)?, &line.name, tip));
            tip_left = Money::ZERO;
        } else {
            parts.lines.push(self::line(config, wire.taxes_included, &at, line, &mut discounts)?);
        }
        if !wire.duties_included {
            for (j, duty) in line.duties.iter().enumerate() {
                let at = format!("{at}.duties[{j}]");
                let label = format!("Droits de douane {}", line.name);
                let charge = charge(
                    wire.taxes_included,
                    &at,
                    ("duty", &duty.id),
                    label,
                    &duty.price,
                    &duty.tax_lines,
                )?;
                parts.charges.push(charge);
            }
        }
    }
    for (i, line) in wire.shipping_lines.nodes.iter().enumerate() {
        parts.charges.push(shipping(wire.taxes_included, i, line, &mut discounts)?);
    }
    for (i, fee) in wire.additional_fees.iter().enumerate() {
        let at = format!("additionalFees[{i}]");
        let label = fee.name.clone();
        parts.charges.push(charge(
            wire.taxes_included,
            &at,
            ("fee", &fee.id),
            label,
            &fee.price,
            &fee.tax_lines,
        )?);
    }
    if !tip_left.is_zero() {
        parts.charges.push(fee("tip".into(), "Pourboire", tip_left));
    }
    parts.promotions = discounts.0.into_values().collect();
    Ok(parts)
}

/// How a shipping line is named among lines and charges: it may have no id.
pub(super) fn shipping_id(i: usize, line: &wire::ShippingLine) -> String {
    match line.id.as_deref().and_then(number) {
        Some(number) => format!("shipping-{number}"),
        None => format!("shipping-{i}"),
    }
}

fn is_tip(line: &wire::Line, amount: Money, tip: Money) -> bool {
    present(line.sku.as_deref()).is_none()
        && !line.requires_shipping
        && line.tax_lines.is_empty()
        && amount == tip
}

fn fee(id: String, label: &str, net: Money) -> Charge {
    Charge {
        id,
        kind: ChargeKind::Fee,
        label: label.to_owned(),
        net,
        vat_rate: VatRate::ZERO,
        vat: Money::ZERO,
    }
}

/// The VAT of something, and its one rate: that of the tax that was charged.
fn tax(at: &str, taxes: &[TaxLine]) -> Result<(Money, VatRate), Rejection> {
    let mut vat = Money::ZERO;
    let mut charged: Vec<VatRate> = Vec::new();
    let mut named: Vec<VatRate> = Vec::new();
    for (i, tax) in taxes.iter().enumerate() {
        let amount = money(&format!("{at}.taxLines[{i}].priceSet"), &tax.price_set)?;
        vat += amount;
        let rate = rate(&format!("{at}.taxLines[{i}].ratePercentage"), tax)?;
        if amount.is_zero() { named.push(rate) } else { charged.push(rate) }
    }
    match (charged.as_slice(), named.as_slice()) {
        ([rate], _) => Ok((vat, *rate)),
        // Nothing to tax, as with a gift: the rate that would have applied.
        ([], [rate]) => Ok((vat, *rate)),
        ([], _) => Ok((vat, VatRate::ZERO)),
        _ => {
            let rates: Vec<String> = charged.iter().map(VatRate::to_string).collect();
            Err(wrong(
                "several_vat_rates",
                &format!("{at}.taxLines"),
                &rates.join(", "),
                "the line has several VAT rates",
            ))
        }
    }
}

/// A percentage. It is a float with the shop: what lies a millionth beside a rate is that rate.
fn rate(field: &str, tax: &TaxLine) -> Result<VatRate, Rejection> {
    let Some(number) = &tax.rate_percentage else {
        return Err(wrong("unknown_vat_rate", field, "null", "the tax has no percentage"));
    };
    let text = number.to_string();
    Decimal::from_str_exact(&text)
        .map_err(|error| error.to_string())
        .and_then(|percent| VatRate::from_percent(percent.round_dp(6)))
        .map_err(|rule| wrong("invalid_vat_rate", field, &text, rule))
}

/// An amount without VAT that was given with it.
fn without(vat_rate: VatRate, amount: Money) -> Money {
    let share = Decimal::ONE_HUNDRED + vat_rate.percent();
    Money::round(amount.to_decimal() * Decimal::ONE_HUNDRED / share).unwrap_or(amount)
}

impl Discounts {
    /// Books what took `net` off a line, without VAT, on the discounts that did.
    fn book(&mut self, at: &str, allocations: &[Allocation], net: Money) -> Result<(), Rejection> {
        let weights = amounts(at, allocations)?;
        for (allocation, part) in allocations.iter().zip(net.spread(&weights)) {
            let discount = &allocation.discount_application;
            let code = present(discount.code.as_deref()).or(present(discount.title.as_deref()));
            let code = || code.map_or_else(|| format!("remise {}", discount.index), str::to_owned);
            let booked = self
                .0
                .entry(discount.index)
                .or_insert_with(|| Promotion { code: code(), amount: Money::ZERO });
            booked.amount += part;
        }
        Ok(())
    }
}

fn amounts(at: &str, allocations: &[Allocation]) -> Result<Vec<Money>, Rejection> {
    let amount = |(i, allocation): (usize, &Allocation)| {
        let field = format!("{at}.discountAllocations[{i}].allocatedAmountSet");
        let amount = money(&field, &allocation.allocated_amount_set)?;
        if amount < Money::ZERO {
            let value = &allocation.allocated_amount_set.shop_money.amount;
            return Err(wrong("invalid_amount", &field, value, "is less than zero"));
        }
        Ok(amount)
    };
    allocations.iter().enumerate().map(amount).collect()
}

fn line(
    config: &Config,
    taxes_included: bool,
    at: &str,
    line: &wire::Line,
    discounts: &mut Discounts,
) -> Result<OrderLine, Rejection> {
    let quantity = Quantity::from(line.quantity);
    let (vat, vat_rate) = tax(at, &line.tax_lines)?;
    let before = money(&format!("{at}.originalTotalSet"), &line.original_total_set)?;
    let off: Money = amounts(at, &line.discount_allocations)?.into_iter().sum();
    let (net, discount) = if taxes_included {
        // Exact in what is paid; how it divides into price and discount without VAT is rounded.
        (before - off - vat, without(vat_rate, off))
    } else {
        (before - off, off)
    };
    if net < Money::ZERO {
        let value = format!("{before} less {off}");
        let field = format!("{at}.discountAllocations");
        return Err(wrong("discount_too_large", &field, &value, "more is taken off the line than it costs"));
    }
    discounts.book(at, &line.discount_allocations, discount)?;
    let article = match present(line.sku.as_deref()) {
        None => None,
        Some(sku) => {
            let invalid = |error: passerelle_domain::InvalidId| {
                wrong("invalid_article", &format!("{at}.sku"), sku, error.to_string())
            };
            Some(ArticleCode::new(sku).map_err(invalid)?)
        }
    };
    Ok(OrderLine {
        id: id(&format!("{at}.id"), &line.id)?,
        article,
        label: line.name.clone(),
        quantity,
        unit: unit(config, at, line)?,
        unit_price: UnitPrice::of(net + discount, quantity),
        gross: net + discount,
        discount,
        net,
        vat_rate,
        vat,
    })
}

/// The unit: the line's own attribute, else the article's metafield, else a piece.
fn unit(config: &Config, at: &str, line: &wire::Line) -> Result<Unit, Rejection> {
    let key = config.meta.unit_attribute.as_str();
    let (field, text) = match attribute(&line.custom_attributes, key) {
        Some(text) => (format!("{at}.customAttributes.{key}"), text),
        None => {
            let metafield = line.variant.as_ref().and_then(|variant| variant.unit.as_ref());
            let text = metafield.and_then(|metafield| present(Some(&metafield.value)));
            (format!("{at}.variant.metafield {}", config.meta.unit), text.unwrap_or_default())
        }
    };
    text.parse().map_err(|rule: String| wrong("invalid_unit", &field, text, rule))
}

fn charge(
    taxes_included: bool,
    at: &str,
    (kind, gid): (&str, &str),
    label: String,
    price: &wire::MoneyBag,
    taxes: &[TaxLine],
) -> Result<Charge, Rejection> {
    let (vat, vat_rate) = tax(at, taxes)?;
    let price = money(&format!("{at}.price"), price)?;
    Ok(Charge {
        id: format!("{kind}-{}", id(&format!("{at}.id"), gid)?),
        kind: ChargeKind::Fee,
        label,
        net: if taxes_included { price - vat } else { price },
        vat_rate,
        vat,
    })
}

fn shipping(
    taxes_included: bool,
    i: usize,
    line: &wire::ShippingLine,
    discounts: &mut Discounts,
) -> Result<Charge, Rejection> {
    let at = format!("shippingLines[{i}]");
    let (vat, vat_rate) = tax(&at, &line.tax_lines)?;
    let before = money(&format!("{at}.originalPriceSet"), &line.original_price_set)?;
    let price = money(&format!("{at}.discountedPriceSet"), &line.discounted_price_set)?;
    let off = before - price;
    let off = if taxes_included { without(vat_rate, off) } else { off };
    discounts.book(&at, &line.discount_allocations, off)?;
    Ok(Charge {
        id: shipping_id(i, line),
        kind: ChargeKind::Delivery,
        label: line.title.clone(),
        net: if taxes_included { price - vat } else { price },
        vat_rate,
        vat,
    })
}
