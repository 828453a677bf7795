//! Makes the PDF of a registered invoice.
//!
//! The PDF's key is the invoice's number and its bytes are a function of the invoice, so a retry finds
//! what an earlier attempt wrote, verifies it and goes on.

use std::sync::Arc;

use passerelle_domain::{Failure, Invoice, Result};
use passerelle_ledger::InvoiceState;
use passerelle_services::{Environment, InvoiceAnnouncement, Message, Metric, Work, keys, put_once};

/// An invoice as a file: the same bytes for the same invoice.
pub type Draw = dyn Fn(&Invoice) -> Result<Vec<u8>> + Send + Sync;

/// What the work depends on.
pub struct Render {
    /// Its ledger, its objects, its clock.
    pub env: Environment,
    /// What draws an invoice as a PDF: whoever wires this, so that nobody else links a PDF library.
    pub draw: Arc<Draw>,
}

/// Works on one announcement.
///
/// # Errors
/// When the outside fails, or the ledger has no such invoice.
pub async fn handle(deps: Arc<Render>, message: Message) -> Result<()> {
    let announcement = InvoiceAnnouncement::from_body(&message.body)?;
    let number = &announcement.number;
    let Some(record) = deps.env.ledger.invoice(number).await? else {
        return Err(Failure::rejected("render invoice", number.as_str(), "the ledger has no such invoice"));
    };
    if record.revision != announcement.revision {
        let cause = format!("announced as {}, registered as {}", announcement.revision, record.revision);
        return Err(Failure::rejected("render invoice", number.as_str(), cause));
    }
    if record.state == InvoiceState::Registered {
        let pdf = (deps.draw)(&record.invoice)?;
        let (key, origin) =
            (keys::invoice_pdf(number, record.invoice.issued_on), format!("invoice {}", record.revision));
        let content = put_once(&*deps.env.objects, &key, pdf, "application/pdf", &origin).await?;
        if deps.env.ledger.invoice_rendered(number, &key, &content, deps.env.now()).await? {
            deps.env.metrics.emit(&[(Metric::InvoicesRendered, 1)]);
        }
    } else {
        deps.env.metrics.emit(&[(Metric::DuplicateDeliveries, 1)]);
    }
    // Announced again when the message comes again: an earlier attempt may have died before that.
    if matches!(record.state, InvoiceState::Registered | InvoiceState::Rendered) {
        deps.env.announce(Work::PublishInvoice, &[message.body]).await?;
    }
    Ok(())
}
