//! How large the parts of an order may be. All of it comes from outside, and an order has to fit into one
//! item of the ledger (400 kB).

use crate::failure::cut;
use crate::{Address, Money, Order, Quantity, Rejection};

/// The code of a [`Rejection`] for what is larger than its limit.
pub const TOO_LARGE: &str = "too_large";

/// A name, a line of an address, an id, a reference: shops keep at most 255 characters of each, and a
/// name may be two of them.
const MAX_TEXT: usize = 512;
/// What a line or a charge says; a longer text is cut. No ERP prints as much.
const MAX_LABEL: usize = 500;
/// The customer's note and a refund's reason; a longer text is cut. Two pages of a book.
const MAX_NOTE: usize = 4_000;
/// Entries of one list. The largest orders seen have some hundred lines.
const MAX_ENTRIES: usize = 2_000;
/// Any quantity is below this, so that no product of it overflows.
const MAX_QUANTITY: i64 = 10_000_000_000;

impl Order {
    /// The order with its free texts within their limits, and its parts checked as [`Order::check`] does.
    ///
    /// # Errors
    /// [`TOO_LARGE`] with the field, the size and the limit, or the first rule that is broken.
    pub fn checked(mut self) -> Result<Self, Rejection> {
        self.cut_free_texts();
        self.check_sizes()?;
        self.check()?;
        Ok(self)
    }

    fn cut_free_texts(&mut self) {
        let labels = self.lines.iter_mut().map(|line| &mut line.label);
        let labels = labels.chain(self.charges.iter_mut().map(|charge| &mut charge.label));
        labels.for_each(|label| shorten(label, MAX_LABEL));
        shorten(&mut self.note, MAX_NOTE);
        self.refunds.iter_mut().for_each(|refund| shorten(&mut refund.reason, MAX_NOTE));
    }

    fn check_sizes(&self) -> Result<(), Rejection> {
        let of_refunds = self.refunds.iter().map(|refund| refund.lines.len()).sum();
        for (field, entries) in [
            ("lines", self.lines.len()),
            ("charges", self.charges.len()),
            ("promotions", self.promotions.len()),
            ("payments", self.payments.len()),
            ("refunds", self.refunds.len()),
            ("refunds[].lines", of_refunds),
        ] {
            if entries > MAX_ENTRIES {
                return Err(too_large(field, entries, "entries", MAX_ENTRIES));
            }
        }
        self.check_texts()?;
        self.check_amounts()
    }

    fn check_texts(&self) -> Result<(), Rejection> {
        text("number", &self.number)?;
        text("shop_state", &self.shop_state)?;
        text("currency", &self.currency)?;
        text("customer.shop_id", self.customer.shop_id.as_deref().unwrap_or_default())?;
        text("customer.name", &self.customer.name)?;
        text("customer.email", &self.customer.email)?;
        text("customer.vat_number", &self.customer.vat_number)?;
        address("billing", &self.billing)?;
        address("delivery", &self.delivery)?;
        for (i, line) in self.lines.iter().enumerate() {
            text(format!("lines[{i}].id"), &line.id)?;
        }
        for (i, charge) in self.charges.iter().enumerate() {
            text(format!("charges[{i}].id"), &charge.id)?;
        }
        for (i, promotion) in self.promotions.iter().enumerate() {
            text(format!("promotions[{i}].code"), &promotion.code)?;
        }
        for (i, payment) in self.payments.iter().enumerate() {
            text(format!("payments[{i}].method"), &payment.method)?;
            text(format!("payments[{i}].label"), &payment.label)?;
            text(format!("payments[{i}].reference"), &payment.reference)?;
        }
        for (i, refund) in self.refunds.iter().enumerate() {
            text(format!("refunds[{i}].id"), &refund.id)?;
            for (j, part) in refund.lines.iter().enumerate() {
                text(format!("refunds[{i}].lines[{j}].id"), &part.id)?;
            }
        }
        Ok(())
    }

    fn check_amounts(&self) -> Result<(), Rejection> {
        amount("total", self.total)?;
        amount("vat_total", self.vat_total)?;
        for (i, line) in self.lines.iter().enumerate() {
            for (field, value) in [("gross", line.gross), ("discount", line.discount), ("vat", line.vat)] {
                amount(format!("lines[{i}].{field}"), value)?;
            }
            quantity(format!("lines[{i}].quantity"), line.quantity)?;
        }
        for (i, charge) in self.charges.iter().enumerate() {
            amount(format!("charges[{i}].net"), charge.net)?;
            amount(format!("charges[{i}].vat"), charge.vat)?;
        }
        for (i, promotion) in self.promotions.iter().enumerate() {
            amount(format!("promotions[{i}].amount"), promotion.amount)?;
        }
        for (i, payment) in self.payments.iter().enumerate() {
            amount(format!("payments[{i}].amount"), payment.amount)?;
        }
        for (i, refund) in self.refunds.iter().enumerate() {
            amount(format!("refunds[{i}].total"), refund.total)?;
            for (j, part) in refund.lines.iter().enumerate() {
                amount(format!("refunds[{i}].lines[{j}].net"), part.net)?;
                amount(format!("refunds[{i}].lines[{j}].vat"), part.vat)?;
                quantity(format!("refunds[{i}].lines[{j}].quantity"), part.quantity)?;
            }
        }
        Ok(())
    }
}

fn shorten(text: &mut String, most: usize) {
    *text = cut(std::mem::take(text), most);
}

fn too_large(
    field: impl Into<String>,
    size: impl std::fmt::Display,
    unit: &str,
    limit: impl std::fmt::Display,
) -> Rejection {
    let (value, rule) = (format!("{size} {unit}"), format!("larger than the limit of {limit} {unit}"));
    Rejection::new(TOO_LARGE, field, value, rule)
}

fn text(field: impl Into<String>, text: &str) -> Result<(), Rejection> {
    // Bytes are counted first: they are at hand, and never fewer than characters.
    if text.len() <= MAX_TEXT {
        return Ok(());
    }
    match text.chars().count() {
        size if size <= MAX_TEXT => Ok(()),
        size => Err(too_large(field, size, "characters", MAX_TEXT)),
    }
}

fn address(field: &str, address: &Address) -> Result<(), Rejection> {
    let Address { name, line1, line2, postcode, city, country, phone } = address;
    for (part, value) in [
        ("name", name),
        ("line1", line1),
        ("line2", line2),
        ("postcode", postcode),
        ("city", city),
        ("country", country),
        ("phone", phone),
    ] {
        text(format!("{field}.{part}"), value)?;
    }
    Ok(())
}

fn amount(field: impl Into<String>, amount: Money) -> Result<(), Rejection> {
    if amount.abs() <= Money::MAX {
        return Ok(());
    }
    let rule = format!("larger than the limit of {}", Money::MAX);
    Err(Rejection::new(TOO_LARGE, field, amount.to_string(), rule))
}

fn quantity(field: impl Into<String>, quantity: Quantity) -> Result<(), Rejection> {
    if quantity.to_decimal().abs() <= MAX_QUANTITY.into() {
        return Ok(());
    }
    let rule = format!("larger than the limit of {MAX_QUANTITY}");
    Err(Rejection::new(TOO_LARGE, field, quantity.to_string(), rule))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Charge, ChargeKind, Customer, OrderId, OrderKey, OrderLine, OrderState, Promotion, Refund, ShopId,
        Unit, UnitPrice, VatRate,
    };
    use jiff::Timestamp;

    fn line(label: String) -> OrderLine {
        OrderLine {
            id: "1".into(),
            article: None,
            label,
            quantity: Quantity::from(1),
            unit: Unit::Piece,
            unit_price: UnitPrice::of(Money::ZERO, Quantity::from(1)),
            gross: Money::ZERO,
            discount: Money::ZERO,
            net: Money::ZERO,
            vat_rate: VatRate::ZERO,
            vat: Money::ZERO,
        }
    }

    fn order() -> Order {
        Order {
            key: OrderKey {
                shop: ShopId::new("rungis").expect("a shop"),
                id: OrderId::new("13").expect("an id"),
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
            lines: vec![line("Tomates".into())],
            charges: vec![],
            promotions: vec![],
            payments: vec![],
            refunds: vec![],
            note: "sonner deux fois".into(),
            vat_total: Money::ZERO,
            total: Money::ZERO,
        }
    }

    #[test]
    fn an_order_of_usual_size_passes_unchanged() {
        assert_eq!(order().checked(), Ok(order()));
    }

    #[test]
    fn a_long_free_text_is_cut_with_a_mark() {
        let long = "é".repeat(500_000);
        let charge = Charge {
            id: "2".into(),
            kind: ChargeKind::Fee,
            label: long.clone(),
            net: Money::ZERO,
            vat_rate: VatRate::ZERO,
            vat: Money::ZERO,
        };
        let refund = Refund {
            id: "3".into(),
            created_at: Timestamp::UNIX_EPOCH,
            reason: long.clone(),
            total: Money::ZERO,
            lines: vec![],
        };
        let order = Order {
            lines: vec![line(long.clone())],
            charges: vec![charge],
            refunds: vec![refund],
            note: long,
            ..order()
        };
        let order = order.checked().expect("it passes, cut");
        for (text, most) in [
            (&order.note, MAX_NOTE),
            (&order.refunds[0].reason, MAX_NOTE),
            (&order.lines[0].label, MAX_LABEL),
            (&order.charges[0].label, MAX_LABEL),
        ] {
            assert_eq!((text.chars().count(), text.ends_with('…')), (most, true));
        }
        assert_eq!(order.clone().checked(), Ok(order), "read again it is the same");
    }

    #[test]
    fn what_cannot_be_cut_is_refused_with_field_size_and_limit() {
        let long = || "é".repeat(513);
        type Spoil = fn(&mut Order, String);
        let texts: [(&str, Spoil); 5] = [
            ("number", |order, long| order.number = long),
            ("customer.email", |order, long| order.customer.email = long),
            ("delivery.line2", |order, long| order.delivery.line2 = long),
            ("lines[0].id", |order, long| order.lines[0].id = long),
            ("promotions[0].code", |order, long| {
                order.promotions = vec![Promotion { code: long, amount: Money::ZERO }];
            }),
        ];
        for (field, spoil) in texts {
            let mut order = order();
            spoil(&mut order, long());
            let rejection = order.checked().expect_err(field);
            assert_eq!((rejection.code.as_str(), rejection.field.as_str()), (TOO_LARGE, field));
            assert_eq!(rejection.value, "513 characters");
            assert_eq!(rejection.rule, "larger than the limit of 512 characters");
        }
        let many = Order { lines: vec![line(String::new()); 2_001], ..order() };
        let rejection = many.checked().expect_err("too many lines");
        assert_eq!((rejection.field.as_str(), rejection.value.as_str()), ("lines", "2001 entries"));
        let mut dear = order();
        dear.lines[0].gross = Money::from_cents(i64::MAX);
        let rejection = dear.checked().expect_err("too dear");
        assert_eq!((rejection.code.as_str(), rejection.field.as_str()), (TOO_LARGE, "lines[0].gross"));
    }
}
