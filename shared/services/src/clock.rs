use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

/// Where the time comes from; in tests, from the test.
#[async_trait]
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;

    /// Waits until `instant` has come. By default it waits in real time.
    async fn wait_until(&self, instant: Timestamp) {
        // A negative duration has passed already.
        let left = Duration::try_from(instant.duration_since(self.now())).unwrap_or_default();
        tokio::time::sleep(left).await;
    }
}

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// When an invocation ends, whether or not it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline(Timestamp);

impl Deadline {
    /// The invocation ends at `instant`.
    pub fn at(instant: Timestamp) -> Self {
        Self(instant)
    }

    /// From Lambda's figure: milliseconds since the epoch.
    pub fn from_epoch_ms(ms: u64) -> Self {
        let instant = i64::try_from(ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
        Self(instant.unwrap_or(Timestamp::MAX))
    }

    /// The instant itself.
    pub fn instant(self) -> Timestamp {
        self.0
    }

    /// Some time before it.
    pub fn before(self, time: SignedDuration) -> Timestamp {
        self.0.checked_sub(time).unwrap_or(Timestamp::MIN)
    }

    /// Whether at least `seconds` are left.
    pub fn has(self, seconds: i64, clock: &dyn Clock) -> bool {
        self.0.duration_since(clock.now()) >= SignedDuration::from_secs(seconds)
    }
}
