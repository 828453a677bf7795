//! Where each value of an order's records comes from: for people who write a layout.

use passerelle_domain::{BatchId, Rejection};

use super::batch::OrderToWrite;
use super::{rows, values};
use crate::orders::model::{BATCH, Column, Context, FileFacts, Layout};
use crate::orders::records::{ErpOrder, Notes, Repair};

/// One value of an order's records, and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// The name of the file that the record stands in.
    pub file: String,
    /// The record: `header`, `line 2`, `payment 1`.
    pub record: String,
    /// The column's name in the layout.
    pub column: String,
    /// With fixed widths, the first and the last character of it in its record, counted from 1.
    pub at: Option<(usize, usize)>,
    /// Where the value comes from: `customer.name`, `"E"`, `delivery.postcode + delivery.city`, with the
    /// condition that it stands under.
    pub source: String,
    /// What the source says, before it is looked up, cut, written in the ERP's characters or filled up.
    pub before: String,
    /// What stands in the file, with the padding of fixed widths.
    pub value: String,
    /// What was repaired so that it fits.
    pub repairs: Vec<Repair>,
    /// Why it does not fit, where it does not; `value` is empty then.
    pub faults: Vec<Rejection>,
}

pub(crate) fn order(
    layout: &Layout,
    batch: &BatchId,
    write: OrderToWrite<'_>,
) -> Result<Vec<Explained>, Vec<Rejection>> {
    Ok(records(layout, batch, write, &rows::seen_by_erp(layout, write)?))
}

/// Each value of the records of an order that the ERP will see so.
pub(crate) fn records(
    layout: &Layout,
    batch: &BatchId,
    write: OrderToWrite<'_>,
    erp: &ErpOrder<'_>,
) -> Vec<Explained> {
    // Repairs of the order itself, such as a price that makes the amount.
    let earlier = erp.notes.clone().repairs(write.order);
    let mut explained = Vec::new();
    let (main, file) = (&layout.file.name, &layout.file);
    let mut record = |file: &str, name: String, columns: &[Column], at: Context<'_>| {
        let places = layout.positions(columns, name.starts_with("line "));
        explained.extend(columns.iter().zip(places).map(|(column, place)| {
            let mut one = value(layout, (file, &name), column, at, write);
            one.at = place;
            let field = values::field(column, at);
            one.repairs.extend(earlier.iter().filter(|repair| repair.field == field).cloned());
            one
        }));
    };
    let at = Context { batch, order: Some(erp), line: None, charge: None, payment: None, file: None };
    if rows::has_customer(layout, erp) {
        let file = layout.customers.file_name.as_ref().unwrap_or(main);
        record(file, "customer".to_owned(), &layout.customer, at);
    }
    record(main, "header".to_owned(), &layout.header, at);
    for line in &erp.lines {
        let file = file.lines_name.as_ref().unwrap_or(main);
        record(file, format!("line {}", line.number), &layout.line, Context { line: Some(line), ..at });
    }
    for charge in &erp.charges {
        let at = Context { charge: Some(charge), ..at };
        record(main, format!("charge {}", charge.number), &layout.charge, at);
    }
    for payment in &erp.payments {
        let at = Context { payment: Some(payment), ..at };
        record(main, format!("payment {}", payment.number), &layout.payment, at);
    }
    explained
}

/// Each value of the trailer of a file with just this order.
pub(crate) fn trailer(
    layout: &Layout,
    batch: &BatchId,
    write: OrderToWrite<'_>,
    facts: &FileFacts,
) -> Vec<Explained> {
    let file = Some(facts);
    let at = Context { batch, order: None, line: None, charge: None, payment: None, file };
    let name = (layout.file.name.as_str(), "trailer");
    let places = layout.positions(&layout.trailer, false);
    let columns = layout.trailer.iter().zip(places);
    columns
        .map(|(column, at_place)| Explained { at: at_place, ..value(layout, name, column, at, write) })
        .collect()
}

fn value(
    layout: &Layout,
    (file, record): (&str, &str),
    column: &Column,
    at: Context<'_>,
    write: OrderToWrite<'_>,
) -> Explained {
    let mut notes = Notes::default();
    let value = values::text(column, at, &layout.file, &mut notes);
    let faults = std::mem::take(&mut notes.faults);
    let mut source = column.content.describe();
    if let Some(condition) = &column.condition {
        source = format!("{source} {}", condition.describe());
    }
    Explained {
        file: file.replace(BATCH, &at.batch.to_string()),
        record: record.to_owned(),
        column: column.name.clone(),
        at: None,
        source,
        before: values::before(column, at),
        value,
        repairs: notes.repairs(write.order),
        faults,
    }
}
