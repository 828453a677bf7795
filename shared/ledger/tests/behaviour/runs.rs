use passerelle_domain::Cursor;
use passerelle_ledger::{Lease, LeaseRecord};

use crate::given::*;

const JOB: &str = "fetch-orders/rungis";

async fn take(ledger: &Given, owner: &str, now: i64, until: i64) -> Option<Lease> {
    ledger.acquire_lease(JOB, owner, at(now), at(until)).await.expect("asked")
}

pub async fn one_run_at_a_time_holds_a_lease(ledger: Given) {
    let lease = take(&ledger, "a", 0, 60).await.expect("free");
    assert_eq!((lease.job.as_str(), lease.owner.as_str()), (JOB, "a"));
    assert_eq!((lease.expires_at, lease.fencing), (at(60), 1));
    assert_eq!(take(&ledger, "b", 59, 120).await, None);
    let again = take(&ledger, "a", 30, 90).await.expect("its own");
    assert_eq!((again.expires_at, again.fencing), (at(90), 2), "the first response may have been lost");
    let other = ledger.acquire_lease("export-orders", "b", at(0), at(60)).await.expect("asked");
    assert_eq!(other.expect("another job").fencing, 1);
}

pub async fn an_expired_lease_is_taken_by_another(ledger: Given) {
    take(&ledger, "a", 0, 60).await.expect("free");
    let taken = take(&ledger, "b", 60, 120).await.expect("expired");
    assert_eq!((taken.owner.as_str(), taken.fencing), ("b", 2));
    assert_eq!(take(&ledger, "a", 61, 120).await, None);
}

pub async fn a_zombie_cannot_release_the_lease_of_its_successor(ledger: Given) {
    let zombie = take(&ledger, "a", 0, 60).await.expect("free");
    take(&ledger, "b", 70, 120).await.expect("expired");
    ledger.release_lease(&zombie).await.expect("nothing done");
    assert_eq!(take(&ledger, "c", 80, 140).await, None);
    let unknown = Lease { job: "never-taken".into(), ..zombie };
    ledger.release_lease(&unknown).await.expect("nothing done");
}

pub async fn fencing_numbers_rise_even_after_a_release(ledger: Given) {
    for fencing in 1..=3 {
        let lease = take(&ledger, "a", 0, 60).await.expect("free");
        assert_eq!(lease.fencing, fencing);
        ledger.release_lease(&lease).await.expect("released");
        ledger.release_lease(&lease).await.expect("again");
    }
    assert_eq!(take(&ledger, "b", 1, 60).await.expect("free").fencing, 4);
}

pub async fn a_lease_shows_when_its_job_last_ran(ledger: Given) {
    assert_eq!(ledger.lease(JOB).await.expect("read"), None);
    take(&ledger, "a", 0, 60).await.expect("free");
    let taken = take(&ledger, "b", 70, 120).await.expect("expired");
    let held = ledger.lease(JOB).await.expect("read").expect("there");
    let expected = LeaseRecord {
        job: JOB.into(),
        owner: Some("b".into()),
        taken_at: Some(at(70)),
        expires_at: at(120),
        fencing: 2,
    };
    assert_eq!(held, expected);
    ledger.release_lease(&taken).await.expect("released");
    assert_eq!(ledger.lease(JOB).await.expect("read"), Some(LeaseRecord { owner: None, ..expected }));
}

pub async fn a_cursor_is_kept_as_it_was_moved(ledger: Given) {
    assert_eq!(ledger.cursor(&shop()).await.expect("read"), None);
    assert_eq!(ledger.cursor_moved_by(&shop()).await.expect("read"), 0);
    let resumed = Cursor { watermark: at(10), resume: Some("page=3".into()) };
    for cursor in [Cursor::at(at(5)), resumed, Cursor::at(at(20))] {
        assert!(ledger.move_cursor(&shop(), &cursor, &run(1)).await.expect("moved"));
        assert_eq!(ledger.cursor(&shop()).await.expect("read"), Some(cursor));
    }
    let other = shop_named("lyon");
    assert_eq!(ledger.cursor(&other).await.expect("read"), None);
}

pub async fn a_zombie_cannot_move_a_cursor(ledger: Given) {
    assert!(ledger.move_cursor(&shop(), &Cursor::at(at(10)), &run(1)).await.expect("moved"));
    assert!(ledger.move_cursor(&shop(), &Cursor::at(at(20)), &run(2)).await.expect("moved"));
    assert!(!ledger.move_cursor(&shop(), &Cursor::at(at(30)), &run(1)).await.expect("asked"));
    assert_eq!(ledger.cursor(&shop()).await.expect("read"), Some(Cursor::at(at(20))));
    assert_eq!(ledger.cursor_moved_by(&shop()).await.expect("read"), 2);
}
