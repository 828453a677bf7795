//! The header row: which column stands where.

use std::collections::BTreeMap;

use passerelle_domain::Rejection;

use super::fields::Field;
use super::layout::Layout;
use crate::text::nearest;

/// Where each column of the layout stands in this file, from 0.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns {
    pub(super) names: Vec<String>,
    fields: BTreeMap<Field, usize>,
    /// Base and amount of each row of the layout's VAT breakdown.
    pub(super) vat: Vec<(usize, Option<usize>)>,
}

impl Columns {
    /// The position of a field's column, where the layout has one.
    pub(super) fn of(&self, field: Field) -> Option<usize> {
        self.fields.get(&field).copied()
    }

    /// The positions of all columns that say the same on each row of an invoice.
    pub(super) fn of_invoice(&self) -> impl Iterator<Item = usize> {
        let fields = self.fields.iter().filter(|(field, _)| !field.of_line()).map(|(_, position)| *position);
        fields.chain(self.vat.iter().flat_map(|(base, amount)| std::iter::once(*base).chain(*amount)))
    }
}

/// Finds the layout's columns among the names of a header row, which may stand in any order.
pub(super) fn resolve(layout: &Layout, names: Vec<String>, line: u64) -> Result<Columns, Rejection> {
    let refuse = |code: &str, name: &str, rule: String| {
        Err(Rejection::new(code, format!("line {line}, column {name}"), name, rule))
    };
    for (i, name) in names.iter().enumerate() {
        if names[..i].contains(name) && !layout.ignore.contains(name) {
            return refuse("duplicate_column", name, "a column stands once in the header row".to_owned());
        }
    }
    let known: Vec<(String, &str)> = layout.named_columns().collect();
    let is_known = |name: &str| known.iter().any(|(_, other)| *other == name);
    let foreign = || names.iter().map(String::as_str).filter(|name| !is_known(name));
    for (_, name) in &known {
        if !names.iter().any(|other| other == name) {
            let hint = nearest(name, foreign())
                .map_or_else(String::new, |near| format!("; the file has a column {near:?}"));
            let rule = format!("the header row has the column {name:?}{hint}");
            return refuse("missing_column", name, rule);
        }
    }
    if let Some(name) = foreign().find(|name| !layout.ignore.iter().any(|ignored| ignored == name)) {
        let hint = nearest(name, known.iter().map(|(_, name)| *name))
            .map_or_else(String::new, |near| format!("; the nearest that the layout has is {near:?}"));
        let rule = format!("every column is in the layout or in its list of ignored ones{hint}");
        return refuse("unknown_column", name, rule);
    }
    let at = |name: &str| names.iter().position(|other| other == name).unwrap_or_default();
    let fields = layout.columns.iter().map(|(field, name)| (*field, at(name))).collect();
    let vat = layout.vat.iter().map(|vat| (at(&vat.base), vat.amount.as_deref().map(at))).collect();
    Ok(Columns { fields, vat, names })
}
