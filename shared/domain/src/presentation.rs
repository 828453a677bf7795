//! What an invoice shows that the ERP does not say.

use serde::{Deserialize, Serialize};

use crate::{Rejection, Siret, VatCategory, VatSubtotal, unprintable};

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

impl Presentation {
    /// Checks what must be there and every check digit.
    ///
    /// # Errors
    /// The first fault, with the path of its field (`seller.siret`).
    pub fn check(&self) -> Result<(), Rejection> {
        self.faults().into_iter().next().map_or(Ok(()), Err)
    }

    /// Everything that [`check`](Self::check) would refuse.
    pub fn faults(&self) -> Vec<Rejection> {
        let mut faults = Vec::new();
        let mut wrong = |code, field, value: &str, rule: &str| {
            faults.push(Rejection::new(code, field, value, rule));
        };
        let seller = &self.seller;
        for (field, text) in [
            ("seller.name", &seller.name),
            ("seller.legal_form", &seller.legal_form),
            ("seller.address.line1", &seller.address.line1),
            ("seller.address.postcode", &seller.address.postcode),
            ("seller.address.city", &seller.address.city),
            ("seller.rcs", &seller.rcs),
        ] {
            if text.trim().is_empty() {
                wrong("missing", field, text, "an invoice must show it");
            }
        }
        for (field, text) in [
            ("mentions.early_payment_discount", &self.mentions.early_payment_discount),
            ("mentions.late_penalty", &self.mentions.late_penalty),
            ("mentions.recovery_indemnity", &self.mentions.recovery_indemnity),
        ] {
            if text.trim().is_empty() {
                wrong("missing", field, text, "every French invoice says it (BR-FR-05)");
            }
        }
        for (field, text) in self.shown() {
            let lost = unprintable(text);
            if !lost.is_empty() {
                wrong("unprintable", field, &lost, "the fonts of an invoice lack these letters");
            }
        }
        let country = &seller.address.country;
        if country.len() != 2 || !country.bytes().all(|b| b.is_ascii_uppercase()) {
            wrong("invalid", "seller.address.country", country, "two capital letters of ISO 3166-1");
        }
        match Siret::new(&seller.siret) {
            Err(rule) => wrong("invalid", "seller.siret", &seller.siret, &rule),
            Ok(siret) => {
                if let Some(rule) = broken_vat_number(&seller.vat_number, siret.siren().as_str()) {
                    wrong("invalid", "seller.vat_number", &seller.vat_number, &rule);
                }
            }
        }
        if !seller.iban.is_empty() && !is_iban(&seller.iban) {
            wrong("invalid", "seller.iban", &seller.iban, "an IBAN with the right check digits");
        }
        if seller.iban.is_empty() && !seller.bic.is_empty() {
            wrong("missing", "seller.iban", "", "a BIC comes with an IBAN");
        }
        let bic = &seller.bic;
        let is_bic = matches!(bic.len(), 8 | 11) && bic.bytes().all(|b| b.is_ascii_alphanumeric());
        if !bic.is_empty() && !is_bic {
            wrong("invalid", "seller.bic", bic, "a BIC has 8 or 11 letters and digits");
        }
        let accent = &self.branding.accent;
        let rule = match self.branding.accent_rgb() {
            None => Some("a colour as #rrggbb"),
            Some([red, green, blue])
                // Its brightness (ITU-R BT.601) is 150 of 255 or more.
                if 299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue) >= 150_000 =>
            {
                Some("dark enough to be read on white, and white on it")
            }
            Some(_) => None,
        };
        if let Some(rule) = rule {
            wrong("invalid", "branding.accent", accent, rule);
        }
        faults
    }
}

impl Presentation {
    /// Every text that an invoice shows of it.
    fn shown(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let (seller, mentions) = (&self.seller, &self.mentions);
        let texts: [(&str, &str); 17] = [
            ("seller.name", &seller.name),
            ("seller.legal_form", &seller.legal_form),
            ("seller.share_capital", &seller.share_capital),
            ("seller.address.line1", &seller.address.line1),
            ("seller.address.line2", &seller.address.line2),
            ("seller.address.postcode", &seller.address.postcode),
            ("seller.address.city", &seller.address.city),
            ("seller.rcs", &seller.rcs),
            ("mentions.payment_terms", &mentions.payment_terms),
            ("mentions.early_payment_discount", &mentions.early_payment_discount),
            ("mentions.late_penalty", &mentions.late_penalty),
            ("mentions.recovery_indemnity", &mentions.recovery_indemnity),
            ("mentions.deposits", &mentions.deposits),
            ("mentions.vat_exemption", &mentions.vat_exemption),
            ("mentions.credit_note", &mentions.credit_note),
            ("mentions.credit_balance", &mentions.credit_balance),
            ("branding.footer", &self.branding.footer),
        ];
        texts.into_iter().chain(mentions.extra.iter().map(|text| ("mentions.extra", text.as_str())))
    }
}

impl Seller {
    /// The SIREN: the first nine digits of the SIRET. Empty while that is not valid.
    pub fn siren(&self) -> String {
        Siret::new(&self.siret).map(|siret| siret.siren().to_string()).unwrap_or_default()
    }
}

fn compact(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// A French VAT number is FR, a key of two characters, and the SIREN. The key is checked where it is
/// digits: (12 + 3 x SIREN mod 97) mod 97.
fn broken_vat_number(text: &str, siren: &str) -> Option<String> {
    let number = compact(text);
    let shape = || Some("FR, two characters, and the SIREN of seller.siret".to_owned());
    let Some(key) = number.strip_prefix("FR").and_then(|rest| rest.strip_suffix(siren)) else {
        return shape();
    };
    if key.len() != 2 || !key.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase()) {
        return shape();
    }
    let expected = siren.parse::<u64>().map(|siren| (12 + 3 * (siren % 97)) % 97);
    match (key.parse::<u64>(), expected) {
        (Ok(key), Ok(expected)) if key != expected => Some(format!("the key of this SIREN is {expected:02}")),
        _ => None,
    }
}

/// ISO 13616: the first four characters moved to the end, letters as 10 to 35, remainder 1 by 97.
fn is_iban(text: &str) -> bool {
    let iban = compact(text);
    if !(15..=34).contains(&iban.len()) || !iban.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return false;
    }
    let (head, tail) = iban.split_at(4);
    let rest = tail.chars().chain(head.chars()).filter_map(|c| c.to_digit(36)).fold(0, |rest, digit| {
        let shift = if digit > 9 { 100 } else { 10 };
        (rest * shift + digit) % 97
    });
    rest == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn presentation() -> Presentation {
        Presentation {
            seller: Seller {
                name: "Rungis Primeurs".into(),
                legal_form: "SAS".into(),
                share_capital: "150 000 €".into(),
                address: SellerAddress {
                    line1: "12 avenue des Maraîchers".into(),
                    line2: String::new(),
                    postcode: "94150".into(),
                    city: "Rungis".into(),
                    country: "FR".into(),
                },
                siret: "404 833 048 00022".into(),
                rcs: "Créteil".into(),
                vat_number: "FR83404833048".into(),
                phone: String::new(),
                email: String::new(),
                iban: "FR14 2004 1010 0505 0001 3M02 606".into(),
                bic: "PSSTFRPPPAR".into(),
            },
            mentions: Mentions::default(),
            branding: Branding::default(),
        }
    }

    #[test]
    fn a_complete_presentation_passes() {
        presentation().check().expect("complete");
        assert_eq!(presentation().seller.siren(), "404833048");
    }

    #[test]
    fn each_fault_names_its_field() {
        type Break = fn(&mut Presentation);
        let faults: [(&str, Break); 13] = [
            ("mentions.late_penalty", |p| p.mentions.late_penalty.clear()),
            ("seller.name", |p| p.seller.name = " ".into()),
            ("seller.name", |p| p.seller.name = "Рынок".into()),
            ("mentions.extra", |p| p.mentions.extra = vec!["東京".into()]),
            ("seller.address.city", |p| p.seller.address.city.clear()),
            ("seller.address.country", |p| p.seller.address.country = "France".into()),
            ("seller.siret", |p| p.seller.siret = "404 833 048 00023".into()),
            ("seller.vat_number", |p| p.seller.vat_number = "FR82404833048".into()),
            ("seller.iban", |p| p.seller.iban = "FR14 2004 1010 0505 0001 3M02 607".into()),
            ("seller.iban", |p| p.seller.iban.clear()),
            ("seller.bic", |p| p.seller.bic = "PSST".into()),
            ("branding.accent", |p| p.branding.accent = "green".into()),
            ("branding.accent", |p| p.branding.accent = "#ffd54f".into()),
        ];
        for (field, fault) in faults {
            let mut broken = presentation();
            fault(&mut broken);
            assert_eq!(broken.check().expect_err(field).field, field);
        }
    }

    #[test]
    fn only_six_hex_digits_are_a_colour() {
        let rgb = |text: &str| Branding { accent: text.into(), ..Branding::default() }.accent_rgb();
        assert_eq!(rgb("#14532d"), Some([0x14, 0x53, 0x2d]));
        for text in ["14532d", "#14532", "#14532g", "#1é532", "green"] {
            assert_eq!(rgb(text), None, "{text}");
        }
    }

    #[test]
    fn a_misspelt_field_is_refused() {
        let error = serde_json::from_str::<Mentions>(r#"{"late_penalties": ""}"#).expect_err("misspelt");
        assert!(error.to_string().contains("late_penalties"), "{error}");
    }
}
