//! Numbers as French files write them.

use rust_decimal::Decimal;

/// How numbers are written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    /// The decimal mark: a comma or a dot.
    pub(crate) mark: char,
    pub(crate) thousands: Thousands,
}

/// What sets thousands apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Thousands {
    /// A space, a no-break space or a narrow one.
    Space,
    /// `.` or `,`: the one that is not the decimal mark.
    Mark(char),
    /// An apostrophe, straight or not.
    Apostrophe,
    /// Digits stand in one piece.
    None,
}

impl Thousands {
    fn has(self, c: char) -> bool {
        match self {
            Self::Space => is_space(c),
            Self::Mark(mark) => c == mark,
            Self::Apostrophe => matches!(c, '\'' | '’'),
            Self::None => false,
        }
    }
}

/// A decimal: `digits` x 10^-`scale`, with a scale as small as it can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Number {
    pub(crate) digits: i64,
    pub(crate) scale: u32,
}

impl Number {
    fn new(negative: bool, mut digits: i64, mut scale: u32) -> Self {
        while scale > 0 && digits % 10 == 0 {
            digits /= 10;
            scale -= 1;
        }
        Self { digits: if negative { -digits } else { digits }, scale }
    }

    pub(crate) fn to_decimal(self) -> Decimal {
        Decimal::new(self.digits, self.scale)
    }

    /// In cents; nothing where there are fractions of one.
    pub(crate) fn cents(self) -> Option<i64> {
        match self.scale {
            0 => self.digits.checked_mul(100),
            1 => self.digits.checked_mul(10),
            2 => Some(self.digits),
            _ => None,
        }
    }
}

/// Why a text is no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadNumber {
    /// Nothing like a number.
    NotANumber,
    /// The other decimal mark: `1.234` may be one and a bit, or one thousand.
    Ambiguous,
}

/// More digits than any amount, quantity or price has.
const MOST_DIGITS: usize = 18;

/// A decimal: a sign, digits in one piece or in threes set apart as the layout says, the decimal mark,
/// digits.
pub(crate) fn decimal(text: &str, style: Style) -> Result<Number, BadNumber> {
    let mark = u8::try_from(style.mark).unwrap_or(b',');
    match plain(text.as_bytes(), mark) {
        Some(number) => Ok(number),
        None => grouped(text, style),
    }
}

/// A whole number whose last so many digits are decimals: `+0000012345` is 123.45.
pub(crate) fn implied(text: &str, decimals: u32) -> Result<Number, BadNumber> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(BadNumber::NotANumber);
    }
    let trimmed = digits.trim_start_matches('0');
    let whole = if trimmed.is_empty() && !digits.is_empty() { "0" } else { trimmed };
    let number = plain(whole.as_bytes(), b',').ok_or(BadNumber::NotANumber)?;
    Ok(Number::new(text.starts_with('-'), number.digits, decimals))
}

/// A sign, digits, and perhaps the mark with digits behind it: what nearly all numbers are.
fn plain(text: &[u8], mark: u8) -> Option<Number> {
    let (negative, unsigned) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    if unsigned.len() > MOST_DIGITS {
        return None;
    }
    let (mut digits, mut places) = (0_i64, None);
    for &byte in unsigned {
        match byte {
            b'0'..=b'9' => {
                digits = digits * 10 + i64::from(byte - b'0');
                places = places.map(|places| places + 1);
            }
            _ if byte == mark && places.is_none() => places = Some(0),
            _ => return None,
        }
    }
    // A mark with nothing behind it, or nothing at all.
    if places == Some(0) || unsigned.is_empty() {
        return None;
    }
    Some(Number::new(negative, digits, places.unwrap_or(0)))
}

fn grouped(text: &str, style: Style) -> Result<Number, BadNumber> {
    let Style { mark, thousands } = style;
    let foreign = |c: char| matches!(c, '.' | ',') && c != mark && !thousands.has(c);
    let figure = |c: char| c.is_ascii_digit() || is_space(c) || "+-.,'’".contains(c);
    let wrong = if text.contains(['.', ','])
        && text.contains(|c: char| c.is_ascii_digit())
        && text.chars().all(figure)
    {
        BadNumber::Ambiguous
    } else {
        BadNumber::NotANumber
    };
    if text.contains(foreign) {
        return Err(wrong);
    }
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let unsigned = unsigned.trim_matches(is_space);
    let (whole, places) =
        unsigned.split_once(mark).map_or((unsigned, None), |(whole, places)| (whole, Some(places)));
    let groups: Vec<&str> = whole.split(|c| thousands.has(c)).collect();
    let in_threes = groups.len() == 1
        || ((1..=3).contains(&groups[0].len()) && groups[1..].iter().all(|group| group.len() == 3));
    if !in_threes {
        // With a dot for thousands, 12.34 may be meant otherwise.
        return Err(if matches!(thousands, Thousands::Mark(_)) { wrong } else { BadNumber::NotANumber });
    }
    let mut digits = groups.concat();
    if let Some(places) = places {
        digits.push(',');
        digits.push_str(places);
    }
    let number =
        Some(digits.as_bytes()).filter(|digits| !digits.starts_with(b"-") && !digits.starts_with(b"+"));
    let number = number.and_then(|digits| plain(digits, b',')).ok_or(BadNumber::NotANumber)?;
    Ok(Number::new(negative, number.digits, number.scale))
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\u{202f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMA: Style = Style { mark: ',', thousands: Thousands::Space };
    const DOT: Style = Style { mark: '.', thousands: Thousands::Space };

    fn read(text: &str, style: Style) -> Result<String, BadNumber> {
        decimal(text, style).map(|number| number.to_decimal().to_string())
    }

    #[test]
    fn french_numbers_are_read() {
        for (text, value) in [
            ("1234,56", "1234.56"),
            ("1 234,56", "1234.56"),
            ("1\u{a0}234\u{202f}567", "1234567"),
            ("-0,5", "-0.5"),
            ("- 12,00", "-12"),
            ("+3", "3"),
            (",50", "0.5"),
            ("0003,250", "3.25"),
        ] {
            assert_eq!(read(text, COMMA).as_deref(), Ok(value), "{text}");
        }
        assert_eq!(read("1234.5", DOT).as_deref(), Ok("1234.5"));
    }

    #[test]
    fn the_other_decimal_mark_is_never_guessed() {
        for (text, style) in
            [("1.234", COMMA), ("1.234,56", COMMA), ("12.50", COMMA), ("1,234", DOT), ("1,234.5", DOT)]
        {
            assert_eq!(read(text, style), Err(BadNumber::Ambiguous), "{text}");
        }
    }

    #[test]
    fn thousands_stand_apart_as_the_layout_says_and_in_no_other_way() {
        let style = |mark, thousands| Style { mark, thousands };
        let dot = style(',', Thousands::Mark('.'));
        assert_eq!(read("1.234,56", dot).as_deref(), Ok("1234.56"));
        assert_eq!(read("-1.234.567", dot).as_deref(), Ok("-1234567"));
        assert_eq!(read("12.34", dot), Err(BadNumber::Ambiguous));
        assert_eq!(read("1 234", dot), Err(BadNumber::NotANumber));
        assert_eq!(read("1,234.5", style('.', Thousands::Mark(','))).as_deref(), Ok("1234.5"));
        assert_eq!(read("1'234.50", style('.', Thousands::Apostrophe)).as_deref(), Ok("1234.5"));
        assert_eq!(read("1’234,5", style(',', Thousands::Apostrophe)).as_deref(), Ok("1234.5"));
        assert_eq!(read("1 234", style(',', Thousands::None)), Err(BadNumber::NotANumber));
    }

    #[test]
    fn decimals_may_be_implied() {
        for (text, decimals, value) in [
            ("+0000012345", 2, "123.45"),
            ("-0000000005", 2, "-0.05"),
            ("1250", 3, "1.25"),
            ("0000000000000000000000", 2, "0"),
        ] {
            let number = implied(text, decimals).map(|number| number.to_decimal().to_string());
            assert_eq!(number.as_deref(), Ok(value), "{text}");
        }
        for text in ["", "-", "12,5", "1 250", "1234567890123456789"] {
            assert!(implied(text, 2).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in
            ["", "-", ",", "12,", "1,2,3", "12 34,5", "1  234", "1e3", "abc", "--1", "12€", "1 2345", "- -1"]
        {
            assert!(decimal(text, COMMA).is_err(), "{text}");
        }
        assert!(decimal(&"9".repeat(40), COMMA).is_err());
    }
}
