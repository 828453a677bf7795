//! Everything in memory, for tests.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use passerelle_domain::{Failure, Result, ShopId};

use crate::{Clock, Depth, Letter, Letters, Queue, Queues, Secrets, Work};

/// A clock that stands still until it is set; a clone is the same one.
#[derive(Clone, Debug)]
pub struct TestClock(Arc<Mutex<Timestamp>>);

impl TestClock {
    /// A clock that stands at an instant.
    pub fn at(instant: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(instant)))
    }

    /// Sets it.
    pub fn set(&self, instant: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = instant;
    }

    /// Moves it on.
    pub fn advance(&self, by: SignedDuration) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += by;
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A queue in memory, for tests.
#[derive(Clone, Debug, Default)]
pub struct MemoryQueue(Arc<Mutex<Vec<String>>>);

impl MemoryQueue {
    /// Takes all messages out, oldest first.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Queue for MemoryQueue {
    async fn send(&self, bodies: &[String]) -> Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bodies);
        Ok(())
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

/// Secrets in memory, for tests.
#[derive(Clone, Debug, Default)]
pub struct MemorySecrets(Arc<Mutex<BTreeMap<ShopId, String>>>);

impl MemorySecrets {
    /// Sets a shop's secret.
    pub fn set(&self, shop: &ShopId, secret: &str) {
        let mut secrets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        secrets.insert(shop.clone(), secret.to_owned());
    }

    /// Takes a shop's secret out.
    pub fn remove(&self, shop: &ShopId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(shop);
    }
}

#[async_trait]
impl Secrets for MemorySecrets {
    async fn shop_secret(&self, shop: &ShopId) -> Result<String> {
        let secrets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let missing = || Failure::misconfigured("read secret", shop.as_str(), "there is none");
        secrets.get(shop).cloned().ok_or_else(missing)
    }

    async fn has_shop_secret(&self, shop: &ShopId) -> Result<bool> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).contains_key(shop))
    }
}

/// Queues in memory, each made when it is first asked for; a clone has the same ones.
#[derive(Clone, Debug, Default)]
pub struct MemoryQueues(Arc<Mutex<Held>>);

#[derive(Debug, Default)]
struct Held {
    queues: BTreeMap<Work, MemoryQueue>,
    letters: BTreeMap<String, MemoryLetters>,
    away: bool,
}

impl MemoryQueues {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is sent to a queue.
    pub fn sent_to(&self, work: Work) -> MemoryQueue {
        self.held().queues.entry(work).or_default().clone()
    }

    /// What lies in a queue that is read by hand.
    pub fn lying_in(&self, name: &str) -> MemoryLetters {
        self.held().letters.entry(name.to_owned()).or_default().clone()
    }

    /// Takes out all that was sent, to whatever queue.
    pub fn take_all(&self) -> Vec<String> {
        self.held().queues.values().flat_map(MemoryQueue::take).collect()
    }

    /// Lets every queue refuse what is sent to it.
    pub fn break_off(&self) {
        self.held().away = true;
    }
}

/// A queue that takes nothing.
struct Away;

#[async_trait]
impl Queue for Away {
    async fn send(&self, _: &[String]) -> Result<()> {
        Err(Failure::retry("send messages", "queue", "SQS is away"))
    }
}

#[async_trait]
impl Queues for MemoryQueues {
    async fn queue(&self, work: Work) -> Result<Arc<dyn Queue>> {
        if self.held().away {
            return Ok(Arc::new(Away));
        }
        Ok(Arc::new(self.sent_to(work)))
    }

    async fn letters(&self, name: &str) -> Result<Arc<dyn Letters>> {
        Ok(Arc::new(self.lying_in(name)))
    }
}

/// The same queue for all work: one that fails, for tests of just that.
pub struct OneQueue(pub Arc<dyn Queue>);

#[async_trait]
impl Queues for OneQueue {
    async fn queue(&self, _work: Work) -> Result<Arc<dyn Queue>> {
        Ok(Arc::clone(&self.0))
    }

    async fn letters(&self, name: &str) -> Result<Arc<dyn Letters>> {
        Err(Failure::misconfigured("find queue", name, "there is none"))
    }
}
