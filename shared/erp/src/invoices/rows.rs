//! Bytes split into rows and cells, with line numbers.
//!
//! Written here rather than taken from the csv crate because it has to be strict where that crate is
//! lenient: a quote that is never closed, or text behind a closing quote, is a fault of the file. It
//! also gives each row's own bytes, which the rejects file repeats untouched.

use std::borrow::Cow;

use super::layout::Limits;

/// A row: where it stands, and its cells' bytes without quotes.
#[derive(Clone, Debug)]
pub(super) struct Row<'a> {
    /// The line that it begins on, from 1.
    pub(super) line: u64,
    /// Its bytes without the line end.
    pub(super) bytes: &'a [u8],
    pub(super) cells: Vec<Cow<'a, [u8]>>,
    /// Its line end: empty on a last row without one.
    pub(super) line_end: &'a [u8],
}

/// Why bytes are no row, and on which line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BadRow {
    pub(super) line: u64,
    pub(super) why: Why,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    QuoteNeverClosed,
    TextBehindQuote,
    RowTooLong,
    TooManyColumns,
}

/// The rows of a file. Empty lines are skipped. After a fault there is nothing more.
#[derive(Clone, Debug)]
pub(super) struct Rows<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u64,
    separator: u8,
    limits: Limits,
}

impl<'a> Rows<'a> {
    /// The rows of `bytes`, which have no byte order mark any more.
    pub(super) fn new(bytes: &'a [u8], separator: u8, limits: Limits) -> Self {
        Self { bytes, at: 0, line: 1, separator, limits }
    }

    fn row(&mut self) -> Result<Row<'a>, BadRow> {
        let (start, line) = (self.at, self.line);
        let bad = |why| BadRow { line, why };
        let mut cells = Vec::new();
        loop {
            if cells.len() >= self.limits.columns {
                return Err(bad(Why::TooManyColumns));
            }
            cells.push(self.cell(start).map_err(bad)?);
            match self.bytes.get(self.at) {
                Some(&byte) if byte == self.separator => self.at += 1,
                _ => break,
            }
        }
        let end = self.at;
        let line_end = self.line_end();
        self.at += line_end.len();
        self.line += u64::from(!line_end.is_empty());
        Ok(Row { line, bytes: &self.bytes[start..end], cells, line_end })
    }

    /// The line end that stands here; empty at the end of the file, or within a row.
    fn line_end(&self) -> &'a [u8] {
        match &self.bytes[self.at..] {
            rest @ [b'\r', b'\n', ..] => &rest[..2],
            rest @ [b'\n', ..] => &rest[..1],
            _ => &[],
        }
    }

    fn cell(&mut self, row_start: usize) -> Result<Cow<'a, [u8]>, Why> {
        if self.bytes.get(self.at) == Some(&b'"') {
            return self.quoted(row_start);
        }
        let start = self.at;
        while let Some(&byte) = self.bytes.get(self.at) {
            if byte == self.separator || !self.line_end().is_empty() {
                break;
            }
            self.at += 1;
            if self.at - row_start > self.limits.row_bytes {
                return Err(Why::RowTooLong);
            }
        }
        Ok(Cow::Borrowed(&self.bytes[start..self.at]))
    }

    fn quoted(&mut self, row_start: usize) -> Result<Cow<'a, [u8]>, Why> {
        self.at += 1;
        let start = self.at;
        let mut doubled = false;
        loop {
            match self.bytes.get(self.at) {
                None => return Err(Why::QuoteNeverClosed),
                Some(b'"') if self.bytes.get(self.at + 1) == Some(&b'"') => {
                    doubled = true;
                    self.at += 1;
                }
                Some(b'"') => break,
                Some(b'\n') => self.line += 1,
                Some(_) => {}
            }
            self.at += 1;
            if self.at - row_start > self.limits.row_bytes {
                return Err(Why::RowTooLong);
            }
        }
        let inside = &self.bytes[start..self.at];
        self.at += 1;
        let ended = self.at == self.bytes.len() || !self.line_end().is_empty();
        if !ended && self.bytes[self.at] != self.separator {
            return Err(Why::TextBehindQuote);
        }
        if !doubled {
            return Ok(Cow::Borrowed(inside));
        }
        let mut text = Vec::with_capacity(inside.len());
        let mut bytes = inside.iter();
        while let Some(&byte) = bytes.next() {
            text.push(byte);
            if byte == b'"' {
                bytes.next();
            }
        }
        Ok(Cow::Owned(text))
    }
}

impl<'a> Iterator for Rows<'a> {
    type Item = Result<Row<'a>, BadRow>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let empty = self.line_end();
            if empty.is_empty() {
                break;
            }
            self.at += empty.len();
            self.line += 1;
        }
        if self.at >= self.bytes.len() {
            return None;
        }
        let row = self.row();
        if row.is_err() {
            self.at = self.bytes.len();
        }
        Some(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { bytes: 1000, rows: 10, columns: 5, row_bytes: 40 };

    fn split(text: &str) -> Vec<Result<(u64, Vec<String>), BadRow>> {
        let cell = |cell: &Cow<'_, [u8]>| String::from_utf8_lossy(cell).into_owned();
        Rows::new(text.as_bytes(), b';', LIMITS)
            .map(|row| row.map(|row| (row.line, row.cells.iter().map(cell).collect())))
            .collect()
    }

    fn good(line: u64, cells: &[&str]) -> Result<(u64, Vec<String>), BadRow> {
        Ok((line, cells.iter().map(|&cell| cell.to_owned()).collect()))
    }

    #[test]
    fn separators_quotes_and_line_ends_inside_quotes_are_part_of_a_value() {
        assert_eq!(
            split("a;\"b;\"\"c\"\"\r\nd\";\r\n\r\n5\" pot;;x\nlast"),
            [good(1, &["a", "b;\"c\"\r\nd", ""]), good(4, &["5\" pot", "", "x"]), good(5, &["last"])]
        );
    }

    #[test]
    fn broken_quotes_and_limits_are_faults_on_the_line_where_the_row_begins() {
        let bad = |line, why| Err(BadRow { line, why });
        assert_eq!(split("a\nb;\"c\nd"), [good(1, &["a"]), bad(2, Why::QuoteNeverClosed)]);
        assert_eq!(split("\"a\"b"), [bad(1, Why::TextBehindQuote)]);
        assert_eq!(split("1;2;3;4;5;6"), [bad(1, Why::TooManyColumns)]);
        assert_eq!(split(&"x".repeat(41)), [bad(1, Why::RowTooLong)]);
    }
}
