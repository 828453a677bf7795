//! Payments: Magento's one method, and what Adobe Commerce takes off before it.

use passerelle_domain::{Money, Payment, Rejection};
use serde_json::Value;

use super::Cancelled;
use super::numbers::{money, wrong};
use crate::magento::wire::{self, Text};

/// Gift cards, store credit and reward points. Magento takes them off `grand_total` as if they were
/// discounts, but they are means of payment: the goods cost what they cost.
pub(super) fn credits(wire: &wire::Order, cancelled: Cancelled) -> Result<Vec<Payment>, Rejection> {
    let extension = &wire.extension_attributes;
    let invoiced = cancelled == Cancelled::AllButInvoiced;
    let amount = |name: &str, ordered: &Text, in_invoices: &Text| {
        let (field, text) = if invoiced && !in_invoices.is_empty() {
            (format!("extension_attributes.{name}_invoiced"), in_invoices)
        } else {
            (format!("extension_attributes.{name}_amount"), ordered)
        };
        match money(&field, text)? {
            amount if amount < Money::ZERO => {
                Err(wrong("invalid_payment", &field, text, "is less than zero"))
            }
            amount => Ok(amount),
        }
    };
    let mut credits = gift_cards(
        wire,
        amount("gift_cards", &extension.gift_cards_amount, &extension.gift_cards_invoiced)?,
    )?;
    let others = [
        (
            "store_credit",
            "Avoir",
            amount(
                "customer_balance",
                &extension.customer_balance_amount,
                &extension.customer_balance_invoiced,
            )?,
        ),
        (
            "reward_points",
            "Points de fidélité",
            amount(
                "reward_currency",
                &extension.reward_currency_amount,
                &extension.reward_currency_amount_invoiced,
            )?,
        ),
    ];
    credits.extend(others.into_iter().map(|(method, label, amount)| Payment {
        method: method.into(),
        label: label.into(),
        amount,
        reference: String::new(),
    }));
    credits.retain(|payment| !payment.amount.is_zero());
    Ok(credits)
}

/// One payment a card, where the list of cards comes to the amount; else one in all.
fn gift_cards(wire: &wire::Order, total: Money) -> Result<Vec<Payment>, Rejection> {
    let payment = |amount, reference| Payment {
        method: "gift_card".into(),
        label: "Carte cadeau".into(),
        amount,
        reference,
    };
    let mut cards = Vec::new();
    for (i, card) in wire.extension_attributes.gift_cards.0.iter().enumerate() {
        let amount = money(&format!("extension_attributes.gift_cards[{i}].amount"), &card.amount)?;
        cards.push(payment(amount, last_characters(card.code.as_str())));
    }
    if cards.iter().map(|card| card.amount).sum::<Money>() == total
        && cards.iter().all(|card| card.amount > Money::ZERO)
    {
        return Ok(cards);
    }
    Ok(vec![payment(total, String::new())])
}

/// Who knows a card's code can spend what is left on it, so only its end goes on.
fn last_characters(code: &str) -> String {
    let skipped = code.chars().count().saturating_sub(4);
    code.chars().skip(skipped).collect()
}

/// All payments: the credits, and the method for the rest.
pub(super) fn payments(wire: &wire::Order, credits: Vec<Payment>, to_pay: Money) -> Vec<Payment> {
    let payment = &wire.payment;
    if payment.method.is_empty() {
        return credits;
    }
    let title = wire
        .extension_attributes
        .payment_additional_info
        .0
        .iter()
        .find_map(|info| (info.key.as_str() == "method_title").then(|| info.value.as_str()).flatten());
    let title = title.or_else(|| payment.additional_information.0.first().and_then(Value::as_str));
    let main = Payment {
        method: payment.method.as_str().into(),
        label: title.unwrap_or_default().trim().into(),
        amount: to_pay,
        reference: if payment.last_trans_id.is_empty() { &payment.po_number } else { &payment.last_trans_id }
            .as_str()
            .into(),
    };
    (!to_pay.is_zero()).then_some(main).into_iter().chain(credits).collect()
}
