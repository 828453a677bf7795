//! The columns of a record.

use std::collections::BTreeMap;

use passerelle_domain::Unit;

use super::layout::{FileFormat, Quote};
use super::sources::{self, Kind, Record, Source};
use crate::LayoutError;
use crate::layout::Section;
use crate::text::nearest;

/// One column.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) content: Content,
    pub(super) required: bool,
    /// The most characters that it takes.
    pub(super) max: Option<usize>,
    /// Whether a longer text is cut, rather than set aside.
    pub(super) cut: bool,
    pub(super) codes: Option<Codes>,
    pub(super) line_in_layout: Option<usize>,
}

/// Where a column's value comes from.
#[derive(Clone, Debug)]
pub(super) enum Content {
    Constant(String),
    From(&'static Source),
}

/// A code list: the domain's word to the ERP's.
#[derive(Clone, Debug)]
pub(super) struct Codes {
    pub(super) words: BTreeMap<String, String>,
    pub(super) default: Option<String>,
}

impl Column {
    /// Whether its values come from the source of this name.
    pub(super) fn is_from(&self, name: &str) -> bool {
        matches!(&self.content, Content::From(source) if source.name == name)
    }
}

/// How the domain names units in code lists.
pub(super) fn unit_word(unit: Unit) -> &'static str {
    match unit {
        Unit::Piece => "piece",
        Unit::Kilogram => "kilogram",
        Unit::Case => "case",
        Unit::Litre => "litre",
    }
}

/// The columns of one record, in order.
pub(super) fn read(
    sections: Vec<Section<'_>>,
    record: Record,
    file: &FileFormat,
) -> Result<Vec<Column>, LayoutError> {
    let mut columns: Vec<Column> = Vec::new();
    for mut section in sections {
        let column = read_one(&mut section, record, file)?;
        section.finish()?;
        if columns.iter().any(|other| other.name == column.name) {
            return Err(section.error("name", format!("{:?} names an earlier column too", column.name)));
        }
        columns.push(column);
    }
    Ok(columns)
}

fn read_one(section: &mut Section<'_>, record: Record, file: &FileFormat) -> Result<Column, LayoutError> {
    let name = section.required("name")?.to_owned();
    fits(&name, file).map_err(|message| section.error("name", message))?;
    let line_in_layout = section.error("name", "").line;
    let max = section.count("max")?;
    let content = match (section.text("value")?, section.text("from")?) {
        (Some(value), None) => Content::Constant(value.to_owned()),
        (None, Some(name)) => Content::From(source(section, name, record)?),
        _ => return Err(section.error("", "has either a value or a from, and not both")),
    };
    let kind = match &content {
        Content::Constant(value) => {
            fits(value, file).map_err(|message| section.error("value", message))?;
            if max.is_some_and(|max| value.chars().count() > max) {
                return Err(section.error("value", "is longer than max"));
            }
            for key in ["required", "too_long", "codes", "default"] {
                if section.has(key) {
                    return Err(section.error(key, "means nothing for a constant value"));
                }
            }
            None
        }
        Content::From(source) => Some(source.kind),
    };
    let required = section.flag("required")?;
    let cut = section.choice("too_long", &[("set_aside", false), ("cut", true)])?.unwrap_or(false);
    if cut && kind != Some(Kind::Text) {
        let message = "only texts are cut: a code or an amount that is cut is another one";
        return Err(section.error("too_long", message));
    }
    if cut && max.is_none() {
        return Err(section.error("too_long", "needs a max"));
    }
    let codes = codes(section, kind, max, file)?;
    Ok(Column { name, content, required, max, cut, codes, line_in_layout })
}

fn source(section: &Section<'_>, name: &str, record: Record) -> Result<&'static Source, LayoutError> {
    let Some(source) = sources::find(name) else {
        let hint = nearest(name, sources::names())
            .map_or_else(String::new, |known| format!("; did you mean {known:?}?"));
        return Err(section.error("from", format!("{name:?} is no source{hint}")));
    };
    if !source.stands_in(record) {
        let message = format!("{name:?} is not known in a [[{}]] record", record.name());
        return Err(section.error("from", message));
    }
    Ok(source)
}

fn codes(
    section: &mut Section<'_>,
    kind: Option<Kind>,
    max: Option<usize>,
    file: &FileFormat,
) -> Result<Option<Codes>, LayoutError> {
    let words = section.text_map("codes")?;
    let default = section.text("default")?.map(str::to_owned);
    let Some(words) = words else {
        if default.is_some() {
            return Err(section.error("default", "means nothing without codes"));
        }
        return Ok(None);
    };
    if !matches!(kind, Some(Kind::Text | Kind::Code | Kind::Unit | Kind::Rate)) {
        return Err(section.error("codes", "an amount, a count or a date has no code list"));
    }
    if kind == Some(Kind::Unit) {
        let units = [Unit::Piece, Unit::Kilogram, Unit::Case, Unit::Litre].map(unit_word);
        if let Some(word) = words.keys().find(|word| !units.contains(&word.as_str())) {
            let message = format!("{word:?} is no unit ({})", units.join(", "));
            return Err(section.error("codes", message));
        }
    }
    for code in words.values().chain(&default) {
        fits(code, file).map_err(|message| section.error("codes", format!("{code:?} {message}")))?;
        if max.is_some_and(|max| code.chars().count() > max) {
            return Err(section.error("codes", format!("{code:?} is longer than max")));
        }
    }
    Ok(Some(Codes { words, default }))
}

/// Whether a text of the layout itself can stand in the file as it is.
fn fits(text: &str, file: &FileFormat) -> Result<(), String> {
    if let Some(c) = text.chars().find(|&c| c.is_control() || !file.encoding.holds(c)) {
        return Err(format!("has the character {c:?}, which {} has not", file.encoding.name()));
    }
    if file.quote == Quote::Never && text.contains([file.separator, '"']) {
        return Err("has the separator or a quote in it, with quote = \"never\"".to_owned());
    }
    Ok(())
}
