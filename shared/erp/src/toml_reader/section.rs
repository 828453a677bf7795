use std::ops::RangeInclusive;

use passerelle_domain::hint;
use serde_json::{Map, Value};
use strum::VariantArray;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::document::Document;
use super::fault::Fault;
use super::field::Field;

/// One table of a file. It remembers which fields were asked for; all others are faults at its end.
pub struct Section<'t> {
    document: &'t Document<'t>,
    path: String,
    /// Where it begins in the file.
    at: usize,
    table: &'t DeTable<'t>,
    known: Vec<&'static str>,
    /// Whether its fields have names of the user's choice.
    open: bool,
}

/// An enum whose variants have names in the file.
pub trait Words: Copy + 'static {
    /// Each name with its variant.
    fn words() -> Vec<(&'static str, Self)>;
}

impl<T: VariantArray + Copy + Into<&'static str>> Words for T {
    fn words() -> Vec<(&'static str, Self)> {
        T::VARIANTS.iter().map(|variant| ((*variant).into(), *variant)).collect()
    }
}

impl<'t> Section<'t> {
    pub(super) fn new(document: &'t Document<'t>, path: String, at: usize, table: &'t DeTable<'t>) -> Self {
        Self { document, path, at, table, known: Vec::new(), open: false }
    }

    /// Notes every field that nobody asked for.
    pub(super) fn finish(&self) {
        let foreign = |name: &str| !self.open && !self.known.contains(&name);
        for (key, value) in self.table.iter().filter(|(key, _)| foreign(key.get_ref())) {
            let hint = hint(key.get_ref(), self.known.iter().copied());
            self.field_of(key, value).fault(format!("is unknown{hint}"));
        }
    }

    fn path_of(&self, key: &str) -> String {
        match (self.path.as_str(), key) {
            (path, "") => path.to_owned(),
            ("", key) => key.to_owned(),
            (path, key) => format!("{path}.{key}"),
        }
    }

    fn field_of(
        &self,
        key: &Spanned<std::borrow::Cow<'t, str>>,
        value: &'t Spanned<DeValue<'t>>,
    ) -> Field<'t> {
        Field::new(self.document, self.path_of(key.get_ref()), key.span().start, value)
    }

    fn given(&self, key: &str) -> Option<Field<'t>> {
        self.table.get_key_value(key).map(|(key, value)| self.field_of(key, value))
    }

    /// Notes what is wrong with the field `key`, given or missing; with the table itself where `key` is
    /// empty. Of each field, the first fault is kept.
    pub fn fault(&self, key: &str, message: impl Into<String>) {
        match self.given(key) {
            Some(field) => field.fault(message),
            None => self.document.fault(&self.path_of(key), self.at, String::new(), message.into()),
        }
    }

    /// Notes what is wrong with the field at a path below this table: `line[2].from`. Where that is missing,
    /// the fault stands at the last part of the path that is there.
    pub fn fault_at(&self, path: &str, message: impl Into<String>) {
        let (path, at, value) = self.place_of(path);
        self.document.fault(&path, at, value, message.into());
    }

    /// The same without the value, which may be a secret.
    pub fn hidden_fault_at(&self, path: &str, message: impl Into<String>) {
        let (path, at, _) = self.place_of(path);
        self.document.fault(&path, at, String::new(), message.into());
    }

    /// The path from the root, the place in the file and the value of what stands at a path below this table.
    pub(super) fn place_of(&self, path: &str) -> (String, usize, String) {
        let (key, rest) = path.split_at(path.find(['.', '[']).unwrap_or(path.len()));
        let missing = || (self.path_of(path), self.at, String::new());
        self.given(key).map_or_else(missing, |field| field.place_of(rest))
    }

    /// Notes a fault of a file beside this one, once.
    pub fn fault_beside(&self, fault: Fault) {
        self.document.fault_beside(fault);
    }

    /// Whether something is wrong with the field `key` or in it.
    pub fn is_faulty(&self, key: &str) -> bool {
        self.document.is_faulty(&self.path_of(key))
    }

    /// The field, where given.
    pub fn field(&mut self, key: &'static str) -> Option<Field<'t>> {
        self.known.push(key);
        self.given(key)
    }

    /// Each field of a table whose fields have names of the user's choice.
    pub fn fields(&mut self) -> Vec<(&'t str, Field<'t>)> {
        self.open = true;
        self.table.iter().map(|(key, value)| (key.get_ref().as_ref(), self.field_of(key, value))).collect()
    }

    /// Each text in it, at any depth.
    pub fn all_texts(&mut self) -> Vec<(&'t str, Field<'t>)> {
        self.fields().into_iter().flat_map(|(_, field)| field.all_texts()).collect()
    }

    /// The table as JSON. Which of its fields are known, its reader decides.
    pub fn json(&mut self) -> Map<String, Value> {
        self.fields().into_iter().map(|(key, field)| (key.to_owned(), field.json())).collect()
    }

    /// Whether the field is given.
    pub fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// The value, or nothing and the fault that the field is missing.
    pub fn required<T>(&mut self, key: &'static str, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.fault(key, "is missing");
        }
        value
    }

    /// Notes each of these fields that is given.
    pub fn refuse(&self, keys: &[&str], message: &str) {
        keys.iter().filter(|key| self.has(key)).for_each(|key| self.fault(key, message));
    }

    /// A text, where given.
    pub fn text(&mut self, key: &'static str) -> Option<&'t str> {
        self.field(key)?.text()
    }

    /// A text that must be given and not be empty.
    pub fn required_text(&mut self, key: &'static str) -> Option<&'t str> {
        let text = self.text(key);
        let text = self.required(key, text);
        if text == Some("") {
            self.fault(key, "is empty");
        }
        text.filter(|text| !text.is_empty())
    }

    /// True or false; false where the field is missing.
    pub fn flag(&mut self, key: &'static str) -> bool {
        self.field(key).and_then(|field| field.flag()).unwrap_or(false)
    }

    /// A whole number in this range, where given.
    pub fn number<N: TryFrom<u64>>(&mut self, key: &'static str, range: RangeInclusive<u64>) -> Option<N> {
        self.field(key)?.number(range)
    }

    /// A text of one character, where given.
    pub fn character(&mut self, key: &'static str) -> Option<char> {
        let one = |text: &str| {
            let mut chars = text.chars();
            let one = chars.next().filter(|_| chars.next().is_none());
            one.ok_or_else(|| format!("{text:?} is not one character"))
        };
        self.parsed(key, one)
    }

    /// What `parse` makes of a text, where given.
    pub fn parsed<T, E: ToString>(
        &mut self,
        key: &'static str,
        parse: impl FnOnce(&'t str) -> Result<T, E>,
    ) -> Option<T> {
        self.field(key)?.parsed(parse)
    }

    /// The value of one of several words, where given.
    pub fn one_of<T: Copy>(&mut self, key: &'static str, words: &[(&str, T)]) -> Option<T> {
        self.field(key)?.one_of(words)
    }

    /// The same of a field that must be given.
    pub fn required_one_of<T: Copy>(&mut self, key: &'static str, words: &[(&str, T)]) -> Option<T> {
        let value = self.one_of(key, words);
        self.required(key, value)
    }

    /// A variant by its name, where given.
    pub fn choice<T: Words>(&mut self, key: &'static str) -> Option<T> {
        self.field(key)?.choice()
    }

    /// The same of a field that must be given.
    pub fn required_choice<T: Words>(&mut self, key: &'static str) -> Option<T> {
        let value = self.choice(key);
        self.required(key, value)
    }

    /// The items of a list of texts; none where the field is missing.
    pub fn texts(&mut self, key: &'static str) -> Vec<(&'t str, Field<'t>)> {
        let items = self.field(key).map(|field| field.items()).unwrap_or_default();
        items.into_iter().filter_map(|item| Some((item.text()?, item))).collect()
    }

    /// What `read` makes of a table, where given.
    pub fn table<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&mut Section<'t>) -> Option<T>,
    ) -> Option<T> {
        self.field(key)?.table(read)
    }

    /// The same of a table that must be given.
    pub fn required_table<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&mut Section<'t>) -> Option<T>,
    ) -> Option<T> {
        if !self.has(key) {
            self.fault(key, "is missing");
        }
        self.table(key, read)
    }

    /// What `read` makes of each of a list of tables (`[[key]]`); of none where the field is missing.
    pub fn tables<T>(
        &mut self,
        key: &'static str,
        mut read: impl FnMut(&mut Section<'t>) -> Option<T>,
    ) -> Vec<T> {
        let items = self.field(key).map(|field| field.items()).unwrap_or_default();
        items.iter().filter_map(|item| item.table(&mut read)).collect()
    }
}
