//! WooCommerce, REST v3. Its traps are in `README.md`, and each has a test.

mod client;
mod config;
mod map;
mod oauth;
mod paging;
mod wire;

pub use config::{Config, Meta, States};

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use passerelle_domain::{
    Cursor, CustomerCode, Failure, FailureKind, OrderId, OrderKey, Rejection, Result, Revision, ShopId,
};
use reqwest::Method;
use serde_json::json;
use serde_json::value::RawValue;

use crate::{FetchedOrder, OrderPage, Publication, Published, Shop};
use client::Client;
use paging::Step;

const ORDERS: &str = "/wp-json/wc/v3/orders";
const INVOICES: &str = "/wp-json/passerelle/v1/invoices/";
const CUSTOMERS: &str = "/wp-json/passerelle/v1/customers";

/// The publishing plugin's word for an account that is not there.
const NO_CUSTOMER: &str = "passerelle_no_such_customer";

/// Refunds a page: the most that WooCommerce gives. No order has more than this many pages of them.
const REFUND_PAGE: usize = 100;
const REFUND_PAGES: u64 = 100;

/// A WooCommerce shop.
pub struct WooCommerce {
    config: Config,
    client: Client,
}

impl WooCommerce {
    /// A client of the shop.
    ///
    /// # Errors
    /// [`FailureKind::Misconfigured`] when the configuration or the secret is wrong.
    pub fn connect(config: &Config, secret: &str) -> Result<Self> {
        Ok(Self { client: Client::new(config, secret)?, config: config.clone() })
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
            let query = vec![("per_page", REFUND_PAGE.to_string()), ("page", page.to_string())];
            let path = format!("{ORDERS}/{id}/refunds");
            let answer = self.client.send("fetch refunds", Method::GET, &path, query, None).await?;
            let rows: Vec<&RawValue> = self.client.json(&answer)?;
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
        let answer = self.client.send("list orders", Method::GET, ORDERS, query, None).await?;
        let rows: Vec<&RawValue> = self.client.json(&answer)?;
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
        let answer = self.client.send("fetch order", Method::GET, &path, Vec::new(), None).await?;
        if answer.status() == 404 && self.client.failure(&answer).kind() == FailureKind::Rejected {
            return Ok(None);
        }
        let row: &RawValue = self.client.json(&answer)?;
        Ok(Some(self.understand(id.as_str(), row, &mut Vec::new()).await?))
    }

    async fn find_customer(&self, code: &CustomerCode) -> Result<Option<String>> {
        let query = vec![("erp_code", code.to_string())];
        let answer = self.client.send("find customer", Method::GET, CUSTOMERS, query, None).await?;
        if answer.status() == 404 && self.client.failure(&answer).kind() == FailureKind::Rejected {
            return Ok(None);
        }
        let customer: wire::CustomerRef = self.client.json(&answer)?;
        Ok(Some(customer.customer_id.as_str().to_owned()))
    }

    async fn publish_invoice(&self, publication: &Publication<'_>) -> Result<Published> {
        const DOING: &str = "publish invoice";
        let customer: u64 = publication.shop_customer.parse().map_err(|_| {
            let cause = format!("{:?} is no account of WooCommerce (a number)", publication.shop_customer);
            Failure::rejected(DOING, publication.number.as_str(), cause)
        })?;
        let body = json!({
            "customer_id": customer,
            "kind": publication.kind,
            "issued_on": publication.issued_on,
            "due_on": publication.due_on,
            "currency": publication.currency,
            "gross": publication.gross,
            "due": publication.due,
            "sha256": Revision::of_bytes(publication.pdf),
            "pdf": STANDARD.encode(publication.pdf),
        });
        let path = format!("{INVOICES}{}", oauth::encode(publication.number.as_str()));
        let answer = self.client.send(DOING, Method::PUT, &path, Vec::new(), Some(&body)).await?;
        match answer.status() {
            201 => Ok(Published::Now),
            200 if answer.is_json() => Ok(Published::Before),
            404 if answer.fault().code.as_str() == NO_CUSTOMER => Ok(Published::NoSuchCustomer),
            _ => Err(self.client.failure(&answer)),
        }
    }
}
