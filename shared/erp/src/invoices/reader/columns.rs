//! Where the parts of an invoice stand: `[columns]`, `[[vat]]`, `[[adjustment]]`, `[[line_adjustment]]`.

use std::collections::BTreeMap;

use passerelle_domain::{Vat, VatCategory, VatRate};
use strum::VariantArray;

use crate::invoices::model::{AdjustmentColumns, Field, VatColumns};
use crate::layout::Place;
use crate::toml_reader::{Section, hint};

/// The columns of fields, whose names may have tables of their own: `buyer.code = "Client"`.
pub(super) fn fields(section: &mut Section<'_>) -> BTreeMap<Field, Place> {
    let mut found = BTreeMap::new();
    within("", section, &mut found);
    for field in Field::VARIANTS.iter().filter(|field| field.is_required()) {
        if !found.contains_key(field) {
            section.fault(field.name(), "is missing");
        }
    }
    found
}

fn within(path: &str, section: &mut Section<'_>, found: &mut BTreeMap<Field, Place>) {
    for (name, at) in section.fields() {
        let name = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        if at.is_table() {
            at.table(|section| {
                within(&name, section, found);
                Some(())
            });
            continue;
        }
        let Some(field) = Field::of(&name) else {
            let hint = hint(&name, Field::VARIANTS.iter().map(|field| field.name()));
            at.fault(format!("is no field of an invoice{hint}"));
            continue;
        };
        // One that cannot be read is not missing.
        found.insert(field, Place::read(&at).unwrap_or(Place::Position(1)));
    }
}

/// The VAT of a table: its rate, and its category where that is not plain.
fn rate(section: &mut Section<'_>) -> Option<Vat> {
    section.required_text("rate");
    let rate = section.parsed("rate", str::parse::<VatRate>);
    let category = section.choice("category");
    let outside = section.flag("outside_scope");
    let rate = rate?;
    if outside && (rate != VatRate::ZERO || category.is_some()) {
        section.fault("outside_scope", "is said of a rate above 0, or beside a category");
    }
    let plain = if outside { Vat::OUTSIDE_SCOPE } else { Vat::at(rate) };
    let vat = category.map_or(plain, |category| Vat { category, rate });
    if (vat.category == VatCategory::Standard) != (rate != VatRate::ZERO) {
        section.fault("category", "does not go with the rate: S has one above 0, and no other has");
    }
    Some(vat)
}

fn required_place(section: &mut Section<'_>, key: &'static str) -> Option<Place> {
    if !section.has(key) {
        section.fault(key, "is missing");
    }
    section.field(key).and_then(|field| Place::read(&field))
}

fn place(section: &mut Section<'_>, key: &'static str) -> Option<Place> {
    section.field(key).and_then(|field| Place::read(&field))
}

/// The columns of one row of the breakdown; `rates` has those before it.
pub(super) fn vat(section: &mut Section<'_>, rates: &mut Vec<Vat>) -> Option<VatColumns> {
    let vat = rate(section);
    let base = required_place(section, "base");
    let amount = place(section, "amount");
    if !section.has("amount") && vat.is_some_and(|vat| vat.rate != VatRate::ZERO) {
        section.fault("amount", "is missing: only a rate of 0 has no VAT");
    }
    let mut text = |key| section.text(key).unwrap_or_default().to_owned();
    let (reason, code) = (text("exemption_reason"), text("exemption_code"));
    let vat = vat?;
    if rates.contains(&vat) {
        section.fault("rate", "stands in the breakdown already");
    }
    rates.push(vat);
    Some(VatColumns { vat, base: base?, amount, reason, code })
}

/// The columns of an allowance or charge: on the whole invoice, with its VAT, or on a line.
pub(super) fn adjustment(section: &mut Section<'_>, of_document: bool) -> Option<AdjustmentColumns> {
    let kind = section.required_choice("kind");
    let amount = required_place(section, "amount");
    let vat_rate_column = if of_document { place(section, "vat_rate_column") } else { None };
    let vat = if of_document && !section.has("vat_rate_column") { rate(section) } else { None };
    let columns = AdjustmentColumns {
        base: place(section, "base"),
        percentage: place(section, "percentage"),
        reason: section.text("reason").unwrap_or_default().to_owned(),
        reason_column: place(section, "reason_column"),
        reason_code: section.text("reason_code").unwrap_or_default().to_owned(),
        kind: kind?,
        amount: amount?,
        vat,
        vat_rate_column,
    };
    Some(columns)
}
