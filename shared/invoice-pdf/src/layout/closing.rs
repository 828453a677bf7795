//! What follows the lines: VAT by rate, totals, mentions.

use passerelle_domain::{Money, Vat, VatCategory};

use super::payment::Payment;
use super::{Context, LEFT, RIGHT};
use crate::balance::Balance;
use crate::format::{self, amount, amount_in};
use crate::page::{Colour, Len, Page, Style, mm, pt};
use crate::text::wrap;
use crate::{CREDIT_BALANCE, DUE, DUE_TO_BUYER, PREPAID, TOTAL_GROSS, TOTAL_NET, TOTAL_VAT};

/// The VAT table and the totals share one grid of baselines, so that a text extraction finds each
/// label and its amount on one line.
const GRID: Len = pt(145);
/// From the last row to the first baseline.
const ABOVE: Len = pt(240);
/// Left edge of the totals.
const TOTALS: Len = mm(1180);
/// Right edges of the VAT table's figures.
const BASE: Len = LEFT + mm(420);
const TAX: Len = LEFT + mm(640);
const WITH_TAX: Len = LEFT + mm(880);

const BODY: Style = Style::regular(pt(85), Colour::INK);
const STRONG: Style = Style::bold(pt(90), Colour::INK);
const HEAD: Style = Style::bold(pt(75), Colour::INK);
const MINOR: Style = Style::regular(pt(75), Colour::GREY);

/// The closing of one invoice, measured.
pub(super) struct Closing {
    totals: Vec<(String, Money, Style)>,
    rates: usize,
    payment: Payment,
    texts: Vec<Line>,
}

/// A line of text under the totals.
pub(super) struct Line {
    style: Style,
    text: String,
    /// Its height, with the space above it.
    pub(super) height: Len,
}

impl Line {
    /// Draws it from `y` down; returns its bottom.
    pub(super) fn draw(&self, page: &mut Page<'_>, y: Len) -> Len {
        page.text(LEFT, y + self.height, self.style, &self.text);
        y + self.height
    }
}

impl Closing {
    pub(super) fn measure(context: &Context<'_>) -> Self {
        let invoice = context.invoice;
        let sums = &invoice.totals;
        let mut totals: Vec<(String, Money, Style)> = Vec::new();
        if !invoice.adjustments.is_empty() {
            totals.push(("Montant des lignes".into(), invoice.lines_net(), BODY));
            for document in &invoice.adjustments {
                let reason = format::reason(&document.adjustment);
                let share = document.adjustment.percentage.map_or_else(String::new, format::percentage);
                totals.push((format!("{reason}{share}"), document.adjustment.effect(), BODY));
            }
        }
        let deposits = invoice.lines.iter().filter(|line| line.vat.category == VatCategory::OutsideScope);
        let (count, deposits) = (deposits.clone().count(), deposits.map(|line| line.net).sum::<Money>());
        totals.push((TOTAL_NET.into(), sums.net, BODY));
        if count > 0 && count < invoice.lines.len() {
            totals.push(("dont consignes hors TVA".into(), deposits, MINOR));
        }
        totals.extend([
            (TOTAL_VAT.into(), sums.vat, BODY),
            (TOTAL_GROSS.into(), sums.gross, STRONG),
            (PREPAID.into(), sums.prepaid, BODY),
        ]);
        if !sums.rounding.is_zero() {
            totals.push(("Arrondi".into(), sums.rounding, BODY));
        }
        let (rates, payment) = (invoice.vat_breakdown.len(), Payment::measure(context));
        let texts = texts(context, payment.room());
        Self { totals, rates, payment, texts }
    }

    /// The height that is to stay in one piece: all of it where that fits into `room` with a line or
    /// two above, else the totals and the payment, else the totals; the rest flows.
    pub(super) fn kept_together(&self, room: Len) -> Len {
        let totals = self.totals_height();
        let paid = totals + self.payment.height(0);
        let texts = self.texts.iter().fold(0, |sum: Len, line| sum.saturating_add(line.height));
        let all = self.payment.height(texts).saturating_add(totals);
        [all, paid].into_iter().find(|height| *height <= room - pt(1000)).unwrap_or(totals)
    }

    pub(super) fn payment(&self) -> &Payment {
        &self.payment
    }

    pub(super) fn texts(&self) -> &[Line] {
        &self.texts
    }

    fn totals_height(&self) -> Len {
        ABOVE + self.totals_bottom().max(self.rates_bottom())
    }

    /// Below the first baseline.
    fn totals_bottom(&self) -> Len {
        self.due_baseline() + pt(140)
    }

    fn due_baseline(&self) -> Len {
        GRID * (self.totals.len() as Len + 1)
    }

    fn rates_bottom(&self) -> Len {
        GRID * self.rates as Len + pt(60)
    }

    /// Draws the VAT table and the totals from `y` down; returns their bottom.
    pub(super) fn totals(&self, context: &Context<'_>, page: &mut Page<'_>, y: Len) -> Len {
        let top = y + ABOVE;
        let breakdown = &context.invoice.vat_breakdown;
        for line in 0..=self.totals.len().max(breakdown.len()) {
            let baseline = top + GRID * line as Len;
            match line.checked_sub(1).map(|i| breakdown.get(i)) {
                None => vat_head(context, page, baseline),
                Some(Some(row)) => {
                    page.text(LEFT, baseline, BODY, &vat_label(row.vat));
                    let base = (BASE, BASE - LEFT - mm(170), row.base);
                    let tax = (TAX, TAX - BASE - mm(15), row.amount);
                    let with_tax = (WITH_TAX, WITH_TAX - TAX - mm(15), row.base + row.amount);
                    for (right, room, value) in [base, tax, with_tax] {
                        page.text_right_in(right, room, baseline, BODY, &amount(value));
                    }
                }
                Some(None) => {}
            }
            if let Some((label, value, style)) = self.totals.get(line) {
                let indent = if *style == MINOR { mm(30) } else { 0 };
                let value = amount_in(*value, &context.invoice.currency);
                let room = RIGHT - mm(50) - context.fonts.width(*style, &value) - TOTALS - indent;
                page.text_cut(TOTALS + indent, room, baseline, *style, label);
                page.text_right(RIGHT - mm(20), baseline, *style, &value);
            }
        }
        due(context, page, top + self.due_baseline());
        y + self.totals_height()
    }
}

fn due(context: &Context<'_>, page: &mut Page<'_>, baseline: Len) {
    let (label, left) = match (Balance::of(context.invoice), context.is_credit_note()) {
        (Balance::ToBuyer(left), true) => (DUE_TO_BUYER, left),
        (Balance::ToBuyer(left), false) => (CREDIT_BALANCE, left),
        (Balance::Settled, true) => (DUE_TO_BUYER, Money::ZERO),
        (Balance::Settled, false) => (DUE, Money::ZERO),
        (Balance::ToPay(left), _) => (DUE, left),
    };
    let style = Style::bold(pt(110), Colour::WHITE);
    page.fill(TOTALS - mm(30), baseline - pt(155), RIGHT - TOTALS + mm(30), pt(225), context.accent);
    page.text(TOTALS, baseline, style, label);
    let value = amount_in(left, &context.invoice.currency);
    page.text_right(RIGHT - mm(20), baseline, style, &value);
}

fn vat_head(context: &Context<'_>, page: &mut Page<'_>, baseline: Len) {
    page.text(LEFT, baseline, HEAD, "Taux de TVA");
    for (right, label) in [(BASE, "Base HT"), (TAX, "Montant TVA"), (WITH_TAX, "Montant TTC")] {
        page.text_right(right, baseline, HEAD, label);
    }
    page.fill(LEFT, baseline + pt(40), WITH_TAX - LEFT, pt(6), context.accent);
}

fn vat_label(vat: Vat) -> String {
    match vat.category {
        VatCategory::Standard | VatCategory::Zero => format::rate(vat.rate),
        VatCategory::Exempt | VatCategory::IntraCommunity | VatCategory::Export => "Exonéré".into(),
        VatCategory::ReverseCharge => "Autoliquidation".into(),
        VatCategory::OutsideScope => "Hors TVA".into(),
    }
}

/// The ERP's note and the mentions, as lines.
fn texts(context: &Context<'_>, room: Len) -> Vec<Line> {
    let invoice = context.invoice;
    let mentions = &context.presentation.mentions;
    let mut lines = Vec::new();
    let mut put = |style: Style, above: Len, text: &str| {
        for (i, text) in wrap(context.fonts, style, text, room).into_iter().enumerate() {
            let above = if i == 0 { above } else { 0 };
            lines.push(Line { style, text, height: above + style.size * 132 / 100 });
        }
    };
    if !invoice.note.trim().is_empty() {
        put(Style::bold(pt(85), context.accent), pt(80), "Note");
        put(BODY, pt(20), &invoice.note);
    }
    let operation = format!("Nature de l’opération : {}.", mentions.operation.label());
    let mut small = vec![operation.as_str()];
    if mentions.vat_on_debits {
        small.push("Option pour le paiement de la taxe d’après les débits.");
    }
    small.extend(invoice.vat_breakdown.iter().map(|row| mentions.no_vat_because(row)));
    if !context.is_credit_note() {
        small.extend([
            mentions.early_payment_discount.as_str(),
            &mentions.late_penalty,
            &mentions.recovery_indemnity,
        ]);
    }
    small.extend(mentions.extra.iter().map(String::as_str));
    let mut above = pt(90);
    for text in small.into_iter().filter(|text| !text.trim().is_empty()) {
        put(MINOR, above, text);
        above = 0;
    }
    lines
}
