//! Which account an invoice goes to.

use std::sync::Arc;

use passerelle_domain::{CustomerCode, FailureKind, Invoice, Result};
use passerelle_flows::publish::{Publish, handle};
use passerelle_kit::*;
use passerelle_ledger::{InvoiceRecord, InvoiceState, Window};
use passerelle_services::Metric;
use passerelle_shops::Shop;

struct House {
    world: World,
    deps: Arc<Publish>,
}

in_its_world!(House);

/// Shops with codes by account, which people correct.
fn given<const N: usize>(shops: [(&str, &[(&str, &str)]); N]) -> (House, [Arc<FakeShop>; N]) {
    let world = World::at("18:00");
    let shops = shops.map(|(name, codes)| {
        let shop = world.shop(name);
        codes.iter().for_each(|(account, code)| shop.write_code(account, code));
        shop
    });
    let of_deps = shops.iter().map(|shop| Arc::clone(shop) as Arc<dyn Shop>).collect();
    let deps = Publish { shops: of_deps, env: world.environment() };
    (House { world, deps: Arc::new(deps) }, shops)
}

fn sold(n: u32, code: &str) -> Invoice {
    let mut invoice = invoice(n);
    invoice.buyer.code = CustomerCode::new(code).expect("a code");
    invoice
}

impl House {
    /// Publishes an invoice of a customer.
    async fn publish_to(&self, n: u32, code: &str) -> Result<InvoiceRecord> {
        let invoice = sold(n, code);
        self.register(&invoice).await;
        self.render(&invoice).await;
        self.deliver(&invoice).await?;
        Ok(self.registered(n).await)
    }

    async fn deliver(&self, invoice: &Invoice) -> Result<()> {
        handle(self.deps.clone(), self.message(announcement(invoice))).await
    }

    /// The account that an invoice of a customer is put into; nothing when he has none.
    async fn account(&self, n: u32, code: &str) -> Option<String> {
        let record = self.publish_to(n, code).await.expect("published");
        let expected =
            if record.published.is_some() { InvoiceState::Published } else { InvoiceState::Unpublishable };
        assert_eq!(record.state, expected);
        record.published.map(|(shop, account)| format!("{shop}/{account}"))
    }
}

#[tokio::test]
async fn a_second_delivery_publishes_nothing_again() {
    let (house, [rungis]) = given([("rungis", &[("17", "C1")])]);
    house.account(1, "C1").await;
    house.deliver(&sold(1, "C1")).await.expect("delivered again");
    assert_eq!(rungis.seen().published, [("F2026/0001".to_owned(), "17".to_owned())]);
    let metrics = [Metric::InvoicesPublished, Metric::InvoicesUnpublishable, Metric::DuplicateDeliveries];
    assert_eq!(house.emitted(metrics), [1, 0, 1]);
}

#[tokio::test]
async fn a_corrected_code_counts_from_the_next_invoice_on() {
    let (house, [rungis]) = given([("rungis", &[("17", "C1")])]);
    assert_eq!(house.account(1, "C1").await.as_deref(), Some("rungis/17"));
    assert_eq!(house.account(2, "C1").await.as_deref(), Some("rungis/17"));
    rungis.write_code("17", "C2");
    rungis.write_code("42", "C1");
    assert_eq!(house.account(3, "C1").await.as_deref(), Some("rungis/42"));
    assert_eq!(house.account(4, "C1").await.as_deref(), Some("rungis/42"));
    let [changed] = &house.ledger.accounts_changed(Window::all(9)).await.expect("in memory")[..] else {
        panic!("one customer's account changed")
    };
    assert_eq!((changed.code.as_str(), &*changed.shop_customer), ("C1", "42"));
    assert_eq!(changed.before, Some((shop(), "17".to_owned())));
    let left = house.ledger.invoices_in_account(&changed.code, &shop(), "17").await.expect("in memory");
    assert_eq!(left, [number(1), number(2)]);
}

#[tokio::test]
async fn a_code_that_was_taken_away_leaves_the_invoice_without_account() {
    let (house, [rungis]) = given([("rungis", &[("17", "C1")])]);
    assert_eq!(house.account(1, "C1").await.as_deref(), Some("rungis/17"));
    rungis.write_code("17", "");
    assert_eq!(house.account(2, "C1").await, None);
}

#[tokio::test]
async fn the_first_shop_that_has_the_customer_gets_the_invoice() {
    let (house, [rungis, _]) = given([("rungis", &[("17", "C1")]), ("lyon", &[("5", "C1"), ("6", "C2")])]);
    assert_eq!(house.account(1, "C1").await.as_deref(), Some("rungis/17"));
    assert_eq!(house.account(2, "C2").await.as_deref(), Some("lyon/6"));
    rungis.write_code("17", "");
    assert_eq!(house.account(3, "C1").await.as_deref(), Some("lyon/5"));
    let changed = house.ledger.accounts_changed(Window::all(9)).await.expect("in memory");
    assert_eq!(changed.len(), 1, "another shop is another account");
}

#[tokio::test]
async fn codes_that_differ_by_case_zeros_or_spaces_are_others() {
    for held in ["c1", "C01", "C1 ", " C1", "C 1", "C10"] {
        let (house, _) = given([("rungis", &[("17", held)])]);
        assert_eq!(house.account(1, "C1").await, None, "{held:?}");
    }
}

#[tokio::test]
async fn of_two_accounts_with_one_code_none_is_guessed() {
    let (house, _) = given([("rungis", &[("17", "C1"), ("18", "C1")]), ("lyon", &[("5", "C1")])]);
    let failure = house.publish_to(1, "C1").await.expect_err("nobody knows which");
    assert_eq!(failure.kind(), FailureKind::Rejected);
    let record = house.registered(1).await;
    assert_eq!((record.state, record.published), (InvoiceState::Rendered, None));
}

#[tokio::test]
async fn an_account_that_is_gone_as_soon_as_it_was_named_is_tried_again_later() {
    let (house, [rungis, _]) = given([("rungis", &[("17", "C1")]), ("lyon", &[("5", "C1")])]);
    rungis.close_account("17");
    assert_eq!(house.publish_to(1, "C1").await.expect_err("gone").kind(), FailureKind::Retry);
    assert_eq!(house.ledger.accounts_changed(Window::all(9)).await.expect("in memory"), []);
    let known = house.ledger.customer_account(&CustomerCode::new("C1").expect("a code")).await;
    assert_eq!(known.expect("in memory"), None);
}
