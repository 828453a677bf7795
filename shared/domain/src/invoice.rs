use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{
    Address, ArticleCode, CustomerCode, InvoiceNumber, Money, Quantity, Rejection, Revision, Siren, Unit,
    UnitPrice, Vat,
};

/// The type of an invoice (EN 16931 BT-3, UNTDID 1001).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvoiceKind {
    /// 380: a commercial invoice.
    #[default]
    Invoice,
    /// 381: a credit note; its amounts are positive and owed to the buyer.
    CreditNote,
}

impl InvoiceKind {
    /// The code of UNTDID 1001.
    pub fn code(self) -> &'static str {
        match self {
            Self::Invoice => "380",
            Self::CreditNote => "381",
        }
    }
}

/// Who is invoiced (EN 16931 BG-7).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Buyer {
    /// The code in the ERP (BT-46): whose account the invoice goes to.
    pub code: CustomerCode,
    /// Name and address (BT-44, BG-8).
    pub address: Address,
    /// SIREN (BT-47).
    pub siren: Option<Siren>,
    /// VAT number (BT-48); may be empty.
    pub vat_number: String,
}

/// Where the goods went, when not to the buyer's address (EN 16931 BG-13).
pub type DeliverTo = Address;

/// Where a line was bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PurchaseOrigin {
    /// On the web site.
    Web,
    /// On the market floor ("sur le carreau").
    Market,
}

/// One line of an invoice (EN 16931 BG-25). Amounts are without VAT.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceLine {
    /// Where it was bought.
    pub origin: PurchaseOrigin,
    /// The web order's number or the market ticket's (BT-132); may be empty.
    pub reference: String,
    /// The day of delivery or sale (BT-134), where it differs from the invoice's.
    pub delivered_on: Option<Date>,
    /// The article (BT-155).
    pub article: Option<ArticleCode>,
    /// What it says (BT-153).
    pub designation: String,
    /// Country of origin as the till writes it ("France", "ES"; BT-159); may be empty.
    pub country_of_origin: String,
    /// Class or category of fruit and vegetables ("I", "Extra"); may be empty.
    pub class: String,
    /// Lot (BT-160); may be empty.
    pub lot: String,
    /// How much (BT-129); negative for goods taken back.
    pub quantity: Quantity,
    /// Of what (BT-130).
    pub unit: Unit,
    /// Price of one unit, before the discount (BT-146).
    pub unit_price: UnitPrice,
    /// Discount on the line (BT-136), as a positive amount.
    pub discount: Money,
    /// Category and rate (BT-151, BT-152).
    pub vat: Vat,
    /// The line without VAT (BT-131).
    pub net: Money,
}

/// One row of the VAT breakdown (EN 16931 BG-23).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VatSubtotal {
    /// Category and rate (BT-118, BT-119).
    pub vat: Vat,
    /// The taxable amount (BT-116).
    pub base: Money,
    /// The tax (BT-117).
    pub amount: Money,
}

/// The totals of an invoice (EN 16931 BG-22).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceTotals {
    /// Without VAT (BT-109).
    pub net: Money,
    /// VAT (BT-110).
    pub vat: Money,
    /// With VAT (BT-112).
    pub gross: Money,
    /// Already paid (BT-113).
    pub prepaid: Money,
    /// To pay (BT-115).
    pub due: Money,
}

/// An invoice in canonical form: what the ERP said of it, and nothing of ours. The seller, the
/// mentions and the look of the page are configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoice {
    /// The ERP's number (BT-1).
    pub number: InvoiceNumber,
    /// Invoice or credit note (BT-3).
    pub kind: InvoiceKind,
    /// The date of issue (BT-2).
    pub issued_on: Date,
    /// When it is due (BT-9).
    pub due_on: Option<Date>,
    /// The day of delivery (BT-72), where it differs from the date of issue.
    pub delivered_on: Option<Date>,
    /// ISO 4217 code (BT-5).
    pub currency: String,
    /// The invoice that a credit note corrects (BT-25).
    pub corrects: Option<InvoiceNumber>,
    /// Who is invoiced.
    pub buyer: Buyer,
    /// Where the goods went, if elsewhere.
    pub deliver_to: Option<DeliverTo>,
    /// Means of payment as the ERP writes it ("Prélèvement", "Carte"; BT-82); may be empty.
    pub payment_means: String,
    /// A note of the ERP (BT-22); may be empty.
    pub note: String,
    /// The lines.
    pub lines: Vec<InvoiceLine>,
    /// The VAT breakdown, by category and rate.
    pub vat_breakdown: Vec<VatSubtotal>,
    /// The totals.
    pub totals: InvoiceTotals,
}

/// How far an ERP's VAT of one rate may be from base times rate: it may have rounded line by line.
const VAT_TOLERANCE_PER_LINE: Money = Money::from_cents(1);

impl Invoice {
    /// The hash of the canonical form.
    pub fn revision(&self) -> Revision {
        Revision::of(self)
    }

    /// Checks the arithmetic: lines, bases by rate, VAT by rate, totals. The ERP's figures stand;
    /// they are compared, never replaced.
    ///
    /// # Errors
    /// Every rule that is broken, with the rule of EN 16931 and both figures; at least one.
    pub fn check(&self) -> Result<(), Vec<Rejection>> {
        let mut broken = Vec::new();
        if self.lines.is_empty() {
            broken.push(Rejection::new("BR-16", "lines", "0", "an invoice has at least one line"));
        }
        if self.kind == InvoiceKind::CreditNote && self.corrects.is_none() {
            let rule = "a credit note names the invoice that it corrects (CGI ann. II art. 242 nonies A)";
            broken.push(Rejection::new("missing_correction", "corrects", "", rule));
        }
        if self.kind == InvoiceKind::CreditNote && self.totals.gross < Money::ZERO {
            let rule = "a credit note's amounts are positive: its type says which way the money goes";
            let gross = self.totals.gross.to_string();
            broken.push(Rejection::new("credit_note_sign", "totals.gross", gross, rule));
        }
        if self.due_on.is_some_and(|due| due < self.issued_on) {
            let due = self.due_on.map(|due| due.to_string()).unwrap_or_default();
            broken.push(Rejection::new("due_before_issue", "due_on", due, "it is due on or after its date"));
        }
        for (i, line) in self.lines.iter().enumerate() {
            let computed = line.unit_price.times(line.quantity).map(|amount| amount - line.discount);
            let close = computed.as_ref().is_ok_and(|amount| (line.net - *amount).abs().cents() <= 1);
            if !close {
                let computed = computed.map_or_else(|error| error.to_string(), |amount| amount.to_string());
                let value = format!("{} where quantity x price - discount gives {computed}", line.net);
                let rule = "a line is quantity x price - discount, to the cent";
                broken.push(Rejection::new("line_net", format!("lines[{i}].net"), value, rule));
            }
        }
        self.check_vat(&mut broken);
        self.check_totals(&mut broken);
        if broken.is_empty() { Ok(()) } else { Err(broken) }
    }

    fn check_vat(&self, broken: &mut Vec<Rejection>) {
        for (i, subtotal) in self.vat_breakdown.iter().enumerate() {
            let taxed = || self.lines.iter().filter(|line| line.vat == subtotal.vat);
            let field = format!("vat_breakdown[{i}]");
            let base: Money = taxed().map(|line| line.net).sum();
            compare(
                broken,
                "BR-S-08",
                &format!("{field}.base"),
                subtotal.base,
                base,
                "the base of a rate is the sum of its lines",
            );
            let tolerance =
                VAT_TOLERANCE_PER_LINE.cents() * i64::try_from(taxed().count().max(1)).unwrap_or(1);
            let vat = subtotal.vat.rate.on(subtotal.base).unwrap_or_default();
            if (subtotal.amount - vat).abs().cents() > tolerance {
                compare(
                    broken,
                    "BR-CO-17",
                    &format!("{field}.amount"),
                    subtotal.amount,
                    vat,
                    "the VAT of a rate is base x rate",
                );
            }
            if self.vat_breakdown[..i].iter().any(|other| other.vat == subtotal.vat) {
                let value = format!("{} {}", subtotal.vat.category.code(), subtotal.vat.rate);
                broken.push(Rejection::new("BR-CO-18", field, value, "each category and rate stands once"));
            }
        }
        for (i, line) in self.lines.iter().enumerate() {
            if !self.vat_breakdown.iter().any(|subtotal| subtotal.vat == line.vat) {
                let value = format!("{} {}", line.vat.category.code(), line.vat.rate);
                let rule = "every line's category and rate stands in the VAT breakdown";
                broken.push(Rejection::new("BR-CO-18", format!("lines[{i}].vat"), value, rule));
            }
        }
    }

    fn check_totals(&self, broken: &mut Vec<Rejection>) {
        let totals = &self.totals;
        let lines = self.lines.iter().map(|line| line.net).sum();
        let vat = self.vat_breakdown.iter().map(|subtotal| subtotal.amount).sum();
        compare(
            broken,
            "BR-CO-13",
            "totals.net",
            totals.net,
            lines,
            "the total without VAT is the sum of the lines",
        );
        compare(
            broken,
            "BR-CO-14",
            "totals.vat",
            totals.vat,
            vat,
            "the total VAT is the sum of the breakdown",
        );
        compare(
            broken,
            "BR-CO-15",
            "totals.gross",
            totals.gross,
            totals.net + totals.vat,
            "the total with VAT is net + VAT",
        );
        compare(
            broken,
            "BR-CO-16",
            "totals.due",
            totals.due,
            totals.gross - totals.prepaid,
            "what is due is the total less what is paid",
        );
    }
}

fn compare(broken: &mut Vec<Rejection>, code: &str, field: &str, stated: Money, computed: Money, rule: &str) {
    if stated != computed {
        let value = format!("{stated} where {computed} is computed");
        broken.push(Rejection::new(code, field, value, rule));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::VatRate;

    fn money(text: &str) -> Money {
        text.parse().expect("an amount")
    }

    fn invoice() -> Invoice {
        let reduced = Vat::at(VatRate::from_basis_points(550));
        Invoice {
            number: InvoiceNumber::new("F2026-0001").expect("a number"),
            kind: InvoiceKind::Invoice,
            issued_on: "2026-11-24".parse().expect("a date"),
            due_on: "2026-12-24".parse().ok(),
            delivered_on: None,
            currency: "EUR".into(),
            corrects: None,
            buyer: Buyer {
                code: CustomerCode::new("C00042").expect("a code"),
                address: Address { name: "Bistrot d’Œuvre".into(), ..Address::default() },
                siren: None,
                vat_number: String::new(),
            },
            deliver_to: None,
            payment_means: "Virement".into(),
            note: String::new(),
            lines: vec![
                InvoiceLine {
                    origin: PurchaseOrigin::Web,
                    reference: "1042".into(),
                    delivered_on: None,
                    article: ArticleCode::new("TOM-6").ok(),
                    designation: "Cagette tomates 6 kg".into(),
                    country_of_origin: "France".into(),
                    class: "I".into(),
                    lot: String::new(),
                    quantity: Quantity::from(3),
                    unit: Unit::Case,
                    unit_price: UnitPrice::of(money("40.05"), Quantity::from(3)),
                    discount: money("4.00"),
                    vat: reduced,
                    net: money("36.05"),
                },
                InvoiceLine {
                    origin: PurchaseOrigin::Market,
                    reference: "T-77".into(),
                    delivered_on: None,
                    article: None,
                    designation: "Consigne".into(),
                    country_of_origin: String::new(),
                    class: String::new(),
                    lot: String::new(),
                    quantity: Quantity::from(1),
                    unit: Unit::Piece,
                    unit_price: UnitPrice::of(money("4.00"), Quantity::from(1)),
                    discount: Money::ZERO,
                    vat: Vat::OUTSIDE_SCOPE,
                    net: money("4.00"),
                },
            ],
            vat_breakdown: vec![
                VatSubtotal { vat: reduced, base: money("36.05"), amount: money("1.98") },
                VatSubtotal { vat: Vat::OUTSIDE_SCOPE, base: money("4.00"), amount: Money::ZERO },
            ],
            totals: InvoiceTotals {
                net: money("40.05"),
                vat: money("1.98"),
                gross: money("42.03"),
                prepaid: money("2.03"),
                due: money("40.00"),
            },
        }
    }

    fn codes(invoice: &Invoice) -> Vec<String> {
        invoice.check().expect_err("broken").into_iter().map(|rejection| rejection.code).collect()
    }

    #[test]
    fn an_invoice_that_adds_up_passes() {
        invoice().check().expect("adds up");
    }

    #[test]
    fn each_broken_sum_names_its_rule() {
        let mut broken = invoice();
        broken.totals.gross = money("42.04");
        assert_eq!(codes(&broken), ["BR-CO-15", "BR-CO-16"]);
        let mut broken = invoice();
        broken.vat_breakdown[0].base = money("36.00");
        assert_eq!(codes(&broken), ["BR-S-08"]);
        let mut broken = invoice();
        broken.lines[0].net = money("36.50");
        assert_eq!(codes(&broken), ["line_net", "BR-S-08", "BR-CO-13"]);
    }

    #[test]
    fn the_erps_vat_stands_when_it_is_a_cent_off_but_not_more() {
        let mut invoice = invoice();
        let shift = |invoice: &mut Invoice, cents: i64| {
            let cents = Money::from_cents(cents);
            invoice.vat_breakdown[0].amount += cents;
            invoice.totals.vat += cents;
            invoice.totals.gross += cents;
            invoice.totals.due += cents;
        };
        shift(&mut invoice, 1);
        invoice.check().expect("one cent");
        shift(&mut invoice, 1);
        assert_eq!(codes(&invoice), ["BR-CO-17"]);
    }

    #[test]
    fn a_credit_note_with_negative_amounts_is_refused() {
        let mut credit = invoice();
        credit.kind = InvoiceKind::CreditNote;
        credit.corrects = InvoiceNumber::new("F2026-0000").ok();
        credit.check().expect("positive amounts");
        credit.totals.gross = -credit.totals.gross;
        assert!(codes(&credit).contains(&"credit_note_sign".to_owned()));
    }

    #[test]
    fn a_credit_note_without_its_invoice_is_refused() {
        let mut credit = invoice();
        credit.kind = InvoiceKind::CreditNote;
        assert_eq!(codes(&credit), ["missing_correction"]);
    }
}
