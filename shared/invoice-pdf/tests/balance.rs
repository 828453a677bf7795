//! Who owes whom, on the page and in the XML.

mod support;

use passerelle_invoice_pdf::{CREDIT_BALANCE, DUE, DUE_TO_BUYER};

/// The text of all pages and the XML of a kind.
fn shown(kind: &str) -> (String, String) {
    let invoice = support::kinds::kind(kind);
    let xml = String::from_utf8(support::renderer().xml(&invoice)).expect("UTF-8");
    let pages = support::text(&support::render(&invoice));
    (pages.concat().join("\n").replace(['\u{a0}', '\u{202f}'], " "), xml)
}

/// What asks for money, on the page and in the XML.
const DEMANDS: [&str; 4] = [DUE, "IBAN", "Échéance", "scannez"];
const XML_DEMANDS: [&str; 2] = ["<ram:DueDateDateTime>", "<ram:IBANID>"];

#[test]
fn a_balance_in_the_buyers_favour_is_named_and_nothing_demanded() {
    for (kind, left, gross) in
        [("more-taken-back-than-goods", "33,92 €", "-33,92 €"), ("overpaid", "12,00 €", "123,79 €")]
    {
        let (page, xml) = shown(kind);
        assert!(page.contains(&format!("Total TTC | {gross}")), "{kind}: {page}");
        assert!(page.contains(&format!("{CREDIT_BALANCE} | {left}")), "{kind}: {page}");
        assert!(page.contains(&format!("{CREDIT_BALANCE} : {left}.")), "{kind}: {page}");
        assert!(page.contains("Ce solde vient en déduction de votre compte client."), "{kind}: {page}");
        assert!(!page.to_lowercase().contains("acquittée"), "{kind}: {page}");
        for demand in DEMANDS {
            assert!(!page.contains(demand), "{kind} {demand}: {page}");
        }
        assert!(!XML_DEMANDS.iter().any(|demand| xml.contains(demand)), "{kind}: {xml}");
        assert!(
            xml.contains(&format!("<ram:DuePayableAmount>-{}<", left.replace(" €", "").replace(',', ".")))
        );
        assert!(!xml.contains("30 jours"), "{kind}: {xml}");
        assert!(!page.contains("Virement"), "{kind}: {page}");
    }
}

#[test]
fn acquitted_is_said_only_where_something_was_paid_and_nothing_is_left() {
    for (kind, words, stamped) in [
        ("paid", "Facture acquittée (Carte bancaire).", true),
        ("paid-and-rounded", "Facture acquittée (Virement).", true),
        ("nothing-to-pay", "Aucun montant à régler.", false),
        ("credit-note-paid-back", "Avoir soldé (Carte bancaire).", false),
    ] {
        let (page, _) = shown(kind);
        assert!(page.contains(words), "{kind}: {page}");
        assert_eq!(page.contains("Acquittée"), stamped, "{kind}: {page}");
    }
    assert!(!shown("paid-in-part").0.to_lowercase().contains("acquittée"));
}

#[test]
fn a_transfer_is_called_one_only_with_the_account_that_it_goes_to() {
    for kind in ["credit-note-by-transfer", "credit-note-with-code-30"] {
        let (page, xml) = shown(kind);
        assert!(xml.contains("<ram:TypeCode>1</ram:TypeCode><ram:Information>Virement<"), "{kind}: {xml}");
        assert!(!XML_DEMANDS.iter().any(|demand| xml.contains(demand)), "{kind}: {xml}");
        assert!(page.contains(DUE_TO_BUYER) && !page.contains("Échéance"), "{kind}: {page}");
    }
    let (page, xml) = shown("credit-note-paid-back-twice");
    assert!(xml.contains("<ram:TypeCode>58<") && xml.contains("<ram:IBANID>"), "{xml}");
    assert!(page.contains(DUE) && page.contains("IBAN") && !page.contains(DUE_TO_BUYER), "{page}");
    let mut presentation = support::presentation();
    (presentation.seller.iban, presentation.seller.bic) = Default::default();
    let renderer = passerelle_invoice_pdf::Renderer::new(&presentation, None).expect("valid");
    let xml = String::from_utf8(renderer.xml(&support::kinds::kind("by-transfer"))).expect("UTF-8");
    assert!(xml.contains("<ram:TypeCode>1</ram:TypeCode><ram:Information>Virement<"), "{xml}");
}

#[test]
fn only_codes_of_the_list_are_countries_of_origin_and_words_are_kept() {
    let (page, xml) = shown("origins-in-words");
    let countries: Vec<&str> = xml
        .split("<ram:OriginTradeCountry><ram:ID>")
        .skip(1)
        .filter_map(|rest| rest.split_once('<').map(|(code, _)| code))
        .collect();
    assert_eq!(countries, ["CI", "1A"]);
    for words in ["UE", "Hors UE", "UE/non UE", "EU", "Espagne / Maroc"] {
        let characteristic =
            format!("<ram:Description>Origine</ram:Description><ram:Value>{words}</ram:Value>");
        assert!(xml.contains(&characteristic), "{words}: {xml}");
        assert!(page.contains(&format!("Origine {words}")), "{words}: {page}");
    }
}

#[test]
fn a_purchase_of_unknown_origin_is_an_order_and_not_one_of_the_web() {
    let (page, _) = shown("purchases-of-unknown-origin");
    assert!(page.contains("Commande n° 1042 — du 24/11/2026"), "{page}");
    assert!(page.contains("Commande — du 24/11/2026"), "{page}");
    assert!(!page.contains("web") && !page.contains("carreau"), "{page}");
}
