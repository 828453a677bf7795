//! What must hold once everything has settled.

mod invoices;
mod orders;

use passerelle_ledger::Window;
use passerelle_platform::Clock;

use crate::at_once;
use crate::scenario::Dropped;
use crate::services::{ANSWER_WITHIN, QUEUED, Services};

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
    let run = passerelle_platform::ScheduledRun {
        scheduled_time: services.world.now(),
        owner: "the last".into(),
        deadline: passerelle_platform::Deadline::at(deadline),
    };
    let queue = passerelle_platform::MemoryQueue::default();
    let deps = reconcile::Deps {
        ingest_queue: std::sync::Arc::new(queue.clone()),
        acks_queue: std::sync::Arc::new(queue.clone()),
        answer_within: services.terms.pace.reports.then_some(ANSWER_WITHIN),
        expected: None,
        dead_letters: vec![],
        render_queue: std::sync::Arc::new(queue.clone()),
        publish_queue: std::sync::Arc::new(queue.clone()),
        heartbeats: vec![],
        sources: vec![],
        compared_days: 0,
        ledger: services.memory.clone(),
        objects: std::sync::Arc::new(services.objects.memory.clone()),
        clock: std::sync::Arc::new(services.world.clone()),
        metrics: passerelle_platform::Metrics::silent(),
    };
    let report = at_once(reconcile::handle(deps, run)).expect("in memory");
    if report.announced_again > 0 || !queue.take().is_empty() || !report.gaps.is_empty() {
        services.world.broken(
            "reconcile finds nothing left to do",
            "reconcile",
            format!("{:?}", report.gaps),
        );
    }
}
