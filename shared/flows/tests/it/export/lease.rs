//! How long a run keeps others out.

use passerelle_flows::export::handle;
use passerelle_services::{Deadline, ScheduledRun};

use super::given::*;

#[tokio::test]
async fn a_run_keeps_others_out_for_its_remaining_time_and_no_longer() {
    let house = House::with(SHIPPED);
    let deadline = Deadline::at(at("23:00"));
    handle(house.deps(), ScheduledRun { deadline, ..house.run() }).await.expect("nothing to export");
    let lease = house.ledger.lease("export-orders").await.expect("in memory").expect("a run took it");
    assert_eq!(lease.expires_at, deadline.instant());
    assert_eq!(lease.owner, None, "given back at the end");
}
