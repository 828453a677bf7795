//! The first pass: the file as a whole.

use std::collections::HashSet;

use passerelle_domain::{InvoiceKind, Money, Rejection};
use rust_decimal::Decimal;

use super::FileSummary;
use super::cells::{Cells, Reader};
use super::fields::Field;
use super::header::{self, Columns};
use super::layout::{Layout, Trailer};
use super::numbers;
use super::rows::{BadRow, Row, Rows, Why};
use crate::encoding::{BOM, Encoding};

/// The bytes behind a byte order mark of UTF-8.
pub(super) fn body<'a>(layout: &Layout, bytes: &'a [u8]) -> &'a [u8] {
    match layout.encoding {
        Encoding::Utf8 => bytes.strip_prefix(BOM).unwrap_or(bytes),
        _ => bytes,
    }
}

/// The rows of a file.
pub(super) fn rows<'a>(layout: &Layout, bytes: &'a [u8]) -> Rows<'a> {
    Rows::new(body(layout, bytes), layout.separator, layout.limits)
}

/// Whether a row is the trailer.
pub(super) fn is_trailer(layout: &Layout, row: &Row<'_>) -> bool {
    let first = row.cells.first().map(|cell| layout.encoding.decode(cell));
    layout.trailer.as_ref().is_some_and(|trailer| first.is_some_and(|first| first.trim() == trailer.mark))
}

pub(super) fn check(layout: &Layout, bytes: &[u8]) -> Result<FileSummary, Rejection> {
    if bytes.len() > layout.limits.bytes {
        let rule = format!("a file has at most {} bytes", layout.limits.bytes);
        return Err(Rejection::new("too_large", "file", bytes.len().to_string(), rule));
    }
    let body = body(layout, bytes);
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(Rejection::new("empty_file", "file", "", "there is something in a file"));
    }
    check_encoding(layout, body)?;
    let mut rows = rows(layout, bytes).peekable();
    let first = rows.next().transpose().map_err(|bad| bad_row(layout, bad))?;
    let Some(first) = first else {
        return Err(Rejection::new("empty_file", "file", "", "there is something in a file"));
    };
    let columns = header::resolve(layout, Cells::of(layout, &first, first.line).into_texts(), first.line)?;

    let mut count = Count::new(layout, &columns);
    let mut trailer: Option<Row<'_>> = None;
    let mut last_line = first.line;
    while let Some(row) = rows.next() {
        let row = row.map_err(|bad| bad_row(layout, bad))?;
        last_line = row.line;
        if let Some(trailer) = &trailer {
            let value = String::from_utf8_lossy(row.bytes).chars().take(40).collect::<String>();
            let rule = format!("nothing stands behind the trailer of line {}", trailer.line);
            return Err(Rejection::new("trailer", format!("line {}", row.line), value, rule));
        }
        if is_trailer(layout, &row) {
            trailer = Some(row);
            continue;
        }
        let (found, wanted) = (row.cells.len(), columns.names.len());
        if found != wanted {
            let cut_off = found < wanted && rows.peek().is_none();
            let code = if cut_off { "truncated" } else { "column_count" };
            let rule = format!("a row has the {wanted} columns of the header row");
            return Err(Rejection::new(code, format!("line {}", row.line), found.to_string(), rule));
        }
        count.add(&row)?;
    }
    match (&layout.trailer, trailer) {
        (Some(expected), Some(row)) => count.agrees(expected, &Cells::of(layout, &row, row.line))?,
        (Some(expected), None) => {
            let rule =
                format!("the last row begins with {:?}; without it the file is cut off", expected.mark);
            return Err(Rejection::new("truncated", format!("line {last_line}"), "", rule));
        }
        (None, _) if body.last() != Some(&b'\n') => {
            let rule = "the last row has a line end; without it the file is cut off";
            return Err(Rejection::new("truncated", format!("line {last_line}"), "", rule));
        }
        (None, _) if count.rows == 0 => {
            return Err(Rejection::new("empty_file", "file", "", "a file has rows behind its header row"));
        }
        (None, _) => {}
    }
    Ok(FileSummary { invoices: count.numbers.len() as u64, rows: count.rows, gross: count.gross })
}

fn check_encoding(layout: &Layout, body: &[u8]) -> Result<(), Rejection> {
    let name = layout.encoding.name();
    let line = |at: usize| 1 + body[..at].iter().filter(|&&byte| byte == b'\n').count();
    if let Some(at) = layout.encoding.undecodable(body) {
        let value = format!("byte 0x{:02X}", body[at]);
        let rule = format!("every byte is text in {name}");
        return Err(Rejection::new("encoding", format!("line {}", line(at)), value, rule));
    }
    // Accents in a single-byte encoding are next to never valid UTF-8 by chance, but UTF-8 is always
    // valid in Windows-1252: it would put "CafÃ©" on invoices.
    if layout.encoding != Encoding::Utf8
        && let Some(at) = body.iter().position(|byte| !byte.is_ascii())
        && std::str::from_utf8(body).is_ok()
    {
        let rule = format!("the file is in {name}; this one is in UTF-8");
        return Err(Rejection::new("encoding", format!("line {}", line(at)), "utf-8", rule));
    }
    Ok(())
}

fn bad_row(layout: &Layout, bad: BadRow) -> Rejection {
    let limits = &layout.limits;
    let (code, rule) = match bad.why {
        Why::QuoteNeverClosed => {
            ("quotes", "a quote that opens is closed; this one is not, to the file's end".into())
        }
        Why::TextBehindQuote => ("quotes", "a separator or a line end stands behind a closing quote".into()),
        Why::RowTooLong => {
            let rule = format!("a row has at most {} bytes; is a quote not closed?", limits.row_bytes);
            ("too_large", rule)
        }
        Why::TooManyColumns => ("too_large", format!("a row has at most {} columns", limits.columns)),
    };
    Rejection::new(code, format!("line {}", bad.line), "", rule)
}

/// What the rows hold, to compare with the trailer.
struct Count<'l> {
    reader: Reader<'l>,
    numbers: HashSet<String>,
    rows: u64,
    gross: Money,
    /// Whether every invoice's total could be read.
    all_totals: bool,
}

impl<'l> Count<'l> {
    fn new(layout: &'l Layout, columns: &'l Columns) -> Self {
        let reader = Reader { layout, columns, faults: Vec::new() };
        Self { reader, numbers: HashSet::new(), rows: 0, gross: Money::ZERO, all_totals: true }
    }

    fn add(&mut self, row: &Row<'_>) -> Result<(), Rejection> {
        self.rows += 1;
        let limit = self.reader.layout.limits.rows;
        if self.rows > limit as u64 {
            let rule = format!("a file has at most {limit} rows");
            return Err(Rejection::new("too_large", format!("line {}", row.line), "", rule));
        }
        let cells = Cells::of(self.reader.layout, row, row.line);
        if self.numbers.insert(self.reader.owned(&cells, Field::Number)) {
            let text = self.reader.text(&cells, Field::TotalGross);
            match (self.reader.amount(text), kind(&self.reader, &cells)) {
                (Ok(gross), Some(InvoiceKind::Invoice)) => self.gross += gross,
                (Ok(gross), Some(InvoiceKind::CreditNote)) => self.gross -= gross,
                _ => self.all_totals = false,
            }
        }
        Ok(())
    }

    fn agrees(&self, trailer: &Trailer, cells: &Cells) -> Result<(), Rejection> {
        let invoices = Decimal::from(self.numbers.len());
        let rows = Decimal::from(self.rows);
        let figures = [
            ("invoices", trailer.invoices, Some(invoices)),
            ("rows", trailer.rows, Some(rows)),
            // With a total that cannot be read, its invoice is set aside; the sum proves nothing then.
            ("gross", trailer.gross, self.all_totals.then(|| self.gross.to_decimal())),
        ];
        for (what, position, counted) in figures {
            let (Some(position), Some(counted)) = (position, counted) else { continue };
            let text = cells.at(position);
            let stated = numbers::decimal(text, self.reader.layout.decimal);
            if stated.ok() != Some(counted) {
                let field = format!("line {}, column {} ({what})", cells.line, position + 1);
                let rule = format!("the trailer agrees with the rows, which give {counted}");
                return Err(Rejection::new("trailer", field, text, rule));
            }
        }
        Ok(())
    }
}

/// The kind of an invoice; without a column for it, an invoice.
pub(super) fn kind(reader: &Reader<'_>, cells: &Cells) -> Option<InvoiceKind> {
    if reader.columns.of(Field::Kind).is_none() {
        return Some(InvoiceKind::Invoice);
    }
    reader.layout.kinds.get(reader.text(cells, Field::Kind)).copied()
}
