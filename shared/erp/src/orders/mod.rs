//! Orders out: import files by a layout.
//!
//! An order passes these stages: [`refunds`] takes off what was given back, [`records`] makes what
//! the ERP will see of it (goods in its units, charges, discounts and payments by the layout's
//! policies), [`amendments`] what it is told of a change, [`rows`] puts that into columns and
//! [`write`] into files. The sums hold at each stage.

mod amendments;
mod columns;
mod content;
mod differences;
mod explain;
mod figures;
mod file_format;
mod layout;
mod lines;
mod lists;
mod policies;
mod preview;
mod records;
mod refunds;
mod repairs;
mod rows;
mod shop_layouts;
mod sources;
mod values;
mod write;

pub use explain::Explained;
pub use policies::Amendments;
pub use preview::{Amount, Preview};
pub use repairs::Repair;
pub use shop_layouts::ShopLayouts;

use passerelle_domain::{BatchId, BusinessDay, Order, OrderKey, Rejection};

use crate::LayoutError;

/// An order that is to go into a file.
#[derive(Clone, Copy, Debug)]
pub struct OrderToWrite<'a> {
    /// The order as it is now.
    pub order: &'a Order,
    /// The revision that the ERP was given last; nothing for an order that it does not have.
    pub previous: Option<&'a Order>,
}

impl<'a> From<&'a Order> for OrderToWrite<'a> {
    /// An order that the ERP does not have.
    fn from(order: &'a Order) -> Self {
        Self { order, previous: None }
    }
}

/// A file for the ERP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportFile {
    /// Its name, without a folder.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// What a batch becomes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The files, the main one first; at least one. They are put from the last to the first, so that
    /// the ERP, which looks for the main file, finds a set that is complete.
    pub files: Vec<ImportFile>,
    /// What was repaired so that the ERP takes it.
    pub repairs: Vec<Repair>,
}

/// A layout of import files, read from TOML and checked.
#[derive(Clone, Debug)]
pub struct OrderLayout(layout::Layout);

impl OrderLayout {
    /// The names of the files beside it (code lists, customers, articles, towns) that a layout needs,
    /// each once, for a caller who has to fetch them before [`load`](Self::load).
    ///
    /// # Errors
    /// When the text is no TOML.
    pub fn needs(name: &str, text: &str) -> Result<Vec<String>, LayoutError> {
        layout::needs(text).map_err(|error| error.in_file(name))
    }

    /// Reads and checks a layout and the files beside it, which `beside` gives by their names.
    ///
    /// # Errors
    /// The first fault, with the file, the line and the path of the field: TOML that does not parse,
    /// an unknown field, an unknown source, a source that its record does not have, a code that would
    /// be cut, widths that overlap, a list that is missing or says a thing twice, a combination that
    /// cannot work.
    pub fn load(
        name: &str,
        text: &str,
        beside: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, LayoutError> {
        let read = layout::read(text, lists::Beside(&beside));
        read.map(Self).map_err(|faults| crate::layout::first(faults).in_file(name))
    }

    /// Everything that [`load`](Self::load) would refuse, so far as it can be seen at once: of each table
    /// and column the first fault, and once all can be read, the combinations that cannot work.
    pub fn faults(name: &str, text: &str, beside: impl Fn(&str) -> Option<String>) -> Vec<LayoutError> {
        let faults = layout::read(text, lists::Beside(&beside)).err().unwrap_or_default();
        faults.into_iter().map(|error| error.in_file(name)).collect()
    }

    /// Reads and checks a layout that needs no files beside it.
    ///
    /// # Errors
    /// As [`load`](Self::load), without the name of the layout.
    pub fn from_toml(text: &str) -> Result<Self, LayoutError> {
        layout::read(text, lists::Beside(&|_| None)).map(Self).map_err(crate::layout::first)
    }

    /// Whether the order would go into a file, and what would be repaired for that.
    ///
    /// # Errors
    /// Everything that keeps it out, not only the first; at least one. An order that changed after it
    /// was sent in a way that the layout cannot tell is `changed_after_export`, with the difference
    /// spelled out.
    pub fn check<'a>(&self, order: impl Into<OrderToWrite<'a>>) -> Result<Vec<Repair>, Vec<Rejection>> {
        let order = order.into();
        rows::rows(&self.0, &some_batch(order.order), order).map(|rows| rows.repairs)
    }

    /// Whether two revisions of an order are the same to the ERP: what differs has no place in its
    /// files, as the shop's own word for the state, or a telephone that no column takes.
    pub fn tells_the_same(&self, one: &Order, other: &Order) -> bool {
        if amendments::is_gone(one, &self.0) && amendments::is_gone(other, &self.0) {
            return true;
        }
        let records = |order: &Order| {
            let rows = rows::rows(&self.0, &some_batch(one), order.into()).ok()?;
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
        write::files(&self.0, batch, orders)
    }

    /// Each value of the order's records with its source, also where some do not fit.
    ///
    /// # Errors
    /// Where the layout has no way to tell a change of the order: see [`check`](Self::check).
    pub fn explain<'a>(&self, order: impl Into<OrderToWrite<'a>>) -> Result<Vec<Explained>, Vec<Rejection>> {
        let order = order.into();
        explain::order(&self.0, &some_batch(order.order), order)
    }

    /// All that the layout makes of one order: a dry run, which also says what keeps it out of a file.
    pub fn preview<'a>(&self, order: impl Into<OrderToWrite<'a>>) -> Preview {
        let order = order.into();
        preview::of(&self.0, &some_batch(order.order), order)
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
