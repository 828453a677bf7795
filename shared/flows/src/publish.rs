//! Puts a rendered invoice into its customer's account on the shop.
//!
//! Each shop is asked in the order of the configuration which account has exactly the customer's ERP code,
//! anew for each invoice; the first that has one gets it. Of two accounts with one code none is guessed:
//! the message fails. The shop takes an invoice by its number, so publishing twice is publishing once. A
//! customer without an account anywhere is no error: the invoice is recorded as unpublishable and counted.

use std::sync::Arc;

use passerelle_domain::{Digest, Failure, Result};
use passerelle_ledger::{InvoiceRecord, InvoiceState};
use passerelle_services::{Environment, InvoiceAnnouncement, Message, Metric};
use passerelle_shops::{Publication, Published, Shop};

/// What the work depends on.
pub struct Publish {
    /// Its ledger, its objects, its clock.
    pub env: Environment,
    /// The shops, in the order in which a customer's account is looked for.
    pub shops: Vec<Arc<dyn Shop>>,
}

/// The largest PDF that is published.
const MAX_PDF_BYTES: u64 = 5 << 20;

/// Works on one announcement.
///
/// # Errors
/// When the outside fails, or the ledger has no such invoice.
pub async fn handle(deps: Arc<Publish>, message: Message) -> Result<()> {
    let announcement = InvoiceAnnouncement::from_body(&message.body)?;
    let number = &announcement.number;
    let Some(record) = deps.env.ledger.invoice(number).await? else {
        return Err(Failure::rejected("publish invoice", number.as_str(), "the ledger has no such invoice"));
    };
    match record.state {
        InvoiceState::Registered => {
            return Err(Failure::retry("publish invoice", number.as_str(), "it is not rendered yet"));
        }
        InvoiceState::Published | InvoiceState::Unpublishable => {
            deps.env.metrics.emit(&[(Metric::DuplicateDeliveries, 1)]);
            return Ok(());
        }
        InvoiceState::Rendered => {}
    }
    let pdf = read_pdf(&deps, &record).await?;
    for shop in &deps.shops {
        let Some(account) = publish(&deps, &**shop, &record, &pdf).await? else { continue };
        if deps.env.ledger.invoice_published(number, shop.id(), &account, deps.env.now()).await? {
            deps.env.metrics.emit(&[(Metric::InvoicesPublished, 1)]);
        }
        return Ok(());
    }
    if deps.env.ledger.invoice_unpublishable(number, deps.env.now()).await? {
        let customer = &record.invoice.buyer.code;
        tracing::info!(invoice = %number, %customer, "the customer has no account on any shop");
        deps.env.metrics.emit(&[(Metric::InvoicesUnpublishable, 1)]);
    }
    Ok(())
}

/// The PDF, if it is still the one that was recorded.
async fn read_pdf(deps: &Publish, record: &InvoiceRecord) -> Result<Vec<u8>> {
    let number = record.invoice.number.as_str();
    let missing = |cause: &str| Failure::rejected("read the PDF of invoice", number, cause.to_owned());
    let (key, content) = record.pdf.as_ref().ok_or_else(|| missing("none is recorded"))?;
    let object =
        deps.env.objects.get(key, None, MAX_PDF_BYTES).await?.ok_or_else(|| missing("it is gone"))?;
    if Digest::of(&object.body) != *content {
        return Err(missing("it is not what was rendered"));
    }
    Ok(object.body)
}

/// Publishes on one shop, in the account that it names now; returns the account, or nothing when the
/// customer has none there. The ledger's memory decides nothing: people correct codes in the shop.
async fn publish(
    deps: &Publish,
    shop: &dyn Shop,
    record: &InvoiceRecord,
    pdf: &[u8],
) -> Result<Option<String>> {
    let invoice = &record.invoice;
    let Some(account) = shop.find_customer(&invoice.buyer.code).await? else { return Ok(None) };
    let publication = Publication {
        number: &invoice.number,
        shop_customer: &account,
        kind: invoice.kind,
        issued_on: invoice.issued_on,
        due_on: invoice.due_on,
        currency: &invoice.currency,
        gross: invoice.totals.gross,
        due: invoice.totals.due,
        pdf,
    };
    if shop.publish_invoice(&publication).await? == Published::NoSuchCustomer {
        let cause = format!("account {account} is gone, which the shop {} had just named", shop.id());
        return Err(Failure::retry("publish invoice", invoice.number.as_str(), cause));
    }
    record_account(deps, shop, record, &account).await?;
    Ok(Some(account))
}

/// Records where the invoice is, and logs if the customer's invoices before it are elsewhere.
async fn record_account(
    deps: &Publish,
    shop: &dyn Shop,
    record: &InvoiceRecord,
    account: &str,
) -> Result<()> {
    let (number, customer) = (&record.invoice.number, &record.invoice.buyer.code);
    let place = (shop.id(), account);
    let before = deps.env.ledger.invoice_in_account(customer, number, place, deps.env.now()).await?;
    if let Some((before_shop, before_account)) = before {
        tracing::warn!(
            invoice = %number, %customer, shop = %shop.id(), account, before.shop = %before_shop,
            before.account = before_account, "the customer's earlier invoices are in another account"
        );
        deps.env.metrics.emit(&[(Metric::AccountsChanged, 1)]);
    }
    Ok(())
}
