//! Records put into files.
//!
//! Values that a spreadsheet would take for a formula (`=`, `+`, `-`, `@` in front) are written as
//! they are: an ERP's import reads them literally, and a quote in front of "-10 °C" or of a negative
//! amount would falsify it. The rejects file, which people do open in a spreadsheet, is another matter.

use std::collections::BTreeSet;

use passerelle_domain::{BatchId, OrderKey, Rejection};

use super::batch::{ImportFile, OrderToWrite, Written};
use super::rows::{Cell, Row, Rows, rows};
use super::values;
use crate::encoding::{BOM, Encoding};
use crate::orders::model::{BATCH, Column, Context, FileFacts, FileFormat, Form, Layout, Quote};
use crate::orders::records::{Notes, Repair};

/// The files of a batch, or every fault of every order.
pub(crate) fn files(
    layout: &Layout,
    batch: &BatchId,
    orders: &[OrderToWrite<'_>],
) -> Result<Written, Faults> {
    let (texts, repairs) = texts(layout, batch, orders)?;
    let encoding = layout.file.encoding;
    let files = texts.into_iter().map(|(name, text)| {
        let mut bytes = if encoding == Encoding::Utf8Bom { BOM.to_vec() } else { Vec::new() };
        bytes.extend_from_slice(&encoding.encode(&text));
        ImportFile { name, bytes }
    });
    Ok(Written { files: files.collect(), repairs })
}

/// Names and texts.
type Texts = Vec<(String, String)>;
/// The faults of a batch's orders.
type Faults = Vec<(OrderKey, Rejection)>;

/// The names and texts of the files of a batch, the main one first: it is put last, so that it says that
/// all are there. And what was repaired.
pub(crate) fn texts(
    layout: &Layout,
    batch: &BatchId,
    orders: &[OrderToWrite<'_>],
) -> Result<(Texts, Vec<Repair>), Faults> {
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    let mut set = Set::new(layout);
    for write in orders {
        let key = &write.order.key;
        if !seen.insert(key) {
            let rule = "the order stands twice in the batch";
            faults.push((key.clone(), Rejection::new("duplicate_order", "key", key.to_string(), rule)));
            continue;
        }
        match rows(layout, batch, *write) {
            Ok(rows) => set.push(rows),
            Err(rejections) => {
                faults.extend(rejections.into_iter().map(|rejection| (key.clone(), rejection)));
            }
        }
    }
    // A count too long for its column concerns the whole file: no order may go.
    for rejection in set.push_trailer(batch) {
        faults.extend(orders.iter().map(|write| (write.order.key.clone(), rejection.clone())));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    Ok(set.finish(batch))
}

/// The files of a batch while they are written.
struct Set<'l> {
    layout: &'l Layout,
    main: String,
    lines: String,
    customers: String,
    known: BTreeSet<String>,
    facts: FileFacts,
    repairs: Vec<Repair>,
}

impl<'l> Set<'l> {
    fn new(layout: &'l Layout) -> Self {
        let mut set = Self {
            layout,
            main: String::new(),
            lines: String::new(),
            customers: String::new(),
            known: BTreeSet::new(),
            facts: FileFacts::default(),
            repairs: Vec::new(),
        };
        if layout.file.column_names {
            let names = |columns: &[Column]| -> Row {
                columns.iter().map(|column| Cell { start: None, text: column.name.clone() }).collect()
            };
            let (header, line) = (names(&layout.header), names(&layout.line));
            if layout.file.shape.is_flat() {
                push_row(&mut set.main, &[header, line].concat(), &layout.file);
            } else {
                push_row(&mut set.main, &header, &layout.file);
                push_row(&mut set.lines, &line, &layout.file);
            }
            push_row(&mut set.customers, &names(&layout.customer), &layout.file);
        }
        set
    }

    fn push(&mut self, rows: Rows) {
        let (file, facts) = (&self.layout.file, &mut self.facts);
        count(facts, &rows);
        if let Some((code, row)) = rows.customer
            && self.known.insert(code)
        {
            facts.customers += 1;
            facts.records += 1;
            let apart = self.layout.customers.file_name.is_some();
            push_row(if apart { &mut self.customers } else { &mut self.main }, &row, file);
        }
        rows.main.iter().for_each(|row| push_row(&mut self.main, row, file));
        rows.apart.iter().for_each(|row| push_row(&mut self.lines, row, file));
        self.repairs.extend(rows.repairs);
    }

    fn push_trailer(&mut self, batch: &BatchId) -> Vec<Rejection> {
        if self.layout.trailer.is_empty() {
            return Vec::new();
        }
        self.facts.records += 1;
        let facts = Some(&self.facts);
        let at = Context { batch, order: None, line: None, charge: None, payment: None, file: facts };
        let mut notes = Notes::default();
        let cell = |column: &Column| Cell {
            start: column.start,
            text: values::text(column, at, &self.layout.file, &mut notes),
        };
        let row: Row = self.layout.trailer.iter().map(cell).collect();
        push_row(&mut self.main, &row, &self.layout.file);
        notes.faults
    }

    fn finish(self, batch: &BatchId) -> (Vec<(String, String)>, Vec<Repair>) {
        let file = &self.layout.file;
        let mut texts = vec![(&file.name, self.main)];
        texts.extend(file.lines_name.as_ref().map(|name| (name, self.lines)));
        if self.facts.customers > 0 {
            texts.extend(self.layout.customers.file_name.as_ref().map(|name| (name, self.customers)));
        }
        let texts = texts.into_iter().map(|(name, text)| (name.replace(BATCH, &batch.to_string()), text));
        (texts.collect(), self.repairs)
    }
}

/// Counts an order's records, but for its customer's.
pub(crate) fn count(facts: &mut FileFacts, rows: &Rows) {
    facts.orders += 1;
    facts.lines += rows.lines;
    facts.charges += rows.charges;
    facts.payments += rows.payments;
    facts.records += rows.main.len() + rows.apart.len();
    facts.total += rows.total;
}

fn push_row(text: &mut String, row: &[Cell], file: &FileFormat) {
    match file.form {
        Form::Separated => push_separated(text, row, file),
        Form::FixedWidth => {
            let mut length = 0;
            for cell in row {
                let start = cell.start.map_or(length, |start| start - 1);
                text.extend(std::iter::repeat_n(' ', start.saturating_sub(length)));
                text.push_str(&cell.text);
                length = start.max(length) + cell.text.chars().count();
            }
            let missing = file.record_length.unwrap_or(0).saturating_sub(length);
            text.extend(std::iter::repeat_n(' ', missing));
        }
    }
    text.push_str(file.line_end);
}

fn push_separated(text: &mut String, row: &[Cell], file: &FileFormat) {
    for (i, Cell { text: value, .. }) in row.iter().enumerate() {
        if i > 0 {
            text.push(file.separator);
        }
        let quoted = match file.quote {
            Quote::Always => true,
            Quote::Never => false,
            // A record of one empty column would be a blank line, which readers skip.
            Quote::WhenNeeded => {
                value.contains([file.separator, '"']) || (row.len() == 1 && value.is_empty())
            }
        };
        if quoted {
            text.push('"');
            text.push_str(&value.replace('"', "\"\""));
            text.push('"');
        } else {
            text.push_str(value);
        }
    }
}
