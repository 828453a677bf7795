//! The first pass: the file as a whole.

use std::borrow::Cow;
use std::io::{self, Read, Seek, SeekFrom};

use passerelle_domain::{InvoiceKind, Money, Rejection};
use rust_decimal::Decimal;

use super::cells::Reader;
use super::fields::Field;
use super::header::Columns;
use super::index::Index;
use super::layout::{Layout, Records, Shape, Trailer};
use super::numbers;
use super::rejects::ADDED;
use super::rows::{BadRow, Cell, NoRow, Row, Rows, Why, split};
use super::{CheckError, FileSummary};
use crate::encoding::{BOM, Encoding};
use crate::layout::Place;
use crate::rules::Rule;
use crate::text::one_line;

/// What the first pass keeps for the second.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) columns: Columns,
    pub(super) index: Index,
    pub(super) summary: FileSummary,
    /// Whether a byte order mark stands in front.
    pub(super) bom: bool,
    pub(super) head: Head,
}

/// What stands in front of the invoices' rows.
#[derive(Debug, Default)]
pub(super) struct Head {
    /// The rows before the header row, with their line ends.
    pub(super) titles: Vec<u8>,
    /// The header row, where there is one.
    pub(super) header: Option<Vec<u8>>,
    /// The line end of the header row, or of the first row.
    pub(super) line_end: Vec<u8>,
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
pub(super) fn check<S: Read + Seek>(layout: &Layout, source: &mut S) -> Result<Found, CheckError> {
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
    let mut pass = Pass {
        layout,
        rows: Rows::new(source, offset, layout.separator, &layout.limits),
        cells: Vec::new(),
        text: Text::default(),
    };
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

/// Whether all rows so far are text, and which.
#[derive(Default)]
struct Text {
    /// The first line that is not ASCII.
    foreign: Option<u64>,
    /// Whether one is not UTF-8.
    not_utf8: bool,
}

impl Text {
    fn check(&mut self, layout: &Layout, first_line: u64, bytes: &[u8]) -> Result<(), Rejection> {
        if bytes.is_ascii() && memchr::memchr(0, bytes).is_none() {
            return Ok(());
        }
        let name = layout.encoding.name();
        let line = |at: usize| first_line + memchr::memchr_iter(b'\n', &bytes[..at]).count() as u64;
        if let Some(at) = layout.encoding.undecodable(bytes) {
            let (line, value) = (format!("line {}", line(at)), format!("byte 0x{:02X}", bytes[at]));
            return Err(Rejection::new(
                Rule::Encoding,
                line,
                value,
                format!("this byte is no text in {name}"),
            ));
        }
        if self.foreign.is_none() {
            self.foreign = bytes.iter().position(|byte| !byte.is_ascii()).map(line);
        }
        self.not_utf8 = self.not_utf8 || std::str::from_utf8(bytes).is_err();
        Ok(())
    }

    /// Accents in a single-byte encoding are next to never valid UTF-8 by chance, but UTF-8 is always
    /// valid in Windows-1252: it would put "CafÃ©" on invoices.
    fn mistaken(&self, layout: &Layout) -> Option<Rejection> {
        let line = self.foreign.filter(|_| layout.encoding != Encoding::Utf8 && !self.not_utf8)?;
        let rule = format!("the file is in UTF-8 and not in {}", layout.encoding.name());
        Some(Rejection::new(Rule::Encoding, format!("line {line}"), "utf-8", rule))
    }
}

/// The rows and what was seen of them.
struct Pass<'l, R> {
    layout: &'l Layout,
    rows: Rows<R>,
    /// The cells of the row that was read last.
    cells: Vec<Cell>,
    text: Text,
}

impl<R: Read> Pass<'_, R> {
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
    fn head(&mut self, head: &mut Head) -> Result<Columns, CheckError> {
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
    fn body(&mut self, mut columns: Columns, mut head: Head, bom: bool) -> Result<Found, CheckError> {
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
                columns.mended = true;
            }
            let wanted = record.width + if columns.mended { ADDED.len() } else { 0 };
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
            // A person mends a rejects file, and need not count.
            (Some(expected), None) if !columns.mended => {
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

/// The cells of a row that is not decoded.
struct RawCells<'r> {
    layout: &'r Layout,
    row: &'r [u8],
    cells: &'r [Cell],
}

impl<'r> RawCells<'r> {
    fn bytes(&self, position: usize) -> Cow<'r, [u8]> {
        self.cells.get(position).map_or(Cow::Borrowed(&[]), |cell| cell.bytes(self.row))
    }

    fn text(&self, position: usize) -> String {
        one_line(&self.layout.encoding.decode(&self.bytes(position))).into_owned()
    }

    /// Whether the first says so. Asked of every row, so plain bytes are not decoded for it.
    fn begin_with(&self, mark: &str) -> bool {
        let first = self.bytes(0);
        if first.is_ascii() { first.trim_ascii() == mark.as_bytes() } else { self.text(0) == mark }
    }

    /// How many there are, without what trailing separators make.
    fn count(&self, width: usize) -> usize {
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
struct Record {
    width: usize,
    /// Where the invoice's number stands; nothing on a line that follows its invoice.
    number: Option<usize>,
    /// Whether the invoice's own columns are on it.
    of_invoice: bool,
}

/// What a row is; nothing for a record that is not read.
fn record_of(
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

/// What the rows hold, to compare with the trailer.
struct Count {
    index: Index,
    rows: u64,
    gross: Money,
    /// Whether every invoice's total could be read.
    all_totals: bool,
}

impl Count {
    fn new() -> Self {
        Self { index: Index::new(), rows: 0, gross: Money::ZERO, all_totals: true }
    }

    fn add(
        &mut self,
        layout: &Layout,
        columns: &Columns,
        row: Row,
        record: &Record,
        cells: &RawCells<'_>,
    ) -> Result<(), CheckError> {
        self.rows += 1;
        let too_many = |what: &str, limit: usize| {
            let rule = format!("the file has more than {limit} {what}");
            refused(Rule::TooLarge, format!("line {}", row.line), format!("over {limit} {what}"), rule)
        };
        if self.rows > layout.limits.rows as u64 {
            return too_many("rows", layout.limits.rows);
        }
        let number = record.number.map(|position| cells.bytes(position));
        let first_of_invoice = self.index.add(row, number.as_deref(), record.of_invoice);
        if self.index.invoices() > layout.limits.invoices {
            return too_many("invoices", layout.limits.invoices);
        }
        if first_of_invoice {
            let reader = Reader { layout, columns, faults: Vec::new() };
            let at = |field| columns.of(field).map(|position| cells.text(position));
            let kind = match at(Field::Kind) {
                None => Some(InvoiceKind::Invoice),
                Some(code) => layout.kinds.get(&code).copied(),
            };
            match (reader.amount(&at(Field::TotalGross).unwrap_or_default()), kind) {
                (Ok(gross), Some(InvoiceKind::Invoice)) => self.gross += gross,
                (Ok(gross), Some(InvoiceKind::CreditNote)) => self.gross -= gross,
                _ => self.all_totals = false,
            }
        }
        Ok(())
    }

    fn agrees(
        &self,
        layout: &Layout,
        trailer: &Trailer,
        line: u64,
        cells: &RawCells<'_>,
    ) -> Result<(), CheckError> {
        let invoices = Decimal::from(self.index.invoices());
        let rows = Decimal::from(self.rows);
        let figures = [
            ("invoices", trailer.invoices, None, Some(invoices)),
            ("rows", trailer.rows, None, Some(rows)),
            // With a total that cannot be read, its invoice is set aside; the sum proves nothing then.
            (
                "gross",
                trailer.gross,
                layout.implied.amounts,
                self.all_totals.then(|| self.gross.to_decimal()),
            ),
        ];
        for (what, position, implied, counted) in figures {
            let (Some(position), Some(counted)) = (position, counted) else { continue };
            let text = cells.text(position);
            let stated = match implied {
                Some(decimals) => numbers::implied(&text, decimals),
                None => numbers::decimal(&text, layout.numbers),
            };
            if stated.ok().map(numbers::Number::to_decimal) != Some(counted) {
                let field = format!("line {line}, column {} ({what})", position + 1);
                let rule = format!("the trailer does not agree with the rows, which give {counted}");
                return refused(Rule::Trailer, field, text, rule);
            }
        }
        Ok(())
    }
}
