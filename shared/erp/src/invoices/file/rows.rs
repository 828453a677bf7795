//! Bytes split into rows and cells, with line numbers.
//!
//! Written here rather than taken from the csv crate because it has to be strict where that crate is
//! lenient: a quote that is never closed, or text behind a closing quote, is a fault of the file. It
//! also knows where each row's own bytes are, which the index points to and the rejects file repeats
//! untouched.

use std::borrow::Cow;
use std::io::{self, Read};

use memchr::{memchr, memchr_iter};

use crate::invoices::model::Limits;

/// Why bytes are no row, and on which line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadRow {
    pub(crate) line: u64,
    pub(crate) why: Why,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    QuoteNeverClosed,
    TextBehindQuote,
    RowTooLong,
}

/// Why there is no next row.
#[derive(Debug)]
pub(crate) enum NoRow {
    Bad(BadRow),
    Io(io::Error),
}

/// Where a row ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    /// Its bytes without the line end.
    pub(crate) bytes: usize,
    /// The bytes of its line end: 0 on a last row without one.
    pub(crate) line_end: usize,
    /// Line ends within quotes.
    pub(crate) newlines: u64,
}

/// The end of the row that `bytes` begin with; nothing where it is behind them, and more may follow
/// because they are not the `whole` rest of the file.
pub(crate) fn extent(bytes: &[u8], whole: bool, separator: u8, most: usize) -> Result<Option<Extent>, Why> {
    // A line end may stand behind the longest row.
    let seen = &bytes[..bytes.len().min(most.saturating_add(2))];
    let cut = seen.len() < bytes.len();
    let line = memchr(b'\n', seen);
    if memchr(b'"', &seen[..line.unwrap_or(seen.len())]).is_some() {
        return quoted_extent(bytes, whole, separator, most);
    }
    let found = match line {
        Some(at) => ended_at(seen, at, 0),
        None if cut => return Err(Why::RowTooLong),
        None if whole => Extent { bytes: seen.len(), line_end: 0, newlines: 0 },
        None => return Ok(None),
    };
    if found.bytes > most { Err(Why::RowTooLong) } else { Ok(Some(found)) }
}

/// A row whose line end's `\n` is at `at`.
fn ended_at(bytes: &[u8], at: usize, newlines: u64) -> Extent {
    let carriage = usize::from(at > 0 && bytes[at - 1] == b'\r');
    Extent { bytes: at - carriage, line_end: 1 + carriage, newlines }
}

/// The same for a row with quotes.
fn quoted_extent(bytes: &[u8], whole: bool, separator: u8, most: usize) -> Result<Option<Extent>, Why> {
    let (mut at, mut newlines) = (0, 0);
    let to_the_end = |newlines| Ok(whole.then_some(Extent { bytes: bytes.len(), line_end: 0, newlines }));
    loop {
        if bytes.get(at) == Some(&b'"') {
            at += 1;
            loop {
                match (bytes.get(at), bytes.get(at + 1)) {
                    _ if at > most => return Err(Why::RowTooLong),
                    (None, _) if whole => return Err(Why::QuoteNeverClosed),
                    (None, _) => return Ok(None),
                    (Some(b'"'), Some(b'"')) => at += 2,
                    (Some(b'"'), None) if !whole => return Ok(None),
                    (Some(b'"'), _) => break,
                    (Some(byte), _) => {
                        newlines += u64::from(*byte == b'\n');
                        at += 1;
                    }
                }
            }
            at += 1;
            match &bytes[at..] {
                [] => return to_the_end(newlines),
                [b'\n', ..] => return Ok(Some(Extent { bytes: at, line_end: 1, newlines })),
                [b'\r', b'\n', ..] => return Ok(Some(Extent { bytes: at, line_end: 2, newlines })),
                [b'\r'] if !whole => return Ok(None),
                [byte, ..] if *byte == separator => at += 1,
                _ => return Err(Why::TextBehindQuote),
            }
        } else {
            loop {
                match bytes.get(at) {
                    None => return to_the_end(newlines),
                    Some(b'\n') => return Ok(Some(ended_at(bytes, at, newlines))),
                    Some(byte) if *byte == separator => break,
                    _ if at > most => return Err(Why::RowTooLong),
                    _ => at += 1,
                }
            }
            at += 1;
        }
    }
}

/// A cell's place in its row, without quotes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Whether there are doubled quotes in it.
    doubled: bool,
}

impl Cell {
    /// Its bytes.
    pub(crate) fn bytes<'r>(&self, row: &'r [u8]) -> Cow<'r, [u8]> {
        let inside = &row[self.start..self.end];
        if !self.doubled {
            return Cow::Borrowed(inside);
        }
        let mut text = Vec::with_capacity(inside.len());
        let mut bytes = inside.iter();
        while let Some(&byte) = bytes.next() {
            text.push(byte);
            if byte == b'"' {
                bytes.next();
            }
        }
        Cow::Owned(text)
    }

    /// Its text, in a row that is text already.
    pub(crate) fn text<'r>(&self, row: &'r str) -> Cow<'r, str> {
        let inside = &row[self.start..self.end];
        if self.doubled { Cow::Owned(inside.replace("\"\"", "\"")) } else { Cow::Borrowed(inside) }
    }
}

/// Splits a row whose [`extent`] was found into its cells.
pub(crate) fn split(row: &[u8], separator: u8, cells: &mut Vec<Cell>) {
    cells.clear();
    let mut start = 0;
    if memchr(b'"', row).is_none() {
        for end in memchr_iter(separator, row) {
            cells.push(Cell { start, end, doubled: false });
            start = end + 1;
        }
        cells.push(Cell { start, end: row.len(), doubled: false });
        return;
    }
    loop {
        let (cell, behind) = match row.get(start) {
            Some(b'"') => quoted_cell(row, start + 1),
            _ => {
                let end = memchr(separator, &row[start..]).map_or(row.len(), |length| start + length);
                (Cell { start, end, doubled: false }, end)
            }
        };
        cells.push(cell);
        if behind >= row.len() {
            return;
        }
        start = behind + 1;
    }
}

/// The cell behind an opening quote, and what stands behind its closing one.
fn quoted_cell(row: &[u8], start: usize) -> (Cell, usize) {
    let (mut at, mut doubled) = (start, false);
    while let Some(length) = row.get(at..).and_then(|rest| memchr(b'"', rest)) {
        at += length;
        if row.get(at + 1) != Some(&b'"') {
            return (Cell { start, end: at, doubled }, at + 1);
        }
        doubled = true;
        at += 2;
    }
    (Cell { start, end: row.len(), doubled }, row.len())
}

/// A row of a file: where it stands. Its bytes are [`Rows::bytes`] until the next row is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    /// The line that it begins on, from 1.
    pub(crate) line: u64,
    /// Where it begins in the file.
    pub(crate) offset: u64,
    start: usize,
    extent: Extent,
}

impl Row {
    /// Its size with its line end.
    pub(crate) fn size(&self) -> usize {
        self.extent.bytes + self.extent.line_end
    }

    /// Whether a line end stands behind it, which only a last row may lack.
    pub(crate) fn is_ended(&self) -> bool {
        self.extent.line_end > 0
    }
}

/// How much is read at once.
const PIECE: usize = 256 * 1024;

/// The rows of a file, read piece by piece. Empty lines are skipped.
pub(crate) struct Rows<R> {
    source: R,
    buffer: Vec<u8>,
    at: usize,
    filled: usize,
    whole: bool,
    offset: u64,
    line: u64,
    separator: u8,
    most: usize,
}

impl<R: Read> Rows<R> {
    /// The rows behind the first `offset` bytes, which `source` has passed.
    pub(crate) fn new(source: R, offset: u64, separator: u8, limits: &Limits) -> Self {
        let buffer = vec![0; PIECE.max(2 * limits.row_bytes + 4)];
        let (at, filled, whole, line) = (0, 0, false, 1);
        Self { source, buffer, at, filled, whole, offset, line, separator, most: limits.row_bytes }
    }

    fn fill(&mut self) -> io::Result<()> {
        self.buffer.copy_within(self.at..self.filled, 0);
        self.filled -= self.at;
        self.at = 0;
        while self.filled < self.buffer.len() {
            match self.source.read(&mut self.buffer[self.filled..]) {
                Ok(0) => {
                    self.whole = true;
                    break;
                }
                Ok(count) => self.filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn pass(&mut self, bytes: usize) {
        self.at += bytes;
        self.offset += bytes as u64;
    }

    /// The next row; nothing at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Row>, NoRow> {
        loop {
            let empty = match &self.buffer[self.at..self.filled] {
                [b'\n', ..] => 1,
                [b'\r', b'\n', ..] => 2,
                [] | [b'\r'] if !self.whole => {
                    self.fill().map_err(NoRow::Io)?;
                    continue;
                }
                [] => return Ok(None),
                _ => break,
            };
            self.pass(empty);
            self.line += 1;
        }
        let found = loop {
            let bytes = &self.buffer[self.at..self.filled];
            match extent(bytes, self.whole, self.separator, self.most) {
                Ok(Some(found)) => break found,
                Ok(None) => self.fill().map_err(NoRow::Io)?,
                Err(why) => return Err(NoRow::Bad(BadRow { line: self.line, why })),
            }
        };
        let row = Row { line: self.line, offset: self.offset, start: self.at, extent: found };
        self.pass(row.size());
        self.line += found.newlines + u64::from(row.is_ended());
        Ok(Some(row))
    }

    /// The bytes of the row that was read last, without its line end.
    pub(crate) fn bytes(&self, row: Row) -> &[u8] {
        &self.buffer[row.start..row.start + row.extent.bytes]
    }

    /// Its line end: empty on a last row without one.
    pub(crate) fn line_end(&self, row: Row) -> &[u8] {
        let end = row.start + row.extent.bytes;
        &self.buffer[end..end + row.extent.line_end]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits =
        Limits { bytes: 1000, rows: 10, invoices: 10, invoice_rows: 10, columns: 5, row_bytes: 40 };

    /// Gives a byte at a time, as a slow source does.
    struct Drip<'a>(&'a [u8]);

    impl Read for Drip<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = buffer.len().min(1);
            self.0.read(&mut buffer[..length])
        }
    }

    fn rows(source: impl Read) -> Vec<Result<(u64, Vec<String>), BadRow>> {
        let mut rows = Rows::new(source, 0, b';', &LIMITS);
        let (mut found, mut cells) = (Vec::new(), Vec::new());
        loop {
            match rows.next() {
                Ok(Some(row)) => {
                    let bytes = rows.bytes(row);
                    split(bytes, b';', &mut cells);
                    let text = |cell: &Cell| String::from_utf8_lossy(&cell.bytes(bytes)).into_owned();
                    found.push(Ok((row.line, cells.iter().map(text).collect())));
                }
                Ok(None) => return found,
                Err(NoRow::Bad(bad)) => {
                    found.push(Err(bad));
                    return found;
                }
                Err(NoRow::Io(error)) => panic!("{error}"),
            }
        }
    }

    fn split_text(text: &str) -> Vec<Result<(u64, Vec<String>), BadRow>> {
        let found = rows(text.as_bytes());
        assert_eq!(rows(Drip(text.as_bytes())), found, "however the bytes arrive");
        found
    }

    fn good(line: u64, cells: &[&str]) -> Result<(u64, Vec<String>), BadRow> {
        Ok((line, cells.iter().map(|&cell| cell.to_owned()).collect()))
    }

    #[test]
    fn separators_quotes_and_line_ends_inside_quotes_are_part_of_a_value() {
        assert_eq!(
            split_text("a;\"b;\"\"c\"\"\r\nd\";\r\n\r\n5\" pot;;x\nlast"),
            [good(1, &["a", "b;\"c\"\r\nd", ""]), good(4, &["5\" pot", "", "x"]), good(5, &["last"])]
        );
        assert_eq!(split_text("\"\";\"a\"\n"), [good(1, &["", "a"])]);
    }

    #[test]
    fn broken_quotes_and_limits_are_faults_on_the_line_where_the_row_begins() {
        let bad = |line, why| Err(BadRow { line, why });
        assert_eq!(split_text("a\nb;\"c\nd"), [good(1, &["a"]), bad(2, Why::QuoteNeverClosed)]);
        assert_eq!(split_text("\"a\"b"), [bad(1, Why::TextBehindQuote)]);
        assert_eq!(split_text(&"x".repeat(40)), [good(1, &["x".repeat(40).as_str()])]);
        for long in ["x".repeat(41), format!("{}\r\n", "x".repeat(41)), format!("\"{}", "x".repeat(500_000))]
        {
            assert_eq!(split_text(&long), [bad(1, Why::RowTooLong)]);
        }
    }
}
