//! The words that files have for units of measure.

use std::collections::BTreeMap;

use passerelle_domain::{InvoiceUnit, Unit};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::text::closest;

/// The layout's own words, by their plain form. They go before the usual ones.
pub(crate) type OwnUnits = BTreeMap<String, InvoiceUnit>;

/// The units that orders have too: the words for them, in plain form and singular. A crate has been a
/// "colis" on invoices from the start; a layout's `[codes.unit]` may say otherwise.
const COMMON: &[(Unit, &[&str])] = &[
    (Unit::Piece, &["pce", "pc", "piece", "u", "un", "h87"]),
    (Unit::Kilogram, &["kg", "kgm", "kilo", "kilogram", "kilogramme"]),
    (Unit::Case, &["colis", "case", "caisse", "cagette", "xcs"]),
    (Unit::Litre, &["l", "lt", "ltr", "litre"]),
];

/// All others: the code of UN/ECE Recommendation 20 or 21, the printed label, and the words for it.
const NAMED: &[(&str, &str, &[&str])] = &[
    ("C62", "unité", &["unite", "unit"]),
    ("DZN", "douzaine", &["douzaine", "dz", "dzn", "douz"]),
    ("PR", "paire", &["paire"]),
    ("CEN", "cent", &["cent"]),
    ("MIL", "mille", &["mille", "millier"]),
    ("GRM", "g", &["g", "gr", "grm", "gramme", "gram"]),
    ("DTN", "quintal", &["quintal", "quintaux", "qx"]),
    ("TNE", "t", &["t", "tne", "tonne"]),
    ("MLT", "ml", &["ml", "mlt", "millilitre"]),
    ("CLT", "cl", &["cl", "clt", "centilitre"]),
    ("DLT", "dl", &["dl", "dlt", "decilitre"]),
    ("HLT", "hl", &["hl", "hlt", "hectolitre"]),
    ("CMT", "cm", &["cm", "cmt", "centimetre"]),
    ("MTR", "m", &["m", "mtr", "metre"]),
    ("MTK", "m²", &["m2", "mtk"]),
    ("MTQ", "m³", &["m3", "mtq"]),
    ("HUR", "h", &["h", "hur", "heure"]),
    ("DAY", "jour", &["jour", "j"]),
    ("LS", "forfait", &["forfait"]),
    ("PTN", "portion", &["portion", "part"]),
    ("H87", "tête", &["tete"]),
    ("H87", "pied", &["pied"]),
    ("XBH", "botte", &["botte", "xbh"]),
    ("XBH", "bouquet", &["bouquet"]),
    ("XPJ", "barquette", &["barquette", "barq", "xpj"]),
    ("XCT", "carton", &["carton", "ctn", "crt", "xct"]),
    ("XSA", "sac", &["sac", "xsa"]),
    ("XSH", "sachet", &["sachet", "xsh"]),
    ("XPO", "poche", &["poche"]),
    ("XPU", "plateau", &["plateau", "xpu"]),
    ("XPU", "plaque", &["plaque"]),
    ("XBO", "bouteille", &["bouteille", "btl", "blle", "xbo"]),
    ("XBO", "flacon", &["flacon"]),
    ("XNT", "filet", &["filet", "xnt"]),
    ("XPX", "palette", &["palette", "pal", "xpx"]),
    ("XPT", "pot", &["pot", "xpt"]),
    ("XJR", "bocal", &["bocal", "bocaux", "xjr"]),
    ("XBX", "boîte", &["boite", "bte", "xbx"]),
    ("XCX", "canette", &["canette", "xcx"]),
    ("XLT", "lot", &["lot", "xlt"]),
    ("XPA", "paquet", &["paquet", "pqt", "paq", "xpa", "xpk"]),
    ("XCR", "caissette", &["caissette", "xcr"]),
    ("XCR", "clayette", &["clayette"]),
    ("XCR", "cageot", &["cageot"]),
    ("XCR", "bac", &["bac"]),
    ("XBK", "panier", &["panier", "xbk"]),
    ("XBK", "bourriche", &["bourriche"]),
    ("XBJ", "seau", &["seau", "xbj"]),
    ("XCI", "bidon", &["bidon", "xci"]),
    ("XKG", "fût", &["fut", "xkg"]),
    ("XTU", "tube", &["tube", "xtu"]),
    ("XRO", "rouleau", &["rouleau", "rlx", "xro"]),
];

/// A word without its case, accents and dots at its end: `Pièces.` is `pieces`.
pub(crate) fn plain(word: &str) -> String {
    let letters = word.trim().trim_end_matches(['.', ' ']).nfkd().filter(|&c| !is_combining_mark(c));
    letters.flat_map(char::to_lowercase).collect()
}

/// The unit that a word means, in singular or plural; nothing where it is unknown.
pub(crate) fn find(own: &OwnUnits, word: &str) -> Option<InvoiceUnit> {
    let word = plain(word);
    let singular = word.strip_suffix(['s', 'x']).filter(|singular| singular.chars().count() > 1);
    [Some(word.as_str()), singular]
        .into_iter()
        .flatten()
        .find_map(|word| own.get(word).cloned().or_else(|| usual(word)))
}

/// The unit that the usual list has for a plain word.
fn usual(word: &str) -> Option<InvoiceUnit> {
    let common = COMMON.iter().find(|(_, words)| words.contains(&word)).map(|(unit, _)| (*unit).into());
    common.or_else(|| {
        let (code, label, _) = NAMED.iter().find(|(_, _, words)| words.contains(&word))?;
        InvoiceUnit::new(code, label).ok()
    })
}

/// The known words nearest to one that is not, best first.
pub(crate) fn nearest<'u>(own: &'u OwnUnits, word: &str) -> Vec<&'u str> {
    let usual =
        COMMON.iter().flat_map(|(_, words)| *words).chain(NAMED.iter().flat_map(|(.., words)| *words));
    closest(&plain(word), own.keys().map(String::as_str).chain(usual.copied()), 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_usual_word_has_a_valid_code_and_stands_once() {
        let mut seen = std::collections::BTreeSet::new();
        let words =
            COMMON.iter().flat_map(|(_, words)| *words).chain(NAMED.iter().flat_map(|(.., words)| *words));
        for word in words {
            assert!(seen.insert(word), "{word} stands twice");
            assert_eq!(plain(word), *word, "in plain form");
            assert!(usual(word).is_some(), "{word}");
        }
        for (code, label, _) in NAMED {
            InvoiceUnit::new(code, label).expect(label);
        }
    }

    #[test]
    fn words_of_usual_files_are_known_in_any_form() {
        for (word, code, label) in [
            ("botte", "XBH", "botte"),
            ("Bottes", "XBH", "botte"),
            ("BARQUETTES", "XPJ", "barquette"),
            ("carton", "XCT", "carton"),
            ("Colis", "XCS", "colis"),
            ("sac", "XSA", "sac"),
            ("plateaux", "XPU", "plateau"),
            ("Douzaine", "DZN", "douzaine"),
            ("g", "GRM", "g"),
            ("bouteilles", "XBO", "bouteille"),
            ("filet", "XNT", "filet"),
            ("Kgs", "KGM", "kg"),
            ("KG.", "KGM", "kg"),
            ("pièces", "H87", "pce"),
            ("Pcs.", "H87", "pce"),
            ("L", "LTR", "L"),
            ("cl", "CLT", "cl"),
            ("Caisses", "XCS", "colis"),
            ("palette", "XPX", "palette"),
            ("sachets", "XSH", "sachet"),
            ("pots", "XPT", "pot"),
            ("bocaux", "XJR", "bocal"),
            ("Boîtes", "XBX", "boîte"),
            ("lots", "XLT", "lot"),
            ("Unités", "C62", "unité"),
            ("tonne", "TNE", "t"),
            ("mètres", "MTR", "m"),
            ("m²", "MTK", "m²"),
        ] {
            let unit = find(&OwnUnits::new(), word).unwrap_or_else(|| panic!("{word} is unknown"));
            assert_eq!((unit.unece_code(), unit.label()), (code, label), "{word}");
        }
        assert_eq!(find(&OwnUnits::new(), "s"), None);
        assert_eq!(nearest(&OwnUnits::new(), "cartonn")[0], "carton");
    }
}
