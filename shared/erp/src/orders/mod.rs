//! Orders out: an import file by a layout.
//!
//! An order passes three stages: [`refunds`] takes off what was given back before the export,
//! [`records`] makes what the ERP will see of it (goods, charges, discounts and payments by the
//! layout's policies), and [`write`] puts that into columns. The sums hold at each stage.

mod columns;
mod layout;
mod policies;
mod records;
mod refunds;
mod sources;
mod values;
mod write;

use passerelle_domain::{BatchId, Order, OrderKey, Rejection};

use crate::LayoutError;

/// What the ERP can take of an order that changed after it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amendments {
    /// Nothing: a person enters the difference.
    SetAside,
}

/// A layout of import files, read from TOML and checked.
#[derive(Clone, Debug)]
pub struct OrderLayout(layout::Layout);

impl OrderLayout {
    /// Reads and checks a layout.
    ///
    /// # Errors
    /// The first fault, with the path of its field: TOML that does not parse, an unknown field, an
    /// unknown source, a source that its record does not have, a code that would be cut, a
    /// combination that cannot work.
    pub fn from_toml(text: &str) -> Result<Self, LayoutError> {
        layout::read(text).map(Self)
    }

    /// Whether the order would go into a file.
    ///
    /// # Errors
    /// Everything that keeps it out, not only the first; at least one.
    pub fn check(&self, order: &Order) -> Result<(), Vec<Rejection>> {
        let batch = BatchId { day: passerelle_domain::BusinessDay::of(order.created_at), number: 1 };
        write::rows(&self.0, &batch, order).map(|_| ())
    }

    /// The name of a batch's file, without a folder.
    pub fn file_name(&self, batch: &BatchId) -> String {
        self.0.file.name.replace(layout::BATCH, &batch.to_string())
    }

    /// The file of a batch. A pure function: the same batch and orders give the same bytes.
    ///
    /// # Errors
    /// Every fault of every order that [`check`](Self::check) refuses, and of orders that stand
    /// twice; there is no file then.
    pub fn write(&self, batch: &BatchId, orders: &[Order]) -> Result<Vec<u8>, Vec<(OrderKey, Rejection)>> {
        write::file(&self.0, batch, orders)
    }

    /// What the ERP can take of an order that changed after it was sent.
    pub fn amendments(&self) -> Amendments {
        self.0.policy.amendments
    }
}
