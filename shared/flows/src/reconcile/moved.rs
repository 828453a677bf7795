//! Customers whose invoices went to another account than the ones before: nothing is moved, a person looks
//! whose the earlier account is.

use passerelle_domain::Result;
use passerelle_ledger::Window;

use crate::reconcile::gaps::{Detail, Gap, GapKind};
use crate::reconcile::survey::Survey;
use crate::reconcile::{MAX_COUNTED, Reconcile};

/// The changes of the surveyed day.
pub(crate) async fn check(deps: &Reconcile, survey: &Survey, gaps: &mut Vec<Gap>) -> Result<()> {
    let window = Window { from: survey.day.start(), ..Window::all(MAX_COUNTED) };
    for customer in deps.env.ledger.accounts_changed(window).await? {
        let Some((since, (shop, account))) = customer.since.zip(customer.before) else { continue };
        if survey.day.contains(since) {
            let left = deps.env.ledger.invoices_in_account(&customer.code, &shop, &account).await?.len();
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
