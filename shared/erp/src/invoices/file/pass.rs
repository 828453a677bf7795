//! One row after the other, from the first to the last.

use std::io::Read;

use passerelle_domain::Rejection;

use super::count::Count;
use super::found::{FileSummary, Found, Head};
use super::header::Columns;
use super::record::{RawCells, record_of};
use super::refused::{CheckError, refused};
use super::rows::{BadRow, Cell, NoRow, Row, Rows, Why, split};
use super::text::Text;
use crate::invoices::model::{Field, Layout, Shape};
use crate::layout::Place;
use crate::rejects::ADDED;
use crate::rules::Rule;
use crate::text::one_line;

/// The rows and what was seen of them.
pub(super) struct Pass<'l, R> {
    layout: &'l Layout,
    rows: Rows<R>,
    /// The cells of the row that was read last.
    cells: Vec<Cell>,
    text: Text,
}

impl<'l, R: Read> Pass<'l, R> {
    /// A pass over what stands behind the first `offset` bytes, which `source` has passed.
    pub(super) fn new(layout: &'l Layout, source: R, offset: u64) -> Self {
        let rows = Rows::new(source, offset, layout.separator, &layout.limits);
        Self { layout, rows, cells: Vec::new(), text: Text::default() }
    }

    /// The next row that is no remark and not empty, checked for its encoding and split.
    fn next(&mut self) -> Result<Option<Row>, CheckError> {
        let layout = self.layout;
        loop {
            let row = match self.rows.next() {
                Ok(Some(row)) => row,
                Ok(None) => return Ok(None),
                Err(NoRow::Io(error)) => return Err(error.into()),
                Err(NoRow::Bad(bad)) => return Err(bad_row(layout, bad).into()),
            };
            let bytes = self.rows.bytes(row);
            self.text.check(layout, row.line, bytes)?;
            let comment = layout.comment.as_deref().is_some_and(|mark| bytes.starts_with(mark));
            if comment || is_blank(layout, bytes) {
                continue;
            }
            split(bytes, layout.separator, &mut self.cells);
            let limit = layout.limits.columns;
            if self.cells.len() > limit {
                let rule = format!("the row has more than {limit} columns");
                let value = format!("{} columns", self.cells.len());
                return refused(Rule::TooLarge, format!("line {}", row.line), value, rule);
            }
            return Ok(Some(row));
        }
    }

    /// Finds the columns, and keeps what stands in front of the invoices' rows.
    pub(super) fn head(&mut self, head: &mut Head) -> Result<Columns, CheckError> {
        let layout = self.layout;
        let header = match &layout.shape {
            Shape::Named => return self.named_head(head),
            Shape::Positions { header, .. } | Shape::Records { header, .. } => *header,
        };
        for _ in 0..layout.title_rows {
            if let Some(row) = self.next()? {
                self.keep_title(row, head);
            }
        }
        if header {
            let Some(row) = self.next()? else { return empty() };
            self.keep_header(row, head);
        }
        Ok(Columns::by_position(layout))
    }

    fn named_head(&mut self, head: &mut Head) -> Result<Columns, CheckError> {
        let layout = self.layout;
        let Some(Place::Name(number)) = layout.columns.get(&Field::Number) else { return empty() };
        let mut line = 0;
        for place in 0..=layout.title_rows {
            let Some(row) = self.next()? else { break };
            line = row.line;
            let bytes = self.rows.bytes(row);
            let text = |cell: &Cell| one_line(&layout.encoding.decode(&cell.bytes(bytes))).into_owned();
            let names: Vec<String> = self.cells.iter().map(text).collect();
            if place < layout.title_rows && !names.contains(number) {
                self.keep_title(row, head);
                continue;
            }
            self.keep_header(row, head);
            // Names with accents cannot be found in another encoding.
            return Columns::by_name(layout, names, line)
                .map_err(|rejection| self.text.mistaken(layout).unwrap_or(rejection).into());
        }
        if line == 0 {
            return empty();
        }
        let rule = format!("none of the first {} rows has the column {number:?}", layout.title_rows + 1);
        refused(Rule::MissingColumn, format!("line {line}, column {number}"), number, rule)
    }

    fn keep_title(&self, row: Row, head: &mut Head) {
        head.titles.extend_from_slice(self.rows.bytes(row));
        head.titles.extend_from_slice(self.rows.line_end(row));
    }

    fn keep_header(&self, row: Row, head: &mut Head) {
        head.header = Some(self.rows.bytes(row).to_vec());
        head.line_end = self.rows.line_end(row).to_vec();
    }

    /// All rows behind the header row.
    pub(super) fn body(
        &mut self,
        mut columns: Columns,
        mut head: Head,
        bom: bool,
    ) -> Result<Found, CheckError> {
        let layout = self.layout;
        let mut count = Count::new();
        let mut trailer: Option<u64> = None;
        let (mut last_line, mut ended) = (1, true);
        while let Some(row) = self.next()? {
            let bytes = self.rows.bytes(row);
            (last_line, ended) = (row.line, row.is_ended());
            if head.line_end.is_empty() {
                head.line_end = self.rows.line_end(row).to_vec();
            }
            if let Some(line) = trailer {
                let value = String::from_utf8_lossy(bytes).chars().take(40).collect::<String>();
                let rule = format!("a row stands behind the trailer of line {line}");
                return refused(Rule::Trailer, format!("line {}", row.line), value, rule);
            }
            if layout.repeated_header && head.header.as_deref() == Some(bytes) {
                continue;
            }
            let cells = RawCells { layout, row: bytes, cells: &self.cells };
            if let Some(expected) = layout.trailer.as_ref().filter(|trailer| cells.begin_with(&trailer.mark))
            {
                trailer = Some(row.line);
                count.agrees(layout, expected, row.line, &cells)?;
                continue;
            }
            let Some(record) = record_of(layout, &columns, row.line, &cells)? else { continue };
            let found = cells.count(record.width);
            if count.rows == 0 && layout.shape.is_by_position() && found == record.width + ADDED.len() {
                columns.is_rejects_file = true;
            }
            let wanted = record.width + if columns.is_rejects_file { ADDED.len() } else { 0 };
            if found != wanted {
                let cut_off = found < wanted && !ended;
                let last = cut_off || (found < wanted && matches!(self.next(), Ok(None)));
                let code = if last { Rule::Truncated } else { Rule::ColumnCount };
                let rule = match layout.shape {
                    Shape::Named => format!("the row has {found} columns, and the header row {wanted}"),
                    _ => format!("the row has {found} columns, and not {wanted}"),
                };
                return refused(code, format!("line {last_line}"), found.to_string(), rule);
            }
            count.add(layout, &columns, row, &record, &cells)?;
        }
        if let Some(rejection) = self.text.mistaken(layout) {
            return Err(rejection.into());
        }
        match (&layout.trailer, trailer) {
            (Some(_), Some(_)) => {}
            // A person corrects a rejects file, and need not count.
            (Some(expected), None) if !columns.is_rejects_file => {
                let rule =
                    format!("the file is cut off: its last row does not begin with {:?}", expected.mark);
                return refused(Rule::Truncated, format!("line {last_line}"), "", rule);
            }
            _ if !ended => {
                let rule = "the file is cut off: its last row has no line end";
                return refused(Rule::Truncated, format!("line {last_line}"), "", rule);
            }
            _ if count.rows == 0 => {
                return refused(Rule::EmptyFile, "file", "", "the file has no rows behind its header row");
            }
            _ => {}
        }
        let summary =
            FileSummary { invoices: count.index.invoices() as u64, rows: count.rows, gross: count.gross };
        Ok(Found { columns, index: count.index.sorted(), summary, bom, head })
    }
}

fn empty<T>() -> Result<T, CheckError> {
    refused(Rule::EmptyFile, "file", "", "the file is empty")
}

/// A row of nothing but separators and spaces, as spreadsheets leave behind.
fn is_blank(layout: &Layout, bytes: &[u8]) -> bool {
    bytes.iter().all(|&byte| byte == layout.separator || byte == b' ' || byte == b'\t')
}

fn bad_row(layout: &Layout, bad: BadRow) -> Rejection {
    let limits = &layout.limits;
    let value = match bad.why {
        Why::RowTooLong => format!("over {} bytes in a row", limits.row_bytes),
        _ => String::new(),
    };
    let (code, rule) = match bad.why {
        Why::QuoteNeverClosed => (Rule::Quotes, "a quote is not closed, to the file's end".into()),
        Why::TextBehindQuote => (Rule::Quotes, "text stands behind a closing quote".into()),
        Why::RowTooLong => {
            let rule = format!("the row has more than {} bytes; is a quote not closed?", limits.row_bytes);
            (Rule::TooLarge, rule)
        }
    };
    Rejection::new(code, format!("line {}", bad.line), value, rule)
}
