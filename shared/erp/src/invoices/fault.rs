//! What is wrong with an invoice, and its French for the people who correct a rejects file.

use passerelle_domain::Rejection;

use crate::rules::Rule;

/// What is wrong with an invoice, and where in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line of the file that the row begins on, counted from 1.
    pub line: u64,
    /// The column's name in the header row, or "colonne 7"; where the layout has no such column, the
    /// field's name.
    pub column: String,
    /// What is wrong, in the domain's words.
    pub rejection: Rejection,
}

impl Fault {
    /// The same as a French sentence.
    pub fn sentence(&self) -> String {
        sentence(self)
    }

    /// What the file says, without the domain's English behind it.
    pub(crate) fn stated(&self) -> &str {
        figures(&self.rejection.value).0
    }
}

/// What is wrong as one French sentence.
fn sentence(fault: &Fault) -> String {
    let Fault { column, rejection, .. } = fault;
    let (stated, computed) = figures(&rejection.value);
    let computed = computed.unwrap_or("?").replace('.', ",");
    // The same code says it of a file.
    if rejection.code == passerelle_domain::TOO_LARGE {
        return format!("La facture est trop grande pour être enregistrée ({stated}).");
    }
    if let Some(rule) = Rule::of(&rejection.code) {
        return rule.sentence(column, stated, "");
    }
    match rejection.code.as_str() {
        "missing_correction" => "L'avoir ne nomme pas la facture qu'il corrige.".to_owned(),
        "due_before_issue" => "L'échéance est avant la date de la facture.".to_owned(),
        "unprintable" => format!(
            "« {stated} » ne peut pas être imprimé sur la facture : écrivez « {column} » en lettres latines."
        ),
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
        "BR-27" => "Un prix est négatif : pour une reprise, c'est la quantité qui doit l'être.".to_owned(),
        "BR-29" => "La période finit avant de commencer.".to_owned(),
        "BR-55" => "La facture corrigée a une date mais pas de numéro.".to_owned(),
        "BR-AE-02" => {
            "L'autoliquidation demande le numéro de TVA ou le SIREN du client, qui manquent.".to_owned()
        }
        "BR-CO-09" => "Le numéro de TVA ne commence pas par les deux lettres d'un pays.".to_owned(),
        "BR-IC-02" => "Le numéro de TVA du client manque pour une livraison intracommunautaire.".to_owned(),
        "BR-IC-11" => "La date ou la période manque pour une livraison intracommunautaire.".to_owned(),
        "BR-IC-12" => "Le pays de livraison manque pour une livraison intracommunautaire.".to_owned(),
        "credit_note_sign" => "Les montants de l'avoir sont négatifs : ils doivent être positifs.".to_owned(),
        "BR-CO-13" => format!("Le total HT n'est pas la somme des lignes, soit {computed}."),
        "BR-CO-14" => format!("Le total de TVA n'est pas la somme de la ventilation, soit {computed}."),
        "BR-CO-15" => format!("Le total TTC n'est pas HT + TVA, soit {computed}."),
        "BR-CO-16" => format!("Le net à payer n'est pas le total TTC moins le déjà réglé, soit {computed}."),
        "BR-CO-10" => format!("Le total des lignes n'est pas leur somme, soit {computed}."),
        "BR-CO-11" => format!("Le total des remises n'est pas leur somme, soit {computed}."),
        "BR-CO-12" => format!("Le total des frais n'est pas leur somme, soit {computed}."),
        code if code.starts_with("BR-") => of_category(code, stated, &computed, column),
        code => format!("La règle {code} n'est pas respectée dans la colonne « {column} »."),
    }
}

/// The rules that each VAT category has under its own letters (BR-S-08).
fn of_category(code: &str, stated: &str, computed: &str, column: &str) -> String {
    match code.rsplit_once('-').map_or("", |(_, rule)| rule) {
        "01" => format!("Le taux « {stated} » manque dans la ventilation de la TVA, ou y figure deux fois."),
        "05" | "06" | "07" => format!("La catégorie et le taux de TVA « {stated} » ne vont pas ensemble."),
        "08" => format!("La base de TVA n'est pas la somme des lignes à ce taux, soit {computed}."),
        "09" => "Il y a de la TVA dans une catégorie qui n'en a pas.".to_owned(),
        "10" => "Un motif d'exonération figure là où il y a de la TVA.".to_owned(),
        _ => format!("La règle {code} n'est pas respectée dans la colonne « {column} »."),
    }
}

/// Splits "1.00 where 2.00 is computed" and "1.00 where … gives 2.00" into both figures.
fn figures(value: &str) -> (&str, Option<&str>) {
    let Some((stated, rest)) = value.split_once(" where ") else { return (value, None) };
    let computed =
        rest.strip_suffix(" is computed").or_else(|| rest.rsplit_once(" gives ").map(|(_, last)| last));
    (stated, computed)
}
