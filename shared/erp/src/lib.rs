//! The ERP's files: order import files out, invoice CSV files in. What they look like is data, one
//! layout in TOML each; nothing here knows a particular ERP.
//!
//! - [`orders::OrderLayout`] turns orders into import files. It decides what becomes of everything
//!   that an ERP has no place for (promotions, charges, several payments, refunds, characters, long
//!   texts, changes after the export), and keeps every sum to the cent. What a layout can say, and
//!   five that ship, are in `layouts/orders` of this crate.
//! - [`invoices::InvoiceLayout`] reads an invoice file in two passes, in bounded memory: the first
//!   decides on the file, the second on each invoice.
//! - [`acks::AckLayout`] reads the acknowledgements, in which the ERP says what became of orders.
//!
//! A layout is checked when it is loaded: misspelt sources and combinations that cannot work are
//! [`LayoutErrors`], each with the line, the column and the path of the field, never a surprise at night.
//! What reads the TOML, [`toml_reader`], knows nothing of layouts.
//!
//! Nothing here opens, fetches or keeps a file: bytes and domain types in, bytes and domain types out.

pub mod acks;
mod encoding;
pub mod invoices;
mod layout;
pub mod orders;
mod rejects;
mod rules;
mod text;
pub mod toml_reader;
mod units;

pub use rules::{Rule, in_french};
pub use toml_reader::{Fault as LayoutError, Faults as LayoutErrors};
