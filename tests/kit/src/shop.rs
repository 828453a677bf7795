use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use passerelle_domain::{
    Cursor, CustomerCode, Failure, FailureKind, Order, OrderId, OrderKey, Rejection, Result, ShopId,
};
use passerelle_services::{Clock, TestClock};
use passerelle_shops::{
    Acknowledged, FetchedOrder, OrderAcknowledgement, OrderPage, Publication, Published, Shop, Webhook,
    WebhookRefusal,
};

/// A shop in memory. Its webhooks are a word and ids (`ok:7,8`) with a header `x-signature`; the words `old`,
/// `none` and `forged` are those that it refuses.
pub struct FakeShop {
    id: ShopId,
    clock: TestClock,
    inside: Mutex<Inside>,
}

/// How a shop behaves.
#[derive(Clone, Copy, Debug)]
pub struct Behaviour {
    /// How many orders are on a page.
    pub page_size: usize,
    /// How long a page takes on the tests' clock.
    pub page_takes: SignedDuration,
    /// How long a page takes in real time.
    pub delay: Duration,
    /// How every request for orders fails.
    pub failing: Option<FailureKind>,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self { page_size: 2, page_takes: SignedDuration::ZERO, delay: Duration::ZERO, failing: None }
    }
}

/// What a shop was asked for and sent.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// How many pages.
    pub pages: usize,
    /// The ids of orders that were asked for by themselves.
    pub asked: Vec<String>,
    /// Acknowledgements as it kept them: `7 accepted BL-1`.
    pub acknowledgements: Vec<String>,
    /// Invoices that it keeps, each with its account.
    pub published: Vec<(String, String)>,
    /// When webhooks came, as they say.
    pub webhooks: Vec<Timestamp>,
}

#[derive(Default)]
struct Inside {
    behaviour: Behaviour,
    orders: Vec<Held>,
    failing: BTreeMap<OrderId, FailureKind>,
    /// ERP codes by account.
    accounts: BTreeMap<String, String>,
    /// Accounts that are gone, though the shop still names them.
    closed: BTreeSet<String>,
    numbers: BTreeMap<OrderId, String>,
    seen: Seen,
}

struct Held {
    order: FetchedOrder,
    /// From when on lists show it; never, if it is on no list.
    shown_from: Option<Timestamp>,
}

impl Held {
    /// Its place in lists: the oldest change first.
    fn place(&self) -> (Timestamp, &OrderId) {
        (self.order.modified_at, &self.order.key.id)
    }
}

impl FakeShop {
    pub(crate) fn new(id: ShopId, clock: TestClock) -> Self {
        Self { id, clock, inside: Mutex::default() }
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().expect("not poisoned")
    }

    /// Lets it behave otherwise from now on.
    pub fn behave(&self, behaviour: Behaviour) {
        self.inside().behaviour = behaviour;
    }

    /// What it was asked for and sent until now.
    pub fn seen(&self) -> Seen {
        self.inside().seen.clone()
    }

    /// Puts an order or a change of one; lists show it at once.
    pub fn put(&self, order: &Order, modified_at: Timestamp) {
        self.hold(&order.key, modified_at, Ok(order.clone()));
    }

    /// Puts an order that cannot be understood.
    pub fn put_faulty(&self, key: &OrderKey, modified_at: Timestamp, why: &Rejection) {
        self.hold(key, modified_at, Err(why.clone()));
    }

    fn hold(&self, key: &OrderKey, modified_at: Timestamp, order: Result<Order, Rejection>) {
        let key = OrderKey { shop: self.id.clone(), id: key.id.clone() };
        self.remove(&key);
        let order = FetchedOrder { key, modified_at, order };
        self.inside().orders.push(Held { order, shown_from: Some(Timestamp::MIN) });
    }

    /// Shows an order on lists only from an instant on, or on none.
    pub fn show_from(&self, key: &OrderKey, instant: Option<Timestamp>) {
        let mut inside = self.inside();
        let held = inside.orders.iter_mut().find(|held| held.order.key.id == key.id);
        held.expect("an order").shown_from = instant;
    }

    /// Deletes an order.
    pub fn remove(&self, key: &OrderKey) {
        self.inside().orders.retain(|held| held.order.key.id != key.id);
    }

    /// Lets requests for one order, and its acknowledgements, fail.
    pub fn fail(&self, key: &OrderKey, kind: FailureKind) {
        self.inside().failing.insert(key.id.clone(), kind);
    }

    /// Lets all requests for single orders succeed again.
    pub fn recover(&self) {
        self.inside().failing.clear();
    }

    /// Writes a customer's code into an account.
    pub fn write_code(&self, account: &str, code: &str) {
        self.inside().accounts.insert(account.to_owned(), code.to_owned());
    }

    /// Deletes an account that it still names.
    pub fn close_account(&self, account: &str) {
        self.inside().closed.insert(account.to_owned());
    }

    /// The ERP's number of an order.
    pub fn erp_number(&self, key: &OrderKey) -> Option<String> {
        self.inside().numbers.get(&key.id).cloned()
    }

    /// Loses all numbers of the ERP.
    pub fn lose_erp_numbers(&self) {
        self.inside().numbers.clear();
    }
}

fn check(doing: &'static str, subject: &str, failing: Option<FailureKind>) -> Result<()> {
    let Some(kind) = failing else { return Ok(()) };
    let cause = match kind {
        FailureKind::Retry => "HTTP 503",
        FailureKind::Misconfigured => "HTTP 401",
        FailureKind::Rejected => "HTTP 422",
    };
    Err(Failure::new(kind, doing, subject, cause))
}

#[async_trait]
impl Shop for FakeShop {
    fn id(&self) -> &ShopId {
        &self.id
    }

    async fn orders_changed(&self, from: &Cursor) -> Result<OrderPage> {
        let behaviour = self.inside().behaviour;
        tokio::time::sleep(behaviour.delay).await;
        let now = self.clock.now();
        self.clock.advance(behaviour.page_takes);
        let mut inside = self.inside();
        inside.seen.pages += 1;
        check("list orders", self.id.as_str(), behaviour.failing)?;
        let after: Option<(Timestamp, OrderId)> = from.resume.as_ref().map(|resume| {
            let (instant, id) = resume.split_once(' ').expect("a place");
            (instant.parse().expect("an instant"), OrderId::new(id).expect("an id"))
        });
        let is_left = |held: &&Held| {
            let (modified_at, id) = held.place();
            let behind = after.as_ref().map_or(modified_at >= from.watermark, |(instant, last)| {
                (modified_at, id) > (*instant, last)
            });
            behind && held.shown_from.is_some_and(|shown_from| shown_from <= now)
        };
        let mut left: Vec<&Held> = inside.orders.iter().filter(is_left).collect();
        left.sort_by(|one, other| one.place().cmp(&other.place()));
        let page = &left[..left.len().min(behaviour.page_size)];
        let caught_up = page.len() == left.len();
        let last = page.last().map(|held| held.place());
        let resume = last.filter(|_| !caught_up).map(|(instant, id)| format!("{instant} {id}"));
        let next = Cursor { watermark: last.map_or(from.watermark, |(instant, _)| instant), resume };
        let orders: Vec<_> = page.iter().map(|held| held.order.clone()).collect();
        Ok(OrderPage { raw: format!("{orders:?}").into_bytes(), orders, next, caught_up, remaining: None })
    }

    async fn order(&self, id: &OrderId) -> Result<Option<FetchedOrder>> {
        let mut inside = self.inside();
        inside.seen.asked.push(id.to_string());
        let failing = inside.behaviour.failing.or(inside.failing.get(id).copied());
        check("fetch order", id.as_str(), failing)?;
        Ok(inside.orders.iter().find(|held| held.order.key.id == *id).map(|held| held.order.clone()))
    }

    async fn find_customer(&self, code: &CustomerCode) -> Result<Option<String>> {
        let inside = self.inside();
        let mut same = inside.accounts.iter().filter(|(_, held)| *held == code.as_str());
        match (same.next(), same.next()) {
            (Some(_), Some(_)) => Err(Failure::rejected("find customer", code.as_str(), "two accounts")),
            (found, _) => Ok(found.map(|(account, _)| account.clone())),
        }
    }

    async fn publish_invoice(&self, publication: &Publication<'_>) -> Result<Published> {
        let mut inside = self.inside();
        if inside.closed.contains(publication.shop_customer) {
            return Ok(Published::NoSuchCustomer);
        }
        let published = (publication.number.to_string(), publication.shop_customer.to_owned());
        if inside.seen.published.contains(&published) {
            return Ok(Published::Before);
        }
        inside.seen.published.push(published);
        Ok(Published::Now)
    }

    async fn acknowledge_order(
        &self,
        id: &OrderId,
        report: &OrderAcknowledgement<'_>,
    ) -> Result<Acknowledged> {
        let mut inside = self.inside();
        check("acknowledge order", id.as_str(), inside.failing.get(id).copied())?;
        let OrderAcknowledgement { outcome, erp_number, words } = report;
        let kept = format!("{id} {} {erp_number}{words}", outcome.as_str());
        inside.seen.acknowledgements.push(kept);
        inside.numbers.insert(id.clone(), (*erp_number).to_owned());
        Ok(Acknowledged::Now)
    }

    fn erp_numbers(&self, page: &OrderPage) -> BTreeMap<OrderId, String> {
        let inside = self.inside();
        let number = |order: &FetchedOrder| inside.numbers.get(&order.key.id).cloned().unwrap_or_default();
        page.orders.iter().map(|order| (order.key.id.clone(), number(order))).collect()
    }

    fn webhook(&self, webhook: &Webhook<'_>) -> Result<Vec<OrderId>, WebhookRefusal> {
        self.inside().seen.webhooks.push(webhook.received_at);
        if webhook.header("x-signature").is_none() {
            return Err(WebhookRefusal::Unsigned);
        }
        let text = std::str::from_utf8(webhook.body).expect("text");
        match text.split_once(':') {
            Some(("ok", ids)) => {
                Ok(ids.split_terminator(',').map(|id| OrderId::new(id).expect("an id")).collect())
            }
            Some(("old", _)) => Err(WebhookRefusal::TooOld),
            Some(("none", _)) => Err(WebhookRefusal::NotSupported),
            Some(("forged", _)) => Err(WebhookRefusal::WrongSignature),
            _ => Err(WebhookRefusal::Malformed("no colon".into())),
        }
    }
}
