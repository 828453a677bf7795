use passerelle_domain::{Money, Payment, Rejection};

use super::{money, text};
use crate::shopify::wire::{self, Transaction};

/// What was paid: every successful sale or capture, less change given. What is still open is a
/// promise: by the means that was authorised or waits, on terms, or unpaid.
pub(super) fn payments(wire: &wire::Order, total: Money) -> Result<Vec<Payment>, Rejection> {
    let mut payments: Vec<Payment> = Vec::new();
    let mut promise = None;
    for (i, transaction) in wire.transactions.iter().enumerate() {
        let amount = money(&format!("transactions[{i}].amountSet"), &transaction.amount_set)?;
        let paid = payment(transaction, amount);
        match (transaction.kind.as_str(), transaction.status.as_str()) {
            ("SALE" | "CAPTURE", "SUCCESS") => payments.push(paid),
            ("CHANGE", "SUCCESS") => {
                if let Some(before) = payments.iter_mut().rev().find(|before| before.method == paid.method) {
                    before.amount -= amount.abs();
                }
            }
            ("AUTHORIZATION" | "EMV_AUTHORIZATION", "SUCCESS")
            | ("SALE" | "AUTHORIZATION", "PENDING" | "AWAITING_RESPONSE") => promise = Some(paid),
            _ => {}
        }
    }
    let rest = total - payments.iter().map(|payment| payment.amount).sum();
    let rounding =
        money("totalCashRoundingAdjustment.paymentSet", &wire.total_cash_rounding_adjustment.payment_set)?;
    if rest.is_zero() {
    } else if rest == -rounding {
        payments.push(named("cash_rounding", "Arrondi d'espèces", rest));
    } else if rest > Money::ZERO {
        payments.push(match (promise, &wire.payment_terms) {
            (Some(promise), _) => Payment { amount: rest, ..promise },
            (None, Some(terms)) => named("payment_terms", &terms.payment_terms_name, rest),
            (None, None) => named("unpaid", "À payer", rest),
        });
    }
    Ok(payments)
}

fn named(method: &str, label: &str, amount: Money) -> Payment {
    Payment { method: method.into(), label: label.into(), amount, reference: String::new() }
}

fn payment(transaction: &Transaction, amount: Money) -> Payment {
    let gateway = text(transaction.gateway.as_ref());
    let label = text(transaction.formatted_gateway.as_ref());
    Payment {
        label: if label.is_empty() { gateway.clone() } else { label },
        method: if gateway.is_empty() { "unknown".into() } else { gateway },
        amount,
        reference: text(transaction.payment_id.as_ref()),
    }
}
