//! The commands, on an environment in memory.

mod given;
mod looking;
mod quarantine;
mod rendering;
mod replays;
