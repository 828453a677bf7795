//! What the ERP is sent of an order: all of it, or what a layout can say of a change.
//!
//! It is a function of the revision that the ERP was given last and of the one it is given
//! now, so the file of a batch stays a pure function of the batch, whatever happened in between.

use std::collections::VecDeque;

use passerelle_domain::{Money, Order, OrderState, Quantity, Rejection};

use super::differences;
use super::lines::amount_line;
use super::order::{now, number_lines, of};
use crate::orders::model::{Amendments, Layout};
use crate::orders::records::{Action, ErpCharge, ErpLine, ErpOrder, ErpPayment};

/// What the ERP is sent.
///
/// # Errors
/// When the layout has no way to express this change; the difference is spelled out in the value.
pub(crate) fn amended<'a>(
    order: &'a Order,
    previous: Option<&'a Order>,
    layout: &'a Layout,
) -> Result<ErpOrder<'a>, Rejection> {
    let Some(before) = previous else { return Ok(of(order, layout)) };
    // Not cut as other values are: a person enters it from here. It has its own limits.
    let quarantined = |rule: &str| Rejection {
        value: differences::spelled(before, order),
        ..Rejection::new("changed_after_export", "order", "", rule)
    };
    if order.state == OrderState::Pending {
        return Err(quarantined("the ERP has this order already, and for the shop it is no sale any more"));
    }
    let after = now(order, layout);
    let gone = after.is_nothing();
    let action = if gone { Action::Cancel } else { Action::Replace };
    match layout.policy.amendments {
        Amendments::SetAside => {
            Err(quarantined("the ERP has this order already, and its layout takes no changes"))
        }
        Amendments::Cancellation if !gone => Err(quarantined(
            "the ERP has this order already, and its layout takes no change but a cancellation",
        )),
        Amendments::Cancellation | Amendments::Replacement => Ok(ErpOrder { action, ..after }),
        Amendments::SignedDifferences => {
            let action = if gone { Action::Cancel } else { Action::Change };
            Ok(ErpOrder { action, ..difference(now(before, layout), after) })
        }
    }
}

/// Whether the ERP is to have nothing of an order any more.
pub(crate) fn is_gone(order: &Order, layout: &Layout) -> bool {
    order.state != OrderState::Pending && now(order, layout).is_nothing()
}

/// The later revision less the earlier one. All figures are differences, and their sums agree as
/// those of an order do.
fn difference<'a>(before: ErpOrder<'a>, after: ErpOrder<'a>) -> ErpOrder<'a> {
    let mut lines = difference_of_lines(before.lines, after.lines);
    number_lines(&mut lines);
    let mut payments = difference_of_payments(before.payments, after.payments);
    payments.iter_mut().enumerate().for_each(|(i, payment)| payment.number = i + 1);
    let mut charges = difference_of_charges(before.charges, after.charges);
    charges.iter_mut().enumerate().for_each(|(i, charge)| charge.number = i + 1);
    let payment_method =
        if after.payment_method.is_empty() { before.payment_method } else { after.payment_method };
    ErpOrder {
        lines,
        charges,
        payments,
        net: after.net - before.net,
        vat: after.vat - before.vat,
        total: after.total - before.total,
        promotion_net: after.promotion_net - before.promotion_net,
        delivery_net: after.delivery_net - before.delivery_net,
        fee_net: after.fee_net - before.fee_net,
        payment_method,
        payment_total: after.payment_total - before.payment_total,
        ..after
    }
}

fn difference_of_lines<'a>(before: Vec<ErpLine<'a>>, after: Vec<ErpLine<'a>>) -> Vec<ErpLine<'a>> {
    let mut before = VecDeque::from(before);
    let (mut changed, mut more) = (Vec::new(), Vec::new());
    for line in after {
        match before.iter().position(|old| old.id == line.id).and_then(|place| before.remove(place)) {
            Some(old) => changed.extend(change(old, line)),
            None => more.push(line),
        }
    }
    before.into_iter().map(taken_back).chain(changed).chain(more).collect()
}

fn taken_back(line: ErpLine<'_>) -> ErpLine<'_> {
    ErpLine {
        quantity: Quantity::ZERO - line.quantity,
        gross: -line.gross,
        discount: -line.discount,
        net: -line.net,
        vat: -line.vat,
        ..line
    }
}

/// What changed of a line: nothing, one line of the difference, or the old one taken back and the
/// new one entered, where no quantity and price could say the difference.
fn change<'a>(old: ErpLine<'a>, new: ErpLine<'a>) -> Vec<ErpLine<'a>> {
    let (net, vat) = (new.net - old.net, new.vat - old.vat);
    let quantity = new.quantity - old.quantity;
    let same_thing = old.article == new.article && old.unit == new.unit && old.vat_rate == new.vat_rate;
    let (gross, discount) = (new.gross - old.gross, new.discount - old.discount);
    let same_amounts = [net, vat, gross, discount].iter().all(|amount| amount.is_zero());
    if same_thing && same_amounts && (quantity.is_zero() || new.kind.is_amount()) {
        return Vec::new();
    }
    if same_thing && new.kind.is_amount() {
        return vec![amount_line(new.kind, new.article, new.label, new.vat_rate, net, vat)];
    }
    let exact = new.unit_price.times(quantity).map(|amount| amount == gross && net == gross - discount);
    if same_thing && old.unit_price == new.unit_price && !quantity.is_zero() && exact == Ok(true) {
        return vec![ErpLine { quantity, gross, discount, net, vat, ..new }];
    }
    vec![taken_back(old), new]
}

fn difference_of_payments<'a>(
    before: Vec<ErpPayment<'a>>,
    after: Vec<ErpPayment<'a>>,
) -> Vec<ErpPayment<'a>> {
    let less = before.into_iter().map(|payment| ErpPayment { amount: -payment.amount, ..payment });
    let mut all: Vec<ErpPayment<'a>> = Vec::new();
    for payment in less.chain(after) {
        let same = |other: &&mut ErpPayment<'_>| {
            (other.method, other.reference) == (payment.method, payment.reference)
        };
        match all.iter_mut().find(same) {
            Some(other) => other.amount += payment.amount,
            None => all.push(payment),
        }
    }
    all.retain(|payment| !payment.amount.is_zero());
    all
}

fn difference_of_charges<'a>(before: Vec<ErpCharge<'a>>, after: Vec<ErpCharge<'a>>) -> Vec<ErpCharge<'a>> {
    let less = before.into_iter().map(|charge| ErpCharge { net: -charge.net, vat: -charge.vat, ..charge });
    let mut all: Vec<ErpCharge<'a>> = Vec::new();
    for charge in less.chain(after) {
        let same = |other: &&mut ErpCharge<'_>| {
            (other.kind, other.vat_rate, other.label) == (charge.kind, charge.vat_rate, charge.label)
        };
        match all.iter_mut().find(same) {
            Some(other) => {
                other.net += charge.net;
                other.vat += charge.vat;
            }
            None => all.push(charge),
        }
    }
    all.retain(|charge| (charge.net, charge.vat) != (Money::ZERO, Money::ZERO));
    all
}
