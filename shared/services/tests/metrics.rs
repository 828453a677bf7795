//! Every metric that the dashboard or an alarm looks at is emitted, and every metric that is emitted is looked
//! at: a graph of a misspelt name is empty, and its alarm never goes off.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use passerelle_services::{Metric, NAMESPACE};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn infra(file: &str) -> String {
    let text = std::fs::read_to_string(root().join("infra").join(file)).expect("a file");
    // Names of resources and comments are no metrics.
    let code = text.lines().filter(|line| !line.starts_with("resource ") && !line.starts_with("variable "));
    code.map(|line| line.split('#').next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// Metrics of ours: AWS's own are in CamelCase. Names in quotes, and the keys of the tables of metrics.
fn looked_at(text: &str) -> BTreeSet<String> {
    let snake =
        |name: &str| name.contains('_') && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let quoted = text.split('"').skip(1).step_by(2).filter(|name| snake(name));
    let mut found: BTreeSet<String> = quoted.map(str::to_owned).collect();
    for table in ["waiting_metrics = {\n", "alarmed_metrics = {\n"] {
        let Some((_, rest)) = text.split_once(table) else { continue };
        let (rows, _) = rest.split_once("\n  }").expect("a table has an end");
        found.extend(
            rows.lines().filter_map(|row| row.split_once('=')).map(|(name, _)| name.trim().to_owned()),
        );
    }
    found
}

fn all_looked_at() -> BTreeSet<String> {
    let (alarms, dashboard) = (infra("alarms.tf"), infra("dashboard.tf"));
    assert!(alarms.contains("waiting_metrics = {\n") && alarms.contains("alarmed_metrics = {\n"));
    looked_at(&alarms).into_iter().chain(looked_at(&dashboard)).collect()
}

#[test]
fn every_metric_of_the_dashboard_and_the_alarms_is_one() {
    let metrics: BTreeSet<String> = Metric::ALL.iter().map(|metric| metric.as_str().to_owned()).collect();
    let unknown: Vec<_> = all_looked_at().difference(&metrics).cloned().collect();
    assert!(unknown.is_empty(), "no such metrics: {unknown:?}");
}

#[test]
fn every_metric_is_looked_at() {
    let seen = all_looked_at();
    let unseen: Vec<_> = Metric::ALL.iter().filter(|metric| !seen.contains(metric.as_str())).collect();
    assert_eq!(unseen, [&Metric::OrdersRead], "on no graph and in no alarm");
}

#[test]
fn every_metric_is_emitted() {
    fn sources(folder: &Path, code: &mut String) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                sources(&path, code);
            } else if path.extension().is_some_and(|kind| kind == "rs") && !path.ends_with("metrics.rs") {
                *code += &std::fs::read_to_string(&path).expect("a source");
            }
        }
    }
    let mut code = String::new();
    for folder in ["shared/flows/src", "shared/runtime/src"] {
        sources(&root().join(folder), &mut code);
    }
    let named = |metric: &Metric| {
        let name = format!("Metric::{metric:?}");
        code.match_indices(&name)
            .any(|(at, _)| !code[at + name.len()..].starts_with(|next: char| next.is_alphanumeric()))
    };
    let silent: Vec<_> = Metric::ALL.iter().filter(|metric| !named(metric)).collect();
    assert!(silent.is_empty(), "nothing emits {silent:?}");
}

#[test]
fn terraform_looks_into_the_namespace_of_the_metrics() {
    let files =
        ["alarms.tf", "dashboard.tf", "variables.tf", "functions.tf", "providers.tf"].map(infra).concat();
    let said = format!("metric_namespace = \"{NAMESPACE}\"");
    let squeezed: String = files.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(squeezed.contains(&said), "{said}");
}
