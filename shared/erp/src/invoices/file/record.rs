//! A row as it stands, and what it is.

use std::borrow::Cow;

use super::header::Columns;
use super::refused::{CheckError, refused};
use super::rows::Cell;
use crate::invoices::model::{Field, Layout, Records, Shape};
use crate::rules::Rule;
use crate::text::one_line;

/// The cells of a row that is not decoded.
pub(super) struct RawCells<'r> {
    pub(super) layout: &'r Layout,
    pub(super) row: &'r [u8],
    pub(super) cells: &'r [Cell],
}

impl<'r> RawCells<'r> {
    pub(super) fn bytes(&self, position: usize) -> Cow<'r, [u8]> {
        self.cells.get(position).map_or(Cow::Borrowed(&[]), |cell| cell.bytes(self.row))
    }

    pub(super) fn text(&self, position: usize) -> String {
        one_line(&self.layout.encoding.decode(&self.bytes(position))).into_owned()
    }

    /// Whether the first says so. Asked of every row, so plain bytes are not decoded for it.
    pub(super) fn begin_with(&self, mark: &str) -> bool {
        let first = self.bytes(0);
        if first.is_ascii() { first.trim_ascii() == mark.as_bytes() } else { self.text(0) == mark }
    }

    /// How many there are, without what trailing separators make.
    pub(super) fn count(&self, width: usize) -> usize {
        let mut count = self.cells.len();
        if self.layout.trailing_separator {
            while count > width && self.cells[count - 1].start == self.cells[count - 1].end {
                count -= 1;
            }
        }
        count
    }
}

/// What a row is.
pub(super) struct Record {
    pub(super) width: usize,
    /// Where the invoice's number stands; nothing on a line that follows its invoice.
    pub(super) number: Option<usize>,
    /// Whether the invoice's own columns are on it.
    pub(super) of_invoice: bool,
}

/// What a row is; nothing for a record that is not read.
pub(super) fn record_of(
    layout: &Layout,
    columns: &Columns,
    line: u64,
    cells: &RawCells<'_>,
) -> Result<Option<Record>, CheckError> {
    let number = columns.of(Field::Number);
    let Shape::Records { records, .. } = &layout.shape else {
        return Ok(Some(Record { width: columns.width, number, of_invoice: true }));
    };
    let Records { width, line_width, number_on_lines, .. } = *records;
    if cells.begin_with(&records.invoice) {
        Ok(Some(Record { width, number, of_invoice: true }))
    } else if cells.begin_with(&records.line) {
        Ok(Some(Record { width: line_width, number: number_on_lines, of_invoice: false }))
    } else if records.ignore.iter().any(|mark| cells.begin_with(mark)) {
        Ok(None)
    } else {
        let rule = format!("the row begins with neither {:?} nor {:?}", records.invoice, records.line);
        refused(Rule::UnknownRecord, format!("line {line}"), cells.text(0), rule)
    }
}
