//! The rules of an invoice: those of EN 16931 by their names, and a few of French law.

use super::{Invoice, InvoiceKind};
use crate::{Money, Rejection};

/// How far an ERP's figures may be from what is computed. Within it they stand, with a note; beyond it
/// the invoice is refused. Sums (BR-CO-10 to BR-CO-16) have none: what does not add up is no invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tolerance {
    /// A line, against quantity times price less discount: its price may have been rounded. A cent
    /// unless told.
    pub line: Money,
    /// The VAT of a rate, against base times rate, for each line of that rate: it may have been rounded
    /// line by line. A cent unless told.
    pub vat_per_line: Money,
}

impl Default for Tolerance {
    fn default() -> Self {
        Self { line: Money::from_cents(1), vat_per_line: Money::from_cents(1) }
    }
}

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Rules that are broken.
    pub broken: Vec<Rejection>,
    /// Figures that differ from what is computed, within the tolerance.
    pub notes: Vec<Rejection>,
}

impl Invoice {
    /// Checks the arithmetic: lines, bases by rate, VAT by rate, totals. The ERP's figures stand;
    /// they are compared, never replaced.
    ///
    /// Deposits outside the scope of VAT may stand beside taxed goods, against BR-O-11 to BR-O-14:
    /// that is what a wholesaler's invoice is. Who writes the XML finds a category for them.
    pub fn check(&self, tolerance: Tolerance) -> Checked {
        let mut checked = Checked::default();
        self.check_document(&mut checked.broken);
        self.check_lines(tolerance, &mut checked);
        self.check_vat(tolerance, &mut checked);
        self.check_totals(&mut checked.broken);
        checked
    }

    fn check_document(&self, broken: &mut Vec<Rejection>) {
        let mut refuse = |code: &str, field: &str, value: String, rule: &str| {
            broken.push(Rejection::new(code, field, value, rule));
        };
        if self.lines.is_empty() {
            refuse("BR-16", "lines", "0".into(), "an invoice has at least one line");
        }
        if self.kind == InvoiceKind::CreditNote && self.references.corrects.is_none() {
            let rule = "a credit note names the invoice that it corrects (CGI ann. II art. 242 nonies A)";
            refuse("missing_correction", "corrects", String::new(), rule);
        }
        if self.kind == InvoiceKind::CreditNote && self.totals.gross < Money::ZERO {
            let rule = "a credit note's amounts are positive: its type says which way the money goes";
            refuse("credit_note_sign", "totals.gross", self.totals.gross.to_string(), rule);
        }
        if let Some(due) = self.due_on.filter(|due| *due < self.issued_on) {
            refuse("due_before_issue", "due_on", due.to_string(), "it is due on or after its date");
        }
        if let Some(period) = self.period.filter(|period| period.end < period.start) {
            let value = format!("{} to {}", period.start, period.end);
            refuse("BR-29", "period", value, "a period ends on or after its first day");
        }
        let vat_number = &self.buyer.vat_number;
        if !vat_number.is_empty() && !vat_number.bytes().take(2).all(|byte| byte.is_ascii_uppercase()) {
            let rule = "a VAT number begins with the two letters of its country";
            refuse("BR-CO-09", "buyer.vat_number", vat_number.clone(), rule);
        }
    }

    fn check_lines(&self, tolerance: Tolerance, checked: &mut Checked) {
        for (i, line) in self.lines.iter().enumerate() {
            if line.unit_price.to_decimal().is_sign_negative() && !line.unit_price.to_decimal().is_zero() {
                let rule = "a price is not negative: goods taken back have a negative quantity";
                let field = format!("lines[{i}].unit_price");
                checked.broken.push(Rejection::new("BR-27", field, line.unit_price.to_string(), rule));
            }
            let computed = line.unit_price.times(line.quantity).map(|amount| amount - line.discount());
            let found = match &computed {
                Ok(amount) if line.net == *amount => continue,
                Ok(amount) if (line.net - *amount).abs() <= tolerance.line => &mut checked.notes,
                _ => &mut checked.broken,
            };
            let computed = computed.map_or_else(|error| error.to_string(), |amount| amount.to_string());
            let value = format!("{} where quantity x price - discount gives {computed}", line.net);
            let rule = "a line is quantity x price - discount, to the cent";
            found.push(Rejection::new("line_net", format!("lines[{i}].net"), value, rule));
        }
    }

    fn check_vat(&self, tolerance: Tolerance, checked: &mut Checked) {
        for (i, subtotal) in self.vat_breakdown.iter().enumerate() {
            let taxed = || self.lines.iter().filter(|line| line.vat == subtotal.vat);
            let adjusted = self.adjustments.iter().filter(|document| document.vat == subtotal.vat);
            let field = format!("vat_breakdown[{i}]");
            let base = taxed().map(|line| line.net).sum::<Money>()
                + adjusted.map(|document| document.adjustment.effect()).sum();
            compare(
                &mut checked.broken,
                &format!("BR-{}-08", subtotal.vat.category.rules()),
                &format!("{field}.base"),
                subtotal.base,
                base,
                "the base of a rate is the sum of its lines, charges and allowances",
            );
            let vat = subtotal.vat.rate.on(subtotal.base).unwrap_or_default();
            let lines = i64::try_from(taxed().count().max(1)).unwrap_or(1);
            let most = Money::from_cents(tolerance.vat_per_line.cents().saturating_mul(lines));
            let within = (subtotal.amount - vat).abs() <= most && subtotal.vat.rate != crate::VatRate::ZERO;
            compare(
                if within { &mut checked.notes } else { &mut checked.broken },
                "BR-CO-17",
                &format!("{field}.amount"),
                subtotal.amount,
                vat,
                "the VAT of a rate is base x rate",
            );
            if self.vat_breakdown[..i].iter().any(|other| other.vat == subtotal.vat) {
                let value = format!("{} {}", subtotal.vat.category.code(), subtotal.vat.rate);
                let rule = "each category and rate stands once";
                checked.broken.push(Rejection::new("BR-CO-18", field, value, rule));
            }
        }
        let lines = self.lines.iter().enumerate().map(|(i, line)| (format!("lines[{i}].vat"), line.vat));
        let adjustments = self.adjustments.iter().enumerate();
        let adjustments = adjustments.map(|(i, document)| (format!("adjustments[{i}].vat"), document.vat));
        for (field, vat) in lines.chain(adjustments) {
            if !self.vat_breakdown.iter().any(|subtotal| subtotal.vat == vat) {
                let value = format!("{} {}", vat.category.code(), vat.rate);
                let rule = "every category and rate that is used stands in the VAT breakdown";
                checked.broken.push(Rejection::new("BR-CO-18", field, value, rule));
            }
        }
    }

    fn check_totals(&self, broken: &mut Vec<Rejection>) {
        let totals = &self.totals;
        let net = self.lines_net() - self.allowances() + self.charges();
        let vat = self.vat_breakdown.iter().map(|subtotal| subtotal.amount).sum();
        let due = totals.gross - totals.prepaid + totals.rounding;
        for (code, field, stated, computed, rule) in [
            (
                "BR-CO-13",
                "totals.net",
                totals.net,
                net,
                "the total without VAT is lines - allowances + charges",
            ),
            ("BR-CO-14", "totals.vat", totals.vat, vat, "the total VAT is the sum of the breakdown"),
            (
                "BR-CO-15",
                "totals.gross",
                totals.gross,
                totals.net + totals.vat,
                "the total with VAT is net + VAT",
            ),
            (
                "BR-CO-16",
                "totals.due",
                totals.due,
                due,
                "what is due is the total less what is paid, rounded",
            ),
        ] {
            compare(broken, code, field, stated, computed, rule);
        }
    }
}

fn compare(found: &mut Vec<Rejection>, code: &str, field: &str, stated: Money, computed: Money, rule: &str) {
    if stated != computed {
        let value = format!("{stated} where {computed} is computed");
        found.push(Rejection::new(code, field, value, rule));
    }
}

#[cfg(test)]
mod tests {
    use super::super::*;
    use super::*;
    use crate::*;

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
            references: References::default(),
            period: None,
            buyer: Buyer {
                code: CustomerCode::new("C00042").expect("a code"),
                address: Address { name: "Bistrot d’Œuvre".into(), ..Address::default() },
                siren: None,
                vat_number: String::new(),
                reference: String::new(),
            },
            deliver_to: None,
            payment: PaymentInstructions { means: "Virement".into(), ..PaymentInstructions::default() },
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
                    adjustments: vec![Adjustment::allowance(money("4.00"))],
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
                    adjustments: vec![],
                    vat: Vat::OUTSIDE_SCOPE,
                    net: money("4.00"),
                },
            ],
            adjustments: vec![],
            vat_breakdown: vec![
                VatSubtotal::new(reduced, money("36.05"), money("1.98")),
                VatSubtotal::new(Vat::OUTSIDE_SCOPE, money("4.00"), Money::ZERO),
            ],
            totals: InvoiceTotals {
                net: money("40.05"),
                vat: money("1.98"),
                gross: money("42.03"),
                prepaid: money("2.03"),
                rounding: Money::ZERO,
                due: money("40.00"),
            },
        }
    }

    fn codes(invoice: &Invoice) -> Vec<String> {
        invoice.check(Tolerance::default()).broken.into_iter().map(|rejection| rejection.code).collect()
    }

    #[test]
    fn an_invoice_that_adds_up_passes() {
        assert_eq!(codes(&invoice()), [] as [&str; 0]);
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
        assert_eq!(codes(&invoice), [] as [&str; 0]);
        shift(&mut invoice, 1);
        assert_eq!(codes(&invoice), ["BR-CO-17"]);
    }

    #[test]
    fn a_credit_note_with_negative_amounts_is_refused() {
        let mut credit = invoice();
        credit.kind = InvoiceKind::CreditNote;
        credit.references.corrects = InvoiceNumber::new("F2026-0000").ok();
        assert_eq!(codes(&credit), [] as [&str; 0]);
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
