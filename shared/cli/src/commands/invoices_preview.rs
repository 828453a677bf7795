//! `invoices preview`: what customers will see, for whoever sets the look.

use std::fs;

use passerelle_domain::{Failure, Invoice, Money, Result};

use super::files::shown;
use super::invoices_render::{renderer, write};
use crate::{Answer, PreviewPages};

const INVOICE: &str = include_str!("../../../../tests/fixtures/invoices/web-and-market.json");
const LONG: &str = include_str!("../../../../tests/fixtures/invoices/sixty-lines.json");
const CREDIT_NOTE: &str = include_str!("../../../../tests/fixtures/invoices/credit-note.json");

/// Renders made-up documents of each sort with the look of a configuration: an invoice, one of several
/// pages, one paid already, a credit note.
///
/// # Errors
/// When the configuration is wrong or nothing can be written.
pub fn preview_pages(preview: &PreviewPages, dry_run: bool) -> Result<Answer> {
    let renderer = renderer(&preview.config)?;
    if dry_run {
        return Ok(Answer::done("the configuration is right; four documents would be rendered"));
    }
    fs::create_dir_all(&preview.out)
        .map_err(|error| Failure::rejected("create", shown(&preview.out), error))?;
    let mut paid = sample(INVOICE)?;
    paid.totals.prepaid = paid.totals.gross;
    paid.totals.due = Money::ZERO;
    let mut answer = Answer::default();
    for (name, invoice) in [
        ("invoice", sample(INVOICE)?),
        ("several-pages", sample(LONG)?),
        ("paid", paid),
        ("credit-note", sample(CREDIT_NOTE)?),
    ] {
        let path = preview.out.join(format!("{name}.pdf"));
        write(&path, &renderer.render(&invoice)?)?;
        answer = answer.and(shown(&path));
    }
    Ok(answer)
}

fn sample(json: &str) -> Result<Invoice> {
    serde_json::from_str(json).map_err(|error| Failure::misconfigured("read", "a sample", error))
}
