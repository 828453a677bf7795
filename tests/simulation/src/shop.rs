//! The shops: orders that change all the time, seconds for a clock, and the accounts of customers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use passerelle_domain::{
    Cursor, CustomerCode, Digest, Failure, InvoiceNumber, Order, OrderId, OrderKey, Rejection, Result, ShopId,
};
use passerelle_ledger::{Lease, Ledger};
use passerelle_services::Clock;
use passerelle_shops::{
    Acknowledged, FetchedOrder, OrderAcknowledgement, OrderPage, Publication, Published, Shop, Webhook,
    WebhookRefusal,
};

use crate::at_once;
use crate::bugs::Bug;
use crate::webhooks;
use crate::world::World;

/// Orders on a page.
const PAGE: usize = 3;
/// How long the shop may take to show a change, less than the overlap of a run.
pub const SHOWN_AFTER: SignedDuration = SignedDuration::from_secs(240);
/// How far each run reads back.
pub const OVERLAP: SignedDuration = SignedDuration::from_secs(300);

/// How a shop behaves, within the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Pages go on behind the last order seen, by time and id. A refund touches its order, and so does
    /// an acknowledgement. Webhooks are signed as WooCommerce does.
    Keyset,
    /// Pages begin again at the last second seen, whose orders come again; the last page is empty. A
    /// refund stands apart, with its own time, and leaves the order's time alone. Webhooks are signed
    /// as PrestaShop's module does.
    Apart,
}

/// An order as it stands in the shop.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Its content, or why nobody can understand it.
    pub content: std::result::Result<Order, Rejection>,
    /// When it or its last refund changed, in whole seconds.
    pub modified_at: Timestamp,
    /// Under which times it is found, and from when on the list shows it there: its own, and those of
    /// refunds that stand apart.
    places: Vec<(Timestamp, Timestamp)>,
    /// Whether it was seen to be recorded so.
    recorded: bool,
}

#[derive(Debug, Default)]
struct State {
    orders: BTreeMap<OrderKey, Standing>,
    accounts: BTreeSet<String>,
    published: BTreeMap<InvoiceNumber, Digest>,
    /// The acknowledgements that were sent: the outcome and the ERP's number.
    acknowledged: BTreeMap<OrderKey, (String, String)>,
}

/// A shop; a clone is the same one.
#[derive(Clone, Debug)]
pub struct SimShop {
    id: ShopId,
    /// How it behaves.
    pub kind: Kind,
    world: World,
    state: Arc<Mutex<State>>,
    /// Where a planted bug moves the cursor too early.
    hasty: Option<Ledger>,
}

impl SimShop {
    /// A shop without orders, with these accounts.
    pub fn new(world: &World, id: &str, kind: Kind, accounts: &[&str]) -> Self {
        let accounts = accounts.iter().map(|&code| code.to_owned()).collect();
        let state = Arc::new(Mutex::new(State { accounts, ..State::default() }));
        Self { id: ShopId::new(id).expect("a name"), kind, world: world.clone(), state, hasty: None }
    }

    /// The same shop, read by a run that moves the cursor before what it read is recorded, where that
    /// is the bug.
    pub fn hasty(&self, ledger: &Ledger, bug: Bug) -> Self {
        let hasty = (self.world.bug == Some(bug)).then(|| ledger.clone());
        Self { hasty, ..self.clone() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts an order in, or changes it: now, in whole seconds, shown now or a little later. A refund of
    /// a shop that keeps refunds apart leaves the order's own place alone.
    pub fn change(&self, key: &OrderKey, content: std::result::Result<Order, Rejection>, refund: bool) {
        let now = self.world.now();
        let modified_at = Timestamp::from_second(now.as_second()).expect("in range");
        let late = self.world.strikes(|weather| weather.delivery);
        let wait = if late {
            self.world.chance(|random| random.seconds(1, SHOWN_AFTER.as_secs()))
        } else {
            SignedDuration::ZERO
        };
        let shown_at = now + wait;
        self.world.note("the shop", || format!("order {key} changed at {modified_at}, shown at {shown_at}"));
        let mut state = self.state();
        let mut places = state.orders.remove(key).map(|standing| standing.places).unwrap_or_default();
        if self.kind == Kind::Keyset {
            places.clear();
        } else if !refund && !places.is_empty() {
            places.remove(0);
        }
        if refund && self.kind == Kind::Apart {
            self.world.note("the shop", || format!("order {key} gets a refund apart"));
        }
        let own = if refund { places.len() } else { 0 };
        places.insert(own, (modified_at, shown_at));
        state.orders.insert(key.clone(), Standing { content, modified_at, places, recorded: false });
    }

    /// All orders as they stand.
    pub fn orders(&self) -> BTreeMap<OrderKey, Standing> {
        self.state().orders.clone()
    }

    /// The last acknowledgement of an order: the outcome and the ERP's number.
    pub fn acknowledged(&self, key: &OrderKey) -> Option<(String, String)> {
        self.state().acknowledged.get(key).cloned()
    }

    /// What is in accounts: the digest of each document.
    pub fn published(&self) -> BTreeMap<InvoiceNumber, Digest> {
        self.state().published.clone()
    }

    /// Whether a customer has an account.
    pub fn has_account(&self, code: &str) -> bool {
        self.state().accounts.contains(code)
    }

    /// The cursor passes no order that is not recorded, whether it is shown yet or not.
    pub fn check_cursor(&self, cursor: &Cursor, ledger: &Ledger) {
        for (key, order) in &mut self.state().orders {
            if order.recorded || order.modified_at >= cursor.watermark {
                continue;
            }
            let head = at_once(ledger.order(key)).ok().flatten();
            // What is recorded once stays so.
            order.recorded = head.is_some_and(|head| head.modified_at >= order.modified_at);
            if !order.recorded {
                let how =
                    format!("changed at {}, the cursor stands at {}", order.modified_at, cursor.watermark);
                self.world.broken("the cursor passes no unrecorded order", key, how);
            }
        }
    }

    fn page(&self, from: &Cursor) -> OrderPage {
        let now = self.world.now();
        let state = self.state();
        // By second; within it by id, or the other way round.
        let mut rows: Vec<(Timestamp, &OrderKey)> = Vec::new();
        for (key, order) in &state.orders {
            let shown = order.places.iter().filter(|(_, shown_at)| *shown_at <= now);
            rows.extend(shown.map(|(second, _)| (*second, key)));
        }
        rows.sort_by(|one, other| match self.kind {
            Kind::Keyset => one.cmp(other),
            Kind::Apart => one.0.cmp(&other.0).then(other.1.cmp(one.1)),
        });
        let (rows, next, caught_up) = match self.kind {
            Kind::Keyset => behind_the_last(rows, from),
            Kind::Apart => from_the_last_second(rows, from),
        };
        let mut orders: Vec<FetchedOrder> = Vec::new();
        for (_, key) in rows {
            if orders.iter().all(|order| order.key != *key) {
                orders.push(fetched(key, &state.orders[key]));
            }
        }
        OrderPage { raw: format!("{orders:?}").into_bytes(), orders, next, caught_up, remaining: None }
    }

    /// The bug of moving the cursor to where a run has read, before anything is recorded.
    async fn move_hastily(&self, cursor: &Cursor) -> Result<()> {
        let Some(ledger) = &self.hasty else { return Ok(()) };
        let job = format!("fetch-orders/{}", self.id);
        let Some(record) = ledger.lease(&job).await? else { return Ok(()) };
        let (expires_at, fencing) = (record.expires_at, record.fencing);
        let lease = Lease { job, owner: String::new(), expires_at, fencing };
        ledger.move_cursor(&self.id, cursor, &lease).await?;
        self.check_cursor(cursor, ledger);
        Ok(())
    }
}

type Rows<'a> = Vec<(Timestamp, &'a OrderKey)>;

fn fetched(key: &OrderKey, order: &Standing) -> FetchedOrder {
    FetchedOrder { key: key.clone(), modified_at: order.modified_at, order: order.content.clone() }
}

/// The next rows by time and id: the next page begins behind the row that was last read.
fn behind_the_last<'a>(mut rows: Rows<'a>, from: &Cursor) -> (Rows<'a>, Cursor, bool) {
    let after = from.resume.as_ref().map(|resume| {
        let (second, id) = resume.split_once(' ').expect("our own cursor");
        (second.parse::<Timestamp>().expect("our own cursor"), id.to_owned())
    });
    rows.retain(|(second, key)| match &after {
        Some((last, id)) => (*second, key.id.as_str()) > (*last, id.as_str()),
        None => *second >= from.watermark,
    });
    let caught_up = rows.len() <= PAGE;
    rows.truncate(PAGE);
    let last = rows.last();
    let watermark = last.map_or(from.watermark, |(second, _)| (*second).max(from.watermark));
    let resume = last.map(|(second, key)| format!("{second} {}", key.id)).filter(|_| !caught_up);
    (rows, Cursor { watermark, resume }, caught_up)
}

/// The next rows from a second on, up to the end of a second; the cursor is only the time.
fn from_the_last_second<'a>(mut rows: Rows<'a>, from: &Cursor) -> (Rows<'a>, Cursor, bool) {
    rows.retain(|(second, _)| *second >= from.watermark);
    let end = rows.get(PAGE - 1).map(|(second, _)| *second);
    let Some(end) = end else {
        let watermark = rows.last().map_or(from.watermark, |(second, _)| *second);
        return (rows, Cursor::at(watermark), true);
    };
    rows.retain(|(second, _)| *second <= end);
    // A second that is a page by itself was read whole.
    let watermark = if end == from.watermark { end + SignedDuration::from_secs(1) } else { end };
    (rows, Cursor::at(watermark), false)
}

#[async_trait]
impl Shop for SimShop {
    fn id(&self) -> &ShopId {
        &self.id
    }

    async fn orders_changed(&self, from: &Cursor) -> Result<OrderPage> {
        let page = self.world.call("orders changed", &self.id, true, async || Ok(self.page(from))).await?;
        self.move_hastily(&page.next).await?;
        Ok(page)
    }

    async fn order(&self, id: &OrderId) -> Result<Option<FetchedOrder>> {
        let key = OrderKey { shop: self.id.clone(), id: id.clone() };
        let found = async || Ok(self.state().orders.get(&key).map(|order| fetched(&key, order)));
        let order = self.world.call("order of the shop", id, true, found).await?;
        if let Some(order) = &order {
            self.move_hastily(&Cursor::at(order.modified_at)).await?;
        }
        Ok(order)
    }

    async fn find_customer(&self, code: &CustomerCode) -> Result<Option<String>> {
        let found = async || Ok(self.has_account(code.as_str()).then(|| code.to_string()));
        self.world.call("find customer", code, true, found).await
    }

    async fn publish_invoice(&self, publication: &Publication<'_>) -> Result<Published> {
        let number = publication.number;
        let publishing = async || {
            if !self.has_account(publication.shop_customer) {
                return Ok(Published::NoSuchCustomer);
            }
            let content = Digest::of(publication.pdf);
            let mut state = self.state();
            match state.published.get(number) {
                Some(standing) if *standing == content => Ok(Published::Before),
                Some(_) => {
                    drop(state);
                    self.world.broken("an invoice in an account never changes", number, "other bytes came");
                    Err(Failure::rejected("publish", number.as_str(), "409"))
                }
                None => {
                    state.published.insert(number.clone(), content);
                    Ok(Published::Now)
                }
            }
        };
        self.world.call("publish invoice", number, true, publishing).await
    }

    async fn acknowledge_order(&self, id: &OrderId, sent: &OrderAcknowledgement<'_>) -> Result<Acknowledged> {
        let key = OrderKey { shop: self.id.clone(), id: id.clone() };
        let acknowledging = async || {
            let known = self.acknowledged(&key);
            let new = (sent.outcome.as_str().to_owned(), sent.erp_number.to_owned());
            if known.as_ref() == Some(&new) {
                return Ok(Acknowledged::Before);
            }
            let Some(standing) = self.state().orders.get(&key).cloned() else {
                return Ok(Acknowledged::NoSuchOrder);
            };
            self.world.note("", || format!("the shop {} records of {key}: {new:?}", self.id));
            if let Some((_, number)) = known.filter(|(_, number)| !number.is_empty() && !new.1.is_empty())
                && number != new.1
            {
                let how = format!("{number}, {}", new.1);
                self.world.broken("an order has one number in the ERP", &key, how);
            }
            self.state().acknowledged.insert(key.clone(), new);
            if self.kind == Kind::Keyset {
                self.change(&key, standing.content, false);
            }
            Ok(Acknowledged::Now)
        };
        self.world.call("acknowledge order", id, true, acknowledging).await
    }

    fn webhook(&self, webhook: &Webhook<'_>) -> Result<Vec<OrderId>, WebhookRefusal> {
        webhooks::client(self.kind).webhook(webhook)
    }
}
