//! PrestaShop 1.7 to 9, webservice. Its traps are in `README.md`, and each has a test.

mod config;
mod map;
mod paging;
mod time;
mod wire;
mod xml;

pub use config::{Config, Fields, NumberIn, Report, States};
