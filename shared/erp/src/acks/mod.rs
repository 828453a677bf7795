//! Reads the acknowledgements in which the ERP says what became of the orders that it was sent.
//!
//! A file of them is separated text with a row of column names and one row an order. Which columns,
//! and which word means what, is a layout in TOML:
//!
//! ```toml
//! [file]
//! encoding = "windows-1252"
//! separator = ";"
//!
//! [columns]
//! number = "commande"        # or id = "…": the shop's id instead of the number that people know
//! shop = "boutique"          # may be left out where there is one shop
//! batch = "lot"
//! outcome = "statut"
//! erp_number = "numero_erp"  # may be left out
//! words = "motif"            # may be left out
//!
//! [codes.outcome]            # accepted | refused
//! OK = "accepted"
//! KO = "refused"
//! ```
//!
//! A file of another kind is refused whole. A row that cannot be read is rejected by itself; the others count.
//!
//! `model` has what a layout is, `reader` makes it of TOML, and `file` reads and rejects by it.

mod file;
mod model;
mod reader;

use passerelle_domain::{BatchId, OrderId, Rejection, ShopId};

pub use model::AckLayout;

/// How a row names its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderName {
    /// By the shop's id.
    Id(OrderId),
    /// By the number that people know, as the import file has it.
    Number(String),
}

/// A row of the file: what became of one order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ack {
    /// Its line, from 1.
    pub line: u64,
    /// The shop, where the file names it.
    pub shop: Option<ShopId>,
    /// The order.
    pub order: OrderName,
    /// The batch that the order came in.
    pub batch: BatchId,
    /// Whether the ERP took it.
    pub accepted: bool,
    /// The ERP's own number; may be empty.
    pub erp_number: String,
    /// Why it was refused; may be empty.
    pub words: String,
}

/// A row that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadAck {
    /// Its line, from 1.
    pub line: u64,
    /// The column and its value, and the rule.
    pub rejection: Rejection,
}
