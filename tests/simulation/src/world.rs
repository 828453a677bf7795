//! What all parts of a simulation share: the clock, chance, the weather, and what happened.

use std::fmt::Display;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use passerelle_domain::{Failure, Result};
use passerelle_services::Clock;

use crate::Bug;
use crate::random::Random;

/// How bad it gets, in thousandths. Each seed has its own mixture: a fault hides behind others when
/// all are always there.
#[derive(Clone, Copy, Debug, Default)]
pub struct Weather {
    /// A call fails before its effect: throttled, 500, connection refused.
    pub refused: u32,
    /// A call's response is lost after its effect.
    pub lost: u32,
    /// The client repeats a call by itself after such a loss.
    pub repeated: u32,
    /// A process ends at this very step.
    pub crash: u32,
    /// A process stands still at this very step, for seconds or for longer than its lease.
    pub stall: u32,
    /// A call takes long.
    pub slow: u32,
    /// A list is as old as some seconds ago.
    pub lag: u32,
    /// A delivery comes again, late, or in another order; a schedule fires late, twice or not at all.
    pub delivery: u32,
    /// The work panics.
    pub panic: u32,
}

impl Weather {
    /// The storm of a seed.
    pub fn of(random: &mut Random) -> Self {
        Self {
            refused: *random.pick(&[0, 10, 50, 150]),
            lost: *random.pick(&[0, 10, 50, 100]),
            repeated: *random.pick(&[0, 10, 50]),
            crash: *random.pick(&[0, 1, 4, 15]),
            stall: *random.pick(&[0, 1, 4, 15]),
            slow: *random.pick(&[0, 10, 60]),
            lag: *random.pick(&[0, 50, 200]),
            delivery: *random.pick(&[0, 50, 150, 300]),
            panic: *random.pick(&[0, 0, 3]),
        }
    }
}

/// A line of the trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// Which run.
    pub run: String,
    /// What it did, to what, and how that ended.
    pub text: String,
}

#[derive(Debug)]
struct State {
    now: Timestamp,
    random: Random,
    weather: Weather,
    calm_since: Option<Timestamp>,
    timers: Vec<(Timestamp, Waker)>,
    /// The run that is at work just now.
    run: String,
    trace: Option<Vec<Event>>,
    broken: Option<Broken>,
}

/// An invariant that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The invariant, as a sentence.
    pub invariant: &'static str,
    /// What breaks it, with both sides.
    pub how: String,
    /// The order, invoice, batch or file concerned: what the trace is searched for.
    pub item: String,
}

/// The shared part of a simulation; a clone is the same one.
#[derive(Clone, Debug)]
pub struct World {
    state: Arc<Mutex<State>>,
    /// The bug that is planted, if any.
    pub bug: Option<Bug>,
}

impl World {
    /// A world at an instant.
    pub fn new(seed: u64, now: Timestamp, bug: Option<Bug>, traced: bool) -> Self {
        let mut random = Random::new(seed);
        let state = State {
            now,
            weather: Weather::of(&mut random),
            calm_since: None,
            random,
            timers: Vec::new(),
            run: String::new(),
            trace: traced.then(Vec::new),
            broken: None,
        };
        Self { state: Arc::new(Mutex::new(state)), bug }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Chance.
    pub fn chance<T>(&self, use_it: impl FnOnce(&mut Random) -> T) -> T {
        use_it(&mut self.state().random)
    }

    /// Whether a fault of the weather strikes now.
    pub fn strikes(&self, fault: impl FnOnce(&Weather) -> u32) -> bool {
        let mut state = self.state();
        let thousandths = fault(&state.weather);
        thousandths > 0 && state.random.happens(thousandths)
    }

    /// Ends the storm: no fault happens from now on.
    pub fn calm_down(&self) {
        let mut state = self.state();
        (state.weather, state.calm_since) = (Weather::default(), Some(state.now));
        drop(state);
        self.note("", || "the storm is over".into());
    }

    /// Since when the storm is over.
    pub fn calm_since(&self) -> Option<Timestamp> {
        self.state().calm_since
    }

    /// Moves the clock on and wakes who waited for it.
    pub fn advance(&self, to: Timestamp) {
        let mut state = self.state();
        state.now = state.now.max(to);
        let now = state.now;
        let (due, later) = std::mem::take(&mut state.timers).into_iter().partition(|(at, _)| *at <= now);
        state.timers = later;
        drop(state);
        let due: Vec<(Timestamp, Waker)> = due;
        due.into_iter().for_each(|(_, waker)| waker.wake());
    }

    /// When the next sleeper wakes.
    pub fn next_timer(&self) -> Option<Timestamp> {
        self.state().timers.iter().map(|(at, _)| *at).min()
    }

    /// Sets which run is at work from now on.
    pub fn running(&self, run: &str) {
        let mut state = self.state();
        state.run.clear();
        state.run.push_str(run);
    }

    /// Which run is at work.
    pub fn at_work(&self) -> String {
        self.state().run.clone()
    }

    /// Adds a line to the trace, in the name of a run, or of the one at work.
    pub fn note(&self, run: &str, text: impl FnOnce() -> String) {
        let mut state = self.state();
        let State { now: at, run: at_work, trace: Some(trace), .. } = &mut *state else { return };
        let run = if run.is_empty() { at_work.clone() } else { run.to_owned() };
        trace.push(Event { at: *at, run, text: text() });
    }

    /// What happened, if it was written down.
    pub fn trace(&self) -> Vec<Event> {
        self.state().trace.clone().unwrap_or_default()
    }

    /// Records that an invariant does not hold; the first one stands.
    pub fn broken(&self, invariant: &'static str, item: impl Display, how: impl Into<String>) {
        let broken = Broken { invariant, how: how.into(), item: item.to_string() };
        self.note("", || format!("BROKEN: {invariant}: {}", broken.how));
        self.state().broken.get_or_insert(broken);
    }

    /// The first invariant that did not hold.
    pub fn first_broken(&self) -> Option<Broken> {
        self.state().broken.clone()
    }

    /// Waits for a span of simulated time.
    pub async fn sleep(&self, span: SignedDuration) {
        self.wait_until(self.now() + span).await;
    }

    /// Lets others have their turn: a step at which a process may die, stand still or be overtaken.
    pub async fn turn(&self) {
        let (yields, span) = {
            let mut state = self.state();
            let slow = state.weather.slow;
            let random = &mut state.random;
            if slow > 0 && random.happens(slow) {
                (1, Some(random.seconds(2, 40)))
            } else if random.happens(60) {
                (0, Some(random.seconds(1, 2)))
            } else {
                (1 + random.below(3), None)
            }
        };
        for _ in 0..yields {
            Yield(false).await;
        }
        if let Some(span) = span {
            self.sleep(span).await;
        }
    }

    /// A call that only reads: a turn, the response; with the weather's faults.
    pub async fn look<T>(
        &self,
        doing: &'static str,
        subject: &(dyn Display + Sync),
        looking: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        self.turn().await;
        if self.strikes(|weather| weather.refused + weather.lost) {
            self.note("", || format!("{doing} {subject}: refused"));
            return Err(Failure::retry(doing, subject.to_string(), "throttled"));
        }
        looking.await.inspect_err(|failure| self.note("", || format!("{doing} {subject}: {failure}")))
    }

    /// A call of a service: a turn, the effect, a turn, the response; with the weather's faults.
    ///
    /// With `repeatable` the service's client may repeat the call by itself when the response is lost, and
    /// receives that to a second call.
    pub async fn call<T, Fut>(
        &self,
        doing: &'static str,
        subject: &(dyn Display + Sync),
        repeatable: bool,
        effect: impl Fn() -> Fut,
    ) -> Result<T>
    where
        Fut: Future<Output = Result<T>>,
    {
        self.turn().await;
        if self.strikes(|weather| weather.panic) {
            self.note("", || format!("{doing} {subject}: panics"));
            // Without the hook, which would print.
            std::panic::resume_unwind(Box::new("the simulation's panic"));
        }
        if self.strikes(|weather| weather.refused) {
            self.note("", || format!("{doing} {subject}: refused"));
            return Err(Failure::retry(doing, subject.to_string(), "throttled"));
        }
        let mut response = effect().await;
        if repeatable && self.strikes(|weather| weather.repeated) {
            self.note("", || format!("{doing} {subject}: done, the response lost, repeated by the client"));
            self.turn().await;
            response = effect().await;
        }
        self.note("", || match &response {
            Ok(_) => format!("{doing} {subject}: done"),
            Err(failure) => format!("{doing} {subject}: {failure}"),
        });
        self.turn().await;
        if self.strikes(|weather| weather.lost) {
            self.note("", || format!("{doing} {subject}: the response is lost"));
            return Err(Failure::retry(doing, subject.to_string(), "the response was lost"));
        }
        response
    }
}

#[async_trait]
impl Clock for World {
    fn now(&self) -> Timestamp {
        self.state().now
    }

    async fn wait_until(&self, instant: Timestamp) {
        Sleep { world: self.clone(), until: instant, waker: None }.await;
    }
}

struct Sleep {
    world: World,
    until: Timestamp,
    /// Whom the world wakes already.
    waker: Option<Waker>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.world.now() >= self.until {
            return Poll::Ready(());
        }
        let waker = context.waker();
        if self.waker.as_ref().is_none_or(|known| !known.will_wake(waker)) {
            self.world.state().timers.push((self.until, waker.clone()));
            self.waker = Some(waker.clone());
        }
        Poll::Pending
    }
}

struct Yield(bool);

impl Future for Yield {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.0 {
            return Poll::Ready(());
        }
        self.0 = true;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}
