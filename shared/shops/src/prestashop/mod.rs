//! PrestaShop 1.7 to 9, webservice. Its traps are in `README.md`, and each has a test.

mod client;
mod config;
mod map;
mod paging;
mod read;
mod report;
mod time;
mod webhook;
mod wire;
mod xml;

pub(crate) use config::SYSTEM;

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::DateTime;
use passerelle_domain::{
    Cursor, CustomerCode, Failure, FailureKind, OrderId, OrderKey, Rejection, Result, ShopId,
};
use serde::Deserialize;
use serde_json::json;

use crate::accounts::Accounts;
use crate::config::Connection;
use crate::{
    Acknowledged, FetchedOrder, OrderAcknowledgement, OrderPage, Publication, Published, Shop, Webhook,
    WebhookRefusal, is_number, only_one,
};
use client::{Client, Rows};
use config::Config;
use map::Dossier;
use paging::{Next, Place, Slips, Step, stretch};
use read::{FULL, Known};
use time::ShopTime;
use wire::{ADDRESSES, CUSTOMERS, ORDER_SLIPS, ORDERS, Row};

/// A PrestaShop.
struct PrestaShop {
    shop: Connection,
    config: Config,
    zone: ShopTime,
    client: Client,
    accounts: Option<Accounts>,
    webhook_secret: String,
    known: Known,
}

/// The secret as Secrets Manager keeps it. No `Debug`: it must not get into a log.
#[derive(Deserialize)]
struct Secret {
    key: String,
    #[serde(default)]
    webhook_secret: String,
    #[serde(default)]
    invoices_token: String,
}

/// Orders to be understood.
#[derive(Default)]
struct Found {
    rows: Vec<Row>,
    /// Those that cannot even be read: id, when they changed, why.
    broken: Vec<(String, Timestamp, Failure)>,
}

impl PrestaShop {
    /// A client of the shop.
    ///
    /// # Errors
    /// [`FailureKind::Misconfigured`] when the configuration or the secret is wrong.
    fn connect(shop: &Connection, config: &Config, secret: &str) -> Result<Self> {
        let secret: Secret = shop.secret(secret, &["key"])?;
        Ok(Self {
            client: Client::new(shop, config.id_shop, secret.key)?,
            zone: config.zone().map_err(|fault| shop.misconfigured(fault.to_string()))?,
            accounts: Accounts::connect(shop, &config.invoices_url, &secret.invoices_token)?,
            shop: shop.clone(),
            config: config.clone(),
            webhook_secret: secret.webhook_secret,
            known: Known::default(),
        })
    }

    /// A part of the orders in the shop's order, with their places.
    ///
    /// # Errors
    /// Of the network and of the shop.
    async fn list(&self, step: &Step) -> Result<(Found, Vec<Place>, Timestamp)> {
        const DOING: &str = "list orders";
        let query = |display: &str| {
            let mut query = step.orders_query();
            query.extend([
                ("date", "1".to_owned()),
                ("limit", format!("0,{}", self.shop.page_size)),
                ("display", display.to_owned()),
            ]);
            query
        };
        let failure = match self.client.rows(DOING, ORDERS, query(FULL)).await {
            Ok(answer) => {
                let places = self.places(&answer.rows)?;
                return Ok((Found { rows: answer.rows, broken: Vec::new() }, places, answer.now));
            }
            Err(failure) => failure,
        };
        if !read::is_of_the_content(&self.client, &failure).await {
            return Err(failure);
        }
        let light = self.client.rows(DOING, ORDERS, query("[id,date_upd]")).await?;
        let places = self.places(&light.rows)?;
        let changed: BTreeMap<String, Timestamp> = places
            .iter()
            .map(|(changed, id)| (id.to_string(), self.zone.change(*changed, light.now)))
            .collect();
        Ok((self.find(changed).await?, places, light.now))
    }

    /// Orders by their ids, each with when it changed as far as is known before it is read.
    async fn find(&self, changed: BTreeMap<String, Timestamp>) -> Result<Found> {
        let ids: Vec<String> = changed.keys().cloned().collect();
        let read = |ids| read::by_id(&self.client, ORDERS, ids, FULL);
        let (rows, failed) = read::each_apart(&self.client, ids, read).await?;
        let broken = failed
            .into_iter()
            .map(|(id, failure)| {
                let at = changed.get(&id).copied().unwrap_or_default();
                (id, at, failure)
            })
            .collect();
        Ok(Found { rows, broken })
    }

    /// When each order changed, in the shop's time, and its id.
    fn places(&self, rows: &[Row]) -> Result<Vec<Place>> {
        rows.iter()
            .map(|row| {
                let id = row.required("id")?;
                let number = id.parse().map_err(|_| row.wrong("unreadable", "id", "is no number"))?;
                Ok((row.required_time("date_upd")?, number))
            })
            .collect::<Result<_, Rejection>>()
            .map_err(|rejection| Failure::rejected("list orders", self.shop.id.as_str(), rejection))
    }

    /// The slips of a stretch of time with an id above `above`.
    async fn slips(&self, from: DateTime, to: Option<DateTime>, above: u64) -> Result<Rows> {
        let query = vec![
            ("filter[date_upd]", stretch(from, to)),
            ("filter[id]", format!(">[{above}]")),
            ("sort", "[id_ASC]".to_owned()),
            ("date", "1".to_owned()),
            ("limit", format!("0,{}", self.shop.page_size)),
            ("display", "[id,id_order,date_upd]".to_owned()),
        ];
        self.client.rows("list refunds", ORDER_SLIPS, query).await
    }

    /// Adds the orders of slips that are not there yet, and returns the slips' times.
    async fn add_refunded(&self, slips: &[Row], found: &mut Found, now: Timestamp) -> Result<Vec<Timestamp>> {
        let mut times = Vec::new();
        let mut changed = BTreeMap::new();
        for slip in slips {
            let at = slip.time("date_upd").ok().flatten().map_or(now, |local| self.zone.change(local, now));
            times.push(at);
            let Some(id) = slip.reference("id_order") else { continue };
            if !found.rows.iter().any(|row| row.id() == id) && found.broken.iter().all(|(b, ..)| b != id) {
                changed.insert(id.to_owned(), at);
            }
        }
        let more = self.find(changed).await?;
        found.rows.extend(more.rows);
        found.broken.extend(more.broken);
        Ok(times)
    }

    /// Understands orders, and adds what was read of each to `raw`, a line an order.
    async fn understand(&self, found: Found, now: Timestamp, raw: &mut Vec<u8>) -> Result<Vec<FetchedOrder>> {
        let read = |rows| read::dossiers(&self.client, &self.config, rows);
        let (dossiers, failed) = read::each_apart(&self.client, found.rows, read).await?;
        let reference = read::reference(&self.client, &self.known, &dossiers, now).await?;
        let mut orders = Vec::new();
        for dossier in &dossiers {
            let key = self.key(dossier.order.id())?;
            let modified_at = self.modified_at(dossier, now);
            raw.extend(line(dossier));
            let order = map::order(&self.config, &self.zone, &reference, &key, dossier);
            orders.push(FetchedOrder { key, modified_at, order });
        }
        let mut broken = found.broken;
        for (row, failure) in failed {
            let changed = row.required_time("date_upd").map(|local| self.zone.change(local, now));
            broken.push((row.id().to_owned(), changed.unwrap_or(now), failure));
        }
        for (id, modified_at, failure) in broken {
            raw.extend(json!({ "unreadable": id }).to_string().bytes().chain([b'\n']));
            let rule = "the shop cannot show the order and all about it";
            let order = Err(Rejection::new("unreadable", format!("orders[{id}]"), failure.to_string(), rule));
            orders.push(FetchedOrder { key: self.key(&id)?, modified_at, order });
        }
        orders.sort_by(|a, b| (a.modified_at, &a.key.id).cmp(&(b.modified_at, &b.key.id)));
        Ok(orders)
    }

    fn key(&self, id: &str) -> Result<OrderKey> {
        let id = OrderId::new(id)
            .map_err(|error| Failure::rejected("read order", self.shop.id.as_str(), error))?;
        Ok(OrderKey { shop: self.shop.id.clone(), id })
    }

    /// When an order or its last slip changed. A time that cannot be read must not hold up the others.
    fn modified_at(&self, dossier: &Dossier, now: Timestamp) -> Timestamp {
        let rows = std::iter::once(&dossier.order).chain(&dossier.slips);
        let times = rows.filter_map(|row| row.time("date_upd").ok().flatten());
        times.map(|local| self.zone.change(local, now)).max().unwrap_or(now)
    }
}

/// What was read about an order, as it came: its own element and all others, in one line of JSON.
fn line(dossier: &Dossier) -> Vec<u8> {
    let sources = |rows: &[Row]| rows.iter().map(|row| row.source.clone()).collect::<Vec<_>>();
    let one = |row: &Option<Row>| row.as_ref().map(|row| row.source.clone());
    let line = json!({
        "id": dossier.order.id(),
        "order": dossier.order.source,
        "order_details": sources(&dossier.details),
        "order_slip": sources(&dossier.slips),
        "order_payments": sources(&dossier.payments),
        "order_cart_rules": sources(&dossier.promotions),
        "cart_rules": sources(&dossier.rules),
        "siblings": sources(&dossier.siblings),
        "messages": sources(&dossier.messages),
        "customer": one(&dossier.customer),
        "invoice_address": one(&dossier.billing),
        "delivery_address": one(&dossier.delivery),
    });
    let mut line = line.to_string().into_bytes();
    line.push(b'\n');
    line
}

#[async_trait]
impl Shop for PrestaShop {
    fn id(&self) -> &ShopId {
        &self.shop.id
    }

    async fn orders_changed(&self, from: &Cursor) -> Result<OrderPage> {
        let step = Step::of(from, &self.zone);
        let page_size = usize::from(self.shop.page_size);
        let (mut found, places, mut now) = match &step {
            // Slips alone: the orders of this stretch were read before them.
            Step::Slips(_) => (Found::default(), Vec::new(), Timestamp::MAX),
            _ => self.list(&step).await?,
        };
        let read_at = now;
        let mut next = step
            .after_orders(&places, page_size, |local| self.zone.change(local, read_at))
            .map_err(|cause| Failure::misconfigured("list orders", self.shop.id.as_str(), cause))?;
        let slips = match &step {
            Step::From(second) => Some((*second, end(&next), 0)),
            Step::Slips(slips) => Some((slips.from, slips.to, slips.above)),
            // Their slips were read with the page before.
            Step::Second(..) => None,
        };
        if let Some((first, to, above)) = slips {
            let Rows { rows, now: then } = self.slips(first, to, above).await?;
            now = now.min(then);
            let times = self.add_refunded(&rows, &mut found, now).await?;
            let last = rows.iter().filter_map(|row| row.id().parse::<u64>().ok()).max().unwrap_or(above);
            if rows.len() >= page_size && last > above {
                let reached = next.reached.unwrap_or(from.watermark);
                let then = next.step.take().map(Box::new);
                let slips = Slips { from: first, to, above: last, reached, then };
                next = Next { step: Some(Step::Slips(slips)), reached: None };
            } else if next.step.is_none() && matches!(step, Step::From(_)) {
                // Read right after the orders. Later slips say nothing about orders since then.
                next.reached = next.reached.into_iter().chain(times).max();
            }
        }
        let mut raw = Vec::new();
        let orders = self.understand(found, now, &mut raw).await?;
        // Never back, and never ahead of the shop's own clock: an order stamped in the future would
        // hide all that are changed until then.
        let watermark = next.reached.unwrap_or(from.watermark).min(now).max(from.watermark);
        let caught_up = next.step.is_none();
        let resume = next.step.map(|step| step.words());
        Ok(OrderPage { raw, orders, next: Cursor { watermark, resume }, caught_up, remaining: None })
    }

    async fn order(&self, id: &OrderId) -> Result<Option<FetchedOrder>> {
        // Its ids are numbers; with any other the filter would choose something else.
        if !is_number(id.as_str()) {
            return Ok(None);
        }
        let query = vec![("filter[id]", format!("[{id}]")), ("display", FULL.to_owned())];
        let answer = self.client.rows("fetch order", ORDERS, query).await?;
        let rows: Vec<Row> = answer.rows.into_iter().filter(|row| row.id() == id.as_str()).collect();
        if rows.is_empty() {
            return Ok(None);
        }
        let dossiers = read::dossiers(&self.client, &self.config, rows).await?;
        let reference = read::reference(&self.client, &self.known, &dossiers, answer.now).await?;
        let Some(dossier) = dossiers.first() else { return Ok(None) };
        let key = self.key(dossier.order.id())?;
        let modified_at = self.modified_at(dossier, answer.now);
        let order = map::order(&self.config, &self.zone, &reference, &key, dossier);
        Ok(Some(FetchedOrder { key, modified_at, order }))
    }

    async fn find_customer(&self, code: &CustomerCode) -> Result<Option<String>> {
        const DOING: &str = "find customer";
        let wrong = |cause: &str| Failure::misconfigured(DOING, self.shop.id.as_str(), cause.to_owned());
        let (resource, field) =
            self.config.fields.erp_code.split_once('.').ok_or_else(|| wrong("fields.erp_code is empty"))?;
        // Brackets would make an expression of the code.
        if code.as_str().contains(['[', ']']) {
            return Ok(None);
        }
        let (resource, account) = match resource {
            "addresses" => (ADDRESSES, "id_customer"),
            _ => (CUSTOMERS, "id"),
        };
        let filter = format!("filter[{field}]");
        let query = vec![
            (filter.as_str(), code.to_string()),
            ("filter[deleted]", "[0]".to_owned()),
            (
                "display",
                if account == "id" { format!("[id,{field}]") } else { format!("[id,{account},{field}]") },
            ),
            ("limit", "0,20".to_owned()),
        ];
        let rows = self.client.rows(DOING, resource, query).await?.rows;
        // The database compares without case, accents and spaces at the end.
        let same = rows.iter().filter(|row| row.as_it_stands(field) == code.as_str());
        only_one(code, same.filter_map(|row| row.reference(account)).map(str::to_owned).collect())
    }

    async fn publish_invoice(&self, publication: &Publication<'_>) -> Result<Published> {
        const DOING: &str = "publish invoice";
        let number = publication.number.as_str();
        let accounts = self.accounts.as_ref().ok_or_else(|| {
            Failure::misconfigured(
                DOING,
                number,
                "invoices_url is not configured, where the module takes them",
            )
        })?;
        if publication.shop_customer.parse::<u64>().is_err() {
            let cause = format!("{:?} is no account of PrestaShop (a number)", publication.shop_customer);
            return Err(Failure::new(FailureKind::Rejected, DOING, number, cause));
        }
        accounts.publish(publication).await
    }

    async fn acknowledge_order(
        &self,
        id: &OrderId,
        report: &OrderAcknowledgement<'_>,
    ) -> Result<Acknowledged> {
        report::report(&self.client, &self.config, id, report).await
    }

    fn webhook(&self, webhook: &Webhook<'_>) -> Result<Vec<OrderId>, WebhookRefusal> {
        webhook::orders(webhook, &self.webhook_secret)
    }
}

/// The last second of a page of orders; nothing where it is open.
fn end(next: &Next) -> Option<DateTime> {
    match next.step.as_ref()? {
        Step::From(end) => Some(*end),
        Step::Second(second, _) => Some(*second),
        Step::Slips(slips) => slips.to,
    }
}
