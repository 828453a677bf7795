//! The layouts that ship, each with its files.

use std::path::PathBuf;

use passerelle_domain::PurchaseOrigin;
use passerelle_erp::invoices::InvoiceLayout;

use crate::samples::*;

const NAMES: [&str; 4] = ["till", "repeated-headers", "header-and-lines", "positional"];

fn directory(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("layouts/invoices").join(name)
}

fn shipped(name: &str) -> InvoiceLayout {
    invoices(&std::fs::read_to_string(directory(name).join("layout.toml")).expect(name))
}

fn file(name: &str, which: &str) -> Vec<u8> {
    std::fs::read(directory(name).join(which)).expect(name)
}

fn faults(read: &Read) -> Vec<(&str, u64, &str, &str)> {
    let each = read.bad.iter().flat_map(|bad| bad.faults.iter().map(|fault| (bad.number.as_str(), fault)));
    each.map(|(number, f)| (number, f.line, f.column.as_str(), f.rejection.code.as_str())).collect()
}

#[test]
fn each_has_a_readme_and_a_file_that_is_read_whole() {
    let found: Vec<String> = NAMES
        .iter()
        .map(|name| {
            assert!(directory(name).join("README.md").exists(), "{name}");
            let (layout, bytes) = (shipped(name), file(name, "good.csv"));
            let found = check(&layout, &bytes).unwrap_or_else(|rejection| panic!("{name}: {rejection}"));
            let read = read(&layout, &bytes);
            assert_eq!(faults(&read), [], "{name}");
            format!("{name}: {} invoices, {} rows, {}", found.invoices, found.rows, found.gross)
        })
        .collect();
    assert_eq!(
        found,
        [
            "till: 3 invoices, 5 rows, 81.65",
            "repeated-headers: 2 invoices, 3 rows, 1393.15",
            "header-and-lines: 2 invoices, 5 rows, 1393.04",
            "positional: 2 invoices, 4 rows, 33.06",
        ]
    );
}

#[test]
fn the_tills_is_the_one_that_the_environments_start_with() {
    assert_eq!(String::from_utf8(file("till", "layout.toml")).expect("UTF-8"), LOCAL_INVOICES);
}

#[test]
fn what_is_wrong_is_rejected_and_the_others_go_on() {
    let read = |name| read(&shipped(name), &file(name, "one-bad.csv"));
    let repeated = read("repeated-headers");
    assert_eq!(faults(&repeated), [("F-101", 4, "To pay", "BR-CO-16")]);
    assert_eq!(repeated.good.len(), 1);
    let records = read("header-and-lines");
    assert_eq!(
        faults(&records),
        [
            ("A-202", 4, "lines", "BR-16"),
            ("A-202", 4, "colonne 23", "BR-S-08"),
            ("A-202", 4, "colonne 18", "BR-CO-13"),
            ("A-202", 4, "colonne 16", "BR-CO-10"),
            ("A-203", 5, "colonne 1", "line_without_invoice"),
        ]
    );
    assert_eq!(records.good.len(), 1);
    let positional = read("positional");
    assert_eq!(faults(&positional), [("A-302", 4, "colonne 14", "not_a_number")]);
    insta::assert_snapshot!(encoding_rs::ISO_8859_15.decode(&positional.rejects).0.replace("\r\n", "\n"));
}

#[test]
fn the_terms_of_en_16931_are_read_from_their_columns() {
    let read = read(&shipped("repeated-headers"), &file("repeated-headers", "good.csv"));
    insta::assert_json_snapshot!(read.good);
    let records = crate::samples::read(&shipped("header-and-lines"), &file("header-and-lines", "good.csv"));
    insta::assert_json_snapshot!(records.good[0]);
}

#[test]
fn without_a_column_for_it_no_line_says_where_it_was_bought() {
    for name in ["repeated-headers", "header-and-lines", "positional"] {
        let read = read(&shipped(name), &file(name, "good.csv"));
        let mut lines = read.good.iter().flat_map(|invoice| &invoice.lines);
        assert!(lines.all(|line| line.origin == PurchaseOrigin::Unknown), "{name}");
    }
}

#[test]
fn a_corrected_rejects_file_brings_just_those_in() {
    let layout = shipped("till");
    let rejects = read(&layout, &file("till", "one-bad.csv")).rejects;
    let text = encoding_rs::WINDOWS_1252.decode(&rejects).0.into_owned();
    let again = check(&layout, &rejects).expect("it needs no trailer");
    assert_eq!((again.invoices, again.rows), (1, 2));
    let rejected = read(&layout, &rejects);
    assert_eq!(rejected.bad.len(), 1, "as it is, it is rejected again");
    let header = text.lines().next().expect("a header row");
    let second = encoding_rs::WINDOWS_1252.decode(&rejected.rejects).0.into_owned();
    assert_eq!(second.lines().next(), Some(header), "nothing is added twice");
    assert_eq!(second.lines().count(), text.lines().count());
}
