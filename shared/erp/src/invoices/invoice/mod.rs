//! The second pass: the rows of one invoice made into it, or into what is wrong with it. May import the model,
//! the faults and the first pass, whose cells it reads.

mod breakdown;
mod lines;
mod locate;
mod parts;

use std::borrow::Cow;

use passerelle_domain::{Invoice, InvoiceLine, InvoiceNumber, PaymentInstructions, Rejection};

use self::breakdown::breakdown;
use self::lines::{document_adjustments, line};
use self::locate::located;
use self::parts::{buyer, currency, deliver_to, kind, period, references, totals};
use super::fault::Fault;
use super::file::{Cell, Cells, Columns, Reader, extent};
use super::model::{Field as F, Layout, Shape};
use crate::rejects::ADDED;
use crate::rules::Rule;

/// A run of rows: the line that it begins on, and its text.
pub(crate) type RunText<'b> = (u64, Cow<'b, str>);

/// The rows of runs: their lines and cells.
pub(crate) fn rows<'r>(layout: &Layout, runs: &'r [RunText<'_>]) -> Vec<Cells<'r>> {
    let (mut rows, mut places): (_, Vec<Cell>) = (Vec::new(), Vec::new());
    for (line, text) in runs {
        each_row(layout, text, *line, |line, row| rows.push(Cells::of(layout, row, line, &mut places)));
    }
    rows
}

/// Calls `each` with every row of a run, and the line that it begins on.
fn each_row<'r>(layout: &Layout, text: &'r str, mut line: u64, mut each: impl FnMut(u64, &'r str)) {
    let mut rest = text;
    // The same bytes gave rows before, and a text has its separators and quotes where its bytes have.
    while !rest.is_empty()
        && let Ok(Some(found)) = extent(rest.as_bytes(), true, layout.separator, usize::MAX)
    {
        let (row, behind) = rest.split_at(found.bytes);
        each(line, row);
        line += found.newlines + 1;
        rest = &behind[found.line_end..];
    }
}

/// Reads and checks the invoice that the rows give; with it, what is noted of its figures.
pub(crate) fn one(
    layout: &Layout,
    columns: &Columns,
    rows: &[Cells<'_>],
) -> Result<(Invoice, Vec<Fault>), Vec<Fault>> {
    let mut reader = Reader { layout, columns, faults: Vec::new() };
    check_encoding(&mut reader, rows);
    let Some((head, lines)) = head_and_lines(&mut reader, rows) else { return Err(reader.faults) };
    let read = invoice(&mut reader, head, &lines);
    let Some((invoice, breakdown)) = read.filter(|_| reader.faults.is_empty()) else {
        return Err(reader.faults);
    };
    let checked = invoice.check(layout.tolerance);
    let place = |rejection| located(columns, head, &lines, &breakdown, rejection);
    reader.faults = checked.broken.into_iter().map(place).collect();
    check_stated_sums(&mut reader, head, &invoice);
    if !reader.faults.is_empty() {
        return Err(reader.faults);
    }
    Ok((invoice, checked.notes.into_iter().map(place).collect()))
}

/// The first pass refuses a file that is UTF-8 as a whole; here a row is found that another program added.
fn check_encoding(reader: &mut Reader<'_>, rows: &[Cells<'_>]) {
    let encoding = reader.layout.encoding;
    // What a rejects file added repeats the value that was wrong.
    let added = if reader.columns.is_rejects_file { ADDED.len() } else { 0 };
    for cells in rows {
        let Some(position) = cells.in_utf_8(encoding, added) else { continue };
        let column = reader.columns.label(position);
        let rule = format!("this row is in UTF-8, and the file in {}", encoding.name());
        let rejection = Rejection::new(Rule::MixedEncoding, &column, cells.at(position), rule);
        reader.fault_at(cells.line, column, rejection);
    }
}

/// The number of the invoice that a row belongs to; nothing where it is on another row.
pub(crate) fn number<'c>(layout: &Layout, columns: &Columns, cells: &'c Cells<'_>) -> Option<&'c str> {
    let position = match &layout.shape {
        Shape::Records { records, .. } if cells.at(0) != records.invoice => records.number_on_lines,
        _ => columns.of(F::Number),
    };
    position.map(|position| cells.at(position))
}

/// The row with the invoice's own columns, and those of its lines.
fn head_and_lines<'r, 't>(
    reader: &mut Reader<'_>,
    rows: &'r [Cells<'t>],
) -> Option<(&'r Cells<'t>, Vec<&'r Cells<'t>>)> {
    let first = rows.first()?;
    let Shape::Records { records, .. } = &reader.layout.shape else {
        check_repeated(reader, rows);
        return Some((first, rows.iter().collect()));
    };
    let (heads, lines): (Vec<_>, Vec<_>) = rows.iter().partition(|cells| cells.at(0) == records.invoice);
    let column = reader.columns.label(0);
    match heads.as_slice() {
        [head] => return Some((head, lines)),
        [] => {
            let rule = format!("the line has no invoice, whose row begins with {:?}", records.invoice);
            reader.fault_at(
                first.line,
                column,
                Rejection::new(Rule::LineWithoutInvoice, "number", first.at(0), rule),
            );
        }
        [before, again, ..] => {
            let rule = format!(
                "a second row of the invoice begins with {:?}; line {} is the first",
                records.invoice, before.line
            );
            reader.fault_at(
                again.line,
                column,
                Rejection::new(Rule::InvoiceTwice, "number", again.at(0), rule),
            );
        }
    }
    None
}

/// The invoice that the rows give, and for each row of its VAT breakdown the layout's. Where something
/// cannot be read there is a fault, and what is returned is unusable.
fn invoice(
    reader: &mut Reader<'_>,
    head: &Cells<'_>,
    rows: &[&Cells<'_>],
) -> Option<(Invoice, Vec<Option<usize>>)> {
    reader.required(head, F::Number);
    let number = reader.optional(head, F::Number, Rule::NotAnInvoiceNumber, |text| InvoiceNumber::new(text));
    let kind = kind(reader, head);
    reader.required(head, F::IssuedOn);
    let issued_on = reader.date(head, F::IssuedOn);
    let due_on = reader.date(head, F::DueOn);
    let delivered_on = reader.date(head, F::DeliveredOn);
    let period = period(reader, head);
    let currency = currency(reader, head);
    let references = references(reader, head);
    let buyer = buyer(reader, head);
    let deliver_to = deliver_to(reader, head);
    let payment = PaymentInstructions {
        means: reader.owned(head, F::PaymentMeans),
        means_code: reader.owned(head, F::PaymentMeansCode),
        remittance: reader.owned(head, F::PaymentRemittance),
        terms: reader.owned(head, F::PaymentTerms),
    };
    let lines: Vec<InvoiceLine> = rows.iter().map(|cells| line(reader, cells)).collect();
    let adjustments = document_adjustments(reader, head);
    let totals = totals(reader, head);
    let (vat_breakdown, places) = breakdown(reader, head, &lines, &adjustments, totals.vat);
    let invoice = Invoice {
        number: number?,
        kind: kind?,
        issued_on: issued_on?,
        due_on,
        delivered_on,
        period,
        currency,
        references,
        buyer: buyer?,
        deliver_to,
        payment,
        note: reader.owned(head, F::Note),
        lines,
        adjustments,
        vat_breakdown,
        totals,
    };
    Some((invoice, places))
}

/// Sums that the canonical invoice does not keep, because they follow from its parts.
fn check_stated_sums(reader: &mut Reader<'_>, head: &Cells<'_>, invoice: &Invoice) {
    for (field, code, computed, rule) in [
        (F::TotalLines, "BR-CO-10", invoice.lines_net(), "the sum of the lines is not what they add up to"),
        (
            F::TotalAllowances,
            "BR-CO-11",
            invoice.allowances(),
            "the sum of the allowances is not what they add up to",
        ),
        (F::TotalCharges, "BR-CO-12", invoice.charges(), "the sum of the charges is not what they add up to"),
    ] {
        if reader.text(head, field).is_empty() {
            continue;
        }
        let stated = reader.money(head, field);
        if stated != computed {
            let value = format!("{stated} where {computed} is computed");
            let column = reader.columns.label_of(field);
            reader.fault_at(head.line, column, Rejection::new(code, field.name(), value, rule));
        }
    }
}

/// What belongs to the invoice is the same on all of its rows.
fn check_repeated(reader: &mut Reader<'_>, rows: &[Cells<'_>]) {
    let Some((first, others)) = rows.split_first() else { return };
    let columns = reader.columns;
    for cells in others {
        for &position in &columns.of_invoice {
            let (stated, before) = (cells.at(position), first.at(position));
            if stated != before {
                let rule =
                    format!("rows of one invoice say different things; line {} says {before:?}", first.line);
                let column = columns.label(position);
                let rejection = Rejection::new(Rule::RowsDisagree, &column, stated, rule);
                reader.fault_at(cells.line, column, rejection);
            }
        }
    }
}
