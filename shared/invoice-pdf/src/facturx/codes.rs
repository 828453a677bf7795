//! What the till writes in words, as the codes that EN 16931 wants.

use crate::format;

/// ISO 3166-1 of a country, from its code or its French name in any case; nothing where it is neither.
pub(super) fn country(text: &str) -> Option<String> {
    let text = text.trim();
    if text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return Some(text.to_ascii_uppercase());
    }
    let name = text.to_lowercase();
    format::COUNTRIES
        .iter()
        .find(|(_, known)| known.to_lowercase() == name)
        .map(|(code, _)| (*code).to_owned())
}

/// UNTDID 4461 of a means of payment (BT-81), from its name; `1` ("instrument not defined") where that
/// says nothing. A transfer needs an account (BR-61), so without one it is not called a transfer.
pub(super) fn payment_means(means: &str, has_account: bool) -> &'static str {
    let means = means.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| means.contains(word));
    if says(&["prélèv", "prelev"]) {
        "49"
    } else if says(&["carte", "cb"]) {
        "48"
    } else if says(&["espèce", "espece", "comptant"]) {
        "10"
    } else if says(&["chèque", "cheque"]) {
        "20"
    } else if says(&["lcr", "lettre de change", "traite"]) {
        "24"
    } else if has_account && (means.trim().is_empty() || says(&["virement", "transfert"])) {
        "30"
    } else {
        "1"
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
    fn a_country_is_told_by_its_code_or_its_name() {
        for text in ["FR", "fr", "France", "FRANCE", " france "] {
            assert_eq!(country(text).as_deref(), Some("FR"), "{text}");
        }
        assert_eq!(country("Côte d’Ivoire").as_deref(), Some("CI"));
        assert_eq!(country("Atlantide"), None);
        assert_eq!(country(""), None);
    }

    #[test]
    fn a_means_of_payment_is_told_by_its_name() {
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
