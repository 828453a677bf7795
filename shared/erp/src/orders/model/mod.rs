//! What a layout is: plain types, checked by the reader, and questions that they answer by themselves.
//! May import the records, whose values its sources name; nothing else of the orders.

mod column;
mod content;
mod figures;
mod file_format;
mod lists;
mod policy;
mod sources;

pub(crate) use column::{Case, Codes, Column, Filled};
pub(crate) use content::{Condition, Content};
pub(crate) use figures::{Figures, Sign};
pub(crate) use file_format::{BATCH, FileFormat, Form, Quote, Shape, Unencodable};
pub(crate) use lists::{Articles, CUSTOMER, CustomerKey, CustomerRecords, Customers, Pack, Towns};
pub use policy::Amendments;
pub(crate) use policy::{Charges, Payments, Policy, Promotions};
pub(crate) use sources::{Context, FileFacts, Kind, Record, Source, Value, find, names};

/// A checked layout.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) file: FileFormat,
    pub(crate) policy: Policy,
    pub(crate) customers: Customers,
    pub(crate) articles: Option<Articles>,
    pub(crate) towns: Option<Towns>,
    pub(crate) customer: Vec<Column>,
    pub(crate) header: Vec<Column>,
    pub(crate) line: Vec<Column>,
    pub(crate) charge: Vec<Column>,
    pub(crate) payment: Vec<Column>,
    pub(crate) trailer: Vec<Column>,
}

impl Layout {
    /// Whether a header or customer record has values from the source of this name.
    pub(crate) fn writes(&self, source: &str) -> bool {
        self.header.iter().chain(&self.customer).any(|column| column.writes(source))
    }

    /// Where the columns of a record stand in it, with fixed widths: first and last character, from 1. A
    /// line that shares its row with the header follows that.
    pub(crate) fn positions(&self, columns: &[Column], is_line: bool) -> Vec<Option<(usize, usize)>> {
        if self.file.form == Form::Separated {
            return vec![None; columns.len()];
        }
        let before = if self.file.shape.is_flat() && is_line { self.header.as_slice() } else { &[] };
        let mut end = 0;
        let mut next = |column: &Column| {
            let start = column.start.unwrap_or(end + 1);
            end = start - 1 + column.max.unwrap_or(0);
            Some((start, end))
        };
        for column in before {
            next(column);
        }
        columns.iter().map(next).collect()
    }
}
