//! One contract for every shop system.
//!
//! Each system is a folder with the same files: `mod.rs` the contract, `config.rs` its own part
//! of the configuration, `wire.rs` the shop's own JSON or XML, `map.rs` from wire to domain as pure functions,
//! `README.md` its traps. All pass one behaviour suite (`tests/it/behaviour/`). What is the same for all
//! stands around them: [`http`], [`ShopConfig`], [`Webhook`] and the accounts (`accounts.rs`).

mod accounts;
mod address;
mod config;
mod entities;
#[cfg(test)]
mod erp_files;
pub mod http;
mod json;
mod paging;
#[cfg(test)]
mod strange_json;
mod webhook;

mod magento;
mod prestashop;
mod shopify;
mod woocommerce;

/// The shop systems.
static SYSTEMS: [config::System; 4] =
    [prestashop::SYSTEM, woocommerce::SYSTEM, magento::SYSTEM, shopify::SYSTEM];

pub use config::{Fault, ShopConfig};
pub use webhook::{Webhook, WebhookRefusal};

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;
use passerelle_domain::{
    Cursor, CustomerCode, Failure, InvoiceKind, InvoiceNumber, Money, Order, OrderId, OrderKey, Rejection,
    Result, ShopId,
};

/// A shop. Failures say whether a call may work later.
#[async_trait]
pub trait Shop: Send + Sync {
    /// Its name in the configuration.
    fn id(&self) -> &ShopId;

    /// The next page of orders changed at or after the cursor, oldest change first. An order may come
    /// again on a later page; none that changed before [`OrderPage::next`] is left out.
    async fn orders_changed(&self, from: &Cursor) -> Result<OrderPage>;

    /// One order as it is now; nothing when the shop has none with this id.
    async fn order(&self, id: &OrderId) -> Result<Option<FetchedOrder>>;

    /// The account whose ERP code is exactly this one, as the shop answers now; nothing when there is none.
    /// Rejected when several have it: nobody knows which is meant.
    async fn find_customer(&self, code: &CustomerCode) -> Result<Option<String>>;

    /// Puts an invoice into its customer's account. Idempotent by number.
    async fn publish_invoice(&self, publication: &Publication<'_>) -> Result<Published>;

    /// Writes the ERP's acknowledgement of an order to the shop. Idempotent: the same report again changes
    /// nothing.
    async fn acknowledge_order(
        &self,
        id: &OrderId,
        report: &OrderAcknowledgement<'_>,
    ) -> Result<Acknowledged>;

    /// The ERP's numbers as the answers of a page carry them, empty where an order has none. Orders of which
    /// they do not say are left out: of systems that keep the number apart from the order, all.
    fn erp_numbers(&self, _page: &OrderPage) -> BTreeMap<OrderId, String> {
        BTreeMap::new()
    }

    /// The orders that a webhook is about, once its signature and its age are good; none when it is
    /// about something else, as the ping of a new one.
    ///
    /// # Errors
    /// Why it is not followed.
    fn webhook(&self, webhook: &Webhook<'_>) -> Result<Vec<OrderId>, WebhookRefusal>;
}

/// A page of orders.
#[derive(Clone, Debug)]
pub struct OrderPage {
    /// The shop's answers as they came, for audit and replay: JSON lines.
    pub raw: Vec<u8>,
    /// The orders, oldest change first. One that cannot be read, while its shop answers else, is here
    /// with the reason; it does not fail the page.
    pub orders: Vec<FetchedOrder>,
    /// Where the next page starts; what the ledger's cursor may move to once this page is recorded.
    pub next: Cursor,
    /// Whether nothing changed is left to read.
    pub caught_up: bool,
    /// How many orders the shop says are left from this page on, for progress.
    pub remaining: Option<u64>,
}

/// An order as its shop showed it.
#[derive(Clone, Debug)]
pub struct FetchedOrder {
    /// The order.
    pub key: OrderKey,
    /// When the shop last changed it.
    pub modified_at: Timestamp,
    /// Its content, checked; or why it cannot be understood or does not add up.
    pub order: Result<Order, Rejection>,
}

/// The code of a [`Rejection`] that says nothing about an order but that its shop does not show it just
/// now, while it answers for others. Such an order is asked for again by itself.
pub const UNREACHABLE: &str = "unreachable";

/// Why an order cannot be read. The same failure has the same words, so that reading it again is no
/// change.
fn unreachable(failure: &Failure) -> Rejection {
    let words = failure.to_string();
    let words: String = words.split(',').next().unwrap_or_default().chars().take(200).collect();
    Rejection::new(
        UNREACHABLE,
        "order",
        words,
        "the shop does not show the order just now; it is asked again by itself",
    )
}

/// An invoice on its way into an account.
#[derive(Clone, Copy, Debug)]
pub struct Publication<'a> {
    /// Its number.
    pub number: &'a InvoiceNumber,
    /// The account, as the shop names it.
    pub shop_customer: &'a str,
    /// Invoice or credit note.
    pub kind: InvoiceKind,
    /// The date of issue.
    pub issued_on: Date,
    /// When it is due.
    pub due_on: Option<Date>,
    /// ISO 4217 code.
    pub currency: &'a str,
    /// The total with VAT.
    pub gross: Money,
    /// To pay.
    pub due: Money,
    /// The document.
    pub pdf: &'a [u8],
}

/// What publishing did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Published {
    /// It was not there before.
    Now,
    /// It was there already, the same.
    Before,
    /// The account is gone.
    NoSuchCustomer,
}

/// What became of an order in the ERP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderAcknowledgement<'a> {
    /// Whether the ERP has it.
    pub outcome: OrderOutcome,
    /// Its number in the ERP; empty where there is none.
    pub erp_number: &'a str,
    /// What the ERP says about it, for the people of the shop.
    pub words: &'a str,
}

/// Whether the ERP took an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderOutcome {
    /// It has it.
    Accepted,
    /// It does not.
    Refused,
}

impl OrderOutcome {
    /// A stable word for it, as it is kept in the shop.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
        }
    }
}

/// What reporting did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acknowledged {
    /// The shop did not know it before.
    Now,
    /// It knew it already.
    Before,
    /// The order is gone.
    NoSuchOrder,
}

/// Whether an order's or account's id is a number, as most systems have it. Any other would be the
/// address of something else.
fn is_number(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())
}

/// The one account with a code.
///
/// # Errors
/// Rejected, with all of them, when there are several.
fn only_one(code: &CustomerCode, mut accounts: Vec<String>) -> Result<Option<String>> {
    accounts.sort_unstable();
    accounts.dedup();
    if accounts.len() > 1 {
        let cause = format!("{} accounts have this code: {}", accounts.len(), accounts.join(", "));
        return Err(Failure::rejected("find customer", code.as_str(), cause));
    }
    Ok(accounts.pop())
}
