//! The services that work is done with: objects, queues, secrets, the clock and metrics, at AWS and, with the
//! feature `fakes`, in memory.
//!
//! An [`Environment`] has them all, for a function, the operator's command and a test alike. Who works sees
//! traits ([`Objects`], [`Queue`], [`Clock`]) and never AWS.

mod aws;
mod clock;
mod environment;
#[cfg(feature = "fakes")]
mod fakes;
pub mod keys;
mod letters;
#[cfg(feature = "fakes")]
mod logs;
mod messages;
mod metrics;
mod notification;
mod objects;
mod queue;
mod secrets;
mod work;

pub use clock::{Clock, Deadline, SystemClock};
pub use environment::Environment;
#[cfg(feature = "fakes")]
pub use fakes::{MemoryLetters, MemoryQueue, MemoryQueues, MemorySecrets, OneQueue, TestClock};
pub use letters::{Depth, Letter, Letters, SqsLetters};
#[cfg(feature = "fakes")]
pub use logs::MemoryLogs;
pub use messages::{InvoiceAnnouncement, OrderNotice};
pub use metrics::{Metric, Metrics, NAMESPACE};
pub use notification::{DroppedObject, dropped_objects, notification_of};
#[cfg(feature = "fakes")]
pub use objects::MemoryObjects;
pub use objects::{Listed, Object, Objects, Put, S3Objects, put_file_once, put_once};
pub use queue::{Deferral, FIRST_RECEIVED, Queue, Queues, SqsQueue, TIMES};
pub use secrets::Secrets;
pub use work::{Message, ScheduledRun, Work};
