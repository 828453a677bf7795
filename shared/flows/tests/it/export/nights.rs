//! Nights that go wrong: a run that starts late, a batch whose file cannot be made any more.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use passerelle_domain::{BusinessDay, FailureKind, Order, Result};
use passerelle_erp::orders::OrderLayout;
use passerelle_flows::export::{Export, Exported, handle};
use passerelle_ledger::{BatchState, Ledger, Member, OrderIntake, OrderStatus};
use passerelle_services::{Deadline, Environment, MemoryObjects, Objects, ScheduledRun, SystemClock};

use super::given::order;

const LAYOUT: &str = include_str!("../../../../../infra/environments/prod/layouts/orders.toml");

struct House {
    ledger: Ledger,
    objects: MemoryObjects,
    now: Timestamp,
}

impl House {
    fn new() -> Self {
        Self { ledger: Ledger::in_memory(), objects: MemoryObjects::default(), now: Timestamp::now() }
    }

    async fn record(&self, order: &Order) {
        let (key, modified_at, raw_key) = (&order.key, self.now, "raw/page.jsonl");
        let intake = OrderIntake { key, modified_at, content: Ok(order), raw_key };
        self.ledger.record_order(&intake, self.now).await.expect("recorded");
    }

    /// A run that dies when it has sealed its batch.
    async fn seal(&self, order: &Order) -> passerelle_domain::BatchId {
        let ledger = &self.ledger;
        let lease = ledger.acquire_lease("export-orders", "the dead", self.now, self.now).await;
        let lease = lease.expect("asked").expect("free");
        let members = [Member { key: order.key.clone(), revision: order.revision(), replaces: None }];
        let batch = ledger.open_batch(BusinessDay::of(self.now), &members, &lease, self.now).await;
        let batch = batch.expect("opened");
        let claimed = ledger.claim_orders(&batch.id, &lease, self.now).await.expect("asked").expect("ours");
        assert_eq!(claimed, members);
        assert!(ledger.seal_batch(&batch.id, &claimed, &lease, self.now).await.expect("asked"));
        batch.id
    }

    async fn export(&self, layout: &str, scheduled_time: Timestamp) -> Result<Exported> {
        let deps = Export {
            layouts: Arc::new(OrderLayout::from_toml(layout).expect("a layout").into()),
            priority: vec![],
            pace: passerelle_flows::export::Pace::files_of(500),
            env: Environment {
                ledger: self.ledger.clone(),
                objects: Arc::new(self.objects.clone()),
                clock: Arc::new(SystemClock),
                ..Environment::in_memory()
            },
        };
        let deadline = Deadline::at(Timestamp::now() + SignedDuration::from_mins(5));
        handle(deps, ScheduledRun { scheduled_time, owner: "a run".into(), deadline }).await
    }

    async fn status(&self, order: &Order) -> OrderStatus {
        self.ledger.order(&order.key).await.expect("read").expect("recorded").status
    }
}

#[tokio::test]
async fn a_sealed_batch_that_its_layout_no_longer_takes_does_not_keep_others_from_being_written() {
    let house = House::new();
    let (sealed, other) = (order("1", "TOM-GRAPPE-6", house.now), order("2", "TOM-6", house.now));
    house.record(&sealed).await;
    let batch = house.seal(&sealed).await;
    house.record(&other).await;

    let shorter = LAYOUT.replacen("max = 18", "max = 8", 1);
    assert_ne!(shorter, LAYOUT, "the layout is another one now");
    let failure = house.export(&shorter, house.now).await.expect_err("one batch could not be written");
    assert_eq!(failure.kind(), FailureKind::Misconfigured);
    let said = failure.to_string();
    assert!(
        said.contains(&batch.to_string()) && said.contains("order rungis/1: too_long in lines[0].article"),
        "{said}"
    );

    assert_eq!(house.status(&other).await, OrderStatus::Exported);
    assert_eq!(house.status(&sealed).await, OrderStatus::Claimed);
    let state = house.ledger.batch(&batch).await.expect("read").expect("there").state;
    assert_eq!(state, BatchState::Sealed, "it waits for the layout to be mended");

    let exported = house.export(LAYOUT, house.now).await.expect("the layout is mended");
    assert_eq!((exported.files.len(), exported.orders), (1, 1));
    assert_eq!(house.status(&sealed).await, OrderStatus::Exported);
    let files = house.objects.list("orders/outbox/", 10).await.expect("listed");
    assert_eq!(files.len(), 2, "each order in a file of its own");
}

#[tokio::test]
async fn a_run_that_starts_after_the_next_midnight_takes_only_the_orders_of_its_own_night() {
    let house = House::new();
    let today = BusinessDay::of(house.now);
    let (own, next) = (today.previous().start(), today.start());
    let hour = SignedDuration::from_hours(1);
    let before = Order { created_at: own - hour, ..order("1", "TOM-6", house.now) };
    let after = Order { created_at: own + hour, ..order("2", "TOM-6", house.now) };
    house.record(&before).await;
    house.record(&after).await;

    let exported = house.export(LAYOUT, own).await.expect("exported");
    assert_eq!((exported.files.len(), exported.orders), (1, 1));
    let head = house.ledger.order(&before.key).await.expect("read").expect("recorded");
    assert_eq!(
        head.exported.map(|(batch, _)| batch.day),
        Some(today.previous()),
        "in a file of its own night"
    );
    assert_eq!(house.status(&before).await, OrderStatus::Exported);
    assert_eq!(house.status(&after).await, OrderStatus::Ready, "it belongs to the next night");
    assert_eq!(house.export(LAYOUT, next).await.expect("exported").orders, 1);
    assert_eq!(house.status(&after).await, OrderStatus::Exported);
}

#[tokio::test]
async fn what_a_file_repairs_is_kept_with_its_order() {
    let house = House::new();
    let mut accented = order("1", "TOM-6", house.now);
    accented.lines[0].label = "Tomates de Łódź".into();
    house.record(&accented).await;
    let exported = house.export(LAYOUT, house.now).await.expect("exported");
    let head = house.ledger.order(&accented.key).await.expect("read").expect("recorded");
    let kept = head.repairs.expect("a repair");
    assert_eq!(u64::try_from(kept.values.len()).ok(), Some(exported.repairs));
    let repair = kept.values.iter().find(|repair| repair.field == "lines[0].label").expect("of the label");
    assert_eq!((repair.from.as_str(), repair.to.as_str()), ("Tomates de Łódź", "Tomates de Lódz"));
    assert_eq!(head.exported.map(|(batch, _)| batch), Some(kept.batch));
}
