//! Invoices: the first content under a number stands for ever.

use jiff::Timestamp;
use passerelle_domain::{Digest, Invoice, InvoiceNumber, Rejection, Result, Revision, ShopId, TOO_LARGE};

use crate::access::Step;
use crate::compressed::compress;
use crate::records::{CONFLICT, InvoiceConflict, KEPT_ASIDE, StoredInvoice, invoice_pk};
use crate::table::{Key, MAX_ITEM_BYTES, Record, check_size, decode, put};
use crate::{
    ConflictSummary, DropId, InvoiceRecord, InvoiceState, InvoiceSummary, Ledger, Registered, Window,
};

fn head_key(number: &InvoiceNumber) -> Key {
    Key::head(invoice_pk(number))
}

impl Ledger {
    /// Registers an invoice; one that [`invoice_fits`] rejects is a failure. The first content under a number
    /// stands for ever; other content under the same number is kept beside it (see
    /// [`Ledger::invoice_conflicts`]) and changes nothing.
    pub async fn register_invoice(
        &self,
        invoice: &Invoice,
        drop: &DropId,
        now: Timestamp,
    ) -> Result<Registered> {
        let revision = invoice.revision();
        let key = head_key(&invoice.number);
        let registered = self
            .create("register invoice", &key, |stored: Option<StoredInvoice>| match stored {
                Some(stored) if stored.revision == revision => Step::Leave(Registered::Same(stored.state)),
                Some(_) => Step::Leave(Registered::Conflict),
                None => Step::Write(registered_as(invoice, revision.clone(), drop, now), Registered::New),
            })
            .await?;
        if registered == Registered::Conflict {
            self.keep_aside(invoice, revision, drop, now).await?;
        }
        Ok(registered)
    }

    /// An invoice, read consistently.
    pub async fn invoice(&self, number: &InvoiceNumber) -> Result<Option<InvoiceRecord>> {
        let stored = self.read::<StoredInvoice>("read invoice", &head_key(number)).await?;
        Ok(stored.map(|read| read.record.into()))
    }

    /// Records that the PDF of a `registered` invoice stands in S3. `false` when it was recorded
    /// before with the same content, which is no fault.
    pub async fn invoice_rendered(
        &self,
        number: &InvoiceNumber,
        object_key: &str,
        content: &Digest,
        now: Timestamp,
    ) -> Result<bool> {
        let from = &[InvoiceState::Registered];
        self.advance("record rendered invoice", number, from, |stored| {
            let pdf = Some((object_key.to_owned(), content.clone()));
            StoredInvoice { state: InvoiceState::Rendered, pdf, updated_at: now, ..stored }
        })
        .await
    }

    /// Records that a `rendered` invoice is in its customer's account, or an `unpublishable` one whose
    /// customer has got an account since. `false` when it was before.
    pub async fn invoice_published(
        &self,
        number: &InvoiceNumber,
        shop: &ShopId,
        shop_customer: &str,
        now: Timestamp,
    ) -> Result<bool> {
        let from = &[InvoiceState::Rendered, InvoiceState::Unpublishable];
        self.advance("record published invoice", number, from, |stored| {
            let published = Some((shop.clone(), shop_customer.to_owned()));
            StoredInvoice { state: InvoiceState::Published, published, updated_at: now, ..stored }
        })
        .await
    }

    /// Records that a `rendered` invoice has no account to go to. `false` when it was before.
    pub async fn invoice_unpublishable(&self, number: &InvoiceNumber, now: Timestamp) -> Result<bool> {
        let state = InvoiceState::Unpublishable;
        self.advance("record unpublishable invoice", number, &[InvoiceState::Rendered], |stored| {
            StoredInvoice { state, updated_at: now, ..stored }
        })
        .await
    }

    /// Makes an `unpublishable` invoice `rendered` again, so that publishing is tried once more: its
    /// customer may have got an account. `false` in any other state.
    pub async fn invoice_publishable(&self, number: &InvoiceNumber, now: Timestamp) -> Result<bool> {
        let state = InvoiceState::Rendered;
        self.advance("make invoice publishable", number, &[InvoiceState::Unpublishable], |stored| {
            StoredInvoice { state, updated_at: now, ..stored }
        })
        .await
    }

    /// Notes how often an invoice was announced again since it entered `state`; a change of state
    /// begins at 0. `false` when it is in another state.
    pub async fn invoice_announced_again(
        &self,
        number: &InvoiceNumber,
        state: InvoiceState,
        times: u32,
    ) -> Result<bool> {
        self.change("count announcements of invoice", &head_key(number), |stored: Option<StoredInvoice>| {
            match stored.filter(|stored| stored.state == state) {
                Some(stored) => Step::Write(StoredInvoice { announced_again: times, ..stored }, true),
                None => Step::Leave(false),
            }
        })
        .await
    }

    /// Invoices in a state, the one longest in it first. The list may lag behind by seconds.
    pub async fn invoices_in(&self, state: InvoiceState, window: Window) -> Result<Vec<InvoiceSummary>> {
        let stored: Vec<StoredInvoice> =
            self.list("list invoices", format!("invoice:{state}"), window).await?;
        let summary = |stored: StoredInvoice| InvoiceSummary {
            number: stored.number,
            customer: stored.customer,
            customer_name: stored.content.buyer.address.name.clone(),
            revision: stored.revision,
            gross: stored.content.signed_gross(),
            drop: stored.drop,
            pdf: stored.pdf.map(|(key, _)| key),
            announced_again: stored.announced_again,
            updated_at: stored.updated_at,
        };
        Ok(stored.into_iter().map(summary).collect())
    }

    /// Contents that were kept aside under any number, oldest first. The list may lag behind by seconds,
    /// and lacks what an older program kept.
    pub async fn conflicts(&self, window: Window) -> Result<Vec<ConflictSummary>> {
        let kept: Vec<InvoiceConflict> =
            self.list("list invoice conflicts", KEPT_ASIDE.to_owned(), window).await?;
        let summary = |kept: InvoiceConflict| ConflictSummary {
            number: kept.number,
            revision: kept.revision,
            drop: kept.drop,
            recorded_at: kept.recorded_at,
        };
        Ok(kept.into_iter().map(summary).collect())
    }

    /// Contents that came under the number of a registered invoice and differ from it.
    pub async fn invoice_conflicts(&self, number: &InvoiceNumber) -> Result<Vec<Invoice>> {
        let doing = "list invoice conflicts";
        let items = self.table.query(doing, &invoice_pk(number), CONFLICT).await?;
        items.into_iter().map(|item| Ok(decode::<InvoiceConflict>(doing, item)?.record.content)).collect()
    }

    async fn keep_aside(
        &self,
        invoice: &Invoice,
        revision: Revision,
        drop: &DropId,
        now: Timestamp,
    ) -> Result<()> {
        let conflict = || InvoiceConflict {
            number: invoice.number.clone(),
            revision: revision.clone(),
            drop: drop.clone(),
            recorded_at: now,
            content: invoice.clone(),
        };
        self.create("keep conflicting invoice", &conflict().key(), |kept: Option<InvoiceConflict>| match kept
        {
            Some(_) => Step::Leave(()),
            None => Step::Write(conflict(), ()),
        })
        .await
    }

    /// Moves an invoice on, if it is in one of the states `from`.
    async fn advance(
        &self,
        doing: &'static str,
        number: &InvoiceNumber,
        from: &[InvoiceState],
        step: impl Fn(StoredInvoice) -> StoredInvoice + Send + Sync,
    ) -> Result<bool> {
        self.change(doing, &head_key(number), |stored: Option<StoredInvoice>| {
            match stored.filter(|stored| from.contains(&stored.state)) {
                Some(stored) => Step::Write(StoredInvoice { announced_again: 0, ..step(stored) }, true),
                None => Step::Leave(false),
            }
        })
        .await
    }
}

fn registered_as(invoice: &Invoice, revision: Revision, drop: &DropId, now: Timestamp) -> StoredInvoice {
    StoredInvoice {
        number: invoice.number.clone(),
        customer: invoice.buyer.code.clone(),
        gross: invoice.totals.gross,
        revision,
        state: InvoiceState::Registered,
        drop: drop.clone(),
        pdf: None,
        published: None,
        announced_again: 0,
        updated_at: now,
        content: invoice.clone(),
        history: vec![],
    }
}

/// Whether the ledger can hold an invoice of this file.
///
/// # Errors
/// [`TOO_LARGE`], with the size and the limit.
pub fn invoice_fits(invoice: &Invoice, drop: &DropId) -> Result<(), Rejection> {
    let item = registered_as(invoice, invoice.revision(), drop, Timestamp::MAX);
    let fits = put("register invoice", &item, None).and_then(|write| check_size("register invoice", &write));
    fits.map_err(|_| {
        let size = compress(invoice).map_or(0, |bytes| bytes.len());
        let rule = format!("too large for the ledger, whose items have at most {MAX_ITEM_BYTES} bytes");
        Rejection::new(TOO_LARGE, "invoice", format!("{size} bytes compressed"), rule)
    })
}
