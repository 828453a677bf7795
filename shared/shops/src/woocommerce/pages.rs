//! Pages of orders, also where the shop dies of one of them.
//!
//! When a page fails in a way that may be an order's fault (500, half an answer, too large, too slow),
//! only the ids and times of its orders are asked for: WooCommerce does not look at their content
//! then. The orders are asked for by their ids, in halves, until those that fail stand alone. Where
//! even the ids cannot be read, the page is made smaller, down to one order, and that one is passed
//! over; nobody knows its id, so it is set aside under the time of the order behind it.
//!
//! None of this happens while the shop answers nothing else either, nor for the very last order:
//! nobody waits behind that, and the page's own failure says most.

use jiff::Timestamp;
use passerelle_domain::{Cursor, Failure, FailureKind, OrderId, OrderKey, Result};
use serde_json::json;
use serde_json::value::RawValue;

use super::details::push_line;
use super::paging::{self, Step};
use super::{ORDERS, WooCommerce, exact, map, wire};
use crate::http::Answer;
use crate::{FetchedOrder, OrderPage, unreachable};

/// What the shop said about a page, with those orders apart that it cannot tell.
struct Listed {
    rows: Vec<Box<RawValue>>,
    unreachable: Vec<FetchedOrder>,
    /// When each order of the page was modified, those that cannot be read included.
    modified: Vec<Timestamp>,
    page_size: usize,
    pages: Option<u64>,
    /// How many orders are left from this page on.
    total: Option<u64>,
    now: Option<Timestamp>,
    /// Where to go on when the page's own order is passed over.
    passed: Option<Timestamp>,
}

/// A failure, and whether an order on the page may be to blame.
struct Trouble {
    failure: Failure,
    suspect: bool,
}

impl WooCommerce {
    /// The page at a cursor.
    pub(super) async fn page(&self, from: &Cursor) -> Result<OrderPage> {
        let step = Step::of(from);
        let size = usize::from(self.shop.page_size);
        let listed = match self.list(step, size).await {
            Ok(listed) => listed,
            Err(Trouble { failure, suspect: false }) => return Err(failure),
            Err(Trouble { failure, .. }) => self.list_apart(step, size, failure).await?,
        };
        let mut raw = Vec::new();
        let mut orders = listed.unreachable;
        for order in &orders {
            let why = order.order.as_ref().err();
            push_line(&mut raw, &json!({ "unreachable": order.key.id, "why": why }).to_string());
        }
        let mut failure = None;
        for detailed in self.understand(&listed.rows, &mut raw).await? {
            failure = failure.or(detailed.failure);
            orders.push(detailed.order);
        }
        if let Some(failure) = failure {
            // Others have to wait, and the shop answers else: only then it is the order's fault.
            if listed.total == Some(1) || self.heads(step, 1, 1).await.is_err() {
                return Err(failure);
            }
            tracing::warn!(shop = %self.shop.id, error = %failure, "orders cannot be read; set aside");
        }
        orders.sort_by_key(|order| order.modified_at);
        let seen = paging::Answer {
            modified: &listed.modified,
            page_size: listed.page_size,
            pages: listed.pages,
            now: listed.now,
        };
        let next = match listed.passed {
            Some(second) => step.past(from, second, listed.now),
            None => step
                .next(from, seen)
                .map_err(|cause| Failure::misconfigured("list orders", self.shop.id.as_str(), cause))?,
        };
        let remaining = listed.total;
        Ok(OrderPage { raw, orders, next: next.cursor, caught_up: next.caught_up, remaining })
    }

    /// What every list of orders is asked for.
    fn query(&self, step: Step, size: usize) -> Vec<(&'static str, String)> {
        let mut query = vec![
            ("orderby", "modified".to_owned()),
            ("order", "asc".to_owned()),
            ("dates_are_gmt", "true".to_owned()),
            ("per_page", size.to_string()),
            ("status", self.config.statuses.join(",")),
        ];
        query.extend(step.query());
        query
    }

    async fn list(&self, step: Step, size: usize) -> Result<Listed, Trouble> {
        let mut query = self.query(step, size);
        query.push(exact());
        let (answer, rows) = self.rows("list orders", query, None).await?;
        Ok(Listed::of(step, &answer, rows, size))
    }

    async fn rows(
        &self,
        doing: &'static str,
        query: Vec<(&'static str, String)>,
        attempts: Option<u32>,
    ) -> Result<(Answer, Vec<Box<RawValue>>), Trouble> {
        let request = self.http.get(doing, ORDERS).query(query);
        let request = if let Some(attempts) = attempts { request.attempts(attempts) } else { request };
        // Without an answer: too large, or too slow, or nobody is there.
        let answer = request.send().await.map_err(|failure| Trouble { failure, suspect: true })?;
        let suspect = !matches!(answer.status(), 300..=499 | 503);
        let rows = answer.json().map_err(|failure| Trouble { failure, suspect })?;
        Ok((answer, rows))
    }

    /// The ids and times of a page.
    async fn heads(&self, step: Step, size: usize, page: u64) -> Result<Listed, Trouble> {
        let mut query = self.query(step, size);
        query.push(("_fields", "id,date_modified_gmt".to_owned()));
        if page > 1 {
            query.retain(|(name, _)| *name != "page");
            query.push(("page", page.to_string()));
        }
        let (answer, rows) = self.rows("list ids of orders", query, Some(1)).await?;
        Ok(Listed::of(step, &answer, rows, size))
    }

    /// A page that failed as a whole, order by order.
    async fn list_apart(&self, step: Step, size: usize, failure: Failure) -> Result<Listed> {
        tracing::warn!(shop = %self.shop.id, error = %failure, "a page fails; its orders are read apart");
        let mut size = size;
        loop {
            match self.heads(step, size, 1).await {
                Ok(heads) => return self.by_id(heads, failure).await,
                Err(trouble) if !trouble.suspect => return Err(failure),
                Err(_) if size > 1 && matches!(step, Step::After(_)) => size /= 2,
                Err(_) => return self.past_one(step, failure).await,
            }
        }
    }

    /// The orders of a list of ids, in halves, until those that fail stand alone.
    async fn by_id(&self, heads: Listed, failure: Failure) -> Result<Listed> {
        let mut ids = Vec::new();
        for row in &heads.rows {
            let head: wire::Head = wire::read(row.get()).map_err(|rejection| {
                Failure::rejected("list ids of orders", self.shop.id.as_str(), rejection)
            })?;
            ids.push((head.id.as_str().to_owned(), modified(row)));
        }
        let mut listed = Listed { rows: Vec::new(), ..heads };
        let mut left = vec![ids.as_slice()];
        while let Some(ids) = left.pop() {
            let [(first, modified_at), others @ ..] = ids else { continue };
            let names: Vec<&str> = ids.iter().map(|(id, _)| id.as_str()).collect();
            let mut query = vec![("include", names.join(",")), ("per_page", ids.len().to_string()), exact()];
            query.push(("status", self.config.statuses.join(",")));
            let attempts = (!others.is_empty()).then_some(1);
            match self.rows("list orders by id", query, attempts).await {
                Ok((_, rows)) => listed.rows.extend(rows),
                Err(trouble) if !trouble.suspect => return Err(trouble.failure),
                Err(_) if !others.is_empty() => {
                    let (one, other) = ids.split_at(ids.len() / 2);
                    left.extend([other, one]);
                }
                Err(trouble) => {
                    listed.unreachable.push(self.set_aside(first, *modified_at, &trouble.failure)?);
                }
            }
        }
        let several = listed.total.is_none_or(|total| total > 1);
        let shop_is_down = ids.len() > 1 && listed.rows.is_empty();
        if !listed.unreachable.is_empty() && (shop_is_down || !several) {
            return Err(failure);
        }
        Ok(listed)
    }

    /// Passes over the one order at a step of which not even the id can be read.
    async fn past_one(&self, step: Step, failure: Failure) -> Result<Listed> {
        let Step::After(_) = step else { return Err(failure) };
        let Ok(behind) = self.heads(step, 1, 2).await else { return Err(failure) };
        let (Some(&second), total) = (behind.modified.first(), behind.total) else { return Err(failure) };
        // All others of the second behind it, so that the next page may start after it.
        let mut heads = behind;
        for page in 3.. {
            if heads.rows.len() > 100 {
                return Err(failure);
            }
            match self.heads(step, 1, page).await {
                Ok(more) if more.modified.first() == Some(&second) => {
                    heads.rows.extend(more.rows);
                    heads.modified.extend(more.modified);
                }
                Ok(_) => break,
                Err(_) => return Err(failure),
            }
        }
        let name = format!("before-{}", second.strftime("%Y-%m-%dT%H:%M:%SZ"));
        let passed = self.set_aside(&name, second, &failure)?;
        let mut listed = self.by_id(heads, failure).await?;
        listed.unreachable.push(passed);
        Ok(Listed { passed: Some(second), total, ..listed })
    }

    fn set_aside(&self, id: &str, modified_at: Timestamp, failure: &Failure) -> Result<FetchedOrder> {
        tracing::warn!(shop = %self.shop.id, order = id, error = %failure, "an order cannot be read; set aside");
        let id = OrderId::new(id)
            .map_err(|error| Failure::new(FailureKind::Rejected, "set order aside", id, error.to_string()))?;
        let key = OrderKey { shop: self.shop.id.clone(), id };
        Ok(FetchedOrder { key, modified_at, order: Err(unreachable(failure)) })
    }
}

impl Listed {
    fn of(step: Step, answer: &Answer, rows: Vec<Box<RawValue>>, page_size: usize) -> Self {
        Self {
            modified: rows.iter().map(|row| modified(row)).collect(),
            rows,
            unreachable: Vec::new(),
            page_size,
            pages: answer.count("x-wp-totalpages"),
            // Of one second alone it does not say what is left.
            total: if matches!(step, Step::After(_)) { answer.count("x-wp-total") } else { None },
            now: answer.date(),
            passed: None,
        }
    }
}

/// When an order was modified. What cannot be read is reported, with its place, where it is understood.
fn modified(row: &RawValue) -> Timestamp {
    let head: Option<wire::Head> = wire::read(row.get()).ok();
    let time = head.and_then(|head| map::instant("date_modified_gmt", &head.date_modified_gmt).ok());
    time.unwrap_or(Timestamp::MIN)
}
