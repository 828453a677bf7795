use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// Calls at regular intervals, and none while the shop asks for a pause. It is the place of both
/// limits: so many calls a second, and what the shop's own answers say (`Retry-After`, or how long an
/// allowance takes to fill up again).
pub(super) struct Pace {
    gap: Duration,
    next: Mutex<Instant>,
}

impl Pace {
    pub fn new(requests_per_second: u32) -> Self {
        let gap = Duration::from_secs(1) / requests_per_second.max(1);
        Self { gap, next: Mutex::new(Instant::now()) }
    }

    /// Waits for its turn.
    ///
    /// # Errors
    /// How long that would take, when it is longer than the time that is left. The turn is then not
    /// taken.
    pub async fn turn(&self, left: Option<Duration>) -> Result<(), Duration> {
        let now = Instant::now();
        let turn = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            let turn = now.max(*next);
            let wait = turn - now;
            if left.is_some_and(|left| wait > left) {
                return Err(wait);
            }
            *next = turn + self.gap;
            turn
        };
        if turn > now {
            sleep_until(turn).await;
        }
        Ok(())
    }

    /// Lets no call begin before `time` has passed.
    pub fn hold(&self, time: Duration) {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        *next = (*next).max(Instant::now() + time);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn so_many_calls_a_second_are_made_and_no_more() {
        let pace = Pace::new(20);
        let start = Instant::now();
        for _ in 0..9 {
            pace.turn(None).await.expect("a turn");
        }
        assert!(start.elapsed() >= Duration::from_millis(400), "{:?}", start.elapsed());
    }

    #[tokio::test]
    async fn nobody_calls_while_the_shop_asks_for_a_pause() {
        let pace = Pace::new(1_000);
        let start = Instant::now();
        pace.hold(Duration::from_millis(300));
        pace.hold(Duration::from_millis(100));
        pace.turn(None).await.expect("a turn");
        assert!(start.elapsed() >= Duration::from_millis(300), "{:?}", start.elapsed());
    }

    #[tokio::test]
    async fn a_turn_that_comes_too_late_is_not_waited_for() {
        let pace = Pace::new(1);
        pace.hold(Duration::from_secs(60));
        let wait = pace.turn(Some(Duration::from_secs(5))).await.expect_err("too late");
        assert!(wait > Duration::from_secs(50) && wait <= Duration::from_secs(60), "{wait:?}");
    }
}
