//! Lists that stand beside a layout as CSV files: codes, customers, articles, towns.
//!
//! UTF-8 (a byte order mark is allowed), `;` between the cells, the first row names the columns.
//! What a list says twice, or leaves empty, is refused when the layout is loaded.

mod articles;
mod customers;
mod list;
mod towns;

pub(super) use articles::articles;
pub(super) use customers::customers;
pub(in crate::orders) use list::Beside;
pub(super) use list::is_plain;
pub(super) use towns::towns;
