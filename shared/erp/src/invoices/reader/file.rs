//! The look of a file: `[file]`.

use std::collections::BTreeMap;

use passerelle_domain::Tolerance;

use crate::encoding::Encoding;
use crate::invoices::model::{Codes, DateFormat, Implied, Layout, Limits, Shape, Style, Thousands};
use crate::layout::{date_format, encoding, separator};
use crate::toml_reader::Section;

/// The most columns of a file.
pub(super) const MAX_COLUMNS: u64 = 1_000_000;

const THOUSANDS: [(&str, Thousands); 5] = [
    (" ", Thousands::Space),
    (".", Thousands::Mark('.')),
    (",", Thousands::Mark(',')),
    ("'", Thousands::Apostrophe),
    ("", Thousands::None),
];

/// The layout with what `[file]` says of it.
pub(super) fn read(file: &mut Section<'_>) -> Layout {
    let encoding = encoding(file).unwrap_or(Encoding::Utf8);
    let separator = separator(file).unwrap_or(b';');
    let mark = file.required_one_of("decimal", &[(",", ','), (".", '.')]);
    let thousands = file.one_of("thousands", &THOUSANDS).unwrap_or(Thousands::Space);
    if mark.is_some_and(|mark| thousands == Thousands::Mark(mark)) {
        file.fault("thousands", "is the decimal mark too");
    }
    let implied = file.table("implied_decimals", |section| {
        let mut decimals = |key| section.number(key, 0..=6);
        Some(Implied {
            amounts: decimals("amounts"),
            quantities: decimals("quantities"),
            prices: decimals("prices"),
            rates: decimals("rates"),
        })
    });
    let date = file.parsed("date", date_format);
    let date = file.required("date", date).unwrap_or_default();
    let mut code = |key, length, usual: &str, what: &str| {
        let code = file.parsed(key, |text| {
            let is_code = text.len() == length && text.bytes().all(|b| b.is_ascii_uppercase());
            if is_code { Ok(text.to_owned()) } else { Err(format!("{text:?} is no {what}")) }
        });
        code.unwrap_or_else(|| usual.to_owned())
    };
    let currency = code("currency", 3, "EUR", "code of ISO 4217 (EUR)");
    let country = code("country", 2, "FR", "code of ISO 3166-1 of two letters (FR)");
    let comment = file.text("comment").filter(|mark| !mark.is_empty());
    let ignore = file.texts("ignore");
    Layout {
        encoding,
        separator,
        numbers: Style { mark: mark.unwrap_or(','), thousands },
        implied: implied.unwrap_or_default(),
        date: DateFormat::new(date),
        shape: read_shape(file),
        // They are kept for the rejects file, so there are not many.
        title_rows: file.number("title_rows", 0..=100).unwrap_or(0),
        repeated_header: file.flag("repeated_header"),
        comment: comment.map(|mark| encoding.encode(mark).into_owned()),
        trailing_separator: file.flag("trailing_separator"),
        ignore: ignore.into_iter().map(|(name, _)| name.to_owned()).collect(),
        currency,
        country,
        limits: read_limits(file),
        tolerance: Tolerance::default(),
        columns: BTreeMap::new(),
        vat: Vec::new(),
        adjustments: Vec::new(),
        line_adjustments: Vec::new(),
        codes: Codes::default(),
        trailer: None,
    }
}

fn read_shape(file: &mut Section<'_>) -> Shape {
    let words = [("names", None), ("skipped", Some(true)), ("none", Some(false))];
    let header = file.one_of("header", &words).flatten();
    let width = file.number("width", 1..=MAX_COLUMNS);
    if header.is_none() && !file.is_faulty("header") {
        file.refuse(&["width"], "means nothing with names in a header row");
    }
    header.map_or(Shape::Named, |header| Shape::Positions { header, width: width.unwrap_or(0) })
}

/// An evening of a wholesaler is some thousands of rows and a few megabytes.
fn read_limits(file: &mut Section<'_>) -> Limits {
    let usual = Limits {
        bytes: 1 << 30,
        rows: 2_000_000,
        invoices: 200_000,
        invoice_rows: 10_000,
        columns: 500,
        row_bytes: 65_536,
    };
    let limits = file.table("limits", |section| {
        // The index keeps places in 32 bits; a row is held in memory, and so is an invoice.
        let mut limit = |key, usual, most| section.number(key, 1..=most).unwrap_or(usual);
        Some(Limits {
            bytes: limit("bytes", usual.bytes, 4_000_000_000),
            rows: limit("rows", usual.rows, 2_000_000),
            invoices: limit("invoices", usual.invoices, 1_000_000),
            invoice_rows: limit("invoice_rows", usual.invoice_rows, 100_000),
            columns: limit("columns", usual.columns, 10_000),
            row_bytes: limit("row_bytes", usual.row_bytes, 1 << 20),
        })
    });
    limits.unwrap_or(usual)
}
