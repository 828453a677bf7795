//! `passerelle.toml`, and the files that it names.

mod config;
mod expected;
mod files;
mod secret_shop;
mod tables;

pub use config::{AcksConfig, Config, InvoicesConfig, OrdersConfig, ReconcileConfig};
pub use expected::ExpectedInvoices;
pub use files::{ConfigFiles, MAX_FILE_BYTES, order_layout_files, read_config};
pub use secret_shop::SecretShop;
pub use tables::{ConfigFault, FILE, line_of};
