use passerelle_domain::{Failure, InvoiceNumber, OrderId, Result, Revision, ShopId};
use serde::{Deserialize, Serialize};

/// A message that announces work on an invoice. It names the invoice and its content; the rest is in
/// the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InvoiceAnnouncement {
    /// The invoice.
    pub number: InvoiceNumber,
    /// The digest of its canonical form.
    pub revision: Revision,
}

impl InvoiceAnnouncement {
    /// The message's body.
    ///
    /// # Panics
    /// Never: it always serialises.
    pub fn to_body(&self) -> String {
        serde_json::to_string(self).expect("two texts always serialise")
    }

    /// Reads a message's body.
    ///
    /// # Errors
    /// `Rejected` when it is anything else.
    pub fn from_body(body: &str) -> Result<Self> {
        serde_json::from_str(body).map_err(|error| {
            let excerpt: String = body.chars().take(120).collect();
            Failure::rejected("read announcement", excerpt, error)
        })
    }
}

/// A message that names an order to read from its shop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderNotice {
    /// The shop.
    pub shop: ShopId,
    /// The order.
    pub order: OrderId,
    /// The revision that leaves quarantine, should the shop still return the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<Revision>,
}

impl OrderNotice {
    /// The message's body.
    ///
    /// # Panics
    /// Never: it always serialises.
    pub fn to_body(&self) -> String {
        serde_json::to_string(self).expect("texts always serialise")
    }
}
