//! A layout's TOML made into the model. Every fault of it is collected; what is faulty gets a stand-in, so
//! that the rest is looked at too, and no layout comes of it. May import the model.

mod checks;
mod codes;
mod columns;
mod file;

use passerelle_domain::{Money, Tolerance};

use self::file::MAX_COLUMNS;
use super::model::{Layout, Records, Shape, Trailer};
use crate::LayoutErrors;
use crate::toml_reader::{self, Section};

/// Reads a layout, or returns everything that is wrong with it.
pub(super) fn read(text: &str) -> Result<Layout, LayoutErrors> {
    toml_reader::read(text, |root| {
        let layout = root.required_table("file", |section| Some(file::read(section)));
        let fields = root.required_table("columns", |section| Some(columns::fields(section)));
        let records = root.table("records", records);
        let mut rates = Vec::new();
        let vat = root.tables("vat", |section| columns::vat(section, &mut rates));
        let adjustments = root.tables("adjustment", |section| columns::adjustment(section, true));
        let line_adjustments = root.tables("line_adjustment", |section| columns::adjustment(section, false));
        let codes = root.table("codes", |section| Some(codes::read(section)));
        let tolerance = root.table("tolerance", |section| Some(tolerance(section)));
        let trailer = root.table("trailer", trailer);
        let layout = Layout {
            columns: fields.unwrap_or_default(),
            vat,
            adjustments,
            line_adjustments,
            codes: codes.unwrap_or_default(),
            tolerance: tolerance.unwrap_or_default(),
            trailer,
            ..layout?
        };
        let shape = shape(root, &layout.shape, records);
        let layout = Layout { shape, ..layout };
        checks::check(root, &layout);
        Some(layout)
    })
}

/// With [records] each record has a width of its own.
fn shape(root: &Section<'_>, shape: &Shape, records: Option<Records>) -> Shape {
    match (shape, root.has("records")) {
        (Shape::Positions { width: 0, .. }, false) if !root.is_faulty("file.width") => {
            let message = "is missing: without names, a row that is cut off is known by its columns";
            root.fault_at("file.width", message);
        }
        (Shape::Positions { width: 0, .. }, _) | (_, false) => {}
        _ => {
            let message = "records have positions: header = \"none\" or \"skipped\", and widths of their own";
            root.fault("records", message);
        }
    }
    match (shape, records) {
        (Shape::Positions { header, .. }, Some(records)) => Shape::Records { header: *header, records },
        _ => shape.clone(),
    }
}

fn records(section: &mut Section<'_>) -> Option<Records> {
    let mut width = |key| {
        let width = section.number(key, 1..=MAX_COLUMNS);
        section.required(key, width)
    };
    let (width, line_width) = (width("invoice_width"), width("line_width"));
    let (invoice, line) = (section.required_text("invoice"), section.required_text("line"));
    if line.is_some() && invoice == line {
        section.fault("line", "is the first column of an invoice's record too");
    }
    let number_on_lines =
        section.number("number_on_lines", 1..=MAX_COLUMNS).map(|position: usize| position - 1);
    let behind = |position: usize| position == 0 || line_width.is_some_and(|width| position >= width);
    if number_on_lines.is_some_and(behind) {
        section.fault("number_on_lines", "is no column of a line behind its first");
    }
    let ignore = section.texts("ignore").into_iter().map(|(mark, _)| mark.to_owned()).collect();
    Some(Records {
        invoice: invoice?.to_owned(),
        width: width?,
        line: line?.to_owned(),
        line_width: line_width?,
        number_on_lines,
        ignore,
    })
}

/// In cents.
fn tolerance(section: &mut Section<'_>) -> Tolerance {
    let usual = Tolerance::default();
    let mut cents =
        |key| section.number::<u32>(key, 0..=u32::MAX.into()).map(|cents| Money::from_cents(cents.into()));
    let (line, vat_per_line) = (cents("line"), cents("vat_per_line"));
    Tolerance { line: line.unwrap_or(usual.line), vat_per_line: vat_per_line.unwrap_or(usual.vat_per_line) }
}

fn trailer(section: &mut Section<'_>) -> Option<Trailer> {
    let mark = section.required_text("mark");
    let mut position = |key| {
        let position: Option<usize> = section.number(key, 1..=MAX_COLUMNS);
        if position == Some(1) {
            section.fault(key, "is the column of the mark; counts stand from 2");
        }
        position.map(|position| position - 1)
    };
    let (invoices, rows, gross) = (position("invoices"), position("rows"), position("gross"));
    Some(Trailer { mark: mark?.to_owned(), invoices, rows, gross })
}
