use toml::de::DeTable;

use super::document::Document;
use super::fault::{Fault, Faults};
use super::field::Field;
use super::section::Section;

/// Reads a TOML text by a function that asks its root for fields.
///
/// # Errors
/// Everything that is wrong with it; of text that is no TOML, each place where it is none.
pub fn read<T>(text: &str, read: impl FnOnce(&mut Section<'_>) -> Option<T>) -> Result<T, Faults> {
    let document = Document::new(text);
    let (root, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let at = error.span().map_or(text.len(), |span| span.start);
        document.fault("", at, String::new(), error.message().to_owned());
    }
    let mut value = None;
    if errors.is_empty() {
        let mut section = Section::new(&document, String::new(), 0, root.get_ref());
        value = read(&mut section);
        section.finish();
    }
    match (value, document.faults()) {
        (Some(value), None) => Ok(value),
        (_, Some(faults)) => Err(faults),
        // Who gives no value has noted why; who forgot it must not look as if all were well.
        (None, None) => {
            Err(Faults::new(vec![Fault { message: "cannot be read".to_owned(), ..Fault::default() }]))
        }
    }
}

/// Every text of a TOML file with the path of its field.
///
/// # Errors
/// When it is no TOML.
pub fn texts_of(text: &str) -> Result<Vec<(String, String)>, Faults> {
    let owned = |(text, field): (&str, Field<'_>)| (field.path().to_owned(), text.to_owned());
    read(text, |root| Some(root.all_texts().into_iter().map(owned).collect()))
}
