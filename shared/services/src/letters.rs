//! Queues that are read by hand: what an operator looks into and sends back.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName;
use passerelle_domain::Result;

use crate::aws::aws_failure;

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

/// A queue as an operator sees it, who empties it by hand.
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
/// How long a receive may take to find messages on all of SQS's servers.
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
