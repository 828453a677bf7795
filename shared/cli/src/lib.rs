//! `passerelle`, the operator's command: what is where, and the way back for what was set aside,
//! stuck or lost.
//!
//! Every command can be repeated: it looks at the ledger first, does what is left to do, and prints that.
//! Commands never write what only a function may decide; they announce work again, or take the one
//! step in the ledger that is a person's to take.

mod answer;
mod args;
mod commands;
mod names;

pub use answer::Answer;
pub use args::{
    Args, CheckFile, Command, Invoices, MapOrder, PreviewPages, Quarantine, RenderFile, Replay, Todo,
    WhichInvoices, WhichOrders,
};
pub use commands::{on_this_machine, run};
