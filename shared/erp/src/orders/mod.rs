//! Orders out: import files by a layout.
//!
//! The rooms, each of which imports only those above it:
//! - [`records`]: what the ERP sees of an order;
//! - [`model`]: what a layout is;
//! - [`reader`]: a layout's TOML and the lists beside it, checked (the model alone);
//! - [`build`]: an order made into records by the layout's policies;
//! - [`writer`]: records made into rows and files.

mod build;
mod model;
mod reader;
mod records;
mod shop_layouts;
mod writer;

pub use model::Amendments;
pub use records::Repair;
pub use shop_layouts::ShopLayouts;
pub use writer::{Amount, Explained, ImportFile, OrderToWrite, Preview, Written};

use passerelle_domain::{BatchId, BusinessDay, Order, OrderKey, Rejection};

use crate::{LayoutError, LayoutErrors};

/// A layout of import files, read from TOML and checked.
#[derive(Clone, Debug)]
pub struct OrderLayout(model::Layout);

impl OrderLayout {
    /// The names of the files beside it (code lists, customers, articles, towns) that a layout needs,
    /// each once, for a caller who has to fetch them before [`load`](Self::load).
    ///
    /// # Errors
    /// When the text is no TOML.
    pub fn needs(name: &str, text: &str) -> Result<Vec<String>, LayoutErrors> {
        reader::needs(text).map_err(|errors| errors.in_file(name))
    }

    /// Reads and checks a layout and the files beside it, which `beside` gives by their names.
    ///
    /// # Errors
    /// Every fault of the file, each with its file, line, column and the path of the field: TOML that does
    /// not parse, an unknown field, an unknown source, a source that its record does not have, a code that
    /// would be cut, widths that overlap, a list that is missing or says a thing twice, a combination that
    /// cannot work. A combination is looked at where all that it is made of can be read.
    pub fn load(
        name: &str,
        text: &str,
        beside: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, LayoutErrors> {
        reader::read(text, reader::Beside(&beside)).map(Self).map_err(|errors| errors.in_file(name))
    }

    /// What [`load`](Self::load) would refuse.
    pub fn faults(name: &str, text: &str, beside: impl Fn(&str) -> Option<String>) -> Vec<LayoutError> {
        Self::load(name, text, beside).err().map(Into::into).unwrap_or_default()
    }

    /// Reads and checks a layout that needs no files beside it.
    ///
    /// # Errors
    /// As [`load`](Self::load), without the name of the layout.
    pub fn from_toml(text: &str) -> Result<Self, LayoutErrors> {
        reader::read(text, reader::Beside(&|_| None)).map(Self)
    }

    /// Whether the order would go into a file, and what would be repaired for that.
    ///
    /// # Errors
    /// Everything that keeps it out, not only the first; at least one. An order that changed after it
    /// was sent in a way that the layout cannot express is `changed_after_export`, with the difference
    /// spelled out.
    pub fn check<'a>(&self, order: impl Into<OrderToWrite<'a>>) -> Result<Vec<Repair>, Vec<Rejection>> {
        let order = order.into();
        writer::rows(&self.0, &some_batch(order.order), order).map(|rows| rows.repairs)
    }

    /// Whether two revisions of an order are the same to the ERP: what differs has no place in its
    /// files, as the shop's own word for the state, or a telephone that no column takes.
    pub fn is_the_same_to_the_erp(&self, one: &Order, other: &Order) -> bool {
        if build::is_gone(one, &self.0) && build::is_gone(other, &self.0) {
            return true;
        }
        let records = |order: &Order| {
            let rows = writer::rows(&self.0, &some_batch(one), order.into()).ok()?;
            Some((rows.customer, rows.main, rows.apart))
        };
        one.state == other.state && records(one).is_some_and(|one| Some(one) == records(other))
    }

    /// The files of a batch. A pure function: the same batch and orders give the same bytes.
    ///
    /// # Errors
    /// Every fault of every order that [`check`](Self::check) refuses, and of orders that stand
    /// twice; there is no file then.
    pub fn write(
        &self,
        batch: &BatchId,
        orders: &[OrderToWrite<'_>],
    ) -> Result<Written, Vec<(OrderKey, Rejection)>> {
        writer::files(&self.0, batch, orders)
    }

    /// Each value of the order's records with its source, also where some do not fit.
    ///
    /// # Errors
    /// Where the layout has no way to express a change of the order: see [`check`](Self::check).
    pub fn explain<'a>(&self, order: impl Into<OrderToWrite<'a>>) -> Result<Vec<Explained>, Vec<Rejection>> {
        let order = order.into();
        writer::explained(&self.0, &some_batch(order.order), order)
    }

    /// All that the layout makes of one order: a dry run, which also says what keeps it out of a file.
    pub fn preview<'a>(&self, order: impl Into<OrderToWrite<'a>>) -> Preview {
        let order = order.into();
        writer::preview(&self.0, &some_batch(order.order), order)
    }

    /// What the ERP can take of an order that changed after it was sent.
    pub fn amendments(&self) -> Amendments {
        self.0.policy.amendments
    }
}

/// A batch that the order could be in.
fn some_batch(order: &Order) -> BatchId {
    BatchId { day: BusinessDay::of(order.created_at), number: 1 }
}
