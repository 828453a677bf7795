//! The rest of an order's long lists, and its edits.

use passerelle_domain::{Rejection, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::details::{DOING, Trouble, read};
use super::wire::{self, Connection};
use super::{Shopify, map, queries};

/// How many of a plain list are read with the order, as `fetch-orders.graphql` says.
const TRANSACTIONS: usize = 50;
const REFUNDS: usize = 10;
/// The most that Shopify shows of a plain list: that many may be more.
const MOST: usize = 250;
/// The most pages of one list that are read: no order has more.
const PAGES: usize = 100;

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
    /// Reads what the lists of an order have more, and its edits where refunds do not explain what is
    /// left of it.
    pub(super) async fn complete(
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
            let missing = || {
                Rejection::new(
                    "refund_missing",
                    "refunds",
                    &id,
                    "the order lists a refund that the shop does not show",
                )
            };
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
                return Err(Rejection::new(
                    "unreadable",
                    field,
                    "null",
                    "the shop does not show the whole list",
                )
                .into());
            };
            all.extend(page.nodes);
            page_info = page.page_info;
        }
        let rule = format!("the list has more than {PAGES} pages, or one leads nowhere");
        Err(Rejection::new("list_too_long", field, format!("{} read", all.len()), rule).into())
    }
}

/// A short list that is longer than we read is never cut silently.
fn whole<T>(field: &str, list: &Connection<T>) -> Result<(), Rejection> {
    if !list.page_info.has_next_page {
        return Ok(());
    }
    let value = format!("more than {}", list.nodes.len());
    Err(Rejection::new("list_too_long", field, value, "the list is longer than is read with the order"))
}

fn not_cut(field: &str, count: usize) -> Result<(), Rejection> {
    if count < MOST {
        return Ok(());
    }
    let rule = format!("the list may be cut: Shopify shows at most {MOST}");
    Err(Rejection::new("list_too_long", field, count.to_string(), rule))
}
