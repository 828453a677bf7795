//! Reading a layout's TOML: every fault with the path of its field and its line.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use jiff::civil::Date;
use jiff::fmt::strtime;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::text::nearest;

/// What is wrong with a layout, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayoutError {
    /// The path of the field, counted from 0: `line[3].from`. Empty where the text is no TOML.
    pub path: String,
    /// What is wrong with it.
    pub message: String,
    /// The line of the file, counted from 1, where it is known.
    pub line: Option<usize>,
    /// The file, where the layout was loaded by its name: the layout itself or a list beside it.
    pub file: Option<String>,
}

impl fmt::Display for LayoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.file, self.line) {
            (Some(file), Some(line)) => write!(f, "{file}, line {line}: ")?,
            (Some(file), None) => write!(f, "{file}: ")?,
            (None, line) if self.path.is_empty() => write!(f, "line {}: ", line.unwrap_or(1))?,
            (None, _) => {}
        }
        if self.path.is_empty() {
            return f.write_str(&self.message);
        }
        write!(f, "{}: {}", self.path, self.message)
    }
}

impl std::error::Error for LayoutError {}

impl LayoutError {
    /// The same fault one field deeper.
    pub(crate) fn inside(mut self, field: &str) -> Self {
        self.path = format!("{}.{field}", self.path);
        self
    }

    /// The same fault in this file, unless it is known to be in another.
    pub(crate) fn in_file(mut self, file: &str) -> Self {
        self.file.get_or_insert_with(|| file.to_owned());
        self
    }

    /// The same fault at another path.
    pub(crate) fn at(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }

    /// The same place with this message.
    pub(crate) fn saying(mut self, message: &str) -> Self {
        message.clone_into(&mut self.message);
        self
    }
}

/// Where a value stands in a row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// Under this name in the header row.
    Name(String),
    /// At this position, from 1.
    Position(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "{name:?}"),
            Self::Position(position) => write!(f, "{position}"),
        }
    }
}

/// One table of the TOML. It remembers which fields were asked for, so that [`Section::finish`] can
/// refuse all others.
pub(crate) struct Section<'t> {
    text: &'t str,
    path: String,
    span: Range<usize>,
    table: &'t DeTable<'t>,
    known: Vec<&'static str>,
}

/// The value of a word in a code list.
pub(crate) enum Word<'t> {
    Text(&'t str),
    Table(Section<'t>),
}

/// Parses a TOML text and hands its root to `read`, which goes on after a fault where it can, and gives
/// nothing where there was one. Answers all of them, at least one.
pub(crate) fn load_whole<T>(
    text: &str,
    read: impl FnOnce(&mut Section<'_>, &mut Vec<LayoutError>) -> Option<T>,
) -> Result<T, Vec<LayoutError>> {
    let root = parse(text).map_err(|error| vec![error])?;
    let mut section = Section::new(text, String::new(), root.span(), root.get_ref());
    let mut faults = Vec::new();
    let value = read(&mut section, &mut faults);
    // Who stopped at a fault has not asked for all fields.
    if faults.is_empty() {
        noted(section.finish(), &mut faults);
    }
    value.filter(|_| faults.is_empty()).ok_or(faults)
}

/// The value, or nothing and a fault more.
pub(crate) fn noted<T>(result: Result<T, LayoutError>, faults: &mut Vec<LayoutError>) -> Option<T> {
    result.map_err(|fault| faults.push(fault)).ok()
}

/// The fault that a function which stops at the first one tells of.
pub(crate) fn first(faults: Vec<LayoutError>) -> LayoutError {
    let none = || LayoutError { path: String::new(), message: "is wrong".into(), line: None, file: None };
    faults.into_iter().next().unwrap_or_else(none)
}

/// Calls `each` with every text of a TOML and the field that it stands in.
pub(crate) fn each_named(text: &str, each: &mut dyn FnMut(&str, &str)) -> Result<(), LayoutError> {
    fn walk(key: &str, value: &DeValue<'_>, each: &mut dyn FnMut(&str, &str)) {
        match value {
            DeValue::String(text) => each(key, text),
            DeValue::Array(items) => items.iter().for_each(|item| walk(key, item.get_ref(), each)),
            DeValue::Table(table) => {
                table.iter().for_each(|(key, value)| walk(key.get_ref(), value.get_ref(), each));
            }
            _ => {}
        }
    }
    let root = parse(text)?;
    root.get_ref().iter().for_each(|(key, value)| walk(key.get_ref(), value.get_ref(), each));
    Ok(())
}

fn parse(text: &str) -> Result<Spanned<DeTable<'_>>, LayoutError> {
    DeTable::parse(text).map_err(|error| LayoutError {
        path: String::new(),
        message: error.message().to_owned(),
        line: error.span().map(|span| line_of(text, span.start)),
        file: None,
    })
}

/// A format that writes a date so that the same date can be read back.
pub(crate) fn check_date_format(format: &str) -> Result<(), String> {
    let sample = Date::constant(2026, 11, 24);
    let written = strtime::format(format, sample).map_err(|error| format!("is no date format: {error}"))?;
    match Date::strptime(format, &written) {
        Ok(read) if read == sample => Ok(()),
        _ => Err(format!("writes 24 November 2026 as {written:?}, from which no date can be read")),
    }
}

fn line_of(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|&byte| byte == b'\n').count()
}

impl<'t> Section<'t> {
    fn new(text: &'t str, path: String, span: Range<usize>, table: &'t DeTable<'t>) -> Self {
        Self { text, path, span, table, known: Vec::new() }
    }

    fn path_of(&self, key: &str) -> String {
        match (self.path.as_str(), key) {
            (path, "") => path.to_owned(),
            ("", key) => key.to_owned(),
            (path, key) => format!("{path}.{key}"),
        }
    }

    /// A fault of the field `key`; of the section itself where `key` is empty.
    pub(crate) fn error(&self, key: &str, message: impl Into<String>) -> LayoutError {
        let at = self.table.get(key).map_or(self.span.start, |value| value.span().start);
        LayoutError {
            path: self.path_of(key),
            message: message.into(),
            line: Some(line_of(self.text, at)),
            file: None,
        }
    }

    fn get(&mut self, key: &'static str) -> Option<&'t Spanned<DeValue<'t>>> {
        self.known.push(key);
        self.table.get(key)
    }

    fn wrong_type(&self, key: &str, wanted: &str, value: &DeValue<'_>) -> LayoutError {
        self.error(key, format!("{wanted} is wanted here, not a value of type {}", value.type_str()))
    }

    /// Whether the field is there.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// A text, where given.
    pub(crate) fn text(&mut self, key: &'static str) -> Result<Option<&'t str>, LayoutError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let text = value.get_ref().as_str();
        text.map(Some).ok_or_else(|| self.wrong_type(key, "a text", value.get_ref()))
    }

    /// A text that must be given and not be empty.
    pub(crate) fn required(&mut self, key: &'static str) -> Result<&'t str, LayoutError> {
        match self.text(key)? {
            None => Err(self.error(key, "is missing")),
            Some("") => Err(self.error(key, "is empty")),
            Some(text) => Ok(text),
        }
    }

    /// True or false.
    pub(crate) fn flag(&mut self, key: &'static str) -> Result<bool, LayoutError> {
        let Some(value) = self.get(key) else { return Ok(false) };
        value.get_ref().as_bool().ok_or_else(|| self.wrong_type(key, "true or false", value.get_ref()))
    }

    /// A whole number from 1, where given.
    pub(crate) fn count(&mut self, key: &'static str) -> Result<Option<usize>, LayoutError> {
        self.whole_number(key, 1)
    }

    /// A whole number from 0, where given.
    pub(crate) fn count_from_zero(&mut self, key: &'static str) -> Result<Option<usize>, LayoutError> {
        self.whole_number(key, 0)
    }

    fn whole_number(&mut self, key: &'static str, least: usize) -> Result<Option<usize>, LayoutError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let Some(digits) = value.get_ref().as_integer() else {
            return Err(self.wrong_type(key, "a whole number", value.get_ref()));
        };
        let number = usize::from_str_radix(digits.as_str(), digits.radix()).ok();
        let number = number.filter(|number| (least..=1_000_000).contains(number));
        number
            .map(Some)
            .ok_or_else(|| self.error(key, format!("{} is no number from {least}", digits.as_str())))
    }

    /// A text of one character, where given.
    pub(crate) fn character(&mut self, key: &'static str) -> Result<Option<char>, LayoutError> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        let mut chars = text.chars();
        match (chars.next(), chars.next()) {
            (Some(one), None) => Ok(Some(one)),
            _ => Err(self.error(key, format!("{text:?} is not one character"))),
        }
    }

    /// One of several words; nothing where the field is missing.
    pub(crate) fn choice<T: Copy>(
        &mut self,
        key: &'static str,
        words: &[(&str, T)],
    ) -> Result<Option<T>, LayoutError> {
        let Some(word) = self.text(key)? else { return Ok(None) };
        let found = words.iter().find(|(name, _)| *name == word).map(|(_, value)| *value);
        found.map(Some).ok_or_else(|| {
            let names: Vec<String> = words.iter().map(|(name, _)| format!("{name:?}")).collect();
            self.error(key, format!("{word:?} is none of {}", names.join(", ")))
        })
    }

    /// One of several words, which must be given.
    pub(crate) fn required_choice<T: Copy>(
        &mut self,
        key: &'static str,
        words: &[(&str, T)],
    ) -> Result<T, LayoutError> {
        self.choice(key, words)?.ok_or_else(|| self.error(key, "is missing"))
    }

    /// A list of texts; empty where the field is missing.
    pub(crate) fn texts(&mut self, key: &'static str) -> Result<Vec<String>, LayoutError> {
        let Some(value) = self.get(key) else { return Ok(Vec::new()) };
        let Some(items) = value.get_ref().as_array() else {
            return Err(self.wrong_type(key, "a list of texts", value.get_ref()));
        };
        let texts = items.iter().map(|item| item.get_ref().as_str().map(str::to_owned));
        texts
            .collect::<Option<_>>()
            .ok_or_else(|| self.error(key, "a list of texts is wanted here, with nothing else in it"))
    }

    /// A table of texts, such as a code list; nothing where the field is missing.
    pub(crate) fn text_map(
        &mut self,
        key: &'static str,
    ) -> Result<Option<BTreeMap<String, String>>, LayoutError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let Some(table) = value.get_ref().as_table() else {
            return Err(self.wrong_type(key, "a table of texts", value.get_ref()));
        };
        let mut map = BTreeMap::new();
        for (name, value) in table {
            let Some(text) = value.get_ref().as_str() else {
                let inner = Self::new(self.text, self.path_of(key), value.span(), table);
                return Err(inner.wrong_type(name.get_ref(), "a text", value.get_ref()));
            };
            map.insert(name.get_ref().to_string(), text.to_owned());
        }
        Ok(Some(map))
    }

    /// Each field of this table, whose value is a text or a table.
    pub(crate) fn words(&self) -> Result<Vec<(&'t str, Word<'t>)>, LayoutError> {
        let word = |(key, value): (&'t Spanned<_>, &'t Spanned<DeValue<'t>>)| {
            let key: &'t std::borrow::Cow<'t, str> = key.get_ref();
            match value.get_ref() {
                DeValue::String(text) => Ok((key.as_ref(), Word::Text(text.as_ref()))),
                DeValue::Table(table) => {
                    let inner = Self::new(self.text, self.path_of(key), value.span(), table);
                    Ok((key.as_ref(), Word::Table(inner)))
                }
                other => Err(self.wrong_type(key, "a text or a table", other)),
            }
        };
        self.table.iter().map(word).collect()
    }

    /// A whole number from 0, where given.
    pub(crate) fn number(&mut self, key: &'static str) -> Result<Option<u32>, LayoutError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let Some(digits) = value.get_ref().as_integer() else {
            return Err(self.wrong_type(key, "a whole number", value.get_ref()));
        };
        let number = u32::from_str_radix(digits.as_str(), digits.radix());
        number.map(Some).map_err(|_| self.error(key, format!("{} is no number from 0", digits.as_str())))
    }

    /// The name of a column or its position, where given.
    pub(crate) fn place(&mut self, key: &'static str) -> Result<Option<Place>, LayoutError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        self.place_of(key, value.get_ref()).map(Some)
    }

    fn place_of(&self, key: &str, value: &DeValue<'_>) -> Result<Place, LayoutError> {
        match value {
            DeValue::String(name) => Ok(Place::Name(name.clone().into_owned())),
            DeValue::Integer(digits) => {
                let position = usize::from_str_radix(digits.as_str(), digits.radix()).ok();
                let place = position.filter(|&position| position > 0).map(Place::Position);
                place.ok_or_else(|| self.error(key, format!("{} is no position from 1", digits.as_str())))
            }
            other => Err(self.wrong_type(key, "the name of a column or its position", other)),
        }
    }

    /// Calls `each` with every name and position of this table and of the tables in it, and its path
    /// below this one (`buyer.code`).
    pub(crate) fn each_place(&self, each: &mut dyn FnMut(String, Place)) -> Result<(), LayoutError> {
        for (name, value) in self.table {
            let name = name.get_ref().as_ref();
            if let DeValue::Table(table) = value.get_ref() {
                let inner = Self::new(self.text, self.path_of(name), value.span(), table);
                inner.each_place(&mut |path, place| each(format!("{name}.{path}"), place))?;
            } else {
                each(name.to_owned(), self.place_of(name, value.get_ref())?);
            }
        }
        Ok(())
    }

    /// A table, where given.
    pub(crate) fn section(&mut self, key: &'static str) -> Result<Option<Section<'t>>, LayoutError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let Some(table) = value.get_ref().as_table() else {
            return Err(self.wrong_type(key, "a table", value.get_ref()));
        };
        Ok(Some(Self::new(self.text, self.path_of(key), value.span(), table)))
    }

    /// A table that must be given.
    pub(crate) fn required_section(&mut self, key: &'static str) -> Result<Section<'t>, LayoutError> {
        self.section(key)?.ok_or_else(|| self.error(key, "is missing"))
    }

    /// A list of tables (`[[key]]`); empty where the field is missing.
    pub(crate) fn sections(&mut self, key: &'static str) -> Result<Vec<Section<'t>>, LayoutError> {
        let Some(value) = self.get(key) else { return Ok(Vec::new()) };
        let Some(items) = value.get_ref().as_array() else {
            return Err(self.wrong_type(key, "a list of tables ([[…]])", value.get_ref()));
        };
        let mut sections = Vec::new();
        for (i, item) in items.iter().enumerate() {
            let Some(table) = item.get_ref().as_table() else {
                return Err(self.wrong_type(key, "a list of tables ([[…]])", item.get_ref()));
            };
            let path = format!("{}[{i}]", self.path_of(key));
            sections.push(Self::new(self.text, path, item.span(), table));
        }
        Ok(sections)
    }

    /// Refuses every field that nobody asked for.
    pub(crate) fn finish(&self) -> Result<(), LayoutError> {
        for key in self.table.keys() {
            let name = key.get_ref().as_ref();
            if !self.known.contains(&name) {
                let hint = nearest(name, self.known.iter().copied())
                    .map_or_else(String::new, |known| format!("; did you mean {known:?}?"));
                return Err(LayoutError {
                    path: self.path_of(name),
                    message: format!("is no field of a layout{hint}"),
                    line: Some(line_of(self.text, key.span().start)),
                    file: None,
                });
            }
        }
        Ok(())
    }
}
