//! The export's handler on a ledger and objects in memory.

mod changes;
mod given;
mod lease;
mod nights;
mod peaks;
