//! A layout's TOML.

use std::collections::BTreeMap;

use passerelle_domain::{
    AdjustmentKind, InvoiceKind, InvoiceUnit, Money, PurchaseOrigin, Tolerance, Vat, VatCategory, VatRate,
};

use super::dates::DateFormat;
use super::fields::{FIELDS, Field};
use super::layout::{AdjustmentColumns, Implied, Layout, Limits, Records, Shape, Trailer, VatColumns};
use super::numbers::{Style, Thousands};
use super::units::{self, OwnUnits};
use crate::LayoutError;
use crate::encoding::Encoding;
use crate::layout::{Place, Section, Word, check_date_format, load_whole, noted};
use crate::text::nearest;

/// The letters of VAT categories.
const CATEGORIES: [(&str, VatCategory); 7] = [
    ("S", VatCategory::Standard),
    ("Z", VatCategory::Zero),
    ("E", VatCategory::Exempt),
    ("AE", VatCategory::ReverseCharge),
    ("K", VatCategory::IntraCommunity),
    ("G", VatCategory::Export),
    ("O", VatCategory::OutsideScope),
];

/// Reads a layout, and answers everything that is wrong with it: of each table the first fault; and,
/// once they can be read, what does not fit together.
pub(super) fn read(text: &str) -> Result<Layout, Vec<LayoutError>> {
    load_whole(text, |root, faults| {
        let read = |file: &mut Section<'_>| read_file(file).and_then(|layout| file.finish().map(|()| layout));
        let file = root.required_section("file").and_then(|mut file| read(&mut file));
        let columns = root.required_section("columns").and_then(read_columns);
        let (file, columns) = (noted(file, faults), noted(columns, faults));
        let mut layout = file?;
        noted(read_records(root, &mut layout), faults);
        layout.columns = columns.unwrap_or_default();
        for mut section in noted(root.sections("vat"), faults).unwrap_or_default() {
            let read = read_vat(&mut section).and_then(|columns| section.finish().map(|()| columns));
            let Some(columns) = noted(read, faults) else { continue };
            if layout.vat.iter().any(|other| other.vat == columns.vat) {
                faults.push(section.error("rate", "stands in the breakdown already"));
            }
            layout.vat.push(columns);
        }
        for (key, whole) in [("adjustment", true), ("line_adjustment", false)] {
            for mut section in noted(root.sections(key), faults).unwrap_or_default() {
                let read =
                    read_adjustment(&mut section, whole).and_then(|read| section.finish().map(|()| read));
                let into = if whole { &mut layout.adjustments } else { &mut layout.line_adjustments };
                into.extend(noted(read, faults));
            }
        }
        noted(read_lists(root, &mut layout), faults);
        noted(read_tolerance(root, &mut layout), faults);
        noted(read_trailer_of(root, &mut layout), faults);
        if faults.is_empty() {
            noted(check_places(root, &layout), faults);
        }
        Some(layout)
    })
}

fn read_lists(root: &mut Section<'_>, layout: &mut Layout) -> Result<(), LayoutError> {
    layout.categories = CATEGORIES.iter().map(|(code, category)| ((*code).to_owned(), *category)).collect();
    if let Some(mut codes) = root.section("codes")? {
        let kinds = [("invoice", InvoiceKind::Invoice), ("credit_note", InvoiceKind::CreditNote)];
        layout.kinds = read_codes(&mut codes, "kind", &kinds)?;
        let origins = [
            ("web", PurchaseOrigin::Web),
            ("market", PurchaseOrigin::Market),
            ("unknown", PurchaseOrigin::Unknown),
        ];
        layout.origins = read_codes(&mut codes, "origin", &origins)?;
        layout.deposits = read_codes(&mut codes, "deposit", &[("yes", true), ("no", false)])?;
        let categories = read_codes(&mut codes, "vat_category", &CATEGORIES)?;
        if !categories.is_empty() {
            layout.categories = categories;
        }
        layout.units = read_units(&mut codes)?;
        codes.finish()?;
    }
    let listed = [
        (Field::Kind, "kind", layout.kinds.is_empty()),
        (Field::LineOrigin, "origin", layout.origins.is_empty()),
        (Field::LineDeposit, "deposit", layout.deposits.is_empty()),
    ];
    for (field, key, missing) in listed {
        if missing && layout.columns.contains_key(&field) {
            let message = format!("is missing: column {} needs a code list", layout.columns[&field]);
            return Err(root.error("codes", message).inside(key));
        }
    }
    Ok(())
}

/// `[codes.unit]`: what a word of the file means, as a usual word or with a code and a label of its own.
fn read_units(codes: &mut Section<'_>) -> Result<OwnUnits, LayoutError> {
    let mut own = OwnUnits::new();
    let Some(section) = codes.section("unit")? else { return Ok(own) };
    let usual = OwnUnits::new();
    for (word, means) in section.words()? {
        let unit = match means {
            Word::Table(mut named) => {
                let (code, label) = (named.required("code")?, named.text("label")?.unwrap_or(word));
                named.finish()?;
                InvoiceUnit::new(code, label).map_err(|message| section.error(word, message))?
            }
            Word::Text(text) => units::find(&usual, text).ok_or_else(|| {
                let near = units::nearest(&usual, text).join(", ");
                section.error(
                    word,
                    format!("{text:?} is no usual unit (nearest: {near}); give it a code and a label"),
                )
            })?,
        };
        if own.insert(units::plain(word), unit).is_some() {
            let message = "stands twice: case, accents and a dot at the end make no difference";
            return Err(section.error(word, message));
        }
    }
    Ok(own)
}

fn read_tolerance(root: &mut Section<'_>, layout: &mut Layout) -> Result<(), LayoutError> {
    if let Some(mut section) = root.section("tolerance")? {
        let cents = |number: Option<u32>, usual: Money| number.map_or(usual, |n| Money::from_cents(n.into()));
        layout.tolerance.line = cents(section.number("line")?, layout.tolerance.line);
        layout.tolerance.vat_per_line = cents(section.number("vat_per_line")?, layout.tolerance.vat_per_line);
        section.finish()?;
    }
    Ok(())
}

fn read_trailer_of(root: &mut Section<'_>, layout: &mut Layout) -> Result<(), LayoutError> {
    if let Some(mut section) = root.section("trailer")? {
        layout.trailer = Some(read_trailer(&mut section)?);
        section.finish()?;
    }
    Ok(())
}

fn read_file(file: &mut Section<'_>) -> Result<Layout, LayoutError> {
    let encoding = file.required_choice(
        "encoding",
        &[Encoding::Utf8, Encoding::Windows1252, Encoding::Iso8859_15].map(|e| (e.name(), e)),
    )?;
    let separator =
        file.required_choice("separator", &[(";", b';'), (",", b','), ("\t", b'\t'), ("|", b'|')])?;
    let mark = file.required_choice("decimal", &[(",", ','), (".", '.')])?;
    let words = [
        (" ", Thousands::Space),
        (".", Thousands::Mark('.')),
        (",", Thousands::Mark(',')),
        ("'", Thousands::Apostrophe),
        ("", Thousands::None),
    ];
    let thousands = file.choice("thousands", &words)?.unwrap_or(Thousands::Space);
    if thousands == Thousands::Mark(mark) {
        return Err(file.error("thousands", "is the decimal mark too"));
    }
    let mut implied = Implied::default();
    if let Some(mut section) = file.section("implied_decimals")? {
        implied.amounts = section.number("amounts")?;
        implied.quantities = section.number("quantities")?;
        implied.prices = section.number("prices")?;
        implied.rates = section.number("rates")?;
        let given = [implied.amounts, implied.quantities, implied.prices, implied.rates];
        if given.into_iter().flatten().any(|decimals| decimals > 6) {
            return Err(file.error("implied_decimals", "are 6 at most"));
        }
        section.finish()?;
    }
    let date = file.required("date")?;
    check_date_format(date).map_err(|message| file.error("date", message))?;
    let date = DateFormat::new(date);
    let ignore = file.texts("ignore")?;
    let currency = file.text("currency")?.unwrap_or("EUR").to_owned();
    if currency.len() != 3 || !currency.bytes().all(|b| b.is_ascii_uppercase()) {
        return Err(file.error("currency", "is no ISO 4217 code (EUR)"));
    }
    let country = file.text("country")?.unwrap_or("FR").to_owned();
    if country.len() != 2 || !country.bytes().all(|b| b.is_ascii_uppercase()) {
        return Err(file.error("country", "is no ISO 3166-1 code of two letters (FR)"));
    }
    let comment =
        file.text("comment")?.filter(|mark| !mark.is_empty()).map(|mark| encoding.encode(mark).into_owned());
    Ok(Layout {
        encoding,
        separator,
        numbers: Style { mark, thousands },
        implied,
        date,
        shape: read_shape(file)?,
        title_rows: read_title_rows(file)?,
        repeated_header: file.flag("repeated_header")?,
        comment,
        trailing_separator: file.flag("trailing_separator")?,
        ignore,
        currency,
        country,
        limits: read_limits(file)?,
        tolerance: Tolerance::default(),
        columns: BTreeMap::new(),
        vat: Vec::new(),
        adjustments: Vec::new(),
        line_adjustments: Vec::new(),
        kinds: BTreeMap::new(),
        origins: BTreeMap::new(),
        deposits: BTreeMap::new(),
        categories: BTreeMap::new(),
        units: OwnUnits::new(),
        trailer: None,
    })
}

/// They are kept for the rejects file, so there are not many.
fn read_title_rows(file: &mut Section<'_>) -> Result<usize, LayoutError> {
    match file.number("title_rows")?.unwrap_or(0) {
        rows @ 0..=100 => Ok(rows as usize),
        _ => Err(file.error("title_rows", "is 100 at most")),
    }
}

fn read_shape(file: &mut Section<'_>) -> Result<Shape, LayoutError> {
    #[derive(Clone, Copy, PartialEq)]
    enum Header {
        Names,
        Skipped,
        None,
    }
    let words = [("names", Header::Names), ("skipped", Header::Skipped), ("none", Header::None)];
    let header = file.choice("header", &words)?.unwrap_or(Header::Names);
    let width = file.count("width")?;
    match (header, width) {
        (Header::Names, None) => Ok(Shape::Named),
        (Header::Names, Some(_)) => Err(file.error("width", "is what the header row says")),
        // With [records] each record has a width of its own.
        (header, width) => {
            Ok(Shape::Positions { header: header == Header::Skipped, width: width.unwrap_or(0) })
        }
    }
}

/// An evening of a wholesaler is some thousands of rows and a few megabytes.
fn read_limits(file: &mut Section<'_>) -> Result<Limits, LayoutError> {
    let mut limits = Limits {
        bytes: 1 << 30,
        rows: 2_000_000,
        invoices: 200_000,
        invoice_rows: 10_000,
        columns: 500,
        row_bytes: 65_536,
    };
    let Some(mut section) = file.section("limits")? else { return Ok(limits) };
    // The index keeps places in 32 bits; a row is held in memory, and so is an invoice.
    let mut limit = |key, usual: &mut usize, most: usize| {
        *usual = section.count(key)?.unwrap_or(*usual);
        if *usual > most { Err(section.error(key, format!("is {most} at most"))) } else { Ok(()) }
    };
    limit("bytes", &mut limits.bytes, 4_000_000_000)?;
    limit("rows", &mut limits.rows, 2_000_000)?;
    limit("invoices", &mut limits.invoices, 1_000_000)?;
    limit("invoice_rows", &mut limits.invoice_rows, 100_000)?;
    limit("columns", &mut limits.columns, 10_000)?;
    limit("row_bytes", &mut limits.row_bytes, 1 << 20)?;
    section.finish()?;
    Ok(limits)
}

fn read_records(root: &mut Section<'_>, layout: &mut Layout) -> Result<(), LayoutError> {
    let Some(mut section) = root.section("records")? else {
        return match layout.shape {
            Shape::Positions { width: 0, .. } => {
                let message = "is missing: without names, a row that is cut off is known by its columns";
                Err(root.error("file", message).inside("width"))
            }
            _ => Ok(()),
        };
    };
    let Shape::Positions { header, width: 0 } = layout.shape else {
        let message = "records have positions: header = \"none\" or \"skipped\", and widths of their own";
        return Err(root.error("records", message));
    };
    let mut width = |key| section.count(key)?.ok_or_else(|| section.error(key, "is missing"));
    let (width, line_width) = (width("invoice_width")?, width("line_width")?);
    let records = Records {
        invoice: section.required("invoice")?.to_owned(),
        width,
        line: section.required("line")?.to_owned(),
        line_width,
        number_on_lines: section.count("number_on_lines")?.map(|position| position - 1),
        ignore: section.texts("ignore")?,
    };
    if records.invoice == records.line {
        return Err(section.error("line", "is the first column of an invoice's record too"));
    }
    if records.number_on_lines.is_some_and(|position| position == 0 || position >= records.line_width) {
        return Err(section.error("number_on_lines", "is no column of a line behind its first"));
    }
    section.finish()?;
    layout.shape = Shape::Records { header, records };
    Ok(())
}

fn read_columns(section: Section<'_>) -> Result<BTreeMap<Field, Place>, LayoutError> {
    let mut given: BTreeMap<String, Place> = BTreeMap::new();
    section.each_place(&mut |path, place| {
        given.insert(path, place);
    })?;
    let mut columns = BTreeMap::new();
    for (field, name, required) in FIELDS {
        match given.remove(*name) {
            Some(place) => {
                columns.insert(*field, place);
            }
            None if *required => return Err(section.error("", "").inside(name).saying("is missing")),
            None => {}
        }
    }
    if let Some(unknown) = given.keys().next() {
        let hint = nearest(unknown, FIELDS.iter().map(|(_, name, _)| *name))
            .map_or_else(String::new, |known| format!("; did you mean {known:?}?"));
        let message = format!("is no field of an invoice{hint}");
        return Err(section.error("", "").inside(unknown).saying(&message));
    }
    Ok(columns)
}

/// The VAT of a table: its rate, and its category where that is not plain.
fn read_rate(section: &mut Section<'_>) -> Result<Vat, LayoutError> {
    let rate: VatRate =
        section.required("rate")?.parse().map_err(|message: String| section.error("rate", message))?;
    let category = section.choice("category", &CATEGORIES)?;
    let outside = section.flag("outside_scope")?;
    if outside && (rate != VatRate::ZERO || category.is_some()) {
        return Err(section.error("outside_scope", "means that there is no VAT, so the rate is 0"));
    }
    let plain = if outside { Vat::OUTSIDE_SCOPE } else { Vat::at(rate) };
    let vat = category.map_or(plain, |category| Vat { category, rate });
    if (vat.category == VatCategory::Standard) != (rate != VatRate::ZERO) {
        return Err(section.error("category", "S has a rate above 0, and no other has one"));
    }
    Ok(vat)
}

fn read_vat(section: &mut Section<'_>) -> Result<VatColumns, LayoutError> {
    let vat = read_rate(section)?;
    let base = section.place("base")?.ok_or_else(|| section.error("base", "is missing"))?;
    let amount = section.place("amount")?;
    if amount.is_none() && vat.rate != VatRate::ZERO {
        return Err(section.error("amount", "is missing: only a rate of 0 has no VAT"));
    }
    let mut text = |key| Ok(section.text(key)?.unwrap_or_default().to_owned());
    let (reason, code) = (text("exemption_reason")?, text("exemption_code")?);
    Ok(VatColumns { vat, base, amount, reason, code })
}

fn read_adjustment(section: &mut Section<'_>, of_document: bool) -> Result<AdjustmentColumns, LayoutError> {
    let words = [("allowance", AdjustmentKind::Allowance), ("charge", AdjustmentKind::Charge)];
    let kind = section.required_choice("kind", &words)?;
    let amount = section.place("amount")?.ok_or_else(|| section.error("amount", "is missing"))?;
    let vat_rate_column = if of_document { section.place("vat_rate_column")? } else { None };
    let vat = if of_document && vat_rate_column.is_none() { Some(read_rate(section)?) } else { None };
    Ok(AdjustmentColumns {
        kind,
        amount,
        base: section.place("base")?,
        percentage: section.place("percentage")?,
        reason: section.text("reason")?.unwrap_or_default().to_owned(),
        reason_column: section.place("reason_column")?,
        reason_code: section.text("reason_code")?.unwrap_or_default().to_owned(),
        vat,
        vat_rate_column,
    })
}

fn read_codes<T: Copy>(
    section: &mut Section<'_>,
    key: &'static str,
    words: &[(&str, T)],
) -> Result<BTreeMap<String, T>, LayoutError> {
    let mut codes = BTreeMap::new();
    for (code, word) in section.text_map(key)?.unwrap_or_default() {
        let Some((_, value)) = words.iter().find(|(name, _)| *name == word) else {
            let names: Vec<&str> = words.iter().map(|(name, _)| *name).collect();
            let message = format!("{word:?} is none of {}", names.join(", "));
            return Err(section.error(key, message).inside(&code));
        };
        codes.insert(code, *value);
    }
    Ok(codes)
}

fn read_trailer(section: &mut Section<'_>) -> Result<Trailer, LayoutError> {
    let mark = section.required("mark")?.to_owned();
    let mut position = |key| match section.count(key)? {
        Some(1) => Err(section.error(key, "is the column of the mark; counts stand from 2")),
        position => Ok(position.map(|position| position - 1)),
    };
    let (invoices, rows, gross) = (position("invoices")?, position("rows")?, position("gross")?);
    Ok(Trailer { mark, invoices, rows, gross })
}

/// A column has one meaning, and stands where the shape of the file can have it.
fn check_places(root: &Section<'_>, layout: &Layout) -> Result<(), LayoutError> {
    let mut seen: BTreeMap<(bool, &Place), String> = BTreeMap::new();
    for (path, place, of_line) in layout.places() {
        let wrong = |message: String| Err(root.error("columns", message).at(&path));
        let width = match (&layout.shape, place) {
            (_, Place::Name(name)) if name.is_empty() => return wrong("is empty".to_owned()),
            (Shape::Named, Place::Name(_)) => usize::MAX,
            (Shape::Named, Place::Position(_)) => {
                return wrong(
                    "is a position, and the header row has names: header = \"skipped\"?".to_owned(),
                );
            }
            (_, Place::Name(_)) => return wrong("is a name, and no header row is read".to_owned()),
            (Shape::Positions { width, .. }, Place::Position(_)) => *width,
            (Shape::Records { records, .. }, Place::Position(_)) => {
                if of_line {
                    records.line_width
                } else {
                    records.width
                }
            }
        };
        if let Place::Position(position) = place
            && *position > width
        {
            return wrong(format!("{position} is behind the last of {width} columns"));
        }
        // An invoice and a line have columns of their own where they are different records.
        let of_line = of_line && matches!(layout.shape, Shape::Records { .. });
        if let Some(other) = seen.insert((of_line, place), path.clone()) {
            return wrong(format!("{place} is the column of {other} already"));
        }
    }
    for name in &layout.ignore {
        if let Some(path) = seen.get(&(false, &Place::Name(name.clone()))) {
            let message = format!("{name:?} is the column of {path}, and cannot be ignored");
            return Err(root.error("file", message).inside("ignore"));
        }
    }
    Ok(())
}
