//! The day's report for people: one page, in French, that needs no network and prints well.
//!
//! Its templates are in `templates/report`; the layout and style that other pages can share, in `templates`.

mod charts;
mod words;

use std::collections::BTreeMap;

use crate::todo::{Kind, Waiting};
use askama::Template;
use passerelle_domain::Money;
use passerelle_ledger::{BatchState, DropOutcome, InvoiceState, OrderStatus};

use crate::reconcile::{Detail, Drift, Figures, Gap, GapKind, Report};

/// How much of what waits is listed; the JSON beside has it all.
const MAX_ROWS: usize = 200;

/// The report as a page of HTML. Whatever stands in the report is text in it, never markup.
pub fn page(report: &Report) -> String {
    let gaps = &report.gaps[..report.gaps.len().min(MAX_ROWS)];
    let mut others: Vec<_> = report.todo.iter().filter(|waiting| waiting.kind != Kind::Gaps).collect();
    let more = (report.gaps.len() + others.len()).saturating_sub(MAX_ROWS);
    others.truncate(MAX_ROWS - gaps.len());
    let orders = OrderStatus::ALL.iter().map(|state| (state.as_str(), words::order(state)));
    let invoices = InvoiceState::ALL.iter().map(|state| (state.as_str(), words::invoice(state)));
    let page = Page {
        report,
        gaps,
        others,
        more,
        orders: States::of(&report.orders, orders),
        invoices: States::of(&report.invoices, invoices),
    };
    // HTML has no place for control characters, and a printer makes odd things of them.
    page.to_string().replace(|c: char| c.is_control() && c != '\n', "\u{fffd}")
}

#[derive(Template)]
#[template(path = "report/page.html")]
struct Page<'a> {
    report: &'a Report,
    gaps: &'a [Gap],
    others: Vec<&'a Waiting>,
    more: usize,
    orders: States,
    invoices: States,
}

/// What is in each state, and in all.
struct States {
    rows: Vec<(words::State, Figures)>,
    most: u64,
    sum: Figures,
}

impl States {
    fn of(
        figures: &BTreeMap<&'static str, Figures>,
        states: impl Iterator<Item = (&'static str, words::State)>,
    ) -> Self {
        let of_state = |name| figures.get(name).copied().unwrap_or_default();
        let rows: Vec<_> = states.map(|(name, state)| (state, of_state(name))).collect();
        let figures = || rows.iter().map(|(_, figures)| figures);
        let most = figures().map(|figures| figures.count).max().unwrap_or(0);
        let total: Money = figures().map(|figures| figures.total).sum();
        let sum = Figures { count: figures().map(|figures| figures.count).sum(), total };
        Self { rows, most, sum }
    }
}

/// The detail of a gap.
#[derive(Template)]
#[template(path = "report/detail.txt")]
struct DetailText<'a>(&'a Detail);
