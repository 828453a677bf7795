//! What can be wrong with a file of the ERP: its stable code, and its French for the people who correct it.
//! The English of a [`Rejection`] is for logs and the command line.

use passerelle_domain::Rejection;
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::units;

/// What can be wrong with a file of invoices or acknowledgements, or with a row of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, VariantArray, IntoStaticStr, EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum Rule {
    /// The file is empty.
    EmptyFile,
    /// The file is beyond a limit.
    TooLarge,
    /// The file was deleted before it was read.
    Gone,
    /// A workbook, an archive or a PDF.
    NotACsv,
    /// Text in another encoding than the layout says.
    Encoding,
    /// The same, of acknowledgements.
    WrongEncoding,
    /// A row in UTF-8 among rows of a single-byte encoding.
    MixedEncoding,
    /// A column of the layout is not there.
    MissingColumn,
    /// A column that the layout does not have.
    UnknownColumn,
    /// Two columns of one name.
    DuplicateColumn,
    /// The end of the file is missing.
    Truncated,
    /// A row of more or fewer columns.
    ColumnCount,
    /// A row that is neither an invoice nor a line.
    UnknownRecord,
    /// The last row's counts are not what the rows give.
    Trailer,
    /// A quote that is not closed, or text behind it.
    Quotes,
    /// A row of acknowledgements that cannot be split into columns.
    Malformed,
    /// An invoice, or a file of acknowledgements, of too many rows.
    TooManyRows,
    /// An empty cell that must not be.
    MissingField,
    /// No number.
    NotANumber,
    /// A number whose mark is not the layout's.
    AmbiguousNumber,
    /// A number of too many decimals.
    TooManyDecimals,
    /// No date.
    NotADate,
    /// A word that its code list does not have.
    UnknownCode,
    /// A word for no unit.
    UnknownUnit,
    /// Rows of one invoice that say different things.
    RowsDisagree,
    /// No number of an invoice.
    NotAnInvoiceNumber,
    /// No customer's code.
    NotACustomerCode,
    /// No article's code.
    NotAnArticle,
    /// No SIREN.
    NotASiren,
    /// No currency's code.
    NotACurrency,
    /// No country's code.
    NotACountry,
    /// No rate of VAT.
    NotAVatRate,
    /// A deposit with VAT.
    DepositWithVat,
    /// A line of no invoice of the file.
    LineWithoutInvoice,
    /// Two records of one invoice.
    InvoiceTwice,
    /// No order's id.
    NotAnOrder,
    /// No shop's id.
    NotAShop,
    /// No batch's name.
    NotABatch,
    /// The batch does not have this order.
    NotInBatch,
}

impl Rule {
    /// The code that rejections carry and operators group by.
    pub fn code(self) -> &'static str {
        self.into()
    }

    /// The rule of a code; nothing of what is not about a file, such as the arithmetic of an invoice.
    pub(crate) fn of(code: &str) -> Option<Self> {
        code.parse().ok()
    }

    /// What is wrong, as a French sentence; `column` is what a person calls the column, and `place` where
    /// the fault is, with a space in front, or nothing.
    pub(crate) fn sentence(self, column: &str, value: &str, place: &str) -> String {
        match self {
            Self::EmptyFile => "Le fichier est vide.".to_owned(),
            Self::TooLarge if value.is_empty() => format!("Le fichier dépasse une limite{place}."),
            Self::TooLarge => format!("Le fichier dépasse une limite{place} : {}.", counted(value)),
            Self::Gone => "Le fichier a été retiré avant d'être lu.".to_owned(),
            Self::NotACsv => {
                "Ce n'est pas un fichier CSV mais une archive, un classeur ou un PDF : exportez-le en CSV."
                    .to_owned()
            }
            Self::Encoding | Self::WrongEncoding => {
                format!("L'encodage du fichier n'est pas celui qui est attendu{place}.")
            }
            Self::MixedEncoding => {
                "Cette ligne est en UTF-8 alors que le reste du fichier ne l'est pas.".to_owned()
            }
            Self::MissingColumn => format!("La colonne « {column} » manque{place}."),
            Self::UnknownColumn => format!("La colonne « {column} » est inconnue{place}."),
            Self::DuplicateColumn => format!("La colonne « {column} » figure deux fois{place}."),
            Self::Truncated => format!("Le fichier est coupé : la fin manque{place}."),
            Self::ColumnCount => format!("Une ligne n'a pas le bon nombre de colonnes{place}."),
            Self::UnknownRecord => format!("Le type de ligne « {value} » est inconnu{place}."),
            Self::Trailer => {
                format!("La dernière ligne ne correspond pas au contenu du fichier{place} : « {value} ».")
            }
            Self::Quotes => format!("Un guillemet n'est pas fermé, ou du texte le suit{place}."),
            Self::Malformed => format!("Une ligne n'a pas le même nombre de colonnes que l'en-tête{place}."),
            Self::TooManyRows if column == "file" => {
                format!("Le compte rendu a trop de lignes ({value}).")
            }
            Self::TooManyRows => format!("La facture a {value} lignes : c'est plus que la limite."),
            Self::MissingField => format!("La colonne « {column} » est vide alors qu'elle est obligatoire."),
            Self::NotANumber => format!("« {value} » n'est pas un nombre."),
            Self::AmbiguousNumber => {
                format!("« {value} » est ambigu : point et virgule n'ont pas ici le sens attendu.")
            }
            Self::TooManyDecimals => format!("« {value} » a trop de décimales."),
            Self::NotADate => format!("« {value} » n'est pas une date valable."),
            Self::UnknownCode => format!("Le code « {value} » est inconnu dans la colonne « {column} »."),
            Self::UnknownUnit => format!(
                "L'unité « {value} » est inconnue (les plus proches : {}) : à ajouter dans [codes.unit].",
                units::nearest(&units::OwnUnits::new(), value).join(", ")
            ),
            Self::RowsDisagree => format!("« {column} » diffère d'une ligne à l'autre de la même facture."),
            Self::NotAnInvoiceNumber => format!(
                "« {value} » n'est pas un numéro de facture (lettres, chiffres, - _ . /, 35 au plus, aucune partie \
                 réduite à « . » ou « .. »)."
            ),
            Self::NotACustomerCode => format!("« {value} » n'est pas un code client."),
            Self::NotAnArticle => format!("« {value} » n'est pas un code article."),
            Self::NotASiren => format!("« {value} » n'est pas un SIREN : neuf chiffres avec une clé."),
            Self::NotACurrency => format!("« {value} » n'est pas une devise (EUR)."),
            Self::NotACountry => format!("« {value} » n'est pas un code de pays à deux lettres (FR)."),
            Self::NotAVatRate => format!("« {value} » n'est pas un taux de TVA."),
            Self::DepositWithVat => {
                "Une consigne porte de la TVA alors qu'elle est hors de son champ.".to_owned()
            }
            Self::LineWithoutInvoice => "Cette ligne n'appartient à aucune facture du fichier.".to_owned(),
            Self::InvoiceTwice => "L'en-tête de cette facture figure deux fois dans le fichier.".to_owned(),
            Self::NotAnOrder => format!("« {value} » n'est pas un identifiant de commande."),
            Self::NotAShop => format!("« {value} » n'est pas une boutique."),
            Self::NotABatch => {
                format!("« {value} » n'est pas un lot, comme le fichier de commandes l'écrit.")
            }
            Self::NotInBatch => format!("Le lot ne contient pas cette commande (« {value} »)."),
        }
    }
}

impl From<Rule> for String {
    fn from(rule: Rule) -> Self {
        rule.code().to_owned()
    }
}

/// What is wrong with a file, or with a row of acknowledgements, as a French sentence. Also of a
/// rejection that was kept in a ledger before.
pub fn in_french(rejection: &Rejection) -> String {
    let Rejection { code, field, value, .. } = rejection;
    // `line 3, column Nom`; a row's fault has its column alone.
    let line = field.strip_prefix("line ");
    let place = line.map_or_else(String::new, |line| {
        let line = line.split_once(", ").map_or(line, |(line, _)| line);
        format!(" (ligne {line})")
    });
    let column = field.split_once(", column ").map_or(field.as_str(), |(_, column)| column);
    match Rule::of(code) {
        Some(rule) => rule.sentence(column, value, &place),
        None => format!("Le fichier ne convient pas{place} : « {value} » ({code})."),
    }
}

/// `over 65536 bytes` in French.
fn counted(value: &str) -> String {
    let words = [("over", "plus de"), ("bytes", "octets"), ("columns", "colonnes"), ("rows", "lignes")];
    let words = [&words[..], &[("invoices", "factures"), ("in a row", "dans une ligne")]].concat();
    words.iter().fold(value.to_owned(), |text, (word, french)| text.replace(word, french))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_rule_has_a_code_of_its_own_and_says_in_french_what_is_wrong() {
        let codes: BTreeSet<&str> = Rule::VARIANTS.iter().map(|rule| rule.code()).collect();
        assert_eq!(codes.len(), Rule::VARIANTS.len());
        for &rule in Rule::VARIANTS {
            assert_eq!(Rule::of(rule.code()), Some(rule));
            let rejection = Rejection::new(rule, "line 3, column Nom", "12 bytes", "the file is wrong");
            let sentence = in_french(&rejection);
            assert!(sentence.ends_with('.') && sentence.starts_with(|c: char| c.is_uppercase() || c == '«'));
            for english in [" the ", " is ", "file", "line", "column", rule.code()] {
                assert!(!sentence.contains(english), "{sentence}");
            }
        }
    }

    #[test]
    fn a_fault_says_where_it_is_and_never_the_opposite() {
        for (rule, field, value, said) in [
            (Rule::EmptyFile, "file", "0 bytes", "Le fichier est vide."),
            (
                Rule::MissingColumn,
                "line 1, column Facture",
                "Facture",
                "La colonne « Facture » manque (ligne 1).",
            ),
            (Rule::MissingColumn, "lot", "a b", "La colonne « lot » manque."),
            (
                Rule::TooLarge,
                "line 3",
                "over 9 bytes in a row",
                "Le fichier dépasse une limite (ligne 3) : plus de 9 octets dans une ligne.",
            ),
            (Rule::NotInBatch, "commande", "W9", "Le lot ne contient pas cette commande (« W9 »)."),
        ] {
            assert_eq!(in_french(&Rejection::new(rule, field, value, "")), said);
        }
        let kept = Rejection::new("columns", "line 3", "12", "13 columns are expected");
        assert_eq!(in_french(&kept), "Le fichier ne convient pas (ligne 3) : « 12 » (columns).");
    }
}
