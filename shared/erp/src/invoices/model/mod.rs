//! What a layout is: where an invoice stands in a file, and how the file writes numbers and dates. Imports
//! nothing else of the invoices.

mod dates;
mod fields;
pub(crate) mod numbers;

use std::collections::BTreeMap;

use passerelle_domain::{AdjustmentKind, InvoiceKind, PurchaseOrigin, Tolerance, Vat, VatCategory};
use strum::VariantArray;

use crate::encoding::Encoding;
use crate::layout::Place;
use crate::units::OwnUnits;

pub(crate) use dates::DateFormat;
pub(crate) use fields::Field;
pub(crate) use numbers::{Style, Thousands};

/// A checked layout.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) encoding: Encoding,
    pub(crate) separator: u8,
    pub(crate) numbers: Style,
    pub(crate) implied: Implied,
    pub(crate) date: DateFormat,
    pub(crate) shape: Shape,
    /// At most so many rows stand before the header row.
    pub(crate) title_rows: usize,
    /// Whether the header row comes again further down, as on each page of a print-out.
    pub(crate) repeated_header: bool,
    /// What a row that is a remark begins with.
    pub(crate) comment: Option<Vec<u8>>,
    /// Whether a separator may stand behind the last cell.
    pub(crate) trailing_separator: bool,
    pub(crate) ignore: Vec<String>,
    /// The currency of a file without a column for it.
    pub(crate) currency: String,
    /// The country of an address without one.
    pub(crate) country: String,
    pub(crate) limits: Limits,
    pub(crate) tolerance: Tolerance,
    /// Where each field stands.
    pub(crate) columns: BTreeMap<Field, Place>,
    /// Columns of the ERP's own VAT breakdown.
    pub(crate) vat: Vec<VatColumns>,
    /// Columns of allowances and charges on the whole invoice, and on each line.
    pub(crate) adjustments: Vec<AdjustmentColumns>,
    pub(crate) line_adjustments: Vec<AdjustmentColumns>,
    pub(crate) codes: Codes,
    pub(crate) trailer: Option<Trailer>,
}

/// What the ERP's words mean.
#[derive(Clone, Debug)]
pub(crate) struct Codes {
    pub(crate) kinds: BTreeMap<String, InvoiceKind>,
    pub(crate) origins: BTreeMap<String, PurchaseOrigin>,
    pub(crate) deposits: BTreeMap<String, bool>,
    pub(crate) categories: BTreeMap<String, VatCategory>,
    pub(crate) units: OwnUnits,
}

impl Default for Codes {
    /// The letters of VAT categories are their own code list unless a layout has another.
    fn default() -> Self {
        Self {
            kinds: BTreeMap::new(),
            origins: BTreeMap::new(),
            deposits: BTreeMap::new(),
            categories: VatCategory::VARIANTS
                .iter()
                .map(|category| (category.code().to_owned(), *category))
                .collect(),
            units: OwnUnits::new(),
        }
    }
}

/// How an invoice stands in rows.
#[derive(Clone, Debug)]
pub(crate) enum Shape {
    /// One row a line, with the invoice's columns repeated on each; the header row names them.
    Named,
    /// The same, by position. A header row may be there and is not read.
    Positions { header: bool, width: usize },
    /// A row for the invoice and a row for each line; what they are stands in their first column.
    Records { header: bool, records: Records },
}

impl Shape {
    /// Whether columns are known by their positions.
    pub(crate) fn is_by_position(&self) -> bool {
        !matches!(self, Self::Named)
    }
}

/// The rows of a file of records.
#[derive(Clone, Debug)]
pub(crate) struct Records {
    pub(crate) invoice: String,
    pub(crate) width: usize,
    pub(crate) line: String,
    pub(crate) line_width: usize,
    /// The invoice's number on its lines, from 0, which may then stand apart from it. Without, lines
    /// follow their invoice.
    pub(crate) number_on_lines: Option<usize>,
    /// Records that are not read.
    pub(crate) ignore: Vec<String>,
}

/// What a file may be at most. A file beyond them is refused before it can fill the memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) bytes: usize,
    pub(crate) rows: usize,
    pub(crate) invoices: usize,
    pub(crate) invoice_rows: usize,
    pub(crate) columns: usize,
    pub(crate) row_bytes: usize,
}

/// Decimals that are not written: `12345` is 123.45.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Implied {
    pub(crate) amounts: Option<u32>,
    pub(crate) quantities: Option<u32>,
    pub(crate) prices: Option<u32>,
    pub(crate) rates: Option<u32>,
}

/// The columns of one row of the VAT breakdown.
#[derive(Clone, Debug)]
pub(crate) struct VatColumns {
    pub(crate) vat: Vat,
    pub(crate) base: Place,
    /// Nothing where there is no VAT.
    pub(crate) amount: Option<Place>,
    /// Why there is no VAT, and its code.
    pub(crate) reason: String,
    pub(crate) code: String,
}

/// The columns of one allowance or charge.
#[derive(Clone, Debug)]
pub(crate) struct AdjustmentColumns {
    pub(crate) kind: AdjustmentKind,
    pub(crate) amount: Place,
    pub(crate) base: Option<Place>,
    pub(crate) percentage: Option<Place>,
    pub(crate) reason: String,
    pub(crate) reason_column: Option<Place>,
    pub(crate) reason_code: String,
    /// Of one on the whole invoice: its VAT, or the column of its rate.
    pub(crate) vat: Option<Vat>,
    pub(crate) vat_rate_column: Option<Place>,
}

/// The last row: what stands in its first column, and the columns of its counts, from 0.
#[derive(Clone, Debug)]
pub(crate) struct Trailer {
    pub(crate) mark: String,
    pub(crate) invoices: Option<usize>,
    pub(crate) rows: Option<usize>,
    pub(crate) gross: Option<usize>,
}

impl Layout {
    /// Every column that the layout reads: its path in the layout, its place, and whether a line has it.
    pub(crate) fn places(&self) -> impl Iterator<Item = (String, &Place, bool)> {
        let fields = self
            .columns
            .iter()
            .map(|(field, place)| (format!("columns.{}", field.name()), place, field.of_line()));
        let vat = self.vat.iter().enumerate().flat_map(|(i, vat)| {
            let parts = [("base", Some(&vat.base)), ("amount", vat.amount.as_ref())];
            parts
                .into_iter()
                .filter_map(move |(part, place)| Some((format!("vat[{i}].{part}"), place?, false)))
        });
        fields
            .chain(vat)
            .chain(adjustment_places("adjustment", false, &self.adjustments))
            .chain(adjustment_places("line_adjustment", true, &self.line_adjustments))
    }
}

fn adjustment_places<'l>(
    name: &'static str,
    of_line: bool,
    list: &'l [AdjustmentColumns],
) -> impl Iterator<Item = (String, &'l Place, bool)> {
    list.iter().enumerate().flat_map(move |(i, columns)| {
        let places = columns.places();
        places.filter_map(move |(part, place)| Some((format!("{name}[{i}].{part}"), place?, of_line)))
    })
}

impl AdjustmentColumns {
    fn places(&self) -> impl Iterator<Item = (&'static str, Option<&Place>)> {
        [
            ("amount", Some(&self.amount)),
            ("base", self.base.as_ref()),
            ("percentage", self.percentage.as_ref()),
            ("reason_column", self.reason_column.as_ref()),
            ("vat_rate_column", self.vat_rate_column.as_ref()),
        ]
        .into_iter()
    }
}
