//! What the till writes in words, as the codes that EN 16931 wants.

use passerelle_domain::is_country;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::format;

/// A country's code in the list of EN 16931, from its code or its French name in any case; nothing where
/// it is neither ("UE", "Hors UE").
pub(super) fn country(text: &str) -> Option<String> {
    let code = text.trim().to_ascii_uppercase();
    if code == "XK" {
        return Some("1A".into()); // Kosovo, which ISO 3166-1 does not have.
    }
    if is_country(&code) {
        return Some(code);
    }
    let named = format::COUNTRIES.iter().find(|(_, known)| folded(known).eq(folded(text)));
    named.map(|(code, _)| (*code).to_owned())
}

/// The letters of a text, small and without accents.
fn folded(text: &str) -> impl Iterator<Item = char> {
    let letters = text.nfd().filter(|c| c.is_alphabetic() && !is_combining_mark(*c));
    letters.flat_map(char::to_lowercase)
}

/// "Instrument not defined" (UNTDID 4461).
pub(super) const UNDEFINED: &str = "1";

/// Whether a code of UNTDID 4461 is a transfer, which needs the account that it goes to (BR-61,
/// CII-SR-470).
pub(crate) fn is_transfer(code: &str) -> bool {
    matches!(code, "30" | "42" | "58")
}

/// UNTDID 4461 of a means of payment (BT-81), from its name; [`UNDEFINED`] where that has no known word, and
/// for a transfer without an account.
pub(super) fn payment_means(means: &str, has_account: bool) -> &'static str {
    let means = means.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| means.contains(word));
    if has(&["prélèv", "prelev"]) {
        "49"
    } else if has(&["carte", "cb"]) {
        "48"
    } else if has(&["espèce", "espece", "comptant"]) {
        "10"
    } else if has(&["chèque", "cheque"]) {
        "20"
    } else if has(&["lcr", "lettre de change", "traite"]) {
        "24"
    } else if has_account && (means.trim().is_empty() || has(&["virement", "transfert"])) {
        "30"
    } else {
        UNDEFINED
    }
}

/// The scheme of an electronic address (EAS) for a VAT number of a country, where a number is one.
pub(super) fn vat_number_scheme(country: &str) -> Option<&'static str> {
    Some(match country {
        "AT" => "9914",
        "BE" => "9925",
        "CH" => "9927",
        "CZ" => "9929",
        "DE" => "9930",
        "EE" => "9931",
        "ES" => "9920",
        "FR" => "9957",
        "GB" => "9932",
        "EL" => "9933",
        "HR" => "9934",
        "HU" => "9910",
        "IE" => "9935",
        "IT" => "0211",
        "LU" => "9938",
        "MC" => "9940",
        "NL" => "9944",
        "PL" => "9945",
        "PT" => "9946",
        "RO" => "9947",
        "SI" => "9949",
        "SK" => "9950",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_is_found_by_its_code_or_its_name() {
        for (text, code) in [
            ("FR", "FR"),
            ("fr", "FR"),
            (" FRANCE ", "FR"),
            ("Côte d’Ivoire", "CI"),
            ("COTE D'IVOIRE", "CI"),
            ("Etats Unis", "US"),
            ("XI", "XI"),
            ("XK", "1A"),
        ] {
            assert_eq!(country(text).as_deref(), Some(code), "{text}");
        }
        for text in ["UE", "Hors UE", "UE/non UE", "EU", "UK", "France / Espagne", "Atlantide", "-", ""] {
            assert_eq!(country(text), None, "{text}");
        }
    }

    #[test]
    fn a_means_of_payment_is_found_by_its_name() {
        for (means, code) in [
            ("Virement", "30"),
            ("", "30"),
            ("Prélèvement SEPA", "49"),
            ("CB", "48"),
            ("Espèces", "10"),
            ("Chèque", "20"),
            ("LCR magnétique", "24"),
            ("Compensation", "1"),
        ] {
            assert_eq!(payment_means(means, true), code, "{means}");
        }
        assert_eq!(payment_means("Virement", false), "1", "BR-61: no transfer without an account");
    }
}
