//! Where a column's value comes from, and when.

use super::texts::fits;
use crate::orders::model::{Condition, Content, FileFormat, Kind, Record, Source, find, names};
use crate::toml_reader::{Field, Section, hint};

const CONTENTS: [&str; 4] = ["value", "from", "concat", "sum"];

pub(super) fn read(section: &mut Section<'_>, record: Record, file: &FileFormat) -> Option<Content> {
    let value = section.parsed("value", |text| fits(text, file));
    let from = section.field("from").and_then(|field| source(&field, field.text()?, record));
    let concat = section.texts("concat");
    let sum = section.texts("sum");
    let given: Vec<&str> = CONTENTS.into_iter().filter(|key| section.has(key)).collect();
    let join = if section.has("concat") { section.parsed("join", |text| fits(text, file)) } else { None };
    match given.as_slice() {
        ["value"] => value.map(|value| Content::Constant(value.to_owned())),
        ["from"] => from.map(Content::From),
        ["concat"] if !concat.is_empty() => {
            let sources: Vec<_> = concat.iter().map(|(name, item)| source(item, name, record)).collect();
            let sources = sources.into_iter().collect::<Option<_>>()?;
            Some(Content::Joined(sources, join.unwrap_or(" ").to_owned()))
        }
        ["sum"] if !sum.is_empty() => {
            let parts: Vec<_> = sum.iter().map(|(name, item)| part(item, name, record)).collect();
            parts.into_iter().collect::<Option<_>>().map(Content::Sum)
        }
        [list @ ("concat" | "sum")] => {
            section.fault(list, "names no source at all");
            None
        }
        given => {
            let said = if given.is_empty() { "none" } else { "more than one" };
            section.fault("", format!("has {said} of value, from, concat and sum"));
            None
        }
    }
}

/// A part of a sum: its source, and whether it is taken off.
fn part(item: &Field<'_>, name: &str, record: Record) -> Option<(&'static Source, bool)> {
    let (off, name) = name.strip_prefix('-').map_or((false, name), |name| (true, name));
    let source = source(item, name, record)?;
    if source.kind != Kind::Amount {
        item.fault(format!("{name:?} is no amount"));
    }
    Some((source, off))
}

/// `when = { from = "line.kind", is = ["article"] }`, or `is_not`; and `otherwise = "…"`.
pub(super) fn read_condition(
    section: &mut Section<'_>,
    record: Record,
    file: &FileFormat,
) -> Option<Condition> {
    let otherwise = section.parsed("otherwise", |text| fits(text, file)).unwrap_or_default().to_owned();
    if !section.has("when") {
        section.refuse(&["otherwise"], "means nothing without when");
    }
    section.table("when", |when| {
        when.required_text("from");
        let source = when.field("from").and_then(|field| source(&field, field.as_text()?, record));
        if source.is_some_and(|source| !source.kind.is_text()) {
            when.fault("from", "is an amount, a count or a date, which cannot be compared with words");
        }
        let mut words = |key| when.texts(key).into_iter().map(|(word, _)| word.to_owned()).collect();
        let (is, is_not): (Vec<String>, Vec<String>) = (words("is"), words("is_not"));
        let (words, wanted) = match (is.is_empty(), is_not.is_empty()) {
            (false, true) => (is, true),
            (true, false) => (is_not, false),
            (true, true) => {
                when.fault("", "has neither is nor is_not, a list of words");
                return None;
            }
            (false, false) => {
                when.fault("", "has both is and is_not");
                return None;
            }
        };
        Some(Condition { source: source?, words, wanted, otherwise })
    })
}

fn source(field: &Field<'_>, name: &str, record: Record) -> Option<&'static Source> {
    let source = find(name);
    match source {
        None => field.fault(format!("{name:?} is no source{}", hint(name, names()))),
        Some(source) if !source.stands_in(record) => {
            field.fault(format!("{name:?} is not known in a [[{}]] record", record.name()));
            return None;
        }
        Some(_) => {}
    }
    source
}
