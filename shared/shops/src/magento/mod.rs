//! Magento 2 and Adobe Commerce, REST. Its traps are in `README.md`, and each has a test.

mod config;
mod fault;
mod map;
mod paging;
mod read;
mod report;
mod search;
mod webhook;
mod wire;

pub(crate) use config::SYSTEM;

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use passerelle_domain::{Cursor, CustomerCode, Failure, OrderId, Result, ShopId};
use serde::Deserialize;
use serde_json::Value;

use crate::accounts::Accounts;
use crate::config::Connection;
use crate::http::{Authorization, Dialect, Format, Http};
use crate::{
    Acknowledged, FetchedOrder, OrderAcknowledgement, OrderPage, Publication, Published, Shop, Webhook,
    WebhookRefusal, is_number, only_one,
};
use config::Config;
use paging::{Mark, Position};
use read::{CUSTOMERS, Reader};
use search::Search;

/// A Magento shop.
struct Magento {
    shop: Connection,
    config: Config,
    http: Http,
    /// Where invoices go; nothing where no address is configured.
    accounts: Option<Accounts>,
    webhook_secret: String,
}

/// The secret as Secrets Manager keeps it. No `Debug`: it must not get into a log.
#[derive(Deserialize)]
struct Secret {
    token: String,
    #[serde(default)]
    webhook_secret: String,
    #[serde(default)]
    invoices_token: String,
}

impl Magento {
    /// A client of the shop.
    ///
    /// # Errors
    /// Misconfigured when the configuration or the secret is wrong.
    fn connect(shop: &Connection, config: &Config, secret: &str) -> Result<Self> {
        let secret: Secret = shop.secret(secret, &["token"])?;
        let value = format!("Bearer {}", secret.token);
        let authorization = Authorization::Header { name: "authorization", value };
        let dialect = Dialect { format: Format::Json, fault: fault::fault };
        let http = Http::new(&shop.id, &shop.url, authorization, dialect, shop.limits)?;
        let accounts = Accounts::connect(shop, &config.invoices_url, &secret.invoices_token)?;
        let (shop, config) = (shop.clone(), config.clone());
        Ok(Self { shop, config, http, accounts, webhook_secret: secret.webhook_secret })
    }

    fn reader(&self) -> Reader<'_> {
        Reader { http: &self.http, shop: &self.shop, config: &self.config, raw: Vec::new() }
    }
}

#[async_trait]
impl Shop for Magento {
    fn id(&self) -> &ShopId {
        &self.shop.id
    }

    async fn orders_changed(&self, from: &Cursor) -> Result<OrderPage> {
        let position = Position::of(from);
        let mut reader = self.reader();
        let (memos, memo_count, now) = reader.memos_changed(position.memos).await?;
        let listed = reader.orders(&reader.search().changed_after(position.orders)).await?;
        let page_size = usize::from(self.shop.page_size);
        let memo_marks: Vec<Mark> = memos.iter().map(|&(mark, _)| mark).collect();
        let memo_answer = paging::Answer { marks: &memo_marks, page_size, total: memo_count };
        let answer = paging::Answer { marks: &listed.marks, page_size, total: listed.total };
        let next = position
            .next(from, memo_answer, answer, now)
            .map_err(|cause| Failure::misconfigured("list orders", self.shop.id.as_str(), cause))?;

        let mut touched = BTreeMap::new();
        for ((at, _), order) in memos {
            touched.entry(order).and_modify(|latest| *latest = at.max(*latest)).or_insert(at);
        }
        let mut rows = listed.rows;
        let there: BTreeSet<&OrderId> = rows.iter().map(|row| &row.key.id).collect();
        let others: Vec<&OrderId> = touched.keys().filter(|order| !there.contains(order)).collect();
        if !others.is_empty() {
            let search = Search::first(page_size).one_of("entity_id", others).sorted_by("entity_id");
            let others = reader.orders(&search).await?.rows;
            rows.extend(others);
        }
        let orders = reader.understand(rows, &touched).await?;
        let (raw, remaining) = (reader.raw, listed.total);
        Ok(OrderPage { raw, orders, next: next.cursor, caught_up: next.caught_up, remaining })
    }

    async fn order(&self, id: &OrderId) -> Result<Option<FetchedOrder>> {
        // Its ids are numbers; with any other the address would be that of something else.
        if !is_number(id.as_str()) {
            return Ok(None);
        }
        let mut reader = self.reader();
        let Some(row) = reader.order(id).await? else { return Ok(None) };
        Ok(reader.understand(vec![row], &BTreeMap::new()).await?.pop())
    }

    async fn find_customer(&self, code: &CustomerCode) -> Result<Option<String>> {
        let attribute = &self.config.customer.erp_code;
        // Those that differ by case come, too.
        let search = Search::first(usize::from(self.shop.page_size).max(20))
            .any(&[(attribute, "eq", code.to_string())])
            .sorted_by("entity_id")
            .only("items[id,custom_attributes,extension_attributes],total_count");
        let answer = self.http.get("find customer", CUSTOMERS).query(search.query()).send().await?;
        let page: wire::Page<'_> = answer.json()?;
        let mut accounts = Vec::new();
        for row in page.items.0 {
            let customer: Value =
                serde_json::from_str(row.get()).map_err(|error| answer.unreadable(&error))?;
            // The database compares without regard to case and to spaces at the end.
            if wire::attribute(&customer, attribute).0 == code.as_str() {
                accounts.push(wire::named_text(&customer, "id").as_str().to_owned());
            }
        }
        only_one(code, accounts)
    }

    async fn publish_invoice(&self, publication: &Publication<'_>) -> Result<Published> {
        const DOING: &str = "publish invoice";
        if publication.shop_customer.parse::<u64>().is_err() {
            let cause = format!("{:?} is no account of Magento (a number)", publication.shop_customer);
            return Err(Failure::rejected(DOING, publication.number.as_str(), cause));
        }
        match &self.accounts {
            Some(accounts) => accounts.publish(publication).await,
            None => {
                let cause = "invoices_url is not configured: the address of the shop's module for invoices";
                Err(Failure::misconfigured(DOING, self.shop.id.as_str(), cause))
            }
        }
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
        webhook::orders(&self.config.webhook, webhook, &self.webhook_secret)
    }
}
