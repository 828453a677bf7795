use std::cell::RefCell;
use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::{Fault, Faults, Section};

/// The most characters of a value that a fault repeats.
const MAX_VALUE: usize = 80;

/// The text of a file and the faults found so far.
pub(super) struct Document<'t> {
    text: &'t str,
    faults: RefCell<Vec<Fault>>,
}

/// Reads a TOML text by a function that asks its root for fields.
///
/// # Errors
/// Everything that is wrong with it; of text that is no TOML, each place where it is none.
pub fn read<T>(text: &str, read: impl FnOnce(&mut Section<'_>) -> Option<T>) -> Result<T, Faults> {
    let document = Document { text, faults: RefCell::default() };
    let (root, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let at = error.span().map_or(text.len(), |span| span.start);
        document.fault("", at, String::new(), error.message().to_owned());
    }
    if !errors.is_empty() {
        return Err(Faults::new(document.faults.into_inner()));
    }
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
        root.fields().iter().for_each(|(key, field)| walk(key, field.value(), &mut found));
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

    /// Notes a fault of another file, once.
    pub(super) fn fault_beside(&self, fault: Fault) {
        let mut faults = self.faults.borrow_mut();
        if !faults.contains(&fault) {
            faults.push(fault);
        }
    }

    /// Whether something is wrong at a path or below it.
    pub(super) fn is_faulty(&self, path: &str) -> bool {
        let within = |of: &str| {
            of.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        self.faults.borrow().iter().any(|fault| within(&fault.path))
    }
}
