use std::collections::BTreeSet;

use passerelle_domain::{PurchaseOrigin, Result};
use passerelle_ledger::InvoiceRecord;
use passerelle_services::Environment;

use super::{History, customer, rejected};

pub(super) async fn trace(env: &Environment, record: InvoiceRecord) -> Result<History> {
    let invoice = &record.invoice;
    let mut history = History::of("invoice", &invoice.number);
    history.fact("state", record.state);
    history.fact("revision", &record.revision);
    history.fact("total", invoice.totals.gross);
    history.fact("customer", &invoice.buyer.code);
    history.fact("file", &record.drop);
    for (origin, orders) in [(PurchaseOrigin::Web, "web orders"), (PurchaseOrigin::Unknown, "orders")] {
        let lines = invoice.lines.iter().filter(|line| line.origin == origin);
        let numbers: BTreeSet<&str> =
            lines.map(|line| &*line.reference).filter(|number| !number.is_empty()).collect();
        if !numbers.is_empty() {
            history.fact(orders, numbers.into_iter().collect::<Vec<_>>().join(", "));
        }
    }
    if let Some((key, content)) = &record.pdf {
        history.fact("PDF", format!("{key} ({content})"));
    }
    if let Some(published) = &record.published {
        history.fact("account", format!("{}/{}", published.0, published.1));
        let customer = env.ledger.customer_account(&invoice.buyer.code).await?;
        if let Some(elsewhere) = customer::elsewhere(customer, published) {
            history.fact("customer's account now", elsewhere);
        }
    }
    if record.announced_again > 0 {
        history.fact("announced again", format!("{} times in this state", record.announced_again));
    }
    for conflict in env.ledger.invoice_conflicts(&invoice.number).await? {
        history.fact("conflict", format!("another content came too: {}", conflict.revision()));
    }
    if let Some(drop) = env.ledger.drop_record(&record.drop).await? {
        history.changes("file", &drop.history);
    }
    rejected::events(env, invoice.number.as_str(), &mut history).await?;
    history.changes("invoice", &record.history);
    Ok(history)
}
