use std::fmt;

use serde::{Deserialize, Serialize};

/// A postal address (EN 16931 BG-8, BG-15). Empty texts mean "not given".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// Company or person.
    pub name: String,
    /// Street and number.
    pub line1: String,
    /// Anything else: floor, door, market hall.
    pub line2: String,
    /// Postcode.
    pub postcode: String,
    /// Town.
    pub city: String,
    /// ISO 3166-1 alpha-2 country code.
    pub country: String,
    /// Telephone.
    pub phone: String,
}

impl Address {
    /// Whether nothing of it is given.
    pub fn is_empty(&self) -> bool {
        [&self.name, &self.line1, &self.line2, &self.postcode, &self.city].iter().all(|text| text.is_empty())
    }
}

/// The number of a French business (SIREN): nine digits that satisfy Luhn's check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Siren(String);

/// The number of a French establishment (SIRET): the SIREN and five digits more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Siret(String);

/// The SIREN of La Poste: its establishments satisfy another rule (the digits' sum, by five).
const LA_POSTE: &str = "356000000";

fn digits(text: &str, count: usize) -> Option<String> {
    let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    (digits.len() == count && digits.bytes().all(|b| b.is_ascii_digit())).then_some(digits)
}

fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0') * if place % 2 == 1 { 2 } else { 1 };
            digit / 10 + digit % 10
        })
        .sum();
    sum.is_multiple_of(10)
}

impl Siren {
    /// Reads a number, spaces allowed.
    ///
    /// # Errors
    /// When it has not nine digits or its check digit is wrong.
    pub fn new(text: &str) -> Result<Self, String> {
        digits(text, 9)
            .filter(|digits| luhn(digits))
            .map(Self)
            .ok_or_else(|| format!("{text:?} is no SIREN (nine digits with a check digit)"))
    }

    /// The nine digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Siret {
    /// Reads a number, spaces allowed.
    ///
    /// # Errors
    /// When it has not fourteen digits or its check digit is wrong.
    pub fn new(text: &str) -> Result<Self, String> {
        let by_five =
            |digits: &str| digits.bytes().map(|b| u32::from(b - b'0')).sum::<u32>().is_multiple_of(5);
        digits(text, 14)
            .filter(|digits| luhn(digits) || (digits.starts_with(LA_POSTE) && by_five(digits)))
            .map(Self)
            .ok_or_else(|| format!("{text:?} is no SIRET (fourteen digits with a check digit)"))
    }

    /// The fourteen digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The business it belongs to.
    pub fn siren(&self) -> Siren {
        Siren(self.0[..9].to_owned())
    }
}

macro_rules! text {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl TryFrom<String> for $name {
            type Error = String;
            fn try_from(text: String) -> Result<Self, String> {
                Self::new(&text)
            }
        }
        impl From<$name> for String {
            fn from(number: $name) -> Self {
                number.0
            }
        }
    };
}

text!(Siren);
text!(Siret);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_are_checked() {
        assert_eq!(Siret::new("404 833 048 00022").expect("a SIRET").siren().as_str(), "404833048");
        assert!(Siret::new("12345678900012").is_err());
        assert!(Siren::new("404833049").is_err());
        assert!(Siret::new("35600000000048").is_ok(), "La Poste");
    }
}
