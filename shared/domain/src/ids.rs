use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a text is not an identifier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{value:?} is no {what}: {rule}")]
pub struct InvalidId {
    what: &'static str,
    value: String,
    rule: String,
}

/// Declares a text that identifies something: not empty, bounded, and with nothing in it that would
/// be ambiguous in a ledger key or an S3 key.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $what:literal, $max:literal, $allowed:expr, $rule:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks a text.
            ///
            /// # Errors
            /// When it is empty, longer than the limit, or has something in it that is not allowed.
            pub fn new(text: impl Into<String>) -> Result<Self, InvalidId> {
                let text = text.into();
                let allowed: fn(&str) -> bool = $allowed;
                if text.is_empty() || text.chars().count() > $max || !allowed(&text) {
                    let rule = format!("1 to {} characters, {}", $max, $rule);
                    return Err(InvalidId { what: $what, value: text, rule });
                }
                Ok(Self(text))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    };
}

id!(
    /// A shop, as configuration names it: `rungis`.
    ShopId, "shop name", 32,
    |text| text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'),
    "lower-case letters, digits and -"
);
id!(
    /// An order's id in its shop.
    OrderId, "order id", 64,
    |text| text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':')),
    "letters, digits and - _ . :"
);
id!(
    /// A customer's code in the ERP. Never cut, never padded.
    CustomerCode, "customer code", 35,
    |text| !text.contains(|c: char| c.is_control() || c == '#'),
    "no control characters, no #"
);
id!(
    /// An article's code in the ERP; leading zeros count.
    ArticleCode, "article code", 35,
    |text| !text.contains(char::is_control),
    "no control characters"
);
id!(
    /// An invoice's number, the ERP's own (EN 16931 BT-1). Part of S3 keys and of the shop's addresses.
    InvoiceNumber, "invoice number", 35,
    |text| text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/'))
        // A dot segment of an address leads elsewhere, however it is escaped.
        && !text.split('/').any(|part| matches!(part, "." | "..")),
    "letters, digits and - _ . /, no part . or .."
);

impl InvoiceNumber {
    /// The number as a file name: `/` becomes `~`, which a number cannot hold.
    pub fn file_stem(&self) -> String {
        self.0.replace('/', "~")
    }
}

/// An order anywhere: its shop and its id there. Written `rungis/1234`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OrderKey {
    /// The shop.
    pub shop: ShopId,
    /// The id in that shop.
    pub id: OrderId,
}

impl fmt::Display for OrderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.shop, self.id)
    }
}

/// A batch of orders that went, or will go, to the ERP as one file. Written `2026-11-24-001`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BatchId {
    /// The business day whose run opened it.
    pub day: crate::BusinessDay,
    /// Its number on that day, from 1.
    pub number: u32,
}

impl fmt::Display for BatchId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:03}", self.day, self.number)
    }
}

impl std::str::FromStr for BatchId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no batch (2026-11-24-001)");
        let (day, number) = text.rsplit_once('-').ok_or_else(wrong)?;
        Ok(Self { day: day.parse().map_err(|_| wrong())?, number: number.parse().map_err(|_| wrong())? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_would_break_a_key_are_refused() {
        assert!(ShopId::new("Rungis").is_err());
        assert!(OrderId::new("12#HEAD").is_err());
        assert!(OrderId::new("").is_err());
        assert!(CustomerCode::new("C\n1").is_err());
        assert!(InvoiceNumber::new("F 1").is_err());
        assert!(InvoiceNumber::new("F".repeat(36)).is_err());
    }

    #[test]
    fn numbers_that_would_lead_to_another_address_are_refused() {
        for number in [".", "..", "F/..", "../F", "F/./1"] {
            assert!(InvoiceNumber::new(number).is_err(), "{number}");
        }
        for number in ["...", ".1", "F.1", "F../1", "2026/F-1"] {
            assert!(InvoiceNumber::new(number).is_ok(), "{number}");
        }
    }

    #[test]
    fn a_number_with_a_slash_makes_one_file_name() {
        let number = InvoiceNumber::new("F2026/0001").expect("a number");
        assert_eq!(number.file_stem(), "F2026~0001");
    }

    #[test]
    fn a_batch_is_read_as_it_is_written() {
        let batch: BatchId = "2026-11-24-001".parse().expect("a batch");
        assert_eq!(batch.to_string(), "2026-11-24-001");
        assert!("2026-11-001".parse::<BatchId>().is_err());
    }
}
