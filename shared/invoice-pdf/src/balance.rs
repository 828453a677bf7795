//! Who still owes whom: what the page, the payment code and the XML ask for follows from it.

use passerelle_domain::{Invoice, InvoiceKind, Money};

/// What an invoice leaves, as an amount above zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Balance {
    /// The buyer is to pay it.
    ToPay(Money),
    /// It is the buyer's: a credit note, more crates taken back than goods, or more paid than invoiced.
    ToBuyer(Money),
    /// Nothing is left.
    Settled,
}

impl Balance {
    /// A credit note's amounts are positive and go the other way.
    pub(crate) fn of(invoice: &Invoice) -> Self {
        let due = match invoice.kind {
            InvoiceKind::Invoice => invoice.totals.due,
            InvoiceKind::CreditNote => -invoice.totals.due,
        };
        match due {
            Money::ZERO => Self::Settled,
            due if due > Money::ZERO => Self::ToPay(due),
            due => Self::ToBuyer(-due),
        }
    }
}
