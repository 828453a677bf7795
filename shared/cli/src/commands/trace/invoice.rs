use std::collections::BTreeSet;

use passerelle_domain::{PurchaseOrigin, Result};
use passerelle_ledger::InvoiceRecord;

use super::{History, rejected};
use crate::Bench;

pub(super) async fn trace(bench: &dyn Bench, record: InvoiceRecord) -> Result<History> {
    let invoice = &record.invoice;
    let mut history = History::of("invoice", &invoice.number);
    history.fact("state", record.state);
    history.fact("revision", &record.revision);
    history.fact("total", invoice.totals.gross);
    history.fact("customer", &invoice.buyer.code);
    history.fact("file", &record.drop);
    let web = invoice.lines.iter().filter(|line| line.origin == PurchaseOrigin::Web);
    let web: BTreeSet<&str> = web.map(|line| &*line.reference).filter(|number| !number.is_empty()).collect();
    if !web.is_empty() {
        history.fact("web orders", web.into_iter().collect::<Vec<_>>().join(", "));
    }
    if let Some((key, content)) = &record.pdf {
        history.fact("PDF", format!("{key} ({content})"));
    }
    if let Some((shop, account)) = &record.published {
        history.fact("account", format!("{shop}/{account}"));
    }
    if record.announced_again > 0 {
        history.fact("announced again", format!("{} times in this state", record.announced_again));
    }
    for conflict in bench.ledger().invoice_conflicts(&invoice.number).await? {
        history.fact("conflict", format!("another content came too: {}", conflict.revision()));
    }
    if let Some(drop) = bench.ledger().drop_record(&record.drop).await? {
        history.changes("file", &drop.history);
    }
    rejected::events(bench, invoice.number.as_str(), &mut history).await?;
    history.changes("invoice", &record.history);
    Ok(history)
}
