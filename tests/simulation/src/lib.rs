//! The fault simulation: the functions' real handlers over simulated services, driven by one seed.
//!
//! [`simulate`] lives through two evenings and two nights of two shops, an ERP and Passerelle between
//! them, in simulated time. The services behave as badly as real ones can ([`Weather`]); then the storm ends,
//! everything gets the time to settle, and every invariant is checked. A seed decides everything, so a
//! seed that breaks an invariant breaks it again, with a trace.
//!
//! | module | is |
//! |---|---|
//! | `random`, `world` | chance, the clock, faults, the trace |
//! | `processes` | runs, and which goes on next; deaths, zombies |
//! | `table`, `objects`, `queues`, `messages`, `shop` | the services, with their faults |
//! | `orders`, `till`, `webhooks` | what comes from outside: orders, files, requests |
//! | `erp`, `terms` | the ERP: what it makes of its files, its acknowledgements, how much it takes |
//! | `operator` | the operator's command on the services |
//! | `services` | all of them together, and how each function is started, with the real handlers |
//! | `plan`, `scenario` | what happens when: schedules, orders, files, operators |
//! | `invariants`, `pace` | what must hold in the end; how much the ERP is sent at once |
//! | `bugs` | bugs planted in the services, that the simulation must find |

mod bugs;
mod erp;
mod invariants;
mod messages;
mod objects;
mod operator;
mod orders;
mod pace;
mod plan;
mod processes;
mod queues;
mod random;
mod scenario;
mod seeds;
mod services;
mod shop;
mod table;
mod terms;
mod till;
mod webhooks;
mod world;

pub use bugs::Bug;
pub use scenario::{Lived, simulate};
pub use seeds::{Found, explain, first_broken, parse_seeds};
pub use till::{Written, file as invoice_file};
pub use world::{Broken, Event, Weather};

/// The result of a future that waits for nothing but its turn: what looks at the services from
/// outside, while no run goes on.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(result) = future.as_mut().poll(&mut context) {
            return result;
        }
    }
}
