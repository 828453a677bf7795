//! Import files: each shape and policy as a whole, and the cases that went wrong elsewhere.

use passerelle_domain::{Order, Payment, Rejection, Unit};
use passerelle_erp::orders::{Amendments, OrderLayout};

use crate::samples::*;

/// A file as text, from Windows-1252 or ISO-8859-15 or UTF-8, without the carriage returns.
fn text(encoding: &'static encoding_rs::Encoding, bytes: &[u8]) -> String {
    encoding.decode(bytes).0.replace("\r\n", "\n")
}

fn local(orders_given: &[Order]) -> String {
    let bytes = file(&orders(SHIPPED_ORDERS), orders_given);
    text(encoding_rs::WINDOWS_1252, &bytes)
}

/// The records of one kind in a file of the local layout, as their columns.
fn records(file: &str, kind: &str) -> Vec<Vec<String>> {
    let rows = file.lines().map(|row| row.split(';').map(str::to_owned).collect::<Vec<_>>());
    rows.filter(|row| row[0] == kind).collect()
}

fn with_promotions(policy: &str, toml: &str) -> OrderLayout {
    orders(&toml.replace("promotions = \"line_per_vat_rate\"", &format!("promotions = \"{policy}\"")))
}

fn codes(layout: &OrderLayout, order: &Order) -> Vec<(String, String)> {
    let faults = layout.check(order).expect_err("refused");
    faults.into_iter().map(|rejection| (rejection.code, rejection.field)).collect()
}

#[test]
fn header_and_lines_in_windows_1252() {
    insta::assert_snapshot!(local(&[busy_order(), plain_order()]));
}

#[test]
fn one_row_a_line_with_the_header_repeated_and_amounts_in_it() {
    let bytes = file(&orders(REPEATED), &[plain_order()]);
    let mut order = busy_order();
    order.lines[1].label = "Huile; \"vierge\"".into();
    let busy = file(&orders(REPEATED), &[order]);
    insta::assert_snapshot!(text(encoding_rs::UTF_8, &[bytes, busy].concat()));
}

#[test]
fn one_row_a_line_with_the_header_on_the_first_and_reduced_prices() {
    let bytes = file(&orders(FIRST_ROW), &[busy_order(), plain_order()]);
    insta::assert_snapshot!(text(encoding_rs::ISO_8859_15, &bytes));
}

#[test]
fn lines_keep_their_discount_where_spread_has_a_column_for_it() {
    let layout = with_promotions("spread", SHIPPED_ORDERS);
    let bytes = file(&layout, &[busy_order()]);
    insta::assert_snapshot!(text(encoding_rs::WINDOWS_1252, &bytes));
}

#[test]
fn bytes_are_windows_1252_with_crlf_and_the_same_each_time() {
    let layout = orders(SHIPPED_ORDERS);
    let bytes = file(&layout, &[busy_order()]);
    assert_eq!(bytes, file(&layout, &[busy_order()]));
    let has = |needle: &[u8]| bytes.windows(needle.len()).any(|part| part == needle);
    assert!(has(b"Bistrot d\x92\x8cuvre"));
    assert!(has(b"Huile L\xf3dz \xe0 48 \x80"));
    let count = |byte| bytes.iter().filter(|&&other| other == byte).count();
    assert_eq!(count(b'\n'), count(b'\r'));
    assert!(bytes.ends_with(b"\r\n"));
    let written = layout.write(&batch(), &[]).expect("no fault");
    assert_eq!(written.files[0].name, "CMD_2026-11-24-001.txt");
    assert_eq!(layout.amendments(), Amendments::SetAside);
}

#[test]
fn a_byte_order_mark_is_written_where_the_layout_says_so() {
    let layout = orders(&REPEATED.replace("\"utf-8\"", "\"utf-8-bom\""));
    assert!(file(&layout, &[]).starts_with(b"\xef\xbb\xbfcommande;client"));
}

#[test]
fn one_of_two_pieces_returned_of_a_line_with_20_percent_off_is_38_40() {
    let mut order = order("1", vec![line("1", "ART", "2", Unit::Piece, "48.00", "19.20", "20")], vec![]);
    order.refunds = vec![refund("1", "1", "38.40", "7.68")];
    let spread = file(&with_promotions("spread", SHIPPED_ORDERS), &[order.clone()]);
    let spread = text(encoding_rs::WINDOWS_1252, &spread);
    assert_eq!(
        records(&spread, "L"),
        [["L", "W1", "1", "ART", "Article ART", "1", "pce", "48,00", "9,60", "38,40", "20", "7,68"]]
    );
    let file = local(&[order]);
    assert_eq!(
        records(&file, "L"),
        [
            ["L", "W1", "1", "ART", "Article ART", "1", "pce", "48,00", "0,00", "48,00", "20", "9,60"],
            ["L", "W1", "2", "REMISE", "Remise", "-1", "pce", "9,60", "0,00", "-9,60", "20", "-1,92"],
        ]
    );
    assert_eq!(records(&file, "E")[0][13..], ["38,40", "7,68", "46,08"]);
    assert_eq!(records(&file, "R"), [["R", "W1", "1", "CB", "46,08", "pi_1"]]);
}

#[test]
fn a_second_discount_at_another_rate_has_its_own_line() {
    let file = local(&[order(
        "1",
        vec![
            line("1", "A", "1", Unit::Piece, "10.00", "1.00", "5.5"),
            line("2", "B", "1", Unit::Piece, "10.00", "2.00", "5.5"),
            line("3", "C", "1", Unit::Piece, "10.00", "0.55", "20"),
        ],
        vec![],
    )]);
    let lines = records(&file, "L");
    let discounts: Vec<_> = lines.iter().filter(|row| row[3] == "REMISE").map(|row| &row[9..]).collect();
    assert_eq!(discounts, [["-3,00", "5,5", "-0,16"], ["-0,55", "20", "-0,11"]]);
}

#[test]
fn goods_given_back_as_a_whole_vanish_and_their_payment_with_them() {
    let mut order = order(
        "1",
        vec![
            line("1", "A", "1", Unit::Piece, "10.00", "0", "20"),
            line("2", "B", "2", Unit::Piece, "5.00", "0", "20"),
        ],
        vec![],
    );
    order.payments[0].amount = money("12.00");
    let last = Payment {
        method: "bacs".into(),
        label: String::new(),
        amount: money("12.00"),
        reference: String::new(),
    };
    order.payments.push(last);
    order.refunds = vec![refund("2", "2", "10.00", "2.00")];
    let file = local(&[order.clone()]);
    assert_eq!(records(&file, "L").len(), 1);
    assert_eq!(records(&file, "R"), [["R", "W1", "1", "CB", "12,00", "pi_1"]]);
    assert_eq!(records(&file, "F"), [["F", "1", "1", "4", "12,00"]]);
    order.refunds.push(refund("1", "1", "10.00", "2.00"));
    assert_eq!(codes(&orders(SHIPPED_ORDERS), &order), [("no_lines".into(), "lines".into())]);
}

#[test]
fn what_the_shop_keeps_of_goods_given_back_stands_on_a_line_without_goods() {
    let mut order =
        order("1", vec![line("1", "A", "1", Unit::Piece, "10.00", "0", "20")], vec![delivery("5.00", "20")]);
    order.refunds = vec![refund("1", "1", "8.00", "1.60")];
    let lines = records(&local(&[order]), "L");
    assert_eq!(
        lines[1][3..],
        ["REMISE", "Reste dû après retour", "1", "pce", "2,00", "0,00", "2,00", "20", "0,40"]
    );
}

#[test]
fn money_given_back_without_a_line_is_spread_over_the_vat_rates() {
    let mut order = order(
        "1",
        vec![
            line("1", "A", "1", Unit::Piece, "100.00", "0", "5.5"),
            line("2", "B", "1", Unit::Piece, "100.00", "0", "20"),
        ],
        vec![],
    );
    order.refunds = vec![refund("", "0", "10.00", "0")];
    let file = local(&[order]);
    let given_back: Vec<_> = records(&file, "L").into_iter().filter(|row| row[3] == "REMISE").collect();
    // 10.00 by 105.50 : 120.00 with VAT is 4.68 and 5.32.
    assert_eq!(given_back[0][9..], ["-4,44", "5,5", "-0,24"]);
    assert_eq!(given_back[1][9..], ["-4,43", "20", "-0,89"]);
    assert_eq!(records(&file, "E")[0][13..], ["191,13", "24,37", "215,50"]);
}

#[test]
fn every_fault_of_an_order_is_listed_with_its_place() {
    let mut order = busy_order();
    order.customer.code = None;
    order.number = "W".repeat(18);
    order.delivery.postcode = "94150 RUNGIS CEDEX".into();
    order.lines[0].article = None;
    order.lines[2].label = "日本".into();
    let all = codes(&orders(SHIPPED_ORDERS), &order);
    let expected = [
        ("too_long", "order.number"),
        ("missing_field", "customer.code"),
        ("too_long", "delivery.postcode"),
        ("missing_field", "lines[0].article"),
        ("unencodable", "lines[2].label"),
    ];
    assert_eq!(all, expected.map(|(code, field)| (code.to_owned(), field.to_owned())));
    let faults = try_file(&orders(SHIPPED_ORDERS), &[plain_order(), order]).expect_err("refused");
    assert_eq!(faults.len(), 5);
    assert!(faults.iter().all(|(key, _)| key.id.as_str() == "1042"));
}

#[test]
fn an_order_that_does_not_add_up_or_is_not_in_euros_goes_into_no_file() {
    let mut order = plain_order();
    order.total = money("1.00");
    order.currency = "USD".into();
    let expected =
        [("totals_mismatch", "total"), ("totals_mismatch", "payments"), ("foreign_currency", "currency")];
    assert_eq!(codes(&orders(SHIPPED_ORDERS), &order), expected.map(|(c, f)| (c.to_owned(), f.to_owned())));
}

#[test]
fn an_order_that_stands_twice_in_a_batch_is_refused() {
    let faults = try_file(&orders(SHIPPED_ORDERS), &[plain_order(), plain_order()]).expect_err("twice");
    assert_eq!(faults[0].1.code, "duplicate_order");
}

#[test]
fn a_word_that_no_code_list_has_is_refused_unless_there_is_a_default() {
    let mut order = plain_order();
    order.payments[0].method = "cheque".into();
    assert_eq!(codes(&orders(REPEATED), &order), [("unknown_code".into(), "order.payment_method".into())]);
    assert_eq!(records(&local(&[order]), "R")[0][3], "DIV");
}

#[test]
fn a_foreign_character_is_refused_where_the_layout_says_so() {
    let strict = SHIPPED_ORDERS.replace("unencodable = \"transliterate\"", "unencodable = \"set_aside\"");
    let faults = orders(&strict).check(&busy_order()).expect_err("Ł");
    assert_eq!(faults[0].rule, "'Ł' (U+0141) in column \"libelle\" is no character of windows-1252");
}

/// What becomes of a note, and the repair that says so.
fn noted(toml: &str, note: &str) -> Result<(String, Vec<String>), Vec<Rejection>> {
    let layout = orders(toml);
    let mut order = plain_order();
    order.note = note.into();
    let repairs = layout.check(&order)?.into_iter().filter(|repair| repair.field == "order.note");
    let repairs =
        repairs.map(|repair| format!("{} -> {}: {}", repair.from, repair.to, repair.rule)).collect();
    let value = layout.explain(&order)?.into_iter().find(|value| value.column == "note").expect("a note");
    Ok((value.value, repairs))
}

#[test]
fn a_note_is_written_as_far_as_it_can_be_and_that_is_noted() {
    let takes = "column \"note\" takes characters of windows-1252";
    for (note, written) in [
        ("Łódź, sonner 2×", "Lódz, sonner 2×"),
        ("日本 à 8 h", "?? à 8 h"),
        ("Merci 🍅", "Merci"),
        ("مرحبا", "?????"),
    ] {
        let (value, repairs) = noted(SHIPPED_ORDERS, note).expect("taken");
        assert_eq!((value.as_str(), repairs), (written, vec![format!("{note} -> {written}: {takes}")]));
    }
    let (value, repairs) = noted(SHIPPED_ORDERS, &"é".repeat(100)).expect("cut");
    assert_eq!((value.chars().count(), repairs.len()), (69, 1));
    let uncut = SHIPPED_ORDERS.replacen(
        "from = \"order.note\"\nmax = 69\ntoo_long = \"cut\"",
        "from = \"order.note\"\nmax = 69",
        1,
    );
    assert_ne!(uncut, SHIPPED_ORDERS);
    assert_eq!(
        noted(&uncut, &"é".repeat(100)).expect("cut unless the layout says otherwise").0.chars().count(),
        69
    );
    let bare = SHIPPED_ORDERS.replace("quote = \"when_needed\"", "quote = \"never\"");
    assert_eq!(noted(&bare, "Sonner; porte \"B\"").expect("without quotes").0, "Sonner  porte 'B'");
}

#[test]
fn what_becomes_of_a_note_is_the_layouts_choice() {
    let with = |line: &str| {
        SHIPPED_ORDERS.replacen("from = \"order.note\"", &format!("from = \"order.note\"\n{line}"), 1)
    };
    assert_eq!(noted(&with("unencodable = \"drop\""), "日本 à 8 h").expect("dropped").0, "à 8 h");
    assert_eq!(noted(&with("allowed = \"ascii\""), "Été 日").expect("without accents").0, "Ete ?");
    let codes = |toml: &str, note: &str| {
        noted(toml, note).expect_err("refused").into_iter().map(|fault| fault.code).collect::<Vec<_>>()
    };
    for toml in [
        with("unencodable = \"set_aside\""),
        with("unencodable = \"transliterate\""),
        SHIPPED_ORDERS.replace("unencodable = \"transliterate\"", "unencodable = \"set_aside\""),
    ] {
        assert_eq!(codes(&toml, "日"), ["unencodable"]);
    }
    let long =
        SHIPPED_ORDERS.replacen("max = 69\ntoo_long = \"cut\"", "max = 69\ntoo_long = \"set_aside\"", 1);
    assert_eq!(codes(&long, &"é".repeat(100)), ["too_long"]);
    let name = SHIPPED_ORDERS.replacen(
        "from = \"customer.name\"",
        "from = \"customer.name\"\nunencodable = \"replace\"",
        1,
    );
    let mut order = plain_order();
    order.customer.name = "日本".into();
    assert_eq!(orders(SHIPPED_ORDERS).check(&order).expect_err("a name")[0].code, "unencodable");
    orders(&name).check(&order).expect("the layout says so");
    let code = SHIPPED_ORDERS.replacen(
        "from = \"customer.code\"",
        "from = \"customer.code\"\nunencodable = \"drop\"",
        1,
    );
    let error = OrderLayout::from_toml(&code).expect_err("a code").as_slice()[0].clone();
    assert_eq!(error.message, "would take characters from a code, which makes another one of it");
}

#[test]
fn without_quotes_a_separator_in_a_value_is_refused() {
    let layout = orders(&SHIPPED_ORDERS.replace("quote = \"when_needed\"", "quote = \"never\""));
    let mut order = busy_order();
    order.lines[0].label = "Tomates; cagette".into();
    assert_eq!(codes(&layout, &order), [("unquotable".into(), "lines[0].label".into())]);
    layout.check(&plain_order()).expect("nothing to quote");
}

#[test]
fn long_texts_are_cut_after_they_were_made_to_fit() {
    let mut order = plain_order();
    order.customer.name = format!("{}…", "é".repeat(38));
    let latin = orders(&SHIPPED_ORDERS.replace("\"windows-1252\"", "\"iso-8859-15\""));
    let file = text(encoding_rs::ISO_8859_15, &file(&latin, &[order]));
    assert_eq!(records(&file, "E")[0][5], format!("{}..", "é".repeat(38)));
}

#[test]
fn what_looks_like_a_formula_reaches_the_erp_as_it_is() {
    let mut order = plain_order();
    order.lines[0].label = "-18 °C @ +1".into();
    assert_eq!(records(&local(&[order]), "L")[0][4], "-18 °C @ +1");
}
