//! The commands, on an environment in memory.

mod given;
mod looking;
mod rendering;
mod replays;
