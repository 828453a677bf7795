//! The shop: orders that change all the time, seconds for a clock, and the accounts of customers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use passerelle_domain::{
    Cursor, CustomerCode, Failure, InvoiceNumber, Order, OrderId, OrderKey, Rejection, Result, Revision,
    ShopId,
};
use passerelle_ledger::{Ledger, MemoryLedger};
use passerelle_platform::Clock;
use passerelle_shops::{
    FetchedOrder, OrderPage, OrderReport, Publication, Published, Reported, Shop, Webhook, WebhookRefusal,
};

use crate::at_once;
use crate::bugs::Bug;
use crate::world::World;

/// Orders on a page.
const PAGE: usize = 3;
/// How long the shop may take to show a change, less than the overlap of a run.
pub const SHOWN_AFTER: SignedDuration = SignedDuration::from_secs(240);
/// How far each run reads back.
pub const OVERLAP: SignedDuration = SignedDuration::from_secs(300);

/// An order as it stands in the shop.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Its content, or why nobody can understand it.
    pub content: std::result::Result<Order, Rejection>,
    /// When it was last changed, in whole seconds.
    pub modified_at: Timestamp,
    /// When the change can first be seen.
    pub shown_at: Timestamp,
}

#[derive(Debug, Default)]
struct State {
    orders: BTreeMap<OrderKey, Standing>,
    accounts: BTreeSet<String>,
    published: BTreeMap<InvoiceNumber, Revision>,
    /// What was reported of orders: the outcome and the ERP's number.
    reports: BTreeMap<OrderKey, (String, String)>,
}

/// The shop; a clone is the same one.
#[derive(Clone, Debug)]
pub struct SimShop {
    id: ShopId,
    world: World,
    state: Arc<Mutex<State>>,
    /// Where a planted bug moves the cursor too early.
    hasty: Option<MemoryLedger>,
}

impl SimShop {
    /// A shop without orders, with these accounts.
    pub fn new(world: &World, accounts: impl IntoIterator<Item = String>) -> Self {
        let state = State { accounts: accounts.into_iter().collect(), ..State::default() };
        let id = ShopId::new("rungis").expect("a name");
        Self { id, world: world.clone(), state: Arc::new(Mutex::new(state)), hasty: None }
    }

    /// The same shop, read by a run with the bug of moving the cursor before the page is recorded.
    pub fn hasty(&self, ledger: &MemoryLedger) -> Self {
        let hasty = (self.world.bug == Some(Bug::CursorBeforePage)).then(|| ledger.clone());
        Self { hasty, ..self.clone() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts an order in, or changes it: now, in whole seconds, shown now or a little later.
    pub fn change(&self, key: &OrderKey, content: std::result::Result<Order, Rejection>) {
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
        self.state().orders.insert(key.clone(), Standing { content, modified_at, shown_at });
    }

    /// All orders as they stand.
    pub fn orders(&self) -> BTreeMap<OrderKey, Standing> {
        self.state().orders.clone()
    }

    /// What is in accounts: the hash of each document.
    pub fn published(&self) -> BTreeMap<InvoiceNumber, Revision> {
        self.state().published.clone()
    }

    /// Whether a customer has an account.
    pub fn has_account(&self, code: &str) -> bool {
        self.state().accounts.contains(code)
    }

    /// The cursor passes no order that is not recorded, whether it is shown yet or not.
    pub fn check_cursor(&self, cursor: &Cursor, ledger: &MemoryLedger) {
        for (key, order) in self.orders() {
            if order.modified_at >= cursor.watermark {
                continue;
            }
            let recorded = at_once(ledger.order(&key)).ok().flatten();
            if recorded.is_none_or(|head| head.modified_at < order.modified_at) {
                let how =
                    format!("changed at {}, the cursor stands at {}", order.modified_at, cursor.watermark);
                self.world.broken("the cursor passes no unrecorded order", &key, how);
            }
        }
    }

    fn page(&self, from: &Cursor) -> OrderPage {
        let now = self.world.now();
        let state = self.state();
        let mut shown: Vec<_> = state.orders.iter().filter(|(_, order)| order.shown_at <= now).collect();
        shown.sort_by_key(|(key, order)| (order.modified_at, (*key).clone()));
        // Words for the next page: the second and the order that were last read.
        let after = from.resume.as_ref().map(|resume| {
            let (second, id) = resume.split_once(' ').expect("our own words");
            (second.parse::<Timestamp>().expect("our own words"), id.to_owned())
        });
        let left = shown.into_iter().filter(|(key, order)| match &after {
            Some((second, id)) => (order.modified_at, key.id.as_str()) > (*second, id.as_str()),
            None => order.modified_at >= from.watermark,
        });
        let left: Vec<_> = left.collect();
        let page = &left[..left.len().min(PAGE)];
        let caught_up = left.len() <= PAGE;
        let watermark =
            page.last().map_or(from.watermark, |(_, order)| order.modified_at.max(from.watermark));
        let resume = page.last().map(|(key, order)| format!("{} {}", order.modified_at, key.id));
        let orders = page.iter().map(|(key, order)| FetchedOrder {
            key: (*key).clone(),
            modified_at: order.modified_at,
            order: order.content.clone(),
        });
        let orders: Vec<_> = orders.collect();
        OrderPage {
            raw: format!("{orders:?}").into_bytes(),
            orders,
            next: Cursor { watermark, resume: if caught_up { None } else { resume } },
            caught_up,
            remaining: None,
        }
    }
}

#[async_trait]
impl Shop for SimShop {
    fn id(&self) -> &ShopId {
        &self.id
    }

    async fn orders_changed(&self, from: &Cursor) -> Result<OrderPage> {
        let page = self.world.call("orders changed", &self.id, true, async || Ok(self.page(from))).await?;
        if let Some(ledger) = &self.hasty {
            let lease = ledger.lease(&format!("fetch-orders/{}", self.id)).await?;
            if let Some(lease) = lease.map(|lease| passerelle_ledger::Lease {
                job: format!("fetch-orders/{}", self.id),
                owner: String::new(),
                expires_at: lease.expires_at,
                fencing: lease.fencing,
            }) {
                ledger.move_cursor(&self.id, &page.next, &lease).await?;
                self.check_cursor(&page.next, ledger);
            }
        }
        Ok(page)
    }

    async fn order(&self, id: &OrderId) -> Result<Option<FetchedOrder>> {
        let key = OrderKey { shop: self.id.clone(), id: id.clone() };
        let found = async || {
            Ok(self.state().orders.get(&key).map(|order| FetchedOrder {
                key: key.clone(),
                modified_at: order.modified_at,
                order: order.content.clone(),
            }))
        };
        self.world.call("order of the shop", id, true, found).await
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
            let content = Revision::of_bytes(publication.pdf);
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

    async fn report_order(&self, id: &OrderId, report: &OrderReport<'_>) -> Result<Reported> {
        let key = OrderKey { shop: self.id.clone(), id: id.clone() };
        let reporting = async || {
            let mut state = self.state();
            if !state.orders.contains_key(&key) {
                return Ok(Reported::NoSuchOrder);
            }
            let report = (report.outcome.as_str().to_owned(), report.erp_number.to_owned());
            let before = state.reports.insert(key.clone(), report.clone());
            Ok(if before == Some(report) { Reported::Before } else { Reported::Now })
        };
        self.world.call("report order", id, true, reporting).await
    }

    fn webhook(&self, _webhook: &Webhook<'_>) -> Result<Vec<OrderId>, WebhookRefusal> {
        Err(WebhookRefusal::NotSupported)
    }
}
