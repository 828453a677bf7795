//! The first pass: a file split into [`rows`] and [`cells`], its [`header`] row read, each row added to the
//! [`index`], and the whole decided on. May import the model and the faults.

mod cells;
mod count;
mod header;
mod index;
mod pass;
mod record;
mod rows;
mod text;

use std::fmt;
use std::io::{self, Read, Seek, SeekFrom};

use passerelle_domain::{Money, Rejection};

use self::pass::Pass;
use super::model::Layout;
use crate::encoding::{BOM, Encoding};
use crate::rules::Rule;

pub(super) use cells::{Cells, Figure, Reader};
pub(super) use header::{AdjustmentAt, Columns};
pub(super) use index::Index;
pub(super) use rows::{Cell, extent, split};

/// What a file holds, as its first pass found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileSummary {
    /// Different invoice numbers.
    pub invoices: u64,
    /// Rows, without the header row, the trailer and what is not read.
    pub rows: u64,
    /// The sum of totals with VAT of the invoices whose total can be read; credit notes count
    /// negative.
    pub gross: Money,
}

/// What the first pass keeps for the second.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) columns: Columns,
    pub(crate) index: Index,
    pub(crate) summary: FileSummary,
    /// Whether a byte order mark stands in front.
    pub(crate) bom: bool,
    pub(crate) head: Head,
}

/// What stands in front of the invoices' rows.
#[derive(Debug, Default)]
pub(crate) struct Head {
    /// The rows before the header row, with their line ends.
    pub(crate) titles: Vec<u8>,
    /// The header row, where there is one.
    pub(crate) header: Option<Vec<u8>>,
    /// The line end of the header row, or of the first row.
    pub(crate) line_end: Vec<u8>,
}

/// Why there is nothing to read.
#[derive(Debug)]
pub enum CheckError {
    /// The file is refused whole, with the line, the value and the rule.
    Refused(Rejection),
    /// It cannot be read where it is.
    Unreadable(io::Error),
}

impl fmt::Display for CheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(rejection) => rejection.fmt(f),
            Self::Unreadable(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CheckError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Refused(rejection) => rejection.source(),
            Self::Unreadable(error) => error.source(),
        }
    }
}

impl From<Rejection> for CheckError {
    fn from(rejection: Rejection) -> Self {
        Self::Refused(rejection)
    }
}

impl From<io::Error> for CheckError {
    fn from(error: io::Error) -> Self {
        Self::Unreadable(error)
    }
}

fn refused<T>(
    rule_of: Rule,
    field: impl Into<String>,
    value: impl Into<String>,
    rule: impl Into<String>,
) -> Result<T, CheckError> {
    Err(CheckError::Refused(Rejection::new(rule_of, field, value, rule)))
}

/// Decides on the file.
pub(crate) fn check<S: Read + Seek>(layout: &Layout, source: &mut S) -> Result<Found, CheckError> {
    let size = source.seek(SeekFrom::End(0))?;
    let limit = layout.limits.bytes;
    if size > limit as u64 {
        return refused(
            Rule::TooLarge,
            "file",
            format!("{size} bytes"),
            format!("the file has more than {limit} bytes"),
        );
    }
    source.rewind()?;
    let mut first = Vec::new();
    source.take(8).read_to_end(&mut first)?;
    check_beginning(layout, &first)?;
    let bom = first.starts_with(BOM);
    let offset = if bom { BOM.len() as u64 } else { 0 };
    source.seek(SeekFrom::Start(offset))?;
    let mut pass = Pass::new(layout, source, offset);
    let mut head = Head::default();
    let columns = pass.head(&mut head)?;
    pass.body(columns, head, bom)
}

/// What is no text at all, by its first bytes.
fn check_beginning(layout: &Layout, first: &[u8]) -> Result<(), CheckError> {
    if first.is_empty() {
        return refused(Rule::EmptyFile, "file", "0 bytes", "the file is empty");
    }
    let kinds: [(&[u8], &str); 7] = [
        (b"PK\x03\x04", "a ZIP archive or an Excel workbook (.xlsx)"),
        (b"PK\x05\x06", "an empty ZIP archive"),
        (b"%PDF", "a PDF"),
        (b"\x1f\x8b", "a gzip archive"),
        (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)"),
        (b"<?xml", "an XML file"),
        (b"{\\rtf", "an RTF text"),
    ];
    if let Some((_, what)) = kinds.iter().find(|(magic, _)| first.starts_with(magic)) {
        return refused(Rule::NotACsv, "file", *what, format!("the file is {what}, and no CSV"));
    }
    let name = layout.encoding.name();
    if first.starts_with(b"\xff\xfe") || first.starts_with(b"\xfe\xff") {
        return refused(
            Rule::Encoding,
            "line 1",
            "utf-16",
            format!("the file is in UTF-16 and not in {name}"),
        );
    }
    if first.starts_with(BOM) && layout.encoding != Encoding::Utf8 {
        return refused(Rule::Encoding, "line 1", "utf-8", format!("the file is in UTF-8 and not in {name}"));
    }
    Ok(())
}
