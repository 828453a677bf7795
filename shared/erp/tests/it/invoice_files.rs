//! Invoice files as fixtures: what is read, what is refused, what is rejected.

use passerelle_domain::{InvoiceKind, PurchaseOrigin, Rejection, Vat};
use passerelle_erp::invoices::{Fault, FileSummary};

use crate::samples::*;

fn refused(name: &str) -> Rejection {
    check(&invoices(LOCAL_INVOICES), &fixture(name)).expect_err(name)
}

fn says(name: &str) -> String {
    let Rejection { code, field, value, rule } = refused(name);
    format!("{code} | {field} | {value} | {rule}")
}

#[test]
fn a_good_file_is_read_whole_with_rows_of_one_invoice_apart() {
    let layout = invoices(LOCAL_INVOICES);
    let bytes = fixture("good");
    let summary = check(&layout, &bytes).expect("good");
    assert_eq!(summary, FileSummary { invoices: 3, rows: 5, gross: money("81.65") });
    let Read { good, bad, .. } = read(&layout, &bytes);
    assert_eq!(bad, []);
    let numbers: Vec<&str> = good.iter().map(|invoice| invoice.number.as_str()).collect();
    assert_eq!(numbers, ["F2026-0001", "F2026-0002", "A2026-0003"]);
    let first = &good[0];
    assert_eq!(first.buyer.address.name, "Bistrot d’Œuvre");
    assert_eq!(first.deliver_to, None);
    assert_eq!(first.lines[0].origin, PurchaseOrigin::Web);
    assert_eq!(first.lines[1].origin, PurchaseOrigin::Market);
    assert_eq!(first.lines[1].vat, Vat::OUTSIDE_SCOPE);
    assert_eq!(first.vat_breakdown.len(), 2);
    assert_eq!(first.totals.due, money("40.00"));
    assert_eq!(good[1].buyer.address.name, "Chez \"Léa\" ; fils");
    assert_eq!(good[1].lines[0].quantity.to_string(), "2.5");
    assert_eq!(good[1].lines[0].article.as_ref().map(|code| code.as_str()), Some("00451"));
    assert_eq!(good[1].note, "Merci – à bientôt");
    assert_eq!(good[2].kind, InvoiceKind::CreditNote);
    assert_eq!(good[2].references.corrects.as_ref().map(|number| number.as_str()), Some("F2026-0001"));
    insta::assert_json_snapshot!(good[1]);
}

#[test]
fn utf_8_with_a_byte_order_mark_and_without_vat_columns_is_read() {
    let layout = invoices(UTF8_INVOICES);
    let bytes = fixture("utf8-bom");
    assert_eq!(check(&layout, &bytes).expect("good").gross, money("2120.89"));
    let Read { good, bad, .. } = read(&layout, &bytes);
    assert_eq!(bad, []);
    assert_eq!(good[0].buyer.address.name, "Łukasz 🍅");
    let amounts: Vec<String> = good[0].vat_breakdown.iter().map(|row| row.amount.to_string()).collect();
    // 2000.10 at 5.5 % is 110.01 and 8.99 at 20 % is 1.80; the ERP's total is a cent less.
    assert_eq!(amounts, ["110.00", "1.80"]);
}

#[test]
fn a_name_that_cannot_be_printed_sets_its_invoice_aside() {
    let layout = invoices(UTF8_INVOICES);
    let text = String::from_utf8(fixture("utf8-bom")).expect("UTF-8");
    let Read { good, bad, rejects, .. } = read(&layout, text.replace("Łukasz 🍅", "Ресторан 🍅").as_bytes());
    assert_eq!((good.len(), bad.len()), (0, 1));
    let fault = &bad[0].faults[0];
    assert_eq!(
        (fault.rejection.code.as_str(), fault.rejection.field.as_str()),
        ("unprintable", "buyer.name")
    );
    let sentence = format!(
        "« Ресторан » ne peut pas être imprimé sur la facture : écrivez « {} » en lettres latines.",
        fault.column
    );
    assert_eq!(fault.sentence(), sentence);
    assert!(String::from_utf8(rejects).expect("UTF-8").contains(&sentence));
}

#[test]
fn a_file_that_does_not_fit_is_refused_with_its_line_and_reason() {
    for (name, expected) in [
        ("utf8-instead", "encoding | line 2 | utf-8 | the file is in UTF-8 and not in windows-1252"),
        ("undefined-byte", "encoding | line 3 | byte 0x81 | this byte is no text in windows-1252"),
        (
            "wrong-header",
            "missing_column | line 1, column Net a payer | Net a payer | the column \"Net a payer\" is missing in the header row; the file has a column \"Net payer\"",
        ),
        (
            "duplicate-header",
            "duplicate_column | line 1, column Adr1 | Adr1 | the column stands twice in the header row",
        ),
        (
            "extra-column",
            "unknown_column | line 1, column Vendeur | Vendeur | the column is neither in the layout nor in its list of ignored ones",
        ),
        ("truncated", "truncated | line 5 | 20 | the row has 20 columns, and the header row 49"),
        (
            "without-trailer",
            "truncated | line 6 |  | the file is cut off: its last row does not begin with \"FIN\"",
        ),
        (
            "wrong-trailer",
            "trailer | line 6, column 2 (invoices) | 3 | the trailer does not agree with the rows, which give 2",
        ),
        (
            "wrong-sum",
            "trailer | line 7, column 4 (gross) | 81,66 | the trailer does not agree with the rows, which give 81.65",
        ),
        ("empty", "empty_file | file |  | the file is empty"),
        ("quote-never-closed", "quotes | line 3 |  | a quote is not closed, to the file's end"),
    ] {
        assert_eq!(says(name), expected, "{name}");
    }
    let rejection = check(&invoices(UTF8_INVOICES), &fixture("utf8-no-final-newline")).expect_err("cut off");
    assert_eq!((rejection.code.as_str(), rejection.field.as_str()), ("truncated", "line 3"));
    let text = String::from_utf8(fixture("utf8-bom")).expect("UTF-8").replace('\u{feff}', "");
    let bytes = encoding_rs::WINDOWS_1252.encode(&text).0.into_owned();
    let rejection = check(&invoices(UTF8_INVOICES), &bytes).expect_err("another encoding");
    assert_eq!((rejection.code.as_str(), rejection.field.as_str()), ("encoding", "line 1"));
}

#[test]
fn a_file_that_says_that_there_are_no_invoices_is_accepted() {
    let layout = invoices(LOCAL_INVOICES);
    assert_eq!(check(&layout, &fixture("no-invoices")).expect("zero of each").invoices, 0);
    assert_eq!(read(&layout, &fixture("no-invoices")).good.len(), 0);
}

#[test]
fn a_file_beyond_the_limits_is_refused() {
    for (limit, code) in [
        ("bytes = 100", "file"),
        ("rows = 4", "line 6"),
        ("columns = 48", "line 1"),
        ("row_bytes = 100", "line 1"),
    ] {
        let toml = LOCAL_INVOICES.replace("[columns]", &format!("[file.limits]\n{limit}\n[columns]"));
        let rejection = check(&invoices(&toml), &fixture("good")).expect_err(limit);
        assert_eq!((rejection.code.as_str(), rejection.field.as_str()), ("too_large", code), "{limit}");
    }
}

#[test]
fn columns_may_stand_in_any_order_and_ignored_ones_may_be_there() {
    let layout = invoices(LOCAL_INVOICES);
    let text = encoding_rs::WINDOWS_1252.decode(&fixture("no-invoices")).0.into_owned();
    let mut names: Vec<&str> = text.lines().next().expect("a header row").split(';').collect();
    names.reverse();
    names.extend(["ligne", "explication"]);
    let file = format!("{}\r\nFIN;0;0;0\r\n", names.join(";"));
    check(&layout, file.as_bytes()).expect("all are there");
}

#[test]
fn line_numbers_stay_right_behind_a_line_end_in_quotes() {
    let layout = invoices(LOCAL_INVOICES);
    let bytes = fixture("embedded-newline");
    check(&layout, &bytes).expect("the file is whole");
    let Read { good, bad, .. } = read(&layout, &bytes);
    assert_eq!(good[0].lines[1].designation, "Consigne; \"palette\"");
    assert_eq!(bad.len(), 1);
    // The row on line 3 goes on to line 4, so the next row of this invoice is on line 6.
    assert_eq!((bad[0].number.as_str(), bad[0].rows.as_slice()), ("F2026-0002", &[3, 6][..]));
    let faults: Vec<(u64, &str, &str)> =
        bad[0].faults.iter().map(|f| (f.line, f.column.as_str(), f.rejection.code.as_str())).collect();
    assert_eq!(faults, [(6, "HT", "line_net"), (3, "Base 10", "BR-S-08"), (3, "Total HT", "BR-CO-13")]);
}

#[test]
fn one_bad_invoice_is_rejected_with_its_rows_and_the_good_ones_go_on() {
    let layout = invoices(LOCAL_INVOICES);
    let bytes = fixture("one-bad-among-good");
    check(&layout, &bytes).expect("the file is whole");
    let Read { good, bad, rejects, .. } = read(&layout, &bytes);
    assert_eq!(good.len(), 2);
    let faults: Vec<(u64, &str, &str)> =
        bad[0].faults.iter().map(|f| (f.line, f.column.as_str(), f.rejection.code.as_str())).collect();
    assert_eq!(
        faults,
        [(5, "Note", "rows_disagree"), (3, "Origine", "unknown_code"), (3, "PU", "not_a_number")]
    );
    insta::assert_snapshot!(encoding_rs::WINDOWS_1252.decode(&rejects).0.replace("\r\n", "\n"));
    let lines = |bytes: &[u8]| bytes.split(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>();
    let (original, kept) = (lines(&bytes), lines(&rejects));
    let row = |line: usize| original[line - 1].strip_suffix(b"\r").expect("CRLF").to_vec();
    assert!(kept[0].starts_with(&row(1)) && kept[1].starts_with(&row(3)) && kept[2].starts_with(&row(5)));
    assert_eq!(kept.len(), 4, "a header row, two rows, and nothing behind the last line end");
}

#[test]
fn a_formula_in_a_value_is_defused_in_the_added_columns_only() {
    let layout = invoices(LOCAL_INVOICES);
    let text = encoding_rs::WINDOWS_1252.decode(&fixture("thousands")).0.into_owned();
    let text = text.replace(";1;colis;13,35;", ";=HYPERLINK(1);colis;13,35;");
    let bytes = encoding_rs::WINDOWS_1252.encode(&text).0.into_owned();
    let Read { rejects, .. } = read(&layout, &bytes);
    let rejects = encoding_rs::WINDOWS_1252.decode(&rejects).0;
    assert!(rejects.contains(";=HYPERLINK(1);colis;"), "the original cell");
    assert!(rejects.contains(";'=HYPERLINK(1) | "), "the added cell: {rejects}");
}

#[test]
fn a_dot_in_a_number_with_a_decimal_comma_is_never_one_thousand() {
    let layout = invoices(LOCAL_INVOICES);
    let Read { good, bad, .. } = read(&layout, &fixture("thousands"));
    assert!(good.is_empty());
    assert_eq!(
        (bad[0].faults[0].rejection.code.as_str(), bad[0].faults[0].column.as_str()),
        ("ambiguous_number", "Total HT")
    );
}

#[test]
fn rows_without_a_number_are_rejected_together() {
    let layout = invoices(LOCAL_INVOICES);
    let text = encoding_rs::WINDOWS_1252.decode(&fixture("good")).0.replace("F2026-0001;F", ";F");
    let bytes = encoding_rs::WINDOWS_1252.encode(&text).0.into_owned();
    check(&layout, &bytes).expect("the trailer still agrees");
    let Read { good, bad, .. } = read(&layout, &bytes);
    assert_eq!(good.len(), 2);
    assert_eq!((bad[0].number.as_str(), bad[0].rows.as_slice()), ("", &[2, 4][..]));
    assert_eq!(bad[0].faults[0].rejection.code, "missing_field");
}

#[test]
fn a_row_in_utf_8_among_others_sets_its_invoice_aside() {
    let bytes = fixture("good");
    let rows: Vec<&[u8]> = bytes.split_inclusive(|&byte| byte == b'\n').collect();
    let mixed = |row: &&[u8]| {
        let text = encoding_rs::WINDOWS_1252.decode(row).0.into_owned();
        if text.starts_with("F2026-0001") { text.into_bytes() } else { row.to_vec() }
    };
    let Read { good, bad, .. } =
        read(&invoices(LOCAL_INVOICES), &rows.iter().flat_map(mixed).collect::<Vec<_>>());
    assert_eq!(good.len(), 2, "the others go on");
    let fault = &bad[0].faults[0];
    let Rejection { code, value, rule, .. } = &fault.rejection;
    assert_eq!((bad[0].number.as_str(), fault.line, fault.column.as_str()), ("F2026-0001", 2, "Nom"));
    assert_eq!((code.as_str(), value.as_str()), ("mixed_encoding", "Bistrot dâ€™Å’uvre"));
    assert_eq!(rule, "this row is in UTF-8, and the file in windows-1252");
    assert_eq!(fault.sentence(), "Cette ligne est en UTF-8 alors que le reste du fichier ne l'est pas.");
}

/// The rules of EN 16931 that the domain checks stand in its source.
#[test]
fn each_rule_of_an_invoice_has_french() {
    let sources = [
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../domain/src/invoice/check.rs")),
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../domain/src/invoice/check_vat.rs")),
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/invoices/invoice/mod.rs")),
    ];
    let texts = sources.iter().flat_map(|source| source.split('"').skip(1).step_by(2));
    let mut codes: Vec<String> = texts
        .filter(|text| text.starts_with("BR-") && !text.contains(['{', ' ']))
        .map(str::to_owned)
        .collect();
    assert!(codes.len() > 20, "{codes:?}");
    for category in ["S", "Z", "E", "AE", "IC", "G", "O"] {
        codes.extend(["01", "05", "06", "07", "08", "09", "10"].map(|rule| format!("BR-{category}-{rule}")));
    }
    codes.extend(
        ["missing_correction", "credit_note_sign", "due_before_issue", "line_net"].map(str::to_owned),
    );
    for code in codes {
        let rejection = Rejection::new(&code, "field", "1.00 where 2.00 is computed", "wrong");
        let sentence = Fault { line: 1, column: "Nom".into(), rejection }.sentence();
        assert!(!sentence.contains(&code) && sentence.ends_with('.'), "{code}: {sentence}");
    }
}

/// The good file with another unit on its third invoice.
fn with_unit(unit: &str) -> Vec<u8> {
    let text = encoding_rs::WINDOWS_1252.decode(&fixture("good")).0.into_owned();
    let (before, credit) = text.split_at(text.find("A2026-0003").expect("the credit note"));
    let text = format!("{before}{}", credit.replacen(";1;colis;", &format!(";1;{unit};"), 1));
    encoding_rs::WINDOWS_1252.encode(&text).0.into_owned()
}

#[test]
fn units_that_files_usually_have_set_no_invoice_aside() {
    for (word, code, label) in [
        ("botte", "XBH", "botte"),
        ("Barquettes", "XPJ", "barquette"),
        ("pièces", "H87", "pce"),
        ("Kgs", "KGM", "kg"),
        ("DOUZ.", "DZN", "douzaine"),
        ("colis", "XCS", "colis"),
    ] {
        let Read { good, bad, .. } = read(&invoices(LOCAL_INVOICES), &with_unit(word));
        assert_eq!(bad, [], "{word}");
        let unit = &good[2].lines[0].unit;
        assert_eq!((unit.unece_code(), unit.label()), (code, label), "{word}");
    }
}

#[test]
fn a_layout_names_units_of_its_own_and_says_others_anew() {
    let codes = "\n[codes.unit]\nBT = \"botte\"\nCagette = { code = \"XCR\", label = \"cagette\" }\nXX = { code = \"XPU\" }\n\n[codes.origin]";
    let toml = LOCAL_INVOICES.replace("\n[codes.origin]", codes);
    for (word, code, label) in
        [("bt", "XBH", "botte"), ("cagettes", "XCR", "cagette"), ("XX", "XPU", "XX"), ("kg", "KGM", "kg")]
    {
        let Read { good, .. } = read(&invoices(&toml), &with_unit(word));
        let unit = &good[2].lines[0].unit;
        assert_eq!((unit.unece_code(), unit.label()), (code, label), "{word}");
    }
    for (line, said) in [
        ("BT = \"bote\"", "codes.unit.BT: \"bote\" is no usual unit (nearest: "),
        ("BT = { code = \"BH\" }", "codes.unit.BT: \"BH\" is no code of UN/ECE Recommendation 20 or 21"),
        ("BT = { code = \"XBH\", name = \"x\" }", "codes.unit.BT.name: is unknown"),
        ("BT = 7", "codes.unit.BT: is a value of type integer where a text or a table is needed"),
        ("BT = \"botte\"\nbt = \"botte\"", "codes.unit.bt: stands twice"),
    ] {
        let toml =
            LOCAL_INVOICES.replace("\n[codes.origin]", &format!("\n[codes.unit]\n{line}\n\n[codes.origin]"));
        let error =
            crate::samples::said(&passerelle_erp::invoices::InvoiceLayout::from_toml(&toml).expect_err(line));
        assert!(error.starts_with(said), "{error}");
    }
}

#[test]
fn an_unknown_unit_is_rejected_with_the_nearest_known_ones() {
    let Read { bad, .. } = read(&invoices(LOCAL_INVOICES), &with_unit("bottte"));
    let fault = &bad[0].faults[0];
    assert!(fault.rejection.rule.contains("nearest: botte") && fault.rejection.rule.contains("[codes.unit]"));
    let sentence = fault.sentence();
    assert!(
        sentence.contains("« bottte »") && sentence.contains("botte") && sentence.contains("[codes.unit]")
    );
}

#[test]
fn each_broken_value_names_its_column() {
    let layout = without_trailer(LOCAL_INVOICES);
    let text = encoding_rs::WINDOWS_1252.decode(&fixture("good")).0.into_owned();
    let credit = text.lines().find(|row| row.starts_with("A2026")).expect("the credit note").to_owned();
    for (from, to, column, code) in [
        (";A;24/11/2026;", ";X;24/11/2026;", "Type", "unknown_code"),
        (";A;24/11/2026;", ";A;31/11/2026;", "Date", "not_a_date"),
        (";A;24/11/2026;", ";A;24/11/26;", "Date", "not_a_date"),
        ("A2026-0003;", "A 2026;", "Facture", "not_an_invoice_number"),
        (";C00042;", ";;", "Client", "missing_field"),
        (";404833048;", ";404833049;", "SIREN", "not_a_siren"),
        (";FR;", ";France;", "Pays", "not_a_country"),
        (";1;colis;", ";1,0001;colis;", "Quantite", "too_many_decimals"),
        (";1;colis;", ";1;zzz;", "Unite", "unknown_unit"),
        (";5,5;13,35;;", ";5,5;13,35;O;", "Taux", "deposit_with_vat"),
        (";5,5;13,35;;", ";5,5;13,355;;", "HT", "too_many_decimals"),
        (";5,5;13,35;;", ";0;13,35;;", "Taux", "BR-Z-01"),
        (";F2026-0001;", ";;", "Corrige", "missing_correction"),
        (";14,08;;14,08", ";14,09;;14,09", "Total TTC", "BR-CO-15"),
    ] {
        let row = credit.replacen(from, to, 1);
        assert_ne!(row, credit, "{from}");
        let bytes = encoding_rs::WINDOWS_1252
            .encode(&format!("{}\r\n{row}\r\n", text.lines().next().expect("a header")))
            .0
            .into_owned();
        let Read { good, bad, .. } = read(&layout, &bytes);
        assert!(good.is_empty(), "{to}");
        let found =
            bad[0].faults.iter().any(|f| f.column == column && f.rejection.code == code && f.line == 2);
        assert!(found, "{to}: {:?}", bad[0].faults);
    }
}
