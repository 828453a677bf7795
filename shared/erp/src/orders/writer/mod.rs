//! Orders as files: [`rows`] makes records of what `build` gives, each value fitted into its column by
//! [`values`], and [`files`] makes bytes of them; [`explain`] and [`preview`] show the same to a person. May
//! import the model, the records and `build`.

mod batch;
mod explain;
mod figures;
mod files;
mod preview;
mod rows;
mod values;

pub use batch::{ImportFile, OrderToWrite, Written};
pub use explain::Explained;
pub use preview::{Amount, Preview};

pub(super) use explain::order as explained;
pub(super) use files::files;
pub(super) use preview::of as preview;
pub(super) use rows::rows;
