//! The layouts that ship, each with the same orders: golden files that a person can check by eye.
//!
//! `UPDATE_GOLDEN=1 cargo test -p passerelle-erp` writes them anew; look at the difference before you
//! commit it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;

use passerelle_domain::{BatchId, Order};
use passerelle_erp::orders::{OrderLayout, OrderToWrite, Repair};

use crate::samples::*;
use crate::shipped_samples::*;

/// The layouts, by their folders.
pub const SHIPPED: [&str; 5] = ["generic", "el-records", "odoo", "fixed-width", "dolibarr"];

/// The folder of a layout that ships.
pub fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("layouts/orders").join(name)
}

/// The text of a layout that ships.
pub fn layout_text(name: &str) -> String {
    std::fs::read_to_string(folder(name).join("layout.toml"))
        .unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A layout that ships, with the lists beside it.
pub fn shipped(name: &str) -> OrderLayout {
    let beside = |file: &str| std::fs::read_to_string(folder(name).join(file)).ok();
    OrderLayout::load("layout.toml", &layout_text(name), beside)
        .unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn second_night() -> BatchId {
    "2026-11-25-001".parse().expect("a batch")
}

fn listed(repairs: &[Repair]) -> String {
    let line = |repair: &Repair| {
        format!("{} {}: {:?} -> {:?} ({})\n", repair.order, repair.field, repair.from, repair.to, repair.rule)
    };
    repairs.iter().map(line).collect()
}

/// Everything that a layout makes of the samples, by the names of the golden files.
fn made(name: &str) -> BTreeMap<String, Vec<u8>> {
    let layout = shipped(name);
    let mut golden = BTreeMap::new();
    let mut orders = first_night();
    if name == "el-records" {
        orders.extend(strangers());
    }
    let orders: Vec<OrderToWrite<'_>> = orders.iter().map(OrderToWrite::from).collect();
    let written = layout.write(&batch(), &orders).unwrap_or_else(|faults| panic!("{name}: {faults:#?}"));
    let mut repairs = listed(&written.repairs);
    golden.extend(written.files.into_iter().map(|file| (file.name, file.bytes)));

    let changes = changes();
    let changes: Vec<OrderToWrite<'_>> =
        changes.iter().map(|(before, order)| OrderToWrite { order, previous: Some(before) }).collect();
    let mut quarantined = String::new();
    let (mut taken, mut refused) = (Vec::new(), BTreeSet::new());
    for change in changes {
        match layout.check(change) {
            Ok(_) => taken.push(change),
            Err(faults) => {
                refused.insert(change.order.key.clone());
                for fault in faults {
                    let _ = writeln!(
                        quarantined,
                        "{}\n  {}\n  {}: {}",
                        change.order.key, fault.value, fault.code, fault.rule
                    );
                }
            }
        }
    }
    if !taken.is_empty() {
        let written =
            layout.write(&second_night(), &taken).unwrap_or_else(|faults| panic!("{name}: {faults:#?}"));
        repairs.push_str(&listed(&written.repairs));
        golden.extend(written.files.into_iter().map(|file| (file.name, file.bytes)));
    }
    for (file, text) in [("set-aside.txt", quarantined), ("repairs.txt", repairs)] {
        if !text.is_empty() {
            golden.insert(file.to_owned(), text.into_bytes());
        }
    }
    golden
}

#[test]
fn each_shipped_layout_writes_its_golden_files() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    for name in SHIPPED {
        let golden = folder(name).join("golden");
        let made = made(name);
        if update {
            let _ = std::fs::remove_dir_all(&golden);
            std::fs::create_dir_all(&golden).expect("a folder");
            for (file, bytes) in &made {
                std::fs::write(golden.join(file), bytes).expect("a file");
            }
        }
        let kept: BTreeSet<String> = std::fs::read_dir(&golden)
            .expect("golden files")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        assert_eq!(kept, made.keys().cloned().collect(), "{name}: the golden files that there are");
        for (file, bytes) in made {
            let kept = std::fs::read(golden.join(&file)).expect("a golden file");
            let text =
                |bytes: &[u8]| encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned();
            assert_eq!(text(&kept), text(&bytes), "{name}/golden/{file}");
        }
    }
}

#[test]
fn each_shipped_layout_explains_every_column_that_it_writes() {
    for name in SHIPPED {
        let layout = shipped(name);
        for order in first_night() {
            let explained = layout.explain(&order).expect("taken");
            assert!(explained.iter().all(|value| value.faults.is_empty()), "{name}");
            let headers: Vec<_> = explained.iter().filter(|value| value.record == "header").collect();
            assert!(headers.iter().any(|value| value.source.contains("order.number")), "{name}");
            assert!(explained.iter().any(|value| value.record == "line 1"), "{name}");
        }
    }
}

#[test]
fn a_shipped_layout_has_all_the_files_that_it_needs_and_no_others() {
    for name in SHIPPED {
        let needed: BTreeSet<String> =
            OrderLayout::needs("layout.toml", &layout_text(name)).expect("TOML").into_iter().collect();
        let there: BTreeSet<String> = std::fs::read_dir(folder(name))
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .filter(|file| file.ends_with(".csv"))
            .collect();
        assert_eq!(needed, there, "{name}");
        assert!(folder(name).join("README.md").exists(), "{name}");
    }
}

#[test]
fn a_set_of_two_files_begins_with_its_main_file() {
    let orders: Vec<Order> = first_night();
    let orders: Vec<OrderToWrite<'_>> = orders.iter().map(OrderToWrite::from).collect();
    let files = shipped("dolibarr").write(&batch(), &orders).expect("no fault").files;
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["commandes_2026-11-24-001.csv", "lignes_2026-11-24-001.csv"]);
}
