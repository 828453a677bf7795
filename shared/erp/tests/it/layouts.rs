//! Layouts that cannot work are refused when they are loaded.

use passerelle_erp::invoices::InvoiceLayout;
use passerelle_erp::orders::OrderLayout;

use crate::samples::*;

fn order_error(toml: &str, from: &str, to: &str) -> String {
    assert!(toml.contains(from), "{from}");
    said(&OrderLayout::from_toml(&toml.replacen(from, to, 1)).expect_err(to))
}

fn invoice_error(from: &str, to: &str) -> String {
    assert!(LOCAL_INVOICES.contains(from), "{from}");
    said(&InvoiceLayout::from_toml(&LOCAL_INVOICES.replacen(from, to, 1)).expect_err(to))
}

#[test]
fn the_layouts_of_the_repository_load() {
    for toml in [LOCAL_ORDERS, SHIPPED_ORDERS, REPEATED, FIRST_ROW] {
        orders(toml);
    }
    for toml in [LOCAL_INVOICES, UTF8_INVOICES] {
        invoices(toml);
    }
}

#[test]
fn a_fault_has_its_path_and_line() {
    let toml = SHIPPED_ORDERS.replacen("from = \"customer.name\"", "from = \"customer.nam\"", 1);
    let errors = OrderLayout::from_toml(&toml).expect_err("misspelt");
    let at = 1 + toml.lines().position(|line| line.contains("customer.nam\"")).expect("it is there");
    assert_eq!(
        errors.to_string(),
        format!(
            "line {at}, column 1: header[5].from: \"customer.nam\" is no source; did you mean \"customer.name\"?"
        )
    );
    assert_eq!(errors.as_slice()[0].value, "\"customer.nam\"");
    let errors = OrderLayout::from_toml("[file]\nname = ").expect_err("no TOML");
    assert_eq!((errors.as_slice()[0].path.as_str(), errors.as_slice()[0].line), ("", Some(2)));
}

#[test]
fn what_cannot_work_is_refused_for_orders() {
    let cases = [
        (
            SHIPPED_ORDERS,
            "decimal = \",\"",
            "decimel = \",\"",
            "file.decimal: is missing | file.decimel: is unknown; did you mean \"decimal\"?",
        ),
        (
            SHIPPED_ORDERS,
            "column_names = false",
            "column_name = false",
            "file.column_name: is unknown; did you mean \"column_names\"?",
        ),
        (
            SHIPPED_ORDERS,
            "required = true\nmax = 17",
            "requred = true\nmax = 17",
            "header[1].requred: is unknown; did you mean \"required\"?",
        ),
        (
            SHIPPED_ORDERS,
            "[policy]",
            "[polices]",
            "policy: is missing | polices: is unknown; did you mean \"policy\"?",
        ),
        (SHIPPED_ORDERS, "[policy]", "[extra]\na = 1\n[policy]", "extra: is unknown"),
        (
            SHIPPED_ORDERS,
            "CMD_{batch}.txt",
            "CMD.txt",
            "file.name: has no {batch}: every batch would have the same file",
        ),
        (
            SHIPPED_ORDERS,
            "CMD_{batch}",
            "../{batch}",
            "file.name: has a character that a file name cannot have (/ \\ { })",
        ),
        (
            SHIPPED_ORDERS,
            "\"windows-1252\"",
            "\"latin1\"",
            "file.encoding: \"latin1\" is none of \"utf-8\", \"utf-8-bom\", \"windows-1252\", \"iso-8859-15\"",
        ),
        (
            SHIPPED_ORDERS,
            "column_names = false",
            "column_names = true",
            "file.column_names: one row of names cannot fit the several records of shape = \"header_and_lines\"",
        ),
        (
            SHIPPED_ORDERS,
            "\"%d/%m/%Y\"",
            "\"%d/%m\"",
            "file.date: writes 24 November 2026 as \"24/11\", from which no date can be read",
        ),
        (
            SHIPPED_ORDERS,
            "\"customer.name\"",
            "\"line.label\"",
            "header[5].from: \"line.label\" is not known in a [[header]] record",
        ),
        (
            SHIPPED_ORDERS,
            "\"file.orders\"",
            "\"order.number\"",
            "trailer[1].from: \"order.number\" is not known in a [[trailer]] record",
        ),
        (
            SHIPPED_ORDERS,
            "name = \"nom\"",
            "name = \"client\"",
            "header[5].name: \"client\" names an earlier column too",
        ),
        (
            SHIPPED_ORDERS,
            "from = \"customer.code\"\nrequired = true",
            "from = \"customer.code\"\ntoo_long = \"cut\"",
            "header[4].too_long: would cut a code or an amount, which makes another one of it",
        ),
        (
            SHIPPED_ORDERS,
            "value = \"E\"",
            "value = \"E\"\nfrom = \"order.id\"",
            "header[0]: has more than one of value, from, concat and sum",
        ),
        (
            SHIPPED_ORDERS,
            "value = \"E\"",
            "value = \"日\"",
            "header[0].value: has the character '日', which windows-1252 has not",
        ),
        (
            SHIPPED_ORDERS,
            "default = \"DIV\"",
            "default = 5",
            "payment[3].default: is a value of type integer where a text is needed",
        ),
        (
            SHIPPED_ORDERS,
            "from = \"line.unit\" ",
            "from = \"line.unit\"\ncodes = { pce = \"P\" } ",
            "line[6].codes.pce: \"pce\" is no unit (piece, kilogram, case, litre)",
        ),
        (
            SHIPPED_ORDERS,
            "\"REMISE\"",
            "\"REMISE-COMMERCIALE-2026\"",
            "policy.promotion_article: is longer than the column \"article\"",
        ),
        (
            SHIPPED_ORDERS,
            "fee_article = \"FRAIS\"\n",
            "",
            "policy.fee_article: is missing: with charges as lines they have this article",
        ),
        (
            SHIPPED_ORDERS,
            "promotions = \"line_per_vat_rate\"",
            "promotions = \"header_field\"",
            "policy.promotions: \"header_field\" needs a [[header]] column from order.promotion_net, or money is lost",
        ),
        (
            SHIPPED_ORDERS,
            "payments = \"record_each\"",
            "payments = \"sum\"",
            "payment: payment records need shape = \"header_and_lines\" and payments = \"record_each\"",
        ),
        (
            SHIPPED_ORDERS,
            "shape = \"header_and_lines\"",
            "shape = \"header_repeated\"",
            "line[0].name: \"type\" is a column of the header too, and both are in one row | line[1].name: \"numero\" is a column of the header too, and both are in one row | line[9].name: \"ht\" is a column of the header too, and both are in one row | line[11].name: \"tva\" is a column of the header too, and both are in one row | payment: payment records need shape = \"header_and_lines\" and payments = \"record_each\"",
        ),
        (
            REPEATED,
            "payments = \"sum\"",
            "payments = \"record_each\"",
            "policy.payments: \"record_each\" needs a [[payment]] record; without one choose \"sum\" or \"first\"",
        ),
        (
            REPEATED,
            "[[line]]",
            "[[payment]]\nname = \"montant\"\nfrom = \"payment.amount\"\n[[line]]",
            "payment: payment records need shape = \"header_and_lines\" and payments = \"record_each\"",
        ),
        (
            REPEATED,
            "\"order.number\"",
            "\"order.note\"",
            "header: no column is from order.number or order.id, so the ERP could not distinguish orders",
        ),
    ];
    for (toml, from, to, message) in cases {
        assert_eq!(order_error(toml, from, to), message);
    }
}

#[test]
fn what_cannot_work_is_refused_for_invoices() {
    let cases = [
        (
            "buyer.name = ",
            "buyer.nam = ",
            "columns.buyer.name: is missing | columns.buyer.nam: is no field of an invoice; did you mean \"buyer.name\"?",
        ),
        (
            "line.lot = ",
            "line.lots = ",
            "columns.line.lots: is no field of an invoice; did you mean \"line.lot\"?",
        ),
        (
            "line.lot = \"Lot\"",
            "line.lot = \"Article\"",
            "columns.line.lot: \"Article\" is the column of columns.line.article already",
        ),
        (
            "# ignore = [\"Vendeur\"]",
            "ignore = [\"Lot\"]",
            "file.ignore[0]: \"Lot\" is the column of columns.line.lot, and cannot be ignored",
        ),
        ("rate = \"10\"", "rate = \"20\"", "vat[2].rate: stands in the breakdown already"),
        ("amount = \"TVA 10\"\n", "", "vat[1].amount: is missing: only a rate of 0 has no VAT"),
        (
            "F = \"invoice\"",
            "F = \"facture\"",
            "codes.kind.F: \"facture\" is none of \"invoice\", \"credit_note\"",
        ),
        ("\n[codes.deposit]", "\n[codes.deposits]", "codes.deposits: is unknown; did you mean \"deposit\"?"),
        ("rows = 3", "rows = 1", "trailer.rows: is the column of the mark; counts stand from 2"),
        (
            "separator = \";\"",
            "separator = \";;\"",
            "file.separator: \";;\" is none of \";\", \",\", \"\\t\", \"|\"; did you mean \";\"?",
        ),
    ];
    for (from, to, message) in cases {
        assert_eq!(invoice_error(from, to), message);
    }
}
