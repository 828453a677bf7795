//! The crate as its users see it: layouts, import files, invoice files.

mod ack_files;
mod changes;
mod faults;
mod invoice_files;
mod invoice_properties;
mod known_bugs;
mod layouts;
mod lists;
mod lists_used;
mod order_files;
mod order_properties;
mod previews;
mod read_back;
mod samples;
mod shipped;
mod shipped_invoices;
mod shipped_properties;
mod shipped_samples;
mod till;
mod written;
mod written_file;
mod written_properties;
