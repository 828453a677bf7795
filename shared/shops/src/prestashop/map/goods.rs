//! Lines, charges and promotions, so that they add up to the shop's totals.
//!
//! The shop's lines are before vouchers, its totals after them. What a voucher took off is taken off
//! the lines: those of its article where it is bound to one, else all of them, in proportion. The VAT
//! that is left shows whether that was right: where it was not and the lines have two rates, the two
//! shares follow from it; where it still is not, the order is set aside.

use passerelle_domain::{
    ArticleCode, Charge, ChargeKind, Money, OrderLine, Promotion, Quantity, Rejection, Unit, UnitPrice,
    VatRate,
};
use rust_decimal::Decimal;

use super::amounts::{Amount, fit, rate};
use super::{Dossier, Reference};
use crate::prestashop::config::Config;
use crate::prestashop::wire::{self, Row};

/// The id of the delivery charge, which the shop keeps in the order itself.
pub(super) const DELIVERY: &str = "shipping";
/// The id of the charge for gift wrapping.
const WRAPPING: &str = "wrapping";

/// What an order consists of.
pub(super) struct Goods {
    pub lines: Vec<OrderLine>,
    pub charges: Vec<Charge>,
    pub promotions: Vec<Promotion>,
    pub total: Money,
    pub vat_total: Money,
}

/// A line before vouchers, in the shop's decimals.
struct Line<'a> {
    row: &'a Row,
    quantity: Decimal,
    net: Decimal,
    vat: Decimal,
    rate: VatRate,
}

pub(super) fn goods(config: &Config, reference: &Reference, dossier: &Dossier) -> Result<Goods, Rejection> {
    let order = &dossier.order;
    order.required("total_paid_tax_incl")?;
    let whole = Amount::read(order, "total_paid")?;
    let wrapping = Amount::read(order, "total_wrapping")?;
    let discount = Amount::read(order, "total_discounts")?;
    let mut delivery = Amount::read(order, "total_shipping")?;
    let delivery_rate = delivery_rate(config, order, delivery)?;
    let used = used(dossier, discount)?;
    let mut off_goods = discount;
    let free = used.iter().any(|(row, _)| row.flag("free_shipping"));
    if free && discount.net >= delivery.net && discount.vat >= delivery.vat {
        off_goods = discount - delivery;
        delivery = Amount::default();
    }

    let lines = lines(config, reference, &dossier.details)?;
    let exact: Vec<Decimal> = lines.iter().map(|line| line.net).collect();
    let goods = whole - delivery - wrapping;
    let gross = fit(&exact, goods.net + off_goods.net, 4);
    let taken = taken(dossier, &used, &lines, &gross, off_goods.net, goods.vat)?;
    let left: Vec<Decimal> = lines.iter().zip(&taken).map(|(line, taken)| vat_left(line, *taken)).collect();
    let vat = fit(&left, goods.vat, 4);

    let mut charges = Vec::new();
    if order.reference("id_carrier").is_some() || !delivery.is_zero() {
        let carrier = order.reference("id_carrier").and_then(|id| reference.get(wire::CARRIERS, id));
        let label = carrier.map(|row| row.label("name")).filter(|name| !name.is_empty() && name != "0");
        charges.push(Charge {
            id: DELIVERY.into(),
            kind: ChargeKind::Delivery,
            label: label.unwrap_or_else(|| "Livraison".into()),
            net: delivery.net,
            vat_rate: delivery_rate,
            vat: delivery.vat,
        });
    }
    if !wrapping.is_zero() {
        charges.push(Charge {
            id: WRAPPING.into(),
            kind: ChargeKind::Fee,
            label: "Emballage cadeau".into(),
            net: wrapping.net,
            vat_rate: charge_rate(config, order, "total_wrapping", None, wrapping)?,
            vat: wrapping.vat,
        });
    }
    Ok(Goods {
        lines: lines
            .iter()
            .enumerate()
            .map(|(i, line)| line.finish(gross[i], taken[i], vat[i]))
            .collect::<Result<_, _>>()?,
        charges,
        promotions: used.iter().map(|(row, amount)| promotion(dossier, row, *amount)).collect(),
        total: whole.net + whole.vat,
        vat_total: whole.vat,
    })
}

fn lines<'a>(config: &Config, reference: &Reference, details: &'a [Row]) -> Result<Vec<Line<'a>>, Rejection> {
    let mut details: Vec<&Row> = details.iter().collect();
    details.sort_by_key(|row| (row.id().parse::<u64>().ok(), row.id().to_owned()));
    details
        .into_iter()
        .map(|row| {
            row.required("product_quantity")?;
            let quantity = row.decimal("product_quantity")?;
            if quantity < Decimal::ZERO {
                return Err(row.wrong("invalid_number", "product_quantity", "is less than zero"));
            }
            row.required("total_price_tax_excl")?;
            let net = row.decimal("total_price_tax_excl")?;
            let vat = row.decimal("total_price_tax_incl")? - net;
            let rate = rate(config, named_rate(reference, row), net, vat, quantity).ok_or_else(|| {
                let field = format!("order_details[{}].total_price_tax_incl", row.id());
                let value = format!("VAT {vat} on {net}");
                Rejection::new(
                    "unknown_vat_rate",
                    field,
                    value,
                    "none of the rates in vat_rates makes this VAT",
                )
            })?;
            Ok(Line { row, quantity, net, vat, rate })
        })
        .collect()
}

/// The rate of the one tax that the shop names for a line.
fn named_rate(reference: &Reference, row: &Row) -> Option<VatRate> {
    let taxes = row.associated("taxes", "tax");
    let [tax] = taxes.as_slice() else { return None };
    let percent = reference.get(wire::TAXES, tax.id())?.decimal("rate").ok()?;
    VatRate::from_percent(percent).ok()
}

/// The rate of delivery before anything was taken off it: the order's own, if it fits the amounts.
fn delivery_rate(config: &Config, order: &Row, delivery: Amount) -> Result<VatRate, Rejection> {
    let named = VatRate::from_percent(order.decimal("carrier_tax_rate")?).ok();
    charge_rate(config, order, "total_shipping", named, delivery)
}

fn charge_rate(
    config: &Config,
    order: &Row,
    field: &str,
    named: Option<VatRate>,
    amount: Amount,
) -> Result<VatRate, Rejection> {
    let (net, vat) = (amount.net.to_decimal(), amount.vat.to_decimal());
    rate(config, named, net, vat, Decimal::ONE).ok_or_else(|| {
        let field = format!("orders[{}].{field}_tax_incl", order.id());
        let value = format!("VAT {vat} on {net}");
        Rejection::new("unknown_vat_rate", field, value, "none of the rates in vat_rates makes this VAT")
    })
}

/// The vouchers that were used and what each took off without VAT; one that was taken out of the order
/// again is only marked. They have to explain the order's discount.
fn used(dossier: &Dossier, discount: Amount) -> Result<Vec<(&Row, Money)>, Rejection> {
    let mut rows: Vec<&Row> = dossier.promotions.iter().filter(|row| !row.flag("deleted")).collect();
    rows.sort_by_key(|row| (row.id().parse::<u64>().ok(), row.id().to_owned()));
    let exact: Vec<Decimal> =
        rows.iter().map(|row| row.decimal("value_tax_excl")).collect::<Result<_, _>>()?;
    let amounts = fit(&exact, discount.net, 1);
    let sum: Money = amounts.iter().copied().sum();
    if sum != discount.net {
        let field = format!("orders[{}].total_discounts_tax_excl", dossier.order.id());
        let value = format!("shop says {}, its vouchers give {sum}", discount.net);
        let rule = "the vouchers of the order (order_cart_rules) do not add up to its discount";
        return Err(Rejection::new("totals_mismatch", field, value, rule));
    }
    Ok(rows.into_iter().zip(amounts).collect())
}

/// What the shop still knows of the voucher behind a row; nothing once it was thrown away.
fn rule<'a>(dossier: &'a Dossier, row: &Row) -> Option<&'a Row> {
    dossier.rules.iter().find(|rule| rule.id() == row.text("id_cart_rule"))
}

fn promotion(dossier: &Dossier, row: &Row, amount: Money) -> Promotion {
    let code = rule(dossier, row).map(|rule| rule.label("code")).filter(|code| !code.is_empty());
    Promotion { code: code.unwrap_or_else(|| row.label("name")), amount: amount.abs() }
}

/// What vouchers took off each line, without VAT, in all `off`; `vat` is the VAT that the lines have
/// after that.
fn taken(
    dossier: &Dossier,
    used: &[(&Row, Money)],
    lines: &[Line<'_>],
    gross: &[Money],
    off: Money,
    vat: Money,
) -> Result<Vec<Money>, Rejection> {
    let mut taken = vec![Money::ZERO; lines.len()];
    let mut rest = off;
    for (row, amount) in used {
        let bound = rule(dossier, row).map(|rule| bound(rule, lines)).unwrap_or_default();
        let room: Money = bound.iter().map(|&i| gross[i] - taken[i]).sum();
        // What takes off more than its article costs is not only about that article.
        if !bound.is_empty() && *amount <= room && *amount <= rest {
            taken = share(&taken, gross, &bound, *amount);
            rest -= *amount;
        }
    }
    let fixed = taken;
    let all: Vec<usize> = (0..lines.len()).collect();
    let left: Vec<Money> = gross.iter().zip(&fixed).map(|(gross, taken)| *gross - *taken).collect();
    // A percentage is one of full prices; an amount may be shared by what is left of them.
    let by_price = share(&fixed, gross, &all, rest);
    let by_rest = share(&fixed, &left, &all, rest);
    let ways = [Some(by_price.clone()), Some(by_rest), by_two_rates(lines, gross, &fixed, rest, vat)];
    let fits = |taken: &Vec<Money>| !too_much(taken, gross) && (off.is_zero() || adds_up(lines, taken, vat));
    ways.into_iter().flatten().find(fits).ok_or_else(|| {
        let field = format!("orders[{}].total_discounts_tax_incl", dossier.order.id());
        let natural: Decimal = lines.iter().zip(&by_price).map(|(line, taken)| vat_left(line, *taken)).sum();
        let goods: Money = gross.iter().copied().sum();
        let natural = natural.round_dp(2);
        let value = format!("{off} off goods of {goods} leaves {vat} VAT, {natural} if all lines share it");
        let rule = "more is taken off than the goods cost, or its VAT does not show which lines it was for";
        Rejection::new("totals_mismatch", field, value, rule)
    })
}

/// The lines that a voucher is bound to: those of the one article that it is for or that is its gift.
fn bound(rule: &Row, lines: &[Line<'_>]) -> Vec<usize> {
    // -1 is the cheapest article and -2 the chosen ones: the webservice does not say which.
    let article = [rule.reference("reduction_product"), rule.reference("gift_product")];
    let Some(article) = article.into_iter().flatten().find(|id| !id.starts_with('-')) else {
        return Vec::new();
    };
    (0..lines.len()).filter(|&i| lines[i].row.text("product_id") == article).collect()
}

/// What is taken once an amount is taken off some lines too, shared by `weights`.
fn share(taken: &[Money], weights: &[Money], places: &[usize], amount: Money) -> Vec<Money> {
    let mut taken = taken.to_vec();
    let weights: Vec<Money> = places.iter().map(|&i| weights[i]).collect();
    for (&i, part) in places.iter().zip(amount.spread(&weights)) {
        taken[i] += part;
    }
    taken
}

fn too_much(taken: &[Money], gross: &[Money]) -> bool {
    taken.iter().zip(gross).any(|(taken, gross)| *taken > (*gross).max(Money::ZERO))
}

/// The VAT of a line after vouchers.
fn vat_left(line: &Line<'_>, taken: Money) -> Decimal {
    line.vat - taken.to_decimal() * line.rate.percent() / Decimal::ONE_HUNDRED
}

/// Whether the VAT that is left on the lines is the shop's, rounding apart.
fn adds_up(lines: &[Line<'_>], taken: &[Money], vat: Money) -> bool {
    let left: Vec<Decimal> = lines.iter().zip(taken).map(|(line, taken)| vat_left(line, *taken)).collect();
    fit(&left, vat, 4).into_iter().sum::<Money>() == vat
}

/// The one way to share `rest` between the lines of two rates that leaves `vat` on them.
fn by_two_rates(
    lines: &[Line<'_>],
    gross: &[Money],
    fixed: &[Money],
    rest: Money,
    vat: Money,
) -> Option<Vec<Money>> {
    let mut rates: Vec<VatRate> =
        lines.iter().filter(|line| !line.net.is_zero()).map(|line| line.rate).collect();
    rates.sort_unstable();
    rates.dedup();
    let [low, high] = rates.as_slice() else { return None };
    let part = |rate: &VatRate| rate.percent() / Decimal::ONE_HUNDRED;
    let before: Decimal = lines.iter().zip(fixed).map(|(line, taken)| vat_left(line, *taken)).sum();
    let off = before - vat.to_decimal();
    let dear = (off - rest.to_decimal() * part(low)).checked_div(part(high) - part(low))?;
    let dear = Money::round(dear).ok()?.max(Money::ZERO).min(rest);
    let mut taken = fixed.to_vec();
    for (rate, amount) in [(low, rest - dear), (high, dear)] {
        let places: Vec<usize> = (0..lines.len()).filter(|&i| lines[i].rate == *rate).collect();
        taken = share(&taken, gross, &places, amount);
    }
    Some(taken)
}

impl Line<'_> {
    fn finish(&self, gross: Money, discount: Money, vat: Money) -> Result<OrderLine, Rejection> {
        let quantity = Quantity::new(self.quantity);
        let article = match self.row.text("product_reference") {
            "" => None,
            code => Some(
                ArticleCode::new(code)
                    .map_err(|e| self.row.wrong("invalid_article", "product_reference", e.to_string()))?,
            ),
        };
        Ok(OrderLine {
            id: self.row.required("id")?.into(),
            article,
            label: self.row.label("product_name"),
            quantity,
            unit: Unit::Piece,
            unit_price: UnitPrice::of(gross, quantity),
            gross,
            discount,
            net: gross - discount,
            vat_rate: self.rate,
            vat,
        })
    }
}
