//! `invoices check`, on the layouts that ship.

use std::path::PathBuf;

use passerelle_cli::{Answer, CheckFile, Invoices};
use passerelle_domain::FailureKind;

use crate::given::{invoices, repository};

fn shipped(name: &str, file: &str) -> PathBuf {
    repository("shared/erp/layouts/invoices").join(name).join(file)
}

fn of(name: &str, file: &str) -> CheckFile {
    CheckFile { file: shipped(name, file), layout: shipped(name, "layout.toml"), rejects: None }
}

fn check_file(check: &CheckFile, dry_run: bool) -> passerelle_domain::Result<Answer> {
    invoices(&Invoices::Check(check.clone()), dry_run)
}

#[test]
fn a_good_file_is_summed_up_and_ends_with_0() {
    let answer = check_file(&of("till", "good.csv"), false).expect("read");
    assert_eq!(answer.code(), 0);
    assert_eq!(
        answer.says,
        [
            "5 rows, 3 invoices, 81.65 with VAT",
            "3 good, 0 of them with figures within the tolerance; 0 set aside with 0 rows",
        ]
    );
}

#[test]
fn what_is_set_aside_is_said_and_written_and_ends_with_1() {
    let directory = tempfile::tempdir().expect("a directory");
    let rejects = directory.path().join("rejets.csv");
    let check = CheckFile { rejects: Some(rejects.clone()), ..of("repeated-headers", "one-bad.csv") };
    assert_eq!(check_file(&check, true).expect("read").code(), 1);
    assert!(!rejects.exists(), "a dry run writes nothing");
    let answer = check_file(&check, false).expect("read");
    assert_eq!(answer.code(), 1);
    assert!(
        answer.says[2].starts_with("line 4, To pay: set aside: invoice F-101: BR-CO-16: Le net à payer"),
        "{:?}",
        answer.says
    );
    let text = std::fs::read_to_string(&rejects).expect("written");
    assert_eq!(text.lines().count(), 5, "two titles, the header row, two rows: {text}");
    let again = check_file(&CheckFile { file: rejects, rejects: None, ..check }, false).expect("read");
    assert!(again.says[0].starts_with("2 rows, 1 invoices"), "{:?}", again.says);
}

#[test]
fn a_file_that_is_refused_whole_says_why_and_ends_with_1() {
    let answer = check_file(&of("positional", "layout.toml"), false).expect("read");
    assert_eq!(answer.code(), 1);
    assert!(answer.says[0].starts_with("refused whole: "), "{:?}", answer.says);
}

#[test]
fn a_layout_that_is_wrong_names_its_field() {
    let mut check = of("till", "good.csv");
    check.layout = shipped("till", "good.csv");
    let failure = check_file(&check, false).expect_err("no TOML");
    assert_eq!(failure.kind(), FailureKind::Misconfigured);
}
