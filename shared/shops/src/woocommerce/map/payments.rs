use passerelle_domain::{Money, Payment, Rejection};
use serde_json::Value;

use super::{money, plain, wrong};
use crate::json::shown;
use crate::woocommerce::config::Config;
use crate::woocommerce::wire::{self, ExtraPayment};

/// The payments of an order. WooCommerce knows one method; others that a plugin took (a gift card, a
/// deposit) are in the meta data, and the main method pays the rest.
pub(super) fn payments(config: &Config, wire: &wire::Order, total: Money) -> Result<Vec<Payment>, Rejection> {
    let others = others(config, wire)?;
    if wire.payment_method.is_empty() {
        return Ok(others);
    }
    let rest = total - others.iter().map(|payment| payment.amount).sum();
    if rest < Money::ZERO {
        let value = format!("{} of {total}", total - rest);
        let rule = "the other payments come to no more than the order's total";
        return Err(Rejection::new("payments_exceed_total", field(config), value, rule));
    }
    let main = Payment {
        method: wire.payment_method.as_str().into(),
        label: plain(&wire.payment_method_title),
        amount: rest,
        reference: wire.transaction_id.as_str().into(),
    };
    Ok((!rest.is_zero()).then_some(main).into_iter().chain(others).collect())
}

fn field(config: &Config) -> String {
    format!("meta_data.{}", config.meta.payments)
}

/// The list in the meta data: as JSON, or as JSON in a text.
fn others(config: &Config, wire: &wire::Order) -> Result<Vec<Payment>, Rejection> {
    let unreadable = |value: &Value| {
        let rule = "a JSON list of method, title, amount and reference";
        Rejection::new("invalid_payment", field(config), shown(value), rule)
    };
    let json = match wire.meta_data.get(&config.meta.payments) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::String(text)) if text.trim().is_empty() => return Ok(Vec::new()),
        Some(Value::String(text)) => text.clone(),
        Some(list) => list.to_string(),
    };
    let list: wire::List<ExtraPayment> =
        wire::read(&json).map_err(|_| unreadable(&Value::from(json.as_str())))?;
    super::each(&list, |i, payment| {
        let at = |name: &str| format!("{}[{i}].{name}", field(config));
        let amount = money(&at("amount"), &payment.amount)?;
        if amount <= Money::ZERO {
            return Err(wrong("invalid_payment", &at("amount"), &payment.amount, "more than zero"));
        }
        Ok(Payment {
            method: super::required(&at("method"), &payment.method)?.into(),
            label: plain(&payment.title),
            amount,
            reference: payment.reference.as_str().into(),
        })
    })
}
