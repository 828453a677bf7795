//! What a reader finds on the pages, by snapshot; `INSTA_UPDATE=always` writes them anew.

mod support;

use passerelle_domain::Tolerance;

fn pages(name: &str) -> String {
    let invoice = support::invoice(name);
    assert_eq!(invoice.check(Tolerance::default()).broken, [], "the fixture adds up");
    joined(&support::text(&support::render(&invoice)))
}

fn joined(pages: &[Vec<String>]) -> String {
    pages.iter().map(|lines| lines.join("\n")).collect::<Vec<_>>().join("\n------ page ------\n")
}

#[test]
fn web_and_market_purchases_are_grouped_and_deposits_stand_apart() {
    insta::assert_snapshot!(pages("web-and-market"));
}

#[test]
fn a_credit_note_says_so_and_names_the_invoice_it_corrects() {
    insta::assert_snapshot!(pages("credit-note"));
}

#[test]
fn an_invoice_of_deposits_only_has_no_vat() {
    insta::assert_snapshot!(pages("deposits-only"));
}

#[test]
fn an_invoice_paid_already_asks_for_nothing() {
    insta::assert_snapshot!(pages("one-line"));
}

/// The first page, the last two, and how many there are: what a reader of hundreds of pages looks at.
#[test]
fn every_kind_of_page_reads_as_it_did() {
    let kinds = [
        "1-line",
        "40-lines",
        "400-lines",
        "a-name-of-120-characters",
        "credit-note",
        "zero-vat",
        "five-rates-and-deposits",
        "exempt-and-deposits",
        "deposits-only",
        "discount-and-delivery",
        "all-references",
        "paid",
    ];
    for name in kinds {
        let pages = support::text(&support::render(&support::kinds::kind(name)));
        insta::assert_snapshot!(name, ends(&pages));
    }
    let pages = support::text(&support::render(&support::kinds::of_lines(5000)));
    insta::assert_snapshot!("5000-lines", ends(&pages));
}

fn ends(pages: &[Vec<String>]) -> String {
    match pages {
        [first, .., before, last] => {
            let shown = [first.clone(), before.clone(), last.clone()];
            format!("{} pages\n{}", pages.len(), joined(&shown))
        }
        few => joined(few),
    }
}
