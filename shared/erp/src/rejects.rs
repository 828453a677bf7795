//! What all rejects files have: columns of their own, and cells that are safe to open in a spreadsheet.

use std::borrow::Cow;

/// The columns behind the original ones.
pub(crate) const ADDED: [&str; 5] = ["ligne", "colonne", "valeur", "regle", "explication"];

/// A text that is added to a file for people. A spreadsheet runs what begins with `=`, `+`, `-` or `@` as a
/// formula, so an apostrophe goes in front; a plain number is none.
pub(crate) fn no_formula(text: &str) -> Cow<'_, str> {
    let is_number =
        text.trim_start_matches('-').chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | ' '));
    let risky = text.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_number;
    if risky { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_gets_an_apostrophe_and_a_number_does_not() {
        let texts = ["=1+1", "@x", "+33 1", "-x", "\tx", "-12,50", "-1.5", "x=1", ""];
        let expected = ["'=1+1", "'@x", "'+33 1", "'-x", "'\tx", "-12,50", "-1.5", "x=1", ""];
        assert_eq!(texts.map(no_formula), expected);
    }
}
