//! Each kind of gap by name, and none where nothing is wrong.

use jiff::{SignedDuration, Timestamp};
use passerelle_domain::{Money, Order};
use passerelle_flows::reconcile::{Balance, GapKind, Heartbeat, page};
use passerelle_ledger::DropId;

use super::given::*;

#[tokio::test]
async fn a_calm_day_has_no_gap_at_any_hour() {
    let mut house = House::at("00:01");
    house.heartbeats = Heartbeat::all(&SCHEDULES, [&shop()]);
    let (first, second) = (order(1), order(2));
    for time in ["00:05", "00:25", "01:00", "04:00", "12:00", "17:45", "18:05", "19:00", "23:45"] {
        house.set(time);
        house.fetch(Some(time)).await;
        match time {
            "00:05" => {
                house.record(&first).await;
                house.record(&second).await;
            }
            "00:25" => {
                house.export(&[&first, &second]).await;
            }
            "18:05" => {
                let invoices = [invoice(1), invoice(2)];
                house.take_in("factures.csv", &invoices.each_ref(), 0, 1).await;
                for invoice in &invoices {
                    house.render(invoice).await;
                }
                house.publish(&invoices[0]).await;
                house.unpublishable(&invoices[1]).await;
            }
            _ => {}
        }
        assert_eq!(house.gaps().await, [], "at {time}");
    }
    let report = house.reconcile().await;
    assert_eq!((report.announced_again, report.stuck.len()), (0, 0));
    let expected = Balance { received: 2, done: 2, ..Balance::default() };
    assert_eq!(report.order_balance, expected);
    let expected = Balance { received: 3, done: 1, set_aside: 2, ..Balance::default() };
    assert_eq!(report.invoice_balance, expected);
}

#[tokio::test]
async fn a_fetch_that_does_not_run_is_silent_after_twenty_minutes() {
    let mut house = House::at("10:00");
    house.heartbeats = Heartbeat::all(&SCHEDULES, [&shop()]);
    let silent = vec![(GapKind::ScheduleSilent, "fetch-orders/rungis".to_owned())];
    assert_eq!(house.gaps().await, silent, "it has never run");
    house.lease("fetch-orders/rungis").await;
    house.wait(20);
    assert_eq!(house.gaps().await, []);
    house.wait(1);
    assert_eq!(house.gaps().await, silent);
}

#[tokio::test]
async fn a_shop_that_run_after_run_cannot_be_read_is_a_gap() {
    let mut house = House::at("10:00");
    house.heartbeats = Heartbeat::all(&SCHEDULES, [&shop()]);
    let fetch = async |moves: bool| {
        house.fetch(moves.then_some("09:00")).await;
        house.wait(5);
        house.gaps().await
    };
    for moves in [true, true] {
        assert_eq!(fetch(moves).await, [], "a quiet shop moves its cursor to where it stands");
    }
    for _ in 1..4 {
        assert_eq!(fetch(false).await, []);
    }
    assert_eq!(fetch(false).await, [(GapKind::ShopUnread, "rungis".to_owned())]);
    let report = house.reconcile().await;
    assert_eq!(report.gaps[0].detail.to_string(), "4 runs in a row recorded nothing");
    assert_eq!(fetch(true).await, [], "it can be read again");
}

#[tokio::test]
async fn an_export_that_missed_its_night_is_silent_when_the_night_is_over() {
    let mut house = House::at("00:20");
    house.heartbeats = Heartbeat::all(&SCHEDULES, []);
    assert_eq!(house.gaps().await, [], "before its first night");
    let lease = house.lease("export-orders").await;
    house.ledger.release_lease(&lease).await.expect("released");
    for (hours, expected) in [(23, 0), (27, 0), (28, 1)] {
        house.set("00:00");
        house.wait(hours * 60);
        let gaps = house.gaps().await;
        assert_eq!(gaps.len(), expected, "{hours} hours after midnight: {gaps:?}");
    }
    assert_eq!(house.gaps().await, [(GapKind::ScheduleSilent, "export-orders".to_owned())]);
}

#[tokio::test]
async fn a_file_that_is_not_read_to_the_end_is_stuck_after_an_hour() {
    let house = House::at("18:00");
    let drop = house.begin("factures.csv").await;
    house.becomes_a_gap(60, GapKind::DropStuck, &drop.to_string()).await;
}

#[tokio::test]
async fn a_file_whose_invoices_are_not_all_registered_is_unbalanced() {
    let house = House::at("18:00");
    let drop = house.take_in("factures.csv", &[&invoice(1)], 2, 1).await;
    house.render_and_publish(&invoice(1)).await;
    assert_eq!(house.gaps().await, [], "the lists may lag behind");
    house.wait(6);
    let report = house.reconcile().await;
    let expected = Balance { received: 4, done: 1, set_aside: 1, missing: 2, ..Balance::default() };
    assert_eq!(report.invoice_balance, expected);
    assert_eq!(report.gaps.len(), 1);
    assert_eq!((report.gaps[0].kind, &report.gaps[0].subject), (GapKind::DropUnbalanced, &drop.to_string()));
    let said = "4 in = 1 done + 1 set aside + 0 with another file + 0 in flight + 2 missing";
    assert_eq!(report.gaps[0].detail.to_string(), said);
}

#[tokio::test]
async fn a_file_whose_figures_do_not_add_up_is_unbalanced() {
    let house = House::at("18:00");
    let drop = house.begin("factures.csv").await;
    house.finish(&drop, &accepted(9, [0, 1, 2, 3], Money::ZERO)).await;
    house.wait(6);
    assert_eq!(house.gaps().await, [(GapKind::DropUnbalanced, drop.to_string())]);
}

#[tokio::test]
async fn invoices_that_came_before_in_another_file_are_no_gap() {
    let house = House::at("18:00");
    house.take_in("first.csv", &[&invoice(1)], 0, 0).await;
    house.render_and_publish(&invoice(1)).await;
    let (drop, _) = house.register_all("again.csv", &[&invoice(2)]).await;
    // Its first delivery died after it had registered the second invoice: `same` counts that too.
    house.finish(&drop, &accepted(2, [0, 2, 0, 0], Money::ZERO)).await;
    house.wait(6);
    let report = house.reconcile().await;
    assert_eq!(report.gaps, []);
    let again = report.drops.iter().find(|report| report.file == drop.to_string()).expect("reported");
    let expected = Balance { received: 2, elsewhere: 1, in_flight: 1, ..Balance::default() };
    assert_eq!(again.balance, Some(expected));
}

#[tokio::test]
async fn a_batch_that_no_run_completes_is_stuck_after_an_hour() {
    let house = House::at("00:20");
    house.record(&order(1)).await;
    let lease = house.lease("export-orders").await;
    let batch = house.open(&[&order(1)], &lease).await;
    house.claim(&batch, &lease).await;
    // Its orders are not counted beside it.
    house.becomes_a_gap(60, GapKind::BatchStuck, &batch.id.to_string()).await;
}

#[tokio::test]
async fn an_order_that_a_night_left_behind_is_stuck() {
    let house = House::at("00:00");
    house.record(&order(1)).await;
    house.wait(27 * 60);
    assert_eq!(house.gaps().await, [], "its night is not over");
    house.wait(60);
    assert_eq!(house.gaps().await, [(GapKind::OrderStuck, "rungis/1".to_owned())]);
}

#[tokio::test]
async fn an_order_of_yesterday_after_the_last_export_is_a_gap_this_morning() {
    let house = House::at("00:10");
    let confirmed_at = house.now();
    house.set("03:20");
    house.record_modified(&order(1), confirmed_at).await;
    assert_eq!(house.gaps().await, [], "the night is not over");
    house.set("04:00");
    assert_eq!(house.gaps().await, [(GapKind::OrderStuck, "rungis/1".to_owned())]);
    let report = house.reconcile().await;
    let detail = report.gaps[0].detail.to_string();
    assert_eq!(detail, "of an earlier day, ready only after the night's last export");
    house.set("23:59");
    assert_eq!(house.gaps().await.len(), 1, "until the next night takes it");
}

#[tokio::test]
async fn an_order_that_waits_for_the_next_night_rightly_is_no_gap() {
    let house = House::at("10:00");
    // Ordered yesterday, paid today.
    house.record(&order(1)).await;
    // Ordered today.
    let today = Order { created_at: at("00:30"), ..order(2) };
    house.record_modified(&today, at("00:31")).await;
    // Set aside in its night, and sent back by a person this morning.
    house.set("00:10");
    house.record(&order(3)).await;
    house.set("00:20");
    house.quarantine(&order(3), &rejection()).await;
    house.set("10:00");
    let back = house.ledger.release_order(&key(3), &order(3).revision(), house.now()).await;
    assert!(back.expect("asked"));
    assert_eq!(house.gaps().await, []);
}

#[tokio::test]
async fn an_order_that_a_written_batch_still_holds_is_stuck() {
    let house = House::at("00:20");
    house.record(&order(1)).await;
    let lease = house.lease("export-orders").await;
    let batch = house.open(&[&order(1)], &lease).await;
    house.claim(&batch, &lease).await;
    house.seal(&batch, &[], &lease).await;
    house.written(&batch, &[], &lease).await;
    house.becomes_a_gap(60, GapKind::OrderStuck, "rungis/1").await;
}

#[tokio::test]
async fn an_order_of_a_written_batch_without_trace_of_it_is_lost() {
    let house = House::at("00:20");
    house.record(&order(1)).await;
    let lease = house.lease("export-orders").await;
    let batch = house.open(&[&order(1)], &lease).await;
    house.seal(&batch, &[member(&order(1)), member(&order(2))], &lease).await;
    house.written(&batch, &[], &lease).await;
    house.wait(6);
    let report = house.reconcile().await;
    let lost: Vec<_> = report.gaps.iter().map(|gap| (gap.kind, gap.subject.as_str())).collect();
    assert_eq!(lost, [(GapKind::OrderLost, "rungis/1"), (GapKind::OrderLost, "rungis/2")]);
    let expected = Balance { received: 2, in_flight: 1, missing: 1, ..Balance::default() };
    assert_eq!(report.order_balance, expected);
}

#[tokio::test]
async fn an_order_that_the_erp_refused_is_not_lost() {
    let house = House::at("00:20");
    let sent = order(1);
    house.record(&sent).await;
    let batch = house.export(&[&sent]).await;
    house.acknowledge(&sent.key, &refusal(batch.id, "client bloqué")).await;
    house.wait(10);
    let gaps = house.gaps().await;
    assert!(gaps.iter().all(|(kind, _)| *kind != GapKind::OrderLost), "{gaps:?}");
}

#[tokio::test]
async fn an_order_that_went_out_again_in_a_later_batch_is_not_lost() {
    let house = House::at("00:20");
    let mut changed = order(1);
    house.record(&changed).await;
    house.export(&[&changed]).await;
    house.wait(1);
    changed.note = "changed".into();
    house.record(&changed).await;
    house.export(&[&changed]).await;
    house.wait(60);
    assert_eq!(house.gaps().await, []);
}

#[tokio::test]
async fn an_invoice_without_pdf_for_an_hour_is_a_gap() {
    let house = House::at("18:00");
    house.take_in("factures.csv", &[&invoice(1)], 0, 0).await;
    house.becomes_a_gap(60, GapKind::InvoiceNotRendered, "F2026/0001").await;
}

#[tokio::test]
async fn an_invoice_that_is_not_published_for_four_hours_is_a_gap() {
    let house = House::at("18:00");
    house.take_in("factures.csv", &[&invoice(1), &invoice(2)], 0, 0).await;
    house.render(&invoice(1)).await;
    house.render(&invoice(2)).await;
    house.unpublishable(&invoice(2)).await;
    house.becomes_a_gap(240, GapKind::InvoiceNotPublished, "F2026/0001").await;
}

#[tokio::test]
async fn a_pdf_that_is_gone_is_a_gap() {
    let house = House::at("18:00");
    house.take_in("factures.csv", &[&invoice(1), &invoice(2)], 0, 0).await;
    house.render(&invoice(1)).await;
    house.record_rendered(&invoice(2)).await;
    house.publish(&invoice(1)).await;
    house.publish(&invoice(2)).await;
    house.wait(21);
    assert_eq!(house.gaps().await, [(GapKind::PdfMissing, "F2026/0002".to_owned())]);
}

#[tokio::test]
async fn a_pdf_that_no_invoice_knows_is_a_gap() {
    let house = House::at("18:00");
    house.take_in("factures.csv", &[&invoice(1)], 0, 0).await;
    // The first is about to be recorded: its own sweep says if it never is.
    for name in ["F2026~0001.pdf", "F2026~0009.pdf", "notes.txt"] {
        house.put(&format!("invoices/pdf/2026/11/{name}"), "%PDF");
    }
    assert_eq!(house.gaps().await, [], "it is only just there");
    house.wait(21);
    let stray = |name: &str| (GapKind::PdfWithoutRecord, format!("invoices/pdf/2026/11/{name}"));
    assert_eq!(house.gaps().await, [stray("F2026~0009.pdf"), stray("notes.txt")]);
}

#[tokio::test]
async fn a_night_of_25_hours_is_over_four_hours_after_its_midnight() {
    let house = House::at("00:00");
    let midnight: Timestamp = "2026-10-25T00:00:00+02:00".parse().expect("an instant");
    let minutes = midnight.duration_since(house.now()).as_mins();
    house.wait(minutes - 60);
    house.record(&order(1)).await;
    // Three hours later it is 02:00 for the second time, and the export still runs until 02:50.
    for (hours, expected) in [(3, 0), (4, 1)] {
        house.set("00:00");
        house.wait(minutes + hours * 60);
        assert_eq!(house.gaps().await.len(), expected, "{hours} hours after midnight");
    }
    assert_eq!(house.now().duration_since(midnight), SignedDuration::from_hours(4));
}

#[tokio::test]
async fn invoices_in_another_account_than_before_are_a_gap_on_that_day() {
    let house = House::at("18:05");
    let invoices = [invoice(1), invoice(2), invoice(3)];
    house.take_in("factures.csv", &invoices.each_ref(), 0, 0).await;
    for invoice in &invoices {
        house.render_and_publish(invoice).await;
    }
    assert_eq!(house.gaps().await, []);
    house.set("18:30");
    house.put_into(&invoice(4), "42").await;
    let report = house.reconcile().await;
    assert_eq!(
        report.stuck,
        [
            "account_changed C00042 since 2026-11-24T17:30:00Z (from rungis/17, where 3 invoices are, to rungis/42)"
        ]
    );
    assert!(page(&report).contains("auparavant rungis/17, où il y a encore 3\u{a0}factures"));
    house.wait(6 * 60);
    assert_eq!(house.gaps().await, [], "it stands in the report of its day");
}

#[tokio::test]
async fn every_kind_of_gap_has_a_name_of_its_own() {
    let names: std::collections::BTreeSet<_> = GapKind::ALL.iter().map(|kind| kind.as_str()).collect();
    assert_eq!(names.len(), GapKind::ALL.len());
    for kind in GapKind::ALL {
        assert_eq!(serde_json::to_value(kind).expect("serialises"), kind.as_str());
    }
    let unknown = DropId { key: "k".into(), version: "v".into() };
    assert_eq!(unknown.to_string(), "k@v", "the page's advice names drops like this");
}

#[tokio::test]
async fn a_file_of_orders_without_acknowledgement_is_a_gap_after_half_a_day() {
    let mut house = House::at("01:00");
    house.answer_within = Some(SignedDuration::from_hours(12));
    let sent = order(1);
    house.record(&sent).await;
    let batch = house.export(&[&sent]).await;
    house.set("12:59");
    assert_eq!(house.gaps().await, []);
    house.set("13:01");
    assert_eq!(house.gaps().await, [(GapKind::AnswerMissing, batch.id.to_string())]);
    house.acknowledge(&sent.key, &acceptance(batch.id, "BL-1")).await;
    assert!(house.ledger.batch_acknowledged(&batch.id, house.now()).await.expect("asked"));
    assert_eq!(house.gaps().await, []);
}

#[tokio::test]
async fn a_list_that_cannot_be_read_is_a_gap_and_costs_nothing_else() {
    let mut house = House::at("18:00");
    house.take_in("factures.csv", &[&invoice(1)], 0, 1).await;
    let lost = house.put("orders/acks/lost.csv", "data");
    house.wait(21);
    house.unreadable = vec!["invoices/inbox/", "invoices/pdf/2026/11/"];
    let report = house.reconcile().await;
    let gaps: Vec<_> = report.gaps.iter().map(|gap| (gap.kind, &*gap.subject)).collect();
    let unreadable =
        [(GapKind::Unreadable, "invoices/inbox/"), (GapKind::Unreadable, "invoices/pdf/2026/11/")];
    assert_eq!(gaps, unreadable);
    assert_eq!(report.found_in_inbox, [lost.to_string()], "the other inbox is read");
    assert_eq!(report.drops.len(), 2);
    assert!(report.announced_again > 0, "the invoice without PDF");
}
