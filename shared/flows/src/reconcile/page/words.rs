//! The page's French: names of states and gaps, numbers, amounts and dates.

use crate::todo::{Kind, Waiting};
use jiff::Timestamp;
use passerelle_domain::{BusinessDay, Money, paris};
use passerelle_ledger::{BatchState, OrderStatus};

use crate::reconcile::{Balance, Detail, Drift, Gap, GapKind};

/// Escapes a text for HTML, in content and in attributes.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // XML has no place for them, and a terminal or a printer makes odd things of them.
            control if control.is_control() => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

/// `12 345`, with narrow spaces that do not break.
pub(super) fn number(number: u64) -> String {
    grouped(&number.to_string())
}

/// `-1 234,50 €`.
pub(super) fn amount(amount: Money) -> String {
    let text = amount.abs().to_string();
    let (euros, cents) = text.split_once('.').unwrap_or((&text, "00"));
    let sign = if amount < Money::ZERO { "\u{2212}" } else { "" };
    format!("{sign}{},{cents}\u{a0}€", grouped(euros))
}

fn grouped(digits: &str) -> String {
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

/// `3 écarts`, `1 écart`.
pub(super) fn counted(count: u64, one: &str, many: &str) -> String {
    let word = if count < 2 { one } else { many };
    format!("{}\u{a0}{word}", number(count))
}

const DAYS: [&str; 7] = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"];
const MONTHS: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];

/// `mardi 24 novembre 2026`.
pub(super) fn day(day: BusinessDay) -> String {
    let date = day.date();
    let weekday = DAYS[usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or(0) % 7];
    let month = MONTHS[usize::try_from(date.month() - 1).unwrap_or(0) % 12];
    let first = if date.day() == 1 { "er" } else { "" };
    format!("{weekday} {}{first} {month} {}", date.day(), date.year())
}

/// `24/11/2026 à 19:00`, in Paris.
pub(super) fn instant(at: Timestamp) -> String {
    at.to_zoned_datetime(paris()).strftime("%d/%m/%Y à %H:%M").to_string()
}

/// A state of an order, invoice or drop.
pub(super) fn state(state: &str) -> &str {
    match state {
        "waiting" => "en attente de paiement",
        "ready" => "à exporter",
        "claimed" => "en cours d’export",
        "exported" => "exportées",
        "accepted" => "acceptées par l’ERP",
        "rejected" => "refusées par l’ERP",
        "quarantined" => "en quarantaine",
        "cancelled" => "annulées avant export",
        "registered" => "enregistrées, sans PDF",
        "rendered" => "PDF fait, à publier",
        "published" => "publiées",
        "unpublishable" => "client sans compte",
        other => other,
    }
}

/// The same of one order.
fn state_of_one(status: OrderStatus) -> &'static str {
    match status {
        OrderStatus::Waiting => "en attente de paiement",
        OrderStatus::Ready => "à exporter",
        OrderStatus::Claimed => "en cours d’export",
        OrderStatus::Exported => "exportée",
        OrderStatus::Accepted => "acceptée par l’ERP",
        OrderStatus::Rejected => "refusée par l’ERP",
        OrderStatus::Quarantined => "en quarantaine",
        OrderStatus::Cancelled => "annulée avant export",
    }
}

/// What a gap is, and what to do about it.
pub(super) fn gap(gap: &Gap) -> (&'static str, String) {
    let subject = crate::quoted(&gap.subject);
    match gap.kind {
        GapKind::ScheduleSilent => (
            "Tâche qui ne tourne plus",
            "Voir la planification (EventBridge) et le journal de la fonction.".into(),
        ),
        GapKind::ShopUnread => (
            "Boutique illisible",
            "Voir le journal de fetch-orders : adresse, clés, état de la boutique.".into(),
        ),
        GapKind::ShopNotCompared => (
            "Boutique non comparée au registre",
            "Chaque passage la reprend jusqu’à minuit ; voir le journal de reconcile.".into(),
        ),
        GapKind::Unreadable => (
            "Impossible à consulter",
            "Lire le journal de reconcile ; chaque passage essaie à nouveau.".into(),
        ),
        GapKind::InvoicesNotArrived => (
            "Factures du soir non arrivées",
            "Demander le fichier à l’ERP et le déposer dans invoices/inbox/.".into(),
        ),
        GapKind::DropStuck => (
            "Fichier de l’ERP non lu jusqu’au bout",
            format!("Voir la file d’échec, puis : passerelle replay drop {subject}"),
        ),
        GapKind::DropUnbalanced => (
            "Fichier dont le compte n’est pas juste",
            format!("Comparer le fichier et le registre : passerelle replay drop {subject}"),
        ),
        GapKind::BatchStuck => {
            ("Lot de commandes inachevé", format!("Terminer le lot : passerelle replay batch {subject}"))
        }
        GapKind::AnswerMissing => (
            "Lot sans réponse complète de l’ERP",
            format!(
                "Voir dans l’ERP ce qu’est devenu le lot {subject}, puis déposer son compte rendu dans orders/acks/"
            ),
        ),
        GapKind::OrderStuck => {
            ("Commande restée en arrière", format!("Voir son histoire : passerelle trace {subject}"))
        }
        GapKind::OrderLost => (
            "Commande d’un lot sans trace d’envoi",
            format!("Voir son histoire : passerelle trace {subject}"),
        ),
        GapKind::OrderDrifted => (
            "Commande différente dans la boutique",
            format!("La regarder dans la boutique, puis son histoire : passerelle trace {subject}"),
        ),
        GapKind::InvoiceNotRendered => {
            ("Facture sans PDF", format!("Relancer : passerelle rerender {subject}"))
        }
        GapKind::InvoiceNotPublished => {
            ("Facture non publiée", format!("Relancer : passerelle republish {subject}"))
        }
        GapKind::AccountChanged => (
            "Client dont les factures vont dans un autre compte",
            format!(
                "Vérifier dans la boutique à qui est l’ancien compte et en retirer ses factures, nommées par : passerelle trace {subject}"
            ),
        ),
        GapKind::PdfMissing => (
            "PDF disparu",
            format!("Restaurer la version précédente dans S3, puis : passerelle trace {subject}"),
        ),
        GapKind::PdfWithoutRecord => (
            "PDF sans facture au registre",
            "Chercher qui l’a déposé (versions S3) ; ne rien effacer avant.".into(),
        ),
    }
}

/// What waits, in French.
pub(super) struct Said {
    pub(super) title: &'static str,
    pub(super) detail: String,
    pub(super) advice: String,
}

/// What waits other than a gap: why, and what to do about it.
pub(super) fn waiting(waiting: &Waiting) -> Said {
    let Waiting { subject, count, why, names, place, command, .. } = waiting;
    let place = place.as_deref().unwrap_or("le fichier");
    let named = |one, many| {
        let more = if *count > names.len() as u64 && !names.is_empty() { "…" } else { "" };
        let names = if names.is_empty() { String::new() } else { format!(" : {}{more}", names.join(", ")) };
        format!("{}{names}", counted(*count, one, many))
    };
    let replay = || {
        let order = crate::quoted(subject);
        format!("passerelle quarantine show {order} ; une fois corrigée : {command}")
    };
    let (title, detail, advice) = match waiting.kind {
        // The gaps of a report say this themselves, better.
        Kind::Gaps => ("Écart", why.clone(), waiting.settle.clone()),
        Kind::DeadLetters => {
            let advice = match &**command {
                "" => "Lire le journal de la fonction ; le passage suivant fait le travail.".to_owned(),
                _ => format!("Lire le journal de la fonction, réparer la cause, puis : {command}"),
            };
            ("Messages en échec", counted(*count, "message", "messages"), advice)
        }
        Kind::FilesRefused => (
            "Fichier refusé en entier",
            why.clone(),
            format!("Lire {place}, corriger le fichier et le déposer à nouveau sous le même nom."),
        ),
        Kind::InvoicesRejected => (
            "Factures rejetées",
            [named("facture", "factures"), why.clone()].join(" ; ").trim_end_matches(" ; ").to_owned(),
            format!("Corriger les lignes de {place} et déposer ce fichier dans invoices/inbox/."),
        ),
        Kind::AnswersRejected => (
            "Réponses de l’ERP inutilisables",
            counted(*count, "ligne", "lignes"),
            format!("Corriger les lignes de {place} et déposer ce fichier dans orders/acks/."),
        ),
        Kind::InvoiceConflicts => (
            "Facture revenue avec un autre contenu",
            waiting.file.clone().unwrap_or_default(),
            format!("La corriger dans l’ERP par un avoir et un nouveau numéro, puis : {command}"),
        ),
        Kind::OrdersQuarantined => ("Commande en quarantaine", why.clone(), replay()),
        Kind::OrdersRefused => ("Commande refusée par l’ERP", why.clone(), replay()),
        Kind::CustomersWithoutAccount => (
            "Client sans compte",
            named("facture", "factures"),
            format!("Créer son compte dans la boutique, puis : {command}"),
        ),
    };
    Said { title, detail, advice }
}

/// What else there is to say of a gap.
pub(super) fn detail(detail: &Detail) -> String {
    match detail {
        Detail::None => String::new(),
        Detail::NeverRan => "n’a jamais tourné".into(),
        Detail::RunsInVain(runs) => {
            format!("{} de suite sans rien enregistrer", counted(*runs, "passage", "passages"))
        }
        Detail::AnnouncedAgain(0) => "pas encore relancé".into(),
        Detail::AnnouncedAgain(times) => {
            format!("{} automatiquement", counted((*times).into(), "relance", "relances"))
        }
        Detail::Batch(batch, orders) => {
            let state = match batch {
                BatchState::Open => "ouvert",
                BatchState::Sealed => "scellé, fichier à écrire",
                BatchState::Written => "écrit",
                BatchState::Acknowledged => "acquitté",
            };
            format!("{state}, {}", counted(*orders as u64, "commande", "commandes"))
        }
        Detail::LeftBehind => "prête depuis avant la nuit, non exportée".into(),
        Detail::TooLate => "d’un jour précédent, arrivée après le dernier export de la nuit".into(),
        Detail::ClaimedBy(batch) => format!("retenue par le lot {batch}"),
        Detail::MemberOf(batch) => format!("lot {batch}"),
        Detail::Key(text) | Detail::Failure(text) => text.clone(),
        Detail::Drift(Drift::Gone(status)) => {
            format!("absente de la boutique ; au registre : {}", state_of_one(*status))
        }
        Detail::Drift(Drift::Older { shop, ledger }) => format!(
            "la boutique en montre un état plus ancien : {} ; au registre : {}",
            amount(*shop),
            amount(*ledger)
        ),
        Detail::Drift(Drift::NotTold(number)) if number.is_empty() => {
            "la boutique refuse la réponse de l’ERP".into()
        }
        Detail::Drift(Drift::NotTold(number)) => {
            format!("la boutique refuse la réponse de l’ERP, numéro {number}")
        }
        Detail::Moved { from, to, left } => format!(
            "auparavant {from}, où il y a encore {} ; maintenant {to}",
            counted(*left as u64, "facture", "factures")
        ),
        Detail::Outcome { invoices, new, same, conflicts, rejected } => format!(
            "{}, mais {} + {same} déjà là + {conflicts} en conflit + {}",
            counted((*invoices).into(), "facture", "factures"),
            counted((*new).into(), "nouvelle", "nouvelles"),
            counted((*rejected).into(), "rejetée", "rejetées")
        ),
        Detail::Balance(Balance { received, done, set_aside, elsewhere, in_flight, missing, .. }) => format!(
            "{} = {} + {} + {} avec un autre fichier + {} en cours + {}",
            counted(*received, "reçue", "reçues"),
            counted(*done, "publiée", "publiées"),
            counted(*set_aside, "mise de côté", "mises de côté"),
            number(*elsewhere),
            number(*in_flight),
            counted(*missing, "manquante", "manquantes")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_amounts_are_written_as_in_france() {
        assert_eq!(number(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(number(700), "700");
        assert_eq!(amount(Money::from_cents(-123_450)), "\u{2212}1\u{202f}234,50\u{a0}€");
        assert_eq!(amount(Money::ZERO), "0,00\u{a0}€");
        assert_eq!(counted(1, "écart", "écarts"), "1\u{a0}écart");
    }

    #[test]
    fn dates_are_those_of_paris() {
        assert_eq!(day("2026-11-24".parse().expect("a day")), "mardi 24 novembre 2026");
        assert_eq!(day("2026-11-01".parse().expect("a day")), "dimanche 1er novembre 2026");
        assert_eq!(instant("2026-11-24T18:00:00Z".parse().expect("an instant")), "24/11/2026 à 19:00");
    }

    #[test]
    fn nothing_in_a_text_becomes_markup() {
        let escaped = escape("<script>alert('x\"&\u{1b}')</script>");
        assert_eq!(escaped, "&lt;script&gt;alert(&#39;x&quot;&amp;\u{fffd}&#39;)&lt;/script&gt;");
    }
}
