//! `replay order`: out of quarantine.

use passerelle_domain::{OrderKey, Result, Revision};
use passerelle_ledger::OrderStatus;

use super::is;
use crate::{Answer, Bench, names};

pub(super) async fn run(bench: &dyn Bench, order: &OrderKey, dry_run: bool) -> Result<Answer> {
    let Some(head) = bench.ledger().order(order).await? else {
        return Ok(Answer::undone(format!("the ledger has no order {order}")));
    };
    let since = names::instant(head.updated_at);
    let aside = matches!(head.status, OrderStatus::Quarantined | OrderStatus::Rejected);
    let Some(rejection) = head.rejection.filter(|_| aside) else {
        return Ok(Answer::done(format!(
            "order {order} is {} since {since}: nothing to replay",
            head.status
        )));
    };
    // Where there is no content, the revision is that of the rejection.
    if Revision::of(&rejection) == head.revision {
        return Ok(Answer::undone(format!(
            "order {order} could not be read ({}): correct it in the shop, and it is read again",
            rejection.in_full()
        )));
    }
    if !dry_run && !bench.ledger().release_order(order, &head.revision, bench.clock().now()).await? {
        return Ok(Answer::undone(format!("order {order} changed meanwhile: look at it again")));
    }
    let is = is(dry_run);
    Ok(Answer::done(format!("order {order} {is} ready again; the next export takes it"))
        .and(format!("it was set aside for: {}", rejection.in_full())))
}
