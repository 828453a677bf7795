//! `map`: a dry run of one order, on the layouts that ship.

use passerelle_cli::Answer;
use passerelle_domain::{FailureKind, Order, Rejection};
use serde_json::{Value, json};

use crate::given::{House, repository, run_here};

fn layout(name: &str) -> String {
    repository(&format!("shared/erp/layouts/orders/{name}/layout.toml")).display().to_string()
}

fn sample() -> Value {
    let text = std::fs::read_to_string(repository("tests/fixtures/prestashop/b2b/order.json"));
    serde_json::from_str(&text.expect("a fixture")).expect("an order")
}

/// The answer on an order, written down as JSON, and the options.
async fn map(order: &Value, layout: &str, replaces: Option<&Value>) -> Answer {
    let directory = tempfile::tempdir().expect("a directory");
    let file = |name: &str, order: &Value| {
        let path = directory.path().join(name);
        std::fs::write(&path, order.to_string()).expect("written");
        path.display().to_string()
    };
    let mut line = format!("map --layout {layout} --order {}", file("order.json", order));
    if let Some(old) = replaces {
        line = format!("{line} --replaces {}", file("old.json", old));
    }
    run_here(&line).await.expect("answered")
}

fn payable(order: &mut Value) {
    for (i, method) in ["card", "bacs"].iter().enumerate() {
        order["payments"][i]["method"] = json!(method);
    }
}

#[tokio::test]
async fn each_field_is_shown_with_its_source_and_then_the_records() {
    let mut order = sample();
    payable(&mut order);
    order["delivery"]["city"] = json!("Łódź");
    let answer = map(&order, &layout("fixed-width"), None).await;
    assert_eq!(answer.code(), 0, "{:#?}", answer.says);
    insta::assert_snapshot!(answer.says.join("\n"));
    let records = answer.data["files"][0]["records"].as_array().expect("records");
    assert!(records.iter().all(|line| line.as_str().is_some_and(|line| line.chars().count() == 160)));
    let fields = answer.data["fields"].as_array().expect("fields");
    let town = fields.iter().find(|field| field["source"] == "delivery.city").expect("a town");
    assert_eq!((town["before"].as_str(), &town["repairs"][0]["to"]), (Some("Łódź"), &json!("LÓDZ")));
    let fields: Vec<&str> = fields.iter().filter_map(|field| field["value"].as_str()).collect();
    assert!(records[0].as_str().expect("a line").starts_with(&fields[..4].concat()), "{fields:?}");
}

#[tokio::test]
async fn every_rule_that_is_broken_is_named_and_it_ends_with_1() {
    let mut order = sample();
    order["number"] = json!("BISTROTLY-0000000042");
    order["total"] = json!("1.00");
    order["customer"]["code"] = json!("C00042-0000000000001");
    let answer = map(&order, &layout("fixed-width"), None).await;
    assert_eq!(answer.code(), 1);
    let faults = answer.data["faults"].as_array().expect("faults");
    let codes: Vec<_> = faults.iter().filter_map(|fault| fault["code"].as_str()).collect();
    for code in ["totals_mismatch", "refund_too_large", "too_long"] {
        assert!(codes.contains(&code), "{code}: {codes:?}");
    }
    assert!(codes.iter().filter(|code| **code == "too_long").count() >= 2, "{codes:?}");
    assert!(answer.says[0].ends_with(&format!("{} rules are broken", codes.len())), "{}", answer.says[0]);
    assert_eq!(answer.data["files"], json!([]), "nothing of it is written");
    let says = answer.says.join("\n");
    assert!(says.contains("are more than the 12 that column \"numero\" takes"), "{says}");
}

#[tokio::test]
async fn a_change_is_shown_as_the_layout_writes_it_or_set_aside() {
    let mut old = sample();
    payable(&mut old);
    let mut new = old.clone();
    new["note"] = json!("Livrer à 8 h");
    let answer = map(&new, &layout("generic"), Some(&old)).await;
    assert_eq!((answer.code(), &answer.data["action"]), (0, &json!("replace")), "{:#?}", answer.says);
    let answer = map(&new, &layout("dolibarr"), Some(&old)).await;
    assert_eq!((answer.code(), &answer.data["faults"][0]["code"]), (1, &json!("changed_after_export")));
    let mut other = old.clone();
    other["key"]["id"] = json!("43");
    let directory = tempfile::tempdir().expect("a directory");
    let [new, other] = [("new", &new), ("other", &other)].map(|(name, order)| {
        std::fs::write(directory.path().join(name), order.to_string()).expect("written");
        directory.path().join(name).display().to_string()
    });
    let line = format!("map --layout {} --order {new} --replaces {other}", layout("generic"));
    let failure = run_here(&line).await.expect_err("another order");
    assert!(failure.to_string().contains("rungis/43"), "{failure}");
}

#[tokio::test]
async fn what_the_quarantine_shows_of_an_order_can_be_mapped() {
    let house = House::at("20:00");
    let mut order = sample();
    payable(&mut order);
    let read: Order = serde_json::from_value(order.clone()).expect("an order");
    house.record(&read).await;
    house.quarantine(&read, &Rejection::new("too_long", "number", "BISTROTLY", "takes 8")).await;
    let shown = house.command("quarantine show rungis/42").await.expect("shown").data;
    let (whole, alone) =
        (map(&shown, &layout("generic"), None).await, map(&order, &layout("generic"), None).await);
    assert_eq!((whole.code(), whole.says), (0, alone.says));
}

#[tokio::test]
async fn a_wrong_layout_is_named_with_all_its_faults() {
    let directory = tempfile::tempdir().expect("a directory");
    let source = repository("shared/erp/layouts/orders/fixed-width");
    for entry in std::fs::read_dir(&source).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_file() {
            std::fs::copy(&entry, directory.path().join(entry.file_name().expect("a name"))).expect("copied");
        }
    }
    let path = directory.path().join("layout.toml");
    let text = std::fs::read_to_string(&path).expect("a layout");
    let text = text.replacen("order.number", "order.numbr", 1).replacen("delivery.name", "delivery.nam", 1);
    std::fs::write(&path, text).expect("written");
    let line = format!(
        "map --layout {} --order {}",
        path.display(),
        repository("tests/fixtures/prestashop/b2b/order.json").display()
    );
    let failure = run_here(&line).await.expect_err("wrong");
    assert_eq!(failure.kind(), FailureKind::Misconfigured);
    let said = failure.to_string();
    assert!(said.contains("did you mean \"order.number\"?"), "{said}");
    assert!(said.contains("did you mean \"delivery.name\"?"), "{said}");
}
