use std::collections::BTreeSet;

use passerelle_domain::{Result, ShopId};
use passerelle_ledger::CustomerAccount;
use passerelle_services::Environment;

use super::History;

/// Where the invoices of a customer are.
pub(super) async fn trace(env: &Environment, customer: CustomerAccount) -> Result<History> {
    let mut history = History::of("customer", &customer.code);
    let now = format!("{}/{}", customer.shop, customer.shop_customer);
    history.fact("account", &now);
    let before = customer.before.iter().map(|(shop, account)| format!("{shop}/{account}"));
    let earlier: BTreeSet<String> =
        before.chain(customer.history.iter().map(|change| change.detail.clone())).collect();
    for place in earlier.into_iter().filter(|place| *place != now) {
        let Some((shop, account)) = place.split_once('/') else { continue };
        let Ok(shop) = ShopId::new(shop) else { continue };
        let left = env.ledger.invoices_in_account(&customer.code, &shop, account).await?;
        let numbers = left.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        history.fact("earlier account", format!("{place}, with {} known invoices: {numbers}", left.len()));
    }
    history.changes("account", &customer.history);
    Ok(history)
}

/// The account that a customer's invoices go to now, where it is not the one of this invoice.
pub(in crate::commands) fn elsewhere(
    customer: Option<CustomerAccount>,
    of_invoice: &(ShopId, String),
) -> Option<String> {
    let customer = customer.filter(|customer| !customer.is(&of_invoice.0, &of_invoice.1))?;
    Some(format!("{}/{}: passerelle trace {}", customer.shop, customer.shop_customer, customer.code))
}
