//! What is missing, stands still, or does not add up.

use std::fmt;

use jiff::Timestamp;
use serde::Serialize;

/// The kinds of gaps, the ones that stop most first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GapKind {
    /// A job has not run for longer than it should.
    ScheduleSilent,
    /// A file from the ERP is not read to the end.
    DropStuck,
    /// A file's invoices are not all accounted for.
    DropUnbalanced,
    /// A batch is not written.
    BatchStuck,
    /// An order should have gone to the ERP and has not.
    OrderStuck,
    /// An order of a written batch has no trace of it.
    OrderLost,
    /// An invoice has no PDF.
    InvoiceNotRendered,
    /// A rendered invoice is not in its customer's account.
    InvoiceNotPublished,
    /// The PDF of a rendered invoice is gone.
    PdfMissing,
    /// A PDF stands in the bucket and no invoice knows it.
    PdfWithoutRecord,
}

impl GapKind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::ScheduleSilent,
        Self::DropStuck,
        Self::DropUnbalanced,
        Self::BatchStuck,
        Self::OrderStuck,
        Self::OrderLost,
        Self::InvoiceNotRendered,
        Self::InvoiceNotPublished,
        Self::PdfMissing,
        Self::PdfWithoutRecord,
    ];

    /// The name in reports and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ScheduleSilent => "schedule_silent",
            Self::DropStuck => "drop_stuck",
            Self::DropUnbalanced => "drop_unbalanced",
            Self::BatchStuck => "batch_stuck",
            Self::OrderStuck => "order_stuck",
            Self::OrderLost => "order_lost",
            Self::InvoiceNotRendered => "invoice_not_rendered",
            Self::InvoiceNotPublished => "invoice_not_published",
            Self::PdfMissing => "pdf_missing",
            Self::PdfWithoutRecord => "pdf_without_record",
        }
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
    /// What else there is to say: figures, a batch.
    pub detail: String,
}

impl Gap {
    pub(crate) fn new(
        kind: GapKind,
        subject: impl fmt::Display,
        since: impl Into<Option<Timestamp>>,
    ) -> Self {
        Self { kind, subject: subject.to_string(), since: since.into(), detail: String::new() }
    }

    pub(crate) fn with(self, detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), ..self }
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.as_str(), self.subject)?;
        if let Some(since) = self.since {
            write!(f, " since {since:.0}")?;
        }
        if !self.detail.is_empty() {
            write!(f, " ({})", self.detail)?;
        }
        Ok(())
    }
}
