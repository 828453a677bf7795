//! Orders that change after the ERP has them: each change reaches it once, in order, or a person.

use passerelle_domain::{Address, ArticleCode, Money, Order, OrderLine, OrderState, UnitPrice, VatRate};
use passerelle_flows::export::Pace;
use passerelle_ledger::{OrderStatus, Recorded};
use passerelle_services::MemoryLogs;

use super::given::*;

/// Order 7, without VAT: so many leeks and some oil.
fn leeks(quantity: u32) -> Order {
    let line = |id: &str, article: &str, quantity: u32, cents: i64| {
        let net = Money::from_cents(cents * i64::from(quantity));
        OrderLine {
            id: id.into(),
            article: ArticleCode::new(article).ok(),
            label: article.into(),
            quantity: quantity.into(),
            unit_price: UnitPrice::of(net, quantity.into()),
            vat_rate: VatRate::ZERO,
            vat: Money::ZERO,
            ..line(net.cents())
        }
    };
    let lines = vec![line("1", "POIREAU", quantity, 400), line("2", "HUILE", 1, 1_000)];
    let total = lines.iter().map(|line| line.net).sum();
    Order { number: "7".into(), lines, vat_total: Money::ZERO, total, ..order(7) }
}

fn cancelled(order: Order) -> Order {
    Order { state: OrderState::Cancelled, shop_state: "cancelled".into(), ..order }
}

impl House {
    /// Records a change of the order, a minute after whatever was before.
    async fn change(&self, order: &Order) -> Recorded {
        self.wait(1);
        self.record(order).await
    }

    /// What a run put, or nothing.
    async fn exported_text(&self) -> String {
        let mut text = String::new();
        for key in self.export_next().await.files {
            text.push_str(&self.text(&key).await);
        }
        text
    }

    /// The ERP acknowledges what it was sent last.
    async fn acknowledged(&self, accepted: bool) {
        let (batch, _) = self.head(7).await.exported.expect("sent");
        let acknowledgement = if accepted { acceptance(batch, "") } else { refusal(batch, "non") };
        self.acknowledge(&key(7), &acknowledgement).await;
    }
}

#[tokio::test]
async fn a_replacement_is_sent_once() {
    let house = House::taking("replacement");
    house.change(&leeks(3)).await;
    assert_eq!(house.exported_text().await, "7;new;22.00\nPOIREAU;3;12.00\nHUILE;1;10.00\n");
    house.change(&leeks(5)).await;
    assert_eq!(house.exported_text().await, "7;replace;30.00\nPOIREAU;5;20.00\nHUILE;1;10.00\n");
    assert_eq!(house.exported_text().await, "", "nothing changed since");
    assert_eq!(house.head(7).await.status, OrderStatus::Exported);
}

#[tokio::test]
async fn a_change_before_the_export_is_only_a_newer_revision() {
    let house = House::taking("set_aside");
    house.change(&leeks(3)).await;
    house.change(&leeks(4)).await;
    assert_eq!(house.exported_text().await, "7;new;26.00\nPOIREAU;4;16.00\nHUILE;1;10.00\n");
}

#[tokio::test]
async fn differences_lead_from_what_the_erp_has_to_the_latest_revision() {
    let house = House::taking("signed_differences");
    house.change(&leeks(3)).await;
    house.exported_text().await;
    // Twice in a row: only the difference from what was sent counts.
    house.change(&leeks(9)).await;
    house.change(&leeks(5)).await;
    assert_eq!(house.exported_text().await, "7;change;8.00\nPOIREAU;2;8.00\n");
    house.change(&leeks(4)).await;
    assert_eq!(house.exported_text().await, "7;change;-4.00\nPOIREAU;-1;-4.00\n");
    house.change(&cancelled(leeks(4))).await;
    assert_eq!(house.exported_text().await, "7;cancel;-26.00\nPOIREAU;-4;-16.00\nHUILE;-1;-10.00\n");
}

#[tokio::test]
async fn an_older_state_that_comes_late_does_not_undo_a_change() {
    let house = House::taking("signed_differences");
    let long_ago = house.now();
    house.change(&leeks(3)).await;
    house.exported_text().await;
    house.change(&leeks(5)).await;
    assert_eq!(house.record_modified(&leeks(2), long_ago).await, Recorded::Stale);
    assert_eq!(house.exported_text().await, "7;change;8.00\nPOIREAU;2;8.00\n");
    assert_eq!(house.record_modified(&leeks(3), long_ago).await, Recorded::Stale);
    assert_eq!(house.exported_text().await, "");
}

#[tokio::test]
async fn a_change_that_is_undone_before_the_export_is_never_sent() {
    let house = House::taking("signed_differences");
    house.change(&leeks(3)).await;
    house.exported_text().await;
    house.change(&leeks(5)).await;
    house.change(&leeks(3)).await;
    assert_eq!(house.exported_text().await, "");
}

#[tokio::test]
async fn a_cancellation_is_sent_and_any_other_change_waits_for_a_person() {
    let house = House::taking("cancellation");
    house.change(&leeks(3)).await;
    house.exported_text().await;
    house.change(&leeks(5)).await;
    assert_eq!(house.export_next().await.quarantined, 1);
    house.change(&cancelled(leeks(5))).await;
    assert_eq!(house.exported_text().await, "7;cancel;0.00\n");
}

#[tokio::test]
async fn what_is_set_aside_spells_the_difference_out() {
    let house = House::taking("set_aside");
    house.change(&leeks(3)).await;
    house.exported_text().await;
    house.change(&leeks(5)).await;
    let exported = house.export_next().await;
    assert_eq!((exported.quarantined, exported.files.len()), (1, 0));
    let rejection = house.head(7).await.rejection.expect("set aside");
    assert_eq!((rejection.code.as_str(), rejection.field.as_str()), ("changed_after_export", "order"));
    assert!(rejection.value.contains("lines[POIREAU].quantity was \"3\", is \"5\""), "{}", rejection.value);
    assert!(rejection.value.ends_with("total was \"22.00\", is \"30.00\""), "{}", rejection.value);
}

#[tokio::test]
async fn what_a_layout_refuses_or_repairs_is_kept_with_the_order_and_in_no_log() {
    let (logs, _guard) = MemoryLogs::capture();
    let named = |name: &str| {
        let billing = Address { name: name.to_owned(), ..leeks(3).billing };
        Order { billing, ..leeks(3) }
    };
    for (too_long, says) in [("set_aside", "order set aside"), ("cut", "value repaired")] {
        let column = format!(
            "header = [{{ name = \"nom\", from = \"billing.name\", max = 5, too_long = \"{too_long}\" }},"
        );
        let layout = LAYOUT.replace("AMENDMENTS", "set_aside").replacen("header = [", &column, 1);
        let house = House::with(&layout);
        house.change(&named("Zoé Lefèvre")).await;
        let exported = house.export_next().await;
        assert_eq!(exported.quarantined, u64::from(too_long == "set_aside"));
        assert!(logs.text().contains(says), "{}", logs.text());
    }
    assert!(!logs.text().contains("Zo"), "{}", logs.text());
}

#[tokio::test]
async fn a_shop_that_calls_an_order_done_changes_nothing_for_the_erp() {
    for amendments in ["set_aside", "replacement", "signed_differences", "cancellation"] {
        let house = House::taking(amendments);
        house.change(&leeks(3)).await;
        house.exported_text().await;
        let done = Order { shop_state: "completed".into(), ..leeks(3) };
        assert_eq!(house.change(&done).await, Recorded::Unchanged);
        // Nor does what no column of the layout shows.
        let called = Order { note: "Sonner deux fois".into(), ..done };
        assert_eq!(house.change(&called).await, Recorded::Changed);
        let exported = house.export_next().await;
        assert_eq!((exported.orders, exported.quarantined), (0, 0), "{amendments}");
        let head = house.head(7).await;
        assert_eq!(head.status, OrderStatus::Exported);
        assert_eq!(head.exported.map(|(_, revision)| revision), Some(called.revision()));
    }
}

#[tokio::test]
async fn the_file_of_a_batch_left_behind_has_the_change_that_was_sealed() {
    let house = House::taking("signed_differences");
    house.change(&leeks(3)).await;
    house.exported_text().await;
    house.change(&leeks(5)).await;
    // A run plans, claims and seals, and dies before it puts the file.
    house.seal(&leeks(5)).await;
    // Meanwhile the order changes again. The file is the sealed change; the next run has the rest.
    house.change(&leeks(6)).await;
    assert_eq!(house.exported_text().await, "7;change;8.00\nPOIREAU;2;8.00\n7;change;4.00\nPOIREAU;1;4.00\n");
    assert_eq!(house.exported_text().await, "");
}

#[tokio::test]
async fn a_set_of_files_is_put_whole_and_named_by_its_main_file() {
    let layout = LAYOUT
        .replace("AMENDMENTS", "set_aside")
        .replace("\"header_and_lines\"", "\"two_files\"\nlines_name = \"{batch}-lignes.txt\"")
        .replace("line = [", "line = [{ name = \"commande\", from = \"order.number\" },");
    let house = House::with(&layout);
    house.change(&leeks(3)).await;
    let files = house.export_next().await.files;
    assert_eq!(files, ["orders/outbox/2026-11-24-001.txt"]);
    assert_eq!(house.text(&files[0]).await, "7;new;22.00\n");
    assert_eq!(
        house.text("orders/outbox/2026-11-24-001-lignes.txt").await,
        "7;POIREAU;3;12.00\n7;HUILE;1;10.00\n"
    );
    let (batch, _) = house.head(7).await.exported.expect("exported");
    let batch = house.batch(&batch).await;
    assert_eq!(batch.object_key.as_deref(), Some("orders/outbox/2026-11-24-001.txt"));
}

#[tokio::test]
async fn repairs_are_counted() {
    let layout = LAYOUT
        .replace("AMENDMENTS", "set_aside")
        .replace("\"line.article\"", "\"line.label\", max = 5, too_long = \"cut\"");
    let house = House::with(&layout);
    house.change(&leeks(3)).await;
    assert_eq!(house.export_next().await.repairs, 1);
}

#[tokio::test]
async fn a_change_waits_until_what_it_changes_is_acknowledged() {
    let mut house = House::taking("replacement");
    house.pace.acknowledges = true;
    house.change(&leeks(3)).await;
    house.export_next().await;
    house.change(&leeks(5)).await;
    let exported = house.export_next().await;
    assert_eq!((exported.orders, exported.held, exported.quarantined), (0, true, 0));
    house.acknowledged(false).await;
    assert_eq!(house.exported_text().await, "7;new;30.00\nPOIREAU;5;20.00\nHUILE;1;10.00\n");
    house.acknowledged(true).await;
    house.change(&leeks(6)).await;
    assert_eq!(house.exported_text().await, "7;replace;34.00\nPOIREAU;6;24.00\nHUILE;1;10.00\n");
}

#[tokio::test]
async fn a_change_that_the_erp_refused_is_sent_again_once_it_is_fixed() {
    let mut house = House::taking("replacement");
    house.pace.acknowledges = true;
    house.change(&leeks(3)).await;
    house.export_next().await;
    house.acknowledged(true).await;
    house.change(&leeks(5)).await;
    assert_eq!(house.exported_text().await, "7;replace;30.00\nPOIREAU;5;20.00\nHUILE;1;10.00\n");
    house.acknowledged(false).await;
    house.change(&leeks(6)).await;
    assert_eq!(house.exported_text().await, "7;replace;34.00\nPOIREAU;6;24.00\nHUILE;1;10.00\n");
    house.acknowledged(true).await;
    house.change(&cancelled(leeks(6))).await;
    assert_eq!(house.export_next().await.total, Money::ZERO, "nothing of it is sold any more");
}

#[tokio::test]
async fn the_erp_is_sent_no_more_than_it_takes_and_the_rest_follows() {
    let mut house = House::taking("set_aside");
    house.pace = Pace { orders_per_file: 2, orders_per_hour: Some(3), ..house.pace };
    for id in 1..=5 {
        house.change(&order(id)).await;
    }
    let first = house.export_next().await;
    assert_eq!((first.orders, first.files.len(), first.held), (3, 2, true), "three in this hour");
    let second = house.export_next().await;
    assert_eq!((second.orders, second.held), (0, true));
    house.wait(46);
    let third = house.export_next().await;
    assert_eq!((third.orders, third.held), (2, false));
    house.pace = Pace { unanswered_files: Some(4), ..Pace::files_of(2) };
    for id in 6..=9 {
        house.change(&order(id)).await;
    }
    let fourth = house.export_next().await;
    assert_eq!((fourth.files.len(), fourth.held), (1, true), "three files were unanswered before");
}
