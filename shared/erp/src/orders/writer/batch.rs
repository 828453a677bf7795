use passerelle_domain::Order;

use crate::orders::records::Repair;

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
