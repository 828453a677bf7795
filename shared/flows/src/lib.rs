//! What functions do, as plain functions on small structs: each module is the work of one function, over an
//! [`Environment`](passerelle_services::Environment). A function's `main.rs` wires it, and the operator's
//! command and the fault simulation run the same.
//!
//! [`todo`] is the one list of what waits for a person: the day's report, its head line, the gauges and
//! `passerelle todo` all come from it.

pub mod acks;
pub mod export;
pub mod fetch;
pub mod ingest;
pub mod publish;
pub mod reconcile;
pub mod render;
mod shell;
pub mod todo;
pub mod webhook;

pub use shell::quoted;
