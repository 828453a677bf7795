//! Whether a ready order goes into tonight's file.

use passerelle_domain::{BusinessDay, Order, OrderKey, Rejection, Result};
use passerelle_erp::orders::Amendments;
use passerelle_ledger::{Member, OrderRecord, OrderStatus};
use serde_json::Value;

use crate::Deps;

/// What is done with a ready order.
pub(crate) enum Choice {
    /// It goes into the file.
    Take(Member),
    /// It is in quarantine now.
    SetAside,
    /// It stays where it is: of a later day, or no longer ready.
    Leave,
}

/// How many differences an amendment's rejection spells out.
const MAX_DIFFERENCES: usize = 12;

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
        return Ok(Choice::Take(Member { key, revision: head.revision }));
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
    if let Some((batch, revision)) = &head.exported {
        let Amendments::SetAside = deps.layout.amendments();
        let before = deps.ledger.order_revision(&head.key, revision).await?;
        let value = before.map(|before| differences(&before, order)).unwrap_or_default();
        let rule = format!("the ERP has this order since batch {batch} and its layout takes no changes");
        return Ok(Some(Rejection::new("changed_after_export", "order", value, rule)));
    }
    let Err(faults) = deps.layout.check(order) else { return Ok(None) };
    let more = faults.len().saturating_sub(1);
    Ok(faults.into_iter().next().map(|mut first| {
        if more > 0 {
            first.rule = format!("{} (and {more} more)", first.rule);
        }
        first
    }))
}

/// The differences between two revisions, spelled out: `lines[0].quantity: 3 -> 2; total: …`.
fn differences(before: &Order, after: &Order) -> String {
    let mut found = Vec::new();
    let [before, after] = [before, after].map(|order| serde_json::to_value(order).unwrap_or_default());
    compare("", &before, &after, &mut found);
    let more = found.len().saturating_sub(MAX_DIFFERENCES);
    found.truncate(MAX_DIFFERENCES);
    if more > 0 {
        found.push(format!("and {more} more"));
    }
    found.join("; ")
}

fn compare(path: &str, before: &Value, after: &Value, found: &mut Vec<String>) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            for (name, before) in before {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                compare(&path, before, after.get(name).unwrap_or(&Value::Null), found);
            }
        }
        (Value::Array(before), Value::Array(after)) => {
            for place in 0..before.len().max(after.len()) {
                let at = |list: &[Value]| list.get(place).cloned().unwrap_or_default();
                compare(&format!("{path}[{place}]"), &at(before), &at(after), found);
            }
        }
        _ if before == after => {}
        _ => found.push(format!("{path}: {before} -> {after}")),
    }
}
