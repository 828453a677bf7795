//! Combinations that cannot work. Each is looked at where the tables that it is made of can be read.

use crate::orders::model::{
    Amendments, Charges, Column, CustomerRecords, Form, Layout, Payments, Promotions, Shape,
};
use crate::toml_reader::Section;

type Check = fn(&Section<'_>, &Layout);

pub(super) fn check(root: &Section<'_>, layout: &Layout) {
    let checks: [(&[&str], Check); 7] = [
        (&["file", "header", "line"], check_records),
        (&["file", "policy", "payment", "charge"], check_records_of_policy),
        (&["file", "customers", "customer"], check_customers),
        (&["file", "customer", "header", "line", "charge", "payment", "trailer"], check_positions),
        (&["policy", "header", "payment", "charge"], check_policy),
        (&["policy", "articles", "line"], check_articles),
        (&["customers", "header", "customer"], check_customer_codes),
    ];
    for (parts, check) in checks {
        if !parts.iter().any(|part| root.is_faulty(part)) {
            check(root, layout);
        }
    }
}

fn check_records(root: &Section<'_>, layout: &Layout) {
    let names_orders = |columns: &[Column]| {
        columns.iter().any(|column| column.writes("order.number") || column.writes("order.id"))
    };
    for (key, columns) in [("header", &layout.header), ("line", &layout.line)] {
        if columns.is_empty() {
            root.fault(key, "is missing: an import file has columns for it");
        }
    }
    if !names_orders(&layout.header) {
        let message = "no column is from order.number or order.id, so the ERP could not distinguish orders";
        root.fault("header", message);
    }
    if layout.file.shape == Shape::TwoFiles && !names_orders(&layout.line) {
        let message =
            "no column is from order.number or order.id, so the ERP could not know whose line it is";
        root.fault("line", message);
    }
    if layout.file.shape.is_flat() {
        for (i, column) in layout.line.iter().enumerate() {
            if layout.header.iter().any(|other| other.name == column.name) {
                let name = &column.name;
                let message = format!("{name:?} is a column of the header too, and both are in one row");
                root.fault_at(&format!("line[{i}].name"), message);
            }
        }
    }
}

fn check_records_of_policy(root: &Section<'_>, layout: &Layout) {
    let records = layout.file.shape == Shape::HeaderAndLines;
    let charges = records && layout.policy.charges == Charges::RecordEach;
    let payments = records && layout.policy.payments == Payments::RecordEach;
    if !payments && !layout.payment.is_empty() {
        let message = "payment records need shape = \"header_and_lines\" and payments = \"record_each\"";
        root.fault("payment", message);
    }
    if !charges && !layout.charge.is_empty() {
        let message = "charge records need shape = \"header_and_lines\" and charges = \"record_each\"";
        root.fault("charge", message);
    }
}

fn check_customers(root: &Section<'_>, layout: &Layout) {
    let customers = &layout.customers;
    let makes_codes = customers.new_code.is_some();
    if layout.customer.is_empty() {
        if customers.file_name.is_some() || makes_codes {
            root.fault("customer", "is missing: the ERP could not create a customer that it does not know");
        }
        return;
    }
    if customers.records == CustomerRecords::New && !makes_codes {
        let message = "would never be written: say customers.new_code, or customers.records = \"all\"";
        root.fault("customer", message);
    }
    if !layout.customer.iter().any(|column| column.is_from("customer.code")) {
        root.fault("customer", "no column is from customer.code");
    }
    match &customers.file_name {
        None if layout.file.shape != Shape::HeaderAndLines => {
            root.fault("customer", "needs customers.file_name: among rows of orders it has no place");
        }
        Some(name) if *name == layout.file.name || Some(name) == layout.file.lines_name.as_ref() => {
            root.fault_at("customers.file_name", "is the name of another file");
        }
        _ => {}
    }
}

/// Columns of fixed width neither overlap nor leave the record.
fn check_positions(root: &Section<'_>, layout: &Layout) {
    if layout.file.form == Form::Separated {
        return;
    }
    let records = [
        ("customer", &layout.customer),
        ("header", &layout.header),
        ("line", &layout.line),
        ("charge", &layout.charge),
        ("payment", &layout.payment),
        ("trailer", &layout.trailer),
    ];
    for (record, columns) in records {
        let behind_header = record == "line" && layout.file.shape.is_flat();
        let header = layout.positions(&layout.header, false);
        let mut end = header.last().copied().flatten().filter(|_| behind_header).map_or(0, |(_, end)| end);
        for (i, (start, last)) in
            layout.positions(columns, record == "line").into_iter().flatten().enumerate()
        {
            if start <= end {
                let message = format!("is {start}, but the column before it ends at {end}");
                root.fault_at(&format!("{record}[{i}].start"), message);
            }
            if layout.file.record_length.is_some_and(|length| last > length) {
                root.fault_at(
                    &format!("{record}[{i}].width"),
                    format!("ends at {last}, behind the end of the record"),
                );
            }
            end = last;
        }
    }
}

fn check_policy(root: &Section<'_>, layout: &Layout) {
    let policy = &layout.policy;
    let header_has = |source: &str| layout.header.iter().any(|column| column.writes(source));
    let fault = |key: &str, message: &str| root.fault_at(&format!("policy.{key}"), message);
    if policy.payments == Payments::RecordEach && layout.payment.is_empty() {
        let message = "\"record_each\" needs a [[payment]] record; without one choose \"sum\" or \"first\"";
        fault("payments", message);
    }
    if policy.charges == Charges::RecordEach && layout.charge.is_empty() {
        fault("charges", "\"record_each\" needs a [[charge]] record, or money is lost");
    }
    let needed: [(&str, bool, &[&str]); 2] = [
        ("promotions", policy.promotions == Promotions::HeaderField, &["order.promotion_net"]),
        ("charges", policy.charges == Charges::HeaderField, &["order.delivery_net", "order.fee_net"]),
    ];
    for (key, chosen, sources) in needed {
        let missing: Vec<&str> = sources.iter().copied().filter(|source| !header_has(source)).collect();
        if chosen && !missing.is_empty() {
            let missing = missing.join(" and ");
            fault(
                key,
                &format!("\"header_field\" needs a [[header]] column from {missing}, or money is lost"),
            );
        }
    }
    if policy.amendments != Amendments::SetAside && !header_has("order.action") {
        let message = "needs a [[header]] column from order.action, or a change looks like a new order";
        fault("amendments", message);
    }
}

/// Articles are never cut, so they must fit.
fn check_articles(root: &Section<'_>, layout: &Layout) {
    for (key, code) in layout.policy.articles() {
        if let Some(column) = too_narrow(&layout.line, "line.article", code) {
            root.fault_at(&format!("policy.{key}"), format!("is longer than the column {:?}", column.name));
        }
    }
    let codes = layout.articles.iter().flat_map(|articles| articles.codes());
    let long: Vec<_> =
        codes.filter_map(|code| Some((code, too_narrow(&layout.line, "line.article", code)?))).collect();
    fault_of_codes(root, "articles.articles_file", &long);
}

/// Nor are the codes of customers.
fn check_customer_codes(root: &Section<'_>, layout: &Layout) {
    for key in ["lookup_file", "guest_code"] {
        let codes = layout.customers.codes().filter(|(of, _)| *of == key);
        let narrow = |code| {
            let column = |columns| too_narrow(columns, "customer.code", code);
            Some((code, column(&layout.header).or_else(|| column(&layout.customer))?))
        };
        let long: Vec<_> = codes.filter_map(|(_, code)| narrow(code)).collect();
        fault_of_codes(root, &format!("customers.{key}"), &long);
    }
}

/// The codes of a list that are longer than their column, in one fault.
fn fault_of_codes(root: &Section<'_>, field: &str, long: &[(&str, &Column)]) {
    const SHOWN: usize = 5;
    let Some((_, column)) = long.first() else { return };
    let mut codes: Vec<String> = long.iter().take(SHOWN).map(|(code, _)| format!("{code:?}")).collect();
    if let more @ 1.. = long.len().saturating_sub(SHOWN) {
        codes.push(format!("{more} more"));
    }
    let (codes, verb) = (codes.join(", "), if long.len() == 1 { "is" } else { "are" });
    let message = format!("gives {codes}, which {verb} longer than the column {:?}", column.name);
    root.fault_at(field, message);
}

fn too_narrow<'c>(columns: &'c [Column], source: &str, code: &str) -> Option<&'c Column> {
    let narrow = |column: &&Column| column.max.is_some_and(|max| code.chars().count() > max);
    columns.iter().filter(|column| column.is_from(source) && column.codes.is_none()).find(narrow)
}
