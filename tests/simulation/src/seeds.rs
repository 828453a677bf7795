//! Many seeds, on all cores; and the story of one.

use std::fmt::Write;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::bugs::Bug;
use crate::scenario::simulate;
use crate::world::Broken;

/// A seed that breaks an invariant.
#[derive(Clone, Debug)]
pub struct Found {
    /// The seed.
    pub seed: u64,
    /// What it breaks.
    pub broken: Broken,
}

/// The most lines of a story: enough to see what led to it.
const MOST_LINES: usize = 60;

/// The lowest of the seeds that breaks an invariant.
pub fn first_broken(seeds: RangeInclusive<u64>, bug: Option<Bug>) -> Option<Found> {
    let next = AtomicU64::new(*seeds.start());
    let found: Mutex<Option<Found>> = Mutex::new(None);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    let lowest =
                        |found: &Option<Found>| found.as_ref().is_some_and(|found| found.seed < seed);
                    if seed > *seeds.end() || lowest(&found.lock().unwrap_or_else(PoisonError::into_inner)) {
                        return;
                    }
                    if let Some(broken) = simulate(seed, bug, false).broken {
                        let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
                        if !lowest(&found) {
                            *found = Some(Found { seed, broken });
                        }
                    }
                }
            });
        }
    });
    found.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// What happened with a seed: the lines that concern what is broken, the last ones.
pub fn explain(seed: u64, bug: Option<Bug>) -> String {
    let lived = simulate(seed, bug, true);
    let Some(broken) = lived.broken else { return format!("seed {seed}: everything holds") };
    // Looking at it is no part of the story, unless it fails.
    let read = format!("get object {}: done", broken.item);
    let concerns = |text: &str| text.starts_with("BROKEN") || text.contains(&broken.item) && text != read;
    let lines: Vec<_> = lived.trace.iter().filter(|event| concerns(&event.text)).collect();
    let shown = &lines[lines.len().saturating_sub(MOST_LINES)..];
    let mut story = format!("seed {seed} breaks: {}\n  {}: {}\n", broken.invariant, broken.item, broken.how);
    for event in shown {
        writeln!(story, "  {} {:<14} {}", event.at, event.run, event.text).expect("a text");
    }
    write!(story, "again: make sim SEEDS={seed}").expect("a text");
    story
}

/// Reads `17` or `1..100000`.
///
/// # Errors
/// When it is neither.
pub fn parse_seeds(text: &str) -> Result<RangeInclusive<u64>, String> {
    let wrong = |_| format!("{text:?} is no range of seeds: 17, or 1..100000");
    match text.split_once("..") {
        Some((first, last)) => Ok(first.parse().map_err(wrong)?..=last.parse().map_err(wrong)?),
        None => text.parse().map(|seed| seed..=seed).map_err(wrong),
    }
}
