//! What the ERP sees of an order: its lines, payments and totals by the layout's policies.
//!
//! What holds of every order that [`Order::check`] accepts, whatever the policies:
//! - lines' net, less `promotion_net` with promotions in a header field, plus `delivery_net` and
//!   `fee_net` with charges in header fields, or the charges with a record each, is the order's net
//!   after refunds;
//! - lines' VAT, plus that of charges that are no lines, is the order's VAT after refunds;
//! - payments, where there are any and not only the first is told, are its total after refunds.

use std::borrow::Cow;

use passerelle_domain::{Address, ChargeKind, Money, Order, Quantity, Unit, UnitPrice, VatRate};

use super::layout::Layout;
use super::lines::{amount_line, article_of, charge_lines, goods, move_discounts};
use super::lists::Known;
use super::policies::{Charges, Payments, Promotions};
use super::refunds::after_refunds;
use super::repairs::Notes;

/// An order as the ERP sees it.
#[derive(Clone, Debug)]
pub(super) struct ErpOrder<'a> {
    pub(super) order: &'a Order,
    pub(super) action: Action,
    /// The customer's code in the ERP; empty where there is none.
    pub(super) customer_code: Cow<'a, str>,
    pub(super) customer_known: Known,
    pub(super) billing: Cow<'a, Address>,
    pub(super) delivery: Cow<'a, Address>,
    /// What the first delivery charge says: the carrier, as a rule.
    pub(super) delivery_label: &'a str,
    pub(super) lines: Vec<ErpLine<'a>>,
    /// All charges, whether they are lines too or not.
    pub(super) charges: Vec<ErpCharge<'a>>,
    pub(super) payments: Vec<ErpPayment<'a>>,
    /// Totals after refunds.
    pub(super) net: Money,
    pub(super) vat: Money,
    pub(super) total: Money,
    /// The sum of discounts on lines.
    pub(super) promotion_net: Money,
    pub(super) delivery_net: Money,
    pub(super) fee_net: Money,
    pub(super) payment_method: &'a str,
    pub(super) payment_total: Money,
    /// What was repaired, and what could not be.
    pub(super) notes: Notes,
}

/// What the ERP is to do with an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    New,
    Replace,
    Change,
    Cancel,
}

impl Action {
    /// Its word in code lists.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Replace => "replace",
            Self::Change => "change",
            Self::Cancel => "cancel",
        }
    }
}

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineKind {
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
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Article => "article",
            Self::Free => "free",
            Self::Delivery => "delivery",
            Self::Fee => "fee",
            Self::Discount => "discount",
            Self::Refund => "refund",
        }
    }

    /// Whether it is only an amount.
    pub(super) fn is_amount(self) -> bool {
        !matches!(self, Self::Article | Self::Free)
    }
}

/// A line as the ERP sees it: goods, a charge, a discount or money given back.
#[derive(Clone, Debug)]
pub(super) struct ErpLine<'a> {
    /// What it comes from, in the domain's words: `lines[2]`, `charges`, `promotions`, `refunds`.
    pub(super) origin: String,
    pub(super) kind: LineKind,
    /// The shop's id of the line; for a line that the policies made, what it is and its VAT rate.
    pub(super) id: Cow<'a, str>,
    /// Its place in the order, from 1.
    pub(super) number: usize,
    /// Empty for a free line.
    pub(super) article: &'a str,
    pub(super) label: Cow<'a, str>,
    pub(super) quantity: Quantity,
    pub(super) unit: Unit,
    pub(super) unit_price: UnitPrice,
    pub(super) gross: Money,
    pub(super) discount: Money,
    pub(super) net: Money,
    pub(super) vat_rate: VatRate,
    pub(super) vat: Money,
}

/// A charge as the ERP sees it.
#[derive(Clone, Debug)]
pub(super) struct ErpCharge<'a> {
    /// `charges[1]`.
    pub(super) origin: String,
    /// Its place among those told, from 1.
    pub(super) number: usize,
    pub(super) kind: ChargeKind,
    /// The article of its kind; empty where the layout has none.
    pub(super) article: &'a str,
    pub(super) label: &'a str,
    pub(super) net: Money,
    pub(super) vat_rate: VatRate,
    pub(super) vat: Money,
}

/// A payment as the ERP sees it.
#[derive(Clone, Debug)]
pub(super) struct ErpPayment<'a> {
    /// `payments[1]`.
    pub(super) origin: String,
    /// Its place among those told, from 1.
    pub(super) number: usize,
    pub(super) method: &'a str,
    pub(super) label: &'a str,
    pub(super) amount: Money,
    pub(super) reference: &'a str,
}

impl<'a> ErpOrder<'a> {
    /// Applies refunds, policies and lists.
    pub(super) fn of(order: &'a Order, layout: &'a Layout) -> Self {
        let (policy, mut notes) = (&layout.policy, Notes::default());
        let rest = after_refunds(order);
        let net_of = |kind| rest.charges.iter().filter(|c| c.kind == kind).map(|c| c.net).sum();
        let (delivery_net, fee_net) = (net_of(ChargeKind::Delivery), net_of(ChargeKind::Fee));
        let vat = rest.lines.iter().map(|line| line.vat).sum::<Money>()
            + rest.charges.iter().map(|charge| charge.vat).sum()
            + rest.adjustments.iter().map(|(_, _, vat)| *vat).sum();
        let total = order.total_after_refunds();
        let promotion_net = rest.lines.iter().map(|line| line.discount).sum();

        let mut lines: Vec<ErpLine<'a>> =
            rest.lines.iter().map(|line| goods(line, layout, &mut notes)).collect();
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
        let delivers = |charge: &&passerelle_domain::Charge| charge.kind == ChargeKind::Delivery;
        Self {
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

    /// An order of which nothing is left: one that was cancelled.
    pub(super) fn nothing(order: &'a Order, layout: &'a Layout) -> Self {
        let zero = Money::ZERO;
        Self {
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
            // What ails goods that nobody wants any more concerns nobody.
            notes: Notes::default(),
            ..Self::of(order, layout)
        }
    }

    /// Whether nothing is left of it.
    pub(super) fn is_nothing(&self) -> bool {
        let no_charges = self.charges.iter().all(|charge| charge.net.is_zero() && charge.vat.is_zero());
        self.lines.is_empty() && no_charges && self.total.is_zero()
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
    if let Some(rule) = rule.filter(|_| layout.tells(field)) {
        notes.repaired(field, &address.city, &completed.city, rule);
    }
    completed
}
