//! The commands, on an environment in memory.

mod checks;
mod configurations;
mod given;
mod looking;
mod mapping;
mod quarantine;
mod read_again;
mod rendering;
mod replays;
mod todo;
