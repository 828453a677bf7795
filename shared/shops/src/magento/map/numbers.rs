//! Texts to numbers and times, exactly.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use passerelle_domain::{Money, Rejection};
use rust_decimal::Decimal;

use crate::json::shown_text;
use crate::magento::wire::Text;

/// The largest number taken from outside, so that no sum of them can overflow.
const MOST: Decimal = Decimal::from_parts(1_410_065_408, 2, 0, false, 0); // 10^10

/// A time of the shop: UTC, `2026-11-24 01:56:44`, without a suffix.
pub(in crate::magento) fn instant(field: &str, text: &Text) -> Result<Timestamp, Rejection> {
    let civil: Option<DateTime> = text.as_str().trim_end_matches('Z').parse().ok();
    civil
        .and_then(|time| TimeZone::UTC.to_timestamp(time).ok())
        .ok_or_else(|| wrong("invalid_time", field, text, "is no time in UTC as 2026-11-24 01:56:44"))
}

pub(super) fn wrong(code: &str, field: &str, value: &Text, rule: impl Into<String>) -> Rejection {
    Rejection::new(code, field, shown_text(&value.0), rule)
}

pub(super) fn required<'a>(field: &str, text: &'a Text) -> Result<&'a str, Rejection> {
    if text.is_empty() {
        return Err(wrong("missing", field, text, "has no value"));
    }
    Ok(text.as_str())
}

/// An exact decimal with a dot; zero for an empty text.
pub(super) fn decimal(field: &str, text: &Text) -> Result<Decimal, Rejection> {
    if text.is_empty() {
        return Ok(Decimal::ZERO);
    }
    let plain = text.as_str().bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-'));
    let number = if plain { Decimal::from_str_exact(text.as_str()).ok() } else { None };
    number.filter(|number| number.abs() < MOST).ok_or_else(|| {
        wrong("invalid_number", field, text, "is no decimal number with a dot, below 10 000 000 000")
    })
}

/// A decimal of zero or more.
pub(super) fn positive(field: &str, text: &Text) -> Result<Decimal, Rejection> {
    match decimal(field, text)? {
        number if number < Decimal::ZERO => Err(wrong("invalid_number", field, text, "is less than zero")),
        number => Ok(number),
    }
}

/// An amount; zero for an empty text.
pub(super) fn money(field: &str, text: &Text) -> Result<Money, Rejection> {
    Money::from_decimal(decimal(field, text)?)
        .map_err(|error| wrong("invalid_amount", field, text, error.to_string()))
}

pub(super) fn required_money(field: &str, text: &Text) -> Result<Money, Rejection> {
    required(field, text)?;
    money(field, text)
}

/// `part` of `whole` of an amount, to the cent; the amount itself where `whole` is zero.
pub(super) fn share(amount: Money, part: Decimal, whole: Decimal) -> Money {
    let exact = amount.to_decimal().checked_mul(part).and_then(|product| product.checked_div(whole));
    exact.and_then(|exact| Money::round(exact).ok()).unwrap_or(amount)
}
