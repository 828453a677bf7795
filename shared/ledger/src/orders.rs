//! Orders: their revisions and their states.

use jiff::Timestamp;
use passerelle_domain::{
    BatchId, Failure, FailureKind, Money, Order, OrderKey, OrderState, Rejection, Result, Revision, TOO_LARGE,
};

use crate::access::{Step, contended};
use crate::compressed::compress;
use crate::records::{OrderRevision, order_pk};
use crate::table::{ATTEMPTS, Key, MAX_ITEM_BYTES, decode, put};
use crate::{Ledger, OrderIntake, OrderRecord, OrderStatus, OrderSummary, Recorded, Window};

pub fn head_key(key: &OrderKey) -> Key {
    Key::head(order_pk(key))
}

impl Ledger {
    /// The head record of an order, read consistently.
    pub async fn order(&self, key: &OrderKey) -> Result<Option<OrderRecord>> {
        Ok(self.read("read order", &head_key(key)).await?.map(|read| read.record))
    }

    /// Records an order as a shop returned it. See [`Recorded`] for the outcomes and
    /// [`OrderStatus`] for the state that follows. Content that no item can hold is recorded as
    /// [`passerelle_domain::TOO_LARGE`], without it.
    pub async fn record_order(&self, intake: &OrderIntake<'_>, now: Timestamp) -> Result<Recorded> {
        match (self.record_as_it_is(intake, now).await, intake.content) {
            (Err(failure), Ok(order)) if failure.kind() == FailureKind::Rejected => {
                // Of the content alone, so that the same order is the same rejection.
                let size = compress(order)
                    .map_err(|error| Failure::rejected("record order", intake.key.to_string(), error))?;
                let size = format!("{} bytes compressed", size.len());
                let rule =
                    format!("too large for the ledger, whose items have at most {MAX_ITEM_BYTES} bytes");
                let rejection = Rejection::new(TOO_LARGE, "order", size, rule);
                let set_aside = OrderIntake { content: Err(&rejection), ..*intake };
                self.record_as_it_is(&set_aside, now).await
            }
            (recorded, _) => recorded,
        }
    }

    async fn record_as_it_is(&self, intake: &OrderIntake<'_>, now: Timestamp) -> Result<Recorded> {
        let doing = "record order";
        let key = head_key(intake.key);
        let revision = match intake.content {
            Ok(order) => order.revision(),
            Err(rejection) => Revision::of(rejection),
        };
        for attempt in 0..ATTEMPTS {
            let (head, expected) =
                self.read::<OrderRecord>(doing, &key).await?.map(|read| (read.record, read.version)).unzip();
            let revision = match (&head, intake.content) {
                (Some(head), Ok(order))
                    if head.revision != revision && intake.modified_at >= head.modified_at =>
                {
                    self.known_as(order).await?.unwrap_or_else(|| revision.clone())
                }
                _ => revision.clone(),
            };
            let won = match &head {
                Some(head) if intake.modified_at < head.modified_at => return Ok(Recorded::Stale),
                Some(head) if head.revision == revision => {
                    if intake.modified_at == head.modified_at {
                        return Ok(Recorded::Unchanged);
                    }
                    // Only so that a still older response counts as stale; its state is as old as before.
                    let touched = OrderRecord { modified_at: intake.modified_at, ..head.clone() };
                    self.table.put(doing, put(doing, &touched, expected)?).await?
                }
                _ => {
                    let next = next_head(head.as_ref(), intake, revision.clone(), now);
                    let kept = kept_revision(&next, intake, now);
                    let writes = vec![put(doing, &next, expected)?, put(doing, &kept, None)?];
                    self.table.transact(doing, writes).await?
                }
            };
            if won {
                return Ok(match &head {
                    None => Recorded::New,
                    Some(head) if head.revision == revision => Recorded::Unchanged,
                    Some(_) => Recorded::Changed,
                });
            }
            self.table.pause(attempt).await;
        }
        Err(contended(doing, intake.key))
    }

    /// The revision under which an order's content is known already. Older programs hashed the
    /// shop's word for the state too: what they recorded keeps its name, in batches and acknowledgements too,
    /// and its content, read again, is no change.
    async fn known_as(&self, order: &Order) -> Result<Option<Revision>> {
        let latest_first = self.order_revisions(&order.key).await?.into_iter().rev();
        let mut known = latest_first.filter_map(|kept| Some((kept.revision, kept.content?)));
        let revision = order.revision();
        Ok(known.find(|(_, content)| content.revision() == revision).map(|(name, _)| name))
    }

    /// One revision of an order's content. Nothing when that revision could not be read as an order.
    pub async fn order_revision(&self, key: &OrderKey, revision: &Revision) -> Result<Option<Order>> {
        let doing = "read order revision";
        for item in self.table.query(doing, &order_pk(key), "REV#").await?.into_iter().rev() {
            let kept = decode::<OrderRevision>(doing, item)?.record;
            if kept.revision == *revision {
                return Ok(kept.content);
            }
        }
        Ok(None)
    }

    /// All revisions of an order, the first one first.
    pub async fn order_revisions(&self, key: &OrderKey) -> Result<Vec<OrderRevision>> {
        let doing = "list order revisions";
        let items = self.table.query(doing, &order_pk(key), "REV#").await?;
        items.into_iter().map(|item| Ok(decode(doing, item)?.record)).collect()
    }

    /// Sets a `ready` order aside, if `revision` is still its latest. `false` when it moved on.
    /// Repeating it changes nothing.
    pub async fn quarantine_order(
        &self,
        key: &OrderKey,
        revision: &Revision,
        rejection: &Rejection,
        now: Timestamp,
    ) -> Result<bool> {
        self.change("quarantine order", &head_key(key), |head: Option<OrderRecord>| {
            let Some(head) = head.filter(|head| head.revision == *revision) else {
                return Step::Leave(false);
            };
            match head.status {
                OrderStatus::Ready => {
                    let rejection = Some(rejection.clone());
                    let status = OrderStatus::Quarantined;
                    Step::Write(OrderRecord { status, rejection, updated_at: now, ..head }, true)
                }
                OrderStatus::Quarantined => Step::Leave(head.rejection.as_ref() == Some(rejection)),
                _ => Step::Leave(false),
            }
        })
        .await
    }

    /// Records that the latest revision of a `ready` order changes nothing for the ERP: what it was sent
    /// last stands for `revision` from now on. `false` when the order moved on. Repeating it changes
    /// nothing.
    pub async fn nothing_to_send(&self, key: &OrderKey, revision: &Revision, now: Timestamp) -> Result<bool> {
        self.change("note that nothing is to be sent", &head_key(key), |head: Option<OrderRecord>| {
            let Some(head) = head.filter(|head| head.revision == *revision) else {
                return Step::Leave(false);
            };
            let Some((batch, sent)) = head.exported.clone() else { return Step::Leave(false) };
            if head.status != OrderStatus::Ready {
                return Step::Leave(sent == *revision);
            }
            let exported = (batch, revision.clone());
            let status = released(&head, Some(&exported), head.has_accepted());
            Step::Write(OrderRecord { status, exported: Some(exported), updated_at: now, ..head }, true)
        })
        .await
    }

    /// Makes a quarantined order, or one that the ERP refused, `ready` again once a person has fixed the
    /// cause, if `revision` is still its latest and could be read. `false` otherwise.
    pub async fn release_order(&self, key: &OrderKey, revision: &Revision, now: Timestamp) -> Result<bool> {
        self.change("release order", &head_key(key), |head: Option<OrderRecord>| {
            let Some(head) = head.filter(|head| head.revision == *revision) else {
                return Step::Leave(false);
            };
            let aside = matches!(head.status, OrderStatus::Quarantined | OrderStatus::Rejected);
            if !aside || head.is_unreadable() {
                return Step::Leave(false);
            }
            let status = released(&head, head.exported.as_ref(), head.has_accepted());
            Step::Write(OrderRecord { status, rejection: None, updated_at: now, ..head }, true)
        })
        .await
    }

    /// Orders in a state, the one longest in it first. The list may lag behind by seconds.
    pub async fn orders_in(&self, status: OrderStatus, window: Window) -> Result<Vec<OrderSummary>> {
        let heads: Vec<OrderRecord> = self.list("list orders", format!("order:{status}"), window).await?;
        let batch = |held: Option<(BatchId, Revision)>| held.map(|(batch, _)| batch);
        let summary = |head: OrderRecord| OrderSummary {
            key: head.key,
            revision: head.revision,
            total: head.total,
            modified_at: head.modified_at,
            updated_at: head.updated_at,
            rejection: head.rejection,
            claimed: batch(head.claimed),
            exported: batch(head.exported),
        };
        Ok(heads.into_iter().map(summary).collect())
    }
}

fn kept_revision(head: &OrderRecord, intake: &OrderIntake<'_>, now: Timestamp) -> OrderRevision {
    OrderRevision {
        order: head.key.clone(),
        number: head.revisions,
        revision: head.revision.clone(),
        modified_at: intake.modified_at,
        recorded_at: now,
        raw_key: intake.raw_key.to_owned(),
        content: intake.content.ok().cloned(),
        rejection: intake.content.err().cloned(),
    }
}

fn next_head(
    head: Option<&OrderRecord>,
    intake: &OrderIntake<'_>,
    revision: Revision,
    now: Timestamp,
) -> OrderRecord {
    let status = match head {
        // Its batch decides what follows, once the file is written.
        Some(head) if head.status == OrderStatus::Claimed => OrderStatus::Claimed,
        Some(head @ OrderRecord { exported: Some((_, exported)), .. }) => {
            amended(&revision, intake.content.is_err(), exported, head.has_accepted())
        }
        _ => intake.content.map_or(OrderStatus::Quarantined, |order| unsent(Some(order.state))),
    };
    let since = head.filter(|head| head.status == status).map_or(now, |head| head.updated_at);
    OrderRecord {
        key: intake.key.clone(),
        status,
        revision,
        revisions: head.map_or(0, |head| head.revisions) + 1,
        sale: intake.content.ok().map(|order| order.state),
        modified_at: intake.modified_at,
        updated_at: since,
        claimed: head.and_then(|head| head.claimed.clone()),
        exported: head.and_then(|head| head.exported.clone()),
        replaced: head.and_then(|head| head.replaced.clone()),
        acknowledgement: head.and_then(|head| head.acknowledgement.clone()),
        rejection: intake.content.err().cloned(),
        repairs: head.and_then(|head| head.repairs.clone()),
        raw_key: intake.raw_key.to_owned(),
        total: intake.content.map_or(Money::ZERO, Order::total_after_refunds),
        history: head.map(|head| head.history.clone()).unwrap_or_default(),
    }
}

/// The state of an order that could be read and of which the ERP has nothing.
fn unsent(sale: Option<OrderState>) -> OrderStatus {
    match sale {
        Some(OrderState::Pending) => OrderStatus::Waiting,
        Some(OrderState::Cancelled) => OrderStatus::Cancelled,
        Some(OrderState::Confirmed) | None => OrderStatus::Ready,
    }
}

/// The state of an order that nothing holds back any longer, while the ERP has this of it.
pub fn released(head: &OrderRecord, erp_has: Option<&(BatchId, Revision)>, accepted: bool) -> OrderStatus {
    erp_has
        .map_or_else(|| unsent(head.sale), |(_, exported)| amended(&head.revision, false, exported, accepted))
}

/// The state of an order whose revision `exported` is what the ERP was sent last.
pub fn amended(latest: &Revision, unreadable: bool, exported: &Revision, accepted: bool) -> OrderStatus {
    if unreadable {
        OrderStatus::Quarantined
    } else if latest == exported {
        if accepted { OrderStatus::Accepted } else { OrderStatus::Exported }
    } else {
        OrderStatus::Ready
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::{now, order as some_order};
    use crate::memory::MemoryTable;
    use crate::table::Table as _;

    fn intake(order: &Order, second: i64) -> OrderIntake<'_> {
        let modified_at = now() + jiff::SignedDuration::from_secs(second);
        OrderIntake { key: &order.key, modified_at, content: Ok(order), raw_key: "" }
    }

    #[tokio::test]
    async fn an_order_that_an_older_program_recorded_and_exported_is_not_seen_as_changed() {
        let (table, order) = (MemoryTable::default(), some_order(1));
        let older = Revision::of(&order);
        assert_ne!(older, order.revision(), "it was hashed with the shop's word for the state");
        let first = intake(&order, 1);
        let batch: BatchId = "2026-11-24-001".parse().expect("a batch");
        let head = OrderRecord {
            status: OrderStatus::Exported,
            exported: Some((batch, older.clone())),
            ..next_head(None, &first, older.clone(), now())
        };
        let kept = kept_revision(&head, &first, now());
        let writes =
            vec![put("test", &head, None).expect("a write"), put("test", &kept, None).expect("a write")];
        assert!(table.transact("test", writes).await.expect("written"));

        let ledger = Ledger::on(table.clone());
        let record = async |order: &Order, second| {
            let recorded = ledger.record_order(&intake(order, second), now()).await.expect("recorded");
            let head = ledger.order(&order.key).await.expect("read").expect("it is there");
            (recorded, head.status, head.revision)
        };
        let same = (Recorded::Unchanged, OrderStatus::Exported, older.clone());
        assert_eq!(record(&order, 1).await, same, "read again");
        let word = Order { shop_state: "sent-to-erp".into(), ..order.clone() };
        assert_eq!(record(&word, 2).await, same, "our own acknowledgement");
        let changed = Order { note: "sonner".into(), ..word.clone() };
        assert_eq!(record(&changed, 3).await, (Recorded::Changed, OrderStatus::Ready, changed.revision()));
        let back = (Recorded::Changed, OrderStatus::Exported, older);
        assert_eq!(record(&word, 4).await, back, "what the ERP has, under the name in its batch");
    }
}
