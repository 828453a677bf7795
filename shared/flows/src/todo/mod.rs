//! What waits for a person: one list, each with its kind, its subject, since when, why, and what settles it.
//!
//! | kind | leaves the list when |
//! |---|---|
//! | `files_refused` | a later version of the file, under the same name, is accepted; after [`LOOKED_BACK`] |
//! | `invoices_rejected` | each of its numbers is registered, or rejected in a later file; after [`LOOKED_BACK`] |
//! | `answers_rejected` | a later version of the file, under the same name, is accepted; after [`LOOKED_BACK`] |
//! | `invoice_conflicts` | a person settles it |
//! | `dead_letters` | the queue is empty |
//! | `orders_quarantined`, `orders_refused` | the order is in another state |
//! | `customers_without_account` | no invoice of the customer is without account; after [`LOOKED_BACK`] |
//! | `gaps` | a run of `reconcile` no longer finds it |
//!
//! What no program can see (a file that was corrected under another name, an order that was entered by hand) a
//! person settles with `passerelle todo done`: it stays settled. That goes for the version of a file, the
//! revision of an order, the content of a conflict, and for all invoices of a customer. Dead letters and gaps are
//! settled by their cause only.

mod files;
mod found;

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use passerelle_domain::{BusinessDay, Digest, Result};
use passerelle_ledger::Ledger;
use passerelle_services::{Environment, Metric, Objects, Work, keys};
use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

/// How long files, and invoices without account, are on the list: nobody comes back to older ones.
pub const LOOKED_BACK: SignedDuration = SignedDuration::from_hours(14 * 24);

/// How many invoice numbers are named of one thing.
const MAX_NAMES: usize = 20;

/// The kinds of what waits, those that stop most first.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Kind {
    /// `reconcile` misses something: see its kinds of gaps.
    Gaps,
    /// Messages that failed for good.
    DeadLetters,
    /// A file of the ERP was refused whole.
    FilesRefused,
    /// Invoices of a file are in its rejects file.
    InvoicesRejected,
    /// Rows of a file of acknowledgements are in its rejects file.
    AnswersRejected,
    /// Another content came under an invoice's number.
    InvoiceConflicts,
    /// An order is set aside by the layout's rules.
    OrdersQuarantined,
    /// The ERP refused an order.
    OrdersRefused,
    /// A customer's invoices have no account to go to.
    CustomersWithoutAccount,
}

impl Kind {
    /// Every kind.
    pub const ALL: &'static [Self] = Self::VARIANTS;

    /// The name in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The gauge of how many wait: emitted by each run of `reconcile`, 0 too.
    pub fn gauge(self) -> Metric {
        match self {
            Self::Gaps => Metric::WaitingGaps,
            Self::DeadLetters => Metric::WaitingDeadLetters,
            Self::FilesRefused => Metric::WaitingFilesRefused,
            Self::InvoicesRejected => Metric::WaitingInvoicesRejected,
            Self::AnswersRejected => Metric::WaitingAnswersRejected,
            Self::InvoiceConflicts => Metric::WaitingInvoiceConflicts,
            Self::OrdersQuarantined => Metric::WaitingOrdersQuarantined,
            Self::OrdersRefused => Metric::WaitingOrdersRefused,
            Self::CustomersWithoutAccount => Metric::WaitingCustomersWithoutAccount,
        }
    }

    /// What one is, for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Gaps => "gap",
            Self::DeadLetters => "dead letters",
            Self::FilesRefused => "file refused whole",
            Self::InvoicesRejected => "invoices rejected",
            Self::AnswersRejected => "acknowledgements rejected",
            Self::InvoiceConflicts => "invoice in conflict",
            Self::OrdersQuarantined => "order in quarantine",
            Self::OrdersRefused => "order refused by the ERP",
            Self::CustomersWithoutAccount => "customer without account",
        }
    }

    /// Whether a person may settle it. Others are settled by their cause only, or they would come back unseen.
    pub fn settled_by_hand(self) -> bool {
        !matches!(self, Self::Gaps | Self::DeadLetters)
    }
}

/// One thing that waits for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Eight digits that stay the same while it waits: the argument of `passerelle todo done`.
    pub id: String,
    /// What kind of thing.
    pub kind: Kind,
    /// Which: a file, an order, an invoice's number, a customer's code and name, a queue.
    pub subject: String,
    /// How many: invoices, rows, messages; else 1.
    pub count: u64,
    /// Since when, where that is known.
    pub since: Option<Timestamp>,
    /// Why, in short: codes of rules, the ERP's words.
    pub why: String,
    /// The invoices' numbers, the first of them, where they are known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// The file that it came in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Where what was set aside stands in the bucket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// What settles it.
    pub settle: String,
    /// The command for it, where one does it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub command: String,
}

impl Waiting {
    /// One of a kind. `key` is unique among all others of its kind, for as long as it waits.
    fn new(kind: Kind, key: &str, subject: impl ToString, since: impl Into<Option<Timestamp>>) -> Self {
        let id = Digest::of(format!("{}\n{key}", kind.as_str()).as_bytes()).as_str()[..8].to_owned();
        Self {
            id,
            kind,
            subject: subject.to_string(),
            count: 1,
            since: since.into(),
            why: String::new(),
            names: Vec::new(),
            file: None,
            place: None,
            settle: String::new(),
            command: String::new(),
        }
    }

    /// A gap that `reconcile` found.
    pub fn gap(
        name: &str,
        subject: impl ToString,
        since: Option<Timestamp>,
        detail: &str,
        settle: String,
    ) -> Self {
        let subject = subject.to_string();
        let why = if detail.is_empty() { name.to_owned() } else { format!("{name}: {detail}") };
        Self { why, settle, ..Self::new(Kind::Gaps, &format!("{name}\n{subject}"), subject, since) }
    }
}

/// What waits in the queue of what failed of some work.
///
/// # Errors
/// When the queue cannot be asked.
pub async fn dead_letters(env: &Environment, work: Work) -> Result<Option<Waiting>> {
    let depth = env.queues.letters(&work.dead_letters()).await?.depth().await?;
    let count = depth.waiting + depth.in_flight;
    let queue = work.as_str();
    let (settle, command) = match work {
        Work::Schedules => (
            "the scheduler could not start a run, and later runs do its work: find out why, then".to_owned(),
            "passerelle redrive schedules".to_owned(),
        ),
        _ => (format!("fix the cause (see the log of {queue}), then"), format!("passerelle redrive {queue}")),
    };
    let waiting = Waiting::new(Kind::DeadLetters, queue, work.dead_letters(), None);
    Ok((count > 0).then_some(Waiting { count, settle, command, ..waiting }))
}

/// What waits in the ledger, settled or not, kind by kind, the oldest of each first.
///
/// # Errors
/// When the ledger cannot be read.
pub async fn in_ledger(ledger: &Ledger, now: Timestamp) -> Result<Vec<Waiting>> {
    let from = now.checked_sub(LOOKED_BACK).unwrap_or(Timestamp::MIN);
    let mut found = files::waiting(ledger, from).await?;
    found.extend(found::conflicts(ledger).await?);
    found.extend(found::orders(ledger).await?);
    found.extend(found::customers(ledger, from).await?);
    Ok(found)
}

/// Those that no person has settled, in the order in which they are shown.
///
/// # Errors
/// When the ledger cannot be read.
pub async fn unsettled(ledger: &Ledger, mut waiting: Vec<Waiting>) -> Result<Vec<Waiting>> {
    let settled: BTreeSet<String> = ledger.settled().await?.into_iter().map(|settled| settled.id).collect();
    waiting.retain(|waiting| !(waiting.kind.settled_by_hand() && settled.contains(&waiting.id)));
    waiting.sort_by(|a, b| (a.kind, a.since, &a.subject).cmp(&(b.kind, b.since, &b.subject)));
    Ok(waiting)
}

/// What the last run of `reconcile` left: its day's report, as far as it is read here.
#[derive(Clone, Debug, Deserialize)]
pub struct LastReport {
    /// When it was written.
    pub written_at: Timestamp,
    /// What waited then.
    #[serde(default)]
    pub todo: Vec<Waiting>,
}

/// The largest report that is read.
const MAX_REPORT_BYTES: u64 = 64 << 20;

/// The report of today, or of yesterday before today's is written; nothing where there is none that can be read.
///
/// # Errors
/// When the bucket cannot be read.
pub async fn last_report(objects: &dyn Objects, now: Timestamp) -> Result<Option<LastReport>> {
    let today = BusinessDay::of(now);
    for day in [today, today.previous()] {
        let report = objects.get(&format!("{}{day}.json", keys::REPORTS), None, MAX_REPORT_BYTES).await?;
        if let Some(report) = report {
            return Ok(serde_json::from_slice(&report.body).ok());
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_alarms_look_at_the_gauges_that_are_emitted() {
        let alarms = include_str!("../../../../infra/alarms.tf");
        let (_, table) = alarms.split_once("waiting_metrics = {\n").expect("the table of gauges");
        let (table, _) = table.split_once("\n  }").expect("its end");
        let named: Vec<&str> = table.lines().filter_map(|line| line.trim().split(' ').next()).collect();
        assert_eq!(named, Kind::ALL.iter().map(|kind| kind.gauge().as_str()).collect::<Vec<_>>());
    }

    #[test]
    fn a_kind_has_one_name_everywhere() {
        for kind in Kind::ALL {
            assert_eq!(serde_json::to_value(kind).expect("a text"), kind.as_str());
            assert_eq!(kind.gauge().as_str(), format!("waiting_{}", kind.as_str()));
        }
    }
}
