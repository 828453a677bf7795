//! How long a run keeps others out.

use std::sync::Arc;

use passerelle_erp::orders::OrderLayout;
use passerelle_flows::export::{Export, handle};
use passerelle_ledger::Ledger;
use passerelle_services::{Deadline, Environment, MemoryObjects, ScheduledRun, SystemClock};

#[tokio::test]
async fn a_run_keeps_others_out_for_its_remaining_time_and_no_longer() {
    let ledger = Ledger::in_memory();
    let layout = include_str!("../../../../../infra/environments/prod/layouts/orders.toml");
    let deps = Export {
        layouts: Arc::new(OrderLayout::from_toml(layout).expect("a layout").into()),
        priority: vec![],
        pace: passerelle_flows::export::Pace::files_of(500),
        env: Environment {
            ledger: ledger.clone(),
            objects: Arc::new(MemoryObjects::default()),
            clock: Arc::new(SystemClock),
            ..Environment::in_memory()
        },
    };
    let deadline = Deadline::from_epoch_ms(4_000_000_000_000);
    let scheduled_time = Deadline::from_epoch_ms(1_795_000_000_000).instant();
    let run = ScheduledRun { scheduled_time, owner: "this run".into(), deadline };
    handle(deps, run).await.expect("nothing to export");
    let lease = ledger.lease("export-orders").await.expect("in memory").expect("a run took it");
    assert_eq!(lease.expires_at, deadline.instant());
    assert_eq!(lease.owner, None, "given back at the end");
}
