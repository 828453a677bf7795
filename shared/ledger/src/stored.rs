//! The records as they stand in items, where they are not the public types themselves, and where
//! each kind of record stands.

use jiff::Timestamp;
use passerelle_domain::{
    BatchId, BusinessDay, Cursor, CustomerCode, Invoice, InvoiceNumber, Money, Order, OrderKey, Rejection,
    Revision, ShopId,
};
use serde::{Deserialize, Serialize};

use crate::compressed;
use crate::table::{Key, Place, Record};
use crate::{Batch, BatchState, Drop, DropId, InvoiceRecord, InvoiceState, Member, OrderRecord};

pub fn order_pk(key: &OrderKey) -> String {
    format!("ORDER#{}#{}", key.shop, key.id)
}

impl Record for OrderRecord {
    fn key(&self) -> Key {
        Key::head(order_pk(&self.key))
    }

    fn place(&self) -> Option<Place> {
        let state = format!("order:{}", self.status);
        Some(Place { state, since: self.updated_at, id: self.key.to_string() })
    }
}

/// One revision of an order; never changed.
#[derive(Serialize, Deserialize)]
pub struct OrderRevision {
    pub order: OrderKey,
    /// From 1.
    pub number: u32,
    pub revision: Revision,
    pub modified_at: Timestamp,
    pub recorded_at: Timestamp,
    pub raw_key: String,
    #[serde(with = "compressed", default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Order>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejection: Option<Rejection>,
}

impl Record for OrderRevision {
    fn key(&self) -> Key {
        Key::new(order_pk(&self.order), format!("REV#{:06}", self.number))
    }
}

pub fn batch_pk(day: BusinessDay) -> String {
    format!("BATCH#{day}")
}

pub fn batch_key(id: &BatchId) -> Key {
    Key::new(batch_pk(id.day), format!("{:06}", id.number))
}

#[derive(Clone, Serialize, Deserialize)]
pub struct StoredBatch {
    pub id: BatchId,
    pub state: BatchState,
    pub fencing: u64,
    #[serde(with = "compressed")]
    pub members: Vec<Member>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Revision>,
    pub updated_at: Timestamp,
}

impl Record for StoredBatch {
    fn key(&self) -> Key {
        batch_key(&self.id)
    }

    fn place(&self) -> Option<Place> {
        let id = format!("{}-{:06}", self.id.day, self.id.number);
        Some(Place { state: format!("batch:{}", self.state), since: self.updated_at, id })
    }
}

impl From<StoredBatch> for Batch {
    fn from(stored: StoredBatch) -> Self {
        let StoredBatch { id, state, fencing, members, object_key, content, updated_at } = stored;
        Self { id, state, fencing, members, object_key, content, updated_at }
    }
}

pub fn drop_key(id: &DropId) -> Key {
    Key::new(format!("DROP#{}", id.key), &id.version)
}

impl Record for Drop {
    fn key(&self) -> Key {
        drop_key(&self.id)
    }

    fn place(&self) -> Option<Place> {
        let state = format!("drop:{}", self.state);
        Some(Place { state, since: self.updated_at, id: self.id.to_string() })
    }
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
    pub pdf: Option<(String, Revision)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<(ShopId, String)>,
    pub updated_at: Timestamp,
    #[serde(with = "compressed")]
    pub content: Invoice,
}

impl Record for StoredInvoice {
    fn key(&self) -> Key {
        Key::head(invoice_pk(&self.number))
    }

    fn place(&self) -> Option<Place> {
        let state = format!("invoice:{}", self.state);
        Some(Place { state, since: self.updated_at, id: self.number.to_string() })
    }
}

impl From<StoredInvoice> for InvoiceRecord {
    fn from(stored: StoredInvoice) -> Self {
        let StoredInvoice { revision, state, drop, pdf, published, updated_at, content, .. } = stored;
        Self { invoice: content, revision, state, drop, pdf, published, updated_at }
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

impl Record for InvoiceConflict {
    fn key(&self) -> Key {
        Key::new(invoice_pk(&self.number), format!("{CONFLICT}{}", self.revision))
    }
}

pub fn lease_key(job: &str) -> Key {
    Key::head(format!("LEASE#{job}"))
}

/// A job's lease. It stays when it is given back, so that the fencing number never starts again.
#[derive(Serialize, Deserialize)]
pub struct StoredLease {
    pub job: String,
    pub owner: Option<String>,
    pub expires_at: Timestamp,
    pub fencing: u64,
}

impl Record for StoredLease {
    fn key(&self) -> Key {
        lease_key(&self.job)
    }
}

pub fn cursor_key(shop: &ShopId) -> Key {
    Key::new(format!("SHOP#{shop}"), "CURSOR")
}

#[derive(Serialize, Deserialize)]
pub struct StoredCursor {
    pub shop: ShopId,
    pub cursor: Cursor,
    /// The fencing number of the run that moved it last.
    pub fencing: u64,
}

impl Record for StoredCursor {
    fn key(&self) -> Key {
        cursor_key(&self.shop)
    }
}

pub fn customer_key(code: &CustomerCode, shop: &ShopId) -> Key {
    Key::new(format!("CUSTOMER#{code}"), shop.as_str())
}

#[derive(Serialize, Deserialize)]
pub struct CustomerLink {
    pub code: CustomerCode,
    pub shop: ShopId,
    pub shop_customer: String,
}

impl Record for CustomerLink {
    fn key(&self) -> Key {
        customer_key(&self.code, &self.shop)
    }
}
