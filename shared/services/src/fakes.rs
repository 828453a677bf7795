//! Everything in memory, for tests.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use passerelle_domain::{Failure, Result, ShopId};

use crate::{Clock, Depth, Letter, Letters, Queue, Queues, Secrets, Work};

/// What a panicking test leaves is whole: each change is one step.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

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
        *locked(&self.0) = instant;
    }

    /// Moves it on.
    pub fn advance(&self, by: SignedDuration) {
        *locked(&self.0) += by;
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *locked(&self.0)
    }
}

/// A queue in memory, for tests.
#[derive(Clone, Debug, Default)]
pub struct MemoryQueue(Arc<Mutex<Vec<String>>>);

impl MemoryQueue {
    /// Takes all messages out, oldest first.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut locked(&self.0))
    }
}

#[async_trait]
impl Queue for MemoryQueue {
    async fn send(&self, bodies: &[String]) -> Result<()> {
        locked(&self.0).extend_from_slice(bodies);
        Ok(())
    }
}

/// Letters in memory, for tests: each message once, hidden until it is returned.
#[derive(Clone, Debug, Default)]
pub struct MemoryLetters(Arc<Mutex<Lying>>);

#[derive(Debug, Default)]
struct Lying {
    sent: u64,
    /// By the order of sending: the body, and whether it is hidden.
    messages: BTreeMap<u64, (String, bool)>,
}

impl MemoryLetters {
    /// Puts messages in.
    pub fn put(&self, bodies: &[&str]) {
        let mut lying = locked(&self.0);
        for body in bodies {
            lying.sent += 1;
            let place = lying.sent;
            lying.messages.insert(place, ((*body).to_owned(), false));
        }
    }

    /// What it holds, hidden or not, oldest first.
    pub fn bodies(&self) -> Vec<String> {
        locked(&self.0).messages.values().map(|(body, _)| body.clone()).collect()
    }
}

#[async_trait]
impl Letters for MemoryLetters {
    async fn depth(&self) -> Result<Depth> {
        let lying = locked(&self.0);
        let in_flight = lying.messages.values().filter(|(_, hidden)| *hidden).count() as u64;
        Ok(Depth { waiting: lying.messages.len() as u64 - in_flight, in_flight })
    }

    async fn receive(&self) -> Result<Vec<Letter>> {
        let mut lying = locked(&self.0);
        let open = lying.messages.iter_mut().filter(|(_, (_, hidden))| !hidden).take(10);
        let received = open.map(|(place, (body, hidden))| {
            *hidden = true;
            Letter { id: format!("m{place}"), body: body.clone(), receipt: place.to_string() }
        });
        Ok(received.collect())
    }

    async fn delete(&self, letter: &Letter) -> Result<()> {
        locked(&self.0).messages.remove(&letter.receipt.parse().unwrap_or_default());
        Ok(())
    }

    async fn give_back(&self, letter: &Letter) -> Result<()> {
        let place = letter.receipt.parse().unwrap_or_default();
        if let Some((_, hidden)) = locked(&self.0).messages.get_mut(&place) {
            *hidden = false;
        }
        Ok(())
    }
}

/// Secrets in memory, for tests.
#[derive(Clone, Debug, Default)]
pub struct MemorySecrets(Arc<Mutex<BTreeMap<ShopId, String>>>);

impl MemorySecrets {
    /// Sets a shop's secret.
    pub fn set(&self, shop: &ShopId, secret: &str) {
        locked(&self.0).insert(shop.clone(), secret.to_owned());
    }

    /// Takes a shop's secret out.
    pub fn remove(&self, shop: &ShopId) {
        locked(&self.0).remove(shop);
    }
}

#[async_trait]
impl Secrets for MemorySecrets {
    async fn shop_secret(&self, shop: &ShopId) -> Result<String> {
        let missing = || Failure::misconfigured("read secret", shop.as_str(), "there is none");
        locked(&self.0).get(shop).cloned().ok_or_else(missing)
    }

    async fn has_shop_secret(&self, shop: &ShopId) -> Result<bool> {
        Ok(locked(&self.0).contains_key(shop))
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
    /// What is sent to a queue.
    pub fn sent_to(&self, work: Work) -> MemoryQueue {
        locked(&self.0).queues.entry(work).or_default().clone()
    }

    /// What lies in a queue that is read by hand.
    pub fn lying_in(&self, name: &str) -> MemoryLetters {
        locked(&self.0).letters.entry(name.to_owned()).or_default().clone()
    }

    /// Takes out all that was sent, to whatever queue.
    pub fn take_all(&self) -> Vec<String> {
        locked(&self.0).queues.values().flat_map(MemoryQueue::take).collect()
    }

    /// Lets every queue refuse what is sent to it.
    pub fn break_off(&self) {
        locked(&self.0).away = true;
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
        if locked(&self.0).away {
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
