//! Dates as the layout writes them.

use jiff::civil::Date;

/// A date's format, in the words of strftime.
#[derive(Clone, Debug)]
pub(crate) struct DateFormat {
    text: String,
    /// The same in parts of fixed width, where that is all it has: what nearly all files use.
    parts: Option<Vec<Part>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Day,
    Month,
    /// Four digits.
    Year,
    /// Two digits, of this century.
    ShortYear,
    Literal(u8),
}

impl DateFormat {
    /// A format that was checked.
    pub(crate) fn new(text: &str) -> Self {
        let (mut parts, mut bytes) = (Some(Vec::new()), text.bytes());
        while let Some(byte) = bytes.next() {
            let part = match byte {
                b'%' => match bytes.next() {
                    Some(b'd') => Some(Part::Day),
                    Some(b'm') => Some(Part::Month),
                    Some(b'Y') => Some(Part::Year),
                    Some(b'y') => Some(Part::ShortYear),
                    _ => None,
                },
                literal => literal.is_ascii().then_some(Part::Literal(literal)),
            };
            parts = parts.zip(part).map(|(mut parts, part)| {
                parts.push(part);
                parts
            });
        }
        Self { text: text.to_owned(), parts }
    }

    /// As the layout writes it.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// A date of this century.
    pub(crate) fn read(&self, text: &str) -> Option<Date> {
        let date = match &self.parts {
            Some(parts) => fixed(parts, text.as_bytes()),
            None => Date::strptime(&self.text, text).ok(),
        };
        // `%Y` reads "26" as the year 26.
        date.filter(|date| (2000..2100).contains(&date.year()))
    }
}

fn fixed(parts: &[Part], mut text: &[u8]) -> Option<Date> {
    let (mut day, mut month, mut year) = (0, 0, 0);
    // Where something stands between them, days and months may have one digit.
    let least = if parts.iter().any(|part| matches!(part, Part::Literal(_))) { 1 } else { 2 };
    for part in parts {
        match part {
            Part::Day => day = digits(&mut text, least, 2)?,
            Part::Month => month = digits(&mut text, least, 2)?,
            Part::Year => year = digits(&mut text, 4, 4)?,
            Part::ShortYear => year = 2000 + digits(&mut text, 2, 2)?,
            Part::Literal(literal) => {
                let (first, rest) = text.split_first()?;
                if first != literal {
                    return None;
                }
                text = rest;
            }
        }
    }
    if !text.is_empty() {
        return None;
    }
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

fn digits(text: &mut &[u8], least: usize, most: usize) -> Option<i16> {
    let count = text.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at(count);
    *text = rest;
    let number = digits.iter().fold(0, |number, byte| number * 10 + i16::from(byte - b'0'));
    (count >= least).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_usual_forms_are_read() {
        for (format, text) in [
            ("%d/%m/%Y", "24/11/2026"),
            ("%d%m%y", "241126"),
            ("%d%m%Y", "24112026"),
            ("%Y%m%d", "20261124"),
            ("%Y-%m-%d", "2026-11-24"),
            ("%d.%m.%y", "24.11.26"),
            ("%-d/%-m/%Y", "24/11/2026"),
            ("%d %b %Y", "24 Nov 2026"),
        ] {
            assert_eq!(DateFormat::new(format).read(text), Some(jiff::civil::date(2026, 11, 24)), "{format}");
        }
    }

    #[test]
    fn a_zero_in_front_may_be_missing_where_something_stands_between() {
        let read = |format, text| DateFormat::new(format).read(text);
        assert_eq!(read("%d/%m/%Y", "1/2/2026"), Some(jiff::civil::date(2026, 2, 1)));
        assert_eq!(read("%d%m%Y", "122026"), None);
    }

    #[test]
    fn no_other_date_is_guessed() {
        for (format, text) in [
            ("%d/%m/%Y", "31/11/2026"),
            ("%d/%m/%Y", "24/11/26"),
            ("%d/%m/%Y", "24-11-2026"),
            ("%d/%m/%Y", "24/11/2026 "),
            ("%d/%m/%Y", "24/11/1926"),
            ("%Y%m%d", "24112026"),
            ("%d%m%y", "2411"),
            ("%d%m%y", "٢٤١١٢٦"),
        ] {
            assert_eq!(DateFormat::new(format).read(text), None, "{text}");
        }
    }
}
