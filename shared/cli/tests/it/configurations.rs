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

/// A copy of production's directory under `environments`, by a name, with texts replaced: file, from, to.
fn production(name: &str, changes: &[(&str, &str, &str)]) -> (TempDir, PathBuf) {
    let copy = tempfile::tempdir().expect("a directory");
    let directory = copy.path().join("environments").join(name);
    fs::create_dir_all(directory.join("layouts")).expect("folders");
    for file in ["passerelle.toml", "terraform.tfvars", "layouts/orders.toml", "layouts/invoices.toml"] {
        fs::copy(environment("prod").join(file), directory.join(file)).expect("copied");
    }
    fs::copy(environment("prod").join("layouts/acks.toml"), directory.join("layouts/acks.toml"))
        .expect("copied");
    fs::copy(environment("prod").join("backend.tf.example"), directory.join("backend.tf")).expect("copied");
    for (file, from, to) in changes {
        let path = directory.join(file);
        let text = fs::read_to_string(&path).expect("a text");
        assert!(text.contains(from), "{file}: {from}");
        fs::write(&path, text.replacen(from, to, 1)).expect("written");
    }
    (copy, directory)
}

/// Everything that is to be filled in of production's directory.
const FILLED_IN: [(&str, &str, &str); 7] = [
    ("passerelle.toml", "https://boutique.example.com", "https://boutique.carreau.fr"),
    ("passerelle.toml", "name = \"TO FILL IN\"", "name = \"Carreau\""),
    ("passerelle.toml", "siret = \"TO FILL IN\"", "siret = \"404 833 048 00022\""),
    ("passerelle.toml", "rcs = \"TO FILL IN\"", "rcs = \"Créteil\""),
    ("passerelle.toml", "vat_number = \"TO FILL IN\"", "vat_number = \"FR83404833048\""),
    ("passerelle.toml", "line1 = \"TO FILL IN\"", "line1 = \"12 avenue des Maraîchers\""),
    ("backend.tf", "example-terraform-state", "carreau-terraform-state"),
];

/// The line of a file on which a text stands first, and the column at which the line's text begins.
fn line_with(directory: &Path, file: &str, part: &str) -> String {
    let text = fs::read_to_string(directory.join(file)).expect("a text");
    let before = text.lines().position(|line| line.contains(part)).expect("it is there");
    let line = text.lines().nth(before).unwrap_or_default();
    let column = line.len() - line.trim_start().len() + 1;
    format!("{file}, line {}, column {column}: ", before + 1)
}

#[tokio::test]
async fn all_that_is_to_be_filled_in_for_production_is_named_with_its_place() {
    let (_copy, directory) = production("prod", &[]);
    let found = faults(&directory).await;
    for (file, from, _) in FILLED_IN {
        let place = line_with(&directory, file, from);
        assert_eq!(found.iter().filter(|fault| fault.starts_with(&place)).count(), 1, "{place}: {found:#?}");
    }
    assert_eq!(found.len(), FILLED_IN.len(), "{found:#?}");
    let (_copy, directory) = production("prod", &FILLED_IN);
    let answer = check(&directory).await;
    assert_eq!(answer.code(), 0, "{:#?}", answer.says);
    let says = answer.says.join("\n");
    assert!(says.contains("right: terraform.tfvars") && says.contains("right: passerelle.toml"), "{says}");
}

#[tokio::test]
async fn what_is_to_be_filled_in_is_found_in_layouts_and_lists_too() {
    let (_copy, directory) = production("prod", &FILLED_IN);
    let path = directory.join("layouts/orders.toml");
    let layout = fs::read_to_string(&path).expect("a text");
    let layout = layout.replacen("[policy]", "[customers]\nlookup_file = \"customers.csv\"\n\n[policy]", 1);
    fs::write(&path, layout).expect("written");
    let list = "email;code;name\nchef@bistrot.fr;C1;Chef\ntraiteur@example.org;C2;Noé\nlea@bistrot.fr;C3;À COMPLÉTER\n";
    fs::write(directory.join("layouts/customers.csv"), list).expect("written");
    let found = faults(&directory).await;
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[0].starts_with("layouts/customers.csv, line 3: "), "{found:#?}");
    assert!(found[1].starts_with("layouts/customers.csv, line 4: "), "{found:#?}");
}

#[tokio::test]
async fn shops_that_terraform_and_the_configuration_do_not_share_are_faults() {
    let more =
        [FILLED_IN.as_slice(), &[("terraform.tfvars", "[\"rungis\"]", "[\"lyon\", \"nice\"]")]].concat();
    let (_copy, directory) = production("prod", &more);
    let place = line_with(&directory, "terraform.tfvars", "shops ");
    assert_eq!(
        faults(&directory).await,
        [
            format!("{place}shops: \"rungis\" is missing: it is one of the [[shops]] of passerelle.toml"),
            format!("{place}shops: \"lyon\" is none of the [[shops]] of passerelle.toml"),
            format!("{place}shops: \"nice\" is none of the [[shops]] of passerelle.toml"),
        ]
    );
    let more = [FILLED_IN.as_slice(), &[("terraform.tfvars", "[\"rungis\"]", "[\"rungis\"")]].concat();
    let (_copy, directory) = production("prod", &more);
    assert!(faults(&directory).await[0].starts_with("terraform.tfvars, line "), "it cannot be read");
}

#[tokio::test]
async fn a_copy_of_an_environment_must_have_its_own_name_and_state() {
    let key = "key = \"passerelle/prod.tfstate\"\n    region ";
    let more = [FILLED_IN.as_slice(), &[("backend.tf", "region ", key)]].concat();
    let (_copy, directory) = production("prod", &more);
    assert_eq!(check(&directory).await.code(), 0, "its own key may be written down");
    let (_copy, directory) = production("prod-lyon", &more);
    let found = faults(&directory).await;
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(
        found[0].starts_with("terraform.tfvars, line 1, column 1: env: \"prod\" is another"),
        "{found:#?}"
    );
    let renamed = [more.as_slice(), &[("terraform.tfvars", "\"prod\"", "\"prod-lyon\"")]].concat();
    let (_copy, directory) = production("prod-lyon", &renamed);
    let found = faults(&directory).await;
    assert_eq!(found.len(), 1, "{found:#?}");
    let place = line_with(&directory, "backend.tf", "key = ");
    assert!(found[0].starts_with(&format!("{place}terraform.backend.key: ")), "{found:#?}");
    assert!(found[0].contains("passerelle/prod-lyon.tfstate"), "{found:#?}");
}

#[tokio::test]
async fn the_faults_of_all_files_are_named_with_file_line_and_field() {
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
        [
            "passerelle.toml, line 11, column 1: shops[0].",
            "overlap_second: is unknown; did you mean \"overlap_seconds\"?",
        ],
        ["passerelle.toml, line ", "seller.legal_form: is missing"],
        ["passerelle.toml, line ", "seller.legal_from: is unknown; did you mean \"legal_form\"?"],
        ["layouts/orders.toml, line ", "did you mean \"customer.name\"?"],
        ["layouts/orders.toml, line ", "did you mean \"order.created_on\"?"],
        ["layouts/invoices.toml, line ", "file.encoding: \"latin\" is none of"],
        ["layouts/acks.toml, line ", "columns.batch: is missing"],
        ["layouts/acks.toml, line ", "columns.batsh: is unknown; did you mean \"batch\"?"],
    ] {
        let here = |fault: &&String| parts.iter().all(|part| fault.contains(part));
        assert!(found.iter().any(|fault| here(&fault)), "{parts:?}: {found:#?}");
    }
    assert_eq!(found.len(), 8, "{found:#?}");
}

#[tokio::test]
async fn what_is_missing_is_shown_with_the_field_that_names_it() {
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
async fn each_code_of_a_list_that_would_be_cut_is_named() {
    let copy = broken(&[(
        "layouts/orders.toml",
        "[policy]",
        "[customers]\nlookup_file = \"customers.csv\"\n\n[policy]",
    )]);
    let list = "shop_id;code\n1;CU2611-00001-WHOLESALE\n2;C1\n3;CU2611-00002-WHOLESALE\n";
    fs::write(copy.path().join("layouts/customers.csv"), list).expect("written");
    let found = faults(copy.path()).await;
    let [fault] = &found[..] else { panic!("{found:#?}") };
    for part in ["CU2611-00001-WHOLESALE", "CU2611-00002-WHOLESALE", "customers.lookup_file"] {
        assert!(fault.contains(part), "{fault}");
    }
}

#[tokio::test]
async fn a_secret_of_the_wrong_shape_is_named_without_its_value() {
    let copy =
        broken(&[("secrets.json", "\"consumer_secret\": \"cs_local\"", "\"consumer_key_2\": \"hush-hush\"")]);
    let text = fs::read_to_string(copy.path().join("secrets.json")).expect("a text");
    let more = text.trim_end().trim_end_matches('}').to_owned() + ", \"lyon\": {\"key\": \"hush-hush\"}}";
    fs::write(copy.path().join("secrets.json"), more).expect("written");
    let answer = check(copy.path()).await;
    assert_eq!(answer.data["faults"].as_array().map(Vec::len), Some(2), "{:#?}", answer.says);
    let said = answer.to_text(true) + &answer.to_text(false);
    assert!(!said.contains("hush") && !said.contains("ck_local"), "{said}");
    assert!(said.contains("secrets.json: lyon: is no shop of passerelle.toml"), "{said}");
    fs::write(copy.path().join("secrets.json"), "hush-hush").expect("written");
    let answer = check(copy.path()).await;
    assert!(answer.undone && !answer.says.join("").contains("hush"), "{:?}", answer.says);
    fs::write(copy.path().join("secrets.json"), "{}").expect("written");
    assert!(faults(copy.path()).await[0].contains("rungis: is missing"));
}
