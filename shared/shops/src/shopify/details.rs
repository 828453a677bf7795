//! Reading whole orders: several in a call, the rest of their long lists, and each apart where
//! together fails.

use jiff::Timestamp;
use passerelle_domain::{Failure, FailureKind, OrderId, OrderKey, Rejection, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::graphql::{Partial, Reply};
use super::wire::{self, Connection};
use super::{Shopify, config, map, order_gid, queries};
use crate::FetchedOrder;
pub(super) use crate::json::from_text as read;
use crate::json::shown_text;

const DOING: &str = "fetch orders";

/// How many of a plain list are read with the order, as `fetch-orders.graphql` says.
const TRANSACTIONS: usize = 50;
const REFUNDS: usize = 10;
/// The most that Shopify gives of a plain list: that many may be more.
const MOST: usize = 250;
/// The most pages of one list that are read: no order has more.
const PAGES: usize = 100;

/// An order to be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    pub id: u64,
    /// When it changed, as its list said; [`ALONE`] outside of one.
    pub modified_at: Timestamp,
}

/// The time of an order that is asked for by itself: no list said when it changed, and it holds up none.
pub(super) const ALONE: Timestamp = Timestamp::UNIX_EPOCH;

/// Why an order could not be read whole.
enum Trouble {
    /// It is wrong.
    Wrong(Rejection),
    /// The shop does not answer about it.
    Failed(Failure),
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<Rejection> for Trouble {
    fn from(rejection: Rejection) -> Self {
        Self::Wrong(rejection)
    }
}

#[derive(Deserialize)]
struct Nodes<'a> {
    #[serde(borrow)]
    nodes: Vec<Option<&'a RawValue>>,
}

#[derive(Deserialize)]
struct OfOrder<T> {
    order: Option<T>,
}

#[derive(Deserialize)]
struct OfRefund<T> {
    refund: Option<T>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Lines {
    line_items: Connection<wire::Line>,
}

#[derive(Deserialize)]
struct Transactions {
    transactions: Vec<wire::Transaction>,
}

#[derive(Deserialize)]
struct Refunds {
    refunds: Vec<wire::Id>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RefundedLines {
    refund_line_items: Connection<wire::RefundedLine>,
}

#[derive(Deserialize)]
struct Agreements {
    agreements: Connection<wire::Agreement>,
}

impl Shopify {
    /// Reads orders whole. One that is gone, or was only a test, is left out; one of a list that the
    /// shop does not answer about while it answers else comes with the reason.
    ///
    /// # Errors
    /// When the shop does not answer at all.
    pub(super) async fn fetch(&self, wanted: &[Wanted], raw: &mut Vec<u8>) -> Result<Vec<FetchedOrder>> {
        let mut orders = Vec::with_capacity(wanted.len());
        let mut left: Vec<&[Wanted]> = wanted.chunks(self.config.orders_per_call.into()).rev().collect();
        while let Some(part) = left.pop() {
            let reply = match self.client.send(DOING, queries::FETCH_ORDERS, self.variables(part)).await {
                Ok(reply) => reply,
                Err(failure) if failure.kind() == FailureKind::Retry && part.len() > 1 => {
                    // Perhaps too much at once; one by one says whose fault it is.
                    left.extend(part.chunks(part.len().div_ceil(2)).rev());
                    tracing::info!(shop = %self.shop.id, %failure, "orders are read apart");
                    continue;
                }
                Err(failure) => {
                    orders.push(self.set_aside(part[0], failure).await?);
                    continue;
                }
            };
            if let Some(failure) = reply.failure() {
                if reply.is_better_asked_apart() && part.len() > 1 {
                    left.extend(part.chunks(part.len().div_ceil(2)).rev());
                    continue;
                }
                if part.len() > 1 || !reply.is_better_asked_apart() {
                    return Err(failure);
                }
                orders.push(self.set_aside(part[0], failure).await?);
                continue;
            }
            self.understand_all(part, &reply, raw, &mut left, &mut orders).await?;
        }
        Ok(orders)
    }

    async fn understand_all<'w>(
        &self,
        part: &'w [Wanted],
        reply: &Reply,
        raw: &mut Vec<u8>,
        left: &mut Vec<&'w [Wanted]>,
        orders: &mut Vec<FetchedOrder>,
    ) -> Result<()> {
        let nodes: Nodes<'_> = reply.data()?;
        let partials = reply.partials();
        if nodes.nodes.len() != part.len() {
            let cause = format!("{} orders were asked for, {} came", part.len(), nodes.nodes.len());
            return Err(reply.because(FailureKind::Retry, cause));
        }
        for (i, (wanted, node)) in part.iter().zip(nodes.nodes).enumerate() {
            match (partials.iter().find(|partial| partial.index == i), node) {
                // Half an order is none. With others it may have run out of time; alone, it has a fault.
                (Some(_), _) if part.len() > 1 => left.push(std::slice::from_ref(wanted)),
                (Some(partial), _) => {
                    let why = unreadable(partial);
                    let failure = reply.because(FailureKind::Retry, why.to_string());
                    let mut order = self.set_aside(*wanted, failure).await?;
                    // For people, with the shop's words about it.
                    if let Err(unreachable) = &mut order.order {
                        unreachable.value += &format!(": {}", why.value);
                    }
                    orders.push(order);
                }
                (None, None) => {}
                (None, Some(node)) => orders.extend(self.understand(*wanted, node, raw).await?),
            }
        }
        Ok(())
    }

    /// An order that alone is not answered about. If it is of a list and the shop answers else, it is
    /// set aside with the reason, so that it does not hold up all behind it; if not, nothing is known.
    async fn set_aside(&self, wanted: Wanted, failure: Failure) -> Result<FetchedOrder> {
        let holds_up = wanted.modified_at != ALONE && failure.kind() != FailureKind::Misconfigured;
        if !holds_up || !self.answers().await {
            return Err(failure);
        }
        Ok(self.rejected(wanted, crate::unreachable(&failure)))
    }

    /// Understands one order, and reads what its lists have more. What was read goes to `raw`.
    async fn understand(
        &self,
        wanted: Wanted,
        node: &RawValue,
        raw: &mut Vec<u8>,
    ) -> Result<Option<FetchedOrder>> {
        super::push_line(raw, node.get());
        let head: wire::Head = match read(node.get()) {
            Ok(head) => head,
            Err(rejection) => return Ok(Some(self.rejected(wanted, rejection))),
        };
        let modified_at = map::instant("updatedAt", &head.updated_at).unwrap_or(wanted.modified_at);
        let (listed, wanted) = (wanted, Wanted { modified_at, ..wanted });
        let mut order: wire::Order = match read(node.get()) {
            Ok(order) => order,
            Err(rejection) => return Ok(Some(self.rejected(wanted, rejection))),
        };
        if order.test && !self.config.test_orders {
            return Ok(None);
        }
        match self.complete(&mut order, raw).await {
            Ok(edits) => {
                let key = self.key(wanted.id);
                let order = map::order(&self.config, &key, &order, &edits);
                Ok(Some(FetchedOrder { key, modified_at, order }))
            }
            Err(Trouble::Wrong(rejection)) => Ok(Some(self.rejected(wanted, rejection))),
            Err(Trouble::Failed(failure)) => self.set_aside(listed, failure).await.map(Some),
        }
    }

    fn rejected(&self, wanted: Wanted, rejection: Rejection) -> FetchedOrder {
        FetchedOrder { key: self.key(wanted.id), modified_at: wanted.modified_at, order: Err(rejection) }
    }

    fn key(&self, id: u64) -> OrderKey {
        let id = OrderId::new(id.to_string()).expect("digits are an id");
        OrderKey { shop: self.shop.id.clone(), id }
    }

    fn variables(&self, part: &[Wanted]) -> Value {
        let meta = &self.config.meta;
        let mut variables = json!({
            "ids": part.iter().map(|wanted| order_gid(wanted.id)).collect::<Vec<_>>(),
            "lines": self.config.lines_per_order,
            "companies": self.config.companies,
        });
        let metafields = [
            ("erp", &meta.erp_code),
            ("siret", &meta.siret),
            ("vat", &meta.vat_number),
            ("date", &meta.delivery_date),
        ];
        for (name, text) in metafields {
            let (namespace, key) = config::metafield(text);
            variables[format!("{name}Namespace")] = json!(namespace);
            variables[format!("{name}Key")] = json!(key);
        }
        self.with_units(variables)
    }

    fn with_units(&self, mut variables: Value) -> Value {
        let (namespace, key) = config::metafield(&self.config.meta.unit);
        variables["withUnits"] = json!(!key.is_empty());
        variables["unitNamespace"] = json!(namespace);
        variables["unitKey"] = json!(key);
        variables
    }

    /// Reads what the lists of an order have more, and its edits where refunds do not explain what is
    /// left of it.
    async fn complete(
        &self,
        order: &mut wire::Order,
        raw: &mut Vec<u8>,
    ) -> Result<Vec<wire::Agreement>, Trouble> {
        let id = order.id.clone();
        let page_info = std::mem::take(&mut order.line_items.page_info);
        let units = self.with_units(json!({ "id": id }));
        let more = self
            .more(queries::MORE_LINES, "lineItems", units, page_info, raw, |page: OfOrder<Lines>| {
                page.order.map(|order| order.line_items)
            })
            .await?;
        order.line_items.nodes.extend(more);
        whole("shippingLines", &order.shipping_lines)?;
        if order.transactions.len() >= TRANSACTIONS {
            let all: OfOrder<Transactions> =
                self.get(queries::MORE_TRANSACTIONS, json!({ "id": id }), raw).await?;
            order.transactions = all.order.map(|order| order.transactions).unwrap_or_default();
            not_cut("transactions", order.transactions.len())?;
        }
        if order.refunds.len() >= REFUNDS {
            self.all_refunds(order, raw).await?;
        }
        for (i, refund) in order.refunds.iter_mut().enumerate() {
            let field = format!("refunds[{i}].refundLineItems");
            let page_info = std::mem::take(&mut refund.refund_line_items.page_info);
            let variables = json!({ "id": refund.id });
            let more = self
                .more(
                    queries::MORE_REFUNDED_LINES,
                    &field,
                    variables,
                    page_info,
                    raw,
                    |page: OfRefund<RefundedLines>| page.refund.map(|refund| refund.refund_line_items),
                )
                .await?;
            refund.refund_line_items.nodes.extend(more);
            whole(&format!("refunds[{i}].refundShippingLines"), &refund.refund_shipping_lines)?;
            whole(&format!("refunds[{i}].orderAdjustments"), &refund.order_adjustments)?;
        }
        if !map::needs_edits(order) {
            return Ok(Vec::new());
        }
        let first = wire::PageInfo { has_next_page: true, end_cursor: Some(String::new()) };
        let edits = self
            .more(
                queries::FETCH_EDITS,
                "agreements",
                json!({ "id": id }),
                first,
                raw,
                |page: OfOrder<Agreements>| page.order.map(|order| order.agreements),
            )
            .await?;
        for (i, edit) in edits.iter().enumerate() {
            whole(&format!("agreements[{i}].sales"), &edit.sales)?;
        }
        Ok(edits)
    }

    /// All refunds of an order that has more than came with it: their ids, and then those missing.
    async fn all_refunds(&self, order: &mut wire::Order, raw: &mut Vec<u8>) -> Result<(), Trouble> {
        let ids: OfOrder<Refunds> = self.get(queries::MORE_REFUNDS, json!({ "id": order.id }), raw).await?;
        let ids = ids.order.map(|order| order.refunds).unwrap_or_default();
        not_cut("refunds", ids.len())?;
        for id in ids.into_iter().filter_map(|id| id.id) {
            if order.refunds.iter().any(|refund| refund.id == id) {
                continue;
            }
            let refund: OfRefund<wire::Refund> =
                self.get(queries::FETCH_REFUND, json!({ "id": id }), raw).await?;
            let missing =
                || Rejection::new("refund_missing", "refunds", &id, "the shop tells all about each refund");
            order.refunds.push(refund.refund.ok_or_else(missing)?);
        }
        Ok(())
    }

    async fn get<T: DeserializeOwned>(
        &self,
        query: &str,
        variables: Value,
        raw: &mut Vec<u8>,
    ) -> Result<T, Trouble> {
        let reply = self.client.ask(DOING, query, variables).await?;
        super::push_line(raw, reply.raw());
        Ok(read(reply.raw())?)
    }

    /// The pages of a list after one.
    async fn more<P: DeserializeOwned, T>(
        &self,
        query: &str,
        field: &str,
        mut variables: Value,
        mut page_info: wire::PageInfo,
        raw: &mut Vec<u8>,
        list: fn(P) -> Option<Connection<T>>,
    ) -> Result<Vec<T>, Trouble> {
        let mut all = Vec::new();
        for _ in 0..=PAGES {
            if !page_info.has_next_page {
                return Ok(all);
            }
            // Before the first page of all there is no cursor.
            let after = page_info.end_cursor.take();
            let stuck =
                after.is_none() || (variables["after"].is_string() && variables["after"] == json!(after));
            if stuck {
                break;
            }
            variables["after"] = after.filter(|after| !after.is_empty()).map_or(Value::Null, Value::from);
            let page = list(self.get(query, variables.clone(), raw).await?);
            let Some(page) = page else {
                return Err(
                    Rejection::new("unreadable", field, "null", "the shop gives the whole list").into()
                );
            };
            all.extend(page.nodes);
            page_info = page.page_info;
        }
        let rule = format!("a list has at most {PAGES} pages, and each leads to another");
        Err(Rejection::new("list_too_long", field, format!("{} read", all.len()), rule).into())
    }
}

fn unreadable(partial: &Partial) -> Rejection {
    let field = if partial.field.is_empty() { "order" } else { &partial.field };
    Rejection::new("unreadable", field, shown_text(&partial.message), "the shop gives the whole order")
}

/// A short list that is longer than we read is never cut silently.
fn whole<T>(field: &str, list: &Connection<T>) -> Result<(), Rejection> {
    if !list.page_info.has_next_page {
        return Ok(());
    }
    let value = format!("more than {}", list.nodes.len());
    Err(Rejection::new("list_too_long", field, value, "no more than are read with the order"))
}

fn not_cut(field: &str, count: usize) -> Result<(), Rejection> {
    if count < MOST {
        return Ok(());
    }
    let rule = format!("fewer than {MOST}, the most that Shopify gives of this list");
    Err(Rejection::new("list_too_long", field, count.to_string(), rule))
}
