//! WooCommerce, REST v3. Its traps are in `README.md`, and each has a test.

mod config;
mod details;
mod map;
mod pages;
mod paging;
mod report;
mod webhook;
mod wire;

pub(crate) use config::SYSTEM;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use passerelle_domain::{Cursor, CustomerCode, Failure, OrderId, Result, ShopId};
use reqwest::Url;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::accounts::{self, Accounts};
use crate::config::{Connection, is_loopback};
use crate::http::{Authorization, Dialect, Format, Http};
use crate::{
    Acknowledged, FetchedOrder, OrderAcknowledgement, OrderPage, Publication, Published, Shop, Webhook,
    WebhookRefusal, is_number,
};
use config::Config;
use details::Detailed;

const ORDERS: &str = "/wp-json/wc/v3/orders";
/// Where the publishing plugin answers.
const ACCOUNTS: &str = "/wp-json/passerelle/v1";

/// A WooCommerce shop.
struct WooCommerce {
    shop: Connection,
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
    /// Misconfigured when the configuration or the secret is wrong.
    fn connect(shop: &Connection, config: &Config, secret: &str) -> Result<Self> {
        let Secret { consumer_key: key, consumer_secret: secret, webhook_secret } =
            shop.secret(secret, &["consumer_key", "consumer_secret"])?;
        let plain = Url::parse(&shop.url).is_ok_and(|url| url.scheme() == "http" && is_loopback(&url));
        let authorization = if plain {
            Authorization::OAuth1 { key, secret }
        } else {
            Authorization::Basic { user: key, password: Some(secret) }
        };
        let dialect = Dialect { format: Format::Json, fault: accounts::fault };
        let http = Http::new(&shop.id, &shop.url, authorization, dialect, shop.limits)?;
        let http = Arc::new(http);
        let accounts = Accounts::on(&http, ACCOUNTS);
        Ok(Self { shop: shop.clone(), config: config.clone(), http, accounts, webhook_secret })
    }
}

/// Asks for amounts as the shop keeps them: rounded one by one they may miss their sum. See
/// `map/rounding.rs`.
fn exact() -> (&'static str, String) {
    ("dp", "6".to_owned())
}

#[async_trait]
impl Shop for WooCommerce {
    fn id(&self) -> &ShopId {
        &self.shop.id
    }

    async fn orders_changed(&self, from: &Cursor) -> Result<OrderPage> {
        self.page(from).await
    }

    async fn order(&self, id: &OrderId) -> Result<Option<FetchedOrder>> {
        // Its ids are numbers; with any other the address would be that of something else.
        if !is_number(id.as_str()) {
            return Ok(None);
        }
        let path = format!("{ORDERS}/{id}");
        let answer = self.http.get("fetch order", &path).query([exact()]).send().await?;
        if answer.is_not_found() {
            return Ok(None);
        }
        let row: Box<RawValue> = answer.json()?;
        let mut orders = self.understand(&[row], &mut Vec::new()).await?;
        match orders.pop() {
            // Nobody waits behind it: it is tried again as it is.
            Some(Detailed { failure: Some(failure), .. }) => Err(failure),
            Some(Detailed { order, .. }) => Ok(Some(order)),
            None => Ok(None),
        }
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

    async fn acknowledge_order(
        &self,
        id: &OrderId,
        report: &OrderAcknowledgement<'_>,
    ) -> Result<Acknowledged> {
        report::report(&self.http, &self.config.report, id, report).await
    }

    fn erp_numbers(&self, page: &OrderPage) -> BTreeMap<OrderId, String> {
        report::erp_numbers(&self.config.report, &page.raw)
    }

    fn webhook(&self, webhook: &Webhook<'_>) -> Result<Vec<OrderId>, WebhookRefusal> {
        webhook::orders(webhook, &self.webhook_secret)
    }
}
