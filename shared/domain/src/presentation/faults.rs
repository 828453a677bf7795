//! What is wrong with what an invoice shows.

use crate::{Branding, Mentions, Presentation, Rejection, Result, Seller, Siret, unprintable};

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
        [self.seller.faults(), self.mentions.faults(), self.branding.faults()].concat()
    }
}

/// A text with the path of its field.
type Named<'a> = (&'a str, &'a str);

fn invalid(field: &str, value: &str, rule: impl Into<String>) -> Rejection {
    Rejection::new("invalid", field, value, rule)
}

/// The texts that are empty and must not be.
fn empty(texts: &[Named<'_>], rule: &str) -> Vec<Rejection> {
    let empty = texts.iter().filter(|(_, text)| text.trim().is_empty());
    empty.map(|(field, _)| Rejection::new("missing", *field, "", rule)).collect()
}

/// The texts with letters that an invoice cannot show.
fn unprinted(texts: &[Named<'_>]) -> Vec<Rejection> {
    let lost = texts.iter().map(|(field, text)| (*field, unprintable(text)));
    let rule = "cannot be printed with the fonts of an invoice";
    lost.filter(|(_, lost)| !lost.is_empty())
        .map(|(field, lost)| Rejection::new("unprintable", field, lost, rule))
        .collect()
}

impl Seller {
    /// Everything that is wrong with it.
    pub fn faults(&self) -> Vec<Rejection> {
        let address = &self.address;
        let needed: [Named<'_>; 6] = [
            ("seller.name", &self.name),
            ("seller.legal_form", &self.legal_form),
            ("seller.address.line1", &address.line1),
            ("seller.address.postcode", &address.postcode),
            ("seller.address.city", &address.city),
            ("seller.rcs", &self.rcs),
        ];
        let optional: [Named<'_>; 2] =
            [("seller.share_capital", &self.share_capital), ("seller.address.line2", &address.line2)];
        let mut faults = empty(&needed, "is empty: an invoice must show it");
        faults.extend(unprinted(&needed));
        faults.extend(unprinted(&optional));
        let mut wrong = |field, value: &str, rule: &str| faults.push(invalid(field, value, rule));
        let country = &address.country;
        if country.len() != 2 || !country.bytes().all(|b| b.is_ascii_uppercase()) {
            wrong("seller.address.country", country, "is not two capital letters (ISO 3166-1)");
        }
        match Siret::new(&self.siret) {
            Err(_) => {
                wrong("seller.siret", &self.siret, "is no SIRET (fourteen digits with a check digit)");
            }
            Ok(siret) => {
                if let Some(rule) = broken_vat_number(&self.vat_number, siret.siren().as_str()) {
                    wrong("seller.vat_number", &self.vat_number, &rule);
                }
            }
        }
        if !self.iban.is_empty() && !is_iban(&self.iban) {
            wrong("seller.iban", &self.iban, "is no IBAN: its length or its check digits are wrong");
        }
        let bic = &self.bic;
        let is_bic = matches!(bic.len(), 8 | 11) && bic.bytes().all(|b| b.is_ascii_alphanumeric());
        if !bic.is_empty() && !is_bic {
            wrong("seller.bic", bic, "is not 8 or 11 letters and digits");
        }
        if self.iban.is_empty() && !bic.is_empty() {
            faults.push(Rejection::new("missing", "seller.iban", "", "is missing, while there is a BIC"));
        }
        faults
    }
}

impl Mentions {
    /// Everything that is wrong with them.
    pub fn faults(&self) -> Vec<Rejection> {
        let needed: [Named<'_>; 3] = [
            ("mentions.early_payment_discount", &self.early_payment_discount),
            ("mentions.late_penalty", &self.late_penalty),
            ("mentions.recovery_indemnity", &self.recovery_indemnity),
        ];
        let optional: [Named<'_>; 5] = [
            ("mentions.payment_terms", &self.payment_terms),
            ("mentions.deposits", &self.deposits),
            ("mentions.vat_exemption", &self.vat_exemption),
            ("mentions.credit_note", &self.credit_note),
            ("mentions.credit_balance", &self.credit_balance),
        ];
        let mut faults = empty(&needed, "is empty, and every French invoice says it (BR-FR-05)");
        faults.extend(unprinted(&needed));
        faults.extend(unprinted(&optional));
        for (i, text) in self.extra.iter().enumerate() {
            faults.extend(unprinted(&[(&format!("mentions.extra[{i}]"), text)]));
        }
        faults
    }
}

impl Branding {
    /// Everything that is wrong with it.
    pub fn faults(&self) -> Vec<Rejection> {
        let mut faults = unprinted(&[("branding.footer", &self.footer)]);
        let rule = match self.accent_rgb() {
            None => "is no colour as #rrggbb",
            Some([red, green, blue])
                // Its brightness (ITU-R BT.601) is 150 of 255 or more.
                if 299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue) >= 150_000 =>
            {
                "is too light to be read on white, and white on it"
            }
            Some(_) => return faults,
        };
        faults.push(invalid("branding.accent", &self.accent, rule));
        faults
    }
}

fn compact(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// A French VAT number is FR, a key of two characters, and the SIREN. The key is checked where it is
/// digits: (12 + 3 x SIREN mod 97) mod 97.
fn broken_vat_number(text: &str, siren: &str) -> Option<String> {
    let number = compact(text);
    let shape = || Some("is not FR, two characters and the SIREN of seller.siret".to_owned());
    let Some(key) = number.strip_prefix("FR").and_then(|rest| rest.strip_suffix(siren)) else {
        return shape();
    };
    if key.len() != 2 || !key.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase()) {
        return shape();
    }
    let expected = siren.parse::<u64>().map(|siren| (12 + 3 * (siren % 97)) % 97);
    match (key.parse::<u64>(), expected) {
        (Ok(key), Ok(expected)) if key != expected => {
            Some(format!("has the key {key:02}, and that of this SIREN is {expected:02}"))
        }
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
    use crate::SellerAddress;

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
            ("mentions.extra[0]", |p| p.mentions.extra = vec!["東京".into()]),
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
