//! What a Lambda function is made of: a start, and events that are served: schedules, and batches of messages.
//!
//! A function's `main.rs` calls [`start`], builds what its work needs, and serves either schedules
//! ([`serve_schedule`]) or messages ([`serve_messages`]). The promises are in this crate's README.

mod batch;
mod schedule;
mod start;

pub use batch::{Batches, serve_messages};
pub use schedule::serve_schedule;
pub use start::start;
