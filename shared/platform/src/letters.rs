//! Queues that are read by hand: what an operator looks into and sends back.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName;
use passerelle_domain::Result;

use crate::start::aws_failure;

/// A message that was received and is not deleted yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// SQS's id; the same at every delivery.
    pub id: String,
    /// What was sent.
    pub body: String,
    /// What deletes it.
    pub receipt: String,
}

/// How many messages a queue holds, as SQS estimates it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Depth {
    /// Messages that wait, those with a delay included.
    pub waiting: u64,
    /// Messages that somebody works on.
    pub in_flight: u64,
}

/// A queue as somebody sees it who empties it by hand.
#[async_trait]
pub trait Letters: Send + Sync {
    /// How much it holds.
    async fn depth(&self) -> Result<Depth>;

    /// Receives up to ten messages and hides them from others for a while. None when it is empty, or
    /// all of it is hidden.
    async fn receive(&self) -> Result<Vec<Letter>>;

    /// Takes a received message out for good.
    async fn delete(&self, letter: &Letter) -> Result<()>;

    /// Lets others see a received message again.
    async fn give_back(&self, letter: &Letter) -> Result<()>;
}

/// How long received messages are hidden: long enough to send ten of them on.
const HIDDEN: Duration = Duration::from_secs(60);
/// How long an answer may take to find messages on all of SQS's servers.
const WAIT: Duration = Duration::from_secs(1);

/// An SQS queue that is read by hand.
#[derive(Clone, Debug)]
pub struct SqsLetters {
    client: Client,
    url: String,
}

impl SqsLetters {
    /// The queue with a URL, through a client.
    pub fn new(client: Client, url: impl Into<String>) -> Self {
        Self { client, url: url.into() }
    }

    async fn hide(&self, letter: &Letter, seconds: i32) -> Result<()> {
        let request = self.client.change_message_visibility().queue_url(&self.url);
        let changed = request.receipt_handle(&letter.receipt).visibility_timeout(seconds).send().await;
        changed.map(drop).map_err(|error| aws_failure("give message back", &self.url, error))
    }
}

fn seconds(duration: Duration) -> i32 {
    i32::try_from(duration.as_secs()).unwrap_or(i32::MAX)
}

#[async_trait]
impl Letters for SqsLetters {
    async fn depth(&self) -> Result<Depth> {
        let names = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesDelayed,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        ];
        let request = self.client.get_queue_attributes().queue_url(&self.url);
        let found = request.set_attribute_names(Some(names.to_vec())).send().await;
        let found = found.map_err(|error| aws_failure("read depth of queue", &self.url, error))?;
        let [waiting, delayed, in_flight] = names.map(|name| {
            let figure = found.attributes().and_then(|attributes| attributes.get(&name));
            figure.and_then(|figure| figure.parse().ok()).unwrap_or(0)
        });
        Ok(Depth { waiting: waiting + delayed, in_flight })
    }

    async fn receive(&self) -> Result<Vec<Letter>> {
        let request = self.client.receive_message().queue_url(&self.url).max_number_of_messages(10);
        let request = request.visibility_timeout(seconds(HIDDEN)).wait_time_seconds(seconds(WAIT));
        let received = request.send().await;
        let received = received.map_err(|error| aws_failure("receive messages", &self.url, error))?;
        let letters = received.messages.unwrap_or_default().into_iter().filter_map(|message| {
            let (id, receipt) = (message.message_id?, message.receipt_handle?);
            Some(Letter { id, body: message.body.unwrap_or_default(), receipt })
        });
        Ok(letters.collect())
    }

    async fn delete(&self, letter: &Letter) -> Result<()> {
        let request = self.client.delete_message().queue_url(&self.url).receipt_handle(&letter.receipt);
        request.send().await.map(drop).map_err(|error| aws_failure("delete message", &self.url, error))
    }

    async fn give_back(&self, letter: &Letter) -> Result<()> {
        self.hide(letter, 0).await
    }
}

/// Letters in memory, for tests: each message once, hidden until it is given back.
#[derive(Clone, Debug, Default)]
pub struct MemoryLetters(Arc<Mutex<Lying>>);

#[derive(Debug, Default)]
struct Lying {
    sent: u64,
    /// By the order of sending: the body, and whether it is hidden.
    messages: BTreeMap<u64, (String, bool)>,
}

impl MemoryLetters {
    fn lying(&self) -> MutexGuard<'_, Lying> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts messages in.
    pub fn put(&self, bodies: &[&str]) {
        let mut lying = self.lying();
        for body in bodies {
            lying.sent += 1;
            let place = lying.sent;
            lying.messages.insert(place, ((*body).to_owned(), false));
        }
    }

    /// What it holds, hidden or not, oldest first.
    pub fn bodies(&self) -> Vec<String> {
        self.lying().messages.values().map(|(body, _)| body.clone()).collect()
    }

    fn set_hidden(&self, letter: &Letter, hidden: bool) {
        let place = letter.receipt.parse().unwrap_or_default();
        if let Some(message) = self.lying().messages.get_mut(&place) {
            message.1 = hidden;
        }
    }
}

#[async_trait]
impl Letters for MemoryLetters {
    async fn depth(&self) -> Result<Depth> {
        let lying = self.lying();
        let in_flight = lying.messages.values().filter(|(_, hidden)| *hidden).count() as u64;
        Ok(Depth { waiting: lying.messages.len() as u64 - in_flight, in_flight })
    }

    async fn receive(&self) -> Result<Vec<Letter>> {
        let mut lying = self.lying();
        let open = lying.messages.iter_mut().filter(|(_, (_, hidden))| !hidden).take(10);
        let received = open.map(|(place, (body, hidden))| {
            *hidden = true;
            Letter { id: format!("m{place}"), body: body.clone(), receipt: place.to_string() }
        });
        Ok(received.collect())
    }

    async fn delete(&self, letter: &Letter) -> Result<()> {
        self.lying().messages.remove(&letter.receipt.parse().unwrap_or_default());
        Ok(())
    }

    async fn give_back(&self, letter: &Letter) -> Result<()> {
        self.set_hidden(letter, false);
        Ok(())
    }
}
