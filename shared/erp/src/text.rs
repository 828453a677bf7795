//! Small things about texts.

use std::borrow::Cow;

use strsim::osa_distance;

/// At most so many candidates that `word` may have been meant to be, the nearest first. Always some,
/// for a person to choose from.
pub(crate) fn closest<'c>(
    word: &str,
    candidates: impl IntoIterator<Item = &'c str>,
    most: usize,
) -> Vec<&'c str> {
    let mut ranked: Vec<_> =
        candidates.into_iter().map(|candidate| (osa_distance(word, candidate), candidate)).collect();
    ranked.sort_unstable();
    ranked.into_iter().take(most).map(|(_, candidate)| candidate).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stays_on_one_line() {
        assert_eq!(one_line("  sonner\r\ndeux\tfois\n"), "sonner deux fois");
        assert_eq!(one_line("a\u{2028}b\0c"), "a b c");
    }
}
