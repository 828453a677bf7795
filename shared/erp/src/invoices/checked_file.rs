//! The second pass over a file. May import all of the invoices but the reader of layouts.

use std::io::{self, Read, Seek, SeekFrom, Write};

use passerelle_domain::{Invoice, Rejection};

use super::fault::Fault;
use super::file::{CheckError, FileSummary, Found, check};
use super::invoice::{self, RunText};
use super::model::{Field, Layout};
use super::rejects::{self, RejectedInvoice};
use crate::rules::Rule;

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

/// A file that was accepted: an iterator over its invoices, good or rejected, in the order in which
/// they first appear. This is the second pass.
#[derive(Debug)]
pub struct CheckedFile<'l, S> {
    layout: &'l Layout,
    source: S,
    found: Found,
    /// The next run of the index.
    at: usize,
    buffer: Vec<u8>,
}

impl<'l, S: Read + Seek> CheckedFile<'l, S> {
    /// The first pass.
    pub(super) fn new(layout: &'l Layout, mut source: S) -> Result<Self, CheckError> {
        let found = check(layout, &mut source)?;
        Ok(Self { layout, source, found, at: 0, buffer: Vec::new() })
    }

    /// What the first pass found.
    pub fn summary(&self) -> FileSummary {
        self.found.summary
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
    /// behind it, for a person to correct. The added columns are safe to open in a spreadsheet.
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

    /// Adds a run's bytes to the buffer, and returns the line that it begins on.
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
        let texts: Vec<RunText<'_>> = places.into_iter().map(decode).collect();
        let rows = invoice::rows(self.layout, &texts);
        let columns = &self.found.columns;
        let bytes = self.buffer.len();
        let read = invoice::one(self.layout, columns, &rows);
        let read = read.map(|(invoice, notes)| InvoiceRead { invoice, notes, bytes, runs });
        Ok(read.map_err(|faults| {
            let number = rows.iter().map(|cells| invoice::number(self.layout, columns, cells));
            let number = number.flatten().next().unwrap_or_default().to_owned();
            RejectedInvoice { number, rows: rows.iter().map(|cells| cells.line).collect(), faults, runs }
        }))
    }

    /// Rejects an invoice that is good by itself, but that whoever takes it cannot hold.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn reject(&mut self, read: &InvoiceRead, why: Rejection) -> io::Result<RejectedInvoice> {
        self.whole(read.runs, why)
    }

    /// An invoice of too many rows is not held in memory.
    fn too_long(&mut self, runs: (usize, usize), count: usize) -> io::Result<RejectedInvoice> {
        let rule = format!("the invoice has more than {} rows", self.layout.limits.invoice_rows);
        self.whole(runs, Rejection::new(Rule::TooManyRows, "number", count.to_string(), rule))
    }

    /// An invoice that is rejected as a whole, read row by row.
    fn whole(&mut self, runs: (usize, usize), rejection: Rejection) -> io::Result<RejectedInvoice> {
        let (mut rows, mut number) = (Vec::new(), String::new());
        for run in runs.0..runs.1 {
            self.buffer.clear();
            let line = self.load(run)?;
            let text = [(line, self.layout.encoding.decode(&self.buffer))];
            for cells in invoice::rows(self.layout, &text) {
                rows.push(cells.line);
                if number.is_empty() {
                    let found = invoice::number(self.layout, &self.found.columns, &cells);
                    number = found.unwrap_or_default().to_owned();
                }
            }
        }
        let column = self.found.columns.label_of(Field::Number);
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
