//! The records as they stand in items, where they are not the public types themselves, and where
//! each kind of record stands.

use jiff::Timestamp;
use passerelle_domain::{
    BatchId, BusinessDay, Cursor, CustomerCode, Invoice, InvoiceNumber, Money, Order, OrderKey, Rejection,
    Revision, ShopId,
};
use serde::{Deserialize, Serialize};

use crate::compressed;
use crate::records::is_zero;
use crate::table::{Key, Place, Record};
use crate::{
    Batch, BatchState, CustomerAccount, Drop, DropId, InvoiceRecord, InvoiceState, LeaseRecord, Member,
    OrderRecord, OrderStatus, Settled, StateChange,
};

pub fn order_pk(key: &OrderKey) -> String {
    format!("ORDER#{}#{}", key.shop, key.id)
}

impl Record for OrderRecord {
    fn key(&self) -> Key {
        Key::head(order_pk(&self.key))
    }

    fn place(&self) -> Option<Place> {
        let state = format!("order:{}", self.status);
        let batch = |held: &Option<(BatchId, Revision)>| held.as_ref().map(|(batch, _)| batch.to_string());
        let detail = match self.status {
            OrderStatus::Claimed => batch(&self.claimed),
            OrderStatus::Exported => batch(&self.exported),
            OrderStatus::Accepted => self.answer.as_ref().map(|kept| kept.answer.erp_number.clone()),
            _ => self.rejection.as_ref().map(|rejection| rejection.code.clone()),
        };
        let (since, detail) = (self.updated_at, detail.unwrap_or_default());
        Some(Place { state, since, id: self.key.to_string(), detail })
    }

    fn history(&self) -> &[StateChange] {
        &self.history
    }
}

/// One revision of an order; never changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderRevision {
    /// The order.
    pub order: OrderKey,
    /// Which of its revisions, from 1.
    pub number: u32,
    /// The hash of the content, or of the rejection where there is no content.
    pub revision: Revision,
    /// When the shop changed it.
    pub modified_at: Timestamp,
    /// When it was recorded here.
    pub recorded_at: Timestamp,
    /// Where the raw answer is kept.
    pub raw_key: String,
    /// The content, if it could be understood.
    #[serde(with = "compressed", default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Order>,
    /// Why it could not.
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
    #[serde(default, skip_serializing)]
    pub history: Vec<StateChange>,
}

impl Record for StoredBatch {
    fn key(&self) -> Key {
        batch_key(&self.id)
    }

    fn place(&self) -> Option<Place> {
        let id = format!("{}-{:06}", self.id.day, self.id.number);
        let detail = self.object_key.clone().unwrap_or_default();
        Some(Place { state: format!("batch:{}", self.state), since: self.updated_at, id, detail })
    }

    fn history(&self) -> &[StateChange] {
        &self.history
    }
}

impl From<StoredBatch> for Batch {
    fn from(stored: StoredBatch) -> Self {
        let StoredBatch { id, state, fencing, members, object_key, content, updated_at, history } = stored;
        Self { id, state, fencing, members, object_key, content, updated_at, history }
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
        Some(Place { state, since: self.updated_at, id: self.id.to_string(), detail: String::new() })
    }

    fn history(&self) -> &[StateChange] {
        &self.history
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

/// All that people have settled has one `pk`: it is few, and read together.
pub const SETTLED: &str = "SETTLED";

/// The prefix of its range keys.
pub const SETTLED_ID: &str = "ID#";

impl Record for Settled {
    fn key(&self) -> Key {
        Key::new(SETTLED, format!("{SETTLED_ID}{}", self.id))
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<Timestamp>,
}

impl From<StoredLease> for LeaseRecord {
    fn from(stored: StoredLease) -> Self {
        let StoredLease { job, owner, expires_at, fencing, taken_at } = stored;
        Self { job, owner, taken_at, expires_at, fencing }
    }
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

#[cfg(test)]
mod tests {
    use serde_dynamo::{AttributeValue, Item};

    use super::*;
    use crate::OrderStatus;
    use crate::table::{Write, decode, put, text};

    fn item<R: Record>(record: &R, expected: Option<u64>) -> Item {
        match put("test", record, expected).expect("an item") {
            Write::Put { item, .. } => item,
            Write::Check { .. } => unreachable!("put makes a put"),
        }
    }

    fn head() -> OrderRecord {
        let revision = Revision::of_bytes(b"a");
        let id: BatchId = "2026-11-24-001".parse().expect("a batch");
        OrderRecord {
            key: OrderKey {
                shop: ShopId::new("rungis").expect("a shop"),
                id: "42".to_owned().try_into().expect("an id"),
            },
            status: OrderStatus::Quarantined,
            revision: revision.clone(),
            revisions: 2,
            sale: Some(passerelle_domain::OrderState::Confirmed),
            modified_at: "2026-11-24T00:00:00.5Z".parse().expect("an instant"),
            updated_at: "2026-11-24T00:00:01Z".parse().expect("an instant"),
            claimed: Some((id, revision)),
            exported: None,
            replaced: None,
            answer: None,
            rejection: Some(Rejection::new("totals_mismatch", "total", "", "they agree")),
            repairs: None,
            raw_key: "raw/rungis/42.json".into(),
            total: Money::from_cents(-5),
            history: vec![],
        }
    }

    #[test]
    fn an_order_reads_back_from_its_item() {
        let item = item(&head(), Some(6));
        assert_eq!((text(&item, "pk"), text(&item, "sk")), ("ORDER#rungis#42", "HEAD"));
        assert!(text(&item, "state_key").starts_with("order:quarantined#"));
        assert_eq!(text(&item, "state_since"), "2026-11-24T00:00:01.000000000Z#rungis/42");
        assert_eq!(item.get("schema"), Some(&AttributeValue::N("1".into())));
        let read = decode::<OrderRecord>("test", item).expect("reads back");
        let entered = StateChange {
            state: "quarantined".into(),
            at: head().updated_at,
            detail: "totals_mismatch".into(),
        };
        assert_eq!((read.record, read.version), (OrderRecord { history: vec![entered], ..head() }, 7));
    }

    #[test]
    fn content_is_one_compressed_binary_attribute() {
        let member = Member { key: head().key, revision: head().revision, replaces: None };
        let batch = StoredBatch {
            id: BatchId { day: "2026-11-24".parse().expect("a day"), number: 1 },
            state: BatchState::Open,
            fencing: 3,
            members: vec![member; 500],
            object_key: None,
            content: None,
            updated_at: head().updated_at,
            history: vec![],
        };
        let item = item(&batch, None);
        assert!(matches!(item.get("members"), Some(AttributeValue::B(bytes)) if bytes.len() < 2_000));
        let read = decode::<StoredBatch>("test", item).expect("reads back");
        let history = read.record.history.clone();
        assert_eq!(Batch::from(read.record), Batch { history, ..batch.into() });
        assert_eq!(read.version, 1);
    }

    #[test]
    fn an_item_of_an_older_program_is_read() {
        let mut older = item(&head(), Some(3));
        older.remove("history").expect("it knew no history");
        assert_eq!(older.get("repairs"), None, "nor repairs");
        let read = decode::<OrderRecord>("read order", older).expect("reads");
        assert_eq!((read.record, read.version), (head(), 4));
        let lease = StoredLease {
            job: "export-orders".into(),
            owner: None,
            expires_at: head().updated_at,
            fencing: 7,
            taken_at: Some(head().updated_at),
        };
        let mut older = item(&lease, None);
        older.remove("taken_at").expect("it did not say when it was taken");
        let read: LeaseRecord = decode::<StoredLease>("read lease", older).expect("reads").record.into();
        assert_eq!((read.taken_at, read.expires_at, read.fencing), (None, lease.expires_at, 7));
    }

    #[test]
    fn an_item_that_cannot_be_understood_is_refused_with_its_key() {
        let mut newer = item(&head(), None);
        newer.insert("schema".into(), AttributeValue::N("2".into()));
        let mut damaged = item(&head(), None);
        damaged.insert("status".into(), AttributeValue::S("lost".into()));
        for (item, cause) in [(newer, "schema 2"), (damaged, "lost")] {
            let failure = decode::<OrderRecord>("read order", item).err().expect("refused");
            assert_eq!(failure.kind(), passerelle_domain::FailureKind::Misconfigured);
            let said = failure.to_string();
            assert!(said.starts_with("read order ORDER#rungis#42 HEAD: ") && said.contains(cause), "{said}");
        }
    }
}
