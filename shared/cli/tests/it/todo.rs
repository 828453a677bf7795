//! What waits for a person, and how it leaves the list.

use passerelle_domain::{Money, Rejection};
use passerelle_ledger::{DropOutcome, InvoiceState};
use passerelle_services::Work;

use crate::given::*;

/// An evening on which much went wrong.
async fn evening() -> House {
    let house = House::at("00:20");
    house.record(&order(2)).await;
    house.quarantine(&order(2), &rejection()).await;
    house.set("18:01");
    let refused = house.begin("soir\u{1b}[2J.csv").await;
    let rejection = Rejection::new("truncated", "line 9", "", "the file ends in the middle of a row");
    let rejects_key = Some("invoices/rejected/soir-1a2b3c4d.txt".to_owned());
    house.finish(&refused, &DropOutcome::Rejected { rejection, rejects_key }).await;
    let in_part = house.begin("factures.csv").await;
    let rejects_key = Some("invoices/rejected/factures-1a2b3c4d.csv".to_owned());
    let named = vec![set_aside("F2026/0007", 12)];
    house.finish(&in_part, &accepted_in_part(2, [0, 0, 0, 2], Money::ZERO, rejects_key, named)).await;
    house.register(&invoice(1)).await;
    house.render(&invoice(1)).await;
    house.unpublishable(&invoice(1)).await;
    house.queues.lying_in("render-invoice-dlq").put(&["a dead letter", "another"]);
    let report = serde_json::json!({"written_at": house.now(), "todo": [
        {"id": "0a0a0a0a", "kind": "gaps", "subject": "rungis", "count": 1, "since": null,
         "why": "shop_unread: 12 runs in a row recorded nothing", "settle": "read the log of fetch-orders"},
        {"id": "0b0b0b0b", "kind": "orders_refused", "subject": "rungis/9", "count": 1, "since": null,
         "why": "", "settle": "it was settled since"},
    ]});
    house.put("reports/2026-11-24.json", report.to_string());
    house.set("19:00");
    house
}

#[tokio::test]
async fn what_waits_is_listed_with_what_settles_it() {
    let house = evening().await;
    let answer = house.command("todo").await.expect("answered");
    assert_eq!(answer.code(), 1);
    insta::assert_snapshot!(answer.to_text(false));
    assert!(!answer.to_text(false).contains('\u{1b}'), "nothing that a terminal obeys");
    let json: serde_json::Value = serde_json::from_str(&answer.to_text(true)).expect("JSON");
    let kinds: Vec<&str> =
        json["waiting"].as_array().expect("a list").iter().filter_map(|one| one["kind"].as_str()).collect();
    let expected = [
        "gaps",
        "dead_letters",
        "files_refused",
        "invoices_rejected",
        "orders_quarantined",
        "customers_without_account",
    ];
    assert_eq!(kinds, expected);
}

#[tokio::test]
async fn nothing_waits_in_a_quiet_house() {
    let house = House::at("19:00");
    let answer = house.command("todo").await.expect("answered");
    assert_eq!(answer.code(), 0);
    assert!(answer.says[0].starts_with("nothing waits"), "{:?}", answer.says);
    assert!(answer.says.last().expect("a line").contains("gaps are not known"), "{:?}", answer.says);
}

#[tokio::test]
async fn what_a_person_settles_leaves_the_list_for_good() {
    let house = evening().await;
    let data = house.command("todo").await.expect("answered").data;
    let id = |kind: &str| {
        let waiting = data["waiting"].as_array().expect("a list");
        let one = waiting.iter().find(|one| one["kind"] == kind).expect("it waits");
        one["id"].as_str().expect("an id").to_owned()
    };
    let refused = id("files_refused");
    let done = format!("todo done {refused} --why corrected-under-another-name");
    assert!(house.says(&format!("--dry-run {done}")).await.ends_with("would be settled"));
    assert!(house.command("todo").await.expect("answered").to_text(false).contains(&refused));
    assert!(house.says(&done).await.ends_with("is settled"));
    assert!(!house.command("todo").await.expect("answered").to_text(false).contains(&refused));
    let again = house.says(&done).await;
    assert!(again.contains("is settled since 2026-11-24 19:00:00: corrected-under"), "{again}");
    for kind in ["gaps", "dead_letters"] {
        let refused = house.refuses(&format!("todo done {} --why tired", id(kind))).await;
        assert!(refused.contains("only its cause settles it"), "{refused}");
    }
    assert!(house.refuses("todo done ffffffff --why x").await.contains("nothing that waits"));
}

#[tokio::test]
async fn a_customers_invoices_are_published_together_once_there_is_an_account() {
    let house = evening().await;
    let says = house.says("republish --customer C00042").await;
    assert!(says.contains("invoice F2026/0001 is announced to be published"), "{says}");
    assert_eq!(house.sent(Work::PublishInvoice).len(), 1);
    let record = house.registered(1).await;
    assert_eq!(record.state, InvoiceState::Rendered);
    assert!(house.says("republish --customer C00042").await.contains("no invoice without account"));
}

#[tokio::test]
async fn a_rejected_number_is_traced_to_its_file_and_its_rule() {
    let house = evening().await;
    let says = house.says("trace F2026/0007").await;
    for said in
        ["rejected invoice F2026/0007", "totals_mismatch: line 12, Total TTC", "factures-1a2b3c4d.csv"]
    {
        assert!(says.contains(said), "{said}: {says}");
    }
    let rows = "Facture;Total;regle\nF2026/0008;12,00;...\n";
    house.put("invoices/rejected/factures-1a2b3c4d.csv", rows);
    let says = house.says("trace F2026/0008").await;
    assert!(says.contains("rows and reason in invoices/rejected/factures-1a2b3c4d.csv"), "{says}");
    house.refuses("trace F2026/000").await;
    let traced = house.says("trace F2026/0001").await;
    assert!(!traced.contains("rejected"), "{traced}");
}

#[tokio::test]
async fn acknowledgements_of_the_erp_go_back_to_the_function_that_reads_them() {
    let house = House::at("19:00");
    house.put("orders/acks/r.csv", "data");
    house.says("replay drop orders/acks/r.csv").await;
    assert_eq!((house.sent(Work::ReceiveAcks).len(), house.sent(Work::IngestInvoices).len()), (1, 0));
}
