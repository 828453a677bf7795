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
//! Rows and cells are split here (`file/rows.rs`), not by the csv crate, which is lenient where an invoice
//! must not be. A layout may know columns by name or position, and invoices as rows that repeat the
//! invoice's columns or as records of their own (`model`). Layouts that ship are in `layouts/invoices/`.

mod checked_file;
mod fault;
mod file;
mod invoice;
mod model;
mod reader;
mod rejects;

use std::io::{Read, Seek};

use crate::{LayoutError, LayoutErrors};

pub use checked_file::{CheckedFile, InvoiceRead};
pub use fault::Fault;
pub use file::{CheckError, FileSummary};
pub use rejects::RejectedInvoice;

/// A layout of invoice files, read from TOML and checked.
#[derive(Clone, Debug)]
pub struct InvoiceLayout(model::Layout);

impl InvoiceLayout {
    /// Reads and checks a layout.
    ///
    /// # Errors
    /// Every fault of the file, each with its line, column and the path of the field. What fits together is
    /// looked at where all that it is made of can be read.
    pub fn from_toml(text: &str) -> Result<Self, LayoutErrors> {
        reader::read(text).map(Self)
    }

    /// What [`from_toml`](Self::from_toml) would refuse.
    pub fn faults(text: &str) -> Vec<LayoutError> {
        Self::from_toml(text).err().map(Into::into).unwrap_or_default()
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
    pub fn check_file<S: Read + Seek>(&self, source: S) -> Result<CheckedFile<'_, S>, CheckError> {
        CheckedFile::new(&self.0, source)
    }
}
