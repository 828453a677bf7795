use std::cell::RefCell;
use std::ops::{Range, RangeInclusive};

use strum::VariantArray;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Fault, Faults, Field, hint};

/// The most characters of a value that a fault repeats.
const MAX_VALUE: usize = 80;

/// The text of a file and the faults found so far.
pub(super) struct Document<'t> {
    text: &'t str,
    faults: RefCell<Vec<Fault>>,
}

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

/// Reads a TOML text by a function that asks its root for fields.
///
/// # Errors
/// Everything that is wrong with it; of text that is no TOML, where it stops to be.
pub fn read<T>(text: &str, read: impl FnOnce(&mut Section<'_>) -> Option<T>) -> Result<T, Faults> {
    let document = Document { text, faults: RefCell::default() };
    let root = match DeTable::parse(text) {
        Ok(root) => root,
        Err(error) => {
            let at = error.span().map_or(text.len(), |span| span.start);
            document.fault("", at, String::new(), error.message().to_owned());
            return Err(Faults::new(document.faults.into_inner()));
        }
    };
    let value = {
        let mut section = Section::new(&document, String::new(), 0, root.get_ref());
        let value = read(&mut section);
        section.finish();
        value
    };
    let faults = document.faults.into_inner();
    value.filter(|_| faults.is_empty()).ok_or_else(|| Faults::new(faults))
}

/// Every text of a TOML file with the name of the field that it stands in.
///
/// # Errors
/// When it is no TOML.
pub fn texts_of(text: &str) -> Result<Vec<(String, String)>, Faults> {
    fn walk(key: &str, value: &DeValue<'_>, found: &mut Vec<(String, String)>) {
        match value {
            DeValue::String(text) => found.push((key.to_owned(), text.to_string())),
            DeValue::Array(items) => items.iter().for_each(|item| walk(key, item.get_ref(), found)),
            DeValue::Table(table) => {
                table.iter().for_each(|(key, value)| walk(key.get_ref(), value.get_ref(), found));
            }
            _ => {}
        }
    }
    read(text, |root| {
        let mut found = Vec::new();
        root.open = true;
        root.table.iter().for_each(|(key, value)| walk(key.get_ref(), value.get_ref(), &mut found));
        Some(found)
    })
}

impl Document<'_> {
    /// Notes a fault; of each field, the first.
    pub(super) fn fault(&self, path: &str, at: usize, value: String, message: String) {
        let mut faults = self.faults.borrow_mut();
        if !path.is_empty() && faults.iter().any(|fault| fault.file.is_none() && fault.path == path) {
            return;
        }
        let before = self.text.get(..at).unwrap_or(self.text);
        let (lines, rest) = before.rsplit_once('\n').unwrap_or(("", before));
        let line = usize::from(before.contains('\n')) + lines.matches('\n').count() + 1;
        let column = rest.chars().count() + 1;
        let path = path.to_owned();
        faults.push(Fault { file: None, line: Some(line), column: Some(column), path, value, message });
    }

    /// The first line of what stands in the file.
    pub(super) fn quote(&self, span: Range<usize>) -> String {
        let text = self.text.get(span).and_then(|text| text.lines().next()).unwrap_or_default();
        text.chars().take(MAX_VALUE).collect()
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

    fn field_of(&self, key: &Spanned<std::borrow::Cow<'t, str>>, value: &'t Spanned<DeValue<'t>>) -> Field<'t> {
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
        let (key, rest) = path.split_at(path.find(['.', '[']).unwrap_or(path.len()));
        match self.given(key) {
            Some(field) => field.fault_at(rest, message.into()),
            None => self.document.fault(&self.path_of(path), self.at, String::new(), message.into()),
        }
    }

    /// Notes a fault of a file beside this one.
    pub fn fault_beside(&self, fault: Fault) {
        self.document.faults.borrow_mut().push(fault);
    }

    /// Whether something is wrong with the field `key` or in it.
    pub fn is_faulty(&self, key: &str) -> bool {
        let path = self.path_of(key);
        let within = |of: &str| of.strip_prefix(&path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
        self.document.faults.borrow().iter().any(|fault| within(&fault.path))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq, Eq, VariantArray, strum::IntoStaticStr)]
    #[strum(serialize_all = "snake_case")]
    enum Colour {
        Red,
        DeepBlue,
    }

    /// Everything that a section can be asked for.
    fn all_of(text: &str) -> Result<(String, u8, Colour), Faults> {
        read(text, |root| {
            let name = root.required_text("name");
            let size = root.number("size", 1..=9);
            let colour = root.required_choice("colour");
            root.flag("open");
            root.character("mark");
            root.texts("words");
            root.tables("part", |part| part.required_text("id"));
            root.table("names", |names| {
                for (_, field) in names.fields() {
                    field.text();
                }
                Some(())
            });
            Some((name?.to_owned(), size.unwrap_or(1), colour?))
        })
    }

    #[test]
    fn a_good_file_is_read_as_it_says() {
        let text = "name = \"é\"\nsize = 0x3\ncolour = \"deep_blue\"\n[names]\nany = \"thing\"\n";
        assert_eq!(all_of(text), Ok(("é".to_owned(), 3, Colour::DeepBlue)));
    }

    #[test]
    fn all_faults_are_collected_with_line_column_path_and_value() {
        let text = "nme = \"x\"\n  size = 12\ncolour = \"read\"\nopen = 1\nmark = \"ab\"\nwords = [\"a\", 2,\n  3]\n\
                    [[part]]\nid = \"\"\n[[part]]\nidd = \"b\"\n[names]\nany = 1.5\n[other]\na = 1\n";
        let found: Vec<String> = all_of(text).expect_err("wrong").as_slice().iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "line 1, column 1: name: is missing",
                "line 1, column 1: nme: is unknown; did you mean \"name\"?",
                "line 2, column 3: size: 12 is not between 1 and 9",
                "line 3, column 1: colour: \"read\" is none of \"red\", \"deep_blue\"; did you mean \"red\"?",
                "line 4, column 1: open: is a value of type integer where true or false is needed",
                "line 5, column 1: mark: \"ab\" is not one character",
                "line 6, column 15: words[1]: is a value of type integer where a text is needed",
                "line 7, column 3: words[2]: is a value of type integer where a text is needed",
                "line 9, column 1: part[0].id: is empty",
                "line 10, column 1: part[1].id: is missing",
                "line 11, column 1: part[1].idd: is unknown; did you mean \"id\"?",
                "line 13, column 1: names.any: is a value of type float where a text is needed",
                "line 14, column 2: other: is unknown",
            ]
        );
        let faults = all_of(text).expect_err("wrong");
        let values: Vec<&str> = faults.as_slice().iter().map(|fault| fault.value.as_str()).collect();
        assert_eq!(values[2..6], ["12", "\"read\"", "1", "\"ab\""]);
        let elsewhere = faults.in_file("a.toml");
        assert!(elsewhere.to_string().starts_with("a.toml, line 1, column 1: name: is missing\na.toml, "));
    }

    #[test]
    fn text_that_is_no_toml_is_one_fault_with_its_place() {
        let faults = all_of("name = \"a\"\nsize = ").expect_err("no TOML");
        let [fault] = faults.as_slice() else { panic!("{faults}") };
        assert_eq!((fault.line, fault.path.as_str()), (Some(2), ""));
        assert!(fault.column.is_some());
    }
}
