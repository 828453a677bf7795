//! What the ledger keeps, in plain types.

use std::fmt;

use jiff::Timestamp;
use passerelle_domain::{
    BatchId, CustomerCode, Invoice, InvoiceNumber, Money, Order, OrderKey, OrderState, Rejection, Revision,
    ShopId,
};
use serde::{Deserialize, Serialize};

use crate::answers::KeptAnswer;
use crate::repairs::KeptRepairs;

/// A change of state, as the history of an order, batch, drop or invoice keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateChange {
    /// The state that was entered.
    pub state: String,
    /// When.
    pub at: Timestamp,
    /// What belongs to it: the batch of a claimed or exported order, the code of a rejection, the
    /// account of a published invoice, the file of a written batch. Often nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

/// The right to run a job, until it expires.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// The job: `fetch-orders/rungis`.
    pub job: String,
    /// Who holds it: unique for each run.
    pub owner: String,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// Higher than that of every lease of this job before it.
    pub fencing: u64,
}

/// What is known of a job's runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseRecord {
    /// The job: `fetch-orders/rungis`.
    pub job: String,
    /// Who holds the lease; nobody once it is given back.
    pub owner: Option<String>,
    /// When the last run took it. Nothing where the last one was an older program's.
    pub taken_at: Option<Timestamp>,
    /// When it ends, or would have ended, by itself.
    pub expires_at: Timestamp,
    /// How many runs have taken it.
    pub fencing: u64,
}

/// What a shop said of an order, as it enters the ledger.
#[derive(Clone, Copy, Debug)]
pub struct OrderIntake<'a> {
    /// The order.
    pub key: &'a OrderKey,
    /// When the shop last changed it.
    pub modified_at: Timestamp,
    /// Its content, or why it could not be understood or does not add up.
    pub content: Result<&'a Order, &'a Rejection>,
    /// Where the raw answer is kept.
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

macro_rules! states {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant,)* }

        impl $name {
            /// Every state, in the order of a life.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name in the ledger, in logs and in reports.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

states!(
    /// The state of an order in the ledger.
    ///
    /// A new or changed order becomes `ready` when it is confirmed, `waiting` when it is not yet a
    /// sale, `cancelled` when it was taken back before the ERP had it, `quarantined` when it could not
    /// be understood. A `claimed` order stays claimed whatever comes. A change of an order that the
    /// ERP has makes it `ready` again: an amendment, whatever the new content says (`exported` in its
    /// record tells). If a `ready` amendment changes back to the exported revision, it is `exported`
    /// again.
    OrderStatus {
        /// Not yet a sale.
        Waiting = "waiting",
        /// To be exported.
        Ready = "ready",
        /// In a batch that is not written yet.
        Claimed = "claimed",
        /// In a file that stands in S3.
        Exported = "exported",
        /// The ERP has it.
        Accepted = "accepted",
        /// The ERP refused it.
        Rejected = "rejected",
        /// Set aside for a person.
        Quarantined = "quarantined",
        /// Taken back before the ERP had it.
        Cancelled = "cancelled",
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
    /// The batch and revision that the ERP was given last.
    pub exported: Option<(BatchId, Revision)>,
    /// What the ERP had before that: what stands again if it refuses the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced: Option<(BatchId, Revision)>,
    /// What the ERP said last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<KeptAnswer>,
    /// Why it is set aside.
    pub rejection: Option<Rejection>,
    /// What was repaired of it in the file that it went to the ERP in last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repairs: Option<KeptRepairs>,
    /// Where the raw answer of the latest revision is kept.
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

    /// Whether the ERP owes an answer on what it was given last. It does not where what it had before
    /// stands again because it refused a later batch: answers come in the order of batches.
    pub fn awaits_answer(&self) -> bool {
        let answered = self.answer.as_ref().map(|kept| kept.answer.batch);
        self.exported.as_ref().is_some_and(|(given, _)| answered.is_none_or(|answered| answered < *given))
    }

    /// Whether the ERP accepted what it was given last: it said so, or refused what came after.
    pub(crate) fn has_accepted(&self) -> bool {
        let Some((given, _)) = &self.exported else { return false };
        let answer = self.answer.as_ref().map(|kept| &kept.answer);
        answer.is_some_and(|answer| answer.batch > *given || answer.batch == *given && answer.accepted)
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

/// An order in a batch, at the revision the batch takes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Member {
    /// The order.
    pub key: OrderKey,
    /// The revision.
    pub revision: Revision,
    /// The revision that the ERP was given last, which this one amends; nothing for an order that it
    /// does not have. Kept here so that the batch's file stays a pure function of the batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<Revision>,
}

states!(
    /// The state of a batch.
    BatchState {
        /// It may still claim orders.
        Open = "open",
        /// Its members are fixed: its file is a pure function of it.
        Sealed = "sealed",
        /// Its file stands in S3.
        Written = "written",
        /// The ERP has reported on it.
        Acknowledged = "acknowledged",
    }
);

/// A batch of orders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Day and number.
    pub id: BatchId,
    /// Its state.
    pub state: BatchState,
    /// The fencing number of the run that owns it.
    pub fencing: u64,
    /// The planned members while `open`, the members from then on.
    pub members: Vec<Member>,
    /// The file's key, once `written`.
    pub object_key: Option<String>,
    /// The hash of the file, once `written`.
    pub content: Option<Revision>,
    /// When its state last changed.
    pub updated_at: Timestamp,
    /// The states it has been in, oldest first.
    pub history: Vec<StateChange>,
}

impl Batch {
    /// The most orders a batch takes: its members must fit into one item of 400 kB.
    pub const MAX_MEMBERS: usize = 2000;
}

/// A version of a file that the ERP dropped.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DropId {
    /// The object's key.
    pub key: String,
    /// The object's version id; `null` in a bucket without versions.
    pub version: String,
}

impl DropId {
    /// The version as a hash: S3 takes metadata in ASCII only, and names have accents.
    pub fn hash(&self) -> Revision {
        Revision::of_bytes(self.to_string().as_bytes())
    }

    /// Where what is set aside of it stands, without an ending: `<folder>/<file's name>-<8 digits of the
    /// hash>`. The same version of a file always has the same place. Control characters become `_`: what
    /// is set aside is for people to open.
    pub fn set_aside_in(&self, folder: &str) -> String {
        let name = self.key.rsplit('/').next().unwrap_or(&self.key);
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem).replace(char::is_control, "_");
        format!("{folder}/{stem}-{}", &self.hash().as_str()[..8])
    }
}

impl fmt::Display for DropId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.key, self.version)
    }
}

states!(
    /// The state of a drop.
    DropState {
        /// Being read.
        Checking = "checking",
        /// Read to the end; each invoice or answer is recorded or in the rejects file.
        Accepted = "accepted",
        /// Refused whole.
        Rejected = "rejected",
    }
);

/// What became of a drop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DropOutcome {
    /// Read to the end. The numbers add up: `invoices = new + same + conflicts + rejected`.
    Accepted {
        /// Invoices in the file.
        invoices: u32,
        /// Registered for the first time.
        new: u32,
        /// Registered before with the same content.
        same: u32,
        /// Registered before with other content.
        conflicts: u32,
        /// Set aside in the rejects file.
        rejected: u32,
        /// Of those that were read, how many have figures that differ from what is computed, within
        /// the layout's tolerance: the ERP's stand.
        #[serde(default, skip_serializing_if = "is_zero")]
        noted: u32,
        /// Totals with VAT of the invoices in the file that could be read, credit notes negative.
        gross: Money,
        /// The rejects file, if there is one.
        rejects_key: Option<String>,
        /// The invoices in the rejects file, the first [`SetAside::MOST`] of them; none in records of an
        /// older program.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        set_aside: Vec<SetAside>,
    },
    /// A report of the ERP on orders, read to the end. The numbers add up: `orders = accepted + refused +
    /// same + superseded + unknown`.
    Answers {
        /// Orders in the file.
        orders: u32,
        /// Taken by the ERP.
        accepted: u32,
        /// Refused by the ERP.
        refused: u32,
        /// Answered before in the same way.
        same: u32,
        /// Of a batch that a newer one followed.
        superseded: u32,
        /// Set aside in the rejects file: not readable, or of no order that was sent.
        unknown: u32,
        /// The rejects file, if there is one.
        rejects_key: Option<String>,
    },
    /// Refused whole: nothing of it was taken.
    Rejected {
        /// The line, the field, the value and the rule.
        rejection: Rejection,
        /// Where the copy with the explanation is kept.
        rejects_key: Option<String>,
    },
}

/// An invoice of a file that is in the rejects file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetAside {
    /// Its number as it stands in the file; may be empty.
    pub number: String,
    /// The line of the file of its first fault, counted from 1.
    pub line: u64,
    /// The column or field of that fault.
    pub column: String,
    /// The code of that fault.
    pub code: String,
}

impl SetAside {
    /// How many of a file are kept in its record, which must fit into one item of 400 kB.
    pub const MOST: usize = 200;
}

impl DropOutcome {
    /// The state that follows.
    pub fn state(&self) -> DropState {
        match self {
            Self::Accepted { .. } | Self::Answers { .. } => DropState::Accepted,
            Self::Rejected { .. } => DropState::Rejected,
        }
    }
}

/// A drop's record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drop {
    /// The file.
    pub id: DropId,
    /// Its state.
    pub state: DropState,
    /// Its size in bytes.
    pub size: u64,
    /// What became of it, when finished.
    pub outcome: Option<DropOutcome>,
    /// How far it is read, when a run stopped before its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<DropProgress>,
    /// How often it was announced again since it began.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub announced_again: u32,
    /// When its state last changed.
    pub updated_at: Timestamp,
    /// The states it has been in, oldest first.
    #[serde(default, skip_serializing)]
    pub history: Vec<StateChange>,
}

/// How far a drop is read: the next run goes on behind it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DropProgress {
    /// Invoices of the file that are done with, good or bad, in the order of the file.
    pub done: u32,
    /// Of these: registered for the first time.
    pub new: u32,
    /// Registered before with the same content.
    pub same: u32,
    /// Registered before with other content.
    pub conflicts: u32,
    /// Good, with figures that differ within the tolerance.
    pub noted: u32,
    /// Totals with VAT of the good ones, credit notes negative.
    pub gross: Money,
}

/// Whether a count is not worth an attribute.
pub(crate) fn is_zero(count: &u32) -> bool {
    *count == 0
}

states!(
    /// The state of an invoice.
    InvoiceState {
        /// Recorded; no PDF yet.
        Registered = "registered",
        /// Its PDF stands in S3.
        Rendered = "rendered",
        /// It is in its customer's account.
        Published = "published",
        /// Its customer has no account.
        Unpublishable = "unpublishable",
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
    /// The hash of its canonical form.
    pub revision: Revision,
    /// Its state.
    pub state: InvoiceState,
    /// The drop that brought it first.
    pub drop: DropId,
    /// The PDF's key and the hash of its bytes, once rendered.
    pub pdf: Option<(String, Revision)>,
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
    /// The hash of the content that was kept aside.
    pub revision: Revision,
    /// The drop that brought it first.
    pub drop: DropId,
    /// When.
    pub recorded_at: Timestamp,
}

/// What a person has settled that no program can see: it is on no list of what waits any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// The name under which it waited.
    pub id: String,
    /// What it was, for people.
    pub what: String,
    /// How it was settled, in the person's words.
    pub why: String,
    /// When.
    pub at: Timestamp,
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
    /// The hash of its canonical form.
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

/// Which part of a list: items whose state changed at or after `from` and before `until`, oldest
/// first, at most `limit`.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// The earliest instant.
    pub from: Timestamp,
    /// The first instant after.
    pub until: Timestamp,
    /// The most items.
    pub limit: usize,
}

impl Window {
    /// Everything there is, at most `limit`.
    pub fn all(limit: usize) -> Self {
        Self { from: Timestamp::MIN, until: Timestamp::MAX, limit }
    }

    /// What changed before `until`, at most `limit`.
    pub fn before(until: Timestamp, limit: usize) -> Self {
        Self { until, ..Self::all(limit) }
    }
}
