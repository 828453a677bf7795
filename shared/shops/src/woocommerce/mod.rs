//! WooCommerce, REST v3. Its traps are in `README.md`, and each has a test.

mod config;
mod map;
mod paging;
mod report;
mod webhook;
mod wire;

pub use config::{Config, Meta, States};
pub use report::Report;

use std::sync::Arc;

use async_trait::async_trait;
use passerelle_domain::{
    Cursor, CustomerCode, Failure, FailureKind, OrderId, OrderKey, Rejection, Result, ShopId,
};
use reqwest::Url;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use crate::accounts::{self, Accounts};
use crate::http::{Authorization, Dialect, Format, Http, is_loopback};
use crate::{
    FetchedOrder, OrderPage, OrderReport, Publication, Published, Reported, Shop, Webhook, WebhookRefusal,
};
use paging::Step;

const ORDERS: &str = "/wp-json/wc/v3/orders";
/// Where the publishing plugin answers.
const ACCOUNTS: &str = "/wp-json/passerelle/v1";

/// Refunds a page: the most that WooCommerce gives. No order has more than this many pages of them.
const REFUND_PAGE: usize = 100;
const REFUND_PAGES: u64 = 100;

/// A WooCommerce shop.
pub struct WooCommerce {
    config: Config,
    http: Arc<Http>,
    accounts: Accounts,
    webhook_secret: String,
}

/// The secret as Secrets Manager keeps it. No `Debug`: it must not get into a log.
#[derive(Deserialize)]
struct Secret {
    consumer_key: String,
    consumer_secret: String,
    #[serde(default)]
    webhook_secret: String,
}

impl WooCommerce {
    /// A client of the shop.
    ///
    /// # Errors
    /// [`FailureKind::Misconfigured`] when the configuration or the secret is wrong.
    pub fn connect(config: &Config, secret: &str) -> Result<Self> {
        let Secret { consumer_key: key, consumer_secret: secret, webhook_secret } =
            serde_json::from_str(secret)
                .ok()
                .filter(|secret: &Secret| {
                    !secret.consumer_key.is_empty() && !secret.consumer_secret.is_empty()
                })
                .ok_or_else(|| {
                    let cause = "the secret is JSON with the texts consumer_key and consumer_secret";
                    Failure::misconfigured("connect to shop", config.id.as_str(), cause)
                })?;
        let plain = Url::parse(&config.url).is_ok_and(|url| url.scheme() == "http" && is_loopback(&url));
        let authorization = if plain {
            Authorization::OAuth1 { key, secret }
        } else {
            Authorization::Basic { user: key, password: Some(secret) }
        };
        let dialect = Dialect { format: Format::Json, fault: accounts::fault };
        let http = Http::new(&config.id, &config.url, authorization, dialect, config.limits)?;
        let http = Arc::new(http);
        let accounts = Accounts::on(&http, ACCOUNTS);
        Ok(Self { config: config.clone(), http, accounts, webhook_secret })
    }

    /// Understands one order, and fetches its refunds if it has any. What was read goes to `raw`.
    ///
    /// # Errors
    /// When not even its id and time can be read (rejected), or its refunds cannot be fetched now.
    async fn understand(&self, at: &str, answer: &RawValue, raw: &mut Vec<u8>) -> Result<FetchedOrder> {
        push_line(raw, answer.get());
        let (key, modified_at) = self.head(answer.get()).map_err(|rejection| {
            Failure::rejected("read order", format!("{} {at}", self.config.id), rejection)
        })?;
        let order = match wire::read::<wire::Order>(answer.get()) {
            Err(rejection) => Err(rejection),
            Ok(order) => match self.refunds(&key.id, &order, raw).await? {
                Err(rejection) => Err(rejection),
                Ok(refunds) => map::order(&self.config, &key, &order, &refunds),
            },
        };
        Ok(FetchedOrder { key, modified_at, order })
    }

    fn head(&self, answer: &str) -> Result<(OrderKey, jiff::Timestamp), Rejection> {
        let head: wire::Head = wire::read(answer)?;
        let id = OrderId::new(head.id.as_str())
            .map_err(|error| Rejection::new("unreadable", "id", head.id.as_str(), error.to_string()))?;
        let modified_at = map::instant("date_modified_gmt", &head.date_modified_gmt)?;
        Ok((OrderKey { shop: self.config.id.clone(), id }, modified_at))
    }

    /// The refunds of an order, all pages. One that was thrown away has none any more.
    async fn refunds(
        &self,
        id: &OrderId,
        order: &wire::Order,
        raw: &mut Vec<u8>,
    ) -> Result<Result<Vec<wire::Refund>, Rejection>> {
        let mut refunds = Vec::new();
        if order.refunds.0.is_empty() || order.status.as_str() == "trash" {
            return Ok(Ok(refunds));
        }
        for page in 1..=REFUND_PAGES {
            let query = [("per_page", REFUND_PAGE.to_string()), ("page", page.to_string())];
            let path = format!("{ORDERS}/{id}/refunds");
            let answer = self.http.get("fetch refunds", &path).query(query).send().await?;
            let rows: Vec<&RawValue> = answer.json()?;
            for row in &rows {
                match wire::read(row.get()) {
                    Ok(refund) => refunds.push(refund),
                    Err(mut rejection) => {
                        rejection.field = format!("refunds[{}].{}", refunds.len(), rejection.field);
                        return Ok(Err(rejection));
                    }
                }
            }
            push_line(raw, &json!({ "refunds_of": id, "refunds": rows }).to_string());
            if rows.len() < REFUND_PAGE && answer.count("x-wp-totalpages").is_none_or(|pages| pages <= page) {
                break;
            }
        }
        Ok(Ok(refunds))
    }
}

/// Adds one line of JSON. Line ends in JSON can only stand between its parts, where a space does too.
fn push_line(raw: &mut Vec<u8>, json: &str) {
    raw.extend(json.bytes().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { byte }));
    raw.push(b'\n');
}

#[async_trait]
impl Shop for WooCommerce {
    fn id(&self) -> &ShopId {
        &self.config.id
    }

    async fn orders_changed(&self, from: &Cursor) -> Result<OrderPage> {
        let step = Step::of(from);
        let mut query = vec![
            ("orderby", "modified".into()),
            ("order", "asc".into()),
            ("dates_are_gmt", "true".into()),
            ("per_page", self.config.page_size.to_string()),
            ("status", self.config.statuses.join(",")),
        ];
        query.extend(step.query());
        let answer = self.http.get("list orders", ORDERS).query(query).send().await?;
        let rows: Vec<&RawValue> = answer.json()?;
        let mut raw = Vec::new();
        let mut orders = Vec::with_capacity(rows.len());
        for (i, row) in rows.into_iter().enumerate() {
            orders.push(self.understand(&format!("page[{i}]"), row, &mut raw).await?);
        }
        orders.sort_by_key(|order| order.modified_at);
        let modified: Vec<_> = orders.iter().map(|order| order.modified_at).collect();
        let seen = paging::Answer {
            modified: &modified,
            page_size: self.config.page_size.into(),
            pages: answer.count("x-wp-totalpages"),
            now: answer.date(),
        };
        let next =
            step.next(from, seen).map_err(|cause| answer.because(FailureKind::Misconfigured, cause))?;
        let remaining = matches!(step, Step::After(_)).then(|| answer.count("x-wp-total")).flatten();
        Ok(OrderPage { raw, orders, next: next.cursor, caught_up: next.caught_up, remaining })
    }

    async fn order(&self, id: &OrderId) -> Result<Option<FetchedOrder>> {
        // Its ids are numbers; with any other the address would be that of something else.
        if !id.as_str().bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(None);
        }
        let path = format!("{ORDERS}/{id}");
        let answer = self.http.get("fetch order", &path).send().await?;
        if answer.status() == 404 && answer.failure().is_some_and(|f| f.kind() == FailureKind::Rejected) {
            return Ok(None);
        }
        let row: &RawValue = answer.json()?;
        Ok(Some(self.understand(id.as_str(), row, &mut Vec::new()).await?))
    }

    async fn find_customer(&self, code: &CustomerCode) -> Result<Option<String>> {
        self.accounts.find(code).await
    }

    async fn publish_invoice(&self, publication: &Publication<'_>) -> Result<Published> {
        if publication.shop_customer.parse::<u64>().is_err() {
            let cause = format!("{:?} is no account of WooCommerce (a number)", publication.shop_customer);
            return Err(Failure::rejected("publish invoice", publication.number.as_str(), cause));
        }
        self.accounts.publish(publication).await
    }

    async fn report_order(&self, id: &OrderId, report: &OrderReport<'_>) -> Result<Reported> {
        report::report(&self.http, &self.config.report, id, report).await
    }

    fn webhook(&self, webhook: &Webhook<'_>) -> Result<Vec<OrderId>, WebhookRefusal> {
        webhook::orders(webhook, &self.webhook_secret)
    }
}
