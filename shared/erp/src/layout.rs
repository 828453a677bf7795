//! What all layouts say alike: the place of a column, encodings, separators, formats of dates.

use std::fmt;

use jiff::civil::Date;
use jiff::fmt::strtime;

use crate::encoding::Encoding;
use crate::toml_reader::{Field, Section};

/// Where a value stands in a row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// Under this name in the header row.
    Name(String),
    /// At this position, from 1.
    Position(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "{name:?}"),
            Self::Position(position) => write!(f, "{position}"),
        }
    }
}

impl Place {
    /// The name of a column or its position.
    pub(crate) fn read(field: &Field<'_>) -> Option<Self> {
        if field.is_number() {
            return field.number(1..=1_000_000).map(Self::Position);
        }
        let name = field.as_text().map(|name| Self::Name(name.to_owned()));
        name.or_else(|| field.wrong_type("the name of a column or its position"))
    }
}

/// The encoding of a file that is read.
pub(crate) fn encoding(file: &mut Section<'_>) -> Option<Encoding> {
    let encodings = [Encoding::Utf8, Encoding::Windows1252, Encoding::Iso8859_15];
    file.required_one_of("encoding", &encodings.map(|encoding| (encoding.name(), encoding)))
}

/// The separator of a file that is read.
pub(crate) fn separator(file: &mut Section<'_>) -> Option<u8> {
    file.required_one_of("separator", &[(";", b';'), (",", b','), ("\t", b'\t'), ("|", b'|')])
}

/// A format that writes a date so that the same date can be read back.
pub(crate) fn date_format(format: &str) -> Result<&str, String> {
    let sample = Date::constant(2026, 11, 24);
    let written = strtime::format(format, sample).map_err(|error| format!("is no date format: {error}"))?;
    match Date::strptime(format, &written) {
        Ok(read) if read == sample => Ok(format),
        _ => Err(format!("writes 24 November 2026 as {written:?}, from which no date can be read")),
    }
}
