//! The second pass: each invoice.

use std::collections::HashMap;

use passerelle_domain::{
    Address, Adjustment, ArticleCode, Buyer, CustomerCode, Invoice, InvoiceLine, InvoiceNumber,
    InvoiceTotals, Money, PaymentInstructions, PurchaseOrigin, Quantity, References, Rejection, Siren,
    Tolerance, Unit, UnitPrice, Vat, VatRate, VatSubtotal,
};

use super::cells::{Cells, Reader};
use super::fields::Field as F;
use super::header::{self, Columns};
use super::layout::Layout;
use super::rows::Rows;
use super::{Fault, RejectedInvoice, file};

/// An invoice's rows: their lines and bytes.
struct Group<'a> {
    number: String,
    rows: Vec<(u64, &'a [u8])>,
}

/// The invoices of a file, in the order in which they first appear.
pub(super) fn invoices<'a>(
    layout: &'a Layout,
    bytes: &'a [u8],
) -> impl Iterator<Item = Result<Invoice, RejectedInvoice>> + 'a {
    let (columns, groups) = index(layout, bytes).unwrap_or_default();
    groups.into_iter().map(move |group| one(layout, &columns, &group))
}

/// Which rows belong to which invoice. Nothing where the header row is not the layout's, which the
/// first pass refuses.
fn index<'a>(layout: &Layout, bytes: &'a [u8]) -> Option<(Columns, Vec<Group<'a>>)> {
    let mut rows = file::rows(layout, bytes);
    let first = rows.next()?.ok()?;
    let names = Cells::of(layout, &first, first.line).into_texts();
    let columns = header::resolve(layout, names, first.line).ok()?;
    let mut groups: Vec<Group<'a>> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for row in rows.map_while(Result::ok) {
        if file::is_trailer(layout, &row) {
            continue;
        }
        let cells = Cells::of(layout, &row, row.line);
        let number = columns.of(F::Number).map_or("", |position| cells.at(position));
        let place = *places.entry(number.to_owned()).or_insert_with(|| {
            groups.push(Group { number: number.to_owned(), rows: Vec::new() });
            groups.len() - 1
        });
        groups[place].rows.push((row.line, row.bytes));
    }
    Some((columns, groups))
}

fn one(layout: &Layout, columns: &Columns, group: &Group<'_>) -> Result<Invoice, RejectedInvoice> {
    let mut rows = Vec::new();
    for (line, bytes) in &group.rows {
        // The same bytes gave a row before.
        if let Some(Ok(row)) = Rows::new(bytes, layout.separator, layout.limits).next() {
            rows.push(Cells::of(layout, &row, *line));
        }
    }
    let mut reader = Reader { layout, columns, faults: Vec::new() };
    let read = invoice(&mut reader, &rows);
    let mut faults = reader.faults;
    let lines = || group.rows.iter().map(|(line, _)| *line).collect();
    match read {
        Some((invoice, breakdown)) if faults.is_empty() => {
            let broken = invoice.check(Tolerance::default()).broken;
            if broken.is_empty() {
                return Ok(invoice);
            }
            let place = |rejection| located(layout, columns, &rows, &breakdown, rejection);
            faults.extend(broken.into_iter().map(place));
        }
        _ => {}
    }
    Err(RejectedInvoice { number: group.number.clone(), rows: lines(), faults })
}

/// Where a broken rule of the whole invoice stands in the file.
fn located(
    layout: &Layout,
    columns: &Columns,
    rows: &[Cells],
    breakdown: &[Option<usize>],
    rejection: Rejection,
) -> Fault {
    let (place, field) = match rejection.field.split_once(']') {
        Some((item, field)) => {
            let (item, place) = item.split_once('[').unwrap_or((item, ""));
            (Some((item, place.parse::<usize>().unwrap_or(0))), field.trim_start_matches('.'))
        }
        None => (None, rejection.field.as_str()),
    };
    let (row, column) = match (place, field) {
        (Some(("lines", i)), "net") => (i, layout.column_name(F::LineNet).to_owned()),
        (Some(("lines", i)), "vat") => (i, layout.column_name(F::LineVatRate).to_owned()),
        (Some(("lines", i)), _) => (i, rejection.field.clone()),
        (Some(_), field) => {
            let (_, i) = place.unwrap_or_default();
            let position =
                breakdown.get(i).copied().flatten().and_then(|at| columns.vat.get(at)).map(|vat| match vat {
                    (_, Some(amount)) if field == "amount" => *amount,
                    (base, _) => *base,
                });
            let name = position.and_then(|position| columns.names.get(position));
            (0, name.map_or_else(|| layout.column_name(F::TotalVat).to_owned(), Clone::clone))
        }
        (None, field) => {
            let known = super::fields::FIELDS.iter().find(|(_, name, _)| *name == field);
            (0, known.map_or_else(|| field.to_owned(), |(field, ..)| layout.column_name(*field).to_owned()))
        }
    };
    let line = rows.get(row).or(rows.first()).map_or(0, |cells| cells.line);
    Fault { line, column, rejection }
}

/// The invoice that the rows give, and for each row of its VAT breakdown the layout's. Where something
/// cannot be read there is a fault, and what is returned is unusable.
fn invoice(reader: &mut Reader<'_>, rows: &[Cells]) -> Option<(Invoice, Vec<Option<usize>>)> {
    let first = rows.first()?;
    check_repeated(reader, rows);
    reader.required(first, F::Number);
    let number = reader.optional(first, F::Number, "not_an_invoice_number", |text| InvoiceNumber::new(text));
    let kind = file::kind(reader, first);
    if kind.is_none() {
        reader.fault(first, F::Kind, "unknown_code", "the layout's code list of kinds has this code");
    }
    reader.required(first, F::IssuedOn);
    let issued_on = reader.date(first, F::IssuedOn);
    let due_on = reader.date(first, F::DueOn);
    let delivered_on = reader.date(first, F::DeliveredOn);
    let currency = match reader.text(first, F::Currency) {
        "" => reader.layout.currency.clone(),
        text if text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase()) => text.to_owned(),
        _ => {
            reader.fault(first, F::Currency, "not_a_currency", "a currency is a code of ISO 4217 (EUR)");
            String::new()
        }
    };
    let corrects =
        reader.optional(first, F::Corrects, "not_an_invoice_number", |text| InvoiceNumber::new(text));
    reader.required(first, F::BuyerCode);
    let code = reader.optional(first, F::BuyerCode, "not_a_customer_code", |text| CustomerCode::new(text));
    reader.required(first, F::BuyerName);
    let siren = reader.optional(first, F::BuyerSiren, "not_a_siren", Siren::new);
    let address = Address {
        name: reader.owned(first, F::BuyerName),
        line1: reader.owned(first, F::BuyerLine1),
        line2: reader.owned(first, F::BuyerLine2),
        postcode: reader.owned(first, F::BuyerPostcode),
        city: reader.owned(first, F::BuyerCity),
        country: country(reader, first, F::BuyerCountry),
        phone: String::new(),
    };
    let deliver_to = Address {
        name: reader.owned(first, F::DeliverToName),
        line1: reader.owned(first, F::DeliverToLine1),
        line2: reader.owned(first, F::DeliverToLine2),
        postcode: reader.owned(first, F::DeliverToPostcode),
        city: reader.owned(first, F::DeliverToCity),
        country: country(reader, first, F::DeliverToCountry),
        phone: String::new(),
    };
    let lines: Vec<InvoiceLine> = rows.iter().map(|cells| line(reader, cells)).collect();
    let (net, vat) = (reader.required_money(first, F::TotalNet), reader.required_money(first, F::TotalVat));
    let gross = reader.required_money(first, F::TotalGross);
    let prepaid = reader.money(first, F::TotalPrepaid);
    let due = match reader.columns.of(F::TotalDue) {
        Some(_) => reader.required_money(first, F::TotalDue),
        None => gross - prepaid,
    };
    let totals = InvoiceTotals { net, vat, gross, prepaid, rounding: Money::ZERO, due };
    let (vat_breakdown, places) = breakdown(reader, first, &lines, totals.vat);
    let invoice = Invoice {
        number: number?,
        kind: kind?,
        issued_on: issued_on?,
        due_on,
        delivered_on,
        currency,
        period: None,
        references: References { corrects, ..References::default() },
        buyer: Buyer {
            code: code?,
            address,
            siren,
            vat_number: reader.owned(first, F::BuyerVatNumber),
            reference: String::new(),
        },
        deliver_to: (!deliver_to.is_empty()).then_some(deliver_to),
        payment: PaymentInstructions {
            means: reader.owned(first, F::PaymentMeans),
            ..PaymentInstructions::default()
        },
        note: reader.owned(first, F::Note),
        lines,
        adjustments: vec![],
        vat_breakdown,
        totals,
    };
    Some((invoice, places))
}

/// What belongs to the invoice is the same on all of its rows.
fn check_repeated(reader: &mut Reader<'_>, rows: &[Cells]) {
    let Some((first, others)) = rows.split_first() else { return };
    for cells in others {
        for position in reader.columns.of_invoice() {
            let (stated, before) = (cells.at(position), first.at(position));
            if stated != before {
                let rule =
                    format!("all rows of an invoice say the same; line {} says {before:?}", first.line);
                let column = reader.columns.names.get(position).cloned().unwrap_or_default();
                let rejection = Rejection::new("rows_disagree", &column, stated, rule);
                reader.fault_at(cells.line, column, rejection);
            }
        }
    }
}

fn country(reader: &mut Reader<'_>, cells: &Cells, field: F) -> String {
    match reader.text(cells, field) {
        "" => reader.layout.country.clone(),
        text if text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase()) => text.to_owned(),
        _ => {
            reader.fault(cells, field, "not_a_country", "a country is a code of two letters (FR)");
            String::new()
        }
    }
}

fn line(reader: &mut Reader<'_>, cells: &Cells) -> InvoiceLine {
    let origin = match reader.columns.of(F::LineOrigin) {
        // An ERP that does not tell them apart only invoices what it got from here.
        None => Some(PurchaseOrigin::Web),
        Some(position) => reader.layout.origins.get(cells.at(position)).copied(),
    };
    if origin.is_none() {
        reader.fault(cells, F::LineOrigin, "unknown_code", "the layout's code list of origins has this code");
    }
    reader.required(cells, F::LineDesignation);
    let quantity = reader.required_decimal(cells, F::LineQuantity, 3).unwrap_or_default();
    let unit_price = reader.required_decimal(cells, F::LineUnitPrice, 6).unwrap_or_default();
    InvoiceLine {
        origin: origin.unwrap_or(PurchaseOrigin::Web),
        reference: reader.owned(cells, F::LineReference),
        delivered_on: reader.date(cells, F::LineDeliveredOn),
        article: reader.optional(cells, F::LineArticle, "not_an_article", |text| ArticleCode::new(text)),
        designation: reader.owned(cells, F::LineDesignation),
        country_of_origin: reader.owned(cells, F::LineCountry),
        class: reader.owned(cells, F::LineClass),
        lot: reader.owned(cells, F::LineLot),
        quantity: Quantity::new(quantity),
        unit: reader.optional(cells, F::LineUnit, "unknown_unit", str::parse::<Unit>).unwrap_or_default(),
        unit_price: UnitPrice::new(unit_price),
        adjustments: Some(reader.money(cells, F::LineDiscount))
            .filter(|discount| !discount.is_zero())
            .map(Adjustment::allowance)
            .into_iter()
            .collect(),
        vat: line_vat(reader, cells),
        net: reader.required_money(cells, F::LineNet),
    }
}

fn line_vat(reader: &mut Reader<'_>, cells: &Cells) -> Vat {
    let deposit = match reader.text(cells, F::LineDeposit) {
        "" => false,
        code => match reader.layout.deposits.get(code) {
            Some(deposit) => *deposit,
            None => {
                let rule = "the layout's code list of deposits has this code";
                reader.fault(cells, F::LineDeposit, "unknown_code", rule);
                return Vat::default();
            }
        },
    };
    if deposit && reader.text(cells, F::LineVatRate).is_empty() {
        return Vat::OUTSIDE_SCOPE;
    }
    let Some(percent) = reader.required_decimal(cells, F::LineVatRate, 2) else { return Vat::default() };
    match VatRate::from_percent(percent) {
        Ok(rate) if deposit && rate != VatRate::ZERO => {
            reader.fault(cells, F::LineVatRate, "deposit_with_vat", "a deposit is outside the scope of VAT");
            Vat::default()
        }
        Ok(_) if deposit => Vat::OUTSIDE_SCOPE,
        Ok(rate) => Vat::at(rate),
        Err(message) => {
            reader.fault(cells, F::LineVatRate, "not_a_vat_rate", message);
            Vat::default()
        }
    }
}

/// The VAT breakdown: the ERP's own, or computed from the lines where the layout has no columns for it.
fn breakdown(
    reader: &mut Reader<'_>,
    first: &Cells,
    lines: &[InvoiceLine],
    stated: Money,
) -> (Vec<VatSubtotal>, Vec<Option<usize>>) {
    let mut rows = Vec::new();
    if reader.layout.vat.is_empty() {
        rows = computed(lines, stated).into_iter().map(|row| (row, None)).collect();
    }
    for (i, (base, amount)) in reader.columns.vat.iter().enumerate() {
        let vat = reader.layout.vat[i].vat;
        let base = reader.money_at(first, *base);
        let amount = amount.map(|position| reader.money_at(first, position)).unwrap_or_default();
        let used = lines.iter().any(|line| line.vat == vat);
        if used || !base.is_zero() || !amount.is_zero() {
            rows.push((VatSubtotal::new(vat, base, amount), Some(i)));
        }
    }
    rows.into_iter().unzip()
}

/// Base x rate for each rate. An ERP that rounds line by line may state a total that is some cents
/// off, at most one a line; these go to the largest base, so that the ERP's total stands.
fn computed(lines: &[InvoiceLine], stated: Money) -> Vec<VatSubtotal> {
    let mut rows: Vec<VatSubtotal> = Vec::new();
    for line in lines {
        match rows.iter_mut().find(|row| row.vat == line.vat) {
            Some(row) => row.base += line.net,
            None => rows.push(VatSubtotal::new(line.vat, line.net, Money::ZERO)),
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
