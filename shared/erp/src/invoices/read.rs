//! The second pass: each invoice.

use std::borrow::Cow;

use passerelle_domain::{
    Address, Adjustment, ArticleCode, Buyer, CustomerCode, DocumentAdjustment, Invoice, InvoiceKind,
    InvoiceLine, InvoiceNumber, InvoiceTotals, InvoiceUnit, Money, PaymentInstructions, Period,
    PurchaseOrigin, Quantity, References, Rejection, Siren, UnitPrice, Vat, VatCategory, VatRate,
    VatSubtotal,
};

use super::Fault;
use super::cells::{Cells, Figure, Reader};
use super::fields::Field as F;
use super::header::{AdjustmentAt, Columns};
use super::layout::{AdjustmentColumns, Layout, Shape};
use super::locate::located;
use super::rows::{Cell, extent};
use super::{ADDED, units};
use crate::rules::Rule;

/// A run of rows: the line that it begins on, and its text.
pub(super) type RunText<'b> = (u64, Cow<'b, str>);

/// The rows of runs: their lines and cells.
pub(super) fn rows<'r>(layout: &Layout, runs: &'r [RunText<'_>]) -> Vec<Cells<'r>> {
    let (mut rows, mut places): (_, Vec<Cell>) = (Vec::new(), Vec::new());
    for (line, text) in runs {
        each_row(layout, text, *line, |line, row| rows.push(Cells::of(layout, row, line, &mut places)));
    }
    rows
}

/// Calls `each` with every row of a run, and the line that it begins on.
fn each_row<'r>(layout: &Layout, text: &'r str, mut line: u64, mut each: impl FnMut(u64, &'r str)) {
    let mut rest = text;
    // The same bytes gave rows before, and a text has its separators and quotes where its bytes have.
    while !rest.is_empty()
        && let Ok(Some(found)) = extent(rest.as_bytes(), true, layout.separator, usize::MAX)
    {
        let (row, behind) = rest.split_at(found.bytes);
        each(line, row);
        line += found.newlines + 1;
        rest = &behind[found.line_end..];
    }
}

/// Reads and checks the invoice that the rows give; with it, what is noted of its figures.
pub(super) fn one(
    layout: &Layout,
    columns: &Columns,
    rows: &[Cells<'_>],
) -> Result<(Invoice, Vec<Fault>), Vec<Fault>> {
    let mut reader = Reader { layout, columns, faults: Vec::new() };
    check_encoding(&mut reader, rows);
    let Some((head, lines)) = head_and_lines(&mut reader, rows) else { return Err(reader.faults) };
    let read = invoice(&mut reader, head, &lines);
    let Some((invoice, breakdown)) = read.filter(|_| reader.faults.is_empty()) else {
        return Err(reader.faults);
    };
    let checked = invoice.check(layout.tolerance);
    let place = |rejection| located(columns, head, &lines, &breakdown, rejection);
    reader.faults = checked.broken.into_iter().map(place).collect();
    check_stated_sums(&mut reader, head, &invoice);
    if !reader.faults.is_empty() {
        return Err(reader.faults);
    }
    Ok((invoice, checked.notes.into_iter().map(place).collect()))
}

/// The first pass refuses a file that is UTF-8 as a whole; here a row is found that another program added.
fn check_encoding(reader: &mut Reader<'_>, rows: &[Cells<'_>]) {
    let encoding = reader.layout.encoding;
    // What a rejects file added repeats the value that was wrong.
    let added = if reader.columns.mended { ADDED.len() } else { 0 };
    for cells in rows {
        let Some(position) = cells.in_utf_8(encoding, added) else { continue };
        let column = reader.columns.label(position);
        let rule = format!("this row is in UTF-8, and the file in {}", encoding.name());
        let rejection = Rejection::new(Rule::MixedEncoding, &column, cells.at(position), rule);
        reader.fault_at(cells.line, column, rejection);
    }
}

/// The number of the invoice that a row belongs to; nothing where it is on another row.
pub(super) fn number<'c>(layout: &Layout, columns: &Columns, cells: &'c Cells<'_>) -> Option<&'c str> {
    let position = match &layout.shape {
        Shape::Records { records, .. } if cells.at(0) != records.invoice => records.number_on_lines,
        _ => columns.of(F::Number),
    };
    position.map(|position| cells.at(position))
}

/// The row with the invoice's own columns, and those of its lines.
fn head_and_lines<'r, 't>(
    reader: &mut Reader<'_>,
    rows: &'r [Cells<'t>],
) -> Option<(&'r Cells<'t>, Vec<&'r Cells<'t>>)> {
    let first = rows.first()?;
    let Shape::Records { records, .. } = &reader.layout.shape else {
        check_repeated(reader, rows);
        return Some((first, rows.iter().collect()));
    };
    let (heads, lines): (Vec<_>, Vec<_>) = rows.iter().partition(|cells| cells.at(0) == records.invoice);
    let column = reader.columns.label(0);
    match heads.as_slice() {
        [head] => return Some((head, lines)),
        [] => {
            let rule = format!("the line has no invoice, whose row begins with {:?}", records.invoice);
            reader.fault_at(
                first.line,
                column,
                Rejection::new(Rule::LineWithoutInvoice, "number", first.at(0), rule),
            );
        }
        [before, again, ..] => {
            let rule = format!(
                "a second row of the invoice begins with {:?}; line {} is the first",
                records.invoice, before.line
            );
            reader.fault_at(
                again.line,
                column,
                Rejection::new(Rule::InvoiceTwice, "number", again.at(0), rule),
            );
        }
    }
    None
}

/// The invoice that the rows give, and for each row of its VAT breakdown the layout's. Where something
/// cannot be read there is a fault, and what is returned is unusable.
fn invoice(
    reader: &mut Reader<'_>,
    head: &Cells<'_>,
    rows: &[&Cells<'_>],
) -> Option<(Invoice, Vec<Option<usize>>)> {
    reader.required(head, F::Number);
    let number = reader.optional(head, F::Number, Rule::NotAnInvoiceNumber, |text| InvoiceNumber::new(text));
    let kind = kind(reader, head);
    reader.required(head, F::IssuedOn);
    let issued_on = reader.date(head, F::IssuedOn);
    let due_on = reader.date(head, F::DueOn);
    let delivered_on = reader.date(head, F::DeliveredOn);
    let period = period(reader, head);
    let currency = currency(reader, head);
    let references = references(reader, head);
    let buyer = buyer(reader, head);
    let deliver_to = deliver_to(reader, head);
    let payment = PaymentInstructions {
        means: reader.owned(head, F::PaymentMeans),
        means_code: reader.owned(head, F::PaymentMeansCode),
        remittance: reader.owned(head, F::PaymentRemittance),
        terms: reader.owned(head, F::PaymentTerms),
    };
    let lines: Vec<InvoiceLine> = rows.iter().map(|cells| line(reader, cells)).collect();
    let adjustments = document_adjustments(reader, head);
    let totals = totals(reader, head);
    let (vat_breakdown, places) = breakdown(reader, head, &lines, &adjustments, totals.vat);
    let invoice = Invoice {
        number: number?,
        kind: kind?,
        issued_on: issued_on?,
        due_on,
        delivered_on,
        period,
        currency,
        references,
        buyer: buyer?,
        deliver_to,
        payment,
        note: reader.owned(head, F::Note),
        lines,
        adjustments,
        vat_breakdown,
        totals,
    };
    Some((invoice, places))
}

/// The kind of an invoice; without a column for it, an invoice.
fn kind(reader: &mut Reader<'_>, cells: &Cells<'_>) -> Option<InvoiceKind> {
    if reader.columns.of(F::Kind).is_none() {
        return Some(InvoiceKind::Invoice);
    }
    let kind = reader.layout.kinds.get(reader.text(cells, F::Kind)).copied();
    if kind.is_none() {
        reader.fault(
            cells,
            F::Kind,
            Rule::UnknownCode,
            "the layout's code list of kinds does not have this code",
        );
    }
    kind
}

/// A period with one day given is that day alone.
fn period(reader: &mut Reader<'_>, cells: &Cells<'_>) -> Option<Period> {
    let (start, end) = (reader.date(cells, F::PeriodStart), reader.date(cells, F::PeriodEnd));
    let (start, end) = (start.or(end)?, end.or(start)?);
    Some(Period { start, end })
}

fn currency(reader: &mut Reader<'_>, cells: &Cells<'_>) -> String {
    match reader.text(cells, F::Currency) {
        "" => reader.layout.currency.clone(),
        text if text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase()) => text.to_owned(),
        _ => {
            reader.fault(cells, F::Currency, Rule::NotACurrency, "this is no currency of ISO 4217 (EUR)");
            String::new()
        }
    }
}

fn references(reader: &mut Reader<'_>, cells: &Cells<'_>) -> References {
    References {
        purchase_order: reader.owned(cells, F::PurchaseOrder),
        sales_order: reader.owned(cells, F::SalesOrder),
        contract: reader.owned(cells, F::Contract),
        despatch_advice: reader.owned(cells, F::DespatchAdvice),
        corrects: reader
            .optional(cells, F::Corrects, Rule::NotAnInvoiceNumber, |text| InvoiceNumber::new(text)),
        corrects_issued_on: reader.date(cells, F::CorrectsIssuedOn),
    }
}

fn buyer(reader: &mut Reader<'_>, cells: &Cells<'_>) -> Option<Buyer> {
    reader.required(cells, F::BuyerCode);
    let code = reader.optional(cells, F::BuyerCode, Rule::NotACustomerCode, |text| CustomerCode::new(text));
    reader.required(cells, F::BuyerName);
    let siren = reader.optional(cells, F::BuyerSiren, Rule::NotASiren, Siren::new);
    let address = Address {
        name: reader.owned(cells, F::BuyerName),
        line1: reader.owned(cells, F::BuyerLine1),
        line2: reader.owned(cells, F::BuyerLine2),
        postcode: reader.owned(cells, F::BuyerPostcode),
        city: reader.owned(cells, F::BuyerCity),
        country: country(reader, cells, F::BuyerCountry),
        phone: String::new(),
    };
    Some(Buyer {
        code: code?,
        address,
        siren,
        vat_number: reader.owned(cells, F::BuyerVatNumber),
        reference: reader.owned(cells, F::BuyerReference),
    })
}

fn deliver_to(reader: &mut Reader<'_>, cells: &Cells<'_>) -> Option<Address> {
    let address = Address {
        name: reader.owned(cells, F::DeliverToName),
        line1: reader.owned(cells, F::DeliverToLine1),
        line2: reader.owned(cells, F::DeliverToLine2),
        postcode: reader.owned(cells, F::DeliverToPostcode),
        city: reader.owned(cells, F::DeliverToCity),
        country: country(reader, cells, F::DeliverToCountry),
        phone: String::new(),
    };
    (!address.is_empty()).then_some(address)
}

fn totals(reader: &mut Reader<'_>, cells: &Cells<'_>) -> InvoiceTotals {
    let (net, vat) = (reader.required_money(cells, F::TotalNet), reader.required_money(cells, F::TotalVat));
    let gross = reader.required_money(cells, F::TotalGross);
    let (prepaid, rounding) = (reader.money(cells, F::TotalPrepaid), reader.money(cells, F::TotalRounding));
    let due = match reader.columns.of(F::TotalDue) {
        Some(_) => reader.required_money(cells, F::TotalDue),
        None => gross - prepaid + rounding,
    };
    InvoiceTotals { net, vat, gross, prepaid, rounding, due }
}

/// Sums that the canonical invoice does not keep, because they follow from its parts.
fn check_stated_sums(reader: &mut Reader<'_>, head: &Cells<'_>, invoice: &Invoice) {
    for (field, code, computed, rule) in [
        (F::TotalLines, "BR-CO-10", invoice.lines_net(), "the sum of the lines is not what they add up to"),
        (
            F::TotalAllowances,
            "BR-CO-11",
            invoice.allowances(),
            "the sum of the allowances is not what they add up to",
        ),
        (F::TotalCharges, "BR-CO-12", invoice.charges(), "the sum of the charges is not what they add up to"),
    ] {
        if reader.text(head, field).is_empty() {
            continue;
        }
        let stated = reader.money(head, field);
        if stated != computed {
            let value = format!("{stated} where {computed} is computed");
            let column = reader.columns.label_of(field);
            reader.fault_at(head.line, column, Rejection::new(code, field.name(), value, rule));
        }
    }
}

/// What belongs to the invoice is the same on all of its rows.
fn check_repeated(reader: &mut Reader<'_>, rows: &[Cells<'_>]) {
    let Some((first, others)) = rows.split_first() else { return };
    let columns = reader.columns;
    for cells in others {
        for &position in &columns.of_invoice {
            let (stated, before) = (cells.at(position), first.at(position));
            if stated != before {
                let rule =
                    format!("rows of one invoice say different things; line {} says {before:?}", first.line);
                let column = columns.label(position);
                let rejection = Rejection::new(Rule::RowsDisagree, &column, stated, rule);
                reader.fault_at(cells.line, column, rejection);
            }
        }
    }
}

fn country(reader: &mut Reader<'_>, cells: &Cells<'_>, field: F) -> String {
    match reader.text(cells, field) {
        "" => reader.layout.country.clone(),
        text if text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase()) => text.to_owned(),
        _ => {
            reader.fault(cells, field, Rule::NotACountry, "this is no country's code of two letters (FR)");
            String::new()
        }
    }
}

fn line(reader: &mut Reader<'_>, cells: &Cells<'_>) -> InvoiceLine {
    let origin = match reader.columns.of(F::LineOrigin) {
        None => Some(PurchaseOrigin::Unknown),
        Some(position) => reader.layout.origins.get(cells.at(position)).copied(),
    };
    if origin.is_none() {
        reader.fault(
            cells,
            F::LineOrigin,
            Rule::UnknownCode,
            "the layout's code list of origins does not have this code",
        );
    }
    reader.required(cells, F::LineDesignation);
    let quantity = reader.required_decimal(cells, F::LineQuantity, Figure::Quantity).unwrap_or_default();
    let unit_price = reader.required_decimal(cells, F::LineUnitPrice, Figure::Price).unwrap_or_default();
    InvoiceLine {
        origin: origin.unwrap_or(PurchaseOrigin::Unknown),
        reference: reader.owned(cells, F::LineReference),
        delivered_on: reader.date(cells, F::LineDeliveredOn),
        article: reader.optional(cells, F::LineArticle, Rule::NotAnArticle, |text| ArticleCode::new(text)),
        designation: reader.owned(cells, F::LineDesignation),
        country_of_origin: reader.owned(cells, F::LineCountry),
        class: reader.owned(cells, F::LineClass),
        lot: reader.owned(cells, F::LineLot),
        quantity: Quantity::new(quantity),
        unit: unit(reader, cells),
        unit_price: UnitPrice::new(unit_price),
        adjustments: line_adjustments(reader, cells),
        vat: line_vat(reader, cells),
        net: reader.required_money(cells, F::LineNet),
    }
}

fn unit(reader: &mut Reader<'_>, cells: &Cells<'_>) -> InvoiceUnit {
    let own = &reader.layout.units;
    let unit = reader.optional(cells, F::LineUnit, Rule::UnknownUnit, |word| {
        units::find(own, word).ok_or_else(|| {
            let near = units::nearest(own, word).join(", ");
            format!("this unit is unknown (nearest: {near}); [codes.unit] in the layout can name it")
        })
    });
    unit.unwrap_or_default()
}

fn line_adjustments(reader: &mut Reader<'_>, cells: &Cells<'_>) -> Vec<Adjustment> {
    let discount = Some(reader.money(cells, F::LineDiscount)).filter(|discount| !discount.is_zero());
    let mut adjustments: Vec<Adjustment> = discount.map(Adjustment::allowance).into_iter().collect();
    let (layout, columns) = (reader.layout, reader.columns);
    for (of, at) in layout.line_adjustments.iter().zip(&columns.line_adjustments) {
        adjustments.extend(adjustment(reader, cells, of, at));
    }
    adjustments
}

fn document_adjustments(reader: &mut Reader<'_>, cells: &Cells<'_>) -> Vec<DocumentAdjustment> {
    let (layout, columns) = (reader.layout, reader.columns);
    let mut adjustments = Vec::new();
    for (of, at) in layout.adjustments.iter().zip(&columns.adjustments) {
        let Some(adjustment) = adjustment(reader, cells, of, at) else { continue };
        let rate = at.vat_rate.and_then(|position| reader.rate_at(cells, position, "adjustments"));
        let vat = of.vat.unwrap_or_else(|| {
            let rate = rate.map(VatRate::from_percent);
            match (rate, at.vat_rate) {
                (Some(Ok(rate)), _) => Vat::at(rate),
                (Some(Err(rule)), Some(position)) => {
                    let rejection =
                        Rejection::new(Rule::NotAVatRate, "adjustments", cells.at(position), rule);
                    reader.fault_at(cells.line, columns.label(position), rejection);
                    Vat::default()
                }
                _ => Vat::at(VatRate::ZERO),
            }
        });
        adjustments.push(DocumentAdjustment { adjustment, vat });
    }
    adjustments
}

/// An allowance or charge; nothing where its amount is empty or zero.
fn adjustment(
    reader: &mut Reader<'_>,
    cells: &Cells<'_>,
    of: &AdjustmentColumns,
    at: &AdjustmentAt,
) -> Option<Adjustment> {
    let amount = Some(reader.money_at(cells, at.amount, "adjustments")).filter(|amount| !amount.is_zero())?;
    let reason = at.reason.map(|position| cells.at(position)).filter(|reason| !reason.is_empty());
    Some(Adjustment {
        kind: of.kind,
        amount,
        base: at
            .base
            .filter(|&position| !cells.at(position).is_empty())
            .map(|position| reader.money_at(cells, position, "adjustments")),
        percentage: at.percentage.and_then(|position| reader.rate_at(cells, position, "adjustments")),
        reason: reason.unwrap_or(&of.reason).to_owned(),
        reason_code: of.reason_code.clone(),
    })
}

fn line_vat(reader: &mut Reader<'_>, cells: &Cells<'_>) -> Vat {
    let deposit = match reader.text(cells, F::LineDeposit) {
        "" => false,
        code => match reader.layout.deposits.get(code) {
            Some(deposit) => *deposit,
            None => {
                let rule = "the layout's code list of deposits does not have this code";
                reader.fault(cells, F::LineDeposit, Rule::UnknownCode, rule);
                return Vat::default();
            }
        },
    };
    let category = match reader.text(cells, F::LineVatCategory) {
        "" => None,
        code => match reader.layout.categories.get(code) {
            Some(category) => Some(*category),
            None => {
                let rule = "the layout's code list of VAT categories does not have this code";
                reader.fault(cells, F::LineVatCategory, Rule::UnknownCode, rule);
                return Vat::default();
            }
        },
    };
    let untaxed = deposit || category == Some(VatCategory::OutsideScope);
    if untaxed && reader.text(cells, F::LineVatRate).is_empty() {
        return Vat::OUTSIDE_SCOPE;
    }
    let Some(percent) = reader.required_decimal(cells, F::LineVatRate, Figure::Rate) else {
        return Vat::default();
    };
    match VatRate::from_percent(percent) {
        Ok(rate) if deposit && rate != VatRate::ZERO => {
            reader.fault(
                cells,
                F::LineVatRate,
                Rule::DepositWithVat,
                "a deposit, which is outside the scope of VAT, has a rate",
            );
            Vat::default()
        }
        Ok(_) if deposit => Vat::OUTSIDE_SCOPE,
        Ok(rate) => category.map_or(Vat::at(rate), |category| Vat { category, rate }),
        Err(message) => {
            reader.fault(cells, F::LineVatRate, Rule::NotAVatRate, message);
            Vat::default()
        }
    }
}

/// The VAT breakdown: the ERP's own, or computed from the lines where the layout has no columns for it.
/// With each row, the layout's.
fn breakdown(
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
