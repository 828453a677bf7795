//! The page's French: numbers, amounts, dates and the names of states. Templates pass what they print by reference.

use std::fmt::Display;

use crate::todo::Waiting;
use jiff::Timestamp;
use passerelle_domain::{BusinessDay, paris};
use passerelle_ledger::{InvoiceState, OrderStatus};

/// `12 345`, with narrow spaces that do not break.
pub(super) fn number(number: impl Display) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

/// `-1 234,50 €`.
pub(super) fn amount(amount: impl Display) -> String {
    let text = amount.to_string();
    let (sign, text) = text.strip_prefix('-').map_or(("", &*text), |text| ("\u{2212}", text));
    let (euros, cents) = text.split_once('.').unwrap_or((text, "00"));
    format!("{sign}{},{cents}\u{a0}€", number(euros))
}

/// `3 écarts`, `1 écart`.
pub(super) fn counted(count: impl Display, one: &str, many: &str) -> String {
    let number = number(count);
    let word = if matches!(&*number, "0" | "1") { one } else { many };
    format!("{number}\u{a0}{word}")
}

/// The class that a number has besides: nothing is printed in grey.
pub(super) fn quiet(count: impl Display) -> &'static str {
    if count.to_string() == "0" { " zero" } else { "" }
}

const DAYS: &str = "lundi mardi mercredi jeudi vendredi samedi dimanche";
const MONTHS: &str = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre";

/// `mardi 24 novembre 2026`.
pub(super) fn day(day: &BusinessDay) -> String {
    let date = day.date();
    let name = |names: &'static str, place: i8| {
        usize::try_from(place).ok().and_then(|place| names.split(' ').nth(place)).unwrap_or_default()
    };
    let weekday = name(DAYS, date.weekday().to_monday_zero_offset());
    let month = name(MONTHS, date.month() - 1);
    let first = if date.day() == 1 { "er" } else { "" };
    format!("{weekday} {}{first} {month} {}", date.day(), date.year())
}

/// `24/11/2026 à 19:00`, in Paris.
pub(super) fn instant(at: &Timestamp) -> String {
    at.to_zoned_datetime(paris()).strftime("%d/%m/%Y à %H:%M").to_string()
}

/// A state: its name for many and for one, and the class of its bar.
pub(super) struct State {
    pub(super) many: &'static str,
    pub(super) one: &'static str,
    pub(super) class: &'static str,
}

/// The state of an order.
pub(super) fn order(status: &OrderStatus) -> State {
    let (many, one, class) = match status {
        OrderStatus::Waiting => ("en attente de paiement", "en attente de paiement", "flight-fill"),
        OrderStatus::Ready => ("à exporter", "à exporter", "flight-fill"),
        OrderStatus::Claimed => ("en cours d’export", "en cours d’export", "flight-fill"),
        OrderStatus::Exported => ("exportées", "exportée", "good-fill"),
        OrderStatus::Accepted => ("acceptées par l’ERP", "acceptée par l’ERP", "good-fill"),
        OrderStatus::Rejected => ("refusées par l’ERP", "refusée par l’ERP", "aside-fill"),
        OrderStatus::Quarantined => ("en quarantaine", "en quarantaine", "aside-fill"),
        OrderStatus::Cancelled => ("annulées avant export", "annulée avant export", "none"),
    };
    State { many, one, class }
}

/// The state of an invoice.
pub(super) fn invoice(state: &InvoiceState) -> State {
    let (many, one, class) = match state {
        InvoiceState::Registered => ("enregistrées, sans PDF", "enregistrée, sans PDF", "flight-fill"),
        InvoiceState::Rendered => ("PDF fait, à publier", "PDF fait, à publier", "flight-fill"),
        InvoiceState::Published => ("publiées", "publiée", "good-fill"),
        InvoiceState::Unpublishable => ("client sans compte", "client sans compte", "aside-fill"),
    };
    State { many, one, class }
}

/// `3 factures : F2026/0004, F2026/0005…`.
pub(super) fn invoices(waiting: &Waiting) -> String {
    let Waiting { count, names, .. } = waiting;
    let counted = counted(count, "facture", "factures");
    match &**names {
        [] => counted,
        _ if *count > names.len() as u64 => format!("{counted} : {}…", names.join(", ")),
        _ => format!("{counted} : {}", names.join(", ")),
    }
}

/// The same, and why.
pub(super) fn invoices_and_why(waiting: &Waiting) -> String {
    let why = if waiting.why.is_empty() { String::new() } else { format!(" ; {}", waiting.why) };
    invoices(waiting) + &why
}

#[cfg(test)]
mod tests {
    use passerelle_domain::Money;

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
        assert_eq!(day(&"2026-11-24".parse().expect("a day")), "mardi 24 novembre 2026");
        assert_eq!(day(&"2026-11-01".parse().expect("a day")), "dimanche 1er novembre 2026");
        assert_eq!(instant(&"2026-11-24T18:00:00Z".parse().expect("an instant")), "24/11/2026 à 19:00");
    }
}
