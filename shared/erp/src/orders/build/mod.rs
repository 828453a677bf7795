//! An order made into what the ERP will see of it: [`refunds`] takes off what was given back, [`lines`]
//! puts goods in the ERP's units and moves charges and discounts by the layout's policies, [`order`] adds
//! all of it up, and [`amendments`] compares it with the revision that the ERP has. The sums hold at each
//! stage. May import the model and the records.

mod amendments;
mod differences;
mod lines;
mod order;
mod refunds;

pub(crate) use amendments::{amended, is_gone};
