//! What follows the lines: VAT by rate, totals, payment, mentions.

use passerelle_domain::{Money, Vat, VatCategory};

use super::{Context, LEFT, RIGHT, WIDTH};
use crate::format::{self, amount, amount_in};
use crate::page::{Colour, Len, Page, Style, mm, pt};
use crate::text::wrap;
use crate::{DUE, DUE_TO_BUYER, PREPAID, TOTAL_GROSS, TOTAL_NET, TOTAL_VAT};

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
    totals: Vec<(&'static str, Money, Style)>,
    rates: usize,
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
        let sums = &context.invoice.totals;
        let lines = &context.invoice.lines;
        let deposits = lines.iter().filter(|line| line.vat.category == VatCategory::OutsideScope);
        let (count, deposits) = (deposits.clone().count(), deposits.map(|line| line.net).sum::<Money>());
        let mut totals = vec![(TOTAL_NET, sums.net, BODY)];
        if count > 0 && count < lines.len() {
            totals.push(("dont consignes hors TVA", deposits, MINOR));
        }
        totals.extend([
            (TOTAL_VAT, sums.vat, BODY),
            (TOTAL_GROSS, sums.gross, STRONG),
            (PREPAID, sums.prepaid, BODY),
        ]);
        Self { totals, rates: context.invoice.vat_breakdown.len(), texts: texts(context) }
    }

    /// The height that is to stay in one piece: all of it where that fits into `room` with a line or
    /// two above, else the totals, and the texts flow.
    pub(super) fn kept_together(&self, room: Len) -> Len {
        let all = self.texts.iter().fold(self.totals_height(), |sum, line| sum.saturating_add(line.height));
        if all <= room - pt(1000) { all } else { self.totals_height() }
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
                page.text(TOTALS + indent, baseline, *style, label);
                page.text_right(
                    RIGHT - mm(20),
                    baseline,
                    *style,
                    &amount_in(*value, &context.invoice.currency),
                );
            }
        }
        due(context, page, top + self.due_baseline());
        y + self.totals_height()
    }
}

fn due(context: &Context<'_>, page: &mut Page<'_>, baseline: Len) {
    let label = if context.is_credit_note() { DUE_TO_BUYER } else { DUE };
    let style = Style::bold(pt(110), Colour::WHITE);
    page.fill(TOTALS - mm(30), baseline - pt(155), RIGHT - TOTALS + mm(30), pt(225), context.accent);
    page.text(TOTALS, baseline, style, label);
    let value = amount_in(context.invoice.totals.due, &context.invoice.currency);
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

/// Payment, the ERP's note, and the mentions, as lines.
fn texts(context: &Context<'_>) -> Vec<Line> {
    let invoice = context.invoice;
    let mentions = &context.presentation.mentions;
    let mut lines = Vec::new();
    let mut put = |style: Style, above: Len, text: &str| {
        for (i, text) in wrap(context.fonts, style, text, WIDTH).into_iter().enumerate() {
            let above = if i == 0 { above } else { 0 };
            lines.push(Line { style, text, height: above + style.size * 132 / 100 });
        }
    };
    let heading = Style::bold(pt(85), context.accent);
    put(heading, pt(90), "Règlement");
    for line in payment(context) {
        put(BODY, pt(20), &line);
    }
    if !invoice.note.trim().is_empty() {
        put(heading, pt(80), "Note");
        put(BODY, pt(20), &invoice.note);
    }
    let has = |category| invoice.lines.iter().any(|line| line.vat.category == category);
    let operation = format!("Nature de l’opération : {}.", mentions.operation.label());
    let mut small = vec![operation.as_str()];
    if mentions.vat_on_debits {
        small.push("Option pour le paiement de la taxe d’après les débits.");
    }
    if has(VatCategory::Exempt) {
        small.push(&mentions.vat_exemption);
    }
    if has(VatCategory::OutsideScope) {
        small.push(&mentions.deposits);
    }
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

fn payment(context: &Context<'_>) -> Vec<String> {
    let invoice = context.invoice;
    if context.is_credit_note() {
        return vec![context.presentation.mentions.credit_note.clone()];
    }
    if invoice.totals.due <= Money::ZERO {
        let means = invoice.payment.means.trim();
        return vec![if means.is_empty() {
            "Facture acquittée.".into()
        } else {
            format!("Facture acquittée ({means}).")
        }];
    }
    let due = invoice.due_on.map(|date| format!("échéance le {}", format::date(date)));
    let means = Some(invoice.payment.means.trim().to_owned()).filter(|means| !means.is_empty());
    let how: Vec<String> = [means, due].into_iter().flatten().collect();
    let mut lines = Vec::new();
    if !how.is_empty() {
        lines.push(capitalised(&how.join(" – ")));
    }
    let seller = &context.presentation.seller;
    if !seller.iban.is_empty() {
        let mut account = format!("IBAN {}", format::grouped(&seller.iban, 4));
        if !seller.bic.is_empty() {
            account.push_str(&format!("  ·  BIC {}", seller.bic));
        }
        lines.push(account);
    }
    lines
}

fn capitalised(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}
