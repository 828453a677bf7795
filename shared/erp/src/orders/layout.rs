//! The layout's own fields and the combinations that cannot work.

use passerelle_domain::ArticleCode;

use super::Amendments;
use super::columns::{self, Column};
use super::policies::{Charges, Payments, Policy, Promotions};
use super::sources::Record;
use crate::LayoutError;
use crate::encoding::Encoding;
use crate::layout::{Section, check_date_format, load};

/// What stands for the batch in a file's name.
pub(super) const BATCH: &str = "{batch}";

/// A checked layout.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) file: FileFormat,
    pub(super) policy: Policy,
    pub(super) header: Vec<Column>,
    pub(super) line: Vec<Column>,
    pub(super) payment: Vec<Column>,
    pub(super) trailer: Vec<Column>,
}

/// How records stand in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::enum_variant_names, reason = "these are the words of the layout")]
pub(super) enum Shape {
    /// A header record, then its lines, then its payments.
    HeaderAndLines,
    /// One row a line: the header's columns, then the line's.
    HeaderRepeated,
    /// The same, but the header's columns are empty on all rows of an order except its first.
    HeaderFirstRow,
}

/// When a value stands in quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quote {
    WhenNeeded,
    Always,
    Never,
}

/// The look of the file.
#[derive(Clone, Debug)]
pub(super) struct FileFormat {
    pub(super) name: String,
    pub(super) shape: Shape,
    pub(super) encoding: Encoding,
    pub(super) separator: char,
    pub(super) quote: Quote,
    pub(super) line_end: &'static str,
    pub(super) column_names: bool,
    pub(super) decimal: char,
    pub(super) date: String,
    pub(super) transliterate: bool,
}

pub(super) fn read(text: &str) -> Result<Layout, LayoutError> {
    load(text, |root| {
        let mut section = root.required_section("file")?;
        let file = read_file(&mut section)?;
        section.finish()?;
        let mut section = root.required_section("policy")?;
        let mut policy = read_policy(&mut section)?;
        section.finish()?;
        let mut record = |key, record| columns::read(root.sections(key)?, record, &file);
        let header = record("header", Record::Header)?;
        let line = record("line", Record::Line)?;
        let payment = record("payment", Record::Payment)?;
        let trailer = record("trailer", Record::Trailer)?;
        policy.discount_column = line.iter().any(|column| column.is_from("line.discount"));
        let layout = Layout { file, policy, header, line, payment, trailer };
        check_records(root, &layout)?;
        check_policy(root, &layout)?;
        Ok(layout)
    })
}

fn read_file(file: &mut Section<'_>) -> Result<FileFormat, LayoutError> {
    let name = file.required("name")?.to_owned();
    if !name.contains(BATCH) {
        return Err(file.error("name", "has no {batch}: every batch would have the same file"));
    }
    if name.replace(BATCH, "").contains(|c: char| matches!(c, '/' | '\\' | '{' | '}') || c.is_control()) {
        return Err(file.error("name", "has a character that a file name cannot have (/ \\ { })"));
    }
    let shape = file.required_choice(
        "shape",
        &[
            ("header_and_lines", Shape::HeaderAndLines),
            ("header_repeated", Shape::HeaderRepeated),
            ("header_first_row", Shape::HeaderFirstRow),
        ],
    )?;
    let encoding = file.required_choice(
        "encoding",
        &[Encoding::Utf8, Encoding::Utf8Bom, Encoding::Windows1252, Encoding::Iso8859_15]
            .map(|e| (e.name(), e)),
    )?;
    let separator = file.required_choice("separator", &[(";", ';'), (",", ','), ("\t", '\t'), ("|", '|')])?;
    let quote = file.required_choice(
        "quote",
        &[("when_needed", Quote::WhenNeeded), ("always", Quote::Always), ("never", Quote::Never)],
    )?;
    let line_end = file.required_choice("line_end", &[("crlf", "\r\n"), ("lf", "\n")])?;
    let column_names = file.flag("column_names")?;
    if column_names && shape == Shape::HeaderAndLines {
        let message = "header_and_lines has several records, so one row of names cannot fit them all";
        return Err(file.error("column_names", message));
    }
    let decimal = file.required_choice("decimal", &[(",", ','), (".", '.')])?;
    if decimal == separator && quote == Quote::Never {
        return Err(file.error("decimal", "is the separator, and with quote = \"never\" no amount would fit"));
    }
    let date = file.required("date")?.to_owned();
    check_date_format(&date).map_err(|message| file.error("date", message))?;
    let transliterate =
        file.required_choice("unencodable", &[("transliterate", true), ("set_aside", false)])?;
    Ok(FileFormat {
        name,
        shape,
        encoding,
        separator,
        quote,
        line_end,
        column_names,
        decimal,
        date,
        transliterate,
    })
}

fn read_policy(policy: &mut Section<'_>) -> Result<Policy, LayoutError> {
    let promotions = policy.required_choice(
        "promotions",
        &[
            ("line_per_vat_rate", Promotions::LinePerVatRate),
            ("spread", Promotions::Spread),
            ("header_field", Promotions::HeaderField),
        ],
    )?;
    let charges = policy.required_choice(
        "charges",
        &[("line_per_vat_rate", Charges::LinePerVatRate), ("header_field", Charges::HeaderField)],
    )?;
    let payments = policy.required_choice(
        "payments",
        &[("record_each", Payments::RecordEach), ("sum", Payments::Sum), ("first", Payments::First)],
    )?;
    let amendments = policy.choice("amendments", &[("set_aside", Amendments::SetAside)])?;
    // Always needed: money given back without lines stands on it too.
    let promotion_article = article(policy, "promotion_article")?
        .ok_or_else(|| policy.error("promotion_article", "is missing: discounts and refunds stand on it"))?;
    let delivery_article = article(policy, "delivery_article")?;
    let fee_article = article(policy, "fee_article")?;
    if charges == Charges::LinePerVatRate {
        for (key, given) in [("delivery_article", &delivery_article), ("fee_article", &fee_article)] {
            if given.is_none() {
                return Err(policy.error(key, "is missing: with charges as lines they stand on it"));
            }
        }
    }
    Ok(Policy {
        promotions,
        charges,
        payments,
        amendments: amendments.unwrap_or(Amendments::SetAside),
        promotion_article,
        delivery_article: delivery_article.unwrap_or_default(),
        fee_article: fee_article.unwrap_or_default(),
        // Known once the columns are read.
        discount_column: false,
    })
}

fn article(policy: &mut Section<'_>, key: &'static str) -> Result<Option<String>, LayoutError> {
    let Some(code) = policy.text(key)? else { return Ok(None) };
    ArticleCode::new(code).map(|code| Some(code.into())).map_err(|error| policy.error(key, error.to_string()))
}

fn check_records(root: &Section<'_>, layout: &Layout) -> Result<(), LayoutError> {
    for (key, columns) in [("header", &layout.header), ("line", &layout.line)] {
        if columns.is_empty() {
            return Err(root.error(key, "is missing: an import file has columns for it"));
        }
    }
    if !layout.header.iter().any(|column| column.is_from("order.number") || column.is_from("order.id")) {
        let message = "no column is from order.number or order.id, so the ERP could not tell orders apart";
        return Err(root.error("header", message));
    }
    let flat = layout.file.shape != Shape::HeaderAndLines;
    if flat {
        for (i, column) in layout.line.iter().enumerate() {
            if layout.header.iter().any(|other| other.name == column.name) {
                let message =
                    format!("{:?} is a column of the header too, and both are in one row", column.name);
                return Err(LayoutError {
                    path: format!("line[{i}].name"),
                    message,
                    line: column.line_in_layout,
                });
            }
        }
    }
    if !layout.payment.is_empty() && (flat || layout.policy.payments != Payments::RecordEach) {
        let message = "payment records need shape = \"header_and_lines\" and payments = \"record_each\"";
        return Err(root.error("payment", message));
    }
    Ok(())
}

fn check_policy(root: &mut Section<'_>, layout: &Layout) -> Result<(), LayoutError> {
    let policy = root.required_section("policy")?;
    let header_has = |source: &str| layout.header.iter().any(|column| column.is_from(source));
    if layout.policy.payments == Payments::RecordEach && layout.payment.is_empty() {
        let message = "\"record_each\" needs a [[payment]] record; without one choose \"sum\" or \"first\"";
        return Err(policy.error("payments", message));
    }
    let needed: &[(&str, bool, &[&str])] = &[
        ("promotions", layout.policy.promotions == Promotions::HeaderField, &["order.promotion_net"]),
        ("charges", layout.policy.charges == Charges::HeaderField, &["order.delivery_net", "order.fee_net"]),
    ];
    for (key, chosen, sources) in needed {
        if let Some(missing) = sources.iter().find(|source| *chosen && !header_has(source)) {
            let message =
                format!("\"header_field\" needs a [[header]] column from {missing}, or money is lost");
            return Err(policy.error(key, message));
        }
    }
    for (key, code) in layout.policy.articles() {
        if let Some(column) = layout.line.iter().find(|column| column.is_from("line.article"))
            && column.max.is_some_and(|max| code.chars().count() > max)
        {
            return Err(policy.error(key, format!("is longer than the column {:?}", column.name)));
        }
    }
    Ok(())
}
