//! The columns of a record.

use std::collections::BTreeMap;

use passerelle_domain::Unit;

use super::content::{read as read_content, read_condition};
use super::figures;
use super::lists::Beside;
use super::texts::{fits, refuse_other_form};
use crate::layout::date_format;
use crate::orders::model::{
    Codes, Column, Content, Figures, FileFormat, Filled, Form, Kind, Record, Unencodable,
};
use crate::toml_reader::{Section, Words, hint};

/// The most characters of a column and of a record.
const MAX_LENGTH: u64 = 1_000_000;

/// The columns of one record, in order.
pub(super) struct Columns<'f> {
    record: Record,
    file: &'f FileFormat,
    beside: Beside<'f>,
    names: Vec<String>,
}

impl<'f> Columns<'f> {
    pub(super) fn new(record: Record, file: &'f FileFormat, beside: Beside<'f>) -> Self {
        Self { record, file, beside, names: Vec::new() }
    }

    /// The next column.
    pub(super) fn read(&mut self, section: &mut Section<'_>) -> Option<Column> {
        let file = self.file;
        section.required_text("name");
        let name = section.parsed("name", |text| fits(text, file)).unwrap_or_default().to_owned();
        if self.names.contains(&name) {
            section.fault("name", format!("{name:?} names an earlier column too"));
        } else if !name.is_empty() {
            self.names.push(name.clone());
        }
        let content = read_content(section, self.record, file);
        let condition = read_condition(section, self.record, file);
        if let Some(content) = &content {
            refuse_by_kind(section, content.kind());
        }
        let kind = content.as_ref().and_then(Content::kind);
        let is_known = content.is_some();
        let free_text = content.as_ref().is_some_and(Content::is_free_text);
        let is_words = !is_known || free_text || kind == Some(Kind::Text);
        let (max, filled) = read_length(section, kind, file);
        let if_empty = section.parsed("if_empty", |text| fits(text, file)).map(str::to_owned);
        for key in ["value", "otherwise", "if_empty"] {
            let text = section.field(key).and_then(|field| field.as_text());
            if text.is_some_and(|text| is_longer(text, max)) {
                section.fault(key, "is longer than max");
            }
        }
        let cut = section.one_of("too_long", &[("set_aside", false), ("cut", true)]);
        let cut = cut.unwrap_or(free_text && max.is_some());
        if cut && !is_words {
            section.fault("too_long", "would cut a code or an amount, which makes another one of it");
        }
        if cut && max.is_none() {
            section.fault("too_long", "needs a max");
        }
        let unencodable = read_unencodable(section, free_text, is_words, file);
        let prefix = section.parsed("prefix", |text| fits(text, file)).unwrap_or_default().to_owned();
        let slice = read_slice(section, content.as_ref());
        let codes = self.read_codes(section, kind, max);
        let figures = read_figures(section, content.as_ref(), codes.is_some(), file);
        let date = section.parsed("date", date_format).unwrap_or(&file.date).to_owned();
        refuse_other_form(section, file.form, &[], &["start"]);
        let column = Column {
            name,
            condition,
            prefix,
            slice,
            case: section.choice("case"),
            codes,
            figures,
            date,
            if_empty,
            required: section.flag("required"),
            allowed: section.choice("allowed"),
            unencodable,
            max,
            cut,
            filled,
            start: section.number("start", 1..=MAX_LENGTH),
            content: content?,
        };
        Some(column)
    }

    fn read_codes(&self, section: &mut Section<'_>, kind: Option<Kind>, max: Option<usize>) -> Option<Codes> {
        let file = self.file;
        let code_fits = |code: &str| match fits(code, file) {
            Err(message) => Err(format!("{code:?} {message}")),
            Ok(_) if is_longer(code, max) => Err(format!("{code:?} is longer than max")),
            Ok(_) => Ok(()),
        };
        let inline = section.has("codes");
        let mut words = BTreeMap::new();
        section.table("codes", |codes| {
            for (word, field) in codes.fields() {
                let Some(code) = field.parsed(|code| code_fits(code).map(|()| code)) else { continue };
                if kind == Some(Kind::Unit) && !Unit::words().iter().any(|(unit, _)| *unit == word) {
                    let units = Unit::words().into_iter().map(|(unit, _)| unit);
                    let hint = hint(word, units.clone());
                    field.fault(format!(
                        "{word:?} is no unit ({}){hint}",
                        units.collect::<Vec<_>>().join(", ")
                    ));
                }
                words.insert(word.to_owned(), code.to_owned());
            }
            Some(())
        });
        let column = section.text("codes_column");
        let list = self.beside.list(section, "codes_file");
        if let Some(list) = &list {
            for (word, (line, code)) in list.codes(column) {
                if let Err(message) = code_fits(&code) {
                    list.fault(line, message);
                }
                words.insert(word, code);
            }
            list.note_faults(section);
        }
        let default = section.parsed("default", |code| code_fits(code).map(|()| code.to_owned()));
        match (inline, section.has("codes_file")) {
            (true, true) => section.fault("codes_file", "is given beside codes, which says the same"),
            (false, false) => section.refuse(&["default"], "means nothing without codes"),
            _ => {}
        }
        if !section.has("codes_file") {
            section.refuse(&["codes_column"], "means nothing without codes_file");
        }
        (inline || list.is_some()).then_some(Codes { words, default })
    }
}

/// Notes the fields that mean nothing for a value of this kind; of none, a constant.
fn refuse_by_kind(section: &Section<'_>, kind: Option<Kind>) {
    if kind.is_none() {
        let keys =
            ["required", "too_long", "unencodable", "codes", "codes_file", "default", "if_empty", "allowed"];
        section.refuse(&keys, "means nothing for a constant value");
    }
    if !matches!(kind, Some(Kind::Text | Kind::Code)) {
        section.refuse(&["prefix", "case", "slice"], "means nothing for what is no text");
    }
    if !kind.is_some_and(Kind::is_text) {
        section.refuse(&["codes", "codes_file"], "means nothing for an amount, a count or a date");
    }
    if !kind.is_some_and(Kind::has_decimals) {
        section.refuse(&figures::FIELDS, "means nothing for what is no amount, price, quantity or rate");
    }
    if kind != Some(Kind::Date) {
        section.refuse(&["date"], "means nothing for what is no date");
    }
}

/// `max`, or `width` with `pad` and `fill`.
fn read_length(
    section: &mut Section<'_>,
    kind: Option<Kind>,
    file: &FileFormat,
) -> (Option<usize>, Option<Filled>) {
    let max = section.number("max", 1..=MAX_LENGTH);
    let width = section.number("width", 1..=MAX_LENGTH);
    let left = section.one_of("pad", &[("left", true), ("right", false)]);
    let with = section.character("fill").unwrap_or(' ');
    if !section.has("width") {
        section.refuse(&["pad", "fill"], "needs a width");
        if file.form == Form::FixedWidth {
            section.fault("width", "is missing: the file has columns of fixed width");
        }
        return (max, None);
    }
    if max.is_some() {
        section.fault("max", "is given beside width, which says the same");
    }
    let number = kind.is_some_and(Kind::is_number);
    let left = left.unwrap_or(number);
    if number && !left && with.is_ascii_digit() {
        section.fault("fill", "behind a number makes another number of it");
    }
    if let Err(message) = fits(&with.to_string(), file) {
        section.fault("fill", message);
    }
    (width, width.map(|_| Filled { left, with }))
}

fn read_unencodable(
    section: &mut Section<'_>,
    free_text: bool,
    is_words: bool,
    file: &FileFormat,
) -> Unencodable {
    // A file that quarantines what it cannot hold does so with notes, too.
    let usual = match file.unencodable {
        Unencodable::Transliterate if free_text => Unencodable::Replace,
        usual => usual,
    };
    let unencodable = section.choice("unencodable").unwrap_or(usual);
    if unencodable.stand_in().is_some() && !is_words {
        section.fault("unencodable", "would take characters from a code, which makes another one of it");
    }
    unencodable
}

/// `slice = { start = 1, length = 9 }`.
fn read_slice(section: &mut Section<'_>, content: Option<&Content>) -> Option<(usize, usize)> {
    if content.is_some_and(Content::identifies) {
        let message =
            "is a part of what distinguishes orders, customers or articles, which could be the same for two";
        section.refuse(&["slice"], message);
    }
    section.table("slice", |slice| {
        let start = slice.number("start", 1..=MAX_LENGTH).unwrap_or(1);
        let length = slice.number("length", 1..=MAX_LENGTH);
        Some((start - 1, slice.required("length", length)?))
    })
}

/// The column's own look of numbers.
fn read_figures(
    section: &mut Section<'_>,
    content: Option<&Content>,
    coded: bool,
    file: &FileFormat,
) -> Figures {
    let kind = content.and_then(Content::kind);
    let mut figures = figures::read(section, Some(file.figures));
    figures.decimals = section.number("decimals", 0..=6);
    figures.round = section.one_of("too_precise", &[("set_aside", false), ("round", true)]).unwrap_or(false);
    let is_price =
        |content: &Content| matches!(content, Content::From(source) if source.name.ends_with(".unit_price"));
    if figures.round && !content.is_none_or(is_price) {
        section.fault("too_precise", "would round a quantity or an amount, which makes another one of it");
    }
    if kind == Some(Kind::Amount) {
        if figures.decimals.is_some_and(|places| places < 2) {
            section.fault("decimals", "leaves no room for the cents of an amount");
        }
        figures.decimals = Some(figures.decimals.unwrap_or(2));
    }
    let implied = figures.decimal.is_none() && figures.decimals.is_none();
    if implied && kind.is_some_and(Kind::has_decimals) && !coded {
        section.fault("decimals", "is missing: without a decimal sign nobody could see them");
    }
    figures
}

fn is_longer(text: &str, max: Option<usize>) -> bool {
    max.is_some_and(|max| text.chars().count() > max)
}
