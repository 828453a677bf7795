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

pub use model::{Ack, AckLayout, BadAck, OrderName};
