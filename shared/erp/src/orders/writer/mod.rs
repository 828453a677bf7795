//! Orders as files: [`rows`] makes records of what `build` gives, each value fitted into its column by
//! [`values`], and [`files`] makes bytes of them; [`explain`] and [`preview`] show the same to a person. May
//! import the model, the records and `build`.

mod explain;
mod figures;
mod files;
mod preview;
mod rows;
mod values;

use passerelle_domain::Order;

pub use explain::Explained;
pub use preview::{Amount, Preview};

pub(super) use explain::order as explained;
pub(super) use files::files;
pub(super) use preview::of as preview;
pub(super) use rows::rows;

use super::records::Repair;

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
