//! The crate as its users see it: layouts, import files, invoice files.

mod invoice_files;
mod invoice_properties;
mod layouts;
mod order_files;
mod order_properties;
mod samples;
mod shipped;
mod till;
mod written;
mod written_properties;
