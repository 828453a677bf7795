//! Lines with their units and VAT, and allowances and charges.

use passerelle_domain::{
    Adjustment, ArticleCode, DocumentAdjustment, InvoiceLine, InvoiceUnit, PurchaseOrigin, Quantity,
    Rejection, UnitPrice, Vat, VatCategory, VatRate,
};

use crate::invoices::file::{AdjustmentAt, Cells, Figure, Reader};
use crate::invoices::model::{AdjustmentColumns, Field as F};
use crate::rules::Rule;
use crate::units;

pub(super) fn line(reader: &mut Reader<'_>, cells: &Cells<'_>) -> InvoiceLine {
    let origin = match reader.columns.of(F::LineOrigin) {
        None => Some(PurchaseOrigin::Unknown),
        Some(position) => reader.layout.codes.origins.get(cells.at(position)).copied(),
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
    let own = &reader.layout.codes.units;
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

pub(super) fn document_adjustments(reader: &mut Reader<'_>, cells: &Cells<'_>) -> Vec<DocumentAdjustment> {
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
        code => match reader.layout.codes.deposits.get(code) {
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
        code => match reader.layout.codes.categories.get(code) {
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
