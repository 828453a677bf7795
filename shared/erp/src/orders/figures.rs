//! How numbers are written: decimal sign, places, thousands, sign, padding.

use rust_decimal::{Decimal, RoundingStrategy};

use crate::LayoutError;
use crate::layout::Section;

/// Where the sign stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// A minus in front of negative numbers.
    Minus,
    /// A plus or a minus in front of every number.
    Always,
    /// A minus behind negative numbers.
    Trailing,
}

/// The look of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Figures {
    /// The decimal sign; nothing where the places are only implied (12.50 is 1250).
    pub(super) decimal: Option<char>,
    /// Exactly so many places; nothing where the value's own are written.
    pub(super) decimals: Option<u32>,
    pub(super) thousands: Option<char>,
    pub(super) sign: Sign,
    /// Whether a value with more places is rounded, rather than set aside.
    pub(super) round: bool,
}

/// Reads the fields that `section` says about numbers; what it does not say is as in `base`.
pub(super) fn read(section: &mut Section<'_>, base: Option<Figures>) -> Result<Figures, LayoutError> {
    let words = [(",", Some(',')), (".", Some('.')), ("none", None)];
    let decimal = match base {
        None => section.required_choice("decimal", &words)?,
        Some(base) => section.choice("decimal", &words)?.unwrap_or(base.decimal),
    };
    let thousands = section.choice(
        "thousands",
        &[("none", None), (" ", Some(' ')), (".", Some('.')), (",", Some(',')), ("'", Some('\''))],
    )?;
    let thousands = thousands.unwrap_or_else(|| base.and_then(|base| base.thousands));
    if thousands.is_some() && thousands == decimal {
        let key = if section.has("thousands") { "thousands" } else { "decimal" };
        let message = "would be the sign of thousands and of decimals: 1.234 could be one thousand";
        return Err(section.error(key, message));
    }
    let sign = section
        .choice("sign", &[("minus", Sign::Minus), ("always", Sign::Always), ("trailing", Sign::Trailing)])?;
    let sign = sign.or(base.map(|base| base.sign)).unwrap_or(Sign::Minus);
    Ok(Figures { decimal, decimals: None, thousands, sign, round: false })
}

impl Figures {
    /// A number with at least `least` places, or exactly those of the layout. Nothing where it has
    /// more than the layout takes and may not be rounded.
    pub(super) fn write(self, number: Decimal, least: u32) -> Option<String> {
        let mut number = number.normalize();
        match self.decimals {
            Some(places) => {
                let rounded = number.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero);
                if rounded != number && !self.round {
                    return None;
                }
                number = rounded;
                number.rescale(places);
            }
            None if number.scale() < least => number.rescale(least),
            None => {}
        }
        let digits = number.abs().to_string();
        let (whole, part) = digits.split_once('.').unwrap_or((&digits, ""));
        let mut text = self.grouped(whole);
        match self.decimal {
            Some(sign) if !part.is_empty() => {
                text.push(sign);
                text.push_str(part);
            }
            Some(_) => {}
            None => {
                text.push_str(part);
                let zeros = text.len() - text.trim_start_matches('0').len();
                text.drain(..zeros.min(text.len() - 1));
            }
        }
        let negative = number.is_sign_negative() && !number.is_zero();
        Some(match self.sign {
            Sign::Trailing if negative => text + "-",
            Sign::Always => format!("{}{text}", if negative { '-' } else { '+' }),
            Sign::Minus if negative => format!("-{text}"),
            Sign::Minus | Sign::Trailing => text,
        })
    }

    fn grouped(self, whole: &str) -> String {
        let Some(separator) = self.thousands else { return whole.to_owned() };
        let mut text = String::new();
        for (i, digit) in whole.chars().enumerate() {
            if i > 0 && (whole.len() - i).is_multiple_of(3) {
                text.push(separator);
            }
            text.push(digit);
        }
        text
    }
}

/// A text of exactly `width` characters, or of more where it was longer. Zeros stand behind the sign.
pub(super) fn pad(text: &str, width: usize, left: bool, fill: char) -> String {
    let missing = width.saturating_sub(text.chars().count());
    let filling = String::from_iter(std::iter::repeat_n(fill, missing));
    match text.strip_prefix(['-', '+']) {
        Some(number) if left && fill == '0' => format!("{}{filling}{number}", &text[..1]),
        _ if left => filling + text,
        _ => text.to_owned() + &filling,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Figures =
        Figures { decimal: Some(','), decimals: None, thousands: None, sign: Sign::Minus, round: false };

    fn number(text: &str) -> Decimal {
        text.parse().expect("a number")
    }

    #[test]
    fn amounts_in_cents_zero_padded_and_signed_as_quadratus_reads_them() {
        let cents = Figures { decimal: None, decimals: Some(2), sign: Sign::Always, ..PLAIN };
        let written = |text| pad(&cents.write(number(text), 2).expect("two places"), 13, true, '0');
        assert_eq!(written("38.03"), "+000000003803");
        assert_eq!(written("-0.5"), "-000000000050");
        assert_eq!(written("0"), "+000000000000");
    }

    #[test]
    fn one_kilogram_and_234_grams_are_never_one_thousand() {
        let kilograms = Figures { decimals: Some(3), thousands: Some('.'), ..PLAIN };
        assert_eq!(kilograms.write(number("1.234"), 0).as_deref(), Some("1,234"));
        assert_eq!(kilograms.write(number("1234"), 0).as_deref(), Some("1.234,000"));
        assert_eq!(Figures { decimals: Some(2), ..PLAIN }.write(number("1.234"), 0), None);
    }

    #[test]
    fn signs_thousands_and_places_are_the_layouts() {
        let trailing = Figures { sign: Sign::Trailing, thousands: Some(' '), ..PLAIN };
        assert_eq!(trailing.write(number("-1234567.5"), 2).as_deref(), Some("1 234 567,50-"));
        assert_eq!(PLAIN.write(number("-0.00"), 2).as_deref(), Some("0,00"));
        let rounded = Figures { decimals: Some(2), round: true, ..PLAIN };
        assert_eq!(rounded.write(number("34.463889"), 2).as_deref(), Some("34,46"));
    }
}
