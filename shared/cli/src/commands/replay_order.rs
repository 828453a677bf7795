//! `replay order` and `quarantine replay`: out of quarantine.
//!
//! What the ledger holds is released at once. Where only the shop can help, the order is read again: its
//! content could not be read, or something of it was missing that the shop may have by now, such as the
//! customer's code, which changes without the order. `shop-webhook` does that, by its own queue and with its
//! own rights, and releases the order; so this machine needs no key of any shop.

use passerelle_domain::{OrderKey, Rejection, Result};
use passerelle_ledger::{OrderRecord, OrderStatus};
use passerelle_services::{Environment, OrderNotice, Work};
use serde_json::{Value, json};

use super::is;
use crate::{Answer, names};

/// The code of a column that has to be filled and is not.
const MISSING: &str = "missing_field";
/// Messages sent together.
const TOGETHER: usize = 500;

/// What brings an order back that is set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WayBack {
    /// What the ledger holds of it goes to the next export.
    Release,
    /// It is read from its shop once more.
    ReadAgain,
}

impl WayBack {
    pub(super) async fn of(env: &Environment, head: &OrderRecord, why: &Rejection) -> Result<Self> {
        if head.is_unreadable() || why.code == MISSING || why.field == "customer.code" {
            return Ok(Self::ReadAgain);
        }
        let content = env.ledger.order_revision(&head.key, &head.revision).await?;
        let has_code = content.is_some_and(|order| order.customer.code.is_some());
        Ok(if has_code { Self::Release } else { Self::ReadAgain })
    }
}

/// What became of one order.
struct Replayed {
    outcome: &'static str,
    says: String,
    why: Option<Rejection>,
    undone: bool,
    notice: Option<String>,
}

impl Replayed {
    fn nothing(outcome: &'static str, says: String, undone: bool) -> Self {
        Self { outcome, says, why: None, undone, notice: None }
    }
}

/// Brings orders back.
pub(super) async fn run(env: &Environment, orders: &[OrderKey], dry_run: bool) -> Result<Answer> {
    let mut answer = Answer::default();
    let (mut notices, mut data) = (Vec::new(), Vec::new());
    for order in orders {
        let Replayed { outcome, says, why, undone, notice } = replay(env, order, dry_run).await?;
        answer.undone |= undone;
        answer.says.push(says);
        data.push(json!({"order": order.to_string(), "outcome": outcome, "rejection": why}));
        if let (Some(why), [_]) = (why, orders) {
            answer.says.push(format!("it was set aside for: {}", why.in_full()));
        }
        notices.extend(notice);
    }
    if !dry_run && !notices.is_empty() {
        let queue = env.queues.queue(Work::ShopWebhook).await?;
        for notices in notices.chunks(TOGETHER) {
            queue.send(notices).await?;
        }
    }
    if !notices.is_empty() {
        answer.says.push("an order that is still wrong stays in passerelle quarantine list".into());
    }
    answer.data = json!({
        "done": !answer.undone, "dry_run": dry_run, "orders": Value::Array(data), "says": answer.says,
    });
    Ok(answer)
}

async fn replay(env: &Environment, order: &OrderKey, dry_run: bool) -> Result<Replayed> {
    let Some(head) = env.ledger.order(order).await? else {
        return Ok(Replayed::nothing("not_found", format!("the ledger has no order {order}"), true));
    };
    let since = names::instant(head.updated_at);
    let aside = matches!(head.status, OrderStatus::Quarantined | OrderStatus::Rejected);
    let Some(why) = head.rejection.clone().filter(|_| aside) else {
        let says = format!("order {order} is {} since {since}: nothing to replay", head.status);
        return Ok(Replayed::nothing("not_set_aside", says, false));
    };
    let is = is(dry_run);
    let way = WayBack::of(env, &head, &why).await?;
    let (outcome, says, notice) = match way {
        WayBack::ReadAgain => {
            let notice = OrderNotice {
                shop: order.shop.clone(),
                order: order.id.clone(),
                release: Some(head.revision),
            };
            let says = format!("order {order} {is} read again from its shop, and ready if nothing is wrong");
            ("read_again", says, Some(notice.to_body()))
        }
        WayBack::Release => {
            let now = env.now();
            if !dry_run && !env.ledger.release_order(order, &head.revision, now).await? {
                let says = format!("order {order} changed meanwhile: look at it again");
                return Ok(Replayed::nothing("changed_meanwhile", says, true));
            }
            ("released", format!("order {order} {is} ready again; the next export takes it"), None)
        }
    };
    Ok(Replayed { outcome, says, why: Some(why), undone: false, notice })
}
