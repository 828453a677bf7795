//! The layout's own fields.

use std::collections::BTreeMap;

use passerelle_domain::{InvoiceKind, PurchaseOrigin, Vat, VatRate};

use super::fields::{FIELDS, Field};
use crate::LayoutError;
use crate::encoding::Encoding;
use crate::layout::{Section, check_date_format, load};
use crate::text::nearest;

/// A checked layout.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) encoding: Encoding,
    pub(super) separator: u8,
    pub(super) decimal: char,
    pub(super) date: String,
    pub(super) ignore: Vec<String>,
    /// The currency of a file without a column for it.
    pub(super) currency: String,
    /// The country of an address without one.
    pub(super) country: String,
    pub(super) limits: Limits,
    /// The name of each field's column.
    pub(super) columns: BTreeMap<Field, String>,
    /// Columns of the ERP's own VAT breakdown.
    pub(super) vat: Vec<VatColumns>,
    pub(super) kinds: BTreeMap<String, InvoiceKind>,
    pub(super) origins: BTreeMap<String, PurchaseOrigin>,
    pub(super) deposits: BTreeMap<String, bool>,
    pub(super) trailer: Option<Trailer>,
}

/// What a file may be at most. A file beyond them is refused before it can fill the memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) bytes: usize,
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) row_bytes: usize,
}

/// The columns of one row of the VAT breakdown.
#[derive(Clone, Debug)]
pub(super) struct VatColumns {
    pub(super) vat: Vat,
    pub(super) base: String,
    /// Nothing where there is no VAT.
    pub(super) amount: Option<String>,
}

/// The last row: what stands in its first column, and the columns of its counts, from 0.
#[derive(Clone, Debug)]
pub(super) struct Trailer {
    pub(super) mark: String,
    pub(super) invoices: Option<usize>,
    pub(super) rows: Option<usize>,
    pub(super) gross: Option<usize>,
}

pub(super) fn read(text: &str) -> Result<Layout, LayoutError> {
    load(text, |root| {
        let mut file = root.required_section("file")?;
        let mut layout = read_file(&mut file)?;
        file.finish()?;
        layout.columns = read_columns(root.required_section("columns")?)?;
        for mut section in root.sections("vat")? {
            let columns = read_vat(&mut section)?;
            section.finish()?;
            if layout.vat.iter().any(|other| other.vat == columns.vat) {
                return Err(section.error("rate", "stands in the breakdown already"));
            }
            layout.vat.push(columns);
        }
        if let Some(mut codes) = root.section("codes")? {
            let kinds = [("invoice", InvoiceKind::Invoice), ("credit_note", InvoiceKind::CreditNote)];
            layout.kinds = read_codes(&mut codes, "kind", &kinds)?;
            let origins = [("web", PurchaseOrigin::Web), ("market", PurchaseOrigin::Market)];
            layout.origins = read_codes(&mut codes, "origin", &origins)?;
            layout.deposits = read_codes(&mut codes, "deposit", &[("yes", true), ("no", false)])?;
            codes.finish()?;
        }
        let listed = [
            (Field::Kind, "kind", layout.kinds.is_empty()),
            (Field::LineOrigin, "origin", layout.origins.is_empty()),
            (Field::LineDeposit, "deposit", layout.deposits.is_empty()),
        ];
        for (field, key, missing) in listed {
            if missing && layout.columns.contains_key(&field) {
                let message = format!("is missing: column {:?} needs a code list", layout.columns[&field]);
                return Err(root.error("codes", message).inside(key));
            }
        }
        if let Some(mut section) = root.section("trailer")? {
            layout.trailer = Some(read_trailer(&mut section)?);
            section.finish()?;
        }
        check_names(root, &layout)?;
        Ok(layout)
    })
}

fn read_file(file: &mut Section<'_>) -> Result<Layout, LayoutError> {
    let encoding = file.required_choice(
        "encoding",
        &[Encoding::Utf8, Encoding::Windows1252, Encoding::Iso8859_15].map(|e| (e.name(), e)),
    )?;
    let separator =
        file.required_choice("separator", &[(";", b';'), (",", b','), ("\t", b'\t'), ("|", b'|')])?;
    let decimal = file.required_choice("decimal", &[(",", ','), (".", '.')])?;
    let date = file.required("date")?.to_owned();
    check_date_format(&date).map_err(|message| file.error("date", message))?;
    let ignore = file.texts("ignore")?;
    let currency = file.text("currency")?.unwrap_or("EUR").to_owned();
    if currency.len() != 3 || !currency.bytes().all(|b| b.is_ascii_uppercase()) {
        return Err(file.error("currency", "is no ISO 4217 code (EUR)"));
    }
    let country = file.text("country")?.unwrap_or("FR").to_owned();
    if country.len() != 2 || !country.bytes().all(|b| b.is_ascii_uppercase()) {
        return Err(file.error("country", "is no ISO 3166-1 code of two letters (FR)"));
    }
    // An evening of a wholesaler is some thousands of rows and a few megabytes.
    let mut limits = Limits { bytes: 100_000_000, rows: 500_000, columns: 500, row_bytes: 65_536 };
    if let Some(mut section) = file.section("limits")? {
        limits.bytes = section.count("bytes")?.unwrap_or(limits.bytes);
        limits.rows = section.count("rows")?.unwrap_or(limits.rows);
        limits.columns = section.count("columns")?.unwrap_or(limits.columns);
        limits.row_bytes = section.count("row_bytes")?.unwrap_or(limits.row_bytes);
        section.finish()?;
    }
    Ok(Layout {
        encoding,
        separator,
        decimal,
        date,
        ignore,
        currency,
        country,
        limits,
        columns: BTreeMap::new(),
        vat: Vec::new(),
        kinds: BTreeMap::new(),
        origins: BTreeMap::new(),
        deposits: BTreeMap::new(),
        trailer: None,
    })
}

fn read_columns(section: Section<'_>) -> Result<BTreeMap<Field, String>, LayoutError> {
    let mut given: BTreeMap<String, String> = BTreeMap::new();
    section.each_text(&mut |path, text| {
        given.insert(path, text);
    })?;
    let mut columns = BTreeMap::new();
    for (field, name, required) in FIELDS {
        match given.remove(*name) {
            Some(column) => {
                columns.insert(*field, column);
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

fn read_vat(section: &mut Section<'_>) -> Result<VatColumns, LayoutError> {
    let rate: VatRate =
        section.required("rate")?.parse().map_err(|message: String| section.error("rate", message))?;
    let base = section.required("base")?.to_owned();
    let amount = section.text("amount")?.map(str::to_owned);
    let outside = section.flag("outside_scope")?;
    if outside && rate != VatRate::ZERO {
        return Err(section.error("outside_scope", "means that there is no VAT, so the rate is 0"));
    }
    if amount.is_none() && rate != VatRate::ZERO {
        return Err(section.error("amount", "is missing: only a rate of 0 has no VAT"));
    }
    let vat = if outside { Vat::OUTSIDE_SCOPE } else { Vat::at(rate) };
    Ok(VatColumns { vat, base, amount })
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

/// A column has one meaning.
fn check_names(root: &Section<'_>, layout: &Layout) -> Result<(), LayoutError> {
    let mut seen: BTreeMap<&str, String> = BTreeMap::new();
    for (path, name) in layout.named_columns() {
        if name.is_empty() {
            return Err(root.error("columns", "is empty").at(&path));
        }
        if let Some(other) = seen.insert(name, path.clone()) {
            return Err(root
                .error("columns", format!("{name:?} is the column of {other} already"))
                .at(&path));
        }
    }
    if let Some(name) = layout.ignore.iter().find(|name| seen.contains_key(name.as_str())) {
        let message = format!("{name:?} is the column of {}, and cannot be ignored", seen[name.as_str()]);
        return Err(root.error("file", message).inside("ignore"));
    }
    Ok(())
}

impl Layout {
    /// Every column that the layout reads: its path in the layout, and its name.
    pub(super) fn named_columns(&self) -> impl Iterator<Item = (String, &str)> {
        let fields =
            self.columns.iter().map(|(field, name)| (format!("columns.{}", field.name()), name.as_str()));
        let vat = self.vat.iter().enumerate().flat_map(|(i, vat)| {
            let base = (format!("vat[{i}].base"), vat.base.as_str());
            let amount = vat.amount.as_deref().map(|name| (format!("vat[{i}].amount"), name));
            std::iter::once(base).chain(amount)
        });
        fields.chain(vat)
    }

    /// The name of a field's column; where it has none, the field's own.
    pub(super) fn column_name(&self, field: Field) -> &str {
        self.columns.get(&field).map_or(field.name(), String::as_str)
    }
}
