//! What the ERP sees of an order: its lines, payments and totals by the layout's policies.
//!
//! What holds of every order that [`Order::check`] accepts, whatever the policies:
//! - lines' net, less `promotion_net` with promotions in a header field, plus `delivery_net` and
//!   `fee_net` with charges in header fields, is the order's net after refunds;
//! - lines' VAT, plus that of charges in header fields, is the order's VAT after refunds;
//! - payments, where there are any and not only the first is told, are its total after refunds.

use std::borrow::Cow;
use std::collections::BTreeMap;

use passerelle_domain::{ChargeKind, Money, Order, Quantity, Unit, UnitPrice, VatRate};

use super::policies::{Charges, Payments, Policy, Promotions};
use super::refunds::{Rest, RestOfLine, after_refunds};

/// An order as the ERP sees it.
#[derive(Clone, Debug)]
pub(super) struct ErpOrder<'a> {
    pub(super) order: &'a Order,
    pub(super) lines: Vec<ErpLine<'a>>,
    pub(super) payments: Vec<ErpPayment<'a>>,
    /// Totals after refunds.
    pub(super) net: Money,
    pub(super) vat: Money,
    pub(super) total: Money,
    /// The sum of discounts on lines.
    pub(super) promotion_net: Money,
    pub(super) delivery_net: Money,
    pub(super) fee_net: Money,
    pub(super) payment_method: &'a str,
    pub(super) payment_total: Money,
}

/// A line as the ERP sees it: goods, a charge, a discount or money given back.
#[derive(Clone, Debug)]
pub(super) struct ErpLine<'a> {
    /// What it comes from, in the domain's words: `lines[2]`, `charges`, `promotions`, `refunds`.
    pub(super) origin: String,
    /// Its place in the order, from 1.
    pub(super) number: usize,
    /// Empty for a free line.
    pub(super) article: &'a str,
    pub(super) label: Cow<'a, str>,
    pub(super) quantity: Quantity,
    pub(super) unit: Unit,
    pub(super) unit_price: UnitPrice,
    pub(super) gross: Money,
    pub(super) discount: Money,
    pub(super) net: Money,
    pub(super) vat_rate: VatRate,
    pub(super) vat: Money,
}

/// A payment as the ERP sees it.
#[derive(Clone, Debug)]
pub(super) struct ErpPayment<'a> {
    /// `payments[1]`.
    pub(super) origin: String,
    /// Its place among those told, from 1.
    pub(super) number: usize,
    pub(super) method: &'a str,
    pub(super) label: &'a str,
    pub(super) amount: Money,
    pub(super) reference: &'a str,
}

impl<'a> ErpOrder<'a> {
    /// Applies refunds and policies.
    pub(super) fn of(order: &'a Order, policy: &'a Policy) -> Self {
        let rest = after_refunds(order);
        let net_of = |kind| rest.charges.iter().filter(|c| c.kind == kind).map(|c| c.net).sum();
        let (delivery_net, fee_net) = (net_of(ChargeKind::Delivery), net_of(ChargeKind::Fee));
        let vat = rest.lines.iter().map(|line| line.vat).sum::<Money>()
            + rest.charges.iter().map(|charge| charge.vat).sum()
            + rest.adjustments.iter().map(|(_, _, vat)| *vat).sum();
        let total = order.total_after_refunds();
        let promotion_net = rest.lines.iter().map(|line| line.discount).sum();

        let mut lines = goods(&rest, policy);
        let discounts = match policy.promotions {
            Promotions::LinePerVatRate => move_discounts(&mut lines, order, policy),
            Promotions::Spread | Promotions::HeaderField => Vec::new(),
        };
        if policy.charges == Charges::LinePerVatRate {
            lines.extend(charges(&rest, policy));
        }
        lines.extend(discounts);
        for (rate, net, vat) in &rest.adjustments {
            let label = if net.cents() > 0 { "Reste dû après retour" } else { "Remboursement" };
            lines.push(amount_line("refunds", &policy.promotion_article, label.into(), *rate, *net, *vat));
        }
        for (i, line) in lines.iter_mut().enumerate() {
            line.number = i + 1;
        }

        let mut payments: Vec<ErpPayment<'a>> = Vec::new();
        for (i, amount) in rest.payments {
            let payment = &order.payments[i];
            payments.push(ErpPayment {
                origin: format!("payments[{i}]"),
                number: payments.len() + 1,
                method: &payment.method,
                label: &payment.label,
                amount,
                reference: &payment.reference,
            });
        }
        let payment_total = match policy.payments {
            Payments::RecordEach | Payments::Sum => payments.iter().map(|payment| payment.amount).sum(),
            Payments::First => payments.first().map(|payment| payment.amount).unwrap_or_default(),
        };
        let payment_method = payments.first().map_or("", |payment| payment.method);
        Self {
            order,
            lines,
            payments,
            net: total - vat,
            vat,
            total,
            promotion_net,
            delivery_net,
            fee_net,
            payment_method,
            payment_total,
        }
    }
}

/// The order's own lines.
fn goods<'a>(rest: &Rest<'a>, policy: &Policy) -> Vec<ErpLine<'a>> {
    let one = |rest: &RestOfLine<'a>| {
        let mut erp = ErpLine {
            origin: format!("lines[{}]", rest.place),
            number: 0,
            article: rest.line.article.as_ref().map_or("", |article| article.as_str()),
            label: Cow::Borrowed(&rest.line.label),
            quantity: rest.quantity,
            unit: rest.line.unit,
            unit_price: rest.unit_price,
            gross: rest.gross,
            discount: rest.discount,
            net: rest.net,
            vat_rate: rest.line.vat_rate,
            vat: rest.vat,
        };
        match policy.promotions {
            Promotions::Spread if !policy.discount_column && !rest.discount.is_zero() => {
                erp.unit_price = UnitPrice::of(rest.net, rest.quantity);
                (erp.gross, erp.discount) = (rest.net, Money::ZERO);
            }
            // The VAT stays the shop's, so that the lines' VAT remains the order's.
            Promotions::HeaderField => (erp.net, erp.discount) = (rest.gross, Money::ZERO),
            Promotions::Spread | Promotions::LinePerVatRate => {}
        }
        erp
    };
    rest.lines.iter().map(one).collect()
}

/// Puts lines before discounts and returns the discounts, one negative line a VAT rate.
///
/// The shop's VAT is that of lines after discounts, so the VAT of the discounts has to be chosen:
/// it is what the rate makes of the lines before discounts, less the shop's VAT of the lines. Spread
/// over the lines by their discounts and taken off again on the negative line, it leaves the sum as
/// it was, to the cent.
fn move_discounts<'a>(lines: &mut [ErpLine<'a>], order: &'a Order, policy: &'a Policy) -> Vec<ErpLine<'a>> {
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
            discounts.push(amount_line("promotions", article, promotion_label(order), rate, -discount, -vat));
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
fn charges<'a>(rest: &Rest<'a>, policy: &'a Policy) -> Vec<ErpLine<'a>> {
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
        let article = match kind {
            ChargeKind::Delivery => &policy.delivery_article,
            ChargeKind::Fee => &policy.fee_article,
        };
        let label = match labels.as_slice() {
            [one] => Cow::Borrowed(*one),
            several => Cow::Owned(several.join(" + ")),
        };
        amount_line("charges", article, label, rate, net, vat)
    };
    sums.into_iter().map(line).collect()
}

/// A line that is only an amount. A negative one is a quantity of -1 at a positive price, because
/// prices below zero are invalid on the invoice that the ERP makes of it (EN 16931 BR-27).
fn amount_line<'a>(
    origin: &str,
    article: &'a str,
    label: Cow<'a, str>,
    vat_rate: VatRate,
    net: Money,
    vat: Money,
) -> ErpLine<'a> {
    let one = Quantity::from(1);
    ErpLine {
        origin: origin.to_owned(),
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
