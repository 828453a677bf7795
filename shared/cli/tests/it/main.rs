//! The commands, on an environment in memory.

mod checks;
mod given;
mod looking;
mod quarantine;
mod rendering;
mod replays;
