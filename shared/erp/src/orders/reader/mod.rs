//! A layout's TOML, and the lists beside it, made into the model. Every fault of them is collected; what
//! is faulty gets a stand-in, so that the rest is looked at too, and no layout comes of it. May import the
//! model.

mod checks;
mod columns;
mod content;
mod figures;
mod file_format;
mod lists;
mod policies;
mod texts;

use self::columns::Columns;
use self::lists::is_plain;
use super::model::{Layout, Record};
use crate::LayoutErrors;
use crate::toml_reader::{self, texts_of};

pub(super) use lists::Beside;

/// The names of the files beside it that a layout needs: all its fields that end in `_file`.
pub(super) fn needs(text: &str) -> Result<Vec<String>, LayoutErrors> {
    let mut names: Vec<String> = Vec::new();
    for (key, value) in texts_of(text)? {
        if key.ends_with("_file") && is_plain(&value) && !names.contains(&value) {
            names.push(value);
        }
    }
    Ok(names)
}

/// Reads a layout, or returns everything that is wrong with it.
pub(super) fn read(text: &str, beside: Beside<'_>) -> Result<Layout, LayoutErrors> {
    toml_reader::read(text, |root| {
        let file = root.required_table("file", |section| Some(file_format::read(section)));
        let policy = root.required_table("policy", |section| Some(policies::read(section)));
        let customers = root.table("customers", |section| Some(lists::customers(section, beside)));
        let articles = root.table("articles", |section| lists::articles(section, beside));
        let towns = root.table("repairs", |section| lists::towns(section, beside));
        // Without the form of the file, columns cannot be judged.
        let file = file.filter(|_| !root.is_faulty("file.columns"));
        let mut record = |key, record| {
            let Some(file) = &file else {
                root.field(key);
                return Vec::new();
            };
            let mut columns = Columns::new(record, file, beside);
            root.tables(key, |section| columns.read(section))
        };
        let customer = record("customer", Record::Customer);
        let header = record("header", Record::Header);
        let line = record("line", Record::Line);
        let charge = record("charge", Record::Charge);
        let payment = record("payment", Record::Payment);
        let trailer = record("trailer", Record::Trailer);
        let (file, mut policy, customers) = (file?, policy?, customers.unwrap_or_default());
        policy.discount_column = line.iter().any(|column| column.is_from("line.discount"));
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
        checks::check(root, &layout);
        Some(layout)
    })
}
