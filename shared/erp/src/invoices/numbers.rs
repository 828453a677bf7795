//! Numbers as French files write them.

use rust_decimal::Decimal;

/// Why a text is no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BadNumber {
    /// Nothing like a number.
    NotANumber,
    /// The other decimal mark: `1.234` may be one and a bit, or one thousand.
    Ambiguous,
}

/// A decimal: a sign, digits in one piece or in threes set apart by spaces, the decimal mark, digits.
/// No-break spaces, narrow or not, are spaces.
pub(super) fn decimal(text: &str, mark: char) -> Result<Decimal, BadNumber> {
    let other = if mark == ',' { '.' } else { ',' };
    if text.contains(other) && text.chars().all(|c| c.is_ascii_digit() || is_space(c) || "+-.,".contains(c)) {
        return Err(BadNumber::Ambiguous);
    }
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, places) =
        unsigned.trim_matches(is_space).split_once(mark).unwrap_or((unsigned.trim_matches(is_space), "0"));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !text.contains(|c: char| c.is_ascii_digit()) || places.is_empty() || !digits(places) {
        return Err(BadNumber::NotANumber);
    }
    let groups: Vec<&str> = whole.split(is_space).collect();
    let grouped = groups.len() == 1
        || ((1..=3).contains(&groups[0].len()) && groups[1..].iter().all(|group| group.len() == 3));
    let whole = groups.concat();
    // More digits than any amount has; a decimal holds 28.
    if !grouped || !digits(&whole) || whole.len() + places.len() > 24 {
        return Err(BadNumber::NotANumber);
    }
    let sign = if negative { "-" } else { "" };
    let whole = if whole.is_empty() { "0" } else { &whole };
    Decimal::from_str_exact(&format!("{sign}{whole}.{places}")).map_err(|_| BadNumber::NotANumber)
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\u{202f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn french_numbers_are_read() {
        for (text, value) in [
            ("1234,56", "1234.56"),
            ("1 234,56", "1234.56"),
            ("1\u{a0}234\u{202f}567", "1234567.0"),
            ("-0,5", "-0.5"),
            ("- 12,00", "-12.00"),
            ("+3", "3.0"),
            (",50", "0.50"),
        ] {
            assert_eq!(decimal(text, ',').expect(text).to_string(), value, "{text}");
        }
        assert_eq!(decimal("1234.5", '.').expect("a dot").to_string(), "1234.5");
    }

    #[test]
    fn the_other_decimal_mark_is_never_guessed() {
        for (text, mark) in
            [("1.234", ','), ("1.234,56", ','), ("12.50", ','), ("1,234", '.'), ("1,234.5", '.')]
        {
            assert_eq!(decimal(text, mark), Err(BadNumber::Ambiguous), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", "-", ",", "12,", "1,2,3", "12 34,5", "1  234", "1e3", "abc", "--1", "12€", "1 2345"]
        {
            assert!(decimal(text, ',').is_err(), "{text}");
        }
        assert!(decimal(&"9".repeat(40), ',').is_err());
    }
}
