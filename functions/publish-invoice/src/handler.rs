//! Puts a rendered invoice into its customer's account on the shop.
//!
//! The shop takes an invoice by its number, so publishing twice is publishing once. A customer without
//! an account anywhere is no error: the invoice is recorded as unpublishable and counted.

use std::sync::Arc;

use passerelle_domain::{CustomerCode, Failure, Result, Revision};
use passerelle_ledger::{InvoiceRecord, InvoiceState, Ledger};
use passerelle_platform::{Clock, InvoiceAnnouncement, Message, Metrics, Objects};
use passerelle_shops::{Publication, Published, Shop};

/// What the work depends on.
pub struct Deps {
    /// The shops, in the order in which a customer's account is looked for.
    pub shops: Vec<Arc<dyn Shop>>,
    /// The ledger.
    pub ledger: Arc<dyn Ledger>,
    /// Where PDFs are.
    pub objects: Arc<dyn Objects>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Metrics.
    pub metrics: Metrics,
}

/// The largest PDF that is published.
const MAX_PDF_BYTES: u64 = 5 << 20;

/// Works on one announcement.
///
/// # Errors
/// When the outside fails, or the announcement is of nothing that the ledger knows.
pub async fn handle(deps: Arc<Deps>, message: Message) -> Result<()> {
    let announcement = InvoiceAnnouncement::from_body(&message.body)?;
    let number = &announcement.number;
    let Some(record) = deps.ledger.invoice(number).await? else {
        return Err(Failure::rejected("publish invoice", number.as_str(), "the ledger has no such invoice"));
    };
    match record.state {
        InvoiceState::Registered => {
            return Err(Failure::retry("publish invoice", number.as_str(), "it is not rendered yet"));
        }
        InvoiceState::Published | InvoiceState::Unpublishable => {
            deps.metrics.count(&[("duplicate_deliveries", 1)]);
            return Ok(());
        }
        InvoiceState::Rendered => {}
    }
    let pdf = read_pdf(&deps, &record).await?;
    for shop in &deps.shops {
        let Some(account) = publish(&deps, &**shop, &record, &pdf).await? else { continue };
        if deps.ledger.invoice_published(number, shop.id(), &account, deps.clock.now()).await? {
            deps.metrics.count(&[("invoices_published", 1)]);
        }
        return Ok(());
    }
    if deps.ledger.invoice_unpublishable(number, deps.clock.now()).await? {
        let customer = &record.invoice.buyer.code;
        tracing::info!(invoice = %number, %customer, "the customer has no account on any shop");
        deps.metrics.count(&[("invoices_unpublishable", 1)]);
    }
    Ok(())
}

/// The PDF, if it is still the one that was recorded.
async fn read_pdf(deps: &Deps, record: &InvoiceRecord) -> Result<Vec<u8>> {
    let number = record.invoice.number.as_str();
    let missing = |cause: &str| Failure::rejected("read the PDF of invoice", number, cause.to_owned());
    let (key, content) = record.pdf.as_ref().ok_or_else(|| missing("none is recorded"))?;
    let object = deps.objects.get(key, None, MAX_PDF_BYTES).await?.ok_or_else(|| missing("it is gone"))?;
    if Revision::of_bytes(&object.body) != *content {
        return Err(missing("it is not what was rendered"));
    }
    Ok(object.body)
}

/// Publishes on one shop; answers the account, or nothing when the customer has none there.
async fn publish(deps: &Deps, shop: &dyn Shop, record: &InvoiceRecord, pdf: &[u8]) -> Result<Option<String>> {
    let (invoice, code) = (&record.invoice, &record.invoice.buyer.code);
    let linked = deps.ledger.customer_link(code, shop.id()).await?;
    let Some(mut account) = (match linked.clone() {
        Some(account) => Some(account),
        None => find_account(deps, shop, code).await?,
    }) else {
        return Ok(None);
    };
    let put = async |account: &str| {
        let publication = Publication {
            number: &invoice.number,
            shop_customer: account,
            kind: invoice.kind,
            issued_on: invoice.issued_on,
            due_on: invoice.due_on,
            currency: &invoice.currency,
            gross: invoice.totals.gross,
            due: invoice.totals.due,
            pdf,
        };
        shop.publish_invoice(&publication).await
    };
    let mut published = put(&account).await?;
    // The link may be older than the account: look the customer up once more.
    if published == Published::NoSuchCustomer
        && linked.is_some()
        && let Some(found) = find_account(deps, shop, code).await?.filter(|found| *found != account)
    {
        account = found;
        published = put(&account).await?;
    }
    Ok((published != Published::NoSuchCustomer).then_some(account))
}

async fn find_account(deps: &Deps, shop: &dyn Shop, code: &CustomerCode) -> Result<Option<String>> {
    let found = shop.find_customer(code).await?;
    if let Some(account) = &found {
        deps.ledger.link_customer(code, shop.id(), account).await?;
    }
    Ok(found)
}
