//! What is kept of an invoice.

use jiff::Timestamp;
use passerelle_domain::{CustomerCode, Digest, Invoice, InvoiceNumber, Money, Revision, ShopId};
use serde::{Deserialize, Serialize};

use super::{is_zero, states};
use crate::compressed;
use crate::table::{Key, Place, Record};
use crate::{DropId, StateChange};

states!(
    /// The state of an invoice.
    InvoiceState {
        /// Recorded; no PDF yet.
        Registered,
        /// Its PDF stands in S3.
        Rendered,
        /// It is in its customer's account.
        Published,
        /// Its customer has no account.
        Unpublishable,
    }
);

/// What registering an invoice did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registered {
    /// The first time.
    New,
    /// The same content was there, in this state.
    Same(InvoiceState),
    /// Other content was there; ours is kept beside it.
    Conflict,
}

/// An invoice's record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoiceRecord {
    /// The invoice itself.
    pub invoice: Invoice,
    /// The digest of its canonical form.
    pub revision: Revision,
    /// Its state.
    pub state: InvoiceState,
    /// The drop that brought it first.
    pub drop: DropId,
    /// The PDF's key and the digest of its bytes, once rendered.
    pub pdf: Option<(String, Digest)>,
    /// The shop and the account there, once published.
    pub published: Option<(ShopId, String)>,
    /// How often it was announced again since it entered its state.
    pub announced_again: u32,
    /// When its state last changed.
    pub updated_at: Timestamp,
    /// The states it has been in, oldest first.
    pub history: Vec<StateChange>,
}

/// Content that came under the number of a registered invoice and differs from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConflictSummary {
    /// The number.
    pub number: InvoiceNumber,
    /// The digest of the content that was kept aside.
    pub revision: Revision,
    /// The drop that brought it first.
    pub drop: DropId,
    /// When.
    pub recorded_at: Timestamp,
}

/// An invoice in a list of invoices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoiceSummary {
    /// Its number.
    pub number: InvoiceNumber,
    /// Its customer.
    pub customer: CustomerCode,
    /// Its customer's name.
    pub customer_name: String,
    /// The digest of its canonical form.
    pub revision: Revision,
    /// The total with VAT, negative for a credit note.
    pub gross: Money,
    /// The drop that brought it first.
    pub drop: DropId,
    /// The PDF's key, once rendered.
    pub pdf: Option<String>,
    /// How often it was announced again since it entered its state.
    pub announced_again: u32,
    /// When its state last changed.
    pub updated_at: Timestamp,
}

pub fn invoice_pk(number: &InvoiceNumber) -> String {
    format!("INVOICE#{number}")
}

/// An invoice's record. What lists and people in the console want to see stands beside the
/// compressed content.
#[derive(Serialize, Deserialize)]
pub struct StoredInvoice {
    pub number: InvoiceNumber,
    pub customer: CustomerCode,
    pub gross: Money,
    pub revision: Revision,
    pub state: InvoiceState,
    pub drop: DropId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pdf: Option<(String, Digest)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<(ShopId, String)>,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub announced_again: u32,
    pub updated_at: Timestamp,
    #[serde(with = "compressed")]
    pub content: Invoice,
    #[serde(default, skip_serializing)]
    pub history: Vec<StateChange>,
}

impl Record for StoredInvoice {
    fn key(&self) -> Key {
        Key::head(invoice_pk(&self.number))
    }

    fn place(&self) -> Option<Place> {
        let state = format!("invoice:{}", self.state);
        let account = self.published.as_ref().map(|(shop, account)| format!("{shop}/{account}"));
        let (since, detail) = (self.updated_at, account.unwrap_or_default());
        Some(Place { state, since, id: self.number.to_string(), detail })
    }

    fn history(&self) -> &[StateChange] {
        &self.history
    }
}

impl From<StoredInvoice> for InvoiceRecord {
    fn from(stored: StoredInvoice) -> Self {
        let StoredInvoice {
            revision,
            state,
            drop,
            pdf,
            published,
            announced_again,
            updated_at,
            content,
            history,
            ..
        } = stored;
        Self { invoice: content, revision, state, drop, pdf, published, announced_again, updated_at, history }
    }
}

/// Other content that came under the number of a registered invoice; never changed.
#[derive(Serialize, Deserialize)]
pub struct InvoiceConflict {
    pub number: InvoiceNumber,
    pub revision: Revision,
    pub drop: DropId,
    pub recorded_at: Timestamp,
    #[serde(with = "compressed")]
    pub content: Invoice,
}

/// The prefix of the range keys of conflicts.
pub const CONFLICT: &str = "CONFLICT#";

/// The state of every conflict.
pub const KEPT_ASIDE: &str = "conflict:kept";

impl Record for InvoiceConflict {
    fn key(&self) -> Key {
        Key::new(invoice_pk(&self.number), format!("{CONFLICT}{}", self.revision))
    }

    fn place(&self) -> Option<Place> {
        let id = format!("{} {}", self.number, self.revision);
        Some(Place { state: KEPT_ASIDE.into(), since: self.recorded_at, id, detail: String::new() })
    }
}
