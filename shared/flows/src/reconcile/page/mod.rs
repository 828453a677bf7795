//! The day's report for people: one page, in French, that needs no network and prints well.

mod charts;
mod words;

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::todo::Kind;
use jiff::Timestamp;
use passerelle_erp::in_french;
use passerelle_ledger::{DropOutcome, InvoiceState, OrderStatus};

use crate::reconcile::{Balance, DropReport, Figures, Report};
use words::{amount, counted, escape, number};

const STYLE: &str = include_str!("style.css");

/// How much of what waits is listed; the JSON beside has it all.
const MAX_ROWS: usize = 200;

/// The report as a page of HTML. Whatever stands in the report is text in it, never markup.
pub fn page(report: &Report) -> String {
    let day = words::day(report.day);
    let body =
        [state(report), todo(report), balances(report), orders(report), invoices(report), files(report)];
    format!(
        "<!doctype html>\n<html lang=\"fr\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Passerelle : rapport du {day}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <header><h1>Passerelle : rapport du {day}</h1>\
         <p class=\"soft\">Établi le {} (heure de Paris). Journée de minuit à minuit : ce qui a changé d’état ce jour-là.</p></header>\n\
         {}</main>\n</body>\n</html>\n",
        words::instant(report.written_at),
        body.concat()
    )
}

fn state(report: &Report) -> String {
    let (class, said) = match report.todo.len() as u64 {
        0 => ("good", "Tout est à sa place : rien n’attend personne.".to_owned()),
        1 => ("bad", "1\u{a0}chose attend quelqu’un : voir «\u{a0}À traiter\u{a0}».".to_owned()),
        waiting => (
            "bad",
            format!("{}\u{a0}choses attendent quelqu’un : voir «\u{a0}À traiter\u{a0}».", number(waiting)),
        ),
    };
    let mut page = format!("<p class=\"state {class}\" role=\"status\">{said}</p>\n");
    if report.announced_again > 0 {
        let messages = counted(report.announced_again, "message relancé", "messages relancés");
        let _ = writeln!(page, "<p class=\"soft\">{messages} automatiquement par ce passage.</p>");
    }
    for file in &report.found_in_inbox {
        let file = escape(file);
        let _ = writeln!(
            page,
            "<p class=\"soft\">Fichier trouvé sans annonce, et annoncé : <code>{file}</code></p>"
        );
    }
    page
}

/// All that waits, with what settles it. Gaps know more of themselves than the list does.
fn todo(report: &Report) -> String {
    if report.todo.is_empty() {
        return String::new();
    }
    let gaps = report.gaps.iter().map(|gap| {
        let (title, advice) = words::gap(gap);
        row(title, &gap.subject, &words::detail(&gap.detail), gap.since, &advice)
    });
    let others = report.todo.iter().filter(|waiting| waiting.kind != Kind::Gaps).map(|waiting| {
        let said = words::waiting(waiting);
        row(said.title, &waiting.subject, &said.detail, waiting.since, &said.advice)
    });
    let rows: Vec<String> = gaps.chain(others).collect();
    let more = rows.len().saturating_sub(MAX_ROWS) as u64;
    let more = match more {
        0 => String::new(),
        more => format!(
            "<p class=\"soft\">Et {} : <code>passerelle todo</code> les montre.</p>",
            counted(more, "autre", "autres")
        ),
    };
    format!(
        "<section class=\"long\"><h2>À traiter</h2><div class=\"scroll\"><table><thead><tr><th scope=\"col\">Quoi</th>\
         <th scope=\"col\">Lequel</th><th scope=\"col\">Depuis</th><th scope=\"col\">Que faire</th></tr></thead><tbody>\n{}</tbody></table></div>{more}\
         <p class=\"soft\">Ce qui est réglé sans que Passerelle puisse le voir quitte la liste par <code>passerelle todo done</code>, avec le numéro que donne <code>passerelle todo</code>.</p></section>\n",
        rows.into_iter().take(MAX_ROWS).collect::<String>()
    )
}

fn row(title: &str, subject: &str, detail: &str, since: Option<Timestamp>, advice: &str) -> String {
    let since = since.map(words::instant).unwrap_or_default();
    format!(
        "<tr><th scope=\"row\">{title}</th><td><code>{}</code><br><span class=\"soft\">{}</span></td><td>{since}</td><td>{}</td></tr>\n",
        escape(subject),
        escape(detail),
        escape(advice)
    )
}

fn balances(report: &Report) -> String {
    format!(
        "<section><h2>Le compte</h2><div class=\"two\">{}{}</div></section>\n",
        balance(
            "Commandes",
            "exportées",
            ("annulées", report.order_balance.cancelled),
            &report.order_balance
        ),
        balance(
            "Factures des fichiers du jour",
            "publiées",
            ("comptées avec un autre fichier", report.invoice_balance.elsewhere),
            &report.invoice_balance
        )
    )
}

fn balance(title: &str, done: &str, (apart, count): (&str, u64), balance: &Balance) -> String {
    let parts = [
        ("good-fill", done, balance.done),
        ("aside-fill", "mises de côté", balance.set_aside),
        ("none", apart, count),
        ("flight-fill", "en cours", balance.in_flight),
        ("bad-fill", "manquantes", balance.missing),
    ];
    let bar = charts::parts(&parts.map(|(class, _, value)| (class, value)));
    let rows = parts.map(|(class, name, value)| {
        let quiet = if value == 0 { " zero" } else { "" };
        format!(
            "<tr><th scope=\"row\"><span class=\"key {class}\"></span>{name}</th><td class=\"n{quiet}\">{}</td></tr>\n",
            number(value)
        )
    });
    format!(
        "<div><p><strong>{title}</strong> : {}</p>{bar}<table><tbody>\n{}</tbody></table></div>",
        counted(balance.received, "reçue", "reçues"),
        rows.concat()
    )
}

fn orders(report: &Report) -> String {
    let states = OrderStatus::ALL.iter().map(|state| (state.as_str(), order_class(*state)));
    let mut page = format!(
        "<section><h2>Commandes</h2><div class=\"two\">{}{}</div>",
        by_state("Commandes par état", &report.orders, states),
        charts::hours("Commandes par heure du dernier changement", &report.orders_by_hour)
    );
    if !report.quarantine.is_empty() {
        let rows = report.quarantine.iter().map(|(code, count)| {
            format!(
                "<tr><th scope=\"row\"><code>{}</code></th><td class=\"n\">{}</td></tr>\n",
                escape(code),
                number(*count)
            )
        });
        let _ = write!(
            page,
            "<h3 class=\"soft\">Pourquoi elles sont en quarantaine</h3><table><tbody>\n{}</tbody></table>",
            rows.collect::<String>()
        );
    }
    page + "</section>\n"
}

fn order_class(state: OrderStatus) -> &'static str {
    match state {
        OrderStatus::Exported | OrderStatus::Accepted => "good-fill",
        OrderStatus::Quarantined | OrderStatus::Rejected => "aside-fill",
        OrderStatus::Cancelled => "none",
        OrderStatus::Waiting | OrderStatus::Ready | OrderStatus::Claimed => "flight-fill",
    }
}

fn invoices(report: &Report) -> String {
    let class = |state: &InvoiceState| match state {
        InvoiceState::Published => "good-fill",
        InvoiceState::Unpublishable => "aside-fill",
        InvoiceState::Registered | InvoiceState::Rendered => "flight-fill",
    };
    let states = InvoiceState::ALL.iter().map(|state| (state.as_str(), class(state)));
    format!(
        "<section><h2>Factures</h2><div class=\"two\">{}{}</div></section>\n",
        by_state("Factures par état", &report.invoices, states),
        charts::hours("Factures par heure du dernier changement", &report.invoices_by_hour)
    )
}

fn by_state<'a>(
    caption: &str,
    figures: &BTreeMap<&'static str, Figures>,
    states: impl Iterator<Item = (&'a str, &'a str)>,
) -> String {
    let most = figures.values().map(|figures| figures.count).max().unwrap_or(0);
    let mut sum = Figures::default();
    let mut rows = String::new();
    for (state, class) in states {
        let of_state = figures.get(state).copied().unwrap_or_default();
        sum.count += of_state.count;
        sum.total += of_state.total;
        let quiet = if of_state.count == 0 { " zero" } else { "" };
        let _ = writeln!(
            rows,
            "<tr><th scope=\"row\">{}</th><td class=\"n{quiet}\">{}</td><td class=\"n{quiet}\">{}</td><td class=\"b\">{}</td></tr>",
            words::state(state),
            number(of_state.count),
            amount(of_state.total),
            charts::bar(of_state.count, most, class)
        );
    }
    format!(
        "<div class=\"scroll\"><table><caption>{caption}</caption><thead><tr><th scope=\"col\">État</th><th scope=\"col\" class=\"n\">Nombre</th>\
         <th scope=\"col\" class=\"n\">Total TTC</th><td></td></tr></thead><tbody>\n{rows}\
         <tr><th scope=\"row\"><strong>ensemble</strong></th><td class=\"n\"><strong>{}</strong></td><td class=\"n\"><strong>{}</strong></td><td></td></tr>\n\
         </tbody></table></div>",
        number(sum.count),
        amount(sum.total)
    )
}

fn files(report: &Report) -> String {
    let mut page = String::new();
    if !report.drops.is_empty() {
        let rows: String = report.drops.iter().map(drop).collect();
        let _ = writeln!(
            page,
            "<section class=\"long\"><h2>Fichiers de factures de l’ERP</h2><div class=\"scroll\"><table><thead><tr><th scope=\"col\">Fichier</th>\
             <th scope=\"col\">Résultat</th><th scope=\"col\" class=\"n\">Factures</th><th scope=\"col\" class=\"n\">Nouvelles</th>\
             <th scope=\"col\" class=\"n\">Déjà là</th><th scope=\"col\" class=\"n\">Conflits</th><th scope=\"col\" class=\"n\">Rejetées</th>\
             <th scope=\"col\" class=\"n\">Total TTC</th></tr></thead><tbody>\n{rows}</tbody></table></div></section>"
        );
    }
    if !report.files.is_empty() {
        let row = |(key, orders): (&String, &u64)| {
            format!(
                "<tr><th scope=\"row\"><code>{}</code></th><td class=\"n\">{}</td></tr>\n",
                escape(key),
                number(*orders)
            )
        };
        let rows: String = report.files.iter().map(row).collect();
        let _ = writeln!(
            page,
            "<section class=\"long\"><h2>Fichiers de commandes pour l’ERP</h2><table><thead><tr><th scope=\"col\">Fichier</th>\
             <th scope=\"col\" class=\"n\">Commandes</th></tr></thead><tbody>\n{rows}</tbody></table></section>"
        );
    }
    page
}

fn drop(drop: &DropReport) -> String {
    let file = escape(&drop.file);
    let at = words::instant(drop.updated_at);
    match &drop.outcome {
        None => format!(
            "<tr><th scope=\"row\"><code>{file}</code></th><td colspan=\"7\">en cours de lecture depuis le {at}</td></tr>\n"
        ),
        Some(DropOutcome::Rejected { rejection, rejects_key }) => format!(
            "<tr><th scope=\"row\"><code>{file}</code></th><td colspan=\"7\"><strong>refusé en entier</strong> le {at} : {}{}</td></tr>\n",
            escape(&in_french(rejection)),
            kept(rejects_key.as_deref())
        ),
        Some(DropOutcome::Accepted {
            invoices,
            new,
            same,
            conflicts,
            rejected,
            noted,
            gross,
            rejects_key,
            set_aside: _,
        }) => {
            let cells = [*invoices, *new, *same, *conflicts, *rejected].map(|count| {
                let quiet = if count == 0 { " zero" } else { "" };
                format!("<td class=\"n{quiet}\">{}</td>", number(count.into()))
            });
            format!(
                "<tr><th scope=\"row\"><code>{file}</code></th><td>lu le {at}{}{}</td>{}<td class=\"n\">{}</td></tr>\n",
                noticed(*noted),
                kept(rejects_key.as_deref()),
                cells.concat(),
                amount(*gross)
            )
        }
        Some(DropOutcome::Answers { orders, accepted, refused, same, superseded, unknown, rejects_key }) => {
            let counts = [
                (*accepted, "acceptées"),
                (*refused, "refusées"),
                (*same, "déjà connues"),
                (*superseded, "dépassées par un envoi plus récent"),
                (*unknown, "inconnues ou illisibles"),
            ];
            let said = counts.iter().filter(|(count, _)| *count > 0);
            let said: Vec<_> =
                said.map(|(count, word)| format!("{} {word}", number((*count).into()))).collect();
            format!(
                "<tr><th scope=\"row\"><code>{file}</code></th><td colspan=\"7\">réponses de l’ERP, lues le {at} : {} commandes, {}{}</td></tr>\n",
                number((*orders).into()),
                said.join(", "),
                kept(rejects_key.as_deref())
            )
        }
    }
}

/// How many invoices have figures that are some cents off and stand.
fn noticed(noted: u32) -> String {
    let what = match noted {
        0 => return String::new(),
        1 => "1 acceptée avec un écart d'arrondi".to_owned(),
        more => format!("{} acceptées avec un écart d'arrondi", number(more.into())),
    };
    format!("<br><span class=\"soft\">{what}</span>")
}

/// Where what was set aside is.
fn kept(key: Option<&str>) -> String {
    key.map(|key| format!("<br><span class=\"soft\">mises de côté : <code>{}</code></span>", escape(key)))
        .unwrap_or_default()
}
