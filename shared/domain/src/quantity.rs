use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

/// A unit of measure of a line (EN 16931 BT-130).
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
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Unit {
    /// A piece.
    #[default]
    Piece,
    /// A kilogram.
    Kilogram,
    /// A case or crate as one unit of sale.
    Case,
    /// A litre.
    Litre,
}

impl Unit {
    /// Its name in code lists.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// The code of UN/ECE Recommendation 20 (21 for the case), as EN 16931 wants it.
    pub fn unece_code(self) -> &'static str {
        match self {
            Self::Piece => "H87",
            Self::Kilogram => "KGM",
            Self::Case => "XCS",
            Self::Litre => "LTR",
        }
    }

    /// The abbreviation a French invoice shows.
    pub fn label(self) -> &'static str {
        match self {
            Self::Piece => "pce",
            Self::Kilogram => "kg",
            Self::Case => "colis",
            Self::Litre => "L",
        }
    }
}

impl FromStr for Unit {
    type Err = String;

    /// Reads the names and abbreviations that shops and tills use, in any case.
    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_lowercase().as_str() {
            "" | "pce" | "piece" | "pièce" | "u" | "un" | "h87" | "c62" => Ok(Self::Piece),
            "kg" | "kgm" | "kilogram" | "kilogramme" => Ok(Self::Kilogram),
            "colis" | "case" | "caisse" | "cagette" | "xcs" => Ok(Self::Case),
            "l" | "ltr" | "litre" => Ok(Self::Litre),
            _ => Err(format!("{text:?} is no unit (pce, kg, colis, L)")),
        }
    }
}

/// How much of something: an exact decimal, up to three places in practice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Quantity(Decimal);

impl Quantity {
    /// Nothing.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// A quantity as it stands; trailing zeros do not count.
    pub fn new(quantity: Decimal) -> Self {
        Self(quantity.normalize())
    }

    /// The quantity as a decimal.
    pub fn to_decimal(self) -> Decimal {
        self.0
    }

    /// Whether there is none.
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }
}

impl std::ops::Add for Quantity {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::new(self.0 + other.0)
    }
}

impl std::ops::Sub for Quantity {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self::new(self.0 - other.0)
    }
}

impl From<u32> for Quantity {
    fn from(count: u32) -> Self {
        Self(count.into())
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
