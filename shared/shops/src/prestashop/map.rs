//! From PrestaShop's rows to our order: pure functions. A rejection names the shop's own resource, row
//! and field.

use std::collections::{BTreeMap, BTreeSet};

use passerelle_domain::{Order, OrderKey, Rejection};

use super::config::Config;
use super::time::ShopTime;
use super::wire::{self, Resource, Row};

mod amounts;
mod goods;
mod parties;
mod payments;
mod refunds;

/// All rows about one order.
#[derive(Clone, Debug)]
pub(super) struct Dossier {
    /// The order.
    pub order: Row,
    /// Its lines (`order_details`).
    pub details: Vec<Row>,
    /// Its refunds (`order_slip`).
    pub slips: Vec<Row>,
    /// The payments under its reference (`order_payments`).
    pub payments: Vec<Row>,
    /// The promotions that were used (`order_cart_rules`).
    pub promotions: Vec<Row>,
    /// What the shop still knows of these promotions (`cart_rules`).
    pub rules: Vec<Row>,
    /// All orders under its reference, itself included.
    pub siblings: Vec<Row>,
    /// What was written about it.
    pub messages: Vec<Row>,
    /// Who ordered.
    pub customer: Option<Row>,
    /// Where the invoice goes.
    pub billing: Option<Row>,
    /// Where the goods go.
    pub delivery: Option<Row>,
}

/// Rows that many orders refer to, by resource and id.
#[derive(Clone, Debug, Default)]
pub(super) struct Reference(BTreeMap<(&'static str, String), Row>);

impl Reference {
    /// Whether a row is known.
    pub fn knows(&self, resource: Resource, id: &str) -> bool {
        self.get(resource, id).is_some()
    }

    /// A row.
    pub fn get(&self, resource: Resource, id: &str) -> Option<&Row> {
        self.0.get(&(resource.path, id.to_owned()))
    }

    /// Adds rows.
    pub fn add(&mut self, resource: Resource, rows: Vec<Row>) {
        self.0.extend(rows.into_iter().map(|row| ((resource.path, row.id().to_owned()), row)));
    }
}

/// An order in canonical form, checked.
///
/// # Errors
/// The first field that cannot be understood, or what [`Order::checked`] refuses.
pub(super) fn order(
    config: &Config,
    zone: &ShopTime,
    reference: &Reference,
    key: &OrderKey,
    dossier: &Dossier,
) -> Result<Order, Rejection> {
    let row = &dossier.order;
    all_lines_there(dossier)?;
    let goods = goods::goods(config, reference, dossier)?;
    let (billing, delivery) = parties::addresses(reference, dossier)?;
    let state = row.required("current_state")?;
    let refunds = refunds::refunds(zone, &dossier.slips, &goods)?;
    let order = Order {
        key: key.clone(),
        number: number(dossier)?,
        state: config.states.meaning(state, reference.get(wire::ORDER_STATES, state)),
        shop_state: state.to_owned(),
        created_at: zone.document(row.required_time("date_add")?),
        currency: parties::currency(reference, row)?,
        customer: parties::customer(config, dossier)?,
        billing,
        delivery,
        wanted_on: parties::wanted_on(config, dossier)?,
        payments: payments::payments(dossier, goods.total)?,
        refunds,
        note: note(dossier),
        vat_total: goods.vat_total,
        total: goods.total,
        lines: goods.lines,
        charges: goods.charges,
        promotions: goods.promotions,
    };
    order.checked()
}

/// The number that the customer knows. A cart that several carriers deliver becomes several orders
/// with one reference; the shop's own pages then write `REFERENCE#2`.
fn number(dossier: &Dossier) -> Result<String, Rejection> {
    let reference = dossier.order.required("reference")?;
    let mut ids: Vec<u64> = dossier.siblings.iter().filter_map(|row| row.id().parse().ok()).collect();
    ids.sort_unstable();
    ids.dedup();
    let own = dossier.order.id().parse::<u64>().ok();
    let place = own.and_then(|id| ids.iter().position(|other| *other == id));
    Ok(match place {
        Some(place) if ids.len() > 1 => format!("{reference}#{}", place + 1),
        _ => reference.to_owned(),
    })
}

/// The lines are read after the order. One that was changed in between comes again, whole.
fn all_lines_there(dossier: &Dossier) -> Result<(), Rejection> {
    let listed = dossier.order.associated("order_rows", "order_row");
    let listed: BTreeSet<&str> = listed.iter().map(Row::id).collect();
    let read: BTreeSet<&str> = dossier.details.iter().map(Row::id).collect();
    if listed == read {
        return Ok(());
    }
    let list = |ids: BTreeSet<&str>| ids.into_iter().collect::<Vec<_>>().join(", ");
    Err(Rejection::new(
        "lines_missing",
        format!("orders[{}].order_rows", dossier.order.id()),
        format!("the order has {}, order_details has {}", list(listed), list(read)),
        "order_details does not hold the lines that the order lists",
    ))
}

/// What the customer wrote with the order: messages of the shop's own people are not his.
fn note(dossier: &Dossier) -> String {
    let mut own: Vec<&Row> = dossier
        .messages
        .iter()
        .filter(|row| !row.flag("private") && row.reference("id_employee").is_none())
        .collect();
    own.sort_by_key(|row| (row.id().parse::<u64>().ok(), row.id().to_owned()));
    let mut texts: Vec<String> = own.iter().map(|row| row.label("message")).collect();
    texts.push(dossier.order.label("gift_message"));
    texts.retain(|text| !text.is_empty());
    texts.join(" / ")
}

#[cfg(test)]
#[path = "map_tests.rs"]
mod tests;
