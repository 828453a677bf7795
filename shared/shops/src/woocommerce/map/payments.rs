use passerelle_domain::{Money, Payment, Rejection, TOO_LARGE};

use super::{money, plain, wrong};
use crate::woocommerce::config::Config;
use crate::woocommerce::wire::{self, ExtraPayment};

/// The largest list of payments that is read, in bytes: some hundreds of them.
const MAX_JSON: usize = 64 * 1024;

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
        let rule = "the other payments come to more than the order's total";
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
    let invalid = |json: &str| {
        let rule = "is no JSON list of method, title, amount and reference";
        Rejection::new("invalid_payment", field(config), json, rule)
    };
    let Some(json) = wire.meta_data.get(&config.meta.payments) else { return Ok(Vec::new()) };
    if json.len() > MAX_JSON {
        let rule = format!("is larger than {MAX_JSON} bytes");
        return Err(Rejection::new(TOO_LARGE, field(config), format!("{} bytes", json.len()), rule));
    }
    let text =
        if json.starts_with('"') { wire.meta_data.text(&config.meta.payments) } else { json.to_owned() };
    if matches!(text.as_str(), "" | "null") {
        return Ok(Vec::new());
    }
    let list: wire::List<ExtraPayment> = wire::read(&text).map_err(|_| invalid(&text))?;
    super::each(&list, |i, payment| {
        let at = |name: &str| format!("{}[{i}].{name}", field(config));
        let amount = money(&at("amount"), &payment.amount)?;
        if amount <= Money::ZERO {
            return Err(wrong("invalid_payment", &at("amount"), &payment.amount, "is not more than zero"));
        }
        Ok(Payment {
            method: super::required(&at("method"), &payment.method)?.into(),
            label: plain(&payment.title),
            amount,
            reference: payment.reference.as_str().into(),
        })
    })
}
