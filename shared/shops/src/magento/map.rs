//! From Magento's order to ours: pure functions. A rejection names the shop's own field, so that it
//! can be found in the kept answer.

mod charges;
mod lines;
mod numbers;
mod payments;
mod people;
mod rates;
mod refunds;

use passerelle_domain::{Money, Order, OrderKey, OrderState, Promotion, Rejection};
use serde_json::Value;

use super::config::Config;
use super::wire;
use numbers::{money, required, required_money};
use rates::Rates;

pub(super) use numbers::instant;

/// An order with what Magento keeps apart from it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts<'a> {
    /// The order.
    pub order: &'a Value,
    /// All its credit memos.
    pub memos: &'a [Value],
    /// The customer's account, where it was asked for and found.
    pub customer: Option<&'a Value>,
}

/// What of an order was cancelled while the rest of it goes on. Magento cancels what is not yet
/// invoiced and leaves the order's amounts as they were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cancelled {
    /// Nothing, or all of it: then the order's state says so.
    Nothing,
    /// A part, and the rest is what was invoiced.
    AllButInvoiced,
    /// A part, and nothing was invoiced yet (goods that were shipped before).
    Part,
}

/// An order in canonical form, checked.
///
/// # Errors
/// The first field that cannot be understood, or what [`Order::checked`] refuses.
pub(super) fn order(config: &Config, key: &OrderKey, parts: Parts<'_>) -> Result<Order, Rejection> {
    let first: wire::Order = wire::read(parts.order)?;
    if !is_foreign(&first) {
        let currency = required("order_currency_code", &first.order_currency_code)?.to_uppercase();
        return in_one_currency(config, key, parts, &first, currency);
    }
    let mut order = parts.order.clone();
    let mut memos = parts.memos.to_vec();
    wire::in_base_currency(&mut order);
    memos.iter_mut().for_each(wire::in_base_currency);
    let currency = first.base_currency_code.as_str().to_uppercase();
    let parts = Parts { order: &order, memos: &memos, ..parts };
    in_one_currency(config, key, parts, &wire::read(&order)?, currency)
}

/// Whether the customer saw other prices than the shop keeps its books in. Magento computes both,
/// each adding up by itself; the ERP gets those of the books.
fn is_foreign(order: &wire::Order) -> bool {
    !order.base_currency_code.is_empty()
        && !order.base_currency_code.as_str().eq_ignore_ascii_case(order.order_currency_code.as_str())
}

fn in_one_currency(
    config: &Config,
    key: &OrderKey,
    parts: Parts<'_>,
    wire: &wire::Order,
    currency: String,
) -> Result<Order, Rejection> {
    let goods = lines::goods(wire);
    let cancelled = lines::cancelled(wire, &goods)?;
    let rates = Rates::of(wire)?;
    let lines = lines::lines(config, &goods, cancelled)?;
    let charges = charges::charges(config, parts.order, wire, &goods, &rates, cancelled)?;
    let credits = payments::credits(wire, cancelled)?;
    let to_pay = match cancelled {
        Cancelled::AllButInvoiced => required_money("total_invoiced", &wire.total_invoiced)?,
        Cancelled::Part => {
            required_money("grand_total", &wire.grand_total)? - money("total_canceled", &wire.total_canceled)?
        }
        Cancelled::Nothing => required_money("grand_total", &wire.grand_total)?,
    };
    let vat_total = match cancelled {
        Cancelled::AllButInvoiced => money("tax_invoiced", &wire.tax_invoiced)?,
        Cancelled::Part => {
            money("tax_amount", &wire.tax_amount)? - money("tax_canceled", &wire.tax_canceled)?
        }
        Cancelled::Nothing => money("tax_amount", &wire.tax_amount)?,
    };
    let total = to_pay + credits.iter().map(|payment| payment.amount).sum();
    let memos = refunds::read(parts.memos)?;
    let (billing, delivery) = people::addresses(wire);
    let mut order = Order {
        key: key.clone(),
        number: if wire.increment_id.is_empty() {
            key.id.to_string()
        } else {
            wire.increment_id.as_str().into()
        },
        state: config.states.meaning(wire.status.as_str(), wire.state.as_str()),
        shop_state: if wire.status.is_empty() { &wire.state } else { &wire.status }.as_str().into(),
        created_at: instant("created_at", &wire.created_at)?,
        currency,
        customer: people::customer(config, parts, wire)?,
        billing,
        delivery,
        wanted_on: people::wanted_on(config, parts.order)?,
        promotions: promotions(wire, &lines)?,
        payments: payments::payments(wire, credits, to_pay),
        refunds: Vec::new(),
        lines,
        charges,
        note: wire::named_text(parts.order, &config.fields.note).as_str().into(),
        vat_total,
        total,
    };
    order.refunds = refunds::refunds(config, parts.memos, &memos, &order, wire)?;
    order.state = state(&order, wire);
    refunds::all_there(wire, &memos)?;
    order.checked()
}

/// What the order's state is in the end.
fn state(order: &Order, wire: &wire::Order) -> OrderState {
    if !wire.relation_child_id.is_empty() {
        // Edited: another order has taken its place, even if this one is not cancelled yet.
        return OrderState::Cancelled;
    }
    let kept_some = order.total_after_refunds() > Money::ZERO && !order.refunds.is_empty();
    if order.state == OrderState::Cancelled && wire.state.as_str() == "closed" && kept_some {
        // Closed says that nothing more can be given back; it is a sale as far as money was kept.
        return OrderState::Confirmed;
    }
    order.state
}

/// The discount as one promotion. Magento does not say what each of several codes took off.
fn promotions(
    wire: &wire::Order,
    lines: &[passerelle_domain::OrderLine],
) -> Result<Vec<Promotion>, Rejection> {
    let on_delivery = money("shipping_discount_amount", &wire.shipping_discount_amount)?
        - money(
            "shipping_discount_tax_compensation_amount",
            &wire.shipping_discount_tax_compensation_amount,
        )?;
    let amount = lines.iter().map(|line| line.discount).sum::<Money>() + on_delivery;
    let codes: Vec<&str> =
        wire.coupon_code.as_str().split(',').map(str::trim).filter(|code| !code.is_empty()).collect();
    let code = match (codes.is_empty(), wire.discount_description.as_str()) {
        (false, _) => codes.join(", "),
        (true, _) if amount.is_zero() => return Ok(Vec::new()),
        (true, "") => "remise".into(),
        (true, rules) => rules.into(),
    };
    Ok(vec![Promotion { code, amount }])
}

#[cfg(test)]
#[path = "map_tests.rs"]
mod tests;
