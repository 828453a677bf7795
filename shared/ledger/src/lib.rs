//! The record of everything that must happen exactly once.
//!
//! Orders, batches, drops, invoices, cursors and leases are items with a state, and every change of
//! state is a conditional write. The ledger is also the outbox: the state is written first, the SQS
//! message or S3 object follows, and `reconcile` repeats what did not follow.
//!
//! [`Ledger`] has the rules, over a [`Table`]: [`DynamoTable`] is one in DynamoDB, [`MemoryTable`] one in
//! memory; `tests/behaviour/` runs one suite on both.
//!
//! No method reads a clock: `now` is always given, so that a run can be replayed.
//!
//! # How it is kept
//!
//! The rules (`orders.rs`, `batches.rs`, `drops.rs`, `invoices.rs`, `customers.rs`, `leases.rs`) are written once, over a
//! table that only has items with a version number (`table.rs`): read consistently, decide, write if
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
//!   belongs to it (a batch, a rejection's code). Every write of the item writes it.
//! - Contents of orders and invoices, and the members of a batch, are canonical JSON, compressed with
//!   zlib, in a binary attribute.
//! - No item expires.
//! - No item is larger than 400 000 bytes (DynamoDB takes 409 600): see `check_size` in `table.rs`. Orders and
//!   invoices that would be are set aside as `too_large`.
//!
//! A program needs the rights `GetItem`, `BatchGetItem`, `PutItem`, `ConditionCheckItem` and `Query` on
//! the table, and `Query` on the index.

mod access;
mod acknowledgements;
mod batches;
mod compressed;
mod customers;
mod drops;
mod dynamo;
#[cfg(test)]
mod faults;
mod invoices;
mod leases;
mod memory;
mod orders;
mod records;
mod repairs;
mod settled;
mod table;

use std::fmt;
use std::sync::Arc;

pub use acknowledgements::{AckRecorded, Acknowledgement, KeptAcknowledgement, REFUSED_BY_ERP};
pub use dynamo::DynamoTable;
pub use invoices::invoice_fits;
pub use memory::MemoryTable;
pub use records::{
    Batch, BatchState, ConflictSummary, CustomerAccount, DropId, DropOutcome, DropProgress, DropRecord,
    DropState, InvoiceRecord, InvoiceState, InvoiceSummary, Lease, LeaseRecord, Member, OrderIntake,
    OrderRecord, OrderRevision, OrderStatus, OrderSummary, Recorded, Registered, SetAside, Settled,
    StateChange, Window,
};
pub use repairs::{KeptRepairs, Repaired};
pub use serde_dynamo::{AttributeValue, Item};
pub use table::{Key, Table, Write};

/// The ledger: one set of rules over a [`Table`], whatever holds it. See the crate's page for what all methods
/// have in common; they stand beside their rules. A clone is the same ledger.
///
/// A condition that does not hold is a result (`false`, `None`, a variant), not a failure. Failures are of
/// the outside only: [`passerelle_domain::FailureKind::Retry`] or `Misconfigured`, and `Rejected` for an
/// item that is too large for the table.
#[derive(Clone)]
pub struct Ledger {
    table: Arc<dyn Table>,
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger").finish_non_exhaustive()
    }
}

impl Ledger {
    /// The ledger on a table.
    pub fn on(table: impl Table + 'static) -> Self {
        Self { table: Arc::new(table) }
    }

    /// An empty ledger in memory, for tests: the same conditions as in DynamoDB, always the same order, no
    /// clock.
    pub fn in_memory() -> Self {
        Self::on(MemoryTable::default())
    }

    /// The ledger in this table of DynamoDB.
    pub fn in_dynamo(client: aws_sdk_dynamodb::Client, table: impl Into<String>) -> Self {
        Self::on(DynamoTable::new(client, table))
    }
}
