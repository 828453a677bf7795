//! What is missing, stands still, or does not add up.

use std::fmt;

use crate::todo::Waiting;
use jiff::Timestamp;
use passerelle_domain::{BatchId, Failure};
use passerelle_ledger::BatchState;
use serde::{Serialize, Serializer};
use strum::{IntoStaticStr, VariantArray};

use crate::reconcile::accounts::Balance;
use crate::reconcile::drift::Drift;

/// The kinds of gaps, the ones that stop most first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, IntoStaticStr, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum GapKind {
    /// A job has not run for longer than it should.
    ScheduleSilent,
    /// A shop's orders cannot be read: run after run begins and records nothing.
    ShopUnread,
    /// A shop could not be compared with the ledger.
    ShopNotCompared,
    /// Something could not be looked at.
    Unreadable,
    /// The ERP's file of invoices did not come when it was expected.
    InvoicesNotArrived,
    /// A file from the ERP is not read to the end.
    DropStuck,
    /// A file's invoices are not all accounted for.
    DropUnbalanced,
    /// A batch is not written.
    BatchStuck,
    /// The ERP has not acknowledged all orders of a file.
    AnswerMissing,
    /// An order should have gone to the ERP and has not.
    OrderStuck,
    /// An order of a written batch has no trace of it.
    OrderLost,
    /// An order is not the same in its shop and in the ledger.
    OrderDrifted,
    /// An invoice has no PDF.
    InvoiceNotRendered,
    /// A rendered invoice is not in its customer's account.
    InvoiceNotPublished,
    /// A customer's invoices go to another account than the ones before.
    AccountChanged,
    /// The PDF of a rendered invoice is gone.
    PdfMissing,
    /// A PDF stands in the bucket and belongs to no invoice.
    PdfWithoutRecord,
}

impl GapKind {
    /// Every kind.
    pub const ALL: &'static [Self] = Self::VARIANTS;

    /// The name in reports and logs.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// More on a gap. In English in the JSON and the log, in French on the page.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Nothing.
    #[default]
    None,
    /// The job has never run.
    NeverRan,
    /// So many runs in a row recorded nothing.
    RunsInVain(u64),
    /// It was announced again so many times.
    AnnouncedAgain(u32),
    /// The batch is in this state and holds so many orders.
    Batch(BatchState, usize),
    /// The order waited through a whole night.
    LeftBehind,
    /// The order belonged to the night that is over and came only after its last export.
    TooLate,
    /// The order is claimed by a batch that is past claiming.
    ClaimedBy(BatchId),
    /// The order is a member of a batch that is written.
    MemberOf(BatchId),
    /// The object's key.
    Key(String),
    /// What failed.
    Failure(String),
    /// The file's outcome does not add up.
    Outcome {
        /// Invoices in the file.
        invoices: u32,
        /// Registered for the first time.
        new: u32,
        /// Registered before with the same content.
        same: u32,
        /// Registered before with other content.
        conflicts: u32,
        /// In the rejects file.
        rejected: u32,
    },
    /// Where the file's invoices are.
    Balance(Balance),
    /// How the order differs.
    Drift(Drift),
    /// Where the customer's invoices went, and go now.
    Moved {
        /// The account before: its shop and its name there.
        from: String,
        /// The account now.
        to: String,
        /// How many of the customer's invoices are known to be in the account before.
        left: usize,
    },
}

impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::NeverRan => f.write_str("it has never run"),
            Self::RunsInVain(runs) => write!(f, "{runs} runs in a row recorded nothing"),
            Self::AnnouncedAgain(times) => write!(f, "announced again {times} times"),
            Self::Batch(state, orders) => write!(f, "{state}, {orders} orders"),
            Self::LeftBehind => f.write_str("ready since before the night"),
            Self::TooLate => f.write_str("of an earlier day, ready only after the night's last export"),
            Self::ClaimedBy(batch) => write!(f, "claimed by batch {batch}"),
            Self::MemberOf(batch) => write!(f, "batch {batch}"),
            Self::Key(text) | Self::Failure(text) => f.write_str(text),
            Self::Drift(drift) => drift.fmt(f),
            Self::Moved { from, to, left } => write!(f, "from {from}, where {left} invoices are, to {to}"),
            Self::Outcome { invoices, new, same, conflicts, rejected } => write!(
                f,
                "{invoices} invoices, but {new} new + {same} same + {conflicts} conflicts + {rejected} rejected"
            ),
            Self::Balance(Balance { received, done, set_aside, elsewhere, in_flight, missing, .. }) => {
                write!(
                    f,
                    "{received} in = {done} done + {set_aside} set aside + {elsewhere} with another file \
                 + {in_flight} in flight + {missing} missing"
                )
            }
        }
    }
}

impl Serialize for Detail {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// One thing that needs a person.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Gap {
    /// What kind of thing.
    pub kind: GapKind,
    /// Of what: an order, an invoice's number, a file.
    pub subject: String,
    /// Since when, where that is known.
    pub since: Option<Timestamp>,
    /// More on it: figures, a batch.
    pub detail: Detail,
}

impl Gap {
    pub(crate) fn new(
        kind: GapKind,
        subject: impl fmt::Display,
        since: impl Into<Option<Timestamp>>,
    ) -> Self {
        Self { kind, subject: subject.to_string(), since: since.into(), detail: Detail::None }
    }

    pub(crate) fn with(self, detail: Detail) -> Self {
        Self { detail, ..self }
    }

    /// Something that could not be looked at. The rest of the report must not be lost with it.
    pub(crate) fn unreadable(subject: impl fmt::Display, failure: &Failure) -> Self {
        Self::new(GapKind::Unreadable, subject, None).with(Detail::Failure(failure.to_string()))
    }

    /// The command or the action that settles it. The page has it in French.
    fn settle(&self) -> String {
        let subject = crate::quoted(&self.subject);
        match self.kind {
            GapKind::ScheduleSilent => "look at the schedule and at the function's log".into(),
            GapKind::AccountChanged => format!(
                "passerelle trace {subject}; take invoices out of an account that is not the customer's"
            ),
            GapKind::ShopUnread => "read the log of fetch-orders: address, keys, the shop itself".into(),
            GapKind::ShopNotCompared => {
                "read the log of reconcile; each run until midnight tries it again".into()
            }
            GapKind::Unreadable => "read the log of reconcile; each run tries it again".into(),
            GapKind::InvoicesNotArrived => "ask for the ERP's file, and drop it into invoices/inbox/".into(),
            GapKind::DropStuck | GapKind::DropUnbalanced => format!("passerelle replay drop {subject}"),
            GapKind::BatchStuck => format!("passerelle replay batch {subject}"),
            GapKind::AnswerMissing => {
                format!(
                    "look in the ERP for batch {subject}, and drop its acknowledgements into orders/acks/"
                )
            }
            GapKind::InvoiceNotRendered => format!("passerelle rerender {subject}"),
            GapKind::InvoiceNotPublished => format!("passerelle republish {subject}"),
            GapKind::OrderStuck | GapKind::OrderLost | GapKind::OrderDrifted | GapKind::PdfMissing => {
                format!("passerelle trace {subject}")
            }
            GapKind::PdfWithoutRecord => "look for who put it there, by the versions in S3".into(),
        }
    }

    /// The same in the list of what waits for a person.
    pub(crate) fn waiting(&self) -> Waiting {
        let detail = self.detail.to_string();
        Waiting::gap(self.kind.as_str(), &self.subject, self.since, &detail, self.settle())
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.as_str(), self.subject)?;
        if let Some(since) = self.since {
            write!(f, " since {since:.0}")?;
        }
        if self.detail != Detail::None {
            write!(f, " ({})", self.detail)?;
        }
        Ok(())
    }
}
