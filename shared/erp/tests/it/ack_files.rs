//! The ERP's acknowledgements of orders.

use passerelle_erp::acks::{Ack, AckLayout, BadAck, OrderName};
use proptest::prelude::*;

const LAYOUT: &str = r#"
[file]
encoding = "windows-1252"
separator = ";"
[columns]
number = "commande"
shop = "boutique"
batch = "lot"
outcome = "statut"
erp_number = "numero_erp"
words = "motif"
[codes.outcome]
OK = "accepted"
KO = "refused"
"#;

fn layout() -> AckLayout {
    AckLayout::from_toml(LAYOUT).expect("a layout")
}

fn windows_1252(text: &str) -> Vec<u8> {
    text.chars()
        .map(|c| match c {
            '’' => 0x92,
            'œ' => 0x9c,
            c => u8::try_from(u32::from(c)).expect("a letter of Latin-1"),
        })
        .collect()
}

fn read(text: &str) -> Vec<Result<Ack, BadAck>> {
    layout().read(&windows_1252(text)).expect("acknowledgements")
}

const HEAD: &str = "commande;boutique;lot;statut;numero_erp;motif\r\n";

#[test]
fn accepted_and_refused_orders_are_read_with_number_and_words() {
    let acks = read(&format!(
        "{HEAD}1042;rungis;2026-11-24-001;OK;CMD-7;\r\n0043;rungis;2026-11-24-001;KO;;\"Article « bœuf » ; inconnu\"\r\n"
    ));
    let ack = acks[0].as_ref().expect("readable");
    assert_eq!(ack.order, OrderName::Number("1042".into()));
    assert_eq!(ack.shop.as_ref().map(|shop| shop.as_str()), Some("rungis"));
    assert_eq!((ack.batch.to_string().as_str(), ack.accepted), ("2026-11-24-001", true));
    assert_eq!(ack.erp_number, "CMD-7");
    let refused = acks[1].as_ref().expect("readable");
    assert_eq!((refused.line, refused.accepted), (3, false));
    assert_eq!(refused.order, OrderName::Number("0043".into()), "zeros in front are kept");
    assert_eq!(refused.words, "Article « bœuf » ; inconnu");
}

#[test]
fn a_row_that_cannot_be_read_is_rejected_and_the_others_count() {
    let text = format!(
        "{HEAD}1;rungis;2026-11-24-001;OK;A;\r\n;rungis;2026-11-24-001;OK;;\r\n2;rungis;lot 1;OK;;\r\n3;rungis;2026-11-24-001;PEUT-ETRE;;\r\n"
    );
    let acks = read(&text);
    assert!(acks[0].is_ok());
    let bad: Vec<BadAck> = acks.into_iter().filter_map(Result::err).collect();
    let found: Vec<_> = bad.iter().map(|bad| (bad.line, bad.rejection.code.as_str())).collect();
    assert_eq!(found, [(3, "missing_field"), (4, "not_a_batch"), (5, "unknown_code")]);
    let rejects = layout().rejects(&windows_1252(&text), &bad);
    let rejects = encoding_rs::WINDOWS_1252.decode(&rejects).0;
    let lines: Vec<&str> = rejects.lines().collect();
    assert_eq!(lines.len(), 4);
    assert_eq!(
        lines[0],
        "commande;boutique;lot;statut;numero_erp;motif;ligne;colonne;valeur;regle;explication"
    );
    let added =
        "5;statut;PEUT-ETRE;unknown_code;Le code « PEUT-ETRE » est inconnu dans la colonne « statut ».";
    assert_eq!(lines[3], format!("3;rungis;2026-11-24-001;PEUT-ETRE;;;{added}"));
}

#[test]
fn what_is_added_to_rejects_is_no_formula() {
    let text = format!("{HEAD}1;rungis;2026-11-24-001;=1+1;;\r\n");
    let bad: Vec<BadAck> = read(&text).into_iter().filter_map(Result::err).collect();
    let rejects = layout().rejects(text.as_bytes(), &bad);
    let rejects = encoding_rs::WINDOWS_1252.decode(&rejects).0;
    assert!(rejects.contains(";'=1+1;"), "{rejects}");
}

#[test]
fn a_file_that_has_no_acknowledgements_is_refused_whole() {
    for (text, code) in [
        ("", "empty_file"),
        (" \r\n", "empty_file"),
        ("commande;lot\r\n1;2\r\n", "missing_column"),
        ("commande;boutique;lot;statut;numero_erp;motif\r\n1;2\r\n", "malformed"),
    ] {
        assert_eq!(layout().read(text.as_bytes()).expect_err(text).code, code);
    }
    let utf8 = format!("{HEAD}1;rungis;2026-11-24-001;KO;;caf\u{81}");
    assert_eq!(layout().read(utf8.as_bytes()).expect_err("a byte without a meaning").code, "wrong_encoding");
}

#[test]
fn a_wrong_layout_is_refused_with_its_path() {
    for (from, to, said) in [
        ("number = \"commande\"\n", "", "columns.number: is missing"),
        ("number = \"commande\"\n", "number = \"a\"\nid = \"b\"\n", "columns.id: is given beside number"),
        ("OK = \"accepted\"\n", "OK = \"yes\"\n", "codes.outcome.OK: \"yes\" is none of"),
        ("OK = \"accepted\"\n", "", "codes.outcome: has no word for accepted"),
        ("batch = \"lot\"\n", "lot = \"lot\"\n", "columns.batch: is missing | columns.lot: is unknown"),
    ] {
        let error = crate::samples::said(&AckLayout::from_toml(&LAYOUT.replace(from, to)).expect_err(said));
        assert!(error.starts_with(said), "{error}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut file = HEAD.as_bytes().to_vec();
        file.extend(&bytes);
        for file in [bytes, file] {
            if let Ok(acks) = layout().read(&file) {
                let bad: Vec<BadAck> = acks.into_iter().filter_map(Result::err).collect();
                layout().rejects(&file, &bad);
            }
        }
    }
}
