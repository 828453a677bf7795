mod invoices;
mod orders;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use passerelle_ledger::{DropId, DropOutcome, Lease, Ledger};
use passerelle_services::{
    Clock, Deadline, Environment, MemoryObjects, MemoryQueues, MemorySecrets, Message, Metric, Metrics,
    Objects, ScheduledRun, TestClock, Work,
};

use crate::{FakeShop, at, shop_named};

/// An environment in memory at a time of the tests' day, and the steps that bring it into a state. Each step
/// takes place at the clock's time and must succeed.
pub struct World {
    /// Its ledger.
    pub ledger: Ledger,
    /// Its objects, which know when they were put.
    pub objects: MemoryObjects,
    /// Its queues.
    pub queues: MemoryQueues,
    /// Its secrets.
    pub secrets: MemorySecrets,
    /// Its clock, which stands still until it is moved.
    pub clock: TestClock,
    /// What was emitted.
    pub metrics: Metrics,
}

impl World {
    /// An empty one at a time in Paris: `18:00`.
    pub fn at(time: &str) -> Self {
        let clock = TestClock::at(at(time));
        Self {
            ledger: Ledger::in_memory(),
            objects: MemoryObjects::with_clock(Arc::new(clock.clone())),
            queues: MemoryQueues::default(),
            secrets: MemorySecrets::default(),
            clock,
            metrics: Metrics::recorded(),
        }
    }

    /// The environment that flows and commands see.
    pub fn environment(&self) -> Environment {
        Environment {
            ledger: self.ledger.clone(),
            objects: Arc::new(self.objects.clone()),
            queues: Arc::new(self.queues.clone()),
            secrets: Arc::new(self.secrets.clone()),
            clock: Arc::new(self.clock.clone()),
            metrics: self.metrics.clone(),
        }
    }

    /// An empty shop on this clock.
    pub fn shop(&self, name: &str) -> Arc<FakeShop> {
        Arc::new(FakeShop::new(shop_named(name), self.clock.clone()))
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Sets the time of the tests' day.
    pub fn set(&self, time: &str) {
        self.clock.set(at(time));
    }

    /// Lets some minutes pass.
    pub fn wait(&self, minutes: i64) {
        self.clock.advance(SignedDuration::from_mins(minutes));
    }

    /// A run of a schedule for this instant, with five minutes' time.
    pub fn run(&self) -> ScheduledRun {
        let deadline = Deadline::at(self.now() + SignedDuration::from_mins(5));
        ScheduledRun { scheduled_time: self.now(), owner: self.now().to_string(), deadline }
    }

    /// A message that is delivered now, with five minutes' time.
    pub fn message(&self, body: impl Into<String>) -> Message {
        let deadline = Deadline::at(self.now() + SignedDuration::from_mins(5));
        Message { id: "m".into(), body: body.into(), deadline }
    }

    /// Takes out what was sent to a queue.
    pub fn sent(&self, work: Work) -> Vec<String> {
        self.queues.sent_to(work).take()
    }

    /// The sums of what was emitted of some metrics.
    pub fn emitted<const N: usize>(&self, metrics: [Metric; N]) -> [u64; N] {
        metrics.map(|metric| self.metrics.sum(metric))
    }

    /// What stands under a key.
    pub async fn bytes(&self, key: &str) -> Vec<u8> {
        self.objects.get(key, None, u64::MAX).await.expect("in memory").expect("an object").body
    }

    /// The text that stands under a key.
    pub async fn text(&self, key: &str) -> String {
        String::from_utf8(self.bytes(key).await).expect("UTF-8")
    }

    /// Takes a job's lease for five minutes.
    pub async fn lease(&self, job: &str) -> Lease {
        let until = self.now() + SignedDuration::from_mins(5);
        self.ledger.acquire_lease(job, "a run", self.now(), until).await.expect("asked").expect("free")
    }

    /// Puts a version of a file.
    pub fn put(&self, key: &str, body: impl Into<Vec<u8>>) -> DropId {
        DropId { key: key.into(), version: self.objects.put_version(key, body) }
    }

    /// Puts a file of the ERP into the inbox of invoices.
    pub fn drop(&self, name: &str) -> DropId {
        self.put(&format!("invoices/inbox/{name}"), "data")
    }

    /// The same, and begins to read it.
    pub async fn begin(&self, name: &str) -> DropId {
        let drop = self.drop(name);
        self.ledger.begin_drop(&drop, 4, self.now()).await.expect("begun");
        drop
    }

    /// Ends reading a file.
    pub async fn finish(&self, drop: &DropId, outcome: &DropOutcome) {
        assert!(self.ledger.finish_drop(drop, outcome, self.now()).await.expect("asked"), "{drop}");
    }

    /// What became of a file that was read to its end.
    pub async fn outcome(&self, drop: &DropId) -> DropOutcome {
        let record = self.ledger.drop_record(drop).await.expect("in memory");
        record.and_then(|record| record.outcome).expect("finished")
    }
}

/// Lets what has a `world` have its steps, too.
#[macro_export]
macro_rules! in_its_world {
    ($house:ty) => {
        impl std::ops::Deref for $house {
            type Target = $crate::World;

            fn deref(&self) -> &$crate::World {
                &self.world
            }
        }
    };
}
