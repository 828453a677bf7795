//! Shopify, Admin GraphQL API. Its traps are in `README.md`, and each has a test.

mod config;
mod details;
mod envelope;
mod graphql;
mod lists;
mod map;
mod paging;
mod queries;
mod report;
mod webhook;
mod wire;

pub(crate) use config::SYSTEM;

use std::fmt;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use passerelle_domain::{Cursor, CustomerCode, Failure, FailureKind, OrderId, Result, ShopId};
use serde::Deserialize;
use serde_json::json;

use crate::accounts::Accounts;
use crate::config::Connection;
use crate::http::{Authorization, Http};
use crate::{
    Acknowledged, FetchedOrder, OrderAcknowledgement, OrderPage, Publication, Published, Shop, Webhook,
    WebhookRefusal, is_number, only_one,
};
use config::Config;
use details::{ALONE, Wanted};
use graphql::Client;
use paging::{Seen, Step};

/// How far back a token without `read_all_orders` sees: "the last 60 days worth of orders".
const VISIBLE: SignedDuration = SignedDuration::from_hours(60 * 24);
const ALL_ORDERS: &str = "read_all_orders";

/// A Shopify shop.
struct Shopify {
    shop: Connection,
    config: Config,
    client: Client,
    accounts: Option<Accounts>,
    webhook_secret: String,
}

/// The secret as Secrets Manager keeps it. No `Debug`: it must not get into a log.
#[derive(Deserialize)]
struct Secret {
    access_token: String,
    /// The app's client secret, which signs its webhooks.
    #[serde(default)]
    webhook_secret: String,
    #[serde(default)]
    invoices_token: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    orders: wire::Connection<wire::Head>,
    orders_count: Option<Count>,
}

#[derive(Deserialize)]
struct Count {
    count: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Granted {
    current_app_installation: Installation,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Installation {
    access_scopes: Vec<Scope>,
}

#[derive(Deserialize)]
struct Scope {
    handle: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Located {
    company_locations: wire::Connection<FoundLocation>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FoundLocation {
    id: String,
    external_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Identified {
    customer_by_identifier: Option<IdentifiedCustomer>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IdentifiedCustomer {
    id: String,
    erp_code: Option<wire::Metafield>,
}

/// The global id of an order.
fn order_gid(id: impl fmt::Display) -> String {
    format!("gid://shopify/Order/{id}")
}

/// Adds one line of JSON. Line ends in JSON can only stand between its parts, where a space does too.
fn push_line(raw: &mut Vec<u8>, json: &str) {
    raw.extend(json.bytes().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { byte }));
    raw.push(b'\n');
}

impl Shopify {
    /// A client of the shop.
    ///
    /// # Errors
    /// [`FailureKind::Misconfigured`] when the configuration or the secret is wrong.
    fn connect(shop: &Connection, config: &Config, secret: &str) -> Result<Self> {
        let secret: Secret = shop.secret(secret, &["access_token"])?;
        let accounts = Accounts::connect(shop, &config.invoices_url, &secret.invoices_token)?;
        let authorization =
            Authorization::Header { name: "x-shopify-access-token", value: secret.access_token };
        let http = Http::new(&shop.id, &shop.url, authorization, graphql::DIALECT, shop.limits)?;
        let client = Client::new(http, &config.api_version);
        let (shop, config) = (shop.clone(), config.clone());
        Ok(Self { shop, config, client, accounts, webhook_secret: secret.webhook_secret })
    }

    /// Whether the shop answers at all: the cheapest thing there is to ask.
    async fn answers(&self) -> bool {
        self.client.ask("ask whether it answers", queries::GRANTED, json!({})).await.is_ok()
    }

    /// Without a word, Shopify hides orders older than sixty days from a token that may not read all.
    /// A first import that starts before is stopped; later on it is only said, for nothing need be
    /// missing where nothing changed for so long.
    async fn check_reach(&self, from: &Cursor, now: Timestamp) -> Result<()> {
        let horizon = now.checked_sub(VISIBLE).unwrap_or(Timestamp::MIN);
        if from.watermark >= horizon {
            return Ok(());
        }
        let reply = self.client.ask("read access scopes", queries::GRANTED, json!({})).await?;
        let granted: Granted = reply.data()?;
        let mut scopes = granted.current_app_installation.access_scopes.iter();
        if scopes.any(|scope| scope.handle == ALL_ORDERS) {
            return Ok(());
        }
        if from.resume.is_none() && from.watermark <= self.shop.since {
            let cause = format!(
                "`since` is {}, but without the access scope {ALL_ORDERS} Shopify shows no order from before {horizon}; grant it, or set `since` later",
                self.shop.since
            );
            return Err(reply.because(FailureKind::Misconfigured, cause));
        }
        tracing::warn!(
            shop = %self.shop.id,
            watermark = %from.watermark,
            "without {ALL_ORDERS}, Shopify shows no order older than 60 days: changes of such are not seen"
        );
        Ok(())
    }

    /// The company location with this code as its `externalId`.
    async fn find_location(&self, code: &CustomerCode) -> Result<Option<String>> {
        let quoted = code.as_str().replace('\\', "\\\\").replace('"', "\\\"");
        let variables = json!({ "query": format!("external_id:\"{quoted}\"") });
        let reply = self.client.ask("find customer", queries::FIND_LOCATION, variables).await?;
        let found: Located = reply.data()?;
        // A search is no comparison: it ignores case, and leaves out a filter that it does not know.
        let locations = found.company_locations.nodes.iter();
        let same = locations.filter(|location| location.external_id.as_deref() == Some(code.as_str()));
        only_one(code, same.map(|location| map::account(&location.id)).collect())
    }

    /// The search for a page, without orders that are none.
    fn search(&self, step: Step) -> String {
        let search = step.search();
        if self.config.test_orders { search } else { format!("{search} test:false") }
    }
}

#[async_trait]
impl Shop for Shopify {
    fn id(&self) -> &ShopId {
        &self.shop.id
    }

    async fn orders_changed(&self, from: &Cursor) -> Result<OrderPage> {
        let step = Step::of(from);
        let variables = json!({
            "query": self.search(step), "first": self.shop.page_size, "sort": step.sort(),
        });
        let reply = self.client.ask("list orders", queries::LIST_ORDERS, variables).await?;
        if let Some(cause) = reply.ignored_filter() {
            return Err(reply.because(FailureKind::Misconfigured, cause));
        }
        self.check_reach(from, reply.date().unwrap_or_else(Timestamp::now)).await?;
        let listed: Listed = reply.data()?;
        let mut wanted = Vec::with_capacity(listed.orders.nodes.len());
        for (i, head) in listed.orders.nodes.iter().enumerate() {
            let place = |what: &str| reply.because(FailureKind::Rejected, format!("orders[{i}]: {what}"));
            let id = map::number(&head.id).ok_or_else(|| place("the id ends in no number"))?;
            let modified_at = map::instant("updatedAt", &head.updated_at)
                .map_err(|rejection| place(&rejection.to_string()))?;
            wanted.push(Wanted { id, modified_at });
        }
        let seen: Vec<Seen> =
            wanted.iter().map(|wanted| Seen { id: wanted.id, at: wanted.modified_at }).collect();
        let next = step
            .next(from, &seen, listed.orders.page_info.has_next_page, reply.date())
            .map_err(|cause| reply.because(FailureKind::Misconfigured, cause))?;
        let mut raw = Vec::new();
        let mut orders = self.fetch(&wanted, &mut raw).await?;
        orders.sort_by(|a, b| (a.modified_at, &a.key).cmp(&(b.modified_at, &b.key)));
        let remaining = matches!(step, Step::From(_)).then_some(listed.orders_count).flatten();
        Ok(OrderPage {
            raw,
            orders,
            next: next.cursor,
            caught_up: next.caught_up,
            remaining: remaining.map(|remaining| remaining.count),
        })
    }

    async fn order(&self, id: &OrderId) -> Result<Option<FetchedOrder>> {
        // Its ids are numbers.
        let Ok(id) = id.as_str().parse() else { return Ok(None) };
        let wanted = [Wanted { id, modified_at: ALONE }];
        let order = self.fetch(&wanted, &mut Vec::new()).await?.pop();
        Ok(order)
    }

    async fn find_customer(&self, code: &CustomerCode) -> Result<Option<String>> {
        if self.config.companies
            && let Some(location) = self.find_location(code).await?
        {
            return Ok(Some(location));
        }
        if !self.config.meta.erp_code_is_id {
            return Ok(None);
        }
        let (namespace, key) = config::metafield(&self.config.meta.erp_code);
        let custom = json!({ "namespace": namespace, "key": key, "value": code.as_str() });
        let variables = json!({ "identifier": { "customId": custom }, "namespace": namespace, "key": key });
        let reply = self.client.ask("find customer", queries::FIND_CUSTOMER, variables).await?;
        let found: Identified = reply.data()?;
        let same = found
            .customer_by_identifier
            .filter(|customer| customer.erp_code.as_ref().is_some_and(|found| found.value == code.as_str()));
        Ok(same.map(|customer| map::account(&customer.id)))
    }

    async fn publish_invoice(&self, publication: &Publication<'_>) -> Result<Published> {
        let Some(accounts) = &self.accounts else {
            let cause = "Shopify has no place for invoices: `invoices_url` names the app that has";
            return Err(Failure::misconfigured("publish invoice", self.shop.id.as_str(), cause));
        };
        accounts.publish(publication).await
    }

    async fn acknowledge_order(
        &self,
        id: &OrderId,
        report: &OrderAcknowledgement<'_>,
    ) -> Result<Acknowledged> {
        if !is_number(id.as_str()) {
            return Ok(Acknowledged::NoSuchOrder);
        }
        report::report(&self.client, &self.config.report, id, report).await
    }

    fn webhook(&self, webhook: &Webhook<'_>) -> Result<Vec<OrderId>, WebhookRefusal> {
        webhook::orders(webhook, &self.shop.url, &self.webhook_secret)
    }
}
