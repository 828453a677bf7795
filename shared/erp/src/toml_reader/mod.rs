//! Reads a TOML file whole and collects everything that is wrong with it, each fault with its line,
//! column, field and value. Knows nothing of what the file is about.
//!
//! [`read`] hands the root [`Section`] to a function that asks it for fields. A field that is missing
//! or wrong is noted and read as nothing; a field that nobody asked for is noted when its table ends.

mod document;
mod fault;
mod field;
mod read;
mod section;
#[cfg(test)]
mod tests;

pub use fault::{Fault, Faults};
pub use field::Field;
pub use passerelle_domain::{hint, nearest};
pub use read::{read, texts_of};
pub use section::{Section, Words};
