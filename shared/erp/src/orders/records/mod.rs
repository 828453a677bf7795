//! What the ERP sees of an order: plain types, and the notes of what was repaired on the way there.
//! Imports nothing else of the orders. How an order becomes this is in `build`.

mod repairs;

use std::borrow::Cow;

use passerelle_domain::{Address, ChargeKind, Money, Order, Quantity, Unit, UnitPrice, VatRate};
use strum::IntoStaticStr;

pub(crate) use repairs::Notes;
pub use repairs::Repair;

/// An order as the ERP sees it.
#[derive(Clone, Debug)]
pub(crate) struct ErpOrder<'a> {
    pub(crate) order: &'a Order,
    pub(crate) action: Action,
    /// The customer's code in the ERP; empty where there is none.
    pub(crate) customer_code: Cow<'a, str>,
    pub(crate) customer_known: Known,
    pub(crate) billing: Cow<'a, Address>,
    pub(crate) delivery: Cow<'a, Address>,
    /// What the first delivery charge says: the carrier, as a rule.
    pub(crate) delivery_label: &'a str,
    pub(crate) lines: Vec<ErpLine<'a>>,
    /// All charges, whether they are lines too or not.
    pub(crate) charges: Vec<ErpCharge<'a>>,
    pub(crate) payments: Vec<ErpPayment<'a>>,
    /// Totals after refunds.
    pub(crate) net: Money,
    pub(crate) vat: Money,
    pub(crate) total: Money,
    /// The sum of discounts on lines.
    pub(crate) promotion_net: Money,
    pub(crate) delivery_net: Money,
    pub(crate) fee_net: Money,
    pub(crate) payment_method: &'a str,
    pub(crate) payment_total: Money,
    /// What was repaired, and what could not be.
    pub(crate) notes: Notes,
}

/// What the ERP is to do with an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum Action {
    New,
    Replace,
    Change,
    Cancel,
}

impl Action {
    /// Its word in code lists.
    pub(crate) fn word(self) -> &'static str {
        self.into()
    }
}

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum LineKind {
    Article,
    /// Of the shop, without an article.
    Free,
    Delivery,
    Fee,
    Discount,
    Refund,
}

impl LineKind {
    /// Its word in code lists and conditions.
    pub(crate) fn word(self) -> &'static str {
        self.into()
    }

    /// Whether it is only an amount.
    pub(crate) fn is_amount(self) -> bool {
        !matches!(self, Self::Article | Self::Free)
    }
}

/// A line as the ERP sees it: goods, a charge, a discount or money given back.
#[derive(Clone, Debug)]
pub(crate) struct ErpLine<'a> {
    /// What it comes from, in the domain's words: `lines[2]`, `charges`, `promotions`, `refunds`.
    pub(crate) origin: String,
    pub(crate) kind: LineKind,
    /// The shop's id of the line; for a line that the policies made, what it is and its VAT rate.
    pub(crate) id: Cow<'a, str>,
    /// Its place in the order, from 1.
    pub(crate) number: usize,
    /// Empty for a free line.
    pub(crate) article: &'a str,
    pub(crate) label: Cow<'a, str>,
    pub(crate) quantity: Quantity,
    pub(crate) unit: Unit,
    pub(crate) unit_price: UnitPrice,
    pub(crate) gross: Money,
    pub(crate) discount: Money,
    pub(crate) net: Money,
    pub(crate) vat_rate: VatRate,
    pub(crate) vat: Money,
}

/// A charge as the ERP sees it.
#[derive(Clone, Debug)]
pub(crate) struct ErpCharge<'a> {
    /// `charges[1]`.
    pub(crate) origin: String,
    /// Its place among those sent, from 1.
    pub(crate) number: usize,
    pub(crate) kind: ChargeKind,
    /// The article of its kind; empty where the layout has none.
    pub(crate) article: &'a str,
    pub(crate) label: &'a str,
    pub(crate) net: Money,
    pub(crate) vat_rate: VatRate,
    pub(crate) vat: Money,
}

/// A payment as the ERP sees it.
#[derive(Clone, Debug)]
pub(crate) struct ErpPayment<'a> {
    /// `payments[1]`.
    pub(crate) origin: String,
    /// Its place among those sent, from 1.
    pub(crate) number: usize,
    pub(crate) method: &'a str,
    pub(crate) label: &'a str,
    pub(crate) amount: Money,
    pub(crate) reference: &'a str,
}

impl ErpOrder<'_> {
    /// Whether nothing is left of it.
    pub(crate) fn is_nothing(&self) -> bool {
        let no_charges = self.charges.iter().all(|charge| charge.net.is_zero() && charge.vat.is_zero());
        self.lines.is_empty() && no_charges && self.total.is_zero()
    }
}

/// How a customer's code is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// By the shop or the list, or not at all.
    Already,
    /// It was made: the ERP does not have it.
    New,
    /// It is that of all guests.
    Guest,
}
