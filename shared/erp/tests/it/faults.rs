//! Everything that is wrong with a layout is listed at once, each fault with its place.

use passerelle_erp::LayoutError;
use passerelle_erp::acks::AckLayout;
use passerelle_erp::invoices::InvoiceLayout;
use passerelle_erp::orders::OrderLayout;

use crate::samples::*;

/// A text with several changes.
fn with(text: &str, changes: &[(&str, &str)]) -> String {
    changes.iter().fold(text.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    })
}

/// Each fault without its file, the place as `line:column`, checked against the text.
fn shown(text: &str, faults: &[LayoutError]) -> Vec<String> {
    let show = |fault: &LayoutError| {
        let (line, column) = (fault.line.expect("a line"), fault.column.expect("a column"));
        let row = text.lines().nth(line - 1).expect("the line is there");
        let word: String = row.chars().skip(column - 1).take_while(|c| !" .]=\",".contains(*c)).collect();
        format!("{word} > {} [{}]: {}", fault.path, fault.value, fault.message)
    };
    faults.iter().map(show).collect()
}

#[test]
fn every_fault_of_a_layout_of_orders_is_listed() {
    let text = with(
        LOCAL_ORDERS,
        &[
            ("decimal = \",\"", "decimal = \";\""),
            ("[policy]", "[policy]\npromotion = \"spread\""),
            ("from = \"customer.name\"", "from = \"customer.nam\"\npad = \"middle\"\nwidht = 3\nprefix = 1"),
            ("from = \"line.article\"", "from = \"line.articel\"\ntoo_long = \"no\""),
        ],
    );
    let faults = OrderLayout::faults("orders.toml", &text, |_| None);
    insta::assert_snapshot!(shown(&text, &faults).join("\n"));
    assert!(faults.iter().all(|fault| fault.file.as_deref() == Some("orders.toml")));
    let errors = OrderLayout::load("orders.toml", &text, |_| None).expect_err("wrong");
    assert_eq!(errors.as_slice(), faults);
    assert_eq!(OrderLayout::faults("orders.toml", LOCAL_ORDERS, |_| None), []);
}

#[test]
fn every_fault_of_a_layout_of_invoices_is_listed() {
    let text = with(
        LOCAL_INVOICES,
        &[
            ("encoding = \"windows-1252\"", "encoding = \"latin\"\nlimits = { row = 1, columns = 0 }"),
            ("[columns]", "[columns]\nnombre = \"N\"\nbuyer.nam = \"B\"\nline.lots = true"),
            ("F = \"invoice\"", "F = \"facture\"\nG = \"avoir\""),
            ("rate = \"10\"", "rate = \"ten\"\nbasis = \"x\""),
            ("rows = 3", "rows = 1"),
        ],
    );
    let faults = InvoiceLayout::faults(&text);
    insta::assert_snapshot!(shown(&text, &faults).join("\n"));
    assert_eq!(InvoiceLayout::faults(LOCAL_INVOICES), []);
}

#[test]
fn every_column_that_stands_where_it_cannot_is_listed() {
    let text = with(
        LOCAL_INVOICES,
        &[("line.lot = \"Lot\"", "line.lot = \"Article\""), ("rate = \"20\"", "rate = \"20\" # two")],
    )
    .replacen("buyer.code = ", "buyer.reference = 3\nbuyer.code = ", 1);
    let said: Vec<String> = InvoiceLayout::faults(&text).iter().map(|fault| fault.path.clone()).collect();
    assert_eq!(said, ["columns.buyer.reference", "columns.line.lot"]);
}

#[test]
fn every_fault_of_a_layout_of_acknowledgements_is_listed() {
    let text = "[file]\nencoding = \"x\"\nseparator = \";\"\n[columns]\nnumber = \"A\"\nbatsh = \"L\"\n\
                [codes]\noutcome = { OK = \"acepted\", KO = 1 }\n";
    insta::assert_snapshot!(shown(text, &AckLayout::faults(text)).join("\n"));
}

#[test]
fn every_fault_of_the_lists_beside_a_layout_is_listed() {
    let text =
        format!("{LOCAL_ORDERS}\n[customers]\nlookup_file = \"c.csv\"\n[repairs]\ntowns_file = \"t.csv\"\n");
    let beside = |name: &str| {
        let list = match name {
            "c.csv" => "shop_id;sirett;code\n1;;C1\n;;C 2\n1;;C3\n",
            "t.csv" => "postcode;town\n94150;\n94150;Rungis\n75001\n",
            _ => return None,
        };
        Some(list.to_owned())
    };
    let faults = OrderLayout::faults("orders.toml", &text, beside);
    insta::assert_snapshot!(faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
}
