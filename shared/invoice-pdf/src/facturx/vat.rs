//! Categories of VAT and the reasons why there is none.

use passerelle_domain::{Invoice, Mentions, Money, Vat, VatCategory, VatSubtotal};

use super::xml::Xml;

/// The category as it is written: deposits as E (see the parent module).
fn written(vat: Vat) -> VatCategory {
    match vat.category {
        VatCategory::OutsideScope => VatCategory::Exempt,
        other => other,
    }
}

/// Type, category and rate, as lines and adjustments have them.
pub(super) fn category(xml: &mut Xml, vat: Vat) {
    xml.value("ram:TypeCode", "VAT");
    xml.value("ram:CategoryCode", written(vat).code());
    xml.value("ram:RateApplicablePercent", vat.rate);
}

/// BG-23: the ERP's rows, those of one written category and rate as one.
pub(super) fn breakdown(xml: &mut Xml, mentions: &Mentions, invoice: &Invoice) {
    let rows = &invoice.vat_breakdown;
    let key = |row: &VatSubtotal| (written(row.vat), row.vat.rate);
    for (at, row) in rows.iter().enumerate() {
        if rows[..at].iter().any(|earlier| key(earlier) == key(row)) {
            continue;
        }
        let same: Vec<&VatSubtotal> = rows[at..].iter().filter(|other| key(other) == key(row)).collect();
        let mut reasons: Vec<&str> = Vec::new();
        for reason in same.iter().map(|row| mentions.no_vat_because(row)) {
            if !reason.is_empty() && !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        xml.element("ram:ApplicableTradeTax", |xml| {
            xml.value("ram:CalculatedAmount", same.iter().map(|row| row.amount).sum::<Money>());
            xml.value("ram:TypeCode", "VAT");
            xml.text("ram:ExemptionReason", &reasons.join(" "));
            xml.value("ram:BasisAmount", same.iter().map(|row| row.base).sum::<Money>());
            xml.value("ram:CategoryCode", written(row.vat).code());
            if let [only] = same[..] {
                xml.text("ram:ExemptionReasonCode", code(only));
            }
            if mentions.vat_on_debits {
                // BT-8: VAT is due at the invoice's date.
                xml.value("ram:DueDateTypeCode", "5");
            }
            xml.value("ram:RateApplicablePercent", row.vat.rate);
        });
    }
}

/// BT-121: the ERP's, else that of the category where it has one.
fn code(row: &VatSubtotal) -> &str {
    match (row.exemption_code.trim(), row.vat.category) {
        ("", VatCategory::ReverseCharge) => "VATEX-EU-AE",
        ("", VatCategory::IntraCommunity) => "VATEX-EU-IC",
        ("", VatCategory::Export) => "VATEX-EU-G",
        // "Not subject to VAT" goes with category O only.
        ("VATEX-EU-O", VatCategory::OutsideScope) => "",
        (given, _) => given,
    }
}
