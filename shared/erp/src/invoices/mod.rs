//! Invoices in: a CSV file by a layout, in two passes over its bytes.
//!
//! The first pass, [`InvoiceLayout::check_file`], decides on the file: a file that is cut off, in
//! another encoding or with other columns is refused whole. The second, [`InvoiceLayout::read`],
//! decides on each invoice; what is wrong with one does not hold up the others. Every row ends in a
//! good invoice or in the rejects file, never in both and never in neither.

mod cells;
mod explain;
mod fields;
mod file;
mod header;
mod layout;
mod numbers;
mod read;
mod rejects;
mod rows;

use passerelle_domain::{Invoice, Money, Rejection};

use crate::LayoutError;

/// A layout of invoice files, read from TOML and checked.
#[derive(Clone, Debug)]
pub struct InvoiceLayout(layout::Layout);

/// What a file holds, as its first pass found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileSummary {
    /// Different invoice numbers.
    pub invoices: u64,
    /// Rows, without the header row and the trailer.
    pub rows: u64,
    /// The sum of totals with VAT of the invoices whose total can be read; credit notes count
    /// negative.
    pub gross: Money,
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
}

/// What is wrong with an invoice, and where in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line of the file that the row begins on, counted from 1.
    pub line: u64,
    /// The column's name in the header row; where the layout has no such column, the field's name.
    pub column: String,
    /// What is wrong, in the domain's words.
    pub rejection: Rejection,
}

impl InvoiceLayout {
    /// Reads and checks a layout.
    ///
    /// # Errors
    /// The first fault, with the path of its field.
    pub fn from_toml(text: &str) -> Result<Self, LayoutError> {
        layout::read(text).map(Self)
    }

    /// The first pass: decides on the file as a whole.
    ///
    /// # Errors
    /// Why the file is refused, with its line and column: its encoding, its header row, a row of
    /// other columns, a trailer that is missing or does not agree, a last row cut off, nothing in
    /// it, or a limit of the layout.
    pub fn check_file(&self, bytes: &[u8]) -> Result<FileSummary, Rejection> {
        file::check(&self.0, bytes)
    }

    /// The second pass: the invoices of a file that [`check_file`](Self::check_file) accepted, in the
    /// order in which they first appear. Of a file that it refuses, this gives what can be read.
    pub fn read<'a>(
        &'a self,
        bytes: &'a [u8],
    ) -> impl Iterator<Item = Result<Invoice, RejectedInvoice>> + 'a {
        read::invoices(&self.0, bytes)
    }

    /// The rejects file: the header row and the rejected rows as they came, byte for byte, each with
    /// the columns `ligne`, `colonne`, `valeur`, `regle` and `explication` behind it, for a person
    /// to mend. The added columns are safe to open in a spreadsheet.
    pub fn rejects(&self, bytes: &[u8], rejected: &[RejectedInvoice]) -> Vec<u8> {
        rejects::file(&self.0, bytes, rejected)
    }
}
