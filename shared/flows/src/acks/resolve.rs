//! Which order a row of a file of acknowledgements means.

use std::collections::BTreeMap;

use futures::{StreamExt, TryStreamExt};
use passerelle_domain::{BatchId, OrderKey, Rejection, Result, ShopId};
use passerelle_erp::Rule;
use passerelle_erp::acks::{Ack, OrderName};

use crate::acks::ReceiveAcks;

/// Orders read side by side.
const CONCURRENCY: usize = 16;

/// The orders of the batches that a file acknowledges, by shop and number; each batch is read once.
pub(crate) struct Orders<'d> {
    deps: &'d ReceiveAcks,
    batches: BTreeMap<BatchId, BTreeMap<(ShopId, String), OrderKey>>,
}

impl<'d> Orders<'d> {
    pub(crate) fn new(deps: &'d ReceiveAcks) -> Self {
        Self { deps, batches: BTreeMap::new() }
    }

    /// The order, or why there is none.
    pub(crate) async fn find(&mut self, ack: &Ack) -> Result<Result<OrderKey, Rejection>> {
        let shop = match (&ack.shop, self.deps.shops.as_slice()) {
            (Some(shop), _) => shop.clone(),
            (None, [only]) => only.id().clone(),
            (None, _) => {
                let rule = "there are several shops, and the file has no column for them";
                return Ok(Err(Rejection::new(Rule::MissingField, "shop", "", rule)));
            }
        };
        let number = match &ack.order {
            OrderName::Id(id) => return Ok(Ok(OrderKey { shop, id: id.clone() })),
            OrderName::Number(number) => number.clone(),
        };
        if !self.batches.contains_key(&ack.batch) {
            let orders = self.read(&ack.batch).await?;
            self.batches.insert(ack.batch, orders);
        }
        let found = self.batches[&ack.batch].get(&(shop.clone(), number.clone()));
        Ok(found.cloned().ok_or_else(|| {
            let rule = format!("no order of the shop {shop} has this number in batch {}", ack.batch);
            Rejection::new(Rule::NotInBatch, "order", number, rule)
        }))
    }

    async fn read(&self, batch: &BatchId) -> Result<BTreeMap<(ShopId, String), OrderKey>> {
        let Some(batch) = self.deps.env.ledger.batch(batch).await? else { return Ok(BTreeMap::new()) };
        futures::stream::iter(batch.members)
            .map(|member| async move {
                let order = self.deps.env.ledger.order_revision(&member.key, &member.revision).await?;
                Ok(order.map(|order| ((member.key.shop.clone(), order.number), member.key)))
            })
            .buffer_unordered(CONCURRENCY)
            .try_filter_map(|found| async move { Ok(found) })
            .try_collect()
            .await
    }
}
