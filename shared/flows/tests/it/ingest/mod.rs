//! What becomes of everything that may be dropped.

mod drops;
mod given;
mod long_files;
