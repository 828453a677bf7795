use passerelle_domain::CustomerCode;
use passerelle_ledger::{CustomerAccount, Window};

use crate::given::*;

fn customer() -> CustomerCode {
    CustomerCode::new("C 00042").expect("a code")
}

/// Puts an invoice into an account of a shop; the account before, if it was another.
async fn put(ledger: &Given, n: u32, shop: &str, account: &str, now: i64) -> Option<(String, String)> {
    let shop = shop_named(shop);
    let before = ledger.invoice_in_account(&customer(), &number(n), (&shop, account), at(now)).await;
    before.expect("recorded").map(|(shop, account)| (shop.to_string(), account))
}

fn account(shop: &str, account: &str) -> Option<(String, String)> {
    Some((shop.to_owned(), account.to_owned()))
}

pub async fn an_account_is_compared_with_the_one_before(ledger: Given) {
    assert_eq!(ledger.customer_account(&customer()).await.expect("read"), None);
    assert_eq!(put(&ledger, 1, "rungis", "17", 10).await, None);
    assert_eq!(put(&ledger, 2, "rungis", "17", 11).await, None);
    assert_eq!(ledger.accounts_changed(Window::all(9)).await.expect("listed"), []);
    assert_eq!(put(&ledger, 3, "rungis", "42", 12).await, account("rungis", "17"));
    assert_eq!(put(&ledger, 3, "rungis", "42", 13).await, None, "again");
    assert_eq!(put(&ledger, 4, "lyon", "42", 14).await, account("rungis", "42"), "another shop's");
    let [changed] = &ledger.accounts_changed(Window::all(9)).await.expect("listed")[..] else {
        panic!("one customer")
    };
    let expected = CustomerAccount {
        code: customer(),
        shop: shop_named("lyon"),
        shop_customer: "42".into(),
        since: Some(at(14)),
        before: Some((shop(), "42".into())),
        history: changes(&[("moved", 12, "rungis/42"), ("moved", 14, "lyon/42")]),
    };
    assert_eq!(*changed, expected);
    assert_eq!(ledger.customer_account(&customer()).await.expect("read"), Some(expected));
    let other = CustomerCode::new("c 00042").expect("a code");
    assert_eq!(ledger.customer_account(&other).await.expect("read"), None, "codes are compared exactly");
}

pub async fn the_invoices_in_an_account_are_listed(ledger: Given) {
    for (n, account) in [(1, "17"), (2, "17"), (2, "17"), (3, "42")] {
        put(&ledger, n, "rungis", account, 10).await;
    }
    let other = CustomerCode::new("C 00043").expect("a code");
    ledger.invoice_in_account(&other, &number(4), (&shop(), "17"), at(10)).await.expect("recorded");
    let held = async |account: &str| {
        ledger.invoices_in_account(&customer(), &shop(), account).await.expect("listed")
    };
    assert_eq!(held("17").await, [number(1), number(2)]);
    assert_eq!(held("42").await, [number(3)]);
    assert_eq!(held("9").await, []);
}
