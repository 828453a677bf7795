//! Files that one run does not finish, and figures that are accepted with a note.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use passerelle_domain::{Failure, FailureKind, Result};
use passerelle_flows::ingest::handle;
use passerelle_ledger::{DropOutcome, DropState};
use passerelle_services::{MemoryQueue, OneQueue, Queue, Work};

use super::given::*;

/// So many invoices of one line each; every tenth has a total that is wrong, every seventh VAT that is a
/// cent off.
fn many(invoices: u32) -> Vec<u8> {
    let (mut text, mut gross_of_all) = (header(), 0);
    for i in 0..invoices {
        let vat = if i % 7 == 3 { 551 } else { 550 };
        let gross = 10_000 + vat + if i % 10 == 5 { 100 } else { 0 };
        gross_of_all += gross;
        text += &row(&format!("F{i}"), "Tomates", [10_000, vat, gross]);
    }
    text += &trailer([invoices, invoices], gross_of_all);
    text.into_bytes()
}

#[tokio::test]
async fn a_run_stops_before_its_time_is_up_and_the_next_goes_on_where_it_was() {
    // Each write takes 50 ms, so a chunk takes ten seconds, and a run has time for three.
    let house = House::ticking(50);
    let object = house.file("f.csv", many(1500));
    let failure = house.deliver_within(&object, 45).await.expect_err("it is not done");
    assert_eq!(failure.kind(), FailureKind::Retry);
    let stopped = house.drop_record(&object).await.expect("known");
    let progress = stopped.progress.expect("it is noted how far it came");
    assert_eq!(stopped.state, DropState::Checking);
    assert!((200..1400).contains(&progress.done), "{progress:?}");
    let mut runs = 1;
    while house.deliver_within(&object, 45).await.is_err() {
        runs += 1;
        assert!(runs < 20, "each run comes further");
    }
    assert!(runs > 1);
    let outcome = house.became(&object).await;
    // Every seventh from 3 that is not a fifth of ten.
    let noted = (0..1500).filter(|i| i % 7 == 3 && i % 10 != 5).count();
    assert_eq!(counts(&outcome), [1500, 1350, 0, 0, 150, u32::try_from(noted).expect("small")]);
    assert_eq!(house.announced(), 1350, "each invoice is announced once");
    let DropOutcome::Accepted { rejects_key: Some(key), gross, .. } = outcome else {
        panic!("there are rejects")
    };
    assert_eq!(latin(&house.bytes(&key).await).lines().count(), 151, "those of all runs");
    let cents: i64 = (0..1500).filter(|i| i % 10 != 5).map(|i| 10_550 + i64::from(i % 7 == 3)).sum();
    assert_eq!(gross.cents(), cents);
}

/// A queue whose sender dies at the third call.
struct Dying {
    queue: MemoryQueue,
    calls: AtomicUsize,
}

#[async_trait]
impl Queue for Dying {
    async fn send(&self, bodies: &[String]) -> Result<()> {
        if self.calls.fetch_add(1, Ordering::Relaxed) == 2 {
            return Err(Failure::retry("send messages", "queue", "the run died"));
        }
        self.queue.send(bodies).await
    }
}

#[tokio::test]
async fn a_redelivery_announces_only_what_the_dead_run_registered_last() {
    let house = House::new();
    let object = house.file("f.csv", many(1000));
    let queue = Dying { queue: house.queues.sent_to(Work::RenderInvoice), calls: AtomicUsize::new(0) };
    let mut dying = (*house.deps).clone();
    dying.env.queues = Arc::new(OneQueue(Arc::new(queue)));
    handle(Arc::new(dying), house.delivery(&object, 900)).await.expect_err("it died");
    assert_eq!(house.announced(), 400);
    house.deliver(&object).await;
    assert_eq!(counts(&house.became(&object).await)[..3], [1000, 700, 200]);
    assert_eq!(house.announced(), 500, "the 200 that were registered only, and 300 new ones");
}

#[tokio::test]
async fn what_another_file_registered_is_not_announced_again_for_each_copy() {
    let house = House::new();
    house.dropped("f.csv", many(1000)).await;
    assert_eq!(house.announced(), 900);
    assert_eq!(counts(&house.dropped("copie.csv", many(1000)).await)[..3], [1000, 0, 900]);
    assert!(house.announced() <= 200, "no more than what a run that died may have left");
}

#[tokio::test]
async fn a_cent_of_rounding_is_accepted_with_the_erps_figure_and_counted() {
    let house = House::new();
    assert_eq!(counts(&house.dropped("f.csv", many(4)).await), [4, 4, 0, 0, 0, 1]);
    let invoice = house.invoice("F3").await.expect("registered");
    assert_eq!(invoice.totals.vat.to_string(), "5.51", "the ERP's figure, and not the computed 5.50");
}
