use strum::{IntoStaticStr, VariantArray};

use super::figures::Figures;
use crate::encoding::Encoding;

/// What stands for the batch in a file's name.
pub(crate) const BATCH: &str = "{batch}";

/// How records stand in the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, VariantArray, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum Shape {
    /// A header record, then its lines, charges and payments.
    HeaderAndLines,
    /// One row a line: the header's columns, then the line's.
    HeaderRepeated,
    /// The same, but the header's columns are empty on all rows of an order except its first.
    HeaderFirstRow,
    /// The headers in one file, the lines in another.
    TwoFiles,
}

impl Shape {
    /// Whether header and line stand in one row.
    pub(crate) fn is_flat(self) -> bool {
        matches!(self, Self::HeaderRepeated | Self::HeaderFirstRow)
    }
}

/// How columns stand in a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, VariantArray, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum Form {
    Separated,
    FixedWidth,
}

/// When a value stands in quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, VariantArray, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum Quote {
    WhenNeeded,
    Always,
    Never,
}

/// What becomes of a character that the file cannot hold. The first two are for everything, all for texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, VariantArray, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum Unencodable {
    /// The order is quarantined.
    SetAside,
    /// What a French keyboard would type; the order is quarantined where there is
    /// nothing of the kind.
    Transliterate,
    /// The same, and a question mark where there is nothing of the kind.
    Replace,
    /// The same, and nothing.
    Drop,
}

impl Unencodable {
    /// What stands for a character that cannot be transliterated, where the text goes on without it.
    pub(crate) fn stand_in(self) -> Option<&'static str> {
        match self {
            Self::SetAside | Self::Transliterate => None,
            Self::Replace => Some("?"),
            Self::Drop => Some(""),
        }
    }
}

/// The look of the files.
#[derive(Clone, Debug)]
pub(crate) struct FileFormat {
    pub(crate) name: String,
    /// The file of the lines, with two files.
    pub(crate) lines_name: Option<String>,
    pub(crate) shape: Shape,
    pub(crate) form: Form,
    pub(crate) encoding: Encoding,
    /// Means nothing with columns of fixed width; neither does `quote`.
    pub(crate) separator: char,
    pub(crate) quote: Quote,
    pub(crate) line_end: &'static str,
    pub(crate) column_names: bool,
    /// With columns of fixed width, the characters of a record, where they are all the same.
    pub(crate) record_length: Option<usize>,
    pub(crate) figures: Figures,
    pub(crate) date: String,
    pub(crate) unencodable: Unencodable,
    /// The most lines that an order may have.
    pub(crate) max_lines: Option<usize>,
}
