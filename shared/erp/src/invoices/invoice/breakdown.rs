use passerelle_domain::{DocumentAdjustment, InvoiceLine, Money, VatRate, VatSubtotal};

use crate::invoices::file::{Cells, Reader};

/// The VAT breakdown: the ERP's own, or computed from the lines where the layout has no columns for it.
/// With each row, the layout's.
pub(super) fn breakdown(
    reader: &mut Reader<'_>,
    head: &Cells<'_>,
    lines: &[InvoiceLine],
    adjustments: &[DocumentAdjustment],
    stated: Money,
) -> (Vec<VatSubtotal>, Vec<Option<usize>>) {
    let (layout, columns) = (reader.layout, reader.columns);
    let mut rows = Vec::new();
    if layout.vat.is_empty() {
        rows = computed(lines, adjustments, stated).into_iter().map(|row| (row, None)).collect();
    }
    for (i, (of, (base, amount))) in layout.vat.iter().zip(&columns.vat).enumerate() {
        let base = reader.money_at(head, *base, "vat_breakdown");
        let amount =
            amount.map(|position| reader.money_at(head, position, "vat_breakdown")).unwrap_or_default();
        let used = lines.iter().any(|line| line.vat == of.vat)
            || adjustments.iter().any(|document| document.vat == of.vat);
        if used || !base.is_zero() || !amount.is_zero() {
            let (exemption_reason, exemption_code) = (of.reason.clone(), of.code.clone());
            rows.push((VatSubtotal { vat: of.vat, base, amount, exemption_reason, exemption_code }, Some(i)));
        }
    }
    rows.into_iter().unzip()
}

/// Base x rate for each rate. An ERP that rounds line by line may state a total that is some cents
/// off, at most one a line; these go to the largest base, so that the ERP's total stands.
fn computed(lines: &[InvoiceLine], adjustments: &[DocumentAdjustment], stated: Money) -> Vec<VatSubtotal> {
    let mut rows: Vec<VatSubtotal> = Vec::new();
    let parts = lines.iter().map(|line| (line.vat, line.net));
    let parts = parts.chain(adjustments.iter().map(|document| (document.vat, document.adjustment.effect())));
    for (vat, net) in parts {
        match rows.iter_mut().find(|row| row.vat == vat) {
            Some(row) => row.base += net,
            None => rows.push(VatSubtotal::new(vat, net, Money::ZERO)),
        }
    }
    rows.sort_by_key(|row| row.vat);
    for row in &mut rows {
        row.amount = row.vat.rate.on(row.base).unwrap_or_default();
    }
    let off = stated - rows.iter().map(|row| row.amount).sum();
    let taxed = rows.iter_mut().filter(|row| row.vat.rate != VatRate::ZERO);
    if let Some(largest) = taxed.max_by_key(|row| row.base.abs()) {
        let count = lines.iter().filter(|line| line.vat == largest.vat).count();
        if off.abs() <= Money::from_cents(i64::try_from(count).unwrap_or(i64::MAX)) {
            largest.amount += off;
        }
    }
    rows
}
