//! The rules of an invoice: those of EN 16931 by their names, and a few of French law.
//!
//! Rules that the types or the configuration settle are not here: a [`Money`] has two decimals
//! (BR-DEC-…), an invoice has its number, dates and totals (BR-01 to BR-05, BR-12 to BR-15), the seller is
//! configured (BR-06, BR-CO-26), and where an allowance or an exemption gives no reason, who writes the
//! XML puts the usual one (BR-33, BR-38, BR-CO-21 to 24, BR-E-10 …).

use super::code_lists::{is_country, is_currency, is_payment_means};
use super::{Invoice, InvoiceKind};
use crate::{Money, Rejection};

/// How far an ERP's figures may be from what is computed. Within it they stand, with a note; beyond it
/// the invoice is refused. Sums (BR-CO-10 to BR-CO-16) have none: what does not add up is no invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tolerance {
    /// A line, against quantity times price less discount: its price may have been rounded. A cent
    /// by default.
    pub line: Money,
    /// The VAT of a rate, against base times rate, for each line of that rate: it may have been rounded
    /// line by line. A cent by default. All lines together never make it [`Self::VAT_OF_A_RATE`] or more.
    pub vat_per_line: Money,
}

impl Tolerance {
    /// The VAT of a rate must be closer than this to base times rate, however many lines there are:
    /// EN 16931 takes no more (BR-CO-17, BR-S-09 in its schematron).
    pub const VAT_OF_A_RATE: Money = Money::from_cents(100);
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
    /// Checks everything that can be wrong with an invoice's data: what must be there, code lists, the
    /// arithmetic of lines, VAT and totals, and what must be printed and cannot be. The ERP's figures
    /// stand; they are compared, never replaced.
    ///
    /// Deposits outside the scope of VAT may stand beside taxed goods, against BR-O-11 to BR-O-14:
    /// that is what a wholesaler's invoice is. Who writes the XML finds a category for them.
    pub fn check(&self, tolerance: Tolerance) -> Checked {
        let mut checked = Checked::default();
        self.check_document(&mut checked.broken);
        self.check_parties(&mut checked.broken);
        self.check_lines(tolerance, &mut checked);
        self.check_vat(tolerance, &mut checked);
        self.check_totals(&mut checked.broken);
        self.check_print(&mut checked.broken);
        checked
    }

    fn check_document(&self, broken: &mut Vec<Rejection>) {
        let mut refuse = |code: &str, field: &str, value: String, rule: &str| {
            broken.push(Rejection::new(code, field, value, rule));
        };
        if self.lines.is_empty() {
            refuse("BR-16", "lines", "0".into(), "the invoice has no line");
        }
        if !is_currency(&self.currency) {
            refuse("BR-CL-04", "currency", self.currency.clone(), "this is no currency of ISO 4217 (EUR)");
        }
        if self.kind == InvoiceKind::CreditNote && self.references.corrects.is_none() {
            let rule =
                "a credit note does not name the invoice that it corrects (CGI ann. II art. 242 nonies A)";
            refuse("missing_correction", "corrects", String::new(), rule);
        }
        if let Some(date) = self.references.corrects_issued_on.filter(|_| self.references.corrects.is_none())
        {
            refuse(
                "BR-55",
                "corrects",
                date.to_string(),
                "the invoice that is corrected has a date and no number",
            );
        }
        if self.kind == InvoiceKind::CreditNote && self.totals.gross < Money::ZERO {
            let rule =
                "a credit note's amounts are negative, although its type says which way the money goes";
            refuse("credit_note_sign", "totals.gross", self.totals.gross.to_string(), rule);
        }
        if let Some(due) = self.due_on.filter(|due| *due < self.issued_on) {
            refuse("due_before_issue", "due_on", due.to_string(), "it is due before its date");
        }
        if let Some(period) = self.period.filter(|period| period.end < period.start) {
            let value = format!("{} to {}", period.start, period.end);
            refuse("BR-29", "period.end", value, "the period ends before its first day");
        }
        let means = &self.payment.means_code;
        if !means.is_empty() && !is_payment_means(means) {
            refuse(
                "BR-CL-16",
                "payment.means_code",
                means.clone(),
                "this is no means of payment of UNTDID 4461",
            );
        }
    }

    fn check_parties(&self, broken: &mut Vec<Rejection>) {
        let mut refuse = |code: &str, field: &str, value: &str, rule: &str| {
            broken.push(Rejection::new(code, field, value, rule));
        };
        let buyer = &self.buyer;
        if buyer.address.name.trim().is_empty() {
            refuse("BR-07", "buyer.name", "", "the buyer has no name");
        }
        let countries = [
            ("BR-11", "buyer.country", Some(&buyer.address)),
            ("BR-57", "deliver_to.country", self.deliver_to.as_ref()),
        ];
        for (code, field, address) in countries {
            match address.map(|address| address.country.as_str()) {
                Some("") => refuse(code, field, "", "the address has no country"),
                Some(country) if !is_country(country) => {
                    refuse("BR-CL-14", field, country, "this is no country of ISO 3166-1 (FR)");
                }
                _ => {}
            }
        }
        // Greece writes EL where ISO 3166-1 has GR.
        let prefix = buyer.vat_number.get(..2).unwrap_or(&buyer.vat_number);
        if !buyer.vat_number.is_empty() && prefix != "EL" && !is_country(prefix) {
            let rule = "the VAT number does not begin with the two letters of a country";
            refuse("BR-CO-09", "buyer.vat_number", &buyer.vat_number, rule);
        }
    }

    fn check_lines(&self, tolerance: Tolerance, checked: &mut Checked) {
        for (i, line) in self.lines.iter().enumerate() {
            if line.designation.trim().is_empty() {
                let field = format!("lines[{i}].designation");
                checked.broken.push(Rejection::new("BR-25", field, "", "the article has no name"));
            }
            if line.unit_price.to_decimal().is_sign_negative() && !line.unit_price.to_decimal().is_zero() {
                let rule = "the price is negative: goods taken back have a negative quantity";
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
            let rule = "the line is not quantity x price - discount, to the cent";
            found.push(Rejection::new("line_net", format!("lines[{i}].net"), value, rule));
        }
    }

    fn check_totals(&self, broken: &mut Vec<Rejection>) {
        let totals = &self.totals;
        let net = self.lines_net() - self.allowances() + self.charges();
        let vat = self.vat_breakdown.iter().map(|subtotal| subtotal.amount).sum();
        let due = totals.gross - totals.prepaid + totals.rounding;
        let gross = totals.net + totals.vat;
        for (code, field, stated, computed, rule) in [
            (
                "BR-CO-13",
                "totals.net",
                totals.net,
                net,
                "the total without VAT is not lines - allowances + charges",
            ),
            ("BR-CO-14", "totals.vat", totals.vat, vat, "the total VAT is not the sum of the breakdown"),
            ("BR-CO-15", "totals.gross", totals.gross, gross, "the total with VAT is not net + VAT"),
            (
                "BR-CO-16",
                "totals.due",
                totals.due,
                due,
                "what is due is not the total less what is paid, rounded",
            ),
        ] {
            if stated != computed {
                broken.push(differs(code, field, stated, computed, rule));
            }
        }
    }
}

/// A figure that is not what it should be.
pub(super) fn differs(code: &str, field: &str, stated: Money, computed: Money, rule: &str) -> Rejection {
    Rejection::new(code, field, format!("{stated} where {computed} is computed"), rule)
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
