//! The invoice as data: UN/CEFACT Cross Industry Invoice D22B, profile EN 16931 of Factur-X, with what
//! French rules (BR-FR, XP Z12-012) ask beyond it. Every figure is the ERP's; nothing is computed again.
//!
//! | French rule | how it is met |
//! |---|---|
//! | BR-FR-05 | notes (BG-1) PMT, PMD and AAB from `[mentions]`, which may not leave them empty |
//! | BR-FR-08, CO-09 | the process (BT-23): B, S or M by the nature of the operation, 2 when all is paid, else 1 |
//! | BR-FR-09, 10, 11 | SIRET as 0009 (BT-29), SIREN as 0002 (BT-30, BT-47) |
//! | BR-FR-12, 13, 21 | electronic addresses (BT-34, BT-49): scheme 0225 and the SIREN; for a buyer abroad, the VAT number |
//! | BR-FR-CO-05 | a credit note (381) names its invoice and that invoice's date (BT-25, BT-26) |
//!
//! Two things cannot be made up: a buyer without SIREN and VAT number has no electronic address
//! (BR-FR-12), and a credit note whose ERP does not write the date of the corrected invoice has none
//! (BR-FR-CO-05). Both stay valid EN 16931.
//!
//! # Deposits
//! Deposits for crates are outside the taxable amount (directive 2006/112/EC, art. 92 a). EN 16931 has
//! category O for what is outside the scope of VAT, but O must then stand alone on the whole invoice, and
//! without any VAT number (BR-O-02, BR-O-11 to BR-O-14): impossible beside taxed goods. So deposits are
//! written as E, "exempt", with the reason in words (BT-120), as France does for what is excluded from the
//! base; always, also where an invoice has nothing else, so that the same thing has the same category on
//! every invoice and the seller's VAT number stays. Real exemptions on the same invoice share that row of
//! the breakdown, since E may stand there once (BR-E-01); the row then has all the reasons, and no code.

mod codes;
mod lines;
mod parties;
mod settlement;
mod vat;
mod xml;

use jiff::civil::Date;
use passerelle_domain::{Invoice, Money, Operation, Presentation};

use xml::Xml;

pub(crate) use codes::is_transfer;
pub(crate) use settlement::means_code as payment_means;
pub(crate) use xml::escape;

/// The name of the file in the PDF, which Factur-X prescribes.
pub(crate) const FILE_NAME: &str = "factur-x.xml";

const ROOT: &str = "rsm:CrossIndustryInvoice \
    xmlns:rsm=\"urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100\" \
    xmlns:ram=\"urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100\" \
    xmlns:qdt=\"urn:un:unece:uncefact:data:standard:QualifiedDataType:100\" \
    xmlns:udt=\"urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100\"";

/// Bytes of a line and of the rest, roughly: the buffer seldom grows.
const LINE_BYTES: usize = 1_400;
const REST_BYTES: usize = 6_000;

/// The invoice as XML.
pub(crate) fn document(presentation: &Presentation, invoice: &Invoice) -> Vec<u8> {
    let mut xml = Xml::new(REST_BYTES + LINE_BYTES * invoice.lines.len());
    xml.element(ROOT, |xml| {
        xml.element("rsm:ExchangedDocumentContext", |xml| {
            xml.element("ram:BusinessProcessSpecifiedDocumentContextParameter", |xml| {
                xml.value("ram:ID", process(presentation, invoice));
            });
            xml.element("ram:GuidelineSpecifiedDocumentContextParameter", |xml| {
                xml.value("ram:ID", "urn:cen.eu:en16931:2017");
            });
        });
        xml.element("rsm:ExchangedDocument", |xml| {
            xml.text("ram:ID", invoice.number.as_str());
            xml.value("ram:TypeCode", invoice.kind.code());
            xml.element("ram:IssueDateTime", |xml| date(xml, invoice.issued_on));
            notes(xml, presentation, invoice);
        });
        xml.element("rsm:SupplyChainTradeTransaction", |xml| {
            for (at, line) in invoice.lines.iter().enumerate() {
                lines::line(xml, at + 1, line);
            }
            parties::agreement(xml, presentation, invoice);
            parties::delivery(xml, invoice);
            settlement::settlement(xml, presentation, invoice);
        });
    });
    xml.into_bytes()
}

/// BT-23: goods, services or both; paid already or not (BR-FR-08, BR-FR-CO-09).
fn process(presentation: &Presentation, invoice: &Invoice) -> String {
    let nature = match presentation.mentions.operation {
        Operation::Goods => 'B',
        Operation::Services => 'S',
        Operation::Both => 'M',
    };
    format!("{nature}{}", if is_paid(invoice) { 2 } else { 1 })
}

/// Whether all of it was paid before it was issued.
fn is_paid(invoice: &Invoice) -> bool {
    let totals = &invoice.totals;
    totals.due == Money::ZERO && totals.prepaid == totals.gross && totals.gross > Money::ZERO
}

/// BG-1, each with its subject (UNTDID 4451).
fn notes(xml: &mut Xml, presentation: &Presentation, invoice: &Invoice) {
    let (seller, mentions) = (&presentation.seller, &presentation.mentions);
    let capital = match seller.share_capital.trim() {
        "" => String::new(),
        capital => format!(" au capital de {capital}"),
    };
    let form = format!("{} {}{capital}", seller.name, seller.legal_form);
    let register = format!("RCS {} {}", seller.rcs, seller.siren());
    let notes = [
        ("AAI", invoice.note.as_str()),
        ("REG", &form),
        ("ABL", &register),
        ("PMT", &mentions.recovery_indemnity),
        ("PMD", &mentions.late_penalty),
        ("AAB", &mentions.early_payment_discount),
    ];
    for (subject, text) in notes.into_iter().chain(mentions.extra.iter().map(|text| ("AAI", text.as_str()))) {
        if !text.trim().is_empty() {
            xml.element("ram:IncludedNote", |xml| {
                xml.text("ram:Content", text);
                xml.value("ram:SubjectCode", subject);
            });
        }
    }
}

/// A date as format 102 (`20261124`).
fn date(xml: &mut Xml, date: Date) {
    xml.value("udt:DateTimeString format=\"102\"", compact(date));
}

fn compact(date: Date) -> String {
    format!("{:04}{:02}{:02}", date.year(), date.month(), date.day())
}

fn without_spaces(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}
