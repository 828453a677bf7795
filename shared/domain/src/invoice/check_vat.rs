//! The rules of VAT: categories, rates, the breakdown.

use super::check::{Checked, Tolerance, differs};
use super::{AdjustmentKind, Invoice, VatSubtotal};
use crate::{Money, Rejection, Vat, VatCategory, VatRate};

impl Invoice {
    pub(super) fn check_vat(&self, tolerance: Tolerance, checked: &mut Checked) {
        if self.vat_breakdown.is_empty() {
            let rule = "the invoice has no VAT breakdown";
            checked.broken.push(Rejection::new("BR-CO-18", "vat_breakdown", "", rule));
        }
        self.check_rates(&mut checked.broken);
        for (i, subtotal) in self.vat_breakdown.iter().enumerate() {
            self.check_subtotal(i, subtotal, tolerance, checked);
        }
        self.check_categories(&mut checked.broken);
    }

    /// Every category and rate that is used can be, and stands in the breakdown.
    fn check_rates(&self, broken: &mut Vec<Rejection>) {
        let mut check = |vat: Vat, rule: &str, field: &dyn Fn() -> String| {
            let taxed = vat.category == VatCategory::Standard;
            if taxed == (vat.rate == VatRate::ZERO) {
                let code = format!("BR-{}-{rule}", vat.category.rules());
                let rule = "the category and the rate do not go together: S has a rate above 0, and no other";
                broken.push(Rejection::new(code, field(), written(vat), rule));
            }
            if !self.vat_breakdown.iter().any(|subtotal| subtotal.vat == vat) {
                let code = format!("BR-{}-01", vat.category.rules());
                let rule = "this category and rate is missing in the VAT breakdown";
                broken.push(Rejection::new(code, field(), written(vat), rule));
            }
        };
        for (i, line) in self.lines.iter().enumerate() {
            check(line.vat, "05", &|| format!("lines[{i}].vat"));
        }
        for (i, document) in self.adjustments.iter().enumerate() {
            let rule = match document.adjustment.kind {
                AdjustmentKind::Allowance => "06",
                AdjustmentKind::Charge => "07",
            };
            check(document.vat, rule, &|| format!("adjustments[{i}].vat"));
        }
    }

    fn check_subtotal(&self, i: usize, subtotal: &VatSubtotal, tolerance: Tolerance, checked: &mut Checked) {
        let VatSubtotal { vat, base: stated, amount, .. } = *subtotal;
        let of_category = |rule: &str| format!("BR-{}-{rule}", vat.category.rules());
        let (mut base, mut lines) = (Money::ZERO, 0);
        for line in self.lines.iter().filter(|line| line.vat == vat) {
            base += line.net;
            lines += 1;
        }
        let adjusted = self.adjustments.iter().filter(|document| document.vat == vat);
        base += adjusted.map(|document| document.adjustment.effect()).sum();
        if stated != base {
            let rule = "the base of the rate is not the sum of its lines, charges and allowances";
            let field = format!("vat_breakdown[{i}].base");
            checked.broken.push(differs(&of_category("08"), &field, stated, base, rule));
        }
        let computed = vat.rate.on(stated).unwrap_or_default();
        if amount != computed {
            let field = format!("vat_breakdown[{i}].amount");
            let off = (amount - computed).abs();
            let most = Money::from_cents(tolerance.vat_per_line.cents().saturating_mul(lines.max(1)));
            let (code, rule) = match vat.category {
                VatCategory::Standard => ("BR-CO-17".to_owned(), "the VAT of the rate is not base x rate"),
                _ => (of_category("09"), "there is VAT in a category that has none"),
            };
            let within = vat.rate != VatRate::ZERO && off <= most && off < Tolerance::VAT_OF_A_RATE;
            let found = if within { &mut checked.notes } else { &mut checked.broken };
            found.push(differs(&code, &field, amount, computed, rule));
        }
        let reasoned = !subtotal.exemption_reason.is_empty() || !subtotal.exemption_code.is_empty();
        if reasoned && matches!(vat.category, VatCategory::Standard | VatCategory::Zero) {
            let (field, rule) =
                (format!("vat_breakdown[{i}]"), "what is taxed has a reason for an exemption");
            let value = [subtotal.exemption_reason.as_str(), &subtotal.exemption_code].concat();
            checked.broken.push(Rejection::new(of_category("10"), field, value, rule));
        }
        if self.vat_breakdown[..i].iter().any(|other| other.vat == vat) {
            let (field, rule) =
                (format!("vat_breakdown[{i}]"), "this category and rate stands in the VAT breakdown twice");
            checked.broken.push(Rejection::new(of_category("01"), field, written(vat), rule));
        }
    }

    /// What some categories want to know of the buyer and the delivery.
    fn check_categories(&self, broken: &mut Vec<Rejection>) {
        let has = |category| self.vat_breakdown.iter().any(|subtotal| subtotal.vat.category == category);
        let mut refuse =
            |code: &str, field: &str, rule: &str| broken.push(Rejection::new(code, field, "", rule));
        let without_vat_number = self.buyer.vat_number.is_empty();
        if has(VatCategory::ReverseCharge) && without_vat_number && self.buyer.siren.is_none() {
            let rule = "the buyer owes the VAT and has neither VAT number nor SIREN";
            refuse("BR-AE-02", "buyer.vat_number", rule);
        }
        if has(VatCategory::IntraCommunity) {
            if without_vat_number {
                let rule = "the buyer in another country of the European Union has no VAT number";
                refuse("BR-IC-02", "buyer.vat_number", rule);
            }
            if self.delivered_on.is_none() && self.period.is_none() {
                let rule = "a delivery within the European Union has neither day nor period";
                refuse("BR-IC-11", "delivered_on", rule);
            }
            // Without an address of its own the delivery went to the buyer's.
            if self.deliver_to.as_ref().unwrap_or(&self.buyer.address).country.is_empty() {
                let rule = "a delivery within the European Union does not say to which country";
                refuse("BR-IC-12", "deliver_to.country", rule);
            }
        }
    }
}

fn written(vat: Vat) -> String {
    format!("{} {}", vat.category.code(), vat.rate)
}
