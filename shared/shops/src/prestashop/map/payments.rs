//! Payments hang on the reference, not on the order: where one cart became several orders, they are for
//! all of them, and fill the orders one after the other.

use passerelle_domain::{Money, Payment, Rejection};

use super::Dossier;
use crate::prestashop::wire::Row;

/// The payments of an order of `total`; what is not yet paid is promised by the means that was chosen.
pub(super) fn payments(dossier: &Dossier, total: Money) -> Result<Vec<Payment>, Rejection> {
    let order = &dossier.order;
    let mut payments = Vec::new();
    for (row, amount) in own(dossier, received(dossier, total)?)? {
        payments.push(payment(order, row, amount));
    }
    let paid: Money = payments.iter().map(|payment| payment.amount).sum();
    let rest = total - paid;
    if rest > Money::ZERO {
        payments.push(Payment {
            method: order.text("module").into(),
            label: order.label("payment"),
            amount: rest,
            reference: String::new(),
        });
    }
    Ok(payments)
}

/// A row's means is a text for people. Where it is the order's own, the module behind it is the name.
fn payment(order: &Row, row: &Row, amount: Money) -> Payment {
    let label = row.label("payment_method");
    let own = label.is_empty() || label.to_lowercase() == order.label("payment").to_lowercase();
    Payment {
        method: if own { order.text("module").into() } else { label.clone() },
        label: if label.is_empty() { order.label("payment") } else { label },
        amount,
        reference: row.text("transaction_id").into(),
    }
}

/// What came in, oldest first. A negative row is money that went back: a refund is read from its slip and
/// left out here, a correction of too much is taken off what came in last.
fn received(dossier: &Dossier, total: Money) -> Result<Vec<(&Row, Money)>, Rejection> {
    let mut rows: Vec<&Row> = dossier.payments.iter().collect();
    rows.sort_by_key(|row| (row.id().parse::<u64>().ok(), row.id().to_owned()));
    let mut received = Vec::new();
    let mut back = Money::ZERO;
    for row in rows {
        let amount = row.money("amount")?;
        if amount < Money::ZERO {
            back += amount.abs();
        } else if amount > Money::ZERO {
            received.push((row, amount));
        }
    }
    let due = if dossier.siblings.len() > 1 { siblings_total(dossier)? } else { total };
    let sum: Money = received.iter().map(|(_, amount)| *amount).sum();
    let mut excess = (sum - due).max(Money::ZERO).min(back);
    for (_, amount) in received.iter_mut().rev() {
        let off = excess.min(*amount);
        *amount -= off;
        excess -= off;
    }
    received.retain(|(_, amount)| !amount.is_zero());
    Ok(received)
}

fn siblings_total(dossier: &Dossier) -> Result<Money, Rejection> {
    dossier.siblings.iter().map(|row| row.money("total_paid_tax_incl")).sum()
}

/// This order's part of payments for several orders. What is too much stays with the last one, where
/// its total shows it.
fn own<'a>(dossier: &Dossier, received: Vec<(&'a Row, Money)>) -> Result<Vec<(&'a Row, Money)>, Rejection> {
    let mut siblings: Vec<&Row> = dossier.siblings.iter().collect();
    siblings.sort_by_key(|row| (row.id().parse::<u64>().ok(), row.id().to_owned()));
    let Some(place) = siblings.iter().position(|row| row.id() == dossier.order.id()) else {
        return Ok(received);
    };
    let mut before = Money::ZERO;
    for row in &siblings[..place] {
        before += row.money("total_paid_tax_incl")?;
    }
    let last = place + 1 == siblings.len();
    let mut room = siblings[place].money("total_paid_tax_incl")?;
    let mut own = Vec::new();
    for (row, amount) in received {
        let passed = before.min(amount);
        before -= passed;
        let part = if last { amount - passed } else { (amount - passed).min(room) };
        room -= part;
        if !part.is_zero() {
            own.push((row, part));
        }
    }
    Ok(own)
}
