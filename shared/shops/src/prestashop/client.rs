//! The webservice's lists: `GET /api/orders?display=full&filter[id]=[1|2|3]`.

use jiff::Timestamp;
use passerelle_domain::{Failure, FailureKind, Result};
use reqwest::Method;

use super::wire::{self, ORDER_STATES, Resource, Row};
use crate::config::Connection;
use crate::http::{Answer, Authorization, Dialect, Format, Http, ShopFault};

/// Rows asked for at once where a list is read to its end.
const CHUNK: usize = 500;
/// Chunks of one list: far more than the lines of a page of orders.
const MOST_CHUNKS: usize = 200;

/// Codes of the webservice for a resource, field or filter that it does not have: 27, 32, 35, 38. What
/// is asked for comes from the configuration, so that is wrong, or the shop is too old.
const NO_SUCH_FIELD: [&str; 4] = ["code 27:", "code 32:", "code 35:", "code 38:"];

/// A connection with one shop.
pub(super) struct Client {
    http: Http,
    id_shop: Option<u32>,
}

/// Rows, and the shop's clock when it sent them.
pub(super) struct Rows {
    pub rows: Vec<Row>,
    pub now: Timestamp,
}

/// What the webservice says when it does not do what was asked.
fn fault(answer: &Answer) -> Option<ShopFault> {
    if answer.status() < 400 {
        return None;
    }
    let words = wire::fault(answer.body()).unwrap_or_default();
    let misconfigured = answer.status() == 405 || NO_SUCH_FIELD.iter().any(|code| words.starts_with(code));
    let code = words.split(':').next().unwrap_or_default().to_owned();
    Some(ShopFault { code, words, kind: misconfigured.then_some(FailureKind::Misconfigured), wait: None })
}

impl Client {
    pub fn new(shop: &Connection, id_shop: Option<u32>, key: String) -> Result<Self> {
        let authorization = Authorization::Basic { user: key, password: None };
        let dialect = Dialect { format: Format::Xml, fault };
        let http = Http::new(&shop.id, &shop.url, authorization, dialect, shop.limits)?;
        Ok(Self { http, id_shop })
    }

    fn query<'a>(&self, more: Vec<(&'a str, String)>) -> Vec<(&'a str, String)> {
        let mut query = vec![("output_format", "XML".to_owned())];
        query.extend(self.id_shop.map(|id| ("id_shop", id.to_string())));
        query.extend(more);
        query
    }

    /// The rows of one answer.
    ///
    /// # Errors
    /// Of the network and of the shop; [`FailureKind::Retry`] when the answer is no such document.
    pub async fn rows(
        &self,
        doing: &'static str,
        resource: Resource,
        query: Vec<(&str, String)>,
    ) -> Result<Rows> {
        let path = format!("/api/{}", resource.path);
        let answer = self.http.get(doing, &path).query(self.query(query)).send().await?;
        let rows = wire::rows(answer.checked()?.body(), resource)
            .map_err(|cause| answer.because(FailureKind::Retry, cause))?;
        Ok(Rows { rows, now: answer.date().unwrap_or_else(Timestamp::now) })
    }

    /// All rows of which a field has one of these values; an `id` at most once each.
    ///
    /// # Errors
    /// As [`Client::rows`].
    pub async fn all(
        &self,
        doing: &'static str,
        resource: Resource,
        field: &str,
        values: &[String],
        display: &str,
    ) -> Result<Vec<Row>> {
        if values.is_empty() {
            return Ok(Vec::new());
        }
        let filter = format!("filter[{field}]");
        let chosen = format!("[{}]", values.join("|"));
        if field == "id" {
            let query = vec![(filter.as_str(), chosen), ("display", display.to_owned())];
            return Ok(self.rows(doing, resource, query).await?.rows);
        }
        let mut all: Vec<Row> = Vec::new();
        let mut above = 0_u64;
        for _ in 0..MOST_CHUNKS {
            let query = vec![
                (filter.as_str(), chosen.clone()),
                ("filter[id]", format!(">[{above}]")),
                ("sort", "[id_ASC]".to_owned()),
                ("limit", format!("0,{CHUNK}")),
                ("display", display.to_owned()),
            ];
            let rows = self.rows(doing, resource, query).await?.rows;
            let last = rows.iter().filter_map(|row| row.id().parse::<u64>().ok()).max();
            let full = rows.len() >= CHUNK;
            all.extend(rows);
            match last {
                Some(last) if full && last > above => above = last,
                _ => return Ok(all),
            }
        }
        let cause = format!("more than {} rows for {} values", CHUNK * MOST_CHUNKS, values.len());
        Err(Failure::misconfigured(doing, resource.path, format!("{cause}; lower page_size")))
    }

    /// Whether the shop answers at all.
    pub async fn is_up(&self) -> bool {
        let query = vec![("display", "[id]".to_owned()), ("limit", "0,1".to_owned())];
        self.rows("ask whether the shop answers", ORDER_STATES, query).await.is_ok()
    }

    /// Adds a row (POST) or changes single fields of one (PATCH, since PrestaShop 8). Values are texts.
    ///
    /// # Errors
    /// Of the network and of the shop.
    pub async fn write(
        &self,
        doing: &'static str,
        method: Method,
        resource: Resource,
        fields: &[(&str, &str)],
    ) -> Result<()> {
        let mut body = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><prestashop><{}>", resource.item);
        for (field, value) in fields {
            let value = quick_xml::escape::escape(*value);
            body += &format!("<{field}>{value}</{field}>");
        }
        body += &format!("</{}></prestashop>", resource.item);
        let path = match fields.first() {
            Some(("id", id)) => format!("/api/{}/{id}", resource.path),
            _ => format!("/api/{}", resource.path),
        };
        let request = self.http.request(doing, method, &path).query(self.query(Vec::new()));
        request.body(body.into_bytes(), "application/xml").send().await?.checked()?;
        Ok(())
    }
}
