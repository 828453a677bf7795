//! Whether the ERP's file of invoices came when it was expected.

use jiff::Timestamp;
use passerelle_domain::Result;
use passerelle_ledger::{DropOutcome, DropRecord, DropState, Window};
use passerelle_services::keys;

use crate::reconcile::gaps::{Gap, GapKind};
use crate::reconcile::survey::Survey;
use crate::reconcile::{MAX_COUNTED, Reconcile};

/// A day whose file is due and has not come. A file that is being read has come; one that brings nothing new, or
/// is refused whole, has not.
pub(crate) async fn check(
    deps: &Reconcile,
    survey: &Survey,
    now: Timestamp,
    gaps: &mut Vec<Gap>,
) -> Result<()> {
    let Some((day, from, due)) = deps.expected.as_ref().and_then(|expected| expected.last_due(now)) else {
        return Ok(());
    };
    let window = Window { from, ..Window::all(MAX_COUNTED) };
    let reading = deps.env.ledger.drops_in(DropState::Checking, window).await?;
    let accepted = deps.env.ledger.drops_in(DropState::Accepted, window).await?;
    let came = reading.iter().any(|drop| drop.id.key.starts_with(keys::INVOICES_INBOX))
        || accepted.iter().any(|drop| brought_invoices(survey, drop));
    if !came {
        gaps.push(Gap::new(GapKind::InvoicesNotArrived, day, due));
    }
    Ok(())
}

/// Whether a file brought invoices that no other file had brought before.
fn brought_invoices(survey: &Survey, drop: &DropRecord) -> bool {
    match &drop.outcome {
        Some(DropOutcome::Accepted { new: 1.., .. }) => true,
        // A first delivery that died may have registered all of them.
        Some(DropOutcome::Accepted { same: 1.., .. }) => {
            survey.invoices.iter().any(|(_, invoice)| invoice.drop == drop.id)
        }
        _ => false,
    }
}
