//! `passerelle.toml` read field by field, so that a fault in one hides none in another.

mod presentation;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Weekday;
use passerelle_domain::{Seller, ShopId};
use passerelle_erp::toml_reader::{Field, Section};
use passerelle_ledger::Batch;
use passerelle_shops::ShopConfig;

use crate::{AcksConfig, Config, ExpectedInvoices, InvoicesConfig, OrdersConfig, ReconcileConfig};

/// The most days that are compared: each evening all their orders are listed.
const MAX_COMPARED_DAYS: u64 = 31;

const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];
/// How many of them are the market's: all but Sunday.
const MARKET_DAYS: usize = 6;

/// All of the file.
pub(crate) fn config(root: &mut Section<'_>) -> Option<Config> {
    let (shops, ids) = shops(root);
    let orders = root.required_table("orders", |table| orders(table, &ids));
    let invoices = root.required_table("invoices", invoices);
    let compared_days = root.table("reconcile", |table| table.number("compared_days", 0..=MAX_COMPARED_DAYS));
    let seller = root.required_table("seller", |table| Some(presentation::seller(table)));
    let mentions = root.table("mentions", |table| Some(presentation::mentions(table))).unwrap_or_default();
    let branding = root.table("branding", |table| Some(presentation::branding(table))).unwrap_or_default();
    let of_seller = seller.as_ref().map(Seller::faults).unwrap_or_default();
    for fault in [of_seller, mentions.faults(), branding.faults()].concat() {
        let value = if fault.value.is_empty() { String::new() } else { format!("{:?} ", fault.value) };
        root.fault_at(&fault.field, format!("{value}{}", fault.rule));
    }
    Some(Config {
        shops,
        orders: orders?,
        invoices: invoices?,
        reconcile: ReconcileConfig { compared_days: compared_days.unwrap_or(3) },
        seller: seller?,
        mentions,
        branding,
    })
}

/// The shops that can be read, and the ids of all.
pub(crate) fn shops(root: &mut Section<'_>) -> (Vec<ShopConfig>, BTreeSet<String>) {
    let mut ids = BTreeSet::new();
    let shops = root.tables("shops", |table| {
        let fields = table.json();
        if let Some(id) = fields.get("id").and_then(|id| id.as_str())
            && !ids.insert(id.to_owned())
        {
            table.fault("id", format!("{id:?} is the id of two shops"));
        }
        let read = ShopConfig::read(fields);
        for fault in read.as_ref().map_or_else(Vec::as_slice, ShopConfig::faults) {
            match fault.value.as_str() {
                "" => table.hidden_fault_at(&fault.field, fault.message()),
                _ => table.fault_at(&fault.field, fault.message()),
            }
        }
        read.ok()
    });
    if shops.is_empty() && !root.is_faulty("shops") {
        root.fault("shops", "is missing: there is no shop");
    }
    (shops, ids)
}

fn orders(table: &mut Section<'_>, ids: &BTreeSet<String>) -> Option<OrdersConfig> {
    let layout = table.required_text("layout");
    let own_layouts = |own: &mut Section<'_>| {
        let layout =
            |(id, field): (&str, Field<'_>)| Some((shop(&field, id, ids)?, field.text()?.to_owned()));
        Some(own.fields().into_iter().filter_map(layout).collect::<BTreeMap<_, _>>())
    };
    let shop_layouts = table.table("shop_layouts", own_layouts).unwrap_or_default();
    let priority = table.texts("priority").iter().filter_map(|(id, item)| shop(item, id, ids)).collect();
    let most = u64::try_from(Batch::MAX_MEMBERS).unwrap_or(u64::MAX);
    let max_orders_per_file = table.number("max_orders_per_file", 1..=most).unwrap_or(200);
    let max_orders_per_hour = limit(table, "max_orders_per_hour");
    let acks = table.table("acks", acks);
    let layout = layout?.to_owned();
    Some(OrdersConfig { layout, shop_layouts, priority, max_orders_per_file, max_orders_per_hour, acks })
}

fn acks(table: &mut Section<'_>) -> Option<AcksConfig> {
    let layout = table.required_text("layout");
    let answer_within_minutes = table.number("answer_within_minutes", 0..=u32::MAX.into()).unwrap_or(12 * 60);
    let max_unanswered_files = limit(table, "max_unanswered_files");
    Some(AcksConfig { layout: layout?.to_owned(), answer_within_minutes, max_unanswered_files })
}

fn invoices(table: &mut Section<'_>) -> Option<InvoicesConfig> {
    let layout = table.required_text("layout");
    let max_file_bytes = table.number("max_file_bytes", 0..=u64::MAX).unwrap_or(64 << 20);
    let by = table.parsed("expected_by", |text| text.parse().map_err(|_| format!("{text:?} is no time")));
    let on: Vec<Weekday> = match table.has("expected_on") {
        true => table.texts("expected_on").iter().filter_map(|(_, day)| day.one_of(&DAYS)).collect(),
        false => DAYS.iter().take(MARKET_DAYS).map(|(_, day)| *day).collect(),
    };
    if by.is_some() && on.is_empty() && !table.is_faulty("expected_on") {
        table.fault("expected_on", "is empty: expected_by has no day");
    }
    let date = |text: &str| text.parse().map_err(|_| format!("{text:?} is no date"));
    let closed_on = table.texts("closed_on").iter().filter_map(|(_, item)| item.parsed(date)).collect();
    let closed_on_public_holidays = table.flag("closed_on_public_holidays");
    let expected = by.map(|by| ExpectedInvoices { by, on, closed_on, closed_on_public_holidays });
    Some(InvoicesConfig { layout: layout?.to_owned(), max_file_bytes, expected })
}

/// The name of one of the shops, which stands at this field.
fn shop(field: &Field<'_>, id: &str, ids: &BTreeSet<String>) -> Option<ShopId> {
    if !ids.contains(id) {
        field.fault(format!("{id:?} is none of the shops"));
    }
    ShopId::new(id).ok()
}

/// How many the ERP is given at most; no limit where the field is missing.
fn limit(table: &mut Section<'_>, key: &'static str) -> Option<usize> {
    let limit = table.number(key, 0..=u64::MAX);
    if limit == Some(0) {
        table.fault(key, "is 0: nothing is ever exported");
    }
    limit
}
