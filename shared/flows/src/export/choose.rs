//! Whether a ready order goes into tonight's file.

use passerelle_domain::{BusinessDay, Order, OrderKey, Rejection, Result};
use passerelle_erp::orders::OrderToWrite;
use passerelle_ledger::{Member, OrderRecord, OrderStatus};

use crate::export::Export;

/// What is done with a ready order.
pub(crate) enum Choice {
    /// It goes into the file.
    Take(Member),
    /// It is in quarantine now.
    SetAside,
    /// The ERP has to acknowledge first what it was sent of it.
    Wait,
    /// It stays where it is: of a later day, or no longer ready.
    Leave,
}

pub(crate) async fn choose(deps: &Export, day: BusinessDay, key: OrderKey) -> Result<Choice> {
    // The list may lag behind; the head does not.
    let Some(head) = deps.env.ledger.order(&key).await?.filter(|head| head.status == OrderStatus::Ready)
    else {
        return Ok(Choice::Leave);
    };
    let Some(order) = deps.env.ledger.order_revision(&key, &head.revision).await? else {
        return Ok(Choice::Leave);
    };
    if order.created_at >= day.start() {
        return Ok(Choice::Leave);
    }
    let previous = match &head.exported {
        Some((_, sent)) => deps.env.ledger.order_revision(&key, sent).await?,
        None => None,
    };
    if previous
        .as_ref()
        .is_some_and(|previous| deps.layouts.of(&order.key.shop).is_the_same_to_the_erp(previous, &order))
    {
        deps.env.ledger.nothing_to_send(&key, &head.revision, deps.env.now()).await?;
        tracing::info!(order = %key, revision = %head.revision, "the change is nothing to the ERP");
        return Ok(Choice::Leave);
    }
    let Some(rejection) = refuse(deps, &head, &order, previous.as_ref()) else {
        if deps.pace.waits(&head) {
            return Ok(Choice::Wait);
        }
        let replaces = head.exported.map(|(_, revision)| revision);
        return Ok(Choice::Take(Member { key, revision: head.revision, replaces }));
    };
    if !deps.env.ledger.quarantine_order(&key, &head.revision, &rejection, deps.env.now()).await? {
        return Ok(Choice::Leave);
    }
    tracing::warn!(order = %key, fault.code = rejection.code, fault.field = rejection.field, "order set aside");
    Ok(Choice::SetAside)
}

/// Why an order cannot go to the ERP, if it cannot.
fn refuse(deps: &Export, head: &OrderRecord, order: &Order, previous: Option<&Order>) -> Option<Rejection> {
    if let (Some((batch, revision)), None) = (&head.exported, previous) {
        let rule = format!("the ledger lacks the revision that the ERP was sent in batch {batch}");
        return Some(Rejection::new("changed_after_export", "order", revision.as_str(), rule));
    }
    let checked = deps.layouts.of(&order.key.shop).check(OrderToWrite { order, previous });
    let Err(faults) = checked else { return None };
    let more = faults.len().saturating_sub(1);
    faults.into_iter().next().map(|mut first| {
        if let Some((batch, _)) = &head.exported {
            first.rule = format!("{} (it went in batch {batch})", first.rule);
        }
        if more > 0 {
            first.rule = format!("{} (and {more} more)", first.rule);
        }
        first
    })
}
