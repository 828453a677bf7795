//! The crate as its users see it: layouts, import files, invoice files.

mod ack_files;
mod invoice_files;
mod invoice_properties;
mod layouts;
mod order_files;
mod order_properties;
mod samples;
mod till;
