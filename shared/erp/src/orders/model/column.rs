use std::collections::BTreeMap;

use strum::{IntoStaticStr, VariantArray};

use super::content::{Condition, Content};
use super::figures::Figures;
use super::file_format::Unencodable;

/// One column.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) content: Content,
    pub(crate) condition: Option<Condition>,
    /// What stands in front of a value that is not empty.
    pub(crate) prefix: String,
    /// A part of the text: how many characters are left out, how many are taken.
    pub(crate) slice: Option<(usize, usize)>,
    pub(crate) case: Option<Case>,
    pub(crate) codes: Option<Codes>,
    pub(crate) figures: Figures,
    pub(crate) date: String,
    /// What stands in for an empty value.
    pub(crate) if_empty: Option<String>,
    pub(crate) required: bool,
    pub(crate) allowed: Option<Allowed>,
    /// What becomes of characters that the file cannot hold.
    pub(crate) unencodable: Unencodable,
    /// The most characters that it takes.
    pub(crate) max: Option<usize>,
    /// Whether a longer text is cut, rather than quarantined with its order.
    pub(crate) cut: bool,
    /// Whether it is filled up to `max`, and how.
    pub(crate) filled: Option<Filled>,
    /// Its first character in the record, from 1.
    pub(crate) start: Option<usize>,
}

/// Capital or small letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, VariantArray, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum Case {
    Upper,
    Lower,
}

/// Characters that the ERP takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, VariantArray, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum Allowed {
    Digits,
    #[strum(serialize = "letters_digits")]
    LettersAndDigits,
    Ascii,
    ThreeBytes,
}

impl Allowed {
    pub(crate) fn allows(self, c: char) -> bool {
        match self {
            Self::Digits => c.is_ascii_digit(),
            Self::LettersAndDigits => c.is_ascii_alphanumeric(),
            Self::Ascii => c.is_ascii(),
            Self::ThreeBytes => c.len_utf8() <= 3,
        }
    }

    /// As a person reads it.
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Self::Digits => "digits",
            Self::LettersAndDigits => "letters and digits without accents",
            Self::Ascii => "characters without accents",
            Self::ThreeBytes => "characters of at most three bytes in UTF-8",
        }
    }
}

/// How a column of fixed width is filled up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Filled {
    pub(crate) left: bool,
    pub(crate) with: char,
}

/// A code list: the domain's word to the ERP's.
#[derive(Clone, Debug)]
pub(crate) struct Codes {
    pub(crate) words: BTreeMap<String, String>,
    pub(crate) default: Option<String>,
}

impl Column {
    /// Whether its values come from the source of this name, always.
    pub(crate) fn is_from(&self, name: &str) -> bool {
        self.condition.is_none() && matches!(&self.content, Content::From(source) if source.name == name)
    }

    /// Whether the source of this name is part of its values.
    pub(crate) fn writes(&self, name: &str) -> bool {
        match &self.content {
            Content::Joined(sources, _) => sources.iter().any(|source| source.name == name),
            Content::Sum(parts) => parts.iter().any(|(source, _)| source.name == name),
            Content::From(_) | Content::Constant(_) => self.is_from(name),
        }
    }
}
