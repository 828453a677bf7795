//! What an invoice shows that the ERP does not say.

mod faults;

use serde::{Deserialize, Serialize};

use crate::{Siret, VatCategory, VatSubtotal};

/// What an invoice shows that the ERP does not say: the seller, the legal mentions and the look.
///
/// The three tables of `passerelle.toml`. Each of them refuses unknown fields; this struct does not,
/// so that it can be read from the whole file or flattened into a larger configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presentation {
    /// `[seller]`
    pub seller: Seller,
    /// `[mentions]`
    #[serde(default)]
    pub mentions: Mentions,
    /// `[branding]`
    #[serde(default)]
    pub branding: Branding,
}

/// Who sells (EN 16931 BG-4), as article R. 123-237 of the Code de commerce wants it on an invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seller {
    /// Registered name (BT-27).
    pub name: String,
    /// Legal form: "SAS", "SARL".
    pub legal_form: String,
    /// Share capital as it is to be read, "150 000 €"; empty for forms without one.
    #[serde(default)]
    pub share_capital: String,
    /// The registered office (BG-5).
    pub address: SellerAddress,
    /// SIRET (BT-29), spaces allowed; its first nine digits are the SIREN (BT-30).
    pub siret: String,
    /// Where it is registered: "Créteil" gives "RCS Créteil 404 833 048".
    pub rcs: String,
    /// VAT number (BT-31).
    pub vat_number: String,
    /// Telephone; may be empty.
    #[serde(default)]
    pub phone: String,
    /// E-mail; may be empty.
    #[serde(default)]
    pub email: String,
    /// Bank account (BT-84), spaces allowed; may be empty when nobody pays by transfer.
    #[serde(default)]
    pub iban: String,
    /// BIC of the bank (BT-86); may be empty.
    #[serde(default)]
    pub bic: String,
}

/// The address of the seller's registered office.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SellerAddress {
    /// Street and number.
    pub line1: String,
    /// Anything else; may be empty.
    #[serde(default)]
    pub line2: String,
    /// Postcode.
    pub postcode: String,
    /// Town.
    pub city: String,
    /// ISO 3166-1 alpha-2 country code.
    #[serde(default = "france")]
    pub country: String,
}

fn france() -> String {
    "FR".into()
}

/// The nature of what is invoiced (CGI ann. II art. 242 nonies A, I, 8° bis).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Goods only.
    #[default]
    Goods,
    /// Services only.
    Services,
    /// Both.
    Both,
}

impl Operation {
    /// What the invoice says.
    pub fn label(self) -> &'static str {
        match self {
            Self::Goods => "livraison de biens",
            Self::Services => "prestation de services",
            Self::Both => "livraison de biens et prestation de services",
        }
    }
}

/// The mentions at the end of an invoice. An empty text leaves its mention out where the law does not
/// want it; the seller's accountant has the last word on them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mentions {
    /// The nature of the operation.
    pub operation: Operation,
    /// Whether the seller pays VAT on debits (CGI art. 269, 2, c).
    pub vat_on_debits: bool,
    /// When an invoice is to be paid that has no due date (BT-20).
    pub payment_terms: String,
    /// Discount for early payment (Code de commerce art. L. 441-9); never empty (BR-FR-05).
    pub early_payment_discount: String,
    /// Rate of the penalties for late payment (Code de commerce art. L. 441-9, L. 441-10); never empty
    /// (BR-FR-05).
    pub late_penalty: String,
    /// Lump sum for recovery costs (Code de commerce art. L. 441-10, D. 441-5); never empty (BR-FR-05).
    pub recovery_indemnity: String,
    /// What is said of deposits, on invoices that have some.
    pub deposits: String,
    /// Why VAT is not charged, on invoices with exempt lines (BT-120).
    pub vat_exemption: String,
    /// What becomes of the amount of a credit note.
    pub credit_note: String,
    /// What becomes of what an invoice leaves in the buyer's favour.
    pub credit_balance: String,
    /// Anything else, a paragraph each.
    pub extra: Vec<String>,
}

impl Default for Mentions {
    fn default() -> Self {
        Self {
            operation: Operation::Goods,
            vat_on_debits: false,
            payment_terms: "Paiement à réception de la facture.".into(),
            early_payment_discount: "Escompte pour paiement anticipé : néant.".into(),
            late_penalty: "Pénalités de retard : taux de refinancement de la Banque centrale européenne \
                           majoré de 10 points, exigibles sans rappel."
                .into(),
            recovery_indemnity: "Indemnité forfaitaire pour frais de recouvrement : 40 €.".into(),
            deposits: "Consignes d’emballages hors champ de la TVA, reprises au prix facturé.".into(),
            vat_exemption: "Opérations exonérées de TVA.".into(),
            credit_note: "Cet avoir vient en déduction de votre compte client.".into(),
            credit_balance: "Ce solde vient en déduction de votre compte client.".into(),
            extra: Vec::new(),
        }
    }
}

impl Mentions {
    /// Why a row of the VAT breakdown has none (BT-120): the ERP's reason, else that of its category.
    /// Never empty where EN 16931 wants a reason.
    pub fn no_vat_because<'a>(&'a self, row: &'a VatSubtotal) -> &'a str {
        let or = |configured: &'a str, default: &'static str| match configured.trim() {
            "" => default,
            _ => configured,
        };
        match (row.exemption_reason.trim(), row.vat.category) {
            ("", VatCategory::Standard | VatCategory::Zero) => "",
            ("", VatCategory::Exempt) => or(&self.vat_exemption, "Opérations exonérées de TVA."),
            ("", VatCategory::OutsideScope) => or(&self.deposits, "Consignes hors TVA."),
            ("", VatCategory::ReverseCharge) => "Autoliquidation.",
            ("", VatCategory::IntraCommunity) => {
                "Livraison intracommunautaire exonérée, article 262 ter, I du CGI."
            }
            ("", VatCategory::Export) => "Exportation exonérée, article 262, I du CGI.",
            (given, _) => given,
        }
    }
}

/// The look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Branding {
    /// Colour of titles and rules, `#rrggbb`; dark enough to be read on white.
    pub accent: String,
    /// File name of a PNG beside `passerelle.toml`; empty for a wordmark of the seller's name.
    pub logo: String,
    /// A line at the foot of each page, above the legal identity; may be empty.
    pub footer: String,
}

impl Default for Branding {
    fn default() -> Self {
        Self { accent: "#14532d".into(), logo: String::new(), footer: String::new() }
    }
}

impl Branding {
    /// The accent as red, green and blue; nothing when it is not `#rrggbb`.
    pub fn accent_rgb(&self) -> Option<[u8; 3]> {
        let digits = self.accent.strip_prefix('#').filter(|digits| digits.len() == 6)?;
        let part = |range| u8::from_str_radix(digits.get(range)?, 16).ok();
        Some([part(0..2)?, part(2..4)?, part(4..6)?])
    }
}

impl Seller {
    /// The SIREN: the first nine digits of the SIRET. Empty while that is not valid.
    pub fn siren(&self) -> String {
        Siret::new(&self.siret).map(|siret| siret.siren().to_string()).unwrap_or_default()
    }
}
