//! Reading orders, with what Magento keeps apart from them: credit memos, and the customer's
//! attributes. Lists only, so that a page costs a handful of calls whatever it holds; an order that
//! makes its list fail is found out and set aside.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use passerelle_domain::{Failure, FailureKind, OrderId, OrderKey, Rejection, Result};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::config::Config;
use super::map::{self, Parts};
use super::paging::Mark;
use super::search::Search;
use super::wire::{self, Head};
use crate::config::Connection;
use crate::http::{Answer, Http};
use crate::{FetchedOrder, unreachable};

pub(super) const ORDERS: &str = "/rest/V1/orders";
pub(super) const MEMOS: &str = "/rest/V1/creditmemos";
pub(super) const CUSTOMERS: &str = "/rest/V1/customers/search";

/// Pages of credit memos that are read for one page of orders.
const MOST_PAGES: usize = 1_000;

/// A shop as it is read.
pub(super) struct Reader<'a> {
    pub http: &'a Http,
    pub shop: &'a Connection,
    pub config: &'a Config,
    /// The answers as they came, a line each.
    pub raw: Vec<u8>,
}

/// An order of a list.
pub(super) struct Row {
    pub key: OrderKey,
    /// What it is sorted by.
    pub mark: Mark,
    /// Its JSON, or why there is none.
    content: Result<Value, Rejection>,
}

/// A list's answer.
pub(super) struct Listed {
    pub rows: Vec<Row>,
    /// Of all that was listed, also of what was gone when it was read by itself.
    pub marks: Vec<Mark>,
    pub total: Option<u64>,
}

/// Credit memos by their order, or why those of an order cannot be read.
type Memos = BTreeMap<String, Result<Vec<Value>, Rejection>>;

/// A status that says that this very thing cannot be answered, while the shop answers else.
fn is_broken(answer: &Answer) -> bool {
    answer.status() == 500
}

/// Why such an answer says nothing. (Without Magento's words: they end in a number of their own each
/// time.)
fn broken(answer: &Answer) -> Rejection {
    unreachable(&answer.failure().unwrap_or_else(|| answer.because(FailureKind::Retry, "HTTP 500")))
}

impl Reader<'_> {
    fn page_size(&self) -> usize {
        self.shop.page_size.into()
    }

    /// The first page of what matches, in the configured store views.
    pub fn search(&self) -> Search {
        let search = Search::first(self.page_size());
        match self.config.store_ids.as_slice() {
            [] => search,
            ids => search.one_of("store_id", ids),
        }
    }

    async fn list(&self, doing: &'static str, path: &str, search: &Search) -> Result<Answer> {
        self.http.get(doing, path).query(search.query()).send().await
    }

    /// Marks of the credit memos changed after a mark, with their orders, and the shop's clock.
    pub async fn memos_changed(
        &self,
        after: Mark,
    ) -> Result<(Vec<(Mark, OrderId)>, Option<u64>, Option<Timestamp>)> {
        let search =
            self.search().changed_after(after).only("items[entity_id,order_id,updated_at],total_count");
        let answer = self.list("list credit memos", MEMOS, &search).await?;
        let page: wire::Page<'_> = answer.json()?;
        let mut memos = Vec::with_capacity(page.items.0.len());
        for (i, row) in page.items.0.iter().enumerate() {
            let memo = head(row).and_then(|(mark, _, head)| {
                let order = OrderId::new(head.order_id.as_str()).map_err(|error| {
                    Rejection::new("unreadable", "order_id", head.order_id.as_str(), error.to_string())
                })?;
                Ok((mark, order))
            });
            memos.push(memo.map_err(|rejection| self.at(&format!("creditmemos[{i}]"), rejection))?);
        }
        Ok((memos, page.total_count, answer.date()))
    }

    /// The orders of a list, kept as they came.
    pub async fn orders(&mut self, search: &Search) -> Result<Listed> {
        const DOING: &str = "list orders";
        let answer = self.list(DOING, ORDERS, search).await?;
        if is_broken(&answer) {
            return self.orders_one_by_one(search, &answer).await;
        }
        let page: wire::Page<'_> = answer.json()?;
        let mut rows = Vec::with_capacity(page.items.0.len());
        for (i, row) in page.items.0.into_iter().enumerate() {
            rows.push(self.row(&format!("page[{i}]"), row)?);
        }
        let marks = rows.iter().map(|row| row.mark).collect();
        Ok(Listed { rows, marks, total: page.total_count })
    }

    /// One order in it may be what the list dies of. Ids and times alone can still be listed; then each
    /// order is asked for by itself.
    async fn orders_one_by_one(&mut self, search: &Search, failed: &Answer) -> Result<Listed> {
        let search = search.clone().only("items[entity_id,updated_at],total_count");
        let answer = self.list("list orders", ORDERS, &search).await?;
        let (Ok(page), failure) = (answer.json::<wire::Page<'_>>(), failed.failure()) else {
            return Err(failed.failure().unwrap_or_else(|| failed.because(FailureKind::Retry, "HTTP 500")));
        };
        let (mut rows, mut marks) = (Vec::new(), Vec::new());
        for (i, row) in page.items.0.iter().enumerate() {
            let at = format!("page[{i}]");
            let (mark, key, _) = self.head(&at, row)?;
            marks.push(mark);
            let answer = self.http.get("fetch order", &format!("{ORDERS}/{}", key.id)).send().await?;
            if is_broken(&answer) {
                let content = Err(broken(&answer));
                self.keep(row.get());
                rows.push(Row { key, mark, content });
            } else if !answer.is_not_found() {
                rows.push(self.row(&at, answer.json()?)?);
            }
        }
        tracing::warn!(
            shop = %self.shop.id, orders = rows.len(), error = failure.map(|failure| failure.to_string()),
            "a page of orders cannot be listed; its orders were read one by one"
        );
        Ok(Listed { rows, marks, total: page.total_count })
    }

    /// One order; nothing when there is none.
    pub async fn order(&mut self, id: &OrderId) -> Result<Option<Row>> {
        let answer = self.http.get("fetch order", &format!("{ORDERS}/{id}")).send().await?;
        if answer.is_not_found() {
            return Ok(None);
        }
        self.row(id.as_str(), answer.json()?).map(Some)
    }

    fn at(&self, at: &str, rejection: Rejection) -> Failure {
        Failure::rejected("read order", format!("{} {at}", self.shop.id), rejection)
    }

    fn head(&self, at: &str, row: &RawValue) -> Result<(Mark, OrderKey, Head)> {
        let (mark, id, head) = head(row).map_err(|rejection| self.at(at, rejection))?;
        Ok((mark, OrderKey { shop: self.shop.id.clone(), id }, head))
    }

    fn row(&mut self, at: &str, row: &RawValue) -> Result<Row> {
        let (mark, key, _) = self.head(at, row)?;
        self.keep(row.get());
        Ok(Row { key, mark, content: wire::parse(row.get()) })
    }

    /// Adds one line of JSON. Line ends in JSON can only stand between its parts, where a space does.
    fn keep(&mut self, json: &str) {
        self.raw.extend(json.bytes().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { byte }));
        self.raw.push(b'\n');
    }

    /// The orders, understood, with their credit memos and customers, oldest change first. `touched` is
    /// when credit memos were changed that need not have touched their orders.
    pub async fn understand(
        &mut self,
        rows: Vec<Row>,
        touched: &BTreeMap<OrderId, Timestamp>,
    ) -> Result<Vec<FetchedOrder>> {
        let ids: Vec<&str> = rows.iter().map(|row| row.key.id.as_str()).collect();
        let memos = self.memos_of(&ids).await?;
        let customers = self.customers_of(&rows).await?;
        let mut orders = Vec::with_capacity(rows.len());
        for row in rows {
            let own = memos.get(row.key.id.as_str());
            let memo_times = own.into_iter().flatten().flatten().filter_map(updated_at);
            let modified_at = memo_times
                .chain(touched.get(&row.key.id).copied())
                .fold(row.mark.0, |latest, at| latest.max(at));
            let order = row.content.and_then(|order| {
                let memos = match own {
                    None => &[][..],
                    Some(Ok(memos)) => memos,
                    Some(Err(rejection)) => return Err(rejection.clone()),
                };
                let customer = customers.get(wire::named_text(&order, "customer_id").as_str());
                map::order(self.config, &row.key, Parts { order: &order, memos, customer })
            });
            orders.push(FetchedOrder { key: row.key, modified_at, order });
        }
        orders.sort_by_key(|order| order.modified_at);
        Ok(orders)
    }

    /// All credit memos of these orders. Those of an order that make their list fail are its fault.
    async fn memos_of(&mut self, orders: &[&str]) -> Result<Memos> {
        let mut memos = Memos::new();
        let mut asked: Vec<&[&str]> = orders.chunks(self.page_size()).collect();
        while let Some(orders) = asked.pop() {
            match self.memos_together(orders).await? {
                Ok(rows) => {
                    for memo in rows {
                        let order = wire::named_text(&memo, "order_id").as_str().to_owned();
                        if let Ok(memos) = memos.entry(order).or_insert_with(|| Ok(Vec::new())) {
                            memos.push(memo);
                        }
                    }
                }
                Err(rejection) => match orders {
                    [] => {}
                    [order] => drop(memos.insert((*order).to_owned(), Err(rejection))),
                    several => {
                        let (first, second) = several.split_at(several.len() / 2);
                        asked.extend([second, first]);
                    }
                },
            }
        }
        Ok(memos)
    }

    async fn memos_together(&mut self, orders: &[&str]) -> Result<Result<Vec<Value>, Rejection>> {
        let mut memos = Vec::new();
        let mut last = 0;
        for _ in 0..MOST_PAGES {
            let mut search = Search::first(self.page_size()).one_of("order_id", orders);
            if last > 0 {
                search = search.any(&[("entity_id", "gt", last.to_string())]);
            }
            let answer = self.list("list credit memos", MEMOS, &search.sorted_by("entity_id")).await?;
            if is_broken(&answer) {
                return Ok(Err(broken(&answer)));
            }
            let page: wire::Page<'_> = answer.json()?;
            let (before, rows) = (last, page.items.0.len());
            for (i, row) in page.items.0.iter().enumerate() {
                let at = format!("creditmemos[{i}]");
                let ((_, id), ..) = head(row).map_err(|rejection| self.at(&at, rejection))?;
                if id <= before {
                    let cause = "the shop lists credit memos again: something drops the filters";
                    return Err(answer.because(FailureKind::Misconfigured, cause));
                }
                last = last.max(id);
                memos.push(wire::parse(row.get()).map_err(|rejection| self.at(&at, rejection))?);
            }
            if rows > 0 {
                self.keep(&json!({ "creditmemos": page.items.0 }).to_string());
            }
            let more = rows >= self.page_size() || page.total_count.is_some_and(|all| all > rows as u64);
            if rows == 0 || !more {
                return Ok(Ok(memos));
            }
        }
        let cause = format!("more than {MOST_PAGES} pages of credit memos for {} orders", orders.len());
        Err(Failure::rejected("list credit memos", self.shop.id.as_str(), cause))
    }

    /// The accounts of the orders that do not say themselves who their customer is for the ERP.
    async fn customers_of(&mut self, rows: &[Row]) -> Result<BTreeMap<String, Value>> {
        let ids: BTreeSet<u64> = rows
            .iter()
            .filter_map(|row| row.content.as_ref().ok())
            .filter(|order| wire::named_text(order, &self.config.fields.erp_code).is_empty())
            .filter_map(|order| wire::named_text(order, "customer_id").as_str().parse().ok())
            .filter(|&id| id > 0)
            .collect();
        let ids: Vec<u64> = ids.into_iter().collect();
        let mut customers = BTreeMap::new();
        for ids in ids.chunks(self.page_size()) {
            let search = Search::first(self.page_size())
                .one_of("entity_id", ids)
                .sorted_by("entity_id")
                .only("items[id,taxvat,custom_attributes,extension_attributes],total_count");
            let answer = self.list("list customers", CUSTOMERS, &search).await?;
            let page: wire::Page<'_> = answer.json()?;
            if page.items.0.is_empty() {
                continue;
            }
            self.keep(&json!({ "customers": page.items.0 }).to_string());
            for (i, row) in page.items.0.iter().enumerate() {
                let customer =
                    wire::parse(row.get()).map_err(|fault| self.at(&format!("customers[{i}]"), fault))?;
                customers.insert(wire::named_text(&customer, "id").as_str().to_owned(), customer);
            }
        }
        Ok(customers)
    }
}

/// Id and time of an order or a credit memo.
fn head(row: &RawValue) -> Result<(Mark, OrderId, Head), Rejection> {
    // Without a look at the rest: that may be nested too deep to be read.
    let wrong = |field: &str, value: &str, rule: String| Rejection::new("unreadable", field, value, rule);
    let head: Head = serde_json::from_str(row.get()).map_err(|error| {
        wrong("entity_id", &row.get().chars().take(80).collect::<String>(), error.to_string())
    })?;
    let id = head.entity_id.as_str();
    let number = id.parse().map_err(|_| wrong("entity_id", id, "is no number".into()))?;
    let order = OrderId::new(id).map_err(|error| wrong("entity_id", id, error.to_string()))?;
    let at = map::instant("updated_at", &head.updated_at)?;
    Ok(((at, number), order, head))
}

fn updated_at(memo: &Value) -> Option<Timestamp> {
    map::instant("updated_at", &wire::named_text(memo, "updated_at")).ok()
}
