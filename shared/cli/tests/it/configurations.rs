//! `check`: configuration directories, whole and broken.

use std::fs;
use std::path::{Path, PathBuf};

use passerelle_cli::Answer;
use tempfile::TempDir;

use crate::given::run_here;

fn environment(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/environments").join(name)
}

async fn check(directory: &Path) -> Answer {
    run_here(&format!("check {}", directory.display())).await.expect("checked")
}

/// A copy of the local configuration, with texts replaced: file, from, to.
fn broken(changes: &[(&str, &str, &str)]) -> TempDir {
    let copy = tempfile::tempdir().expect("a directory");
    fs::create_dir(copy.path().join("layouts")).expect("a folder");
    for name in ["passerelle.toml", "secrets.json", "logo.png"] {
        fs::copy(environment("local").join(name), copy.path().join(name)).expect("copied");
    }
    for name in ["orders.toml", "invoices.toml", "acks.toml"] {
        let name = Path::new("layouts").join(name);
        fs::copy(environment("local").join(&name), copy.path().join(&name)).expect("copied");
    }
    for (name, from, to) in changes {
        let path = copy.path().join(name);
        let text = fs::read_to_string(&path).expect("a text");
        assert!(text.contains(from), "{name}: {from}");
        fs::write(&path, text.replacen(from, to, 1)).expect("written");
    }
    copy
}

/// The faults, as they are said.
async fn faults(directory: &Path) -> Vec<String> {
    let answer = check(directory).await;
    assert_eq!(answer.code(), 1, "{:#?}", answer.says);
    let count = answer.data["faults"].as_array().expect("faults").len();
    answer.says.into_iter().take(count).collect()
}

#[tokio::test]
async fn a_layout_of_invoices_without_trailer_is_a_warning() {
    let file = "layouts/invoices.toml";
    let trailer = "[trailer]\nmark = \"FIN\"\ninvoices = 2\nrows = 3\ngross = 4";
    let answer = check(broken(&[(file, trailer, "")]).path()).await;
    assert_eq!(answer.code(), 0, "{:#?}", answer.says);
    let warning =
        format!("{file}: there is no [trailer], so a file that is cut off between two rows looks whole");
    assert_eq!(answer.data["warnings"], serde_json::json!([warning]));
    assert_eq!(answer.says[0], format!("warning: {warning}"));
    assert_eq!(check(&environment("local")).await.data["warnings"], serde_json::json!([]));
}

#[tokio::test]
async fn the_local_configuration_is_right() {
    let answer = check(&environment("local")).await;
    assert_eq!(answer.code(), 0, "{:#?}", answer.says);
    let says = answer.says.join("\n");
    for part in [
        "passerelle.toml",
        "layouts/orders.toml",
        "layouts/invoices.toml",
        "layouts/acks.toml",
        "logo.png",
        "secrets.json",
    ] {
        assert!(says.contains(&format!("right: {part}")), "{part}: {says}");
    }
}

#[tokio::test]
async fn of_the_production_configuration_only_what_is_to_be_filled_in_is_wrong() {
    let path = environment("prod").join("passerelle.toml");
    let text = fs::read_to_string(&path).expect("a text");
    for fault in faults(&environment("prod")).await {
        assert!(fault.contains("\"TO FILL IN\""), "{fault}");
    }
    let seller = text.replacen("siret = \"TO FILL IN\"", "siret = \"404 833 048 00022\"", 1);
    let copy = tempfile::tempdir().expect("a directory");
    fs::create_dir(copy.path().join("layouts")).expect("a folder");
    for name in ["orders.toml", "invoices.toml", "acks.toml"] {
        let name = Path::new("layouts").join(name);
        fs::copy(environment("prod").join(&name), copy.path().join(&name)).expect("copied");
    }
    let seller = seller.replacen("vat_number = \"TO FILL IN\"", "vat_number = \"FR83404833048\"", 1);
    fs::write(copy.path().join("passerelle.toml"), seller).expect("written");
    let answer = check(copy.path()).await;
    assert_eq!(answer.code(), 0, "{:#?}", answer.says);
}

#[tokio::test]
async fn the_faults_of_all_files_are_told_at_once_with_file_line_and_field() {
    let copy = broken(&[
        ("passerelle.toml", "overlap_seconds", "overlap_second"),
        ("passerelle.toml", "legal_form", "legal_from"),
        ("layouts/orders.toml", "from = \"customer.name\"", "from = \"customer.nam\""),
        ("layouts/orders.toml", "from = \"order.created_on\"", "from = \"order.created\""),
        ("layouts/invoices.toml", "encoding = \"windows-1252\"", "encoding = \"latin\""),
        ("layouts/acks.toml", "batch = ", "batsh = "),
    ]);
    let found = faults(copy.path()).await;
    for parts in [
        ["passerelle.toml, line 6", "overlap_second"],
        ["passerelle.toml, line ", "legal_from"],
        ["layouts/orders.toml, line ", "did you mean \"customer.name\"?"],
        ["layouts/orders.toml, line ", "did you mean \"order.created_on\"?"],
        ["layouts/invoices.toml, line ", "file.encoding: \"latin\" is none of"],
        ["layouts/acks.toml, line ", "columns.batch: is missing"],
    ] {
        let here = |fault: &&String| parts.iter().all(|part| fault.contains(part));
        assert!(found.iter().any(|fault| here(&fault)), "{parts:?}: {found:#?}");
    }
    assert_eq!(found.len(), 6, "{found:#?}");
}

#[tokio::test]
async fn what_is_missing_is_told_with_the_field_that_names_it() {
    let copy = broken(&[("passerelle.toml", "layouts/acks.toml", "layouts/reports.toml")]);
    for name in ["layouts/invoices.toml", "logo.png"] {
        fs::remove_file(copy.path().join(name)).expect("removed");
    }
    let found = faults(copy.path()).await;
    assert_eq!(found.len(), 3, "{found:#?}");
    assert!(found[0].starts_with("layouts/invoices.toml: "), "{found:#?}");
    assert!(found[0].ends_with("(invoices.layout in passerelle.toml names it)"), "{found:#?}");
    assert!(found[1].ends_with("(orders.acks.layout in passerelle.toml names it)"), "{found:#?}");
    assert!(found[2].starts_with("logo.png: "), "{found:#?}");
    fs::remove_file(copy.path().join("passerelle.toml")).expect("removed");
    assert_eq!(faults(copy.path()).await.len(), 1);
}

#[tokio::test]
async fn codes_of_the_lists_that_would_be_cut_are_told_each() {
    let copy = broken(&[(
        "layouts/orders.toml",
        "[policy]",
        "[customers]\nlookup_file = \"customers.csv\"\n\n[policy]",
    )]);
    let list = "shop_id;code\n1;CU2611-00001-WHOLESALE\n2;C1\n3;CU2611-00002-WHOLESALE\n";
    fs::write(copy.path().join("layouts/customers.csv"), list).expect("written");
    let found = faults(copy.path()).await;
    assert_eq!(found.len(), 2, "{found:#?}");
    for (fault, code) in found.iter().zip(["CU2611-00001-WHOLESALE", "CU2611-00002-WHOLESALE"]) {
        assert!(fault.contains(code) && fault.contains("customers.lookup_file"), "{fault}");
    }
}

#[tokio::test]
async fn a_secret_of_the_wrong_shape_is_told_without_its_value() {
    let copy =
        broken(&[("secrets.json", "\"consumer_secret\": \"cs_local\"", "\"consumer_key_2\": \"hush-hush\"")]);
    let text = fs::read_to_string(copy.path().join("secrets.json")).expect("a text");
    let more = text.trim_end().trim_end_matches('}').to_owned() + ", \"lyon\": {\"key\": \"hush-hush\"}}";
    fs::write(copy.path().join("secrets.json"), more).expect("written");
    let answer = check(copy.path()).await;
    assert_eq!(answer.data["faults"].as_array().map(Vec::len), Some(2), "{:#?}", answer.says);
    let told = answer.to_text(true) + &answer.to_text(false);
    assert!(!told.contains("hush") && !told.contains("ck_local"), "{told}");
    assert!(told.contains("secrets.json: lyon: is no shop of passerelle.toml"), "{told}");
    fs::write(copy.path().join("secrets.json"), "hush-hush").expect("written");
    let answer = check(copy.path()).await;
    assert!(answer.undone && !answer.says.join("").contains("hush"), "{:?}", answer.says);
    fs::write(copy.path().join("secrets.json"), "{}").expect("written");
    assert!(faults(copy.path()).await[0].contains("rungis: is missing"));
}
