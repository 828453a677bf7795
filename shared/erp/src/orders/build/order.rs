//! An order as the ERP sees it, by a layout's policies.
//!
//! What holds of every order that [`Order::check`] accepts, whatever the policies:
//! - lines' net, less `promotion_net` with promotions in a header field, plus `delivery_net` and
//!   `fee_net` with charges in header fields, or the charges with a record each, is the order's net
//!   after refunds;
//! - lines' VAT, plus that of charges that are no lines, is the order's VAT after refunds;
//! - payments, where there are any and not only the first is sent, are its total after refunds.

use std::borrow::Cow;

use passerelle_domain::{Address, Charge, ChargeKind, Money, Order, OrderState};

use super::lines::{amount_line, article_of, charge_lines, goods, move_discounts};
use super::refunds::after_refunds;
use crate::orders::model::{Charges, Layout, Payments, Promotions};
use crate::orders::records::{Action, ErpCharge, ErpLine, ErpOrder, ErpPayment, Known, LineKind, Notes};

/// Applies refunds, policies and lists.
pub(super) fn of<'a>(order: &'a Order, layout: &'a Layout) -> ErpOrder<'a> {
    let (policy, mut notes) = (&layout.policy, Notes::default());
    let rest = after_refunds(order);
    let net_of = |kind| rest.charges.iter().filter(|c| c.kind == kind).map(|c| c.net).sum();
    let (delivery_net, fee_net) = (net_of(ChargeKind::Delivery), net_of(ChargeKind::Fee));
    let vat = rest.lines.iter().map(|line| line.vat).sum::<Money>()
        + rest.charges.iter().map(|charge| charge.vat).sum()
        + rest.adjustments.iter().map(|(_, _, vat)| *vat).sum();
    let total = order.total_after_refunds();
    let promotion_net = rest.lines.iter().map(|line| line.discount).sum();

    let mut lines: Vec<ErpLine<'a>> = rest.lines.iter().map(|line| goods(line, layout, &mut notes)).collect();
    let discounts = match policy.promotions {
        Promotions::LinePerVatRate => move_discounts(&mut lines, order, policy),
        Promotions::Spread | Promotions::HeaderField => Vec::new(),
    };
    if policy.charges == Charges::LinePerVatRate {
        lines.extend(charge_lines(&rest, policy));
    }
    lines.extend(discounts);
    for (rate, net, vat) in &rest.adjustments {
        let label = if net.cents() > 0 { "Reste dû après retour" } else { "Remboursement" };
        let article = &policy.promotion_article;
        lines.push(amount_line(LineKind::Refund, article, label.into(), *rate, *net, *vat));
    }
    number_lines(&mut lines);

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
    let charges = rest.charges.iter().enumerate().map(|(i, charge)| ErpCharge {
        origin: format!("charges[{}]", charge.place),
        number: i + 1,
        kind: charge.kind,
        article: article_of(charge.kind, policy),
        label: charge.label,
        net: charge.net,
        vat_rate: charge.vat_rate,
        vat: charge.vat,
    });
    let (customer_code, customer_known) = layout.customers.code(&order.customer);
    if customer_known == Known::Guest {
        let rule = "the code of all guests, who have no account in the shop";
        notes.repaired("customer.code", "", &customer_code, rule.to_owned());
    }
    let billing = complete(layout, &order.billing, "billing.city", &mut notes);
    let delivery = complete(layout, &order.delivery, "delivery.city", &mut notes);
    let delivers = |charge: &&Charge| charge.kind == ChargeKind::Delivery;
    ErpOrder {
        order,
        action: Action::New,
        customer_code,
        customer_known,
        billing,
        delivery,
        delivery_label: order.charges.iter().find(delivers).map_or("", |charge| &charge.label),
        charges: charges.collect(),
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
        notes,
    }
}

/// The order as it stands now.
pub(super) fn now<'a>(order: &'a Order, layout: &'a Layout) -> ErpOrder<'a> {
    match order.state {
        OrderState::Cancelled => nothing(order, layout),
        OrderState::Confirmed | OrderState::Pending => of(order, layout),
    }
}

/// An order of which nothing is left: one that was cancelled.
fn nothing<'a>(order: &'a Order, layout: &'a Layout) -> ErpOrder<'a> {
    let zero = Money::ZERO;
    ErpOrder {
        lines: Vec::new(),
        charges: Vec::new(),
        payments: Vec::new(),
        net: zero,
        vat: zero,
        total: zero,
        promotion_net: zero,
        delivery_net: zero,
        fee_net: zero,
        payment_total: zero,
        // What is wrong with goods that nobody wants any more does not matter.
        notes: Notes::default(),
        ..of(order, layout)
    }
}

/// Gives lines their numbers.
pub(super) fn number_lines(lines: &mut [ErpLine<'_>]) {
    lines.iter_mut().enumerate().for_each(|(i, line)| line.number = i + 1);
}

fn complete<'a>(
    layout: &'a Layout,
    address: &'a Address,
    field: &str,
    notes: &mut Notes,
) -> Cow<'a, Address> {
    let Some(towns) = &layout.towns else { return Cow::Borrowed(address) };
    let (completed, rule) = towns.complete(address);
    if let Some(rule) = rule.filter(|_| layout.writes(field)) {
        notes.repaired(field, &address.city, &completed.city, rule);
    }
    completed
}
