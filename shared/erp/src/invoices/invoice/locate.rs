//! Where in the file a broken rule of the whole invoice stands.

use passerelle_domain::Rejection;

use crate::invoices::fault::Fault;
use crate::invoices::file::{Cells, Columns};
use crate::invoices::model::Field as F;

/// The line and column of what a rule found. `breakdown` has the layout's row of each row of the
/// invoice's VAT breakdown.
pub(crate) fn located(
    columns: &Columns,
    head: &Cells<'_>,
    lines: &[&Cells<'_>],
    breakdown: &[Option<usize>],
    rejection: Rejection,
) -> Fault {
    let (list, place, field) = match rejection.field.split_once(']') {
        Some((item, field)) => {
            let (list, place) = item.split_once('[').unwrap_or((item, ""));
            (list, place.parse::<usize>().unwrap_or(0), field.trim_start_matches('.'))
        }
        None => ("", 0, rejection.field.as_str()),
    };
    let (line, column) = match list {
        "lines" => {
            let field = match field {
                "vat" => Some(F::LineVatRate),
                "adjustments" => Some(F::LineDiscount),
                field => F::of(&format!("line.{field}")),
            };
            let column = field.map_or_else(|| rejection.field.clone(), |field| columns.label_of(field));
            (lines.get(place).map_or(head.line, |cells| cells.line), column)
        }
        "adjustments" => {
            let position = columns.adjustments.get(place).map(|adjustment| adjustment.amount);
            (head.line, position.map_or_else(|| rejection.field.clone(), |position| columns.label(position)))
        }
        "vat_breakdown" => {
            let row = breakdown.get(place).copied().flatten().and_then(|at| columns.vat.get(at));
            let position = row.map(|(base, amount)| amount.filter(|_| field == "amount").unwrap_or(*base));
            let total = || columns.label_of(F::TotalVat);
            (head.line, position.map_or_else(total, |position| columns.label(position)))
        }
        _ => {
            let column = F::of(field).map_or_else(|| field.to_owned(), |field| columns.label_of(field));
            (head.line, column)
        }
    };
    Fault { line, column, rejection }
}
