//! Every PDF has an invoice, and every rendered invoice has its PDF.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use passerelle_domain::{InvoiceNumber, Result};
use passerelle_services::{Listed, keys};

use crate::reconcile::gaps::{Detail, Gap, GapKind};
use crate::reconcile::survey::Survey;
use crate::reconcile::{Reconcile, before};

/// A PDF is recorded within seconds; after this it counts as without record.
const PATIENCE: SignedDuration = SignedDuration::from_mins(20);
/// How many PDFs of a month are listed. An evening makes some hundreds.
const MAX_LISTED: usize = 100_000;
/// How many PDFs that stand elsewhere (an invoice of an earlier month) are looked for one by one.
const MAX_LOOKED_FOR: usize = 500;

pub(crate) async fn check(
    deps: &Reconcile,
    survey: &Survey,
    now: Timestamp,
    gaps: &mut Vec<Gap>,
) -> Result<()> {
    let months: BTreeSet<String> = [survey.day, survey.day.previous()]
        .map(|day| format!("{}{}/", keys::INVOICES_PDF, day.date().strftime("%Y/%m")))
        .into();
    let mut standing = Vec::new();
    for month in &months {
        let listed = match deps.env.objects.list(month, MAX_LISTED).await {
            Ok(listed) => listed,
            // Without the whole list, every PDF would seem to be missing.
            Err(failure) => {
                gaps.push(Gap::unreadable(month, &failure));
                return Ok(());
            }
        };
        standing.extend(listed.into_iter().filter(|version| version.latest));
    }
    without_record(deps, survey, &standing, now, gaps).await?;
    let standing = standing.into_iter().map(|listed| listed.key).collect();
    missing(deps, survey, &standing, now, gaps).await
}

async fn without_record(
    deps: &Reconcile,
    survey: &Survey,
    standing: &[Listed],
    now: Timestamp,
    gaps: &mut Vec<Gap>,
) -> Result<()> {
    let recorded: BTreeSet<&str> =
        survey.invoices.iter().filter_map(|(_, invoice)| invoice.pdf.as_deref()).collect();
    let from = survey.day.previous().start();
    let recent =
        |listed: &&Listed| listed.modified.is_none_or(|at| from <= at && at <= before(now, PATIENCE));
    for pdf in standing.iter().filter(recent).filter(|pdf| !recorded.contains(&*pdf.key)) {
        let known = match number_of(&pdf.key) {
            // One that is registered is about to be rendered: the sweep finds it if it is not.
            Some(number) => deps
                .env
                .ledger
                .invoice(&number)
                .await?
                .is_some_and(|record| record.pdf.is_none_or(|(key, _)| key == pdf.key)),
            None => false,
        };
        if !known {
            gaps.push(Gap::new(GapKind::PdfWithoutRecord, &pdf.key, pdf.modified));
        }
    }
    Ok(())
}

async fn missing(
    deps: &Reconcile,
    survey: &Survey,
    standing: &BTreeSet<String>,
    now: Timestamp,
    gaps: &mut Vec<Gap>,
) -> Result<()> {
    let rendered = survey.invoices.iter().filter_map(|(_, invoice)| Some((invoice, invoice.pdf.as_ref()?)));
    let unseen = rendered
        .filter(|(invoice, key)| !standing.contains(*key) && invoice.updated_at <= before(now, PATIENCE));
    for (invoice, key) in unseen.take(MAX_LOOKED_FOR) {
        let found = match deps.env.objects.list(key, 10).await {
            Ok(found) => found,
            Err(failure) => {
                gaps.push(Gap::unreadable(key, &failure));
                continue;
            }
        };
        if !found.iter().any(|version| version.key == *key && version.latest) {
            let detail = Detail::Key(key.clone());
            gaps.push(Gap::new(GapKind::PdfMissing, &invoice.number, invoice.updated_at).with(detail));
        }
    }
    Ok(())
}

/// The invoice's number in a PDF's name.
fn number_of(key: &str) -> Option<InvoiceNumber> {
    let stem = key.rsplit('/').next()?.strip_suffix(".pdf")?;
    InvoiceNumber::new(stem.replace('~', "/")).ok()
}
