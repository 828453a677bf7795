//! What functions and the operator's command have in common.
//!
//! [`todo`] is the one list of what waits for a person: the day's report, its head line, the gauges and
//! `passerelle todo` all come from it.

mod shell;
pub mod todo;

pub use shell::quoted;
