//! Orders that change after the ERP has them: each change reaches it once, in order, or a person.

use jiff::{SignedDuration, Timestamp};
use passerelle_domain::{
    Address, ArticleCode, Customer, CustomerCode, Money, Order, OrderId, OrderKey, OrderLine, OrderState,
    Quantity, ShopId, Unit, UnitPrice,
};
use passerelle_erp::orders::OrderLayout;
use passerelle_flows::export::Pace;
use passerelle_ledger::{Acknowledgement, Member, OrderIntake, OrderRecord, OrderStatus, Recorded};
use passerelle_services::{Clock, MemoryLogs};

use super::given::{House, LAYOUT};

fn order() -> Order {
    let line = |id: &str, article: &str, quantity: u32, price: &str| {
        let price: Money = price.parse().expect("an amount");
        let (quantity, unit_price) = (Quantity::from(quantity), UnitPrice::of(price, Quantity::from(1)));
        let gross = unit_price.times(quantity).expect("in range");
        OrderLine {
            id: id.into(),
            article: ArticleCode::new(article).ok(),
            label: article.into(),
            quantity,
            unit: Unit::Piece,
            unit_price,
            gross,
            discount: Money::ZERO,
            net: gross,
            vat_rate: "0".parse().expect("a rate"),
            vat: Money::ZERO,
        }
    };
    let lines = vec![line("1", "POIREAU", 3, "4.00"), line("2", "HUILE", 1, "10.00")];
    Order {
        key: OrderKey { shop: ShopId::new("rungis").expect("a shop"), id: OrderId::new("7").expect("an id") },
        number: "7".into(),
        state: OrderState::Confirmed,
        shop_state: "processing".into(),
        created_at: "2026-11-23T10:00:00Z".parse().expect("an instant"),
        currency: "EUR".into(),
        customer: Customer { code: CustomerCode::new("C1").ok(), ..Customer::default() },
        billing: Address::default(),
        delivery: Address::default(),
        wanted_on: None,
        total: lines.iter().map(|line| line.net).sum(),
        lines,
        charges: vec![],
        promotions: vec![],
        payments: vec![],
        refunds: vec![],
        note: String::new(),
        vat_total: Money::ZERO,
    }
}

/// The order with so many leeks.
fn leeks(quantity: u32) -> Order {
    let mut order = order();
    let line = &mut order.lines[0];
    line.quantity = quantity.into();
    line.gross = line.unit_price.times(line.quantity).expect("in range");
    line.net = line.gross;
    order.total = order.lines.iter().map(|line| line.net).sum();
    order
}

fn cancelled(order: Order) -> Order {
    Order { state: OrderState::Cancelled, shop_state: "cancelled".into(), ..order }
}

impl House {
    async fn record(&self, order: &Order) -> Recorded {
        self.clock.advance(SignedDuration::from_mins(1));
        self.record_as_of(order, self.clock.now()).await
    }

    async fn record_as_of(&self, order: &Order, modified_at: Timestamp) -> Recorded {
        let intake = OrderIntake { key: &order.key, modified_at, content: Ok(order), raw_key: "raw" };
        self.ledger.record_order(&intake, self.clock.now()).await.expect("recorded")
    }

    /// What a run put, or nothing.
    async fn exported_text(&self) -> String {
        let mut text = String::new();
        for key in self.export().await.files {
            text.push_str(&self.text(&key).await);
        }
        text
    }

    /// The ERP answers on what it was given last.
    async fn answered(&self, accepted: bool) {
        let (batch, _) = self.head().await.exported.expect("given");
        let answer = Acknowledgement { batch, accepted, erp_number: String::new(), reason: String::new() };
        self.ledger.record_acknowledgement(&order().key, &answer, self.clock.now()).await.expect("recorded");
    }

    async fn head(&self) -> OrderRecord {
        self.ledger.order(&order().key).await.expect("in memory").expect("recorded")
    }
}

#[tokio::test]
async fn a_replacement_is_sent_once() {
    let house = House::taking("replacement");
    house.record(&leeks(3)).await;
    assert_eq!(house.exported_text().await, "7;new;22.00\nPOIREAU;3;12.00\nHUILE;1;10.00\n");
    house.record(&leeks(5)).await;
    assert_eq!(house.exported_text().await, "7;replace;30.00\nPOIREAU;5;20.00\nHUILE;1;10.00\n");
    assert_eq!(house.exported_text().await, "", "nothing changed since");
    assert_eq!(house.head().await.status, OrderStatus::Exported);
}

#[tokio::test]
async fn a_change_before_the_export_is_only_a_newer_revision() {
    let house = House::taking("set_aside");
    house.record(&leeks(3)).await;
    house.record(&leeks(4)).await;
    assert_eq!(house.exported_text().await, "7;new;26.00\nPOIREAU;4;16.00\nHUILE;1;10.00\n");
}

#[tokio::test]
async fn differences_lead_from_what_the_erp_has_to_the_latest_revision() {
    let house = House::taking("signed_differences");
    house.record(&leeks(3)).await;
    house.exported_text().await;
    // Twice in a row: only the difference from what was sent counts.
    house.record(&leeks(9)).await;
    house.record(&leeks(5)).await;
    assert_eq!(house.exported_text().await, "7;change;8.00\nPOIREAU;2;8.00\n");
    house.record(&leeks(4)).await;
    assert_eq!(house.exported_text().await, "7;change;-4.00\nPOIREAU;-1;-4.00\n");
    house.record(&cancelled(leeks(4))).await;
    assert_eq!(house.exported_text().await, "7;cancel;-26.00\nPOIREAU;-4;-16.00\nHUILE;-1;-10.00\n");
}

#[tokio::test]
async fn an_answer_that_comes_late_does_not_undo_a_change() {
    let house = House::taking("signed_differences");
    let long_ago = house.clock.now();
    house.record(&leeks(3)).await;
    house.exported_text().await;
    house.record(&leeks(5)).await;
    assert_eq!(house.record_as_of(&leeks(2), long_ago).await, Recorded::Stale);
    assert_eq!(house.exported_text().await, "7;change;8.00\nPOIREAU;2;8.00\n");
    assert_eq!(house.record_as_of(&leeks(3), long_ago).await, Recorded::Stale);
    assert_eq!(house.exported_text().await, "");
}

#[tokio::test]
async fn a_change_that_is_undone_before_the_export_is_never_sent() {
    let house = House::taking("signed_differences");
    house.record(&leeks(3)).await;
    house.exported_text().await;
    house.record(&leeks(5)).await;
    house.record(&leeks(3)).await;
    assert_eq!(house.exported_text().await, "");
}

#[tokio::test]
async fn a_cancellation_is_sent_and_any_other_change_waits_for_a_person() {
    let house = House::taking("cancellation");
    house.record(&leeks(3)).await;
    house.exported_text().await;
    house.record(&leeks(5)).await;
    assert_eq!(house.export().await.quarantined, 1);
    house.record(&cancelled(leeks(5))).await;
    assert_eq!(house.exported_text().await, "7;cancel;0.00\n");
}

#[tokio::test]
async fn what_is_set_aside_spells_the_difference_out() {
    let house = House::taking("set_aside");
    house.record(&leeks(3)).await;
    house.exported_text().await;
    house.record(&leeks(5)).await;
    let exported = house.export().await;
    assert_eq!((exported.quarantined, exported.files.len()), (1, 0));
    let rejection = house.head().await.rejection.expect("set aside");
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
            "[[header]]\nname = \"nom\"\nfrom = \"billing.name\"\nmax = 5\ntoo_long = \"{too_long}\"\n[[line]]"
        );
        let layout = LAYOUT.replace("AMENDMENTS", "set_aside").replacen("[[line]]", &column, 1);
        let house = House::with(OrderLayout::from_toml(&layout).unwrap_or_else(|error| panic!("{error}")));
        house.record(&named("Zoé Lefèvre")).await;
        let exported = house.export().await;
        assert_eq!(exported.quarantined, u64::from(too_long == "set_aside"));
        assert!(logs.text().contains(says), "{}", logs.text());
    }
    assert!(!logs.text().contains("Zo"), "{}", logs.text());
}

#[tokio::test]
async fn a_shop_that_calls_an_order_done_changes_nothing_for_the_erp() {
    for amendments in ["set_aside", "replacement", "signed_differences", "cancellation"] {
        let house = House::taking(amendments);
        house.record(&leeks(3)).await;
        house.exported_text().await;
        let done = Order { shop_state: "completed".into(), ..leeks(3) };
        assert_eq!(house.record(&done).await, Recorded::Unchanged);
        // Nor does what no column of the layout shows.
        let called = Order { note: "Sonner deux fois".into(), ..done };
        assert_eq!(house.record(&called).await, Recorded::Changed);
        let exported = house.export().await;
        assert_eq!((exported.orders, exported.quarantined), (0, 0), "{amendments}");
        let head = house.head().await;
        assert_eq!(head.status, OrderStatus::Exported);
        assert_eq!(head.exported.map(|(_, revision)| revision), Some(called.revision()));
    }
}

#[tokio::test]
async fn the_file_of_a_batch_left_behind_tells_the_change_that_was_sealed() {
    let house = House::taking("signed_differences");
    house.record(&leeks(3)).await;
    house.exported_text().await;
    house.record(&leeks(5)).await;
    // A run plans, claims and seals, and dies before it puts the file.
    let now = house.clock.now();
    let lease =
        house.ledger.acquire_lease("export-orders", "dead", now, now).await.expect("asked").expect("free");
    let head = house.head().await;
    let replaces = head.exported.map(|(_, revision)| revision);
    let member = Member { key: head.key, revision: head.revision, replaces };
    let day = passerelle_domain::BusinessDay::of(now);
    let batch = house.ledger.open_batch(day, &[member], &lease, now).await.expect("opened");
    let members = house.ledger.claim_orders(&batch.id, &lease, now).await.expect("asked").expect("ours");
    assert!(house.ledger.seal_batch(&batch.id, &members, &lease, now).await.expect("asked"));
    // Meanwhile the order changes again. The file is the sealed change; the next run tells the rest.
    house.record(&leeks(6)).await;
    assert_eq!(house.exported_text().await, "7;change;8.00\nPOIREAU;2;8.00\n7;change;4.00\nPOIREAU;1;4.00\n");
    assert_eq!(house.exported_text().await, "");
}

#[tokio::test]
async fn a_set_of_files_is_put_whole_and_named_by_its_main_file() {
    let layout = LAYOUT
        .replace("AMENDMENTS", "set_aside")
        .replace("\"header_and_lines\"", "\"two_files\"\nlines_name = \"{batch}-lignes.txt\"")
        .replace(
            "[[line]]\nname = \"article\"",
            "[[line]]\nname = \"commande\"\nfrom = \"order.number\"\n[[line]]\nname = \"article\"",
        );
    let house = House::with(OrderLayout::from_toml(&layout).unwrap_or_else(|error| panic!("{error}")));
    house.record(&leeks(3)).await;
    let files = house.export().await.files;
    assert_eq!(files, ["orders/outbox/2026-11-24-001.txt"]);
    assert_eq!(house.text(&files[0]).await, "7;new;22.00\n");
    assert_eq!(
        house.text("orders/outbox/2026-11-24-001-lignes.txt").await,
        "7;POIREAU;3;12.00\n7;HUILE;1;10.00\n"
    );
    let (batch, _) = house.head().await.exported.expect("exported");
    let batch = house.ledger.batch(&batch).await.expect("in memory").expect("a batch");
    assert_eq!(batch.object_key.as_deref(), Some("orders/outbox/2026-11-24-001.txt"));
}

#[tokio::test]
async fn repairs_are_counted() {
    let layout = LAYOUT.replace("AMENDMENTS", "set_aside").replace(
        "name = \"article\"\nfrom = \"line.article\"",
        "name = \"article\"\nfrom = \"line.label\"\nmax = 5\ntoo_long = \"cut\"",
    );
    let house = House::with(OrderLayout::from_toml(&layout).unwrap_or_else(|error| panic!("{error}")));
    house.record(&leeks(3)).await;
    assert_eq!(house.export().await.repairs, 1);
}

#[tokio::test]
async fn a_change_waits_until_the_erp_has_answered_on_what_it_changes() {
    let mut house = House::taking("replacement");
    house.pace.acknowledges = true;
    house.record(&leeks(3)).await;
    house.export().await;
    let (batch, _) = house.head().await.exported.expect("given");
    house.record(&leeks(5)).await;
    let exported = house.export().await;
    assert_eq!((exported.orders, exported.held, exported.quarantined), (0, true, 0));
    let refused = Acknowledgement { batch, accepted: false, erp_number: String::new(), reason: "non".into() };
    house.ledger.record_acknowledgement(&order().key, &refused, house.clock.now()).await.expect("recorded");
    assert_eq!(house.exported_text().await, "7;new;30.00\nPOIREAU;5;20.00\nHUILE;1;10.00\n");
    let (batch, _) = house.head().await.exported.expect("given");
    let accepted = Acknowledgement { batch, accepted: true, ..refused };
    house.ledger.record_acknowledgement(&order().key, &accepted, house.clock.now()).await.expect("recorded");
    house.record(&leeks(6)).await;
    assert_eq!(house.exported_text().await, "7;replace;34.00\nPOIREAU;6;24.00\nHUILE;1;10.00\n");
}

#[tokio::test]
async fn a_change_that_the_erp_refused_is_told_again_once_it_is_mended() {
    let mut house = House::taking("replacement");
    house.pace.acknowledges = true;
    house.record(&leeks(3)).await;
    house.export().await;
    house.answered(true).await;
    house.record(&leeks(5)).await;
    assert_eq!(house.exported_text().await, "7;replace;30.00\nPOIREAU;5;20.00\nHUILE;1;10.00\n");
    house.answered(false).await;
    house.record(&leeks(6)).await;
    assert_eq!(house.exported_text().await, "7;replace;34.00\nPOIREAU;6;24.00\nHUILE;1;10.00\n");
    house.answered(true).await;
    house.record(&cancelled(leeks(6))).await;
    assert_eq!(house.export().await.total, Money::ZERO, "nothing of it is sold any more");
}

#[tokio::test]
async fn the_erp_is_given_no_more_than_it_takes_and_the_rest_follows() {
    let another = |id: u32| {
        let key = OrderKey { id: OrderId::new(id.to_string()).expect("an id"), ..order().key };
        Order { key, number: id.to_string(), ..order() }
    };
    let mut house = House::taking("set_aside");
    house.pace = Pace { orders_per_file: 2, orders_per_hour: Some(3), ..house.pace };
    for id in 1..=5 {
        house.record(&another(id)).await;
    }
    let first = house.export().await;
    assert_eq!((first.orders, first.files.len(), first.held), (3, 2, true), "three in this hour");
    let second = house.export().await;
    assert_eq!((second.orders, second.held), (0, true));
    house.clock.advance(SignedDuration::from_mins(46));
    let third = house.export().await;
    assert_eq!((third.orders, third.held), (2, false));
    house.pace = Pace { unanswered_files: Some(4), ..Pace::files_of(2) };
    for id in 6..=9 {
        house.record(&another(id)).await;
    }
    let fourth = house.export().await;
    assert_eq!((fourth.files.len(), fourth.held), (1, true), "three files were unanswered before");
}
