//! Nights that go wrong: a run that starts late, a batch whose file cannot be made any more.

use jiff::SignedDuration;
use passerelle_domain::{ArticleCode, BusinessDay, FailureKind, Order, OrderLine};
use passerelle_ledger::{BatchState, OrderStatus};
use passerelle_services::{Metric, Objects};

use super::given::*;

/// The order with one line of another article or label.
fn with_line(id: u32, line: OrderLine) -> Order {
    Order { lines: vec![line], ..order(id) }
}

#[tokio::test]
async fn a_sealed_batch_that_no_longer_fits_its_layout_holds_up_no_other() {
    let mut house = House::with(SHIPPED);
    let long = OrderLine { article: ArticleCode::new("TOM-GRAPPE-6").ok(), ..line(11_701) };
    let (sealed, other) = (with_line(1, long), order(2));
    house.record(&sealed).await;
    let batch = house.seal(&sealed).await;
    house.record(&other).await;

    let shorter = SHIPPED.replacen("max = 18", "max = 8", 1);
    assert_ne!(shorter, SHIPPED, "the layout is another one now");
    house.layouts = layouts(&shorter);
    let failure = house.export_for(house.now()).await.expect_err("one batch could not be written");
    assert_eq!(failure.kind(), FailureKind::Misconfigured);
    let said = failure.to_string();
    assert!(
        said.contains(&batch.id.to_string()) && said.contains("order rungis/1: too_long in lines[0].article"),
        "{said}"
    );
    assert_eq!([house.status(1).await, house.status(2).await], [OrderStatus::Claimed, OrderStatus::Exported]);
    assert_eq!(house.batch(&batch.id).await.state, BatchState::Sealed, "it waits for the layout to be fixed");

    house.layouts = layouts(SHIPPED);
    let exported = house.export_for(house.now()).await.expect("the layout is fixed");
    assert_eq!((exported.files.len(), exported.orders), (1, 1));
    assert_eq!(house.status(1).await, OrderStatus::Exported);
    let files = house.objects.list("orders/outbox/", 10).await.expect("listed");
    assert_eq!(files.len(), 2, "each order in a file of its own");
    assert_eq!(house.emitted([Metric::OrdersExported, Metric::OrderFilesWritten]), [2, 2]);
}

#[tokio::test]
async fn a_run_after_the_next_midnight_takes_only_the_orders_of_its_own_night() {
    let house = House::with(SHIPPED);
    let today = BusinessDay::of(house.now());
    let (own, next, hour) = (today.previous().start(), today.start(), SignedDuration::from_hours(1));
    house.record(&Order { created_at: own - hour, ..order(1) }).await;
    house.record(&Order { created_at: own + hour, ..order(2) }).await;

    let exported = house.export_for(own).await.expect("exported");
    assert_eq!((exported.files.len(), exported.orders), (1, 1));
    let head = house.head(1).await;
    let day = head.exported.map(|(batch, _)| batch.day);
    assert_eq!(day, Some(today.previous()), "in a file of its own night");
    assert_eq!(head.status, OrderStatus::Exported);
    assert_eq!(house.status(2).await, OrderStatus::Ready, "it belongs to the next night");
    assert_eq!(house.export_for(next).await.expect("exported").orders, 1);
    assert_eq!(house.status(2).await, OrderStatus::Exported);
}

#[tokio::test]
async fn what_a_file_repairs_is_kept_with_its_order() {
    let house = House::with(SHIPPED);
    house.record(&with_line(1, OrderLine { label: "Tomates de Łódź".into(), ..line(11_701) })).await;
    let exported = house.export_for(house.now()).await.expect("exported");
    let head = house.head(1).await;
    let kept = head.repairs.expect("a repair");
    assert_eq!(u64::try_from(kept.values.len()).ok(), Some(exported.repairs));
    let repair = kept.values.iter().find(|repair| repair.field == "lines[0].label").expect("of the label");
    assert_eq!((repair.from.as_str(), repair.to.as_str()), ("Tomates de Łódź", "Tomates de Lódz"));
    assert_eq!(head.exported.map(|(batch, _)| batch), Some(kept.batch));
}
