//! A queue as SQS is: at least once, in any order, sometimes late; a message that was received comes
//! back unless it is deleted in time, and goes to the dead-letter queue when it came too often.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use passerelle_domain::Result;
use passerelle_services::{Clock, Deferral, Letters, MemoryLetters, Queue, Queues, Work};

use crate::bugs::Bug;
use crate::world::World;

/// How often a message is received before it goes to the dead-letter queue.
const MOST_RECEIVES: u32 = 5;
/// Bodies that one call of the service takes.
const CALL: usize = 3;
/// What a body that nobody understands begins with.
pub const POISON: &str = "poison";

/// A message that was received.
#[derive(Clone, Debug)]
pub struct Received {
    /// The same at every delivery.
    pub id: String,
    /// What was sent.
    pub body: String,
    /// What a copy that was put back carries.
    pub attributes: Vec<(&'static str, String)>,
    /// When it was received first.
    pub first_received: Timestamp,
}

#[derive(Clone, Debug)]
struct Held {
    id: String,
    body: String,
    attributes: Vec<(&'static str, String)>,
    visible_at: Timestamp,
    first_received: Option<Timestamp>,
    receives: u32,
}

#[derive(Debug, Default)]
struct State {
    sent: u64,
    waiting: Vec<Held>,
    dead: Vec<Held>,
}

/// Returns what is missing of a message's work: for checking that none is deleted before it is done.
type Missing = dyn Fn(&str) -> Option<String> + Send + Sync;

/// A queue and its dead-letter queue; a clone is the same one.
#[derive(Clone)]
pub struct SimQueue {
    world: World,
    work: Work,
    name: &'static str,
    visibility: SignedDuration,
    missing: Arc<Missing>,
    state: Arc<Mutex<State>>,
}

impl SimQueue {
    /// An empty queue. `missing` returns what of a body's work is not recorded yet.
    pub fn new(
        world: &World,
        work: Work,
        visibility: SignedDuration,
        missing: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        Self {
            world: world.clone(),
            work,
            name: work.as_str(),
            visibility,
            missing: Arc::new(missing),
            state: Arc::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a message in, late or twice if the weather has it so.
    pub fn put(&self, body: &str) {
        self.put_with(body, SignedDuration::ZERO, &[]);
    }

    fn put_with(&self, body: &str, hidden: SignedDuration, attributes: &[(&'static str, String)]) {
        let now = self.world.now();
        let late = self.world.strikes(|weather| weather.delivery);
        // A copy of one that is deferred has no doubles: each deferral would make more.
        let twice = attributes.is_empty() && self.world.strikes(|weather| weather.delivery);
        let mut state = self.state();
        state.sent += 1;
        let id = format!("{}-{}", self.name, state.sent);
        for _ in 0..=u8::from(twice) {
            let delay =
                if late { self.world.chance(|random| random.seconds(1, 1800)) } else { SignedDuration::ZERO };
            let delay = delay + hidden;
            self.world.note("", || format!("{}: {id} {body}, visible at {}", self.name, now + delay));
            state.waiting.push(Held {
                id: id.clone(),
                body: body.to_owned(),
                attributes: attributes.to_vec(),
                visible_at: now + delay,
                first_received: None,
                receives: 0,
            });
        }
    }

    /// When the next message becomes visible.
    pub fn next_visible(&self) -> Option<Timestamp> {
        self.state().waiting.iter().map(|held| held.visible_at).min()
    }

    /// Receives up to `most` visible messages, in any order.
    pub fn receive(&self, most: usize) -> Vec<Received> {
        let now = self.world.now();
        let mut state = self.state();
        if state.waiting.iter().all(|held| held.visible_at > now) {
            return Vec::new();
        }
        let State { waiting, dead, .. } = &mut *state;
        let spent = |held: &Held| held.visible_at <= now && held.receives >= MOST_RECEIVES;
        for held in waiting.extract_if(.., |held| spent(held)) {
            self.world.note("", || format!("{}: {} goes to the dead-letter queue", self.name, held.id));
            dead.push(held);
        }
        let mut places: Vec<usize> =
            (0..waiting.len()).filter(|&place| waiting[place].visible_at <= now).collect();
        self.world.chance(|random| random.shuffle(&mut places));
        places.truncate(most);
        let mut received = Vec::new();
        for place in places {
            let held = &mut waiting[place];
            held.receives += 1;
            let first_received = *held.first_received.get_or_insert(now);
            // Rarely a message is received by two at once.
            let at_once = self.world.strikes(|weather| weather.delivery / 4);
            held.visible_at = now + if at_once { SignedDuration::from_secs(1) } else { self.visibility };
            self.world.note("", || format!("{}: {} received, time {}", self.name, held.id, held.receives));
            received.push(Received {
                id: held.id.clone(),
                body: held.body.clone(),
                attributes: held.attributes.clone(),
                first_received,
            });
        }
        drop(state);
        if self.world.bug == Some(Bug::AcknowledgeBeforeEffect) {
            received.iter().for_each(|message| self.delete(message));
        }
        received
    }

    /// What becomes of messages after a response that names those that failed.
    pub fn settle(&self, received: &[Received], failed: &[String]) {
        for message in received {
            if !failed.contains(&message.id) {
                self.delete(message);
            } else if self.world.chance(|random| random.happens(300)) {
                let soon = self.world.now() + self.world.chance(|random| random.seconds(1, 60));
                let mut state = self.state();
                let held = state.waiting.iter_mut().filter(|held| held.id == message.id);
                held.for_each(|held| held.visible_at = held.visible_at.min(soon));
            }
        }
    }

    fn delete(&self, message: &Received) {
        // One that was deferred is deleted too: its copy stands for it.
        if !self.has_another(message)
            && let Some(missing) = (self.missing)(&message.body)
        {
            let invariant = "a message is deleted when its work is recorded, not before";
            self.world.broken(invariant, &message.body, format!("{}: {missing}", message.id));
        }
        if message.attributes.is_empty() && self.world.strikes(|weather| weather.delivery) {
            self.world.note("", || format!("{}: {} is not deleted", self.name, message.id));
            return;
        }
        let mut state = self.state();
        if let Some(place) = state.waiting.iter().position(|held| held.id == message.id) {
            state.waiting.remove(place);
        }
    }

    fn has_another(&self, message: &Received) -> bool {
        let state = self.state();
        let mut held = state.waiting.iter().chain(&state.dead);
        held.any(|held| held.body == message.body && held.id != message.id)
    }

    /// An operator sends the dead letters back, and throws away what nobody understands.
    pub fn redrive(&self) {
        let now = self.world.now();
        let dead = std::mem::take(&mut self.state().dead);
        for mut held in dead.into_iter().filter(|held| !held.body.starts_with(POISON)) {
            let mut state = self.state();
            state.sent += 1;
            held.id = format!("{}-{}", self.name, state.sent);
            (held.receives, held.visible_at, held.first_received) = (0, now, None);
            self.world.note("the operator", || format!("{}: {} {} redriven", self.name, held.id, held.body));
            state.waiting.push(held);
        }
    }

    /// What is left in it and in its dead-letter queue, but for what nobody understands.
    pub fn left(&self) -> Vec<String> {
        let state = self.state();
        let held = state.waiting.iter().chain(&state.dead);
        held.filter(|held| !held.body.starts_with(POISON)).map(|held| held.body.clone()).collect()
    }
}

/// The queues of all work; a clone has the same ones.
#[derive(Clone)]
pub struct SimQueues([SimQueue; 5]);

impl From<[SimQueue; 5]> for SimQueues {
    fn from(queues: [SimQueue; 5]) -> Self {
        Self(queues)
    }
}

impl SimQueues {
    /// The queue of some work.
    pub fn of(&self, work: Work) -> &SimQueue {
        self.0.iter().find(|queue| queue.work == work).expect("each work has a queue")
    }
}

#[async_trait]
impl Queues for SimQueues {
    async fn queue(&self, work: Work) -> Result<Arc<dyn Queue>> {
        Ok(Arc::new(self.of(work).clone()))
    }

    // What failed for good is the invariants' business, and none of the functions'.
    async fn letters(&self, _name: &str) -> Result<Arc<dyn Letters>> {
        Ok(Arc::new(MemoryLetters::default()))
    }
}

#[async_trait]
impl Queue for SimQueue {
    async fn send(&self, bodies: &[String]) -> Result<()> {
        for bodies in bodies.chunks(CALL) {
            let sending = async || {
                bodies.iter().for_each(|body| self.put(body));
                Ok(())
            };
            self.world.call("send messages", &self.name, true, sending).await?;
        }
        Ok(())
    }

    async fn put_back(&self, body: &str, deferral: &Deferral) -> Result<()> {
        let hidden = SignedDuration::try_from(deferral.delay).expect("minutes");
        let putting = async || {
            self.put_with(body, hidden, &deferral.attributes());
            Ok(())
        };
        self.world.call("put message back", &self.name, true, putting).await
    }
}
