use std::ops::RangeInclusive;

use passerelle_domain::hint;
use serde_json::Value;
use toml::Spanned;
use toml::de::DeValue;

use super::document::Document;
use super::section::{Section, Words};

/// One value of the file: of a field, or an item of a list.
#[derive(Clone)]
pub struct Field<'t> {
    document: &'t Document<'t>,
    path: String,
    /// Where its name begins in the file; of an item of a list, where it begins itself.
    at: usize,
    value: &'t Spanned<DeValue<'t>>,
}

impl<'t> Field<'t> {
    pub(super) fn new(
        document: &'t Document<'t>,
        path: String,
        at: usize,
        value: &'t Spanned<DeValue<'t>>,
    ) -> Self {
        Self { document, path, at, value }
    }

    /// Its path from the root.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Notes what is wrong with it. Of each field, the first fault is kept.
    pub fn fault(&self, message: impl Into<String>) {
        self.document.fault(&self.path, self.at, self.quoted(), message.into());
    }

    /// Its value as it stands in the file; nothing of a whole table or list.
    fn quoted(&self) -> String {
        match self.value.get_ref() {
            DeValue::Table(_) | DeValue::Array(_) => String::new(),
            _ => self.document.quote(self.value.span()),
        }
    }

    /// The path from the root, the place in the file and the value of what stands below it: at `.from`, `[2]`,
    /// `[2].from`; its own where nothing is said.
    pub(super) fn place_of(&self, path: &str) -> (String, usize, String) {
        if let Some(path) = path.strip_prefix('.') {
            if let Some(section) = self.section() {
                return section.place_of(path);
            }
        } else if let Some((place, path)) = path.strip_prefix('[').and_then(|path| path.split_once(']')) {
            let place = place.parse().unwrap_or(usize::MAX);
            if let Some(item) = self.items().into_iter().nth(place) {
                return item.place_of(path);
            }
        }
        (self.path.clone(), self.at, self.quoted())
    }

    /// Notes that something else is needed than what it is. Returns nothing.
    pub fn wrong_type<T>(&self, wanted: &str) -> Option<T> {
        self.fault(format!(
            "is a value of type {} where {wanted} is needed",
            self.value.get_ref().type_str()
        ));
        None
    }

    /// Its text, where it is one; no fault where it is not.
    pub fn as_text(&self) -> Option<&'t str> {
        self.value.get_ref().as_str()
    }

    /// Its text.
    pub fn text(&self) -> Option<&'t str> {
        self.as_text().or_else(|| self.wrong_type("a text"))
    }

    /// True or false.
    pub fn flag(&self) -> Option<bool> {
        self.value.get_ref().as_bool().or_else(|| self.wrong_type("true or false"))
    }

    /// Whether it is a whole number.
    pub fn is_number(&self) -> bool {
        self.value.get_ref().as_integer().is_some()
    }

    /// Whether it is a table.
    pub fn is_table(&self) -> bool {
        self.value.get_ref().as_table().is_some()
    }

    /// A whole number in this range.
    pub fn number<N: TryFrom<u64>>(&self, range: RangeInclusive<u64>) -> Option<N> {
        let Some(digits) = self.value.get_ref().as_integer() else {
            return self.wrong_type("a whole number");
        };
        let number = u64::from_str_radix(digits.as_str(), digits.radix()).ok();
        let number =
            number.filter(|number| range.contains(number)).and_then(|number| N::try_from(number).ok());
        if number.is_none() {
            self.fault(format!("{} is not between {} and {}", digits.as_str(), range.start(), range.end()));
        }
        number
    }

    /// What `parse` makes of its text.
    pub fn parsed<T, E: ToString>(&self, parse: impl FnOnce(&'t str) -> Result<T, E>) -> Option<T> {
        parse(self.text()?).map_err(|error| self.fault(error.to_string())).ok()
    }

    /// The value of its text, which is one of these words.
    pub fn one_of<T: Copy>(&self, words: &[(&str, T)]) -> Option<T> {
        let text = self.text()?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            let names: Vec<String> = words.iter().map(|(word, _)| format!("{word:?}")).collect();
            let hint = hint(text, words.iter().map(|(word, _)| *word));
            self.fault(format!("{text:?} is none of {}{hint}", names.join(", ")));
        }
        found
    }

    /// The variant that its text names.
    pub fn choice<T: Words>(&self) -> Option<T> {
        self.one_of(&T::words())
    }

    /// What `read` makes of its table.
    pub fn table<T>(&self, read: impl FnOnce(&mut Section<'t>) -> Option<T>) -> Option<T> {
        let Some(mut section) = self.section() else { return self.wrong_type("a table") };
        let value = read(&mut section);
        section.finish();
        value
    }

    pub(super) fn section(&self) -> Option<Section<'t>> {
        let table = self.value.get_ref().as_table()?;
        Some(Section::new(self.document, self.path.clone(), self.at, table))
    }

    /// Each text in it, at any depth.
    pub(super) fn all_texts(self) -> Vec<(&'t str, Self)> {
        match self.value.get_ref() {
            DeValue::String(text) => vec![(text, self)],
            DeValue::Array(_) => self.items().into_iter().flat_map(Self::all_texts).collect(),
            _ => self.section().map(|mut section| section.all_texts()).unwrap_or_default(),
        }
    }

    pub(super) fn json(&self) -> Value {
        match self.value.get_ref() {
            DeValue::String(text) => text.as_ref().into(),
            DeValue::Integer(digits) => {
                i64::from_str_radix(digits.as_str(), digits.radix()).map_or(Value::Null, Value::from)
            }
            DeValue::Float(digits) => digits.as_str().parse::<f64>().map_or(Value::Null, Value::from),
            DeValue::Boolean(yes) => (*yes).into(),
            DeValue::Datetime(time) => time.to_string().into(),
            DeValue::Array(_) => self.items().iter().map(Self::json).collect(),
            DeValue::Table(_) => self.section().map(|mut section| section.json()).into(),
        }
    }

    /// The items of its list.
    pub fn items(&self) -> Vec<Self> {
        let Some(items) = self.value.get_ref().as_array() else {
            return self.wrong_type("a list").unwrap_or_default();
        };
        let item = |(i, value): (usize, &'t Spanned<DeValue<'t>>)| {
            Self::new(self.document, format!("{}[{i}]", self.path), value.span().start, value)
        };
        items.iter().enumerate().map(item).collect()
    }
}
