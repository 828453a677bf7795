//! A small till that writes invoices as the local layout reads them.

use std::collections::BTreeMap;

use jiff::civil::Date;
use passerelle_domain::{Invoice, InvoiceKind, Money, PurchaseOrigin, VatCategory};

pub const COLUMNS: &str = "Facture;Type;Date;Echeance;Livraison;Corrige;Corrige le;Client;Nom;Adr1;Adr2;CP;Ville;Pays;SIREN;\
TVA intra;Livre a;Livre adr1;Livre CP;Livre ville;Reglement;Note;Origine;Piece;Date piece;Article;Designation;\
Pays origine;Categorie;Lot;Quantite;Unite;PU;Remise;Taux;HT;Consigne;Base 5,5;TVA 5,5;Base 10;TVA 10;Base 20;\
TVA 20;Base 0;Total HT;Total TVA;Total TTC;Deja regle;Net a payer";

fn comma(number: impl ToString) -> String {
    number.to_string().replace('.', ",")
}

fn date(date: Option<Date>) -> String {
    date.map(|date| date.strftime("%d/%m/%Y").to_string()).unwrap_or_default()
}

fn quoted(cell: &str) -> String {
    if cell.contains([';', '"', '\n']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

/// The rows of an invoice, each as its cells.
pub fn rows(invoice: &Invoice) -> Vec<Vec<String>> {
    let kind = if invoice.kind == InvoiceKind::Invoice { "F" } else { "A" };
    let buyer = &invoice.buyer;
    let to = invoice.deliver_to.clone().unwrap_or_default();
    let mut breakdown: BTreeMap<String, (String, String)> = BTreeMap::new();
    for row in &invoice.vat_breakdown {
        breakdown.insert(row.vat.rate.to_string(), (comma(row.base), comma(row.amount)));
    }
    let vat = |rate: &str| breakdown.get(rate).cloned().unwrap_or_default();
    invoice
        .lines
        .iter()
        .map(|line| {
            let mut cells = vec![
                invoice.number.to_string(),
                kind.into(),
                date(Some(invoice.issued_on)),
                date(invoice.due_on),
                date(invoice.delivered_on),
                invoice.references.corrects.as_ref().map(ToString::to_string).unwrap_or_default(),
                date(invoice.references.corrects_issued_on),
                buyer.code.to_string(),
                buyer.address.name.clone(),
                buyer.address.line1.clone(),
                buyer.address.line2.clone(),
                buyer.address.postcode.clone(),
                buyer.address.city.clone(),
                buyer.address.country.clone(),
                buyer.siren.as_ref().map(ToString::to_string).unwrap_or_default(),
                buyer.vat_number.clone(),
                to.name.clone(),
                to.line1.clone(),
                to.postcode.clone(),
                to.city.clone(),
                invoice.payment.means.clone(),
                invoice.note.clone(),
                if line.origin == PurchaseOrigin::Web { "WEB".into() } else { "CARREAU".into() },
                line.reference.clone(),
                date(line.delivered_on),
                line.article.as_ref().map(ToString::to_string).unwrap_or_default(),
                line.designation.clone(),
                line.country_of_origin.clone(),
                line.class.clone(),
                line.lot.clone(),
                comma(line.quantity),
                line.unit.label().into(),
                comma(line.unit_price),
                comma(line.discount()),
                comma(line.vat.rate),
                comma(line.net),
                if line.vat.category == VatCategory::OutsideScope { "O".into() } else { String::new() },
            ];
            for rate in ["5.5", "10", "20"] {
                let (base, amount) = vat(rate);
                cells.extend([base, amount]);
            }
            cells.push(vat("0").0);
            let totals = &invoice.totals;
            cells.extend([totals.net, totals.vat, totals.gross, totals.prepaid, totals.due].map(comma));
            cells
        })
        .collect()
}

fn text(rows: &[Vec<String>]) -> String {
    let mut text = format!("{COLUMNS}\r\n");
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| quoted(cell)).collect();
        text.push_str(&cells.join(";"));
        text.push_str("\r\n");
    }
    text
}

/// A file of these rows, in Windows-1252.
pub fn rows_file(rows: &[Vec<String>]) -> Vec<u8> {
    encoding_rs::WINDOWS_1252.encode(&text(rows)).0.into_owned()
}

/// A file of these rows with its trailer, in Windows-1252.
pub fn file(rows: &[Vec<String>], invoices: usize, gross: Money) -> Vec<u8> {
    let text = text(rows) + &format!("FIN;{invoices};{};{}\r\n", rows.len(), comma(gross));
    encoding_rs::WINDOWS_1252.encode(&text).0.into_owned()
}
