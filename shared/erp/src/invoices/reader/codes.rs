//! What the ERP's words mean: `[codes]`.

use std::collections::BTreeMap;

use passerelle_domain::InvoiceUnit;

use crate::invoices::model::Codes;
use crate::toml_reader::{Field, Section};
use crate::units::{self, OwnUnits};

pub(super) fn read(section: &mut Section<'_>) -> Codes {
    let usual = Codes::default();
    Codes {
        kinds: words(section, "kind", Field::choice),
        origins: words(section, "origin", Field::choice),
        deposits: words(section, "deposit", |field| field.one_of(&[("yes", true), ("no", false)])),
        categories: Some(words(section, "vat_category", Field::choice))
            .filter(|categories| !categories.is_empty())
            .unwrap_or(usual.categories),
        units: section.table("unit", |section| Some(own_units(section))).unwrap_or_default(),
    }
}

/// Each word with what it means.
fn words<'t, T>(
    section: &mut Section<'t>,
    key: &'static str,
    read: impl Fn(&Field<'t>) -> Option<T>,
) -> BTreeMap<String, T> {
    let table = section.table(key, |section| {
        let fields = section.fields().into_iter();
        Some(fields.filter_map(|(word, field)| Some((word.to_owned(), read(&field)?))).collect())
    });
    table.unwrap_or_default()
}

/// `[codes.unit]`: what a word of the file means, as a usual word or with a code and a label of its own.
fn own_units(section: &mut Section<'_>) -> OwnUnits {
    let mut own = OwnUnits::new();
    let usual = OwnUnits::new();
    for (word, field) in section.fields() {
        let unit = match field.as_text() {
            Some(text) => {
                let near = || units::nearest(&usual, text).join(", ");
                let unknown =
                    || format!("{text:?} is no usual unit (nearest: {}); give it a code and a label", near());
                field.parsed(|text| units::find(&usual, text).ok_or_else(unknown))
            }
            None if field.is_table() => field.table(|named| {
                let (code, label) = (named.required_text("code"), named.text("label").unwrap_or(word));
                InvoiceUnit::new(code?, label).map_err(|message| field.fault(message)).ok()
            }),
            None => field.wrong_type("a text or a table"),
        };
        if let Some(unit) = unit
            && own.insert(units::plain(word), unit).is_some()
        {
            field.fault("stands twice: case, accents and a dot at the end make no difference");
        }
    }
    own
}
