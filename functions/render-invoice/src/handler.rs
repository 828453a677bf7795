//! Makes the PDF of a registered invoice.
//!
//! The PDF's key is the invoice's number and its bytes are a function of the invoice, so a retry finds
//! what an earlier attempt wrote, verifies it and goes on.

use std::sync::Arc;

use passerelle_domain::{Failure, Invoice, Result};
use passerelle_invoice_pdf::Renderer;
use passerelle_ledger::{InvoiceState, Ledger};
use passerelle_platform::{Clock, InvoiceAnnouncement, Message, Metrics, Objects, Queue, put_once};

/// What the work depends on.
pub struct Deps {
    /// The renderer, made once.
    pub renderer: Arc<Renderer>,
    /// Where rendered invoices are announced.
    pub publish_queue: Arc<dyn Queue>,
    /// The ledger.
    pub ledger: Ledger,
    /// Where PDFs go.
    pub objects: Arc<dyn Objects>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Metrics.
    pub metrics: Metrics,
}

/// Works on one announcement.
///
/// # Errors
/// When the outside fails, or the announcement is of nothing that the ledger knows.
pub async fn handle(deps: Arc<Deps>, message: Message) -> Result<()> {
    let announcement = InvoiceAnnouncement::from_body(&message.body)?;
    let number = &announcement.number;
    let Some(record) = deps.ledger.invoice(number).await? else {
        return Err(Failure::rejected("render invoice", number.as_str(), "the ledger has no such invoice"));
    };
    if record.revision != announcement.revision {
        let cause = format!("announced as {}, registered as {}", announcement.revision, record.revision);
        return Err(Failure::rejected("render invoice", number.as_str(), cause));
    }
    if record.state == InvoiceState::Registered {
        let pdf = deps.renderer.render(&record.invoice)?;
        let (key, origin) = (pdf_key(&record.invoice), format!("invoice {}", record.revision));
        let content = put_once(&*deps.objects, &key, pdf, "application/pdf", &origin).await?;
        if deps.ledger.invoice_rendered(number, &key, &content, deps.clock.now()).await? {
            deps.metrics.count(&[("invoices_rendered", 1)]);
        }
    } else {
        deps.metrics.count(&[("duplicate_deliveries", 1)]);
    }
    // Said again when the message comes again: an earlier attempt may have died before saying it.
    if matches!(record.state, InvoiceState::Registered | InvoiceState::Rendered) {
        deps.publish_queue.send(&[message.body]).await?;
    }
    Ok(())
}

/// `invoices/pdf/<year>/<month>/<number>.pdf`.
fn pdf_key(invoice: &Invoice) -> String {
    format!("invoices/pdf/{}/{}.pdf", invoice.issued_on.strftime("%Y/%m"), invoice.number.file_stem())
}
