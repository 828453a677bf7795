use jiff::{SignedDuration, Timestamp};
use passerelle_services::{Clock, TestClock};

/// An instant of the tests' day, by the time in Paris: `18:00`.
pub fn at(time: &str) -> Timestamp {
    format!("2026-11-24T{time}:00+01:00").parse().expect("a time")
}

/// A clock that moves on by a little whenever it is read, as if all work took time.
#[derive(Clone, Debug)]
pub struct TickingClock {
    /// The clock that it moves.
    pub clock: TestClock,
    /// By how much.
    pub tick: SignedDuration,
}

impl Clock for TickingClock {
    fn now(&self) -> Timestamp {
        self.clock.advance(self.tick);
        self.clock.now()
    }
}
