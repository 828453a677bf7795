//! What a reader finds on the pages, by snapshot; `INSTA_UPDATE=always` writes them anew.

mod support;

use passerelle_domain::Tolerance;

fn pages(name: &str) -> String {
    let invoice = support::invoice(name);
    assert_eq!(invoice.check(Tolerance::default()).broken, [], "the fixture adds up");
    let pages = support::text(&support::render(&invoice));
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
