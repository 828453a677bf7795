//! Everything about a page of orders, in few calls: each resource is asked for all orders at once.
//!
//! Where such a call fails though the shop answers, one of its orders is the reason. The page is then
//! read in halves until that order stands alone; it is set aside, and the others are read.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use passerelle_domain::{Failure, FailureKind, Result};

use super::client::Client;
use super::config::Config;
use super::map::{Dossier, Reference};
use super::wire::{
    ADDRESSES, CARRIERS, CART_RULES, COUNTRIES, CURRENCIES, CUSTOMERS, MESSAGES, ORDER_CART_RULES,
    ORDER_DETAILS, ORDER_PAYMENTS, ORDER_SLIPS, ORDER_STATES, ORDERS, Resource, Row, TAXES,
};

const DOING: &str = "fetch orders";
/// All fields.
pub(super) const FULL: &str = "full";
/// How long states, carriers, currencies… are believed.
const BELIEVED: SignedDuration = SignedDuration::from_mins(10);

/// What many orders refer to, as it was read last.
#[derive(Default)]
pub(super) struct Known(Mutex<(Option<Timestamp>, Reference)>);

impl Known {
    fn lock(&self) -> MutexGuard<'_, (Option<Timestamp>, Reference)> {
        // What is inside is whole whenever it is let go.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, now: Timestamp) -> Reference {
        let mut known = self.lock();
        if known.0.is_none_or(|since| now.duration_since(since) > BELIEVED) {
            *known = (Some(now), Reference::default());
        }
        known.1.clone()
    }

    fn put(&self, reference: &Reference) {
        self.lock().1 = reference.clone();
    }
}

/// Reads items together; those that fail even alone come back apart.
///
/// # Errors
/// When the shop itself is the reason: it does not answer, or refuses us.
pub(super) async fn each_apart<I, T, F>(
    client: &Client,
    items: Vec<I>,
    read: impl Fn(Vec<I>) -> F,
) -> Result<(Vec<T>, Vec<(I, Failure)>)>
where
    I: Clone,
    F: Future<Output = Result<Vec<T>>>,
{
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    let mut open = vec![items];
    while let Some(mut batch) = open.pop() {
        if batch.is_empty() {
            continue;
        }
        let failure = match read(batch.clone()).await {
            Ok(read) => {
                done.extend(read);
                continue;
            }
            Err(failure) => failure,
        };
        if !is_of_the_content(client, &failure).await {
            return Err(failure);
        }
        let half = batch.split_off(batch.len() / 2);
        match batch.is_empty() {
            true => failed.extend(half.into_iter().map(|item| (item, clone(&failure)))),
            false => open.extend([half, batch]),
        }
    }
    Ok((done, failed))
}

fn clone(failure: &Failure) -> Failure {
    Failure::new(failure.kind(), DOING, "one by one", failure.to_string())
}

/// Whether a call failed because of what it is about, while the shop answers.
pub(super) async fn is_of_the_content(client: &Client, failure: &Failure) -> bool {
    failure.kind() != FailureKind::Misconfigured && client.is_up().await
}

/// The dossiers of some orders, and what they refer to.
///
/// # Errors
/// Of the network and of the shop.
pub(super) async fn dossiers(client: &Client, config: &Config, orders: Vec<Row>) -> Result<Vec<Dossier>> {
    let ids = ids(&orders, &["id"]);
    let references = ids_of(orders.iter().map(|order| order.text("reference")), word);
    let by_order = async |resource| client.all(DOING, resource, "id_order", &ids, FULL).await;
    let details = by_order(ORDER_DETAILS).await?;
    let slips = by_order(ORDER_SLIPS).await?;
    let promotions = by_order(ORDER_CART_RULES).await?;
    let messages = by_order(MESSAGES).await?;
    let payments = client.all(DOING, ORDER_PAYMENTS, "order_reference", &references, FULL).await?;
    let totals = "[id,reference,total_paid_tax_incl]";
    let siblings = client.all(DOING, ORDERS, "reference", &references, totals).await?;
    let rules = by_id(client, CART_RULES, self::ids(&promotions, &["id_cart_rule"]), RULE_FIELDS).await?;
    let customers =
        by_id(client, CUSTOMERS, self::ids(&orders, &["id_customer"]), &customer_fields(config)).await?;
    let places = self::ids(&orders, &["id_address_invoice", "id_address_delivery"]);
    let addresses = by_id(client, ADDRESSES, places, FULL).await?;

    let of = |rows: &[Row], field: &str, value: &str| -> Vec<Row> {
        rows.iter().filter(|row| row.text(field) == value).cloned().collect()
    };
    let one =
        |rows: &[Row], id: Option<&str>| id.and_then(|id| rows.iter().find(|row| row.id() == id).cloned());
    Ok(orders
        .into_iter()
        .map(|order| {
            let (id, reference) = (order.id(), order.text("reference"));
            let promotions = of(&promotions, "id_order", id);
            Dossier {
                details: of(&details, "id_order", id),
                slips: of(&slips, "id_order", id),
                payments: of(&payments, "order_reference", reference),
                rules: promotions
                    .iter()
                    .filter_map(|row| one(&rules, row.reference("id_cart_rule")))
                    .collect(),
                promotions,
                siblings: of(&siblings, "reference", reference),
                messages: of(&messages, "id_order", id),
                customer: one(&customers, order.reference("id_customer")),
                billing: one(&addresses, order.reference("id_address_invoice")),
                delivery: one(&addresses, order.reference("id_address_delivery")),
                order,
            }
        })
        .collect())
}

/// The shop also shows the hash of a customer's password. Only what is needed is asked for.
fn customer_fields(config: &Config) -> String {
    let mut fields = vec!["id", "firstname", "lastname", "email", "company", "is_guest"];
    for field in config.fields.of("customers") {
        if !fields.contains(&field) {
            fields.push(field);
        }
    }
    format!("[{}]", fields.join(","))
}

/// Of a voucher, only what says which lines it is for.
const RULE_FIELDS: &str = "[id,code,reduction_product,gift_product]";

/// What dossiers refer to, asked for where it is not known yet.
///
/// # Errors
/// Of the network and of the shop.
pub(super) async fn reference(
    client: &Client,
    known: &Known,
    dossiers: &[Dossier],
    now: Timestamp,
) -> Result<Reference> {
    let mut reference = known.get(now);
    let orders: Vec<Row> = dossiers.iter().map(|dossier| dossier.order.clone()).collect();
    let places = dossiers.iter().flat_map(|dossier| dossier.billing.iter().chain(&dossier.delivery));
    let places: Vec<Row> = places.cloned().collect();
    let details = dossiers.iter().flat_map(|dossier| &dossier.details);
    let taxes: Vec<Row> = details.flat_map(|row| row.associated("taxes", "tax")).collect();
    let mut learnt = false;
    for (resource, wanted, display) in [
        (ORDER_STATES, ids(&orders, &["current_state"]), "[id,paid,logable]"),
        (CURRENCIES, ids(&orders, &["id_currency"]), "[id,iso_code]"),
        (CARRIERS, ids(&orders, &["id_carrier"]), "[id,name]"),
        (COUNTRIES, ids(&places, &["id_country"]), "[id,iso_code]"),
        (TAXES, ids(&taxes, &["id"]), "[id,rate]"),
    ] {
        let wanted: Vec<String> = wanted.into_iter().filter(|id| !reference.knows(resource, id)).collect();
        if !wanted.is_empty() {
            reference.add(resource, by_id(client, resource, wanted, display).await?);
            learnt = true;
        }
    }
    if learnt {
        known.put(&reference);
    }
    Ok(reference)
}

/// Rows by their ids.
pub(super) async fn by_id(
    client: &Client,
    resource: Resource,
    ids: Vec<String>,
    display: &str,
) -> Result<Vec<Row>> {
    client.all(DOING, resource, "id", &ids, display).await
}

/// The ids that rows name, each once.
fn ids(rows: &[Row], fields: &[&str]) -> Vec<String> {
    let named = rows.iter().flat_map(|row| fields.iter().filter_map(|field| row.reference(field)));
    ids_of(named, |id| id.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Texts that can stand in a filter, each once.
fn ids_of<'a>(texts: impl Iterator<Item = &'a str>, allowed: fn(&str) -> bool) -> Vec<String> {
    let texts: BTreeSet<&str> = texts.filter(|text| !text.is_empty() && allowed(text)).collect();
    texts.into_iter().map(str::to_owned).collect()
}

/// References are letters; modules also put digits and a few signs into them.
fn word(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '#' | '/'))
}
