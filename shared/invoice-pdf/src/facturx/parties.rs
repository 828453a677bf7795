//! Who sells, who buys, where the goods went (BG-4, BG-7, BG-13), and the documents referred to.

use passerelle_domain::{Address, Invoice, Presentation, VatCategory};

use super::xml::Xml;
use super::{codes, date, without_spaces};

const SIREN: &str = "ram:ID schemeID=\"0002\"";
const SIRET: &str = "ram:GlobalID schemeID=\"0009\"";
const VAT_NUMBER: &str = "ram:ID schemeID=\"VA\"";

/// References, seller and buyer.
pub(super) fn agreement(xml: &mut Xml, presentation: &Presentation, invoice: &Invoice) {
    xml.element("ram:ApplicableHeaderTradeAgreement", |xml| {
        xml.text("ram:BuyerReference", &invoice.buyer.reference);
        xml.element("ram:SellerTradeParty", |xml| seller(xml, presentation));
        xml.element("ram:BuyerTradeParty", |xml| buyer(xml, invoice));
        let references = &invoice.references;
        for (tag, number) in [
            ("ram:SellerOrderReferencedDocument", &references.sales_order),
            ("ram:BuyerOrderReferencedDocument", &references.purchase_order),
            ("ram:ContractReferencedDocument", &references.contract),
        ] {
            referenced(xml, tag, number);
        }
    });
}

fn referenced(xml: &mut Xml, tag: &str, number: &str) {
    if !number.trim().is_empty() {
        xml.element(tag, |xml| xml.text("ram:IssuerAssignedID", number));
    }
}

fn seller(xml: &mut Xml, presentation: &Presentation) {
    let seller = &presentation.seller;
    let siren = seller.siren();
    xml.text(SIRET, &without_spaces(&seller.siret));
    xml.text("ram:Name", &seller.name);
    xml.element("ram:SpecifiedLegalOrganization", |xml| xml.text(SIREN, &siren));
    if !(seller.phone.trim().is_empty() && seller.email.trim().is_empty()) {
        xml.element("ram:DefinedTradeContact", |xml| {
            xml.text("ram:PersonName", &seller.name);
            if !seller.phone.trim().is_empty() {
                xml.element("ram:TelephoneUniversalCommunication", |xml| {
                    xml.text("ram:CompleteNumber", &seller.phone);
                });
            }
            if !seller.email.trim().is_empty() {
                xml.element("ram:EmailURIUniversalCommunication", |xml| xml.text("ram:URIID", &seller.email));
            }
        });
    }
    let address = &seller.address;
    place(xml, &address.postcode, &address.line1, &address.line2, &address.city, &address.country);
    electronic_address(xml, "0225", &siren);
    vat_number(xml, &without_spaces(&seller.vat_number));
}

fn buyer(xml: &mut Xml, invoice: &Invoice) {
    let buyer = &invoice.buyer;
    xml.text("ram:ID", buyer.code.as_str());
    name(xml, &buyer.address, buyer.code.as_str());
    if let Some(siren) = &buyer.siren {
        xml.element("ram:SpecifiedLegalOrganization", |xml| xml.text(SIREN, siren.as_str()));
    }
    postal(xml, &buyer.address);
    let number = without_spaces(&buyer.vat_number);
    if let Some(siren) = &buyer.siren {
        electronic_address(xml, "0225", siren.as_str());
    } else if let Some(scheme) = number.get(..2).and_then(codes::vat_number_scheme) {
        electronic_address(xml, scheme, &number);
    }
    vat_number(xml, &number);
}

/// BR-7 wants a name.
fn name(xml: &mut Xml, address: &Address, code: &str) {
    let name = if address.name.trim().is_empty() { code } else { &address.name };
    xml.text("ram:Name", name);
}

fn electronic_address(xml: &mut Xml, scheme: &str, address: &str) {
    xml.element("ram:URIUniversalCommunication", |xml| {
        xml.text(&format!("ram:URIID schemeID=\"{scheme}\""), address);
    });
}

fn vat_number(xml: &mut Xml, number: &str) {
    if !number.is_empty() {
        xml.element("ram:SpecifiedTaxRegistration", |xml| xml.text(VAT_NUMBER, number));
    }
}

fn postal(xml: &mut Xml, address: &Address) {
    place(xml, &address.postcode, &address.line1, &address.line2, &address.city, &address.country);
}

/// A country that no code is known for is written as it is: a checker then names it, which is better than
/// a guess. None at all is France (BR-9, BR-11 and BR-57 want one).
fn place(xml: &mut Xml, postcode: &str, line1: &str, line2: &str, city: &str, country: &str) {
    xml.element("ram:PostalTradeAddress", |xml| {
        xml.text("ram:PostcodeCode", postcode);
        xml.text("ram:LineOne", line1);
        xml.text("ram:LineTwo", line2);
        xml.text("ram:CityName", city);
        let country = if country.trim().is_empty() { "FR" } else { country };
        let code = codes::country(country);
        xml.text("ram:CountryID", code.as_deref().unwrap_or(country));
    });
}

/// Where and when the goods went, and the delivery note.
pub(super) fn delivery(xml: &mut Xml, invoice: &Invoice) {
    xml.element("ram:ApplicableHeaderTradeDelivery", |xml| {
        // BR-IC-12: a delivery within the Union names its country.
        let within_the_union =
            invoice.vat_breakdown.iter().any(|row| row.vat.category == VatCategory::IntraCommunity);
        let own = Some(&invoice.buyer.address).filter(|_| within_the_union);
        if let Some(there) = invoice.deliver_to.as_ref().filter(|there| !there.is_empty()).or(own) {
            xml.element("ram:ShipToTradeParty", |xml| {
                xml.text("ram:Name", &there.name);
                postal(xml, there);
            });
        }
        xml.element("ram:ActualDeliverySupplyChainEvent", |xml| {
            xml.element("ram:OccurrenceDateTime", |xml| date(xml, delivered_on(invoice)));
        });
        referenced(xml, "ram:DespatchAdviceReferencedDocument", &invoice.references.despatch_advice);
    });
}

/// BT-72: the invoice's day of delivery, else the last one of its lines, else its date.
fn delivered_on(invoice: &Invoice) -> jiff::civil::Date {
    let last = || invoice.lines.iter().filter_map(|line| line.delivered_on).max();
    invoice.delivered_on.or_else(last).unwrap_or(invoice.issued_on)
}
