//! What is left of an order after the refunds that were made before its export.

use std::collections::BTreeMap;

use passerelle_domain::{ChargeKind, Money, Order, OrderLine, Quantity, UnitPrice, VatRate};
use rust_decimal::Decimal;

/// The rest of an order. Its sums are the order's after refunds.
#[derive(Clone, Debug)]
pub(crate) struct Rest<'a> {
    /// Lines, without those given back as a whole.
    pub(crate) lines: Vec<RestOfLine<'a>>,
    pub(crate) charges: Vec<RestOfCharge<'a>>,
    /// Amounts that belong to no line any more, by VAT rate: net and VAT, as a rule negative.
    pub(crate) adjustments: Vec<(VatRate, Money, Money)>,
    /// What is left of each payment, with its place in the order.
    pub(crate) payments: Vec<(usize, Money)>,
}

/// The rest of a line: its place in the order, the line as it was, and its figures now.
#[derive(Clone, Debug)]
pub(crate) struct RestOfLine<'a> {
    pub(crate) place: usize,
    pub(crate) line: &'a OrderLine,
    pub(crate) quantity: Quantity,
    pub(crate) unit_price: UnitPrice,
    pub(crate) gross: Money,
    pub(crate) discount: Money,
    pub(crate) net: Money,
    pub(crate) vat: Money,
}

/// The rest of a charge.
#[derive(Clone, Debug)]
pub(crate) struct RestOfCharge<'a> {
    pub(crate) place: usize,
    pub(crate) kind: ChargeKind,
    pub(crate) label: &'a str,
    pub(crate) net: Money,
    pub(crate) vat_rate: VatRate,
    pub(crate) vat: Money,
}

/// What was given back of one line or charge.
#[derive(Clone, Copy, Default)]
struct GivenBack {
    quantity: Quantity,
    net: Money,
    vat: Money,
}

/// Net and VAT by rate.
type ByRate = BTreeMap<VatRate, (Money, Money)>;

fn add(sums: &mut ByRate, rate: VatRate, net: Money, vat: Money) {
    let sum = sums.entry(rate).or_default();
    sum.0 += net;
    sum.1 += vat;
}

/// Takes off the refunds.
pub(crate) fn after_refunds(order: &Order) -> Rest<'_> {
    let mut given_back: BTreeMap<&str, GivenBack> = BTreeMap::new();
    for part in order.refunds.iter().flat_map(|refund| &refund.lines) {
        let sum = given_back.entry(&part.id).or_default();
        sum.quantity = sum.quantity + part.quantity;
        sum.net += part.net;
        sum.vat += part.vat;
    }
    let named: Money = given_back.values().map(|back| back.net + back.vat).sum();
    let unnamed = order.refunded() - named;

    let mut lines = Vec::new();
    let mut adjustments = ByRate::new();
    for (i, line) in order.lines.iter().enumerate() {
        let back = given_back.get(line.id.as_str()).copied().unwrap_or_default();
        match rest_of_line(i, line, back) {
            Some(rest) => lines.push(rest),
            // The goods are back, but not all of the money: no article may be delivered for the
            // difference, so it stands apart.
            None => add(&mut adjustments, line.vat_rate, line.net - back.net, line.vat - back.vat),
        }
    }
    let mut charges = Vec::new();
    for (place, charge) in order.charges.iter().enumerate() {
        let back = given_back.get(charge.id.as_str()).copied().unwrap_or_default();
        let (net, vat) = (charge.net - back.net, charge.vat - back.vat);
        if net.is_zero() && vat.is_zero() && !(back.net.is_zero() && back.vat.is_zero()) {
            continue;
        }
        let (kind, label, vat_rate) = (charge.kind, charge.label.as_str(), charge.vat_rate);
        charges.push(RestOfCharge { place, kind, label, net, vat_rate, vat });
    }

    let mut left = ByRate::new();
    lines.iter().for_each(|rest| add(&mut left, rest.line.vat_rate, rest.net, rest.vat));
    charges.iter().for_each(|charge| add(&mut left, charge.vat_rate, charge.net, charge.vat));
    adjustments.iter().for_each(|(rate, (net, vat))| add(&mut left, *rate, *net, *vat));
    take_off(&mut adjustments, unnamed, &left);

    Rest {
        lines,
        charges,
        adjustments: adjustments
            .into_iter()
            .filter(|(_, (net, vat))| !(net.is_zero() && vat.is_zero()))
            .map(|(rate, (net, vat))| (rate, net, vat))
            .collect(),
        payments: rest_of_payments(order),
    }
}

/// The rest of a line of which something was given back; nothing where all of its goods were.
///
/// Its gross amount is that of the quantity that is left; the discount is what lies between that
/// and the net amount that is left, so it takes up money given back without goods.
fn rest_of_line(place: usize, line: &OrderLine, back: GivenBack) -> Option<RestOfLine<'_>> {
    let quantity = line.quantity - back.quantity;
    if quantity.is_zero() && !back.quantity.is_zero() {
        return None;
    }
    let (net, vat) = (line.net - back.net, line.vat - back.vat);
    let gross = if back.quantity.is_zero() { line.gross } else { share(line, quantity) };
    let as_before = back.net.is_zero() && back.quantity.is_zero();
    if gross < net && !as_before {
        // Less was given back than the goods cost: the rest costs more a piece than before.
        let unit_price = UnitPrice::of(net, quantity);
        return Some(RestOfLine {
            place,
            line,
            quantity,
            unit_price,
            gross: net,
            discount: Money::ZERO,
            net,
            vat,
        });
    }
    let (unit_price, discount) = (line.unit_price, gross - net);
    Some(RestOfLine { place, line, quantity, unit_price, gross, discount, net, vat })
}

/// The part of the gross amount that belongs to `quantity`, from the amount itself and not from the
/// price, which may be rounded.
fn share(line: &OrderLine, quantity: Quantity) -> Money {
    let amount = line.gross.to_decimal().checked_mul(quantity.to_decimal());
    amount
        .and_then(|amount| amount.checked_div(line.quantity.to_decimal()))
        .and_then(|amount| Money::round(amount).ok())
        .unwrap_or(line.gross)
}

/// Takes money that was given back without lines off each VAT rate, by what the rate weighs in the
/// order with VAT, to the cent.
fn take_off(adjustments: &mut ByRate, amount: Money, left: &ByRate) {
    if amount.is_zero() {
        return;
    }
    let weights: Vec<Money> = left.values().map(|(net, vat)| *net + *vat).collect();
    for (rate, part) in left.keys().zip(amount.spread(&weights)) {
        let whole = Decimal::from(10_000 + u32::from(rate.basis_points()));
        let net = Money::round(part.to_decimal() * Decimal::from(10_000) / whole).unwrap_or(part);
        add(adjustments, *rate, -net, net - part);
    }
}

/// Payments less what was given back, from the last one backwards: the customer's last means of
/// payment is the one that shops refund to first.
fn rest_of_payments(order: &Order) -> Vec<(usize, Money)> {
    let mut back = order.refunded();
    let mut rest = Vec::new();
    for (i, payment) in order.payments.iter().enumerate().rev() {
        let taken = back.min(payment.amount).max(Money::ZERO);
        back -= taken;
        if taken.is_zero() || taken != payment.amount {
            rest.push((i, payment.amount - taken));
        }
    }
    rest.reverse();
    rest
}
