//! What the Rust tests have in common.
//!
//! - Instants of the tests' day, 24 November 2026 in Paris: [`at`]; a clock that ticks: [`TickingClock`].
//! - Builders with full content, to be varied by struct update: [`order`], [`invoice`], [`rejection`] …
//! - [`World`]: an environment in memory, and the steps that bring it into a state.
//! - [`FakeShop`]: a shop in memory, which behaves as a test says.

mod builders;
mod clock;
mod shop;
mod world;

pub use builders::*;
pub use clock::{TickingClock, at};
pub use shop::{Behaviour, FakeShop, Seen};
pub use world::World;
