//! `passerelle.toml`, and the files that it names.
//!
//! All are read by `passerelle_erp::toml_reader`, which collects every fault with its line and column. It
//! stays in that crate, whose layouts need it: this crate depends on that one.

mod config;
mod expected;
mod files;
mod reader;
mod secret_shop;

pub use config::{AcksConfig, Config, FILE, InvoicesConfig, OrdersConfig, ReconcileConfig};
pub use expected::ExpectedInvoices;
pub use files::{ConfigFiles, MAX_FILE_BYTES, order_layout_files, read_config};
pub use secret_shop::SecretShop;
