//! What a function needs around its work: configuration, AWS clients, S3 objects, SQS batches, logs,
//! metrics and the clock.
//!
//! A function's `main.rs` starts a [`Platform`], builds what its handler depends on, and serves
//! either schedules ([`serve_schedule`]) or messages ([`serve_messages`]). Handlers see traits
//! ([`Objects`], [`Queue`], [`Clock`]) and never AWS.

mod announcement;
mod batch;
mod check;
mod clock;
mod config;
mod config_toml;
mod delivery;
mod expected;
mod letters;
mod logs;
mod metrics;
mod objects;
mod placeholders;
mod queue;
mod schedule;
mod secrets;
mod start;
mod workbench;

pub use announcement::{InvoiceAnnouncement, OrderNotice};
pub use batch::{Batches, Deferral, Message, serve_messages, work_batch};
pub use check::{CheckedConfig, check_config};
pub use clock::{Clock, Deadline, SystemClock};
pub use config::{AcksConfig, Config, InvoicesConfig, OrdersConfig};
pub use config_toml::ConfigFault;
pub use delivery::{DroppedObject, dropped_objects, notification_of};
pub use expected::ExpectedInvoices;
pub use letters::{Depth, Letter, Letters, MemoryLetters, SqsLetters};
pub use logs::MemoryLogs;
pub use metrics::{Metrics, Unit};
pub use objects::{Listed, MemoryObjects, Object, Objects, Put, S3Objects, put_file_once, put_once};
pub use placeholders::{Target, placeholder};
pub use queue::{MemoryQueue, Queue, SqsQueue};
pub use schedule::{ScheduledRun, serve_schedule};
pub use secrets::{MemorySecrets, SecretShop, Secrets};
pub use start::{DEAD_LETTERS, Platform};
pub use workbench::Workbench;
