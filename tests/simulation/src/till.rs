//! The files that the ERP drops: good, bad, cut off, corrected, and in conflict with each other.

use passerelle_domain::Money;

/// The header of the local environment's layout (infra/environments/local/layouts/invoices.toml).
const HEADER: &str = "Facture;Type;Date;Echeance;Livraison;Corrige;Corrige le;Client;Nom;Adr1;Adr2;CP;Ville;Pays;SIREN;\
TVA intra;Livre a;Livre adr1;Livre CP;Livre ville;Reglement;Note;Origine;Piece;Date piece;Article;Designation;\
Pays origine;Categorie;Lot;Quantite;Unite;PU;Remise;Taux;HT;Consigne;Base 5,5;TVA 5,5;Base 10;TVA 10;Base 20;\
TVA 20;Base 0;Total HT;Total TVA;Total TTC;Deja regle;Net a payer";

/// An invoice as the ERP writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Its number.
    pub number: String,
    /// Its customer.
    pub customer: &'static str,
    /// Without VAT, in cents.
    pub net: i64,
    /// Whether its total is wrong.
    pub bad: bool,
}

/// A file of invoices, one line each.
pub fn file(invoices: &[Written]) -> Vec<u8> {
    let mut rows = vec![HEADER.to_owned()];
    let mut gross_of_all = 0;
    for invoice in invoices {
        let vat = (invoice.net * 55 + 500) / 1000;
        let gross = invoice.net + vat + if invoice.bad { 1000 } else { 0 };
        gross_of_all += gross;
        let (net, vat, gross) = (amount(invoice.net), amount(vat), amount(gross));
        let Written { number, customer, .. } = invoice;
        rows.push(format!(
            "{number};F;24/11/2026;24/12/2026;;;;{customer};Bistrot;1 rue;;94150;Rungis;FR;;;;;;;Virement;;CARREAU;\
             T-{number};;TOM-6;Tomates;France;I;;1;pce;{net};0,00;5,5;{net};;{net};{vat};;;;;;{net};{vat};{gross};0,00;{gross}"
        ));
    }
    rows.push(format!("FIN;{0};{0};{1}", invoices.len(), amount(gross_of_all)));
    (rows.join("\r\n") + "\r\n").into_bytes()
}

fn amount(cents: i64) -> String {
    Money::from_cents(cents).to_string().replace('.', ",")
}
