//! What is kept of a customer.

use jiff::Timestamp;
use passerelle_domain::{CustomerCode, InvoiceNumber, ShopId};
use serde::{Deserialize, Serialize};

use crate::StateChange;
use crate::table::{Key, Place, Record};

/// The account that the last invoice of an ERP customer was put into.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerAccount {
    /// The customer.
    pub code: CustomerCode,
    /// The shop.
    pub shop: ShopId,
    /// The account there.
    pub shop_customer: String,
    /// Since when invoices go there. Nothing where an older program remembered it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// The shop and the account of the invoices before, if that was another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<(ShopId, String)>,
    /// When it changed, and to which account, oldest first.
    #[serde(default, skip_serializing)]
    pub history: Vec<StateChange>,
}

impl CustomerAccount {
    /// Whether it is this account of this shop.
    pub fn is(&self, shop: &ShopId, account: &str) -> bool {
        self.shop == *shop && self.shop_customer == account
    }
}

pub fn customer_pk(code: &CustomerCode) -> String {
    format!("CUSTOMER#{code}")
}

/// No shop's name has capital letters: under those an older program remembered an account for each shop.
pub fn customer_key(code: &CustomerCode) -> Key {
    Key::new(customer_pk(code), "ACCOUNT")
}

impl Record for CustomerAccount {
    fn key(&self) -> Key {
        customer_key(&self.code)
    }

    /// Only those that have changed are looked for.
    fn place(&self) -> Option<Place> {
        let (since, _) = (self.since?, self.before.as_ref()?);
        let detail = format!("{}/{}", self.shop, self.shop_customer);
        Some(Place { state: "customer:moved".to_owned(), since, id: self.code.to_string(), detail })
    }

    fn history(&self) -> &[StateChange] {
        &self.history
    }
}

pub fn account_pk(shop: &ShopId, account: &str) -> String {
    format!("ACCOUNT#{shop}#{account}")
}

/// That an invoice is in an account; never changed.
#[derive(Serialize, Deserialize)]
pub struct InvoiceInAccount {
    pub shop: ShopId,
    pub shop_customer: String,
    pub code: CustomerCode,
    pub number: InvoiceNumber,
}

impl Record for InvoiceInAccount {
    fn key(&self) -> Key {
        Key::new(account_pk(&self.shop, &self.shop_customer), self.number.as_str())
    }
}
