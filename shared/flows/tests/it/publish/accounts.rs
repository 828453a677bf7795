//! Which account an invoice goes to.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::SignedDuration;
use passerelle_domain::{
    Cursor, CustomerCode, Digest, Failure, FailureKind, Invoice, InvoiceNumber, OrderId, Result, ShopId,
};
use passerelle_flows::publish::{Publish, handle};
use passerelle_ledger::{DropId, InvoiceRecord, InvoiceState, Ledger, Window};
use passerelle_services::{
    Clock, Deadline, Environment, InvoiceAnnouncement, MemoryObjects, Message, SystemClock,
};
use passerelle_shops::{
    Acknowledged, FetchedOrder, OrderAcknowledgement, OrderPage, Publication, Published, Shop, Webhook,
    WebhookRefusal,
};

const PDF: &[u8] = b"%PDF";

/// A shop of customers' codes, which people correct.
struct Codes {
    id: ShopId,
    /// ERP codes by account.
    codes: Mutex<BTreeMap<String, String>>,
    /// Accounts that are gone, though the shop still names them.
    gone: Mutex<Vec<String>>,
}

impl Codes {
    fn new(id: &str, codes: &[(&str, &str)]) -> Arc<Self> {
        let codes = codes.iter().map(|&(account, code)| (account.to_owned(), code.to_owned())).collect();
        let id = ShopId::new(id).expect("a name");
        Arc::new(Self { id, codes: Mutex::new(codes), gone: Mutex::default() })
    }

    fn write(&self, account: &str, code: &str) {
        self.codes.lock().expect("no panic").insert(account.to_owned(), code.to_owned());
    }
}

#[async_trait]
impl Shop for Codes {
    fn id(&self) -> &ShopId {
        &self.id
    }

    async fn orders_changed(&self, _from: &Cursor) -> Result<OrderPage> {
        unreachable!("no orders are read")
    }

    async fn order(&self, _id: &OrderId) -> Result<Option<FetchedOrder>> {
        unreachable!("no order is read")
    }

    async fn find_customer(&self, code: &CustomerCode) -> Result<Option<String>> {
        let codes = self.codes.lock().expect("no panic");
        let mut same = codes.iter().filter(|(_, held)| *held == code.as_str());
        match (same.next(), same.next()) {
            (Some(_), Some(_)) => Err(Failure::rejected("find customer", code.as_str(), "two accounts")),
            (found, _) => Ok(found.map(|(account, _)| account.clone())),
        }
    }

    async fn publish_invoice(&self, publication: &Publication<'_>) -> Result<Published> {
        let gone = self.gone.lock().expect("no panic").iter().any(|gone| gone == publication.shop_customer);
        Ok(if gone { Published::NoSuchCustomer } else { Published::Now })
    }

    async fn acknowledge_order(
        &self,
        _id: &OrderId,
        _report: &OrderAcknowledgement<'_>,
    ) -> Result<Acknowledged> {
        unreachable!("no order is reported")
    }

    fn webhook(&self, _webhook: &Webhook<'_>) -> Result<Vec<OrderId>, WebhookRefusal> {
        Err(WebhookRefusal::NotSupported)
    }
}

struct House {
    deps: Arc<Publish>,
    ledger: Ledger,
    objects: MemoryObjects,
}

impl House {
    fn of(shops: &[&Arc<Codes>]) -> Self {
        let (ledger, objects) = (Ledger::in_memory(), MemoryObjects::default());
        let deps = Publish {
            shops: shops.iter().map(|&shop| Arc::clone(shop) as Arc<dyn Shop>).collect(),
            env: Environment {
                ledger: ledger.clone(),
                objects: Arc::new(objects.clone()),
                clock: Arc::new(SystemClock),
                ..Environment::in_memory()
            },
        };
        Self { deps: Arc::new(deps), ledger, objects }
    }

    /// Publishes an invoice of a customer.
    async fn publish(&self, number: &str, code: &str) -> Result<InvoiceRecord> {
        let fixture = include_str!("../../../../../tests/fixtures/invoices/web-and-market.json");
        let mut invoice: Invoice = serde_json::from_str(fixture).expect("an invoice");
        invoice.number = InvoiceNumber::new(number).expect("a number");
        invoice.buyer.code = CustomerCode::new(code).expect("a code");
        let (key, now) = (format!("invoices/pdf/{number}.pdf"), SystemClock.now());
        let drop = DropId { key: "invoices/inbox/f.csv".into(), version: "v".into() };
        self.ledger.register_invoice(&invoice, &drop, now).await.expect("registered");
        self.objects.put_version(&key, PDF);
        let content = Digest::of(PDF);
        self.ledger.invoice_rendered(&invoice.number, &key, &content, now).await.expect("rendered");
        let body =
            InvoiceAnnouncement { number: invoice.number.clone(), revision: invoice.revision() }.to_body();
        let deadline = Deadline::at(now + SignedDuration::from_mins(1));
        handle(self.deps.clone(), Message { id: "m".into(), body, deadline }).await?;
        Ok(self.ledger.invoice(&invoice.number).await.expect("in memory").expect("registered"))
    }

    /// The account that an invoice of a customer is put into; nothing when he has none.
    async fn account(&self, number: &str, code: &str) -> Option<String> {
        let record = self.publish(number, code).await.expect("published");
        let expected =
            if record.published.is_some() { InvoiceState::Published } else { InvoiceState::Unpublishable };
        assert_eq!(record.state, expected);
        record.published.map(|(shop, account)| format!("{shop}/{account}"))
    }
}

#[tokio::test]
async fn a_corrected_code_counts_from_the_next_invoice_on_and_the_change_is_recorded() {
    let shop = Codes::new("rungis", &[("17", "C1")]);
    let house = House::of(&[&shop]);
    assert_eq!(house.account("F1", "C1").await.as_deref(), Some("rungis/17"));
    assert_eq!(house.account("F2", "C1").await.as_deref(), Some("rungis/17"));
    shop.write("17", "C2");
    shop.write("42", "C1");
    assert_eq!(house.account("F3", "C1").await.as_deref(), Some("rungis/42"));
    assert_eq!(house.account("F4", "C1").await.as_deref(), Some("rungis/42"));
    let [changed] = &house.ledger.accounts_changed(Window::all(9)).await.expect("in memory")[..] else {
        panic!("one customer's account changed")
    };
    assert_eq!((changed.code.as_str(), &*changed.shop_customer), ("C1", "42"));
    assert_eq!(changed.before, Some((shop.id.clone(), "17".to_owned())));
    let left = house.ledger.invoices_in_account(&changed.code, &shop.id, "17").await.expect("in memory");
    assert_eq!(left.iter().map(InvoiceNumber::as_str).collect::<Vec<_>>(), ["F1", "F2"]);
}

#[tokio::test]
async fn a_code_that_was_taken_away_leaves_the_invoice_without_account() {
    let shop = Codes::new("rungis", &[("17", "C1")]);
    let house = House::of(&[&shop]);
    assert_eq!(house.account("F1", "C1").await.as_deref(), Some("rungis/17"));
    shop.write("17", "");
    assert_eq!(house.account("F2", "C1").await, None);
}

#[tokio::test]
async fn the_first_shop_that_has_the_customer_gets_the_invoice() {
    let (rungis, lyon) =
        (Codes::new("rungis", &[("17", "C1")]), Codes::new("lyon", &[("5", "C1"), ("6", "C2")]));
    let house = House::of(&[&rungis, &lyon]);
    assert_eq!(house.account("F1", "C1").await.as_deref(), Some("rungis/17"));
    assert_eq!(house.account("F2", "C2").await.as_deref(), Some("lyon/6"));
    rungis.write("17", "");
    assert_eq!(house.account("F3", "C1").await.as_deref(), Some("lyon/5"));
    let changed = house.ledger.accounts_changed(Window::all(9)).await.expect("in memory");
    assert_eq!(changed.len(), 1, "another shop is another account");
}

#[tokio::test]
async fn codes_that_differ_by_case_zeros_or_spaces_are_others() {
    for held in ["c1", "C01", "C1 ", " C1", "C 1", "C10"] {
        let house = House::of(&[&Codes::new("rungis", &[("17", held)])]);
        assert_eq!(house.account("F1", "C1").await, None, "{held:?}");
    }
}

#[tokio::test]
async fn of_two_accounts_with_one_code_none_is_guessed() {
    let shops = [Codes::new("rungis", &[("17", "C1"), ("18", "C1")]), Codes::new("lyon", &[("5", "C1")])];
    let house = House::of(&shops.each_ref());
    let failure = house.publish("F1", "C1").await.expect_err("nobody knows which");
    assert_eq!(failure.kind(), FailureKind::Rejected);
    let number = InvoiceNumber::new("F1").expect("a number");
    let record = house.ledger.invoice(&number).await.expect("in memory").expect("registered");
    assert_eq!((record.state, record.published), (InvoiceState::Rendered, None));
}

#[tokio::test]
async fn an_account_that_is_gone_as_soon_as_it_was_named_is_tried_again_later() {
    let (rungis, lyon) = (Codes::new("rungis", &[("17", "C1")]), Codes::new("lyon", &[("5", "C1")]));
    let house = House::of(&[&rungis, &lyon]);
    rungis.gone.lock().expect("no panic").push("17".to_owned());
    assert_eq!(house.publish("F1", "C1").await.expect_err("gone").kind(), FailureKind::Retry);
    assert_eq!(house.ledger.accounts_changed(Window::all(9)).await.expect("in memory"), []);
    let known = house.ledger.customer_account(&CustomerCode::new("C1").expect("a code")).await;
    assert_eq!(known.expect("in memory"), None);
}
