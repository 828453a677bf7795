//! Queues: where work is announced.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{MessageAttributeValue, SendMessageBatchRequestEntry};
use passerelle_domain::{Failure, Result};

use jiff::Timestamp;

use crate::aws::aws_failure;
use crate::{Letters, Work};

/// A queue that work is announced to. Messages carry an id and a revision, never the truth: they may
/// come twice, late, or out of order.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Sends messages. After a failure some may have been sent and all may be sent again.
    async fn send(&self, bodies: &[String]) -> Result<()>;

    /// Sends a copy of a message that was received from this queue, to be worked on later. Without an
    /// implementation, a queue defers nothing.
    async fn put_back(&self, _body: &str, _deferral: &Deferral) -> Result<()> {
        Err(Failure::misconfigured("put message back", "queue", "this queue cannot defer messages"))
    }
}

/// The queues of an environment.
#[async_trait]
pub trait Queues: Send + Sync {
    /// A queue to send to.
    ///
    /// # Errors
    /// When there is none, or SQS cannot be reached.
    async fn queue(&self, work: Work) -> Result<Arc<dyn Queue>>;

    /// A queue to look into, by its name after `passerelle-<env>-`.
    ///
    /// # Errors
    /// When there is none, or SQS cannot be reached.
    async fn letters(&self, name: &str) -> Result<Arc<dyn Letters>>;
}

/// A message that is deferred: its copy goes back into the queue with a delay, and with what its delivery
/// needs. The copy is a new message, with a receive count of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deferral {
    /// How often it has been deferred, this time included.
    pub times: u32,
    /// When the message that the first copy was made of was received first.
    pub first_received: Timestamp,
    /// How long the copy is hidden: at most 15 minutes, the most that SQS takes.
    pub delay: Duration,
}

/// The message attribute with [`Deferral::times`].
pub const TIMES: &str = "deferrals";
/// The message attribute with [`Deferral::first_received`].
pub const FIRST_RECEIVED: &str = "first-received";

impl Deferral {
    /// What the copy carries, as message attributes of type `String`.
    pub fn attributes(&self) -> [(&'static str, String); 2] {
        [(TIMES, self.times.to_string()), (FIRST_RECEIVED, self.first_received.to_string())]
    }
}

/// An SQS queue.
#[derive(Clone, Debug)]
pub struct SqsQueue {
    client: Client,
    url: String,
}

/// `SendMessageBatch` takes ten messages.
const BATCH: usize = 10;
/// How often the rest of a batch is tried when SQS takes only a part of it.
const ATTEMPTS: usize = 4;

impl SqsQueue {
    /// The queue with a URL, through a client.
    pub fn new(client: Client, url: impl Into<String>) -> Self {
        Self { client, url: url.into() }
    }

    async fn send_batch(&self, bodies: &[String]) -> Result<()> {
        let mut left: Vec<&String> = bodies.iter().collect();
        for _ in 0..ATTEMPTS {
            let entries = left.iter().enumerate().map(|(place, body)| {
                SendMessageBatchRequestEntry::builder().id(place.to_string()).message_body(*body).build()
            });
            let entries: Vec<_> = entries
                .collect::<Result<_, _>>()
                .map_err(|error| Failure::rejected("send messages", &self.url, error))?;
            let sent = self.client.send_message_batch().queue_url(&self.url).set_entries(Some(entries));
            let sent = sent.send().await.map_err(|error| aws_failure("send messages", &self.url, error))?;
            let failed: Vec<usize> =
                sent.failed().iter().filter_map(|entry| entry.id().parse().ok()).collect();
            left = failed.into_iter().filter_map(|place| left.get(place).copied()).collect();
            if left.is_empty() {
                return Ok(());
            }
        }
        Err(Failure::retry("send messages", &self.url, format!("SQS did not take {} of them", left.len())))
    }
}

#[async_trait]
impl Queue for SqsQueue {
    async fn send(&self, bodies: &[String]) -> Result<()> {
        let batches = bodies.chunks(BATCH).map(|bodies| self.send_batch(bodies));
        futures::future::try_join_all(batches).await.map(drop)
    }

    async fn put_back(&self, body: &str, deferral: &Deferral) -> Result<()> {
        let delay = i32::try_from(deferral.delay.as_secs()).unwrap_or(i32::MAX);
        let mut request =
            self.client.send_message().queue_url(&self.url).message_body(body).delay_seconds(delay);
        for (name, value) in deferral.attributes() {
            let value = MessageAttributeValue::builder().data_type("String").string_value(value).build();
            let value = value.map_err(|error| Failure::rejected("put message back", &self.url, error))?;
            request = request.message_attributes(name, value);
        }
        request.send().await.map(drop).map_err(|error| aws_failure("put message back", &self.url, error))
    }
}
