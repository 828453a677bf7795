//! Payment, VAT, totals (BG-16, BG-19 to BG-23) and the invoice that a credit note corrects (BG-3).

use passerelle_domain::{Invoice, InvoiceKind, Money, Presentation, Seller};

use super::xml::Xml;
use super::{codes, compact, date, is_paid, lines, vat, without_spaces};
use crate::balance::Balance;

pub(super) fn settlement(xml: &mut Xml, presentation: &Presentation, invoice: &Invoice) {
    xml.element("ram:ApplicableHeaderTradeSettlement", |xml| {
        xml.text("ram:PaymentReference", &invoice.payment.remittance);
        xml.text("ram:InvoiceCurrencyCode", &invoice.currency);
        payment_means(xml, presentation, invoice);
        vat::breakdown(xml, &presentation.mentions, invoice);
        if let Some(period) = invoice.period {
            xml.element("ram:BillingSpecifiedPeriod", |xml| {
                xml.element("ram:StartDateTime", |xml| date(xml, period.start));
                xml.element("ram:EndDateTime", |xml| date(xml, period.end));
            });
        }
        for document in &invoice.adjustments {
            lines::allowance_or_charge(xml, &document.adjustment, Some(document.vat));
        }
        terms(xml, presentation, invoice);
        totals(xml, invoice);
        if let Some(corrected) = &invoice.references.corrects {
            xml.element("ram:InvoiceReferencedDocument", |xml| {
                xml.text("ram:IssuerAssignedID", corrected.as_str());
                if let Some(day) = invoice.references.corrects_issued_on {
                    xml.element("ram:FormattedIssueDateTime", |xml| {
                        xml.value("qdt:DateTimeString format=\"102\"", compact(day));
                    });
                }
            });
        }
    });
}

/// BG-16. Where the money goes to the buyer there is none unless the ERP wrote one.
fn payment_means(xml: &mut Xml, presentation: &Presentation, invoice: &Invoice) {
    let (payment, seller) = (&invoice.payment, &presentation.seller);
    let given = !(payment.means.trim().is_empty() && payment.means_code.trim().is_empty());
    if !given && !goes_to_seller(invoice) {
        return;
    }
    let iban = without_spaces(&seller.iban);
    let code = means_code(seller, invoice);
    xml.element("ram:SpecifiedTradeSettlementPaymentMeans", |xml| {
        xml.text("ram:TypeCode", code);
        xml.text("ram:Information", &payment.means);
        // BG-17 is for transfers to the seller.
        if codes::is_transfer(code) {
            xml.element("ram:PayeePartyCreditorFinancialAccount", |xml| {
                xml.text("ram:IBANID", &iban);
                xml.text("ram:AccountName", &seller.name);
            });
            if !seller.bic.is_empty() {
                xml.element("ram:PayeeSpecifiedCreditorFinancialInstitution", |xml| {
                    xml.text("ram:BICID", &seller.bic);
                });
            }
        }
    });
}

/// UNTDID 4461 (BT-81): the ERP's, else by the name of the means. A transfer only with the seller's
/// account: the buyer's, to which a credit note is paid back, nobody has.
pub(crate) fn means_code<'a>(seller: &Seller, invoice: &'a Invoice) -> &'a str {
    let has_account = goes_to_seller(invoice) && !seller.iban.trim().is_empty();
    match invoice.payment.means_code.trim() {
        "" => codes::payment_means(&invoice.payment.means, has_account),
        transfer if codes::is_transfer(transfer) && !has_account => codes::UNDEFINED,
        given => given,
    }
}

/// Whether the money goes, or went, to the seller.
fn goes_to_seller(invoice: &Invoice) -> bool {
    match Balance::of(invoice) {
        Balance::ToPay(_) => true,
        Balance::ToBuyer(_) => false,
        Balance::Settled => invoice.kind == InvoiceKind::Invoice,
    }
}

/// BT-20 and BT-9. What is to be paid needs one of them (BR-CO-25), what is paid the day it was (BR-FR-CO-09).
/// Of the buyer nothing is demanded where the balance is his.
fn terms(xml: &mut Xml, presentation: &Presentation, invoice: &Invoice) {
    let mentions = &presentation.mentions;
    let mut due_on = invoice.due_on.or_else(|| is_paid(invoice).then_some(invoice.issued_on));
    let mut words = invoice.payment.terms.as_str();
    match Balance::of(invoice) {
        Balance::ToBuyer(_) => {
            due_on = None;
            words = match invoice.kind {
                InvoiceKind::Invoice => &mentions.credit_balance,
                InvoiceKind::CreditNote => &mentions.credit_note,
            };
        }
        Balance::ToPay(_) if words.trim().is_empty() && due_on.is_none() => words = &mentions.payment_terms,
        Balance::ToPay(_) | Balance::Settled => {}
    }
    if words.trim().is_empty() && due_on.is_none() && invoice.totals.due > Money::ZERO {
        words = "À réception";
    }
    if due_on.is_some() || !words.trim().is_empty() {
        xml.element("ram:SpecifiedTradePaymentTerms", |xml| {
            xml.text("ram:Description", words);
            if let Some(day) = due_on {
                xml.element("ram:DueDateDateTime", |xml| date(xml, day));
            }
        });
    }
}

/// BG-22.
fn totals(xml: &mut Xml, invoice: &Invoice) {
    let totals = &invoice.totals;
    xml.element("ram:SpecifiedTradeSettlementHeaderMonetarySummation", |xml| {
        xml.value("ram:LineTotalAmount", invoice.lines_net());
        xml.value("ram:ChargeTotalAmount", invoice.charges());
        xml.value("ram:AllowanceTotalAmount", invoice.allowances());
        xml.value("ram:TaxBasisTotalAmount", totals.net);
        let currency: String = invoice.currency.chars().filter(char::is_ascii_alphanumeric).collect();
        xml.value(&format!("ram:TaxTotalAmount currencyID=\"{currency}\""), totals.vat);
        if !totals.rounding.is_zero() {
            xml.value("ram:RoundingAmount", totals.rounding);
        }
        xml.value("ram:GrandTotalAmount", totals.gross);
        xml.value("ram:TotalPrepaidAmount", totals.prepaid);
        xml.value("ram:DuePayableAmount", totals.due);
    });
}
