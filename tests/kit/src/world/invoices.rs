use std::fmt::Display;

use passerelle_domain::{Digest, Invoice};
use passerelle_ledger::{DropId, InvoiceRecord, Registered};
use passerelle_services::keys;

use crate::{World, accepted_in_part, number, shop};

const PDF: &[u8] = b"%PDF";

impl World {
    /// Begins to read a file with invoices, and registers them: the file, and how many of them are new.
    pub async fn register_all(&self, name: &str, invoices: &[&Invoice]) -> (DropId, u32) {
        let drop = self.begin(name).await;
        let mut new = 0;
        for invoice in invoices {
            let registered = self.ledger.register_invoice(invoice, &drop, self.now()).await;
            new += u32::from(registered.expect("registered") == Registered::New);
        }
        (drop, new)
    }

    /// The same with one invoice; the file is not read to its end.
    pub async fn register(&self, invoice: &Invoice) -> DropId {
        self.register_all("factures.csv", &[invoice]).await.0
    }

    /// Takes in a file of new invoices: these, some that are lost, and some that are rejected.
    pub async fn take_in(&self, name: &str, invoices: &[&Invoice], lost: u32, rejected: u32) -> DropId {
        let (drop, new) = self.register_all(name, invoices).await;
        let gross = invoices.iter().map(|invoice| invoice.totals.gross).sum();
        let rejects_key = (rejected > 0).then(|| format!("invoices/rejected/{name}.csv"));
        let new = new + lost;
        let outcome = accepted_in_part(new + rejected, [new, 0, 0, rejected], gross, rejects_key, vec![]);
        self.finish(&drop, &outcome).await;
        drop
    }

    /// The record of an invoice.
    pub async fn registered(&self, n: impl Display) -> InvoiceRecord {
        self.ledger.invoice(&number(n)).await.expect("in memory").expect("registered")
    }

    /// Puts the PDF of an invoice and records it.
    pub async fn render(&self, invoice: &Invoice) {
        self.put(&pdf_key(invoice), PDF);
        self.record_rendered(invoice).await;
    }

    /// Records that the PDF of an invoice is put.
    pub async fn record_rendered(&self, invoice: &Invoice) {
        let (key, content) = (pdf_key(invoice), Digest::of(PDF));
        let rendered = self.ledger.invoice_rendered(&invoice.number, &key, &content, self.now()).await;
        assert!(rendered.expect("asked"), "{} was registered", invoice.number);
    }

    /// Renders and publishes an invoice.
    pub async fn render_and_publish(&self, invoice: &Invoice) {
        self.render(invoice).await;
        self.publish(invoice).await;
    }

    /// Publishes an invoice in account 17.
    pub async fn publish(&self, invoice: &Invoice) {
        self.put_into(invoice, "17").await;
        let published = self.ledger.invoice_published(&invoice.number, &shop(), "17", self.now()).await;
        assert!(published.expect("asked"), "{} was rendered", invoice.number);
    }

    /// Records that an invoice is in an account.
    pub async fn put_into(&self, invoice: &Invoice, account: &str) {
        let (code, number) = (&invoice.buyer.code, &invoice.number);
        let recorded = self.ledger.invoice_in_account(code, number, (&shop(), account), self.now()).await;
        recorded.expect("recorded");
    }

    /// Records that the customer of an invoice has no account.
    pub async fn unpublishable(&self, invoice: &Invoice) {
        assert!(self.ledger.invoice_unpublishable(&invoice.number, self.now()).await.expect("asked"));
    }
}

fn pdf_key(invoice: &Invoice) -> String {
    keys::invoice_pdf(&invoice.number, invoice.issued_on)
}
