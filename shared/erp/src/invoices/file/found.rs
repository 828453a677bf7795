use passerelle_domain::Money;

use super::header::Columns;
use super::index::Index;

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

/// What the first pass keeps for the second.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) columns: Columns,
    pub(crate) index: Index,
    pub(crate) summary: FileSummary,
    /// Whether a byte order mark stands in front.
    pub(crate) bom: bool,
    pub(crate) head: Head,
}

/// What stands in front of the invoices' rows.
#[derive(Debug, Default)]
pub(crate) struct Head {
    /// The rows before the header row, with their line ends.
    pub(crate) titles: Vec<u8>,
    /// The header row, where there is one.
    pub(crate) header: Option<Vec<u8>>,
    /// The line end of the header row, or of the first row.
    pub(crate) line_end: Vec<u8>,
}
