use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use strum::{IntoStaticStr, VariantArray};

use crate::{InvalidMoney, Money};

/// A VAT rate in hundredths of a percent: 550 is 5.5 %. Written and read as `"5.5"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VatRate(u16);

impl VatRate {
    /// 0 %.
    pub const ZERO: Self = Self(0);

    /// A rate of so many hundredths of a percent.
    pub const fn from_basis_points(rate: u16) -> Self {
        Self(rate)
    }

    /// The rate in hundredths of a percent.
    pub const fn basis_points(self) -> u16 {
        self.0
    }

    /// The rate in percent.
    pub fn percent(self) -> Decimal {
        Decimal::new(self.0.into(), 2).normalize()
    }

    /// A rate from its percentage.
    ///
    /// # Errors
    /// When it is negative, above 100, or finer than a hundredth of a percent.
    pub fn from_percent(percent: Decimal) -> Result<Self, String> {
        percent
            .checked_mul(Decimal::ONE_HUNDRED)
            .and_then(|points| u16::try_from(points).ok().filter(|&rate| Decimal::from(rate) == points))
            .filter(|&rate| rate <= 10_000)
            .map(Self)
            .ok_or_else(|| format!("{percent} is no VAT rate (0 to 100 %, two decimals)"))
    }

    /// The VAT on a base, rounded to the cent.
    ///
    /// # Errors
    /// When the amount is out of range.
    pub fn on(self, base: Money) -> Result<Money, InvalidMoney> {
        Money::round(base.to_decimal() * Decimal::new(self.0.into(), 4))
    }
}

impl fmt::Display for VatRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.percent().fmt(f)
    }
}

impl FromStr for VatRate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let percent = Decimal::from_str_exact(text).map_err(|_| format!("{text:?} is no percentage"))?;
        Self::from_percent(percent)
    }
}

impl Serialize for VatRate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for VatRate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Why VAT is or is not charged (EN 16931 BT-118 and BT-151, UNCL 5305).
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    VariantArray,
    IntoStaticStr,
)]
pub enum VatCategory {
    /// `S`: charged at a rate above zero.
    #[default]
    #[serde(rename = "S")]
    #[strum(serialize = "S")]
    Standard,
    /// `Z`: charged at 0 %.
    #[serde(rename = "Z")]
    #[strum(serialize = "Z")]
    Zero,
    /// `E`: exempt, with a reason.
    #[serde(rename = "E")]
    #[strum(serialize = "E")]
    Exempt,
    /// `AE`: the buyer owes the VAT (reverse charge).
    #[serde(rename = "AE")]
    #[strum(serialize = "AE")]
    ReverseCharge,
    /// `K`: a delivery within the European Union, exempt.
    #[serde(rename = "K")]
    #[strum(serialize = "K")]
    IntraCommunity,
    /// `G`: an export out of the European Union, exempt.
    #[serde(rename = "G")]
    #[strum(serialize = "G")]
    Export,
    /// `O`: outside the scope of VAT, such as deposits for crates ("consignes").
    #[serde(rename = "O")]
    #[strum(serialize = "O")]
    OutsideScope,
}

impl VatCategory {
    /// The letter of UNCL 5305.
    pub fn code(self) -> &'static str {
        self.into()
    }

    /// The letters in the names of its rules in EN 16931 (`BR-IC-08`).
    pub fn rules(self) -> &'static str {
        match self {
            Self::IntraCommunity => "IC",
            other => other.code(),
        }
    }
}

/// A VAT category with its rate: what a line is taxed by and what the breakdown groups by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Vat {
    /// Why.
    pub category: VatCategory,
    /// How much; zero for all but [`VatCategory::Standard`].
    pub rate: VatRate,
}

impl Vat {
    /// VAT charged at `rate`; [`VatCategory::Zero`] when that is 0 %.
    pub fn at(rate: VatRate) -> Self {
        let category = if rate == VatRate::ZERO { VatCategory::Zero } else { VatCategory::Standard };
        Self { category, rate }
    }

    /// Outside the scope of VAT.
    pub const OUTSIDE_SCOPE: Self = Self { category: VatCategory::OutsideScope, rate: VatRate::ZERO };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn french_rates_are_read_and_applied() {
        for (rate, base, vat) in [
            ("5.5", "36.05", "1.98"),
            ("20", "35.01", "7.00"),
            ("2.1", "10.00", "0.21"),
            ("0", "4.00", "0.00"),
        ] {
            let rate: VatRate = rate.parse().expect("a rate");
            assert_eq!(rate.on(base.parse().expect("money")).expect("in range").to_string(), vat);
        }
        assert_eq!("5.5000".parse::<VatRate>().expect("a rate").to_string(), "5.5");
    }

    #[test]
    fn impossible_rates_are_refused() {
        for text in ["-1", "100.01", "5.555", "", "5,5", "79228162514264337593543950335"] {
            assert!(text.parse::<VatRate>().is_err(), "{text}");
        }
    }
}
