//! Invoices in: a CSV file by a layout, in two passes over it.
//!
//! The first pass, [`InvoiceLayout::check_file`], decides on the file: a file that is cut off, in
//! another encoding or with other columns is refused whole. The second, the [`CheckedFile`] as an
//! iterator, decides on each invoice; what is wrong with one does not hold up the others. Every row
//! ends in a good invoice or in the rejects file, never in both and never in neither.
//!
//! **Memory** is bounded whatever is in the file and in whatever order. The first pass holds one row at
//! a time (256 KiB are read at once) and keeps an index: for each run of rows of one invoice that stand
//! together, where it is (16 bytes), and for each invoice a hash of its number (some 25 bytes).
//! A million rows of 100 000 invoices need 5 MB when they stand together and 20 MB when all stand apart.
//! The second pass goes through the invoices in the order in which they first appear and reads each
//! one's runs from where they are, so it holds one invoice at a time. The file has to be where it can
//! be read at any place ([`Seek`]): on disk, not in memory and not in S3.
//!
//! Rows and cells are split here (`rows.rs`), not by the csv crate, which is lenient where an invoice
//! must not be. A layout may know columns by name or position, and invoices as rows that repeat the
//! invoice's columns or as records of their own (`layout.rs`). Layouts that ship are in `layouts/invoices/`.

mod cells;
mod dates;
mod explain;
mod fields;
mod file;
mod header;
mod index;
mod layout;
mod layout_toml;
mod locate;
mod numbers;
mod read;
mod rejects;
mod rows;
mod units;

use std::fmt;
use std::io::{self, Read, Seek, SeekFrom, Write};

use passerelle_domain::{Invoice, Money, Rejection};

use crate::LayoutError;
use crate::rules::Rule;

pub(crate) use rejects::ADDED;

/// A layout of invoice files, read from TOML and checked.
#[derive(Clone, Debug)]
pub struct InvoiceLayout(layout::Layout);

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

/// An invoice that is good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoiceRead {
    /// The invoice, with the ERP's figures.
    pub invoice: Invoice,
    /// Figures that differ from what is computed, within the layout's tolerance.
    pub notes: Vec<Fault>,
    /// How many bytes its rows have in the file.
    pub bytes: usize,
    /// Its place among the runs of the index.
    runs: (usize, usize),
}

/// An invoice that is set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectedInvoice {
    /// Its number as it stands in the file; empty for rows without one.
    pub number: String,
    /// The lines of the file that its rows begin on, counted from 1.
    pub rows: Vec<u64>,
    /// Everything that is wrong with it; at least one.
    pub faults: Vec<Fault>,
    /// Its place among the runs of the index.
    runs: (usize, usize),
}

/// What is wrong with an invoice, and where in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line of the file that the row begins on, counted from 1.
    pub line: u64,
    /// The column's name in the header row, or "colonne 7"; where the layout has no such column, the
    /// field's name.
    pub column: String,
    /// What is wrong, in the domain's words.
    pub rejection: Rejection,
}

impl Fault {
    /// The same as a French sentence.
    pub fn sentence(&self) -> String {
        explain::sentence(self)
    }
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

impl std::error::Error for CheckError {}

impl InvoiceLayout {
    /// Reads and checks a layout.
    ///
    /// # Errors
    /// The first fault, with the path of its field.
    pub fn from_toml(text: &str) -> Result<Self, LayoutError> {
        layout_toml::read(text).map(Self).map_err(crate::layout::first)
    }

    /// Everything that [`from_toml`](Self::from_toml) would refuse, so far as it can be seen at once: of
    /// each table the first fault, and once all can be read, what does not fit together.
    pub fn faults(text: &str) -> Vec<LayoutError> {
        layout_toml::read(text).err().unwrap_or_default()
    }

    /// Whether files have a last row that says that they are whole. Without one, a file that is cut off
    /// between two rows looks whole.
    pub fn has_trailer(&self) -> bool {
        self.0.trailer.is_some()
    }

    /// The first pass: decides on the file as a whole.
    ///
    /// # Errors
    /// Why the file is refused, with its line and column: what it is if it is no text, its encoding, its
    /// header row, a row of other columns, a trailer that is missing or does not agree, a last row cut
    /// off, nothing in it, or a limit of the layout.
    pub fn check_file<S: Read + Seek>(&self, mut source: S) -> Result<CheckedFile<'_, S>, CheckError> {
        let found = file::check(&self.0, &mut source)?;
        Ok(CheckedFile { layout: &self.0, source, found, at: 0, buffer: Vec::new() })
    }
}

/// The usual units that are nearest to a word, for a sentence.
pub(crate) fn nearest_units(word: &str) -> String {
    units::nearest(&units::OwnUnits::new(), word).join(", ")
}

/// A file that was accepted: an iterator over its invoices, good or set aside, in the order in which
/// they first appear. This is the second pass.
#[derive(Debug)]
pub struct CheckedFile<'l, S> {
    layout: &'l layout::Layout,
    source: S,
    found: file::Found,
    /// The next run of the index.
    at: usize,
    buffer: Vec<u8>,
}

impl<S: Read + Seek> CheckedFile<'_, S> {
    /// What the first pass found.
    pub fn summary(&self) -> FileSummary {
        self.found.summary
    }

    /// Whether it is a rejects file that came back.
    pub fn is_mended(&self) -> bool {
        self.found.columns.mended
    }

    /// Begins a rejects file: the header row as it came, with the columns `ligne`, `colonne`, `valeur`,
    /// `regle` and `explication` behind it. Without header row there is none.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn begin_rejects(&self, out: &mut dyn Write) -> io::Result<()> {
        rejects::begin(self.layout, &self.found, out)
    }

    /// Adds an invoice to a rejects file: its rows as they came, byte for byte, each with what is wrong
    /// behind it, for a person to mend. The added columns are safe to open in a spreadsheet.
    ///
    /// # Errors
    /// When the file cannot be read, or `out` not be written.
    pub fn write_rejected(&mut self, rejected: &RejectedInvoice, out: &mut dyn Write) -> io::Result<()> {
        for run in rejected.runs.0..rejected.runs.1 {
            self.buffer.clear();
            let line = self.load(run)?;
            rejects::rows(self.layout, &self.found, (line, &self.buffer), rejected, out)?;
        }
        Ok(())
    }

    /// Adds a run's bytes to the buffer, and answers the line that it begins on.
    fn load(&mut self, run: usize) -> io::Result<u64> {
        let run = self.found.index.runs()[run];
        self.source.seek(SeekFrom::Start(run.offset.into()))?;
        let start = self.buffer.len();
        self.buffer.resize(start + run.size as usize, 0);
        self.source.read_exact(&mut self.buffer[start..])?;
        Ok(run.line.into())
    }

    fn read_runs(&mut self, runs: (usize, usize)) -> io::Result<Result<InvoiceRead, RejectedInvoice>> {
        let mut places = Vec::with_capacity(runs.1 - runs.0);
        self.buffer.clear();
        for run in runs.0..runs.1 {
            let start = self.buffer.len();
            places.push((self.load(run)?, start..self.buffer.len()));
        }
        let decode = |(line, place): (u64, std::ops::Range<usize>)| {
            (line, self.layout.encoding.decode(&self.buffer[place]))
        };
        let texts: Vec<read::RunText<'_>> = places.into_iter().map(decode).collect();
        let rows = read::rows(self.layout, &texts);
        let columns = &self.found.columns;
        let bytes = self.buffer.len();
        let read = read::one(self.layout, columns, &rows);
        let read = read.map(|(invoice, notes)| InvoiceRead { invoice, notes, bytes, runs });
        Ok(read.map_err(|faults| {
            let number = rows.iter().map(|cells| read::number(self.layout, columns, cells));
            let number = number.flatten().next().unwrap_or_default().to_owned();
            RejectedInvoice { number, rows: rows.iter().map(|cells| cells.line).collect(), faults, runs }
        }))
    }

    /// Sets an invoice aside that is good by itself, but that whoever takes it cannot hold.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn set_aside(&mut self, read: &InvoiceRead, why: Rejection) -> io::Result<RejectedInvoice> {
        self.whole(read.runs, why)
    }

    /// An invoice of too many rows is not held in memory.
    fn too_long(&mut self, runs: (usize, usize), count: usize) -> io::Result<RejectedInvoice> {
        let rule = format!("the invoice has more than {} rows", self.layout.limits.invoice_rows);
        self.whole(runs, Rejection::new(Rule::TooManyRows, "number", count.to_string(), rule))
    }

    /// An invoice that is set aside as a whole, read row by row.
    fn whole(&mut self, runs: (usize, usize), rejection: Rejection) -> io::Result<RejectedInvoice> {
        let (mut rows, mut number) = (Vec::new(), String::new());
        for run in runs.0..runs.1 {
            self.buffer.clear();
            let line = self.load(run)?;
            let text = [(line, self.layout.encoding.decode(&self.buffer))];
            for cells in read::rows(self.layout, &text) {
                rows.push(cells.line);
                if number.is_empty() {
                    let found = read::number(self.layout, &self.found.columns, &cells);
                    number = found.unwrap_or_default().to_owned();
                }
            }
        }
        let column = self.found.columns.label_of(fields::Field::Number);
        let faults = vec![Fault { line: rows.first().copied().unwrap_or_default(), column, rejection }];
        Ok(RejectedInvoice { number, rows, faults, runs })
    }
}

impl<S: Read + Seek> Iterator for CheckedFile<'_, S> {
    type Item = io::Result<Result<InvoiceRead, RejectedInvoice>>;

    fn next(&mut self) -> Option<Self::Item> {
        let runs = self.found.index.runs();
        let invoice = runs.get(self.at)?.invoice;
        let count = runs[self.at..].iter().take_while(|run| run.invoice == invoice).count();
        let place = (self.at, self.at + count);
        self.at = place.1;
        let rows = self.found.index.rows_of(invoice);
        if rows > self.layout.limits.invoice_rows {
            return Some(self.too_long(place, rows).map(Err));
        }
        Some(self.read_runs(place))
    }
}
