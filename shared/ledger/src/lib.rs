//! The record of everything that must happen exactly once.
//!
//! Orders, batches, drops, invoices, cursors and leases are items with a state, and every change of
//! state is a conditional write. The ledger is also the outbox: the state is written first, the SQS
//! message or S3 object follows, and `reconcile` repeats what did not follow.
//!
//! [`Ledger`] is the contract. [`DynamoLedger`] keeps it in one DynamoDB table, [`MemoryLedger`] in
//! memory; `tests/behaviour/` runs one suite on both.
//!
//! No method reads a clock: `now` is always given, so that a run can be replayed.
//!
//! # How it is kept
//!
//! The rules (`orders.rs`, `batches.rs`, `drops.rs`, `invoices.rs`, `accounts.rs`, `runs.rs`) are written once, over a
//! table that only knows items with a version number (`table.rs`): read consistently, decide, write if
//! the version still is what was read, else read again. What must change together is written in one
//! transaction of at most 100 items. So both ledgers keep the same rules by construction, and a fault
//! found in memory is a fault in production.
//!
//! | item | `pk` | `sk` | place in `by-state` |
//! |---|---|---|---|
//! | order | `ORDER#<shop>#<id>` | `HEAD` | `order:<state>` |
//! | a revision of an order, never changed | `ORDER#<shop>#<id>` | `REV#<n>`, six digits | |
//! | batch | `BATCH#<business day>` | `<n>`, six digits | `batch:<state>` |
//! | drop | `DROP#<object key>` | `<version id>` | `drop:<state>` |
//! | invoice | `INVOICE#<number>` | `HEAD` | `invoice:<state>` |
//! | other content under its number, never changed | `INVOICE#<number>` | `CONFLICT#<revision>` | `conflict:kept` |
//! | account of a customer's last invoice | `CUSTOMER#<ERP code>` | `ACCOUNT` | `customer:moved` once it has changed |
//! | the same as the first program kept it, only read | `CUSTOMER#<ERP code>` | `<shop>` | |
//! | an invoice in an account, never changed | `ACCOUNT#<shop>#<account>` | `<number>` | |
//! | shop cursor | `SHOP#<shop>` | `CURSOR` | |
//! | lease | `LEASE#<job>` | `HEAD` | |
//! | what a person has settled | `SETTLED` | `ID#<name>` | |
//!
//! All the batches of a day have one `pk`, so that the day's last number can be read consistently and
//! numbers have no gaps.
//!
//! - Every item has `schema` (1) and `version` (how often it was written). A program refuses an item
//!   of another schema than its own.
//! - The index `by-state` has the hash key `state_key`, `<kind>:<state>#<shard>` (eight shards, by a
//!   hash of the item's key), and the range key `state_since`: when the item entered its state, in UTC
//!   with nine decimals, `#`, and its name. Only items with a state are in it, in all states, with all
//!   their attributes. It lags behind, so it proposes and never decides.
//! - Items with a state have `history`: the states they have been in, when they entered each, and what
//!   belongs to it (a batch, a rejection's code). Written with the item, whichever rule writes it.
//! - Contents of orders and invoices, and the members of a batch, are canonical JSON, compressed with
//!   zlib, in a binary attribute.
//! - No item expires.
//! - No item is larger than 400 000 bytes (DynamoDB takes 409 600): see `check_size` in `table.rs`. Orders and
//!   invoices that would be are set aside as `too_large`.
//!
//! A program needs the rights `GetItem`, `BatchGetItem`, `PutItem`, `ConditionCheckItem` and `Query` on
//! the table, and `Query` on the index.

mod accounts;
mod answers;
mod batches;
mod compressed;
mod drops;
mod dynamo;
#[cfg(test)]
mod faults;
mod invoices;
mod memory;
mod orders;
mod records;
mod repairs;
mod runs;
mod settled;
mod stored;
mod table;
mod table_ledger;

use async_trait::async_trait;
use jiff::Timestamp;
use passerelle_domain::{
    BatchId, BusinessDay, Cursor, CustomerCode, Invoice, InvoiceNumber, Order, OrderKey, Rejection, Result,
    Revision, ShopId,
};

pub use answers::{Answered, ErpAnswer, KeptAnswer, REFUSED_BY_ERP};
pub use dynamo::DynamoLedger;
pub use invoices::invoice_fits;
pub use memory::MemoryLedger;
pub use records::{
    Batch, BatchState, ConflictSummary, CustomerAccount, Drop, DropId, DropOutcome, DropProgress, DropState,
    InvoiceRecord, InvoiceState, InvoiceSummary, Lease, LeaseRecord, Member, OrderIntake, OrderRecord,
    OrderStatus, OrderSummary, Recorded, Registered, SetAside, Settled, StateChange, Window,
};
pub use repairs::{KeptRepairs, Repaired};
pub use stored::OrderRevision;

/// The ledger. See the crate's page for what all methods have in common.
///
/// A condition that does not hold is an answer (`false`, `None`, a variant), not a failure; failures
/// are of the outside only, and [`passerelle_domain::FailureKind::Retry`] or `Misconfigured`; but for an
/// item that is too large for the table, which is `Rejected`.
#[async_trait]
pub trait Ledger: Send + Sync {
    // Leases: at most one run of a job at a time.

    /// Takes the lease of `job` for `owner` until `until`, if nobody else holds it at `now`. Each
    /// lease taken has a higher fencing number than all before it, even after a release.
    async fn acquire_lease(
        &self,
        job: &str,
        owner: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Lease>>;

    /// Gives the lease back, if it is still ours; otherwise does nothing.
    async fn release_lease(&self, lease: &Lease) -> Result<()>;

    /// What is known of a job's runs: when the last one began, and whether it holds the lease still.
    async fn lease(&self, job: &str) -> Result<Option<LeaseRecord>>;

    // Shop cursors.

    /// How far a shop has been read.
    async fn cursor(&self, shop: &ShopId) -> Result<Option<Cursor>>;

    /// The fencing number of the run that moved a shop's cursor last, even if only to where it stood;
    /// 0 before the first. The lease's own number tells how many runs have begun since.
    async fn cursor_moved_by(&self, shop: &ShopId) -> Result<u64>;

    /// Moves a shop's cursor. `false` when a run with a higher fencing number has moved it already:
    /// the caller is a zombie and must stop.
    async fn move_cursor(&self, shop: &ShopId, cursor: &Cursor, lease: &Lease) -> Result<bool>;

    // Orders.

    /// Records what a shop said of an order. See [`Recorded`] for the outcomes and
    /// [`OrderStatus`] for the state that follows. Content that no item can hold is recorded as
    /// [`passerelle_domain::TOO_LARGE`], without it.
    async fn record_order(&self, intake: &OrderIntake<'_>, now: Timestamp) -> Result<Recorded>;

    /// The head record of an order, read consistently.
    async fn order(&self, key: &OrderKey) -> Result<Option<OrderRecord>>;

    /// One revision of an order's content. Nothing when that revision could not be read as an order.
    async fn order_revision(&self, key: &OrderKey, revision: &Revision) -> Result<Option<Order>>;

    /// All revisions of an order, the first one first.
    async fn order_revisions(&self, key: &OrderKey) -> Result<Vec<OrderRevision>>;

    /// Sets a `ready` order aside, if `revision` is still its latest. `false` when it moved on.
    /// Repeating it changes nothing.
    async fn quarantine_order(
        &self,
        key: &OrderKey,
        revision: &Revision,
        rejection: &Rejection,
        now: Timestamp,
    ) -> Result<bool>;

    /// Records that the latest revision of a `ready` order changes nothing for the ERP: what it was given
    /// last stands for `revision` from now on. `false` when the order moved on. Repeating it changes
    /// nothing.
    async fn nothing_to_send(&self, key: &OrderKey, revision: &Revision, now: Timestamp) -> Result<bool>;

    /// Makes a quarantined order, or one that the ERP refused, `ready` again, if `revision` is still its latest and could be read:
    /// once a person has mended the mapping that it was set aside for. `false` otherwise.
    async fn release_order(&self, key: &OrderKey, revision: &Revision, now: Timestamp) -> Result<bool>;

    /// Orders in a state, the one longest in it first. The list may lag behind by seconds.
    async fn orders_in(&self, status: OrderStatus, window: Window) -> Result<Vec<OrderSummary>>;

    // Batches: one file for the ERP each.

    /// Opens the next batch of `day` with the orders that it plans to take (at most
    /// [`Batch::MAX_MEMBERS`]). Nothing is claimed yet.
    async fn open_batch(
        &self,
        day: BusinessDay,
        planned: &[Member],
        lease: &Lease,
        now: Timestamp,
    ) -> Result<Batch>;

    /// Takes over a batch that an earlier run left `open` or `sealed`, so that the earlier run can no
    /// longer change it. Nothing when it is past that, or owned by a run with a higher number.
    async fn adopt_batch(&self, batch: &BatchId, lease: &Lease) -> Result<Option<Batch>>;

    /// Claims the planned orders that are still `ready` at the planned revision and change what was
    /// planned; answers all that the
    /// batch holds now, in the planned order. Repeating it changes nothing. Nothing when the batch is
    /// not `open` any more or not ours.
    async fn claim_orders(&self, batch: &Batch, lease: &Lease, now: Timestamp)
    -> Result<Option<Vec<Member>>>;

    /// Freezes the membership: all that [`Ledger::claim_orders`] answered. `false` when the batch is
    /// not `open` any more or not ours. Repeating it with the same members changes nothing.
    async fn seal_batch(
        &self,
        batch: &BatchId,
        members: &[Member],
        lease: &Lease,
        now: Timestamp,
    ) -> Result<bool>;

    /// Records that the file of a sealed batch stands in S3: members become `exported` (or `ready`
    /// again, as an amendment, when a newer revision came meanwhile) with what was repaired of them in
    /// the file, then the batch `written`.
    /// Repeating it changes nothing. `false` when the batch is not ours.
    async fn batch_written(
        &self,
        batch: &BatchId,
        object_key: &str,
        content: &Revision,
        repairs: &[(OrderKey, Repaired)],
        lease: &Lease,
        now: Timestamp,
    ) -> Result<bool>;

    /// A batch, read consistently.
    async fn batch(&self, batch: &BatchId) -> Result<Option<Batch>>;

    /// Batches in a state, oldest first. The list may lag behind by seconds.
    async fn batches_in(&self, state: BatchState, window: Window) -> Result<Vec<Batch>>;

    // Answers of the ERP.

    /// Records what the ERP said of an order in a batch. Repeating it changes nothing; an answer on
    /// what a newer batch has replaced changes nothing either.
    async fn erp_answered(&self, key: &OrderKey, answer: &ErpAnswer, now: Timestamp) -> Result<Answered>;

    /// Records that the shop knows the answer on `batch`. `false` when it did before, or the order
    /// has another answer now.
    async fn answer_reported(&self, key: &OrderKey, batch: &BatchId) -> Result<bool>;

    /// Makes a `written` batch `acknowledged` once each of its orders has its answer, or has been
    /// replaced by a newer batch's. `false` before that, and when it was already.
    async fn batch_acknowledged(&self, batch: &BatchId, now: Timestamp) -> Result<bool>;

    // Drops: files from the ERP.

    /// Records that a drop is being worked on, or answers what became of it. Never changes a drop
    /// that is finished.
    async fn begin_drop(&self, drop: &DropId, size: u64, now: Timestamp) -> Result<Drop>;

    /// Records what became of a drop. The first outcome stands; `false` when there was one.
    async fn finish_drop(&self, drop: &DropId, outcome: &DropOutcome, now: Timestamp) -> Result<bool>;

    /// Notes how far a drop is read, for the run that goes on. `false`, and nothing is noted, when it is
    /// finished or another run has come as far.
    async fn drop_progressed(&self, drop: &DropId, progress: DropProgress) -> Result<bool>;

    /// Notes how often a drop that is not finished was announced again. `false` when it is finished,
    /// or has not begun.
    async fn drop_announced_again(&self, drop: &DropId, times: u32) -> Result<bool>;

    /// A drop, read consistently.
    async fn drop_record(&self, drop: &DropId) -> Result<Option<Drop>>;

    /// Drops in a state, oldest first. The list may lag behind by seconds.
    async fn drops_in(&self, state: DropState, window: Window) -> Result<Vec<Drop>>;

    // Invoices.

    /// Registers an invoice; one that [`invoice_fits`] refuses is a failure. The first content under a number stands for ever; other content under
    /// the same number is kept beside it (see [`Ledger::invoice_conflicts`]) and changes nothing.
    async fn register_invoice(&self, invoice: &Invoice, drop: &DropId, now: Timestamp) -> Result<Registered>;

    /// An invoice, read consistently.
    async fn invoice(&self, number: &InvoiceNumber) -> Result<Option<InvoiceRecord>>;

    /// Records that the PDF of a `registered` invoice stands in S3. `false` when it was recorded
    /// before with the same content; that is no fault.
    async fn invoice_rendered(
        &self,
        number: &InvoiceNumber,
        object_key: &str,
        content: &Revision,
        now: Timestamp,
    ) -> Result<bool>;

    /// Records that a `rendered` invoice is in its customer's account, or an `unpublishable` one whose
    /// customer has got an account since. `false` when it was before.
    async fn invoice_published(
        &self,
        number: &InvoiceNumber,
        shop: &ShopId,
        shop_customer: &str,
        now: Timestamp,
    ) -> Result<bool>;

    /// Records that a `rendered` invoice has no account to go to. `false` when it was before.
    async fn invoice_unpublishable(&self, number: &InvoiceNumber, now: Timestamp) -> Result<bool>;

    /// Makes an `unpublishable` invoice `rendered` again, so that publishing is tried once more: its
    /// customer may have got an account. `false` in any other state.
    async fn invoice_publishable(&self, number: &InvoiceNumber, now: Timestamp) -> Result<bool>;

    /// Notes how often an invoice was announced again since it entered `state`; a change of state
    /// begins at 0. `false` when it is in another state.
    async fn invoice_announced_again(
        &self,
        number: &InvoiceNumber,
        state: InvoiceState,
        times: u32,
    ) -> Result<bool>;

    /// Invoices in a state, the one longest in it first. The list may lag behind by seconds.
    async fn invoices_in(&self, state: InvoiceState, window: Window) -> Result<Vec<InvoiceSummary>>;

    /// Contents that came under the number of a registered invoice and differ from it.
    async fn invoice_conflicts(&self, number: &InvoiceNumber) -> Result<Vec<Invoice>>;

    /// Contents that were kept aside under any number, oldest first. The list may lag behind by seconds,
    /// and lacks what an older program kept.
    async fn conflicts(&self, window: Window) -> Result<Vec<ConflictSummary>>;

    // What people settle.

    /// Records that a person has settled something. `false` when it was before: the first words stand.
    async fn settle(&self, settled: &Settled) -> Result<bool>;

    /// All that people have settled.
    async fn settled(&self) -> Result<Vec<Settled>>;

    // Customers.

    /// Records that an invoice of an ERP customer is in an account of a shop; answers the account of the
    /// customer's invoices before, if that was another. Repeating it changes nothing.
    async fn invoice_in_account(
        &self,
        code: &CustomerCode,
        number: &InvoiceNumber,
        account: (&ShopId, &str),
        now: Timestamp,
    ) -> Result<Option<(ShopId, String)>>;

    /// The account that a customer's last invoice was put into.
    async fn customer_account(&self, code: &CustomerCode) -> Result<Option<CustomerAccount>>;

    /// Customers whose invoices go to another account than before, by the time of the change. The list
    /// may lag behind by seconds.
    async fn accounts_changed(&self, window: Window) -> Result<Vec<CustomerAccount>>;

    /// The invoices of a customer that were put into an account, but for those of an older program.
    async fn invoices_in_account(
        &self,
        code: &CustomerCode,
        shop: &ShopId,
        account: &str,
    ) -> Result<Vec<InvoiceNumber>>;
}
