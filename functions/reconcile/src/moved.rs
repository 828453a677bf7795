//! Customers whose invoices went to another account than the ones before: nothing is moved, a person looks
//! whose the earlier account is.

use passerelle_domain::Result;
use passerelle_ledger::Window;

use crate::gaps::{Detail, Gap, GapKind};
use crate::survey::Survey;
use crate::{Deps, MAX_COUNTED};

/// The changes of the surveyed day.
pub(crate) async fn check(deps: &Deps, survey: &Survey, gaps: &mut Vec<Gap>) -> Result<()> {
    let window = Window { from: survey.day.start(), ..Window::all(MAX_COUNTED) };
    for customer in deps.ledger.accounts_changed(window).await? {
        let Some((since, (shop, account))) = customer.since.zip(customer.before) else { continue };
        if survey.day.contains(since) {
            let left = deps.ledger.invoices_in_account(&customer.code, &shop, &account).await?.len();
            let detail = Detail::Moved {
                from: format!("{shop}/{account}"),
                to: format!("{}/{}", customer.shop, customer.shop_customer),
                left,
            };
            gaps.push(Gap::new(GapKind::AccountChanged, &customer.code, since).with(detail));
        }
    }
    Ok(())
}
