//! Faults in French, for the people who mend a rejects file.

use passerelle_domain::Rejection;

use super::{Fault, units};

/// One sentence on what is wrong.
pub(super) fn sentence(fault: &Fault) -> String {
    let Fault { column, rejection, .. } = fault;
    let (stated, computed) = figures(&rejection.value);
    let computed = computed.unwrap_or("?").replace('.', ",");
    match rejection.code.as_str() {
        "missing_field" => format!("La colonne « {column} » est vide alors qu'elle est obligatoire."),
        "not_a_number" => format!("« {stated} » n'est pas un nombre."),
        "ambiguous_number" => {
            format!("« {stated} » est ambigu : point et virgule n'ont pas ici le sens attendu.")
        }
        "too_many_decimals" => format!("« {stated} » a trop de décimales."),
        "not_a_date" => format!("« {stated} » n'est pas une date valable."),
        "unknown_code" => format!("Le code « {stated} » est inconnu dans la colonne « {column} »."),
        "unknown_unit" => {
            let near = units::nearest(&units::OwnUnits::new(), stated).join(", ");
            format!(
                "L'unité « {stated} » est inconnue (les plus proches : {near}) : à ajouter dans [codes.unit]."
            )
        }
        "rows_disagree" => {
            format!("« {column} » diffère d'une ligne à l'autre de la même facture.")
        }
        "not_an_invoice_number" => {
            format!("« {stated} » n'est pas un numéro de facture (lettres, chiffres, - _ . /, 35 au plus).")
        }
        "not_a_customer_code" => format!("« {stated} » n'est pas un code client."),
        "not_an_article" => format!("« {stated} » n'est pas un code article."),
        "not_a_siren" => format!("« {stated} » n'est pas un SIREN : neuf chiffres avec une clé."),
        "not_a_currency" => format!("« {stated} » n'est pas une devise (EUR)."),
        "not_a_country" => format!("« {stated} » n'est pas un code de pays à deux lettres (FR)."),
        "not_a_vat_rate" => format!("« {stated} » n'est pas un taux de TVA."),
        "deposit_with_vat" => "Une consigne est hors du champ de la TVA : son taux est 0.".to_owned(),
        "missing_correction" => "Un avoir doit nommer la facture qu'il corrige.".to_owned(),
        "due_before_issue" => "L'échéance est avant la date de la facture.".to_owned(),
        "line_net" => {
            format!("Le montant HT de la ligne n'est pas quantité x prix - remise, soit {computed}.")
        }
        "BR-16" => "La facture n'a aucune ligne.".to_owned(),
        "BR-CO-17" => format!("La TVA n'est pas la base multipliée par le taux, soit {computed}."),
        "BR-CO-18" => "La facture n'a pas de ventilation de la TVA.".to_owned(),
        "BR-CL-04" => format!("« {stated} » n'est pas une devise (EUR)."),
        "BR-CL-14" => format!("« {stated} » n'est pas un code de pays à deux lettres (FR)."),
        "BR-CL-16" => format!("« {stated} » n'est pas un code de moyen de paiement (30, 49, 48…)."),
        "BR-07" | "BR-11" | "BR-25" | "BR-57" => {
            format!("La colonne « {column} » est vide alors qu'elle est obligatoire.")
        }
        "BR-27" => "Un prix n'est pas négatif : pour une reprise, la quantité l'est.".to_owned(),
        "BR-29" => "La période finit avant de commencer.".to_owned(),
        "BR-55" => "La facture corrigée a une date mais pas de numéro.".to_owned(),
        "BR-AE-02" => "L'autoliquidation demande le numéro de TVA ou le SIREN du client.".to_owned(),
        "BR-CO-09" => "Le numéro de TVA commence par les deux lettres du pays.".to_owned(),
        "BR-IC-02" => "Une livraison intracommunautaire demande le numéro de TVA du client.".to_owned(),
        "BR-IC-11" => "Une livraison intracommunautaire demande sa date ou sa période.".to_owned(),
        "BR-IC-12" => "Une livraison intracommunautaire demande le pays de livraison.".to_owned(),
        "credit_note_sign" => "Les montants d'un avoir sont positifs.".to_owned(),
        "BR-CO-13" => format!("Le total HT n'est pas la somme des lignes, soit {computed}."),
        "BR-CO-14" => format!("Le total de TVA n'est pas la somme de la ventilation, soit {computed}."),
        "BR-CO-15" => format!("Le total TTC n'est pas HT + TVA, soit {computed}."),
        "BR-CO-16" => format!("Le net à payer n'est pas le total TTC moins le déjà réglé, soit {computed}."),
        "BR-CO-10" => format!("Le total des lignes n'est pas leur somme, soit {computed}."),
        "BR-CO-11" => format!("Le total des remises n'est pas leur somme, soit {computed}."),
        "BR-CO-12" => format!("Le total des frais n'est pas leur somme, soit {computed}."),
        "too_many_rows" => format!("La facture a {stated} lignes : c'est plus que la limite."),
        "line_without_invoice" => "Cette ligne n'appartient à aucune facture du fichier.".to_owned(),
        "invoice_twice" => "L'en-tête de cette facture figure deux fois dans le fichier.".to_owned(),
        code if code.starts_with("BR-") => of_category(code, stated, &computed, column),
        code => format!("La règle {code} n'est pas respectée dans la colonne « {column} »."),
    }
}

/// The rules that each VAT category has under its own letters (BR-S-08).
fn of_category(code: &str, stated: &str, computed: &str, column: &str) -> String {
    match code.rsplit_once('-').map_or("", |(_, rule)| rule) {
        "01" => format!(
            "Le taux « {stated} » doit figurer une fois, et une seule, dans la ventilation de la TVA."
        ),
        "05" | "06" | "07" => format!("La catégorie et le taux de TVA « {stated} » ne vont pas ensemble."),
        "08" => format!("La base de TVA n'est pas la somme des lignes à ce taux, soit {computed}."),
        "09" => "Il n'y a pas de TVA dans cette catégorie.".to_owned(),
        "10" => "Un motif d'exonération n'a pas de place là où il y a de la TVA.".to_owned(),
        _ => format!("La règle {code} n'est pas respectée dans la colonne « {column} »."),
    }
}

/// Why a whole file is refused, as one sentence.
pub(super) fn refusal(rejection: &Rejection) -> String {
    let Rejection { code, field, value, .. } = rejection;
    let line = field
        .strip_prefix("line ")
        .map_or_else(String::new, |line| format!(" (ligne {})", line.replace(", column ", ", colonne ")));
    match code.as_str() {
        "empty_file" => "Le fichier est vide.".to_owned(),
        "too_large" => format!("Le fichier dépasse une limite{line} : {}.", rejection.rule),
        "not_a_csv" => {
            "Ce n'est pas un fichier CSV mais une archive, un classeur ou un PDF : exportez-le en CSV."
                .to_owned()
        }
        "encoding" => format!("L'encodage du fichier n'est pas celui qui est attendu{line}."),
        "missing_column" => format!("La colonne « {value} » manque{line}."),
        "unknown_column" => format!("La colonne « {value} » est inconnue{line}."),
        "duplicate_column" => format!("La colonne « {value} » figure deux fois{line}."),
        "truncated" => format!("Le fichier est coupé : la fin manque{line}."),
        "column_count" => format!("Une ligne n'a pas le bon nombre de colonnes{line}."),
        "unknown_record" => format!("Le type de ligne « {value} » est inconnu{line}."),
        "trailer" => {
            format!("La dernière ligne ne correspond pas au contenu du fichier{line} : « {value} ».")
        }
        "quotes" => format!("Un guillemet n'est pas fermé, ou du texte le suit{line}."),
        "gone" => "Le fichier a été retiré avant d'être lu.".to_owned(),
        code => format!("La règle {code} n'est pas respectée{line}."),
    }
}

/// What the file says, without the domain's English behind it.
pub(super) fn stated(fault: &Fault) -> &str {
    figures(&fault.rejection.value).0
}

/// Splits "1.00 where 2.00 is computed" and "1.00 where … gives 2.00" into both figures.
fn figures(value: &str) -> (&str, Option<&str>) {
    let Some((stated, rest)) = value.split_once(" where ") else { return (value, None) };
    let computed =
        rest.strip_suffix(" is computed").or_else(|| rest.rsplit_once(" gives ").map(|(_, last)| last));
    (stated, computed)
}
