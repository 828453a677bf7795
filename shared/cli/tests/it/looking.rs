//! What is found by looking.

use clap::{CommandFactory, Parser};
use passerelle_cli::Args;
use passerelle_domain::{Cursor, Invoice, Order, Rejection};

use crate::given::*;

/// A day that went well for the first order and its invoice.
async fn day() -> House {
    let house = House::at("00:05");
    let lease = house.lease("fetch-orders/rungis").await;
    house.record(&order(1)).await;
    house.record(&order(2)).await;
    assert!(house.ledger.move_cursor(&shop(), &Cursor::at(at("00:04")), &lease).await.expect("asked"));
    house.ledger.release_lease(&lease).await.expect("released");
    house.set("00:20");
    let lease = house.lease("export-orders").await;
    let batch = house.sealed(&[&order(1)], &lease).await;
    house.written(&batch, &[], &lease).await;
    house.quarantine(&order(2), &rejection()).await;
    house.set("18:01");
    house.take_in("factures.csv", &[&invoice(1)], 0, 0).await;
    house.set("18:02");
    house.render(&invoice(1)).await;
    house.set("18:03");
    house.publish(&invoice(1)).await;
    house.queues.lying_in("publish-invoice-dlq").put(&["a dead letter"]);
    house.queues.lying_in("ingest-invoices").put(&["a message", "another"]);
    house.set("19:00");
    house
}

/// A text with each digest by the number of its first appearance: what counts is which are the same.
fn numbered(text: &str) -> String {
    let mut numbered = text.to_owned();
    let mut digests: Vec<&str> = vec![];
    for digest in text.split(|c: char| !c.is_ascii_hexdigit()).filter(|word| word.len() == 64) {
        if !digests.contains(&digest) {
            digests.push(digest);
            numbered = numbered.replace(digest, &format!("<digest {}>", digests.len()));
        }
    }
    numbered
}

#[tokio::test]
async fn the_status_shows_what_is_where() {
    let answer = day().await.command("status").await.expect("answered");
    insta::assert_snapshot!(answer.to_text(false));
    insta::assert_snapshot!(answer.to_text(true));
}

#[tokio::test]
async fn the_status_shows_how_far_a_shop_is_read_and_what_was_unreachable() {
    let house = House::at("00:00");
    let line = |says: &str| says.lines().rfind(|line| line.contains("  rungis")).expect("a shop").to_owned();
    assert!(line(&house.says("status").await).ends_with("never read"));
    let lease = house.lease("fetch-orders/rungis").await;
    let (watermark, resume) = (at("00:00") - jiff::SignedDuration::from_hours(60), Some("page 2".into()));
    let cursor = Cursor { watermark, resume };
    assert!(house.ledger.move_cursor(&shop(), &cursor, &lease).await.expect("asked"));
    house.ledger.release_lease(&lease).await.expect("released");
    let unreachable = Rejection::new("unreachable", "order", "500", "the shop shows the order");
    house.record_faulty(&key(7), &unreachable).await;
    let says = line(&house.says("status").await);
    let words =
        "importing, 40 % of the time until now; 1 set aside as unreachable, asked for again by the next run";
    assert!(says.ends_with(words) && says.contains("  0 s  "), "{says}");
    house.set("00:05");
    let lease = house.lease("fetch-orders/rungis").await;
    assert!(line(&house.says("status").await).contains("now; 1 set"), "it goes on still");
    house.ledger.release_lease(&lease).await.expect("released");
    assert!(line(&house.says("status").await).contains("; the last run recorded nothing; "));
}

#[tokio::test]
async fn with_a_wrong_configuration_the_status_names_the_fault() {
    let house = day().await;
    let text = house.text("config/passerelle.toml").await.replace("#1f5c3f", "green");
    house.put("config/passerelle.toml", text);
    let says = house.refuses("status").await;
    assert!(says.contains("configuration is wrong") && says.contains("branding.accent: \"green\""), "{says}");
    for part in ["orders", "publish-invoice", "  rungis", "fetch-orders/rungis"] {
        assert!(says.contains(part), "{part}: {says}");
    }
    let answer = house.command("status").await.expect("answered");
    assert_eq!(answer.data["configuration"]["faults"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_shop_whose_secret_is_not_there_yet_waits_for_it() {
    let house = House::at("00:00");
    house.secrets.remove(&shop());
    let says = house.says("status").await;
    assert!(says.contains("waits for its secret; never read"), "{says}");
}

#[tokio::test]
async fn an_order_is_traced_from_the_raw_response_to_the_account() {
    let answer = day().await.command("trace rungis/1").await.expect("answered");
    insta::assert_snapshot!(numbered(&answer.to_text(false)));
    insta::assert_snapshot!(numbered(&answer.to_text(true)));
}

#[tokio::test]
async fn an_invoice_is_traced_from_the_file_to_the_account() {
    let house = day().await;
    house.register(&Invoice { note: "other content".into(), ..invoice(1) }).await;
    insta::assert_snapshot!(numbered(&house.says("trace F2026/0001").await));
}

#[tokio::test]
async fn what_was_published_in_an_earlier_account_is_named_invoice_by_invoice() {
    let house = day().await;
    house.put_into(&invoice(2), "17").await;
    let traced = house.says("trace C00042").await;
    assert!(traced.contains("account  rungis/17") && !traced.contains("earlier"), "{traced}");
    house.set("20:00");
    house.put_into(&invoice(3), "42").await;
    let traced = house.says("trace C00042").await;
    for fact in ["rungis/42", "rungis/17, with 2 known invoices: F2026/0001, F2026/0002", "moved  rungis/42"]
    {
        assert!(traced.contains(fact), "{fact} is in {traced}");
    }
    let traced = house.says("trace F2026/0001").await;
    assert!(traced.contains("customer's account now  rungis/42: passerelle trace C00042"), "{traced}");
    let published = house.says("republish F2026/0001").await;
    assert!(published.contains("in account 17 of rungis"), "{published}");
    assert!(published.contains("go to rungis/42: passerelle trace C00042"), "{published}");
    assert!(house.refuses("trace c00042").await.contains("c00042 is no order"), "codes are compared exactly");
}

#[tokio::test]
async fn a_set_aside_order_is_traced_with_its_reason_and_its_revisions() {
    let house = day().await;
    house.record(&Order { note: "changed".into(), ..order(2) }).await;
    insta::assert_snapshot!(numbered(&house.says("trace rungis/2").await));
    assert!(house.refuses("trace rungis/9").await.contains("rungis/9 is no order"));
    assert!(house.refuses("trace F9").await.contains("F9 is no order"));
}

#[tokio::test]
async fn a_run_that_was_killed_is_distinguished_from_one_that_runs() {
    let house = House::at("00:05");
    house.lease("export-orders").await;
    let line =
        |says: &str| says.lines().find(|line| line.contains("export-orders")).expect("a job").to_owned();
    assert!(line(&house.says("status").await).ends_with("running"));
    house.set("00:11");
    let says = line(&house.says("status").await);
    assert!(says.ends_with("was killed") && says.contains("6 min"), "{says}");
}

#[test]
fn the_command_line_is_sound() {
    Args::command().debug_assert();
    for wrong in ["replay order 1042", "redrive everything", "rerender F 1", "replay batch 2026-11", ""] {
        let words = ["passerelle"].into_iter().chain(wrong.split(' ').filter(|word| !word.is_empty()));
        assert!(Args::try_parse_from(words).is_err(), "{wrong}");
    }
    assert!(parse("--json --dry-run status").dry_run);
    assert!(parse("status --json").json);
}
