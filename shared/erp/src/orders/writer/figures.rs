//! How numbers are written: decimal sign, places, thousands, sign, padding.

use rust_decimal::{Decimal, RoundingStrategy};

use crate::orders::model::{Figures, Sign};

impl Figures {
    /// A number with at least `least` places, or exactly those of the layout. Nothing where it has
    /// more than the layout takes and may not be rounded.
    pub(crate) fn write(self, number: Decimal, least: u32) -> Option<String> {
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
pub(crate) fn pad(text: &str, width: usize, left: bool, fill: char) -> String {
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
