use jiff::{SignedDuration, Timestamp};

/// Where the time comes from; in tests, from the test.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;
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

    /// Whether at least `seconds` are left.
    pub fn has(self, seconds: i64, clock: &dyn Clock) -> bool {
        self.0.duration_since(clock.now()) >= SignedDuration::from_secs(seconds)
    }
}
