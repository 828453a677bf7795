//! What stands once on an invoice: kind, parties, references, totals.

use passerelle_domain::{
    Address, Buyer, CustomerCode, InvoiceKind, InvoiceNumber, InvoiceTotals, Period, References, Siren,
};

use crate::invoices::file::{Cells, Reader};
use crate::invoices::model::Field as F;
use crate::rules::Rule;

/// The kind of an invoice; without a column for it, an invoice.
pub(super) fn kind(reader: &mut Reader<'_>, cells: &Cells<'_>) -> Option<InvoiceKind> {
    if reader.columns.of(F::Kind).is_none() {
        return Some(InvoiceKind::Invoice);
    }
    let kind = reader.layout.codes.kinds.get(reader.text(cells, F::Kind)).copied();
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
pub(super) fn period(reader: &mut Reader<'_>, cells: &Cells<'_>) -> Option<Period> {
    let (start, end) = (reader.date(cells, F::PeriodStart), reader.date(cells, F::PeriodEnd));
    let (start, end) = (start.or(end)?, end.or(start)?);
    Some(Period { start, end })
}

pub(super) fn currency(reader: &mut Reader<'_>, cells: &Cells<'_>) -> String {
    match reader.text(cells, F::Currency) {
        "" => reader.layout.currency.clone(),
        text if text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase()) => text.to_owned(),
        _ => {
            reader.fault(cells, F::Currency, Rule::NotACurrency, "this is no currency of ISO 4217 (EUR)");
            String::new()
        }
    }
}

pub(super) fn references(reader: &mut Reader<'_>, cells: &Cells<'_>) -> References {
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

pub(super) fn buyer(reader: &mut Reader<'_>, cells: &Cells<'_>) -> Option<Buyer> {
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

pub(super) fn deliver_to(reader: &mut Reader<'_>, cells: &Cells<'_>) -> Option<Address> {
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

pub(super) fn totals(reader: &mut Reader<'_>, cells: &Cells<'_>) -> InvoiceTotals {
    let (net, vat) = (reader.required_money(cells, F::TotalNet), reader.required_money(cells, F::TotalVat));
    let gross = reader.required_money(cells, F::TotalGross);
    let (prepaid, rounding) = (reader.money(cells, F::TotalPrepaid), reader.money(cells, F::TotalRounding));
    let due = match reader.columns.of(F::TotalDue) {
        Some(_) => reader.required_money(cells, F::TotalDue),
        None => gross - prepaid + rounding,
    };
    InvoiceTotals { net, vat, gross, prepaid, rounding, due }
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
