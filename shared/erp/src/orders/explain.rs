//! Where each value of an order's records comes from: for people who write a layout.

use passerelle_domain::{BatchId, Rejection};

use super::columns::Column;
use super::layout::Layout;
use super::repairs::{Notes, Repair};
use super::sources::Context;
use super::{OrderToWrite, rows, values};

/// One value of an order's records, and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// The record: `header`, `line 2`, `payment 1`.
    pub record: String,
    /// The column's name in the layout.
    pub column: String,
    /// Where the value comes from: `customer.name`, `"E"`, `delivery.postcode + delivery.city`.
    pub source: String,
    /// What stands in the file, with the padding of fixed widths.
    pub value: String,
    /// What was repaired so that it fits.
    pub repairs: Vec<Repair>,
    /// Why it does not fit, where it does not; `value` is empty then.
    pub faults: Vec<Rejection>,
}

pub(super) fn order(
    layout: &Layout,
    batch: &BatchId,
    write: OrderToWrite<'_>,
) -> Result<Vec<Explained>, Vec<Rejection>> {
    let erp = rows::told(layout, write)?;
    // Repairs of the order itself, such as a price that makes the amount.
    let earlier = erp.notes.clone().repairs(write.order);
    let mut explained = Vec::new();
    let mut record = |name: String, columns: &[Column], at: Context<'_>| {
        explained.extend(columns.iter().map(|column| {
            let mut notes = Notes::default();
            let value = values::text(column, at, &layout.file, &mut notes);
            let faults = std::mem::take(&mut notes.faults);
            let field = values::field(column, at);
            let mut repairs = notes.repairs(write.order);
            repairs.extend(earlier.iter().filter(|repair| repair.field == field).cloned());
            Explained {
                record: name.clone(),
                column: column.name.clone(),
                source: column.content.describe(),
                value,
                repairs,
                faults,
            }
        }));
    };
    let at = Context { batch, order: Some(&erp), line: None, charge: None, payment: None, file: None };
    if rows::has_customer(layout, &erp) {
        record("customer".to_owned(), &layout.customer, at);
    }
    record("header".to_owned(), &layout.header, at);
    for line in &erp.lines {
        record(format!("line {}", line.number), &layout.line, Context { line: Some(line), ..at });
    }
    for charge in &erp.charges {
        record(format!("charge {}", charge.number), &layout.charge, Context { charge: Some(charge), ..at });
    }
    for payment in &erp.payments {
        let at = Context { payment: Some(payment), ..at };
        record(format!("payment {}", payment.number), &layout.payment, at);
    }
    Ok(explained)
}
