//! What must hold once everything has settled.

mod invoices;
mod orders;

use std::sync::Arc;

use passerelle_flows::reconcile::{self, Reconcile};
use passerelle_ledger::Window;
use passerelle_services::{Clock, Deadline, Environment, MemoryQueues, ScheduledRun};

use crate::at_once;
use crate::scenario::Dropped;
use crate::services::{ACKNOWLEDGED_WITHIN, NIGHT_IS_OVER, QUEUED, Services};

/// Checks everything; the first that does not hold is recorded.
pub fn check(services: &Services, dropped: &[Dropped]) {
    for job in QUEUED {
        for body in services.queue(job).left() {
            services.world.broken("no message is left", &body, format!("for {job:?}"));
        }
    }
    orders::files(services);
    orders::orders(services);
    orders::pace(services);
    invoices::invoices(services, dropped);
    invoices::drops(services, dropped);
    nothing_left_to_do(services);
}

fn everything() -> Window {
    Window::all(usize::MAX)
}

/// `reconcile` once more, on services without faults.
fn nothing_left_to_do(services: &Services) {
    let deadline = services.world.now() + jiff::SignedDuration::from_secs(300);
    let run = ScheduledRun {
        scheduled_time: services.world.now(),
        owner: "the last".into(),
        deadline: Deadline::at(deadline),
    };
    let queues = MemoryQueues::default();
    let env = Environment {
        ledger: services.memory.clone(),
        objects: Arc::new(services.objects.memory.clone()),
        queues: Arc::new(queues.clone()),
        clock: Arc::new(services.world.clone()),
        ..Environment::in_memory()
    };
    let deps = Reconcile {
        env,
        answer_within: services.terms.pace.acknowledges.then_some(ACKNOWLEDGED_WITHIN),
        expected: None,
        heartbeats: vec![],
        night_is_over: NIGHT_IS_OVER,
        sources: vec![],
        compared_days: 0,
    };
    let report = at_once(reconcile::handle(deps, run)).expect("in memory");
    if report.announced_again > 0 || !queues.take_all().is_empty() || !report.gaps.is_empty() {
        let how = format!("{:?}", report.gaps);
        services.world.broken("reconcile finds nothing left to do", "reconcile", how);
    }
}
