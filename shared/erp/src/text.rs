//! Small things about texts.

use std::borrow::Cow;

/// The candidate that `word` was most likely meant to be: few letters away, else nothing.
pub(crate) fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let limit = (word.chars().count() / 3).clamp(1, 4);
    candidates
        .into_iter()
        .map(|candidate| (distance(&word.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// At most so many candidates that `word` may have been meant to be, the nearest first. Other than
/// [`nearest`], always some, for a person to choose from.
pub(crate) fn closest<'c>(
    word: &str,
    candidates: impl IntoIterator<Item = &'c str>,
    most: usize,
) -> Vec<&'c str> {
    let mut ranked: Vec<_> =
        candidates.into_iter().map(|candidate| (distance(word, candidate), candidate)).collect();
    ranked.sort_unstable();
    ranked.into_iter().take(most).map(|(_, candidate)| candidate).collect()
}

/// Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

/// A value on one line: line ends and control characters become spaces, the ends are trimmed.
pub(crate) fn one_line(text: &str) -> Cow<'_, str> {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let trimmed = text.trim_matches(|c: char| c == ' ' || breaks(c));
    if trimmed.contains(breaks) {
        return Cow::Owned(trimmed.replace("\r\n", " ").replace(breaks, " "));
    }
    Cow::Borrowed(trimmed)
}

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
    fn a_misspelt_word_finds_its_neighbour() {
        let names = ["order.number", "order.net", "line.number"];
        assert_eq!(nearest("order.numbr", names), Some("order.number"));
        assert_eq!(nearest("Facturre", ["Facture", "Nature"]), Some("Facture"));
        assert_eq!(nearest("weather", names), None);
    }

    #[test]
    fn a_formula_gets_an_apostrophe_and_a_number_does_not() {
        let texts = ["=1+1", "@x", "+33 1", "-x", "\tx", "-12,50", "-1.5", "x=1", ""];
        let expected = ["'=1+1", "'@x", "'+33 1", "'-x", "'\tx", "-12,50", "-1.5", "x=1", ""];
        assert_eq!(texts.map(no_formula), expected);
    }

    #[test]
    fn a_value_stays_on_one_line() {
        assert_eq!(one_line("  sonner\r\ndeux\tfois\n"), "sonner deux fois");
        assert_eq!(one_line("a\u{2028}b\0c"), "a b c");
    }
}
