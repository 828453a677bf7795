//! `invoices render` and `invoices preview`, on files of this repository.

use std::fs;
use std::path::{Path, PathBuf};

use passerelle_cli::{Answer, Invoices, PreviewPages, RenderFile};

use crate::given::{invoices, repository};

fn out(name: &str) -> PathBuf {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&out);
    out
}

fn render(file: &str, out: &Path) -> Answer {
    let work = Invoices::Render(RenderFile {
        file: repository("tests/fixtures/erp/invoices").join(file),
        layout: repository("infra/environments/local/layouts/invoices.toml"),
        out: out.to_owned(),
        config: None,
    });
    invoices(&work, false).expect("an answer")
}

#[test]
fn every_good_invoice_of_a_file_becomes_a_pdf_and_the_others_are_named() {
    let out = out("render");
    let answer = render("one-bad-among-good.csv", &out);
    assert!(answer.undone && answer.says[1].starts_with("set aside: "), "{:?}", answer.says);
    let files: Vec<PathBuf> =
        fs::read_dir(&out).expect("a folder").map(|e| e.expect("a file").path()).collect();
    assert!(!files.is_empty());
    assert_eq!(answer.data["rendered"], files.len());
    for file in files {
        assert!(fs::read(file).expect("a PDF").starts_with(b"%PDF-1.7"));
    }
}

#[test]
fn a_file_that_is_cut_off_is_refused_and_nothing_is_written() {
    let out = out("refused");
    let answer = render("truncated.csv", &out);
    assert!(answer.undone && answer.says[0].starts_with("refused whole: "), "{:?}", answer.says);
    assert!(!out.exists());
}

#[test]
fn a_preview_shows_each_sort_of_document() {
    let out = out("preview");
    let config = repository("infra/environments/local/passerelle.toml");
    let work = Invoices::Preview(PreviewPages { config, out: out.clone() });
    let answer = invoices(&work, false).expect("an answer");
    assert_eq!(answer.says.len(), 4);
    assert!(out.join("credit-note.pdf").is_file());
}
