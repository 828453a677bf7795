//! The ERP's files: order import files out, invoice CSV files in. What they look like is data, one
//! layout in TOML each; nothing here knows a particular ERP.
//!
//! - [`orders::OrderLayout`] turns orders into import files. It decides what becomes of everything
//!   that an ERP has no place for (promotions, charges, several payments, refunds, characters, long
//!   texts, changes after the export), and keeps every sum to the cent. What a layout can say, and
//!   five that ship, are in `layouts/orders` of this crate.
//! - [`invoices::InvoiceLayout`] reads an invoice file in two passes, in bounded memory: the first
//!   decides on the file, the second on each invoice.
//! - [`acks::AckLayout`] reads the reports in which the ERP says what became of orders.
//!
//! A layout is checked when it is loaded: a misspelt source or a combination that cannot work is a
//! [`LayoutError`] with the path of the field, never a surprise at night.
//!
//! Nothing here opens, fetches or keeps a file: bytes and domain types in, bytes and domain types out.

pub mod acks;
mod encoding;
pub mod invoices;
mod layout;
pub mod orders;
mod rules;
mod text;

pub use layout::LayoutError;
pub use rules::{Rule, in_french};
