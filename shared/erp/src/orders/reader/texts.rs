//! Texts that a layout brings into files itself, and fields that need a form of file.

use crate::orders::model::{BATCH, FileFormat, Form, Quote};
use crate::toml_reader::Section;

/// A text of the layout itself that can stand in the file as it is.
pub(super) fn fits<'t>(text: &'t str, file: &FileFormat) -> Result<&'t str, String> {
    if let Some(c) = text.chars().find(|&c| c.is_control() || !file.encoding.holds(c)) {
        return Err(format!("has the character {c:?}, which {} has not", file.encoding.name()));
    }
    let separated = file.form == Form::Separated && file.quote == Quote::Never;
    if separated && text.contains([file.separator, '"']) {
        return Err("has the separator or a quote in it, with quote = \"never\"".to_owned());
    }
    Ok(text)
}

/// The name of a file, which must have its batch in it and no folder.
pub(super) fn file_name(name: &str) -> Result<String, &'static str> {
    if !name.contains(BATCH) {
        return Err("has no {batch}: every batch would have the same file");
    }
    if name.replace(BATCH, "").contains(|c: char| matches!(c, '/' | '\\' | '{' | '}') || c.is_control()) {
        return Err("has a character that a file name cannot have (/ \\ { })");
    }
    Ok(name.to_owned())
}

/// Notes the fields that mean nothing between separators, or without them.
pub(super) fn refuse_other_form(section: &Section<'_>, form: Form, separated: &[&str], fixed_width: &[&str]) {
    match form {
        Form::Separated => section.refuse(fixed_width, "means nothing between separators"),
        Form::FixedWidth => section.refuse(separated, "means nothing with columns = \"fixed_width\""),
    }
}
