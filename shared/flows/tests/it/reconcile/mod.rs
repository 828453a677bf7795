//! What reconciling finds, fixes and reports, over everything in memory and a clock of the tests.

mod arrivals;
mod drift;
mod gaps;
mod given;
mod pages;
mod redrives;
mod todo;
