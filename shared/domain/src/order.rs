use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

use crate::{
    Address, ArticleCode, CustomerCode, Money, OrderKey, Quantity, Rejection, Revision, Siret, Unit,
    UnitPrice, VatRate,
};

/// What an order's state in the shop means to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// Not yet a sale: unpaid, failed, a draft. It waits.
    Pending,
    /// A sale that the ERP must have.
    Confirmed,
    /// Taken back: cancelled, refunded in full, thrown away.
    Cancelled,
}

/// Who ordered, as the shop knows them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// The id of the account in the shop; nothing for a guest.
    pub shop_id: Option<String>,
    /// The code in the ERP, where the shop knows it.
    pub code: Option<CustomerCode>,
    /// The company, or else the person.
    pub name: String,
    /// E-mail address.
    pub email: String,
    /// SIRET, where given and valid.
    pub siret: Option<Siret>,
    /// VAT number as given.
    pub vat_number: String,
}

/// One line of an order. Amounts are without VAT.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    /// The line's id in the shop; refunds refer to it.
    pub id: String,
    /// The article; nothing for a free line.
    pub article: Option<ArticleCode>,
    /// What it says.
    pub label: String,
    /// How much.
    pub quantity: Quantity,
    /// Of what.
    pub unit: Unit,
    /// Price of one unit before discounts.
    pub unit_price: UnitPrice,
    /// The line before discounts.
    pub gross: Money,
    /// Discounts on it, zero or more, as a positive amount.
    pub discount: Money,
    /// `gross - discount`.
    pub net: Money,
    /// The VAT rate.
    pub vat_rate: VatRate,
    /// The VAT as the shop computed it.
    pub vat: Money,
}

/// What kind of charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ChargeKind {
    /// Carriage.
    Delivery,
    /// Any other fee: deposit for crates, card fee, minimum order.
    Fee,
}

/// Something charged that is no article. Amounts are without VAT.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// The charge's id in the shop; refunds refer to it.
    pub id: String,
    /// What kind.
    pub kind: ChargeKind,
    /// What it says.
    pub label: String,
    /// Its amount.
    pub net: Money,
    /// The VAT rate.
    pub vat_rate: VatRate,
    /// The VAT as the shop computed it.
    pub vat: Money,
}

/// A promotion code that was used. Its amount is already taken off the lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promotion {
    /// The code.
    pub code: String,
    /// What it took off, without VAT, as a positive amount.
    pub amount: Money,
}

/// A payment, or a promise of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// The shop's name of the means: `bacs`, `card`, `gift_card`.
    pub method: String,
    /// What the customer reads.
    pub label: String,
    /// How much, with VAT.
    pub amount: Money,
    /// The reference of the payment provider; may be empty.
    pub reference: String,
}

/// What a refund takes back of one line or charge. Amounts are positive, without VAT.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundLine {
    /// The line's or charge's id in the order.
    pub id: String,
    /// How much of it; zero where only money goes back.
    pub quantity: Quantity,
    /// The amount.
    pub net: Money,
    /// Its VAT.
    pub vat: Money,
}

/// Money given back on an order, in part or whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// The refund's id in the shop.
    pub id: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Why, as the shop's people wrote it.
    pub reason: String,
    /// The whole, with VAT, as a positive amount.
    pub total: Money,
    /// Which lines and charges it concerns. May be empty or add up to less than `total`: money
    /// given back without a reason in the lines.
    pub lines: Vec<RefundLine>,
}

/// An order in canonical form. It says what the shop said, in the same words for every shop, and
/// nothing about when it was read: the same order gives the same [`Revision`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Shop and id.
    pub key: OrderKey,
    /// The number the customer knows.
    pub number: String,
    /// What its state means to us.
    pub state: OrderState,
    /// The shop's own word for the state when this revision was first read.
    pub shop_state: String,
    /// When it was placed.
    pub created_at: Timestamp,
    /// ISO 4217 code.
    pub currency: String,
    /// Who ordered.
    pub customer: Customer,
    /// Where the invoice goes.
    pub billing: Address,
    /// Where the goods go; the same as `billing` where the shop gives none.
    pub delivery: Address,
    /// The day the customer wants it.
    pub wanted_on: Option<Date>,
    /// What was ordered.
    pub lines: Vec<OrderLine>,
    /// Delivery and fees.
    pub charges: Vec<Charge>,
    /// Promotion codes used.
    pub promotions: Vec<Promotion>,
    /// Payments, in the shop's order.
    pub payments: Vec<Payment>,
    /// Refunds, oldest first.
    pub refunds: Vec<Refund>,
    /// The customer's note.
    pub note: String,
    /// The shop's total of VAT.
    pub vat_total: Money,
    /// The shop's total with VAT, before refunds.
    pub total: Money,
}

impl Order {
    /// The digest of the canonical form without [`Order::shop_state`]: what the shop calls a state is no
    /// content, what it means ([`Order::state`]) is. A shop that moves an order to a state of its own
    /// because the ERP has it, as we may ask it to, has not changed the order.
    pub fn revision(&self) -> Revision {
        Revision::of(&Self { shop_state: String::new(), ..self.clone() })
    }

    /// Everything that was refunded, with VAT.
    pub fn refunded(&self) -> Money {
        self.refunds.iter().map(|refund| refund.total).sum()
    }

    /// What remains to be paid for after refunds, with VAT: what the ERP is to invoice.
    pub fn total_after_refunds(&self) -> Money {
        self.total - self.refunded()
    }

    /// Checks that the parts add up to the shop's totals, to the cent, and that nothing is refunded
    /// that was not sold.
    ///
    /// # Errors
    /// The first rule that is broken, with both figures.
    pub fn check(&self) -> Result<(), Rejection> {
        self.faults().into_iter().next().map_or(Ok(()), Err)
    }

    /// Every rule of [`check`](Self::check) that is broken.
    pub fn faults(&self) -> Vec<Rejection> {
        let mut faults = Vec::new();
        for (i, line) in self.lines.iter().enumerate() {
            if line.net != line.gross - line.discount {
                let value = format!("{} - {} gives not {}", line.gross, line.discount, line.net);
                faults.push(mismatch(format!("lines[{i}].net"), value, "net is not gross less discount"));
            }
        }
        let net: Money = self.lines.iter().map(|l| l.net).chain(self.charges.iter().map(|c| c.net)).sum();
        let vat: Money = self.lines.iter().map(|l| l.vat).chain(self.charges.iter().map(|c| c.vat)).sum();
        let paid: Money = self.payments.iter().map(|p| p.amount).sum();
        let paid = if self.payments.is_empty() { self.total } else { paid };
        let sums = [
            ("vat_total", self.vat_total, vat, "the VAT of the parts does not add up to the order's VAT"),
            ("total", self.total, net + vat, "lines, charges and VAT do not add up to the order's total"),
            ("payments", self.total, paid, "payments do not add up to the order's total"),
        ];
        for (field, shop, parts, rule) in sums {
            if shop != parts {
                faults.push(mismatch(field, format!("shop says {shop}, its parts give {parts}"), rule));
            }
        }
        self.check_refunds(&mut faults);
        faults
    }

    fn check_refunds(&self, faults: &mut Vec<Rejection>) {
        let mut left: BTreeMap<&str, (Money, Money, Quantity)> = BTreeMap::new();
        for line in &self.lines {
            left.insert(&line.id, (line.net, line.vat, line.quantity));
        }
        for charge in &self.charges {
            left.insert(&charge.id, (charge.net, charge.vat, Quantity::from(1)));
        }
        for (i, refund) in self.refunds.iter().enumerate() {
            for (j, part) in refund.lines.iter().enumerate() {
                let field = format!("refunds[{i}].lines[{j}]");
                let Some((net, vat, quantity)) = left.get_mut(part.id.as_str()) else {
                    let rule = "a refund names no line or charge of its order";
                    faults.push(Rejection::new("unknown_refund_line", field, &part.id, rule));
                    continue;
                };
                *net -= part.net;
                *vat -= part.vat;
                *quantity = *quantity - part.quantity;
                if net.cents() < 0 || vat.cents() < 0 || *quantity < Quantity::ZERO {
                    let value = format!("{} x {} + VAT {}", part.quantity, part.net, part.vat);
                    let rule = "more is refunded of a line than was sold";
                    faults.push(Rejection::new("refund_too_large", field, value, rule));
                }
            }
            let named: Money = refund.lines.iter().map(|l| l.net + l.vat).sum();
            if named > refund.total {
                let field = format!("refunds[{i}].total");
                let value = format!("shop says {}, its lines give {named}", refund.total);
                faults.push(mismatch(field, value, "a refund's lines add up to more than its total"));
            }
        }
        if self.refunded() > self.total {
            let value = format!("{} of {}", self.refunded(), self.total);
            let rule = "more is refunded than was paid";
            faults.push(Rejection::new("refund_too_large", "refunds", value, rule));
        }
    }
}

fn mismatch(field: impl Into<String>, value: String, rule: &str) -> Rejection {
    Rejection::new("totals_mismatch", field, value, rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(text: &str) -> Money {
        text.parse().expect("an amount")
    }

    fn line(id: &str, gross: &str, discount: &str, rate: &str, vat: &str) -> OrderLine {
        OrderLine {
            id: id.into(),
            article: ArticleCode::new("TOM-6").ok(),
            label: "Cagette tomates 6 kg".into(),
            quantity: Quantity::from(3),
            unit: Unit::Case,
            unit_price: UnitPrice::of(money(gross), Quantity::from(3)),
            gross: money(gross),
            discount: money(discount),
            net: money(gross) - money(discount),
            vat_rate: rate.parse().expect("a rate"),
            vat: money(vat),
        }
    }

    fn order() -> Order {
        Order {
            key: OrderKey {
                shop: crate::ShopId::new("rungis").expect("a shop"),
                id: crate::OrderId::new("13").expect("an id"),
            },
            number: "13".into(),
            state: OrderState::Confirmed,
            shop_state: "processing".into(),
            created_at: Timestamp::UNIX_EPOCH,
            currency: "EUR".into(),
            customer: Customer::default(),
            billing: Address::default(),
            delivery: Address::default(),
            wanted_on: None,
            lines: vec![line("1", "40.05", "4.00", "5.5", "1.98"), line("2", "38.90", "3.89", "20", "7.00")],
            charges: vec![Charge {
                id: "3".into(),
                kind: ChargeKind::Delivery,
                label: "Livraison".into(),
                net: money("12.50"),
                vat_rate: "20".parse().expect("a rate"),
                vat: money("2.50"),
            }],
            promotions: vec![],
            payments: vec![],
            refunds: vec![],
            note: String::new(),
            vat_total: money("11.48"),
            total: money("95.04"),
        }
    }

    #[test]
    fn an_order_whose_parts_add_up_passes() {
        order().check().expect("adds up");
    }

    #[test]
    fn an_order_whose_parts_do_not_add_up_is_refused_with_both_figures() {
        let mut order = order();
        order.total = money("95.18");
        let rejection = order.check().expect_err("14 cents too much");
        assert_eq!(rejection.code, "totals_mismatch");
        assert_eq!(rejection.value, "shop says 95.18, its parts give 95.04");
    }

    #[test]
    fn more_than_was_sold_cannot_be_refunded() {
        let mut order = order();
        let part = RefundLine { id: "1".into(), quantity: 2.into(), net: money("24.03"), vat: money("1.32") };
        let refund = |id: &str, part: &RefundLine| Refund {
            id: id.into(),
            created_at: Timestamp::UNIX_EPOCH,
            reason: String::new(),
            total: part.net + part.vat,
            lines: vec![part.clone()],
        };
        order.refunds.push(refund("r1", &part));
        order.check().expect("two of three");
        assert_eq!(order.total_after_refunds(), money("69.69"));
        order.refunds.push(refund("r2", &part));
        assert_eq!(order.check().expect_err("four of three").code, "refund_too_large");
    }

    #[test]
    fn the_same_order_has_the_same_revision_and_any_change_another() {
        let mut changed = order();
        assert_eq!(changed.revision(), order().revision());
        changed.note = "sonner deux fois".into();
        assert_ne!(changed.revision(), order().revision());
    }

    #[test]
    fn another_word_for_a_state_is_no_change_and_another_meaning_is_one() {
        let word = Order { shop_state: "sent-to-erp".into(), ..order() };
        assert_eq!(word.revision(), order().revision());
        for state in [OrderState::Pending, OrderState::Cancelled] {
            let meaning = Order { state, ..word.clone() };
            assert_ne!(meaning.revision(), order().revision(), "{state:?}");
        }
    }

    #[test]
    fn the_canonical_form_reads_back() {
        let json = crate::canonical_json(&order());
        assert_eq!(serde_json::from_slice::<Order>(&json).expect("own form"), order());
    }
}
