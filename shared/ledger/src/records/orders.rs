//! What is kept of an order.

use jiff::Timestamp;
use passerelle_domain::{BatchId, Money, Order, OrderKey, OrderState, Rejection, Revision};
use serde::{Deserialize, Serialize};

use super::states;
use crate::compressed;
use crate::table::{Key, Place, Record};
use crate::{KeptAcknowledgement, KeptRepairs, StateChange};

/// An order of a shop, as it enters the ledger.
#[derive(Clone, Copy, Debug)]
pub struct OrderIntake<'a> {
    /// The order.
    pub key: &'a OrderKey,
    /// When the shop last changed it.
    pub modified_at: Timestamp,
    /// Its content, or why it could not be understood or does not add up.
    pub content: Result<&'a Order, &'a Rejection>,
    /// Where the raw response is kept.
    pub raw_key: &'a str,
}

/// What recording an order did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// The first time it is seen.
    New,
    /// Its content differs from the latest revision.
    Changed,
    /// Its content is the latest revision.
    Unchanged,
    /// The ledger holds a later modification; nothing was changed.
    Stale,
}

states!(
    /// The state of an order in the ledger.
    ///
    /// A new or changed order becomes `ready` when it is confirmed, `waiting` when it is not yet a
    /// sale, `cancelled` when it was taken back before the ERP had it, `quarantined` when it could not
    /// be understood. A `claimed` order stays claimed whatever comes. A change of an order that the
    /// ERP has makes it `ready` again: an amendment, whatever its new content (see `exported` in its
    /// record). If a `ready` amendment changes back to the exported revision, it is `exported`
    /// again.
    OrderStatus {
        /// Not yet a sale.
        Waiting,
        /// To be exported.
        Ready,
        /// In a batch that is not written yet.
        Claimed,
        /// In a file that stands in S3.
        Exported,
        /// The ERP has it.
        Accepted,
        /// The ERP refused it.
        Rejected,
        /// Set aside for a person.
        Quarantined,
        /// Taken back before the ERP had it.
        Cancelled,
    }
);

/// An order's head record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderRecord {
    /// The order.
    pub key: OrderKey,
    /// Its state.
    pub status: OrderStatus,
    /// The latest revision: of the content, or of the rejection where there is no content.
    pub revision: Revision,
    /// How many revisions there have been.
    pub revisions: u32,
    /// What the latest revision is for the shop; nothing where it could not be read, and in records of
    /// an older program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sale: Option<OrderState>,
    /// When the shop last changed it.
    pub modified_at: Timestamp,
    /// When its state last changed.
    pub updated_at: Timestamp,
    /// The batch that holds or held it, and the revision taken.
    pub claimed: Option<(BatchId, Revision)>,
    /// The batch and revision that the ERP was sent last.
    pub exported: Option<(BatchId, Revision)>,
    /// What the ERP had before that: what stands again if it refuses the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced: Option<(BatchId, Revision)>,
    /// The ERP's last acknowledgement.
    #[serde(default, rename = "answer", skip_serializing_if = "Option::is_none")]
    pub acknowledgement: Option<KeptAcknowledgement>,
    /// Why it is set aside.
    pub rejection: Option<Rejection>,
    /// What was repaired of it in the file that it went to the ERP in last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repairs: Option<KeptRepairs>,
    /// Where the raw response of the latest revision is kept.
    pub raw_key: String,
    /// The total with VAT after refunds; zero where there is no content.
    pub total: Money,
    /// The states it has been in, oldest first: see [`StateChange`].
    #[serde(default, skip_serializing)]
    pub history: Vec<StateChange>,
}

impl OrderRecord {
    /// Whether the latest revision has no content, so that only its shop can bring the order back.
    pub fn is_unreadable(&self) -> bool {
        self.rejection.as_ref().is_some_and(|rejection| Revision::of(rejection) == self.revision)
    }

    /// Whether the ERP still has to acknowledge what it was sent last. Not where what it had before stands
    /// again because it refused a later batch: acknowledgements come in the order of batches.
    pub fn awaits_acknowledgement(&self) -> bool {
        let acked = self.acknowledgement.as_ref().map(|kept| kept.acknowledgement.batch);
        self.exported.as_ref().is_some_and(|(sent, _)| acked.is_none_or(|acked| acked < *sent))
    }

    /// Whether the ERP accepted what it was sent last: so it acknowledged, or it refused what came after.
    pub(crate) fn has_accepted(&self) -> bool {
        let Some((sent, _)) = &self.exported else { return false };
        let ack = self.acknowledgement.as_ref().map(|kept| &kept.acknowledgement);
        ack.is_some_and(|ack| ack.batch > *sent || ack.batch == *sent && ack.accepted)
    }
}

/// An order in a list of orders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderSummary {
    /// The order.
    pub key: OrderKey,
    /// Its latest revision.
    pub revision: Revision,
    /// The total with VAT after refunds.
    pub total: Money,
    /// When the shop last changed it.
    pub modified_at: Timestamp,
    /// When its state last changed.
    pub updated_at: Timestamp,
    /// Why it is set aside.
    pub rejection: Option<Rejection>,
    /// The batch that holds or held it.
    pub claimed: Option<BatchId>,
    /// The batch that it went to the ERP in last.
    pub exported: Option<BatchId>,
}

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
            OrderStatus::Accepted => {
                self.acknowledgement.as_ref().map(|kept| kept.acknowledgement.erp_number.clone())
            }
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
    /// The digest of the content, or of the rejection where there is no content.
    pub revision: Revision,
    /// When the shop changed it.
    pub modified_at: Timestamp,
    /// When it was recorded here.
    pub recorded_at: Timestamp,
    /// Where the raw response is kept.
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
