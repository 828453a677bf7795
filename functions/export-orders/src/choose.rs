//! Whether a ready order goes into tonight's file.

use passerelle_domain::{BusinessDay, Order, OrderKey, Rejection, Result};
use passerelle_erp::orders::OrderToWrite;
use passerelle_ledger::{Member, OrderRecord, OrderStatus};

use crate::Deps;

/// What is done with a ready order.
pub(crate) enum Choice {
    /// It goes into the file.
    Take(Member),
    /// It is in quarantine now.
    SetAside,
    /// The ERP has to answer first on what it was given of it.
    Wait,
    /// It stays where it is: of a later day, or no longer ready.
    Leave,
}

pub(crate) async fn choose(deps: &Deps, day: BusinessDay, key: OrderKey) -> Result<Choice> {
    // The list may lag behind; the head does not.
    let Some(head) = deps.ledger.order(&key).await?.filter(|head| head.status == OrderStatus::Ready) else {
        return Ok(Choice::Leave);
    };
    let Some(order) = deps.ledger.order_revision(&key, &head.revision).await? else {
        return Ok(Choice::Leave);
    };
    if order.created_at >= day.start() {
        return Ok(Choice::Leave);
    }
    let Some(rejection) = refuse(deps, &head, &order).await? else {
        if deps.pace.waits(&head) {
            return Ok(Choice::Wait);
        }
        let replaces = head.exported.map(|(_, revision)| revision);
        return Ok(Choice::Take(Member { key, revision: head.revision, replaces }));
    };
    if !deps.ledger.quarantine_order(&key, &head.revision, &rejection, deps.clock.now()).await? {
        return Ok(Choice::Leave);
    }
    tracing::warn!(
        order = %key, fault.code = rejection.code, fault.field = rejection.field,
        fault.value = rejection.value, fault.rule = rejection.rule, "order set aside"
    );
    Ok(Choice::SetAside)
}

/// Why an order cannot go to the ERP, if it cannot.
async fn refuse(deps: &Deps, head: &OrderRecord, order: &Order) -> Result<Option<Rejection>> {
    let mut previous = None;
    if let Some((batch, revision)) = &head.exported {
        previous = deps.ledger.order_revision(&head.key, revision).await?;
        if previous.is_none() {
            let rule = format!("the ledger has the revision that the ERP was given in batch {batch}");
            return Ok(Some(Rejection::new("changed_after_export", "order", revision.as_str(), rule)));
        }
    }
    let checked = deps.layouts.of(&order.key.shop).check(OrderToWrite { order, previous: previous.as_ref() });
    let Err(faults) = checked else { return Ok(None) };
    let more = faults.len().saturating_sub(1);
    Ok(faults.into_iter().next().map(|mut first| {
        if let Some((batch, _)) = &head.exported {
            first.rule = format!("{} (it went in batch {batch})", first.rule);
        }
        if more > 0 {
            first.rule = format!("{} (and {more} more)", first.rule);
        }
        first
    }))
}
