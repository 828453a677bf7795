use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};
use std::str::FromStr;

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Quantity;

/// An amount in whole cents of the document's currency. Written and read as `"1234.56"`.
///
/// Additions saturate nowhere: amounts are bounded by [`Money::MAX`] where they enter, far below
/// what `i64` holds, so that a sum of a million of them cannot overflow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(i64);

/// Why a text is not an amount.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidMoney {
    /// Not a decimal number at all.
    #[error("{0:?} is not a decimal number with a dot")]
    NotANumber(String),
    /// More than two decimals, other than zeros.
    #[error("{0} has fractions of a cent")]
    FractionOfACent(String),
    /// Larger than [`Money::MAX`] in size.
    #[error("{0} is larger than 9 999 999 999.99")]
    TooLarge(String),
}

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest amount accepted from outside: 9 999 999 999.99.
    pub const MAX: Self = Self(999_999_999_999);

    /// An amount of so many cents.
    pub const fn from_cents(cents: i64) -> Self {
        Self(cents)
    }

    /// The amount in cents.
    pub const fn cents(self) -> i64 {
        self.0
    }

    /// The amount as a decimal with two places.
    pub fn to_decimal(self) -> Decimal {
        Decimal::new(self.0, 2)
    }

    /// An exact decimal as an amount.
    ///
    /// # Errors
    /// When it has fractions of a cent or is larger than [`Money::MAX`].
    pub fn from_decimal(value: Decimal) -> Result<Self, InvalidMoney> {
        let rounded = value.round_dp(2);
        if rounded != value {
            return Err(InvalidMoney::FractionOfACent(value.to_string()));
        }
        Self::bounded(rounded)
    }

    /// A decimal rounded half away from zero to the cent, as French invoices do.
    ///
    /// # Errors
    /// When it is larger than [`Money::MAX`].
    pub fn round(value: Decimal) -> Result<Self, InvalidMoney> {
        Self::bounded(value.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero))
    }

    fn bounded(value: Decimal) -> Result<Self, InvalidMoney> {
        value
            .checked_mul(Decimal::ONE_HUNDRED)
            .and_then(|cents| cents.to_i64())
            .filter(|cents| cents.abs() <= Self::MAX.0)
            .map(Self)
            .ok_or_else(|| InvalidMoney::TooLarge(value.to_string()))
    }

    /// The amount without its sign.
    pub const fn abs(self) -> Self {
        Self(self.0.abs())
    }

    /// Whether it is zero.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Splits the amount over `weights` so that the parts add up to it exactly: each part is its
    /// share rounded towards zero, and the cents left over go to the largest remainders, earlier
    /// parts first where remainders are equal.
    ///
    /// Weights count by their size; where all are zero, each part weighs the same. No weights, no
    /// parts.
    pub fn spread(self, weights: &[Self]) -> Vec<Self> {
        let mut sizes: Vec<i128> = weights.iter().map(|w| i128::from(w.0.abs())).collect();
        if sizes.iter().all(|&size| size == 0) {
            sizes.fill(1);
        }
        let total: i128 = sizes.iter().sum();
        let amount = i128::from(self.0.abs());
        let mut parts: Vec<i128> = sizes.iter().map(|size| amount * size / total.max(1)).collect();
        let left = amount - parts.iter().sum::<i128>();
        let mut by_remainder: Vec<usize> = (0..sizes.len()).collect();
        by_remainder.sort_by_key(|&i| std::cmp::Reverse(amount * sizes[i] % total.max(1)));
        for &i in by_remainder.iter().take(usize::try_from(left).unwrap_or(0)) {
            parts[i] += 1;
        }
        let sign = self.0.signum();
        parts.into_iter().map(|part| Self(i64::try_from(part).unwrap_or(i64::MAX) * sign)).collect()
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let cents = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", cents / 100, cents % 100)
    }
}

impl FromStr for Money {
    type Err = InvalidMoney;

    /// Reads `-1234.5`, `12` or `12.50`: a dot, no thousands separator, no exponent.
    fn from_str(text: &str) -> Result<Self, InvalidMoney> {
        Self::from_decimal(exact(text).ok_or_else(|| InvalidMoney::NotANumber(text.into()))?)
    }
}

/// A plain decimal number, or nothing: no exponent, no sign but `-`, no underscore.
fn exact(text: &str) -> Option<Decimal> {
    let plain = text.strip_prefix('-').unwrap_or(text);
    if plain.is_empty() || !plain.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return None;
    }
    Decimal::from_str_exact(text).ok()
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Money {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Neg for Money {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl SubAssign for Money {
    fn sub_assign(&mut self, other: Self) {
        self.0 -= other.0;
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

/// The price of one unit without VAT: an exact decimal, up to six places (EN 16931 BT-146 sets no
/// limit; tills use two to four).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnitPrice(Decimal);

impl UnitPrice {
    /// A price as it stands.
    pub fn new(price: Decimal) -> Self {
        Self(price.normalize())
    }

    /// The price that makes `amount` out of `quantity`, rounded to six places; zero for no quantity.
    pub fn of(amount: Money, quantity: Quantity) -> Self {
        Self::new(amount.to_decimal().checked_div(quantity.to_decimal()).unwrap_or_default().round_dp(6))
    }

    /// The price as a decimal.
    pub fn to_decimal(self) -> Decimal {
        self.0
    }

    /// Quantity times price, rounded to the cent.
    ///
    /// # Errors
    /// When the amount is larger than [`Money::MAX`].
    pub fn times(self, quantity: Quantity) -> Result<Money, InvalidMoney> {
        let product = self
            .0
            .checked_mul(quantity.to_decimal())
            .ok_or_else(|| InvalidMoney::TooLarge(format!("{} x {quantity}", self.0)))?;
        Money::round(product)
    }
}

impl fmt::Display for UnitPrice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_amount_is_read_and_written_with_two_decimals() {
        for (text, cents, written) in
            [("12.5", 1250, "12.50"), ("-0.05", -5, "-0.05"), ("7", 700, "7.00"), ("1.230", 123, "1.23")]
        {
            let amount: Money = text.parse().expect(text);
            assert_eq!((amount.cents(), amount.to_string().as_str()), (cents, written));
        }
    }

    #[test]
    fn what_is_not_an_exact_amount_is_refused() {
        let huge = "79228162514264337593543950335";
        for text in ["", "1,5", "1e3", "0.005", "+1", "1 000", "10000000000", "NaN", "1_0", "-", huge] {
            assert!(text.parse::<Money>().is_err(), "{text}");
        }
    }

    #[test]
    fn half_a_cent_rounds_away_from_zero() {
        for (value, cents) in [("0.005", 1), ("-0.005", -1), ("1.2349", 123), ("2.675", 268)] {
            let value: Decimal = value.parse().expect("a decimal");
            assert_eq!(Money::round(value).expect("in range").cents(), cents);
        }
    }

    #[test]
    fn the_cent_left_over_goes_to_the_largest_remainder() {
        let weights = [Money(100), Money(100), Money(101)];
        assert_eq!(Money(100).spread(&weights), [Money(33), Money(33), Money(34)]);
        assert_eq!(Money(-5).spread(&[Money(0), Money(0)]), [Money(-3), Money(-2)]);
        assert!(Money(5).spread(&[]).is_empty());
    }

    proptest! {
        #[test]
        fn parts_always_add_up(cents in -999_999_999_999i64..=999_999_999_999, weights in prop::collection::vec(-1_000_000i64..1_000_000, 1..40)) {
            let weights: Vec<Money> = weights.into_iter().map(Money).collect();
            let parts = Money(cents).spread(&weights);
            prop_assert_eq!(parts.len(), weights.len());
            prop_assert_eq!(parts.into_iter().sum::<Money>(), Money(cents));
        }

        #[test]
        fn an_amount_survives_its_text(cents in -999_999_999_999i64..=999_999_999_999) {
            let amount = Money(cents);
            prop_assert_eq!(amount.to_string().parse::<Money>().expect("own text"), amount);
        }
    }
}
