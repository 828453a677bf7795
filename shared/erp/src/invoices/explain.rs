//! Faults in French, for the people who mend a rejects file.

use super::Fault;

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
        "unknown_unit" => format!("L'unité « {stated} » est inconnue (pce, kg, colis, L)."),
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
        "BR-S-08" => format!("La base de TVA n'est pas la somme des lignes à ce taux, soit {computed}."),
        "BR-CO-17" => format!("La TVA n'est pas la base multipliée par le taux, soit {computed}."),
        "BR-CO-18" => {
            format!(
                "Le taux « {stated} » doit figurer une fois, et une seule, dans la ventilation de la TVA."
            )
        }
        "BR-CO-13" => format!("Le total HT n'est pas la somme des lignes, soit {computed}."),
        "BR-CO-14" => format!("Le total de TVA n'est pas la somme de la ventilation, soit {computed}."),
        "BR-CO-15" => format!("Le total TTC n'est pas HT + TVA, soit {computed}."),
        "BR-CO-16" => format!("Le net à payer n'est pas le total TTC moins le déjà réglé, soit {computed}."),
        code => format!("La règle {code} n'est pas respectée dans la colonne « {column} »."),
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
