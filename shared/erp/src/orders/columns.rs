//! The columns of a record.

use std::collections::BTreeMap;

use passerelle_domain::Unit;

use super::content::{self, Condition, Content};
use super::figures::{self, Figures};
use super::layout::{FileFormat, Form, Quote, UNENCODABLE, Unencodable};
use super::lists::Beside;
use super::sources::{Kind, Record};
use crate::LayoutError;
use crate::layout::{Section, check_date_format, noted};

/// One column.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) content: Content,
    pub(super) condition: Option<Condition>,
    /// What stands in front of a value that is not empty.
    pub(super) prefix: String,
    /// A part of the text: how many characters are left out, how many are taken.
    pub(super) slice: Option<(usize, usize)>,
    pub(super) case: Option<Case>,
    pub(super) codes: Option<Codes>,
    pub(super) figures: Figures,
    pub(super) date: String,
    /// What stands in for an empty value.
    pub(super) if_empty: Option<String>,
    pub(super) required: bool,
    pub(super) allowed: Option<Allowed>,
    /// What becomes of characters that the file cannot hold.
    pub(super) unencodable: Unencodable,
    /// The most characters that it takes.
    pub(super) max: Option<usize>,
    /// Whether a longer text is cut, rather than set aside.
    pub(super) cut: bool,
    /// Whether it is filled up to `max`, and how.
    pub(super) filled: Option<Filled>,
    /// Its first character in the record, from 1.
    pub(super) start: Option<usize>,
    pub(super) line_in_layout: Option<usize>,
}

/// Capital or small letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    Upper,
    Lower,
}

/// Characters that the ERP takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Allowed {
    Digits,
    LettersAndDigits,
    Ascii,
    ThreeBytes,
}

impl Allowed {
    pub(super) fn allows(self, c: char) -> bool {
        match self {
            Self::Digits => c.is_ascii_digit(),
            Self::LettersAndDigits => c.is_ascii_alphanumeric(),
            Self::Ascii => c.is_ascii(),
            Self::ThreeBytes => c.len_utf8() <= 3,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Digits => "digits",
            Self::LettersAndDigits => "letters and digits without accents",
            Self::Ascii => "characters without accents",
            Self::ThreeBytes => "characters of at most three bytes in UTF-8",
        }
    }
}

/// How a column of fixed width is filled up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Filled {
    pub(super) left: bool,
    pub(super) with: char,
}

/// A code list: the domain's word to the ERP's.
#[derive(Clone, Debug)]
pub(super) struct Codes {
    pub(super) words: BTreeMap<String, String>,
    pub(super) default: Option<String>,
}

impl Column {
    /// Whether its values come from the source of this name, always.
    pub(super) fn is_from(&self, name: &str) -> bool {
        self.condition.is_none() && matches!(&self.content, Content::From(source) if source.name == name)
    }

    /// Whether its values tell of the source of this name.
    pub(super) fn tells(&self, name: &str) -> bool {
        match &self.content {
            Content::Joined(sources, _) => sources.iter().any(|source| source.name == name),
            Content::Sum(parts) => parts.iter().any(|(source, _)| source.name == name),
            Content::From(_) | Content::Constant(_) => self.is_from(name),
        }
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

/// The columns of one record, in order. Of each that cannot be read, the first fault is noted.
pub(super) fn read(
    sections: Vec<Section<'_>>,
    record: Record,
    file: &FileFormat,
    beside: Beside<'_>,
    faults: &mut Vec<LayoutError>,
) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::new();
    for mut section in sections {
        let column = read_one(&mut section, record, file, beside);
        let read = column.and_then(|column| section.finish().map(|()| column)).and_then(|column| {
            if columns.iter().any(|other| other.name == column.name) {
                return Err(section.error("name", format!("{:?} names an earlier column too", column.name)));
            }
            Ok(column)
        });
        columns.extend(noted(read, faults));
    }
    columns
}

fn read_one(
    section: &mut Section<'_>,
    record: Record,
    file: &FileFormat,
    beside: Beside<'_>,
) -> Result<Column, LayoutError> {
    let name = section.required("name")?.to_owned();
    fits(&name, file).map_err(|message| section.error("name", message))?;
    let line_in_layout = section.error("name", "").line;
    let content = content::read(section, record, file)?;
    let kind = content.kind();
    let condition = content::read_condition(section, record, file)?;
    let (max, filled) = read_length(section, kind, file)?;
    if kind.is_none() {
        for key in
            ["required", "too_long", "unencodable", "codes", "codes_file", "default", "if_empty", "allowed"]
        {
            if section.has(key) {
                return Err(section.error(key, "means nothing for a constant value"));
            }
        }
    }
    let constant = match &content {
        Content::Constant(value) => Some(("value", value)),
        _ => None,
    };
    let if_empty = section.text("if_empty")?.map(str::to_owned);
    let otherwise = condition.as_ref().map(|condition| ("otherwise", &condition.otherwise));
    for (key, text) in constant.into_iter().chain(otherwise).chain(if_empty.as_ref().map(|t| ("if_empty", t)))
    {
        fits(text, file).map_err(|message| section.error(key, message))?;
        if max.is_some_and(|max| text.chars().count() > max) {
            return Err(section.error(key, "is longer than max"));
        }
    }
    let required = section.flag("required")?;
    let free_text = content.is_free_text();
    let is_words = free_text || kind == Some(Kind::Text);
    let cut = section.choice("too_long", &[("set_aside", false), ("cut", true)])?;
    let cut = cut.unwrap_or(free_text && max.is_some());
    if cut && !is_words {
        let message = "only texts are cut: a code or an amount that is cut is another one";
        return Err(section.error("too_long", message));
    }
    // A file that sets aside what it cannot hold does so with notes, too.
    let usual = match file.unencodable {
        Unencodable::Transliterate if free_text => Unencodable::Replace,
        usual => usual,
    };
    let unencodable = section.choice("unencodable", &UNENCODABLE)?.unwrap_or(usual);
    if unencodable.stand_in().is_some() && !is_words {
        let message = "only texts lose characters: a code without one of them is another code";
        return Err(section.error("unencodable", message));
    }
    if cut && max.is_none() {
        return Err(section.error("too_long", "needs a max"));
    }
    let prefix = section.text("prefix")?.unwrap_or_default().to_owned();
    if !prefix.is_empty() && !matches!(kind, Some(Kind::Text | Kind::Code)) {
        return Err(section.error("prefix", "means nothing for what is no text"));
    }
    fits(&prefix, file).map_err(|message| section.error("prefix", message))?;
    let (slice, case) = read_parts(section, kind, content.identifies())?;
    let allowed = section.choice(
        "allowed",
        &[
            ("digits", Allowed::Digits),
            ("letters_digits", Allowed::LettersAndDigits),
            ("ascii", Allowed::Ascii),
            ("three_bytes", Allowed::ThreeBytes),
        ],
    )?;
    let codes = codes(section, kind, max, file, beside)?;
    let figures = read_figures(section, kind, codes.is_some(), &content, file)?;
    let date = section.text("date")?.map(str::to_owned);
    if date.is_some() && kind != Some(Kind::Date) {
        return Err(section.error("date", "means nothing for what is no date"));
    }
    let date = date.unwrap_or_else(|| file.date.clone());
    check_date_format(&date).map_err(|message| section.error("date", message))?;
    let start = section.count("start")?;
    if start.is_some() && file.form == Form::Separated {
        return Err(section.error("start", "means nothing between separators"));
    }
    Ok(Column {
        name,
        content,
        condition,
        prefix,
        slice,
        case,
        codes,
        figures,
        date,
        if_empty,
        required,
        allowed,
        unencodable,
        max,
        cut,
        filled,
        start,
        line_in_layout,
    })
}

/// `max`, or `width` with `pad` and `fill`.
fn read_length(
    section: &mut Section<'_>,
    kind: Option<Kind>,
    file: &FileFormat,
) -> Result<(Option<usize>, Option<Filled>), LayoutError> {
    let max = section.count("max")?;
    let width = section.count("width")?;
    let left = section.choice("pad", &[("left", true), ("right", false)])?;
    let with = section.character("fill")?;
    let Some(width) = width else {
        for key in ["pad", "fill"] {
            if section.has(key) {
                return Err(section.error(key, "needs a width"));
            }
        }
        if file.form == Form::FixedWidth {
            return Err(section.error("width", "is missing: the file has columns of fixed width"));
        }
        return Ok((max, None));
    };
    if max.is_some() {
        return Err(section.error("max", "says what width says already"));
    }
    let number = kind.is_some_and(Kind::is_number);
    let filled = Filled { left: left.unwrap_or(number), with: with.unwrap_or(' ') };
    if number && !filled.left && filled.with.is_ascii_digit() {
        return Err(section.error("fill", "behind a number makes another number of it"));
    }
    fits(&filled.with.to_string(), file).map_err(|message| section.error("fill", message))?;
    Ok((Some(width), Some(filled)))
}

type Parts = (Option<(usize, usize)>, Option<Case>);

/// `slice = { start = 1, length = 9 }` and `case`.
fn read_parts(section: &mut Section<'_>, kind: Option<Kind>, identity: bool) -> Result<Parts, LayoutError> {
    let case = section.choice("case", &[("upper", Case::Upper), ("lower", Case::Lower)])?;
    let slice = match section.section("slice")? {
        Some(mut slice) => {
            let start = slice.count("start")?.unwrap_or(1);
            let length = slice.count("length")?.ok_or_else(|| slice.error("length", "is missing"))?;
            slice.finish()?;
            Some((start - 1, length))
        }
        None => None,
    };
    for key in ["case", "slice"] {
        if section.has(key) && !matches!(kind, Some(Kind::Text | Kind::Code)) {
            return Err(section.error(key, "means nothing for what is no text"));
        }
    }
    if slice.is_some() && identity {
        let message = "a part of what tells orders, customers or articles apart tells them apart no more";
        return Err(section.error("slice", message));
    }
    Ok((slice, case))
}

/// The column's own look of numbers: `decimal`, `decimals`, `thousands`, `sign`, `too_precise`.
fn read_figures(
    section: &mut Section<'_>,
    kind: Option<Kind>,
    coded: bool,
    content: &Content,
    file: &FileFormat,
) -> Result<Figures, LayoutError> {
    for key in ["decimal", "decimals", "thousands", "sign", "too_precise"] {
        if section.has(key) && !kind.is_some_and(Kind::has_decimals) {
            return Err(section.error(key, "means nothing for what is no amount, price, quantity or rate"));
        }
    }
    let mut figures = figures::read(section, Some(file.figures))?;
    figures.decimals = match section.count_from_zero("decimals")? {
        Some(places) if places > 6 => return Err(section.error("decimals", "is at most 6")),
        Some(places) => Some(u32::try_from(places).unwrap_or(6)),
        None => None,
    };
    figures.round = section.choice("too_precise", &[("set_aside", false), ("round", true)])?.unwrap_or(false);
    if figures.round && !matches!(content, Content::From(source) if source.name.ends_with(".unit_price")) {
        let message = "only a price may be rounded: a quantity or an amount would be another one";
        return Err(section.error("too_precise", message));
    }
    if kind == Some(Kind::Amount) {
        if figures.decimals.is_some_and(|places| places < 2) {
            return Err(section.error("decimals", "an amount has its cents"));
        }
        figures.decimals = Some(figures.decimals.unwrap_or(2));
    }
    let implied = figures.decimal.is_none() && figures.decimals.is_none();
    if implied && kind.is_some_and(Kind::has_decimals) && !coded {
        return Err(section.error("decimals", "is missing: without a decimal sign nobody could tell them"));
    }
    Ok(figures)
}

fn codes(
    section: &mut Section<'_>,
    kind: Option<Kind>,
    max: Option<usize>,
    file: &FileFormat,
    beside: Beside<'_>,
) -> Result<Option<Codes>, LayoutError> {
    let inline = section.text_map("codes")?;
    let list = beside.list(section, "codes_file")?;
    let column = section.text("codes_column")?;
    let default = section.text("default")?.map(str::to_owned);
    if column.is_some() && list.is_none() {
        return Err(section.error("codes_column", "means nothing without codes_file"));
    }
    let words: BTreeMap<String, String> = match (inline, &list) {
        (Some(_), Some(_)) => return Err(section.error("codes_file", "says what codes says already")),
        (Some(words), None) => words,
        (None, Some(list)) => {
            let codes = list.codes(column)?;
            for (line, code) in codes.values() {
                code_fits(code, max, file).map_err(|message| list.error(*line, message))?;
            }
            codes.into_iter().map(|(word, (_, code))| (word, code)).collect()
        }
        (None, None) if default.is_some() => {
            return Err(section.error("default", "means nothing without codes"));
        }
        (None, None) => return Ok(None),
    };
    let key = if list.is_some() { "codes_file" } else { "codes" };
    if !matches!(kind, Some(Kind::Text | Kind::Code | Kind::Unit | Kind::Rate)) {
        return Err(section.error(key, "an amount, a count or a date has no code list"));
    }
    if kind == Some(Kind::Unit) {
        let units = [Unit::Piece, Unit::Kilogram, Unit::Case, Unit::Litre].map(unit_word);
        if let Some(word) = words.keys().find(|word| !units.contains(&word.as_str())) {
            let message = format!("{word:?} is no unit ({})", units.join(", "));
            return Err(section.error(key, message));
        }
    }
    for code in words.values().chain(&default) {
        code_fits(code, max, file).map_err(|message| section.error(key, message))?;
    }
    Ok(Some(Codes { words, default }))
}

fn code_fits(code: &str, max: Option<usize>, file: &FileFormat) -> Result<(), String> {
    fits(code, file).map_err(|message| format!("{code:?} {message}"))?;
    if max.is_some_and(|max| code.chars().count() > max) {
        return Err(format!("{code:?} is longer than max"));
    }
    Ok(())
}

/// Whether a text of the layout itself can stand in the file as it is.
pub(super) fn fits(text: &str, file: &FileFormat) -> Result<(), String> {
    if let Some(c) = text.chars().find(|&c| c.is_control() || !file.encoding.holds(c)) {
        return Err(format!("has the character {c:?}, which {} has not", file.encoding.name()));
    }
    let separated = file.form == Form::Separated && file.quote == Quote::Never;
    if separated && text.contains([file.separator, '"']) {
        return Err("has the separator or a quote in it, with quote = \"never\"".to_owned());
    }
    Ok(())
}
