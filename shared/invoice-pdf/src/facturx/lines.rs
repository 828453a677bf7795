//! Lines (BG-25) and allowances and charges, on a line or on the whole.

use passerelle_domain::{Adjustment, AdjustmentKind, InvoiceLine, Vat};

use super::xml::Xml;
use super::{codes, date, vat};

/// A line; `number` counts from 1 (BT-126).
pub(super) fn line(xml: &mut Xml, number: usize, line: &InvoiceLine) {
    xml.element("ram:IncludedSupplyChainTradeLineItem", |xml| {
        xml.element("ram:AssociatedDocumentLineDocument", |xml| xml.value("ram:LineID", number));
        xml.element("ram:SpecifiedTradeProduct", |xml| product(xml, line));
        xml.element("ram:SpecifiedLineTradeAgreement", |xml| {
            if !line.reference.trim().is_empty() {
                xml.element("ram:BuyerOrderReferencedDocument", |xml| {
                    xml.text("ram:LineID", &line.reference);
                });
            }
            xml.element("ram:NetPriceProductTradePrice", |xml| {
                xml.value("ram:ChargeAmount", line.unit_price.to_decimal());
            });
        });
        xml.element("ram:SpecifiedLineTradeDelivery", |xml| {
            let tag = format!("ram:BilledQuantity unitCode=\"{}\"", line.unit.unece_code());
            xml.value(&tag, line.quantity);
        });
        xml.element("ram:SpecifiedLineTradeSettlement", |xml| {
            xml.element("ram:ApplicableTradeTax", |xml| vat::category(xml, line.vat));
            if let Some(day) = line.delivered_on {
                xml.element("ram:BillingSpecifiedPeriod", |xml| {
                    xml.element("ram:StartDateTime", |xml| date(xml, day));
                    xml.element("ram:EndDateTime", |xml| date(xml, day));
                });
            }
            for adjustment in &line.adjustments {
                allowance_or_charge(xml, adjustment, None);
            }
            xml.element("ram:SpecifiedTradeSettlementLineMonetarySummation", |xml| {
                xml.value("ram:LineTotalAmount", line.net);
            });
        });
    });
}

fn product(xml: &mut Xml, line: &InvoiceLine) {
    let article = line.article.as_ref().map_or("", |code| code.as_str());
    xml.text("ram:SellerAssignedID", article);
    // BR-25 wants a name.
    let names = [line.designation.as_str(), article, "Article"];
    let name = names.into_iter().find(|name| !name.trim().is_empty()).unwrap_or_default();
    xml.text("ram:Name", name);
    let origin = codes::country(&line.country_of_origin);
    let written = if origin.is_some() { "" } else { line.country_of_origin.as_str() };
    for (name, value) in [("Origine", written), ("Catégorie", &line.class), ("Lot", &line.lot)] {
        if !value.trim().is_empty() {
            xml.element("ram:ApplicableProductCharacteristic", |xml| {
                xml.value("ram:Description", name);
                xml.text("ram:Value", value);
            });
        }
    }
    if let Some(code) = origin {
        xml.element("ram:OriginTradeCountry", |xml| xml.text("ram:ID", &code));
    }
}

/// An allowance or charge; on the whole invoice with its VAT.
pub(super) fn allowance_or_charge(xml: &mut Xml, adjustment: &Adjustment, on_the_whole: Option<Vat>) {
    xml.element("ram:SpecifiedTradeAllowanceCharge", |xml| {
        let is_charge = adjustment.kind == AdjustmentKind::Charge;
        xml.element("ram:ChargeIndicator", |xml| xml.value("udt:Indicator", is_charge));
        if let Some(percentage) = adjustment.percentage {
            xml.value("ram:CalculationPercent", percentage.normalize());
        }
        if let Some(base) = adjustment.base {
            xml.value("ram:BasisAmount", base);
        }
        xml.value("ram:ActualAmount", adjustment.amount);
        xml.text("ram:ReasonCode", &adjustment.reason_code);
        xml.text("ram:Reason", crate::format::reason(adjustment));
        if let Some(vat) = on_the_whole {
            xml.element("ram:CategoryTradeTax", |xml| vat::category(xml, vat));
        }
    });
}
