//! A layout, checked: what a file looks like.

use std::collections::BTreeMap;

use passerelle_domain::{AdjustmentKind, InvoiceKind, PurchaseOrigin, Tolerance, Vat, VatCategory};

use super::dates::DateFormat;
use super::fields::Field;
use super::numbers::Style;
use super::units::OwnUnits;
use crate::encoding::Encoding;
use crate::layout::Place;

/// A checked layout.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) encoding: Encoding,
    pub(super) separator: u8,
    pub(super) numbers: Style,
    pub(super) implied: Implied,
    pub(super) date: DateFormat,
    pub(super) shape: Shape,
    /// At most so many rows stand before the header row.
    pub(super) title_rows: usize,
    /// Whether the header row comes again further down, as on each page of a print-out.
    pub(super) repeated_header: bool,
    /// What a row that is a remark begins with.
    pub(super) comment: Option<Vec<u8>>,
    /// Whether a separator may stand behind the last cell.
    pub(super) trailing_separator: bool,
    pub(super) ignore: Vec<String>,
    /// The currency of a file without a column for it.
    pub(super) currency: String,
    /// The country of an address without one.
    pub(super) country: String,
    pub(super) limits: Limits,
    pub(super) tolerance: Tolerance,
    /// Where each field stands.
    pub(super) columns: BTreeMap<Field, Place>,
    /// Columns of the ERP's own VAT breakdown.
    pub(super) vat: Vec<VatColumns>,
    /// Columns of allowances and charges on the whole invoice, and on each line.
    pub(super) adjustments: Vec<AdjustmentColumns>,
    pub(super) line_adjustments: Vec<AdjustmentColumns>,
    pub(super) kinds: BTreeMap<String, InvoiceKind>,
    pub(super) origins: BTreeMap<String, PurchaseOrigin>,
    pub(super) deposits: BTreeMap<String, bool>,
    pub(super) categories: BTreeMap<String, VatCategory>,
    pub(super) units: OwnUnits,
    pub(super) trailer: Option<Trailer>,
}

/// How an invoice stands in rows.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    /// One row a line, with the invoice's columns repeated on each; the header row names them.
    Named,
    /// The same, by position. A header row may be there and is not read.
    Positions { header: bool, width: usize },
    /// A row for the invoice and a row for each line; what they are stands in their first column.
    Records { header: bool, records: Records },
}

impl Shape {
    /// Whether columns are known by their positions.
    pub(super) fn is_by_position(&self) -> bool {
        !matches!(self, Self::Named)
    }
}

/// The rows of a file of records.
#[derive(Clone, Debug)]
pub(super) struct Records {
    pub(super) invoice: String,
    pub(super) width: usize,
    pub(super) line: String,
    pub(super) line_width: usize,
    /// The invoice's number on its lines, from 0, which may then stand apart from it. Without, lines
    /// follow their invoice.
    pub(super) number_on_lines: Option<usize>,
    /// Records that are not read.
    pub(super) ignore: Vec<String>,
}

/// What a file may be at most. A file beyond them is refused before it can fill the memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) bytes: usize,
    pub(super) rows: usize,
    pub(super) invoices: usize,
    pub(super) invoice_rows: usize,
    pub(super) columns: usize,
    pub(super) row_bytes: usize,
}

/// Decimals that are not written: `12345` is 123.45.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Implied {
    pub(super) amounts: Option<u32>,
    pub(super) quantities: Option<u32>,
    pub(super) prices: Option<u32>,
    pub(super) rates: Option<u32>,
}

/// The columns of one row of the VAT breakdown.
#[derive(Clone, Debug)]
pub(super) struct VatColumns {
    pub(super) vat: Vat,
    pub(super) base: Place,
    /// Nothing where there is no VAT.
    pub(super) amount: Option<Place>,
    /// Why there is no VAT, and its code.
    pub(super) reason: String,
    pub(super) code: String,
}

/// The columns of one allowance or charge.
#[derive(Clone, Debug)]
pub(super) struct AdjustmentColumns {
    pub(super) kind: AdjustmentKind,
    pub(super) amount: Place,
    pub(super) base: Option<Place>,
    pub(super) percentage: Option<Place>,
    pub(super) reason: String,
    pub(super) reason_column: Option<Place>,
    pub(super) reason_code: String,
    /// Of one on the whole invoice: its VAT, or the column of its rate.
    pub(super) vat: Option<Vat>,
    pub(super) vat_rate_column: Option<Place>,
}

/// The last row: what stands in its first column, and the columns of its counts, from 0.
#[derive(Clone, Debug)]
pub(super) struct Trailer {
    pub(super) mark: String,
    pub(super) invoices: Option<usize>,
    pub(super) rows: Option<usize>,
    pub(super) gross: Option<usize>,
}

impl Layout {
    /// Every column that the layout reads: its path in the layout, its place, and whether a line has it.
    pub(super) fn places(&self) -> impl Iterator<Item = (String, &Place, bool)> {
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
