//! Records put into a file.
//!
//! Values that a spreadsheet would take for a formula (`=`, `+`, `-`, `@` in front) are written as
//! they are: an ERP's import reads them literally, and a quote in front of "-10 °C" or of a negative
//! amount would falsify it. The rejects file, which people do open in a spreadsheet, is another matter.

use std::collections::BTreeSet;

use passerelle_domain::{BatchId, Money, Order, OrderKey, Rejection};

use super::columns::Column;
use super::layout::{FileFormat, Layout, Quote, Shape};
use super::records::ErpOrder;
use super::sources::{Context, FileFacts};
use super::values;
use crate::encoding::{BOM, Encoding};

/// The records of one order, and what the trailer counts of them.
#[derive(Debug, Default)]
pub(super) struct Rows {
    rows: Vec<Vec<String>>,
    lines: usize,
    payments: usize,
    total: Money,
}

/// The records of one order, or everything that keeps it out of a file.
pub(super) fn rows(layout: &Layout, batch: &BatchId, order: &Order) -> Result<Rows, Vec<Rejection>> {
    let mut faults = Vec::new();
    if let Err(rejection) = order.check() {
        faults.push(rejection);
    }
    if order.currency != "EUR" {
        let rule = "import files are in euros";
        faults.push(Rejection::new("foreign_currency", "currency", &order.currency, rule));
    }
    let erp = ErpOrder::of(order, &layout.policy);
    if erp.lines.is_empty() {
        let rule = "after refunds, at least one line is left for the ERP";
        faults.push(Rejection::new("no_lines", "lines", "0", rule));
    }
    let mut record = |columns: &[Column], at: Context<'_>| -> Vec<String> {
        columns.iter().map(|column| values::text(column, at, &layout.file, &mut faults)).collect()
    };
    let at = Context { batch, order: Some(&erp), line: None, payment: None, file: None };
    let header = record(&layout.header, at);
    let lines: Vec<Vec<String>> =
        erp.lines.iter().map(|line| record(&layout.line, Context { line: Some(line), ..at })).collect();
    let payments: Vec<Vec<String>> = match layout.payment.as_slice() {
        [] => Vec::new(),
        columns => erp
            .payments
            .iter()
            .map(|payment| record(columns, Context { payment: Some(payment), ..at }))
            .collect(),
    };
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut out = Rows { lines: lines.len(), payments: payments.len(), total: erp.total, ..Rows::default() };
    match layout.file.shape {
        Shape::HeaderAndLines => {
            out.rows.push(header);
            out.rows.extend(lines);
            out.rows.extend(payments);
        }
        Shape::HeaderRepeated => {
            out.rows.extend(lines.into_iter().map(|line| [header.clone(), line].concat()));
        }
        Shape::HeaderFirstRow => {
            let blank = vec![String::new(); header.len()];
            let headers = std::iter::once(header).chain(std::iter::repeat(blank));
            out.rows.extend(lines.into_iter().zip(headers).map(|(line, header)| [header, line].concat()));
        }
    }
    Ok(out)
}

/// The file of a batch, or every fault of every order.
pub(super) fn file(
    layout: &Layout,
    batch: &BatchId,
    orders: &[Order],
) -> Result<Vec<u8>, Vec<(OrderKey, Rejection)>> {
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    let mut facts = FileFacts::default();
    let mut text = String::new();
    if layout.file.column_names {
        let names: Vec<String> = layout.header.iter().chain(&layout.line).map(|c| c.name.clone()).collect();
        push_row(&mut text, &names, &layout.file);
    }
    for order in orders {
        if !seen.insert(&order.key) {
            let rule = "an order stands once in a batch";
            faults.push((
                order.key.clone(),
                Rejection::new("duplicate_order", "key", order.key.to_string(), rule),
            ));
            continue;
        }
        match rows(layout, batch, order) {
            Ok(order) => {
                facts.orders += 1;
                facts.lines += order.lines;
                facts.payments += order.payments;
                facts.records += order.rows.len();
                facts.total += order.total;
                order.rows.iter().for_each(|row| push_row(&mut text, row, &layout.file));
            }
            Err(rejections) => {
                faults.extend(rejections.into_iter().map(|rejection| (order.key.clone(), rejection)));
            }
        }
    }
    if !layout.trailer.is_empty() {
        facts.records += 1;
        let at = Context { batch, order: None, line: None, payment: None, file: Some(&facts) };
        let mut wrong = Vec::new();
        let row: Vec<String> =
            layout.trailer.iter().map(|column| values::text(column, at, &layout.file, &mut wrong)).collect();
        push_row(&mut text, &row, &layout.file);
        // A count too long for its column concerns the whole file: no order may go.
        for rejection in wrong {
            faults.extend(orders.iter().map(|order| (order.key.clone(), rejection.clone())));
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut bytes = if layout.file.encoding == Encoding::Utf8Bom { BOM.to_vec() } else { Vec::new() };
    bytes.extend_from_slice(&layout.file.encoding.encode(&text));
    Ok(bytes)
}

fn push_row(text: &mut String, row: &[String], file: &FileFormat) {
    for (i, value) in row.iter().enumerate() {
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
    text.push_str(file.line_end);
}
