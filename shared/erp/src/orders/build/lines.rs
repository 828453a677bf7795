//! The lines that the ERP sees: goods, discounts and charges by the layout's policies.

use std::borrow::Cow;
use std::collections::BTreeMap;

use passerelle_domain::{ChargeKind, Money, Order, Quantity, Rejection, Unit, UnitPrice, VatRate};

use super::refunds::{Rest, RestOfLine};
use crate::orders::model::{Layout, Policy, Promotions};
use crate::orders::records::{ErpLine, LineKind, Notes};

/// The most decimals of a price: as many as [`UnitPrice::of`] gives.
const MAX_PRICE_PLACES: u32 = 6;

/// One of the order's own lines, in the ERP's units.
pub(crate) fn goods<'a>(rest: &RestOfLine<'a>, layout: &'a Layout, notes: &mut Notes) -> ErpLine<'a> {
    let (line, policy) = (rest.line, &layout.policy);
    let origin = format!("lines[{}]", rest.place);
    let mut erp = ErpLine {
        kind: if line.article.is_some() { LineKind::Article } else { LineKind::Free },
        id: Cow::Borrowed(&line.id),
        number: 0,
        article: line.article.as_ref().map_or("", |article| article.as_str()),
        label: Cow::Borrowed(&line.label),
        quantity: rest.quantity,
        unit: line.unit,
        unit_price: rest.unit_price,
        gross: rest.gross,
        discount: rest.discount,
        net: rest.net,
        vat_rate: line.vat_rate,
        vat: rest.vat,
        origin,
    };
    match layout.articles.as_ref().map_or(Ok(None), |articles| articles.pack(line)) {
        Ok(Some(pack)) => {
            (erp.quantity, erp.unit_price) = pack.convert(rest.quantity, rest.unit_price, rest.gross);
            (erp.article, erp.unit) = (&pack.article, pack.unit);
        }
        Ok(None) => {}
        Err(rule) => {
            let field = format!("{}.article", erp.origin);
            notes.faults.push(Rejection::new("unknown_article", field, erp.article, rule));
        }
    }
    match policy.promotions {
        Promotions::Spread if !policy.discount_column && !rest.discount.is_zero() => {
            erp.unit_price = UnitPrice::of(rest.net, erp.quantity);
            (erp.gross, erp.discount) = (rest.net, Money::ZERO);
        }
        // The VAT stays the shop's, so that the lines' VAT remains the order's.
        Promotions::HeaderField => (erp.net, erp.discount) = (rest.gross, Money::ZERO),
        Promotions::Spread | Promotions::LinePerVatRate => {}
    }
    // 36 x 34.46 is 1 240.56, and the shop said 1 240.70: the amount is what the customer paid.
    let exact = erp.unit_price.times(erp.quantity) == Ok(erp.gross);
    let endless = erp.unit_price.to_decimal().normalize().scale() > MAX_PRICE_PLACES;
    if (!exact || endless) && !erp.quantity.is_zero() {
        let (from, to) = (erp.unit_price, UnitPrice::of(erp.gross, erp.quantity));
        let rule = format!("quantity x price is the amount, {}, to the cent", erp.gross);
        notes.repaired(&format!("{}.unit_price", erp.origin), &from.to_string(), &to.to_string(), rule);
        erp.unit_price = to;
    }
    erp
}

/// Puts lines before discounts and returns the discounts, one negative line a VAT rate.
///
/// The shop's VAT is that of lines after discounts, so the VAT of the discounts has to be chosen:
/// it is what the rate makes of the lines before discounts, less the shop's VAT of the lines. Spread
/// over the lines by their discounts and taken off again on the negative line, it leaves the sum as
/// it was, to the cent.
pub(crate) fn move_discounts<'a>(
    lines: &mut [ErpLine<'a>],
    order: &'a Order,
    policy: &'a Policy,
) -> Vec<ErpLine<'a>> {
    let mut by_rate: BTreeMap<VatRate, Vec<&mut ErpLine<'a>>> = BTreeMap::new();
    for line in lines {
        by_rate.entry(line.vat_rate).or_default().push(line);
    }
    let mut discounts = Vec::new();
    for (rate, mut lines) in by_rate {
        let weights: Vec<Money> = lines.iter().map(|line| line.discount).collect();
        let discount: Money = weights.iter().copied().sum();
        let gross: Money = lines.iter().map(|line| line.gross).sum();
        let shop_vat: Money = lines.iter().map(|line| line.vat).sum();
        let vat = rate.on(gross).unwrap_or(shop_vat) - shop_vat;
        // Of small amounts the shop's rounding can outweigh the discount's VAT.
        let vat = if vat.cents().signum() == discount.cents().signum() { vat } else { Money::ZERO };
        for (line, vat) in lines.iter_mut().zip(vat.spread(&weights)) {
            line.vat += vat;
            (line.net, line.discount) = (line.gross, Money::ZERO);
        }
        if !discount.is_zero() {
            let article = &policy.promotion_article;
            discounts.push(amount_line(
                LineKind::Discount,
                article,
                promotion_label(order),
                rate,
                -discount,
                -vat,
            ));
        }
    }
    discounts
}

fn promotion_label(order: &Order) -> Cow<'_, str> {
    if order.promotions.is_empty() {
        return Cow::Borrowed("Remise");
    }
    let codes: Vec<&str> = order.promotions.iter().map(|promotion| promotion.code.as_str()).collect();
    Cow::Owned(format!("Remise {}", codes.join(", ")))
}

/// The charges, one line a kind and VAT rate.
pub(crate) fn charge_lines<'a>(rest: &Rest<'a>, policy: &'a Policy) -> Vec<ErpLine<'a>> {
    let mut sums: BTreeMap<(ChargeKind, VatRate), (Money, Money, Vec<&'a str>)> = BTreeMap::new();
    for charge in &rest.charges {
        let (net, vat, labels) = sums.entry((charge.kind, charge.vat_rate)).or_default();
        *net += charge.net;
        *vat += charge.vat;
        if !labels.contains(&charge.label) {
            labels.push(charge.label);
        }
    }
    let line = |((kind, rate), (net, vat, labels)): ((ChargeKind, VatRate), (Money, Money, Vec<&'a str>))| {
        let line_kind = match kind {
            ChargeKind::Delivery => LineKind::Delivery,
            ChargeKind::Fee => LineKind::Fee,
        };
        let label = match labels.as_slice() {
            [one] => Cow::Borrowed(*one),
            several => Cow::Owned(several.join(" + ")),
        };
        amount_line(line_kind, article_of(kind, policy), label, rate, net, vat)
    };
    sums.into_iter().map(line).collect()
}

pub(crate) fn article_of(kind: ChargeKind, policy: &Policy) -> &str {
    match kind {
        ChargeKind::Delivery => &policy.delivery_article,
        ChargeKind::Fee => &policy.fee_article,
    }
}

/// A line that is only an amount. A negative one is a quantity of -1 at a positive price, because
/// prices below zero are invalid on the invoice that the ERP makes of it (EN 16931 BR-27).
pub(crate) fn amount_line<'a>(
    kind: LineKind,
    article: &'a str,
    label: Cow<'a, str>,
    vat_rate: VatRate,
    net: Money,
    vat: Money,
) -> ErpLine<'a> {
    let one = Quantity::from(1);
    let origin = match kind {
        LineKind::Delivery | LineKind::Fee => "charges",
        LineKind::Discount => "promotions",
        LineKind::Refund => "refunds",
        LineKind::Article | LineKind::Free => "lines",
    };
    ErpLine {
        origin: origin.to_owned(),
        kind,
        id: Cow::Owned(format!("{}-{}", kind.word(), vat_rate.basis_points())),
        number: 0,
        article,
        label,
        quantity: if net < Money::ZERO { Quantity::ZERO - one } else { one },
        unit: Unit::Piece,
        unit_price: UnitPrice::of(net.abs(), one),
        gross: net,
        discount: Money::ZERO,
        net,
        vat_rate,
        vat,
    }
}
