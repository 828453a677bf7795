//! The records of one order.

use passerelle_domain::{BatchId, Money, Rejection};

use super::batch::OrderToWrite;
use super::values;
use crate::orders::build::amended;
use crate::orders::model::{Column, Context, CustomerRecords, Layout, Shape};
use crate::orders::records::{Action, ErpOrder, Known, Repair};

/// A value in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    /// Its first character in the record, from 1, where the layout says it.
    pub(crate) start: Option<usize>,
    pub(crate) text: String,
}

/// A record.
pub(crate) type Row = Vec<Cell>;

/// The records of one order, and what the trailer counts of them.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    /// The customer's code and record, where there is to be one.
    pub(crate) customer: Option<(String, Row)>,
    pub(crate) main: Vec<Row>,
    /// With two files, those of the second.
    pub(crate) apart: Vec<Row>,
    pub(crate) lines: usize,
    pub(crate) charges: usize,
    pub(crate) payments: usize,
    pub(crate) total: Money,
    pub(crate) repairs: Vec<Repair>,
}

/// The order as the ERP will see it, when nothing but its columns can keep it out of a file.
pub(crate) fn seen_by_erp<'a>(
    layout: &'a Layout,
    write: OrderToWrite<'a>,
) -> Result<ErpOrder<'a>, Vec<Rejection>> {
    let order = write.order;
    let mut faults = order.faults();
    if order.currency != "EUR" {
        let rule = "the order is in another currency than euros";
        faults.push(Rejection::new("foreign_currency", "currency", &order.currency, rule));
    }
    match amended(order, write.previous, layout) {
        Ok(mut erp) => {
            if erp.lines.is_empty() && erp.action == Action::New {
                let rule = "after refunds, no line is left for the ERP";
                faults.push(Rejection::new("no_lines", "lines", "0", rule));
            }
            if let Some(most) = layout.file.max_lines.filter(|most| erp.lines.len() > *most) {
                let rule = format!("the order has more than {most} lines for the ERP");
                faults.push(Rejection::new("too_many_lines", "lines", erp.lines.len().to_string(), rule));
            }
            erp.notes.faults.splice(0..0, faults);
            Ok(erp)
        }
        Err(rejection) => {
            faults.push(rejection);
            Err(faults)
        }
    }
}

/// Whether the order's customer has a record.
pub(crate) fn has_customer(layout: &Layout, erp: &ErpOrder<'_>) -> bool {
    let wanted = match layout.customers.records {
        CustomerRecords::New => erp.customer_known == Known::New,
        CustomerRecords::All => erp.customer_known != Known::Guest,
    };
    wanted && !layout.customer.is_empty() && erp.action != Action::Cancel
}

/// The records of one order, or everything that keeps it out of a file.
pub(crate) fn rows(
    layout: &Layout,
    batch: &BatchId,
    write: OrderToWrite<'_>,
) -> Result<Rows, Vec<Rejection>> {
    let erp = seen_by_erp(layout, write)?;
    let mut notes = erp.notes.clone();
    let mut record = |columns: &[Column], at: Context<'_>| -> Row {
        let cell = |column: &Column| Cell {
            start: column.start,
            text: values::text(column, at, &layout.file, &mut notes),
        };
        columns.iter().map(cell).collect()
    };
    let at = Context { batch, order: Some(&erp), line: None, charge: None, payment: None, file: None };
    let customer =
        has_customer(layout, &erp).then(|| (erp.customer_code.to_string(), record(&layout.customer, at)));
    let header = record(&layout.header, at);
    let lines: Vec<Row> =
        erp.lines.iter().map(|line| record(&layout.line, Context { line: Some(line), ..at })).collect();
    let mut charges = Vec::new();
    if !layout.charge.is_empty() {
        for charge in &erp.charges {
            charges.push(record(&layout.charge, Context { charge: Some(charge), ..at }));
        }
    }
    let mut payments = Vec::new();
    if !layout.payment.is_empty() {
        for payment in &erp.payments {
            payments.push(record(&layout.payment, Context { payment: Some(payment), ..at }));
        }
    }
    if !notes.faults.is_empty() {
        return Err(notes.faults);
    }
    Ok(Rows {
        customer,
        lines: lines.len(),
        charges: charges.len(),
        payments: payments.len(),
        total: erp.total,
        repairs: notes.repairs(write.order),
        ..arranged(layout, header, lines, charges, payments)
    })
}

/// Records as the layout's shape wants them.
fn arranged(layout: &Layout, header: Row, lines: Vec<Row>, charges: Vec<Row>, payments: Vec<Row>) -> Rows {
    let blank = |columns: &[Column]| -> Row {
        columns.iter().map(|column| Cell { start: column.start, text: values::blank(column) }).collect()
    };
    let mut rows = Rows::default();
    match layout.file.shape {
        Shape::HeaderAndLines => {
            rows.main.push(header);
            rows.main.extend(lines.into_iter().chain(charges).chain(payments));
        }
        Shape::TwoFiles => {
            rows.main.push(header);
            rows.apart = lines;
        }
        // A change that has no lines, such as a cancellation.
        Shape::HeaderRepeated | Shape::HeaderFirstRow if lines.is_empty() => {
            rows.main.push([header, blank(&layout.line)].concat());
        }
        Shape::HeaderRepeated => {
            rows.main.extend(lines.into_iter().map(|line| [header.clone(), line].concat()));
        }
        Shape::HeaderFirstRow => {
            let headers = std::iter::once(header).chain(std::iter::repeat(blank(&layout.header)));
            rows.main.extend(lines.into_iter().zip(headers).map(|(line, header)| [header, line].concat()));
        }
    }
    rows
}
