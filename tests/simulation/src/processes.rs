//! Runs of functions, and which of them goes on next.
//!
//! A run is polled from one point where it waits to the next, and chance picks which one. At each of
//! these points it may die, as a process does, or stand still while others go on, as a frozen one does.
//! Each access to the ledger's table is a call, so runs interleave inside its rules too.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use futures::future::LocalBoxFuture;
use futures::task::{ArcWake, waker};
use jiff::Timestamp;
use passerelle_services::Clock;

use crate::world::World;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It returned, and succeeded.
    Done,
    /// It returned a failure.
    Failed,
    /// It did not return: it died, panicked or ran out of time.
    Died,
}

struct Flag(AtomicBool);

impl ArcWake for Flag {
    fn wake_by_ref(flag: &Arc<Self>) {
        flag.0.store(true, Ordering::Relaxed);
    }
}

/// A run of a function.
struct Process<K> {
    name: String,
    kind: K,
    future: LocalBoxFuture<'static, bool>,
    flag: Arc<Flag>,
    still_until: Timestamp,
    deadline: Timestamp,
    /// Whether it goes on after its deadline: the platform gave it up and something kept it alive.
    zombie: bool,
}

/// The runs that are under way. `K` is what a run is for.
pub struct Processes<K> {
    world: World,
    running: Vec<Process<K>>,
}

impl<K> Processes<K> {
    /// None.
    pub fn new(world: World) -> Self {
        Self { world, running: Vec::new() }
    }

    /// Starts a run. `work` returns whether it succeeded.
    pub fn start(&mut self, name: String, kind: K, deadline: Timestamp, work: LocalBoxFuture<'static, bool>) {
        self.world.note(&name, || "starts".into());
        let flag = Arc::new(Flag(AtomicBool::new(true)));
        let zombie = self.world.strikes(|weather| weather.stall * 20);
        let still_until = Timestamp::MIN;
        self.running.push(Process { name, kind, future: work, flag, still_until, deadline, zombie });
    }

    /// How many runs there are that `which` selects.
    pub fn count(&self, which: impl Fn(&K) -> bool) -> usize {
        self.running.iter().filter(|process| which(&process.kind)).count()
    }

    /// The next instant at which a run that stands still goes on or is given up.
    pub fn next_instant(&self) -> Option<Timestamp> {
        let now = self.world.now();
        let instants = self.running.iter().flat_map(|process| [process.still_until, process.deadline]);
        instants.filter(|&at| at > now).min()
    }

    /// Lets one run go on to where it next waits; `None` when all of them wait. Returns what ended.
    pub fn step(&mut self) -> Option<Option<(K, End)>> {
        let now = self.world.now();
        let overdue = |process: &Process<K>| process.deadline <= now && !process.zombie;
        if let Some(place) = self.running.iter().position(overdue) {
            return Some(Some(self.end(place, "runs out of time", End::Died)));
        }
        let ready =
            |process: &Process<K>| process.still_until <= now && process.flag.0.load(Ordering::Relaxed);
        let ready: Vec<usize> =
            (0..self.running.len()).filter(|&place| ready(&self.running[place])).collect();
        if ready.is_empty() {
            return None;
        }
        let place = *self.world.chance(|random| random.pick(&ready));
        if self.world.strikes(|weather| weather.crash) {
            return Some(Some(self.end(place, "dies", End::Died)));
        }
        if self.world.strikes(|weather| weather.stall) {
            self.stand_still(place);
            return Some(None);
        }
        let process = &mut self.running[place];
        process.flag.0.store(false, Ordering::Relaxed);
        self.world.running(&process.name);
        let waker = waker(process.flag.clone());
        let future = &mut process.future;
        // Unwind safe: a run that panics is dropped, and what it leaves is for the next to find.
        let polled = std::panic::catch_unwind(AssertUnwindSafe(|| {
            future.as_mut().poll(&mut Context::from_waker(&waker))
        }));
        match polled {
            Ok(Poll::Pending) => Some(None),
            Ok(Poll::Ready(true)) => Some(Some(self.end(place, "ends", End::Done))),
            Ok(Poll::Ready(false)) => Some(Some(self.end(place, "ends with a failure", End::Failed))),
            Err(_) => Some(Some(self.end(place, "panics", End::Died))),
        }
    }

    fn stand_still(&mut self, place: usize) {
        let process = &mut self.running[place];
        // A zombie sleeps past its deadline, sometimes for long.
        let (zombie, deadline, now) = (process.zombie, process.deadline, self.world.now());
        process.still_until = self.world.chance(|random| {
            if zombie { deadline.max(now) + random.seconds(1, 900) } else { now + random.seconds(1, 120) }
        });
        self.world.note(&process.name, || format!("stands still until {}", process.still_until));
    }

    fn end(&mut self, place: usize, how: &str, end: End) -> (K, End) {
        let process = self.running.remove(place);
        self.world.note(&process.name, || how.to_owned());
        (process.kind, end)
    }
}
