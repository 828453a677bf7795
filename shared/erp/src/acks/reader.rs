use std::collections::BTreeMap;

use super::model::{AckLayout, Columns};
use crate::layout::{encoding, separator};
use crate::toml_reader::{self, Field, Section};
use crate::{LayoutError, LayoutErrors};

impl AckLayout {
    /// Reads and checks a layout.
    ///
    /// # Errors
    /// Every fault of the file, each with its line, column and the path of the field.
    pub fn from_toml(text: &str) -> Result<Self, LayoutErrors> {
        toml_reader::read(text, |root| {
            let file = root.required_table("file", |file| Some((encoding(file), separator(file))));
            let columns = root.required_table("columns", |columns| Some(read_columns(columns)));
            let outcomes = root.required_table("codes", read_outcomes);
            let ((encoding, separator), columns) = (file?, columns?);
            Some(Self { encoding: encoding?, separator: separator?, columns, outcomes: outcomes? })
        })
    }

    /// What [`from_toml`](Self::from_toml) would refuse.
    pub fn faults(text: &str) -> Vec<LayoutError> {
        Self::from_toml(text).err().map(Into::into).unwrap_or_default()
    }
}

/// A missing column has no name.
fn read_columns(columns: &mut Section<'_>) -> Columns {
    let (number, id) = (columns.text("number"), columns.text("id"));
    match (columns.has("number"), columns.has("id")) {
        (true, true) => columns.fault("id", "is given beside number: only one of them can name the order"),
        (false, false) => columns.fault("number", "is missing: number or id names the order"),
        _ => {}
    }
    let mut owned = |key| columns.text(key).map(str::to_owned);
    let (shop, erp_number, words) = (owned("shop"), owned("erp_number"), owned("words"));
    let mut required = |key| columns.required_text(key).unwrap_or_default().to_owned();
    Columns {
        order: number.or(id).unwrap_or_default().to_owned(),
        by_id: number.is_none(),
        shop,
        batch: required("batch"),
        outcome: required("outcome"),
        erp_number,
        words,
    }
}

/// The ERP's words; whether each means that the order was accepted.
fn read_outcomes(codes: &mut Section<'_>) -> Option<BTreeMap<String, bool>> {
    let outcomes = codes.required_table("outcome", |section| {
        let read = |(code, field): (&str, Field<'_>)| {
            Some((code.to_owned(), field.one_of(&[("accepted", true), ("refused", false)])?))
        };
        Some(section.fields().into_iter().filter_map(read).collect::<BTreeMap<_, _>>())
    })?;
    if !outcomes.values().any(|accepted| *accepted) && !codes.is_faulty("outcome") {
        codes.fault("outcome", "has no word for accepted");
    }
    Some(outcomes)
}
