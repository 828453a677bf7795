//! A layout as a whole, and the combinations that cannot work.

use super::columns::{self, Column};
use super::file_format;
pub(super) use super::file_format::{BATCH, FileFormat, Form, Quote, Shape, UNENCODABLE, Unencodable};
use super::lists::{Articles, Beside, Customers, Records, Towns, is_plain};
use super::policies::{self, Amendments, Charges, Payments, Policy, Promotions};
use super::sources::Record;
use crate::LayoutError;
use crate::layout::{Section, load_whole, noted};

/// A checked layout.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) file: FileFormat,
    pub(super) policy: Policy,
    pub(super) customers: Customers,
    pub(super) articles: Option<Articles>,
    pub(super) towns: Option<Towns>,
    pub(super) customer: Vec<Column>,
    pub(super) header: Vec<Column>,
    pub(super) line: Vec<Column>,
    pub(super) charge: Vec<Column>,
    pub(super) payment: Vec<Column>,
    pub(super) trailer: Vec<Column>,
}

impl Layout {
    /// Whether a header or customer record tells of the source of this name.
    pub(super) fn tells(&self, source: &str) -> bool {
        self.header.iter().chain(&self.customer).any(|column| column.tells(source))
    }
}

/// The names of the files beside it that a layout needs: all its fields that end in `_file`.
pub(super) fn needs(text: &str) -> Result<Vec<String>, LayoutError> {
    let mut names: Vec<String> = Vec::new();
    crate::layout::each_named(text, &mut |key, value| {
        if key.ends_with("_file") && is_plain(value) && !names.iter().any(|name| name == value) {
            names.push(value.to_owned());
        }
    })?;
    Ok(names)
}

/// Reads a layout, and answers everything that is wrong with it: of each table and of each column the
/// first fault; and, once they can be read, the combinations that cannot work.
pub(super) fn read(text: &str, beside: Beside<'_>) -> Result<Layout, Vec<LayoutError>> {
    load_whole(text, |root, faults| {
        for key in ["file", "policy"] {
            noted(root.required_section(key).map(|_| ()), faults);
        }
        let file = table(root, "file", faults, file_format::read);
        let policy = table(root, "policy", faults, policies::read);
        let customers = table(root, "customers", faults, |section| Customers::read(section, beside));
        let articles = table(root, "articles", faults, |section| Articles::read(section, beside));
        let towns = table(root, "repairs", faults, |section| Towns::read(section, beside));
        let file = file?;
        let mut record = |key, record| {
            let sections = noted(root.sections(key), faults).unwrap_or_default();
            columns::read(sections, record, &file, beside, faults)
        };
        let customer = record("customer", Record::Customer);
        let header = record("header", Record::Header);
        let line = record("line", Record::Line);
        let charge = record("charge", Record::Charge);
        let payment = record("payment", Record::Payment);
        let trailer = record("trailer", Record::Trailer);
        let mut policy = policy?;
        policy.discount_column = line.iter().any(|column| column.is_from("line.discount"));
        let customers = customers.unwrap_or_default();
        let towns = towns.flatten();
        let layout = Layout {
            file,
            policy,
            customers,
            articles,
            towns,
            customer,
            header,
            line,
            charge,
            payment,
            trailer,
        };
        // A column that cannot be read would be missed here.
        if faults.is_empty() {
            noted(check_records(root, &layout), faults);
            noted(check_customers(root, &layout), faults);
            noted(check_positions(&layout), faults);
            noted(check_policy(root, &layout), faults);
            noted(check_codes(root, &layout, faults), faults);
        }
        Some(layout)
    })
}

/// A table, where given, read whole; a fault of it is noted.
fn table<T>(
    root: &mut Section<'_>,
    key: &'static str,
    faults: &mut Vec<LayoutError>,
    read: impl FnOnce(&mut Section<'_>) -> Result<T, LayoutError>,
) -> Option<T> {
    let mut section = noted(root.section(key), faults)??;
    let value = noted(read(&mut section), faults)?;
    noted(section.finish(), faults)?;
    Some(value)
}

fn check_records(root: &Section<'_>, layout: &Layout) -> Result<(), LayoutError> {
    for (key, columns) in [("header", &layout.header), ("line", &layout.line)] {
        if columns.is_empty() {
            return Err(root.error(key, "is missing: an import file has columns for it"));
        }
    }
    let tells_orders = |columns: &[Column]| {
        columns.iter().any(|column| column.tells("order.number") || column.tells("order.id"))
    };
    if !tells_orders(&layout.header) {
        let message = "no column is from order.number or order.id, so the ERP could not tell orders apart";
        return Err(root.error("header", message));
    }
    if layout.file.shape == Shape::TwoFiles && !tells_orders(&layout.line) {
        let message =
            "no column is from order.number or order.id, so the ERP could not tell whose line it is";
        return Err(root.error("line", message));
    }
    if layout.file.shape.is_flat() {
        for (i, column) in layout.line.iter().enumerate() {
            if layout.header.iter().any(|other| other.name == column.name) {
                let message =
                    format!("{:?} is a column of the header too, and both are in one row", column.name);
                return Err(LayoutError {
                    path: format!("line[{i}].name"),
                    message,
                    line: column.line_in_layout,
                    file: None,
                });
            }
        }
    }
    let records = layout.file.shape == Shape::HeaderAndLines;
    let payments = records && layout.policy.payments == Payments::RecordEach;
    if !payments && !layout.payment.is_empty() {
        let message = "payment records need shape = \"header_and_lines\" and payments = \"record_each\"";
        return Err(root.error("payment", message));
    }
    let charges = records && layout.policy.charges == Charges::RecordEach;
    if !charges && !layout.charge.is_empty() {
        let message = "charge records need shape = \"header_and_lines\" and charges = \"record_each\"";
        return Err(root.error("charge", message));
    }
    Ok(())
}

fn check_customers(root: &mut Section<'_>, layout: &Layout) -> Result<(), LayoutError> {
    let customers = &layout.customers;
    if layout.customer.is_empty() {
        if customers.file_name.is_some() || customers.makes_codes() {
            let message = "is missing: the ERP could not create a customer that it does not know";
            return Err(root.error("customer", message));
        }
        return Ok(());
    }
    if customers.records == Records::New && !customers.makes_codes() {
        let message = "would never be written: say customers.new_code, or customers.records = \"all\"";
        return Err(root.error("customer", message));
    }
    if !layout.customer.iter().any(|column| column.is_from("customer.code")) {
        return Err(root.error("customer", "no column is from customer.code"));
    }
    match &customers.file_name {
        None if layout.file.shape != Shape::HeaderAndLines => {
            let message = "needs customers.file_name: among rows of orders it has no place";
            Err(root.error("customer", message))
        }
        Some(name) => {
            let section = root.required_section("customers")?;
            file_format::checked_name(&section, "file_name", name)?;
            if *name == layout.file.name || Some(name) == layout.file.lines_name.as_ref() {
                return Err(section.error("file_name", "is the name of another file"));
            }
            Ok(())
        }
        None => Ok(()),
    }
}

/// Columns of fixed width neither overlap nor leave the record.
fn check_positions(layout: &Layout) -> Result<(), LayoutError> {
    if layout.file.form == Form::Separated {
        return Ok(());
    }
    let together = [("header", &layout.header), ("line", &layout.line)];
    let apart = [
        ("customer", &layout.customer),
        ("charge", &layout.charge),
        ("payment", &layout.payment),
        ("trailer", &layout.trailer),
    ];
    let mut rows: Vec<Vec<(&str, &Vec<Column>)>> = apart.into_iter().map(|record| vec![record]).collect();
    if layout.file.shape.is_flat() {
        rows.push(together.to_vec());
    } else {
        rows.extend(together.into_iter().map(|record| vec![record]));
    }
    for row in rows {
        let mut end = 0;
        for (record, columns) in row {
            for (i, column) in columns.iter().enumerate() {
                let fault = |key: &str, message: String| LayoutError {
                    path: format!("{record}[{i}].{key}"),
                    message,
                    line: column.line_in_layout,
                    file: None,
                };
                let start = column.start.unwrap_or(end + 1);
                if start <= end {
                    let message = format!("is {start}, but the column before it ends at {end}");
                    return Err(fault("start", message));
                }
                end = start - 1 + column.max.unwrap_or(0);
                if layout.file.record_length.is_some_and(|length| end > length) {
                    let message = format!("ends at {end}, behind the end of the record");
                    return Err(fault("width", message));
                }
            }
        }
    }
    Ok(())
}

fn check_policy(root: &mut Section<'_>, layout: &Layout) -> Result<(), LayoutError> {
    let policy = root.required_section("policy")?;
    let header_has = |source: &str| layout.header.iter().any(|column| column.tells(source));
    if layout.policy.payments == Payments::RecordEach && layout.payment.is_empty() {
        let message = "\"record_each\" needs a [[payment]] record; without one choose \"sum\" or \"first\"";
        return Err(policy.error("payments", message));
    }
    if layout.policy.charges == Charges::RecordEach && layout.charge.is_empty() {
        let message = "\"record_each\" needs a [[charge]] record, or money is lost";
        return Err(policy.error("charges", message));
    }
    let needed: &[(&str, bool, &[&str])] = &[
        ("promotions", layout.policy.promotions == Promotions::HeaderField, &["order.promotion_net"]),
        ("charges", layout.policy.charges == Charges::HeaderField, &["order.delivery_net", "order.fee_net"]),
    ];
    for (key, chosen, sources) in needed {
        if let Some(missing) = sources.iter().find(|source| *chosen && !header_has(source)) {
            let message =
                format!("\"header_field\" needs a [[header]] column from {missing}, or money is lost");
            return Err(policy.error(key, message));
        }
    }
    if layout.policy.amendments != Amendments::SetAside && !header_has("order.action") {
        let message = "needs a [[header]] column from order.action, or a change looks like a new order";
        return Err(policy.error("amendments", message));
    }
    for (key, code) in layout.policy.articles() {
        if let Some(column) = too_narrow(&layout.line, "line.article", code) {
            return Err(policy.error(key, format!("is longer than the column {:?}", column.name)));
        }
    }
    Ok(())
}

/// Codes that the lists give are never cut, so they must fit.
fn check_codes(
    root: &mut Section<'_>,
    layout: &Layout,
    faults: &mut Vec<LayoutError>,
) -> Result<(), LayoutError> {
    let said = |code: &str, column: &Column| {
        format!("gives {code:?}, which is longer than the column {:?}", column.name)
    };
    if let Some(articles) = &layout.articles {
        let section = root.required_section("articles")?;
        for code in articles.codes() {
            if let Some(column) = too_narrow(&layout.line, "line.article", code) {
                faults.push(section.error("articles_file", said(code, column)));
            }
        }
    }
    for (key, code) in layout.customers.codes() {
        let narrow = |columns| too_narrow(columns, "customer.code", code);
        if let Some(column) = narrow(&layout.header).or_else(|| narrow(&layout.customer)) {
            faults.push(root.required_section("customers")?.error(key, said(code, column)));
        }
    }
    Ok(())
}

fn too_narrow<'c>(columns: &'c [Column], source: &str, code: &str) -> Option<&'c Column> {
    let narrow = |column: &&Column| column.max.is_some_and(|max| code.chars().count() > max);
    columns.iter().filter(|column| column.is_from(source) && column.codes.is_none()).find(narrow)
}
