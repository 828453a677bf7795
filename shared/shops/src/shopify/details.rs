//! Reading whole orders: several in a call, the rest of their long lists, and each apart where
//! together fails.

use jiff::Timestamp;
use passerelle_domain::{Failure, FailureKind, OrderId, OrderKey, Rejection, Result};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::graphql::{Partial, Reply};
use super::wire;
use super::{Shopify, config, map, order_gid, queries};
use crate::FetchedOrder;
pub(super) use crate::json::from_text as read;
use crate::json::shown_text;

pub(super) const DOING: &str = "fetch orders";

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
pub(super) enum Trouble {
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

    pub(super) fn with_units(&self, mut variables: Value) -> Value {
        let (namespace, key) = config::metafield(&self.config.meta.unit);
        variables["withUnits"] = json!(!key.is_empty());
        variables["unitNamespace"] = json!(namespace);
        variables["unitKey"] = json!(key);
        variables
    }
}

fn unreadable(partial: &Partial) -> Rejection {
    let field = if partial.field.is_empty() { "order" } else { &partial.field };
    Rejection::new(
        "unreadable",
        field,
        shown_text(&partial.message),
        "the shop does not show the whole order",
    )
}
