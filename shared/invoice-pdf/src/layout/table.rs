//! The table of lines, grouped by purchase; deposits apart.

use std::collections::BTreeMap;

use passerelle_domain::{InvoiceLine, Money, PurchaseOrigin, VatCategory};

use super::{Context, LEFT, RIGHT, WIDTH};
use crate::format::{self, NO_BREAK};
use crate::page::{Colour, Len, Page, Style, mm, pt};
use crate::text::{cut, wrap};

/// The columns' edges. The text columns begin at theirs, the figures end at theirs.
const DESIGNATION: Len = LEFT + mm(210);
const QUANTITY: Len = LEFT + mm(1030);
const UNIT: Len = QUANTITY + mm(20);
const PRICE: Len = LEFT + mm(1290);
const DISCOUNT: Len = LEFT + mm(1425);
const VAT: Len = LEFT + mm(1535);
/// Clear space between columns.
const GAP: Len = mm(25);

const BODY: Style = Style::regular(pt(85), Colour::INK);
const CODE: Style = Style::regular(pt(75), Colour::GREY);
const DETAIL: Style = Style::regular(pt(70), Colour::GREY);
const HEAD: Style = Style::bold(pt(75), Colour::INK);
const PITCH: Len = pt(104);
const DETAIL_PITCH: Len = pt(90);
/// From a row's top to its first baseline.
const RISE: Len = pt(112);
/// From its last baseline to its bottom.
const FALL: Len = pt(42);

/// The table's head, repeated on each page.
pub(super) const HEAD_HEIGHT: Len = pt(200);
/// The sum carried over or brought forward.
pub(super) const CARRY_HEIGHT: Len = pt(180);
const BAND_HEIGHT: Len = pt(180);
const BAND_ABOVE: Len = pt(40);
const BAND_ROOM: Len = WIDTH - mm(30);
/// A purchase's heading, or its repetition on the next page.
pub(super) const HEADING_HEIGHT: Len = BAND_ABOVE + BAND_HEIGHT;

/// A designation longer than this goes on in a row of its own, so that no row outgrows a page.
const MAX_ROW_LINES: usize = 12;

const DEPOSITS: &str = "Consignes (hors TVA)";

/// One row of the table.
pub(super) struct Row<'a> {
    pub(super) height: Len,
    kind: Kind<'a>,
}

enum Kind<'a> {
    /// Begins a purchase, or the deposits.
    Heading(Vec<String>),
    /// A line, or what is left of a long one (then without its figures).
    Line { line: Option<&'a InvoiceLine>, code: Vec<String>, designation: Vec<String>, details: Vec<String> },
}

/// All rows: purchases in the order in which the invoice first names them, then the deposits.
pub(super) fn rows<'a>(context: &Context<'a>) -> Vec<Row<'a>> {
    let mut purchases: Vec<(String, Vec<&InvoiceLine>)> = Vec::new();
    let mut seen = BTreeMap::new();
    let mut deposits = Vec::new();
    for line in &context.invoice.lines {
        if line.vat.category == VatCategory::OutsideScope {
            deposits.push(line);
            continue;
        }
        let date = line.delivered_on.or(context.invoice.delivered_on);
        let at = *seen.entry((line.origin, line.reference.as_str(), date)).or_insert(purchases.len());
        if at == purchases.len() {
            let when = match (date.map(format::date), line.origin) {
                (Some(date), PurchaseOrigin::Web) => format!(" — livrée le {date}"),
                (Some(date), PurchaseOrigin::Market | PurchaseOrigin::Unknown) => format!(" — du {date}"),
                (None, _) => String::new(),
            };
            purchases.push((purchase(line) + &when, Vec::new()));
        }
        purchases[at].1.push(line);
    }

    let mut rows = Vec::new();
    for (heading, lines) in purchases {
        rows.push(Row::heading(context, &heading));
        for line in lines {
            push_line(context, &mut rows, line, details(line));
        }
    }
    if !deposits.is_empty() {
        rows.push(Row::heading(context, DEPOSITS));
    }
    for line in deposits {
        // Only where there is a choice does a deposit name its purchase.
        let from = if seen.len() > 1 { purchase(line) } else { String::new() };
        let details = [from, details(line)].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
        push_line(context, &mut rows, line, details.join(" · "));
    }
    rows
}

fn purchase(line: &InvoiceLine) -> String {
    match (line.origin, line.reference.trim()) {
        (PurchaseOrigin::Web, "") => "Commande web".into(),
        (PurchaseOrigin::Market, "") => "Achats sur le carreau".into(),
        (PurchaseOrigin::Unknown, "") => "Commande".into(),
        (PurchaseOrigin::Web, number) => format!("Commande web n°{NO_BREAK}{number}"),
        (PurchaseOrigin::Market, number) => format!("Ticket carreau n°{NO_BREAK}{number}"),
        (PurchaseOrigin::Unknown, number) => format!("Commande n°{NO_BREAK}{number}"),
    }
}

/// Origin, class and lot, as the rules on fruit and vegetables want them (EU 543/2011); and why the line
/// was made cheaper or dearer, where there is a reason.
fn details(line: &InvoiceLine) -> String {
    let reasons = line.adjustments.iter().filter(|adjustment| !adjustment.reason.trim().is_empty());
    let reasons = reasons.map(|adjustment| {
        let effect = format::amount(adjustment.effect());
        format!("{}{NO_BREAK}: {effect}", format::reason(adjustment))
    });
    [
        ("Origine", format::country(line.country_of_origin.trim())),
        ("Cat.", line.class.trim()),
        ("Lot", line.lot.trim()),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    .map(|(label, value)| format!("{label}{NO_BREAK}{value}"))
    .chain(reasons)
    .collect::<Vec<_>>()
    .join(" · ")
}

fn push_line<'a>(context: &Context<'_>, rows: &mut Vec<Row<'a>>, line: &'a InvoiceLine, details: String) {
    let room = QUANTITY - mm(150) - DESIGNATION;
    let code = line.article.as_ref().map_or("", |code| code.as_str());
    let mut code = wrap(context.fonts, CODE, code, DESIGNATION - GAP - LEFT);
    code.truncate(MAX_ROW_LINES);
    let designation = wrap(context.fonts, BODY, &line.designation, room);
    let details = if details.is_empty() { Vec::new() } else { wrap(context.fonts, DETAIL, &details, room) };
    let chunks = designation.chunks(MAX_ROW_LINES).count() - 1;
    for (i, chunk) in designation.chunks(MAX_ROW_LINES).enumerate() {
        let code = if i == 0 { std::mem::take(&mut code) } else { Vec::new() };
        let details = if i == chunks { details.clone() } else { Vec::new() };
        let text = PITCH * (chunk.len() as Len - 1) + DETAIL_PITCH * details.len() as Len;
        let height = RISE + text.max(DETAIL_PITCH * (code.len() as Len - 1)) + FALL;
        let line = (i == 0).then_some(line);
        rows.push(Row { height, kind: Kind::Line { line, code, designation: chunk.to_vec(), details } });
    }
}

impl Row<'_> {
    fn heading(context: &Context<'_>, text: &str) -> Self {
        let lines = wrap(context.fonts, band_style(context), text, BAND_ROOM);
        Self { height: HEADING_HEIGHT + PITCH * (lines.len() as Len - 1), kind: Kind::Heading(lines) }
    }

    pub(super) fn is_heading(&self) -> bool {
        matches!(self.kind, Kind::Heading(_))
    }

    /// What it adds to the total without VAT.
    pub(super) fn net(&self) -> Money {
        match &self.kind {
            Kind::Line { line: Some(line), .. } => line.net,
            _ => Money::ZERO,
        }
    }

    /// Draws it from `y` down; returns its bottom.
    pub(super) fn draw(&self, context: &Context<'_>, page: &mut Page<'_>, y: Len) -> Len {
        match &self.kind {
            Kind::Heading(heading) => {
                band(context, page, y, heading);
            }
            Kind::Line { line, code, designation, details } => {
                let baseline = y + RISE;
                page.lines(LEFT, baseline, DETAIL_PITCH, CODE, code);
                let below = page.lines(DESIGNATION, baseline, PITCH, BODY, designation);
                page.lines(DESIGNATION, below - PITCH + DETAIL_PITCH, DETAIL_PITCH, DETAIL, details);
                if let Some(line) = line {
                    figures(page, baseline, line);
                }
                page.fill(LEFT, y + self.height - pt(3), WIDTH, pt(3), Colour::HAIRLINE);
            }
        }
        y + self.height
    }
}

fn band_style(context: &Context<'_>) -> Style {
    Style::bold(pt(85), context.accent)
}

/// Draws a purchase's heading; returns its bottom.
fn band(context: &Context<'_>, page: &mut Page<'_>, y: Len, lines: &[String]) -> Len {
    let more = PITCH * (lines.len() as Len - 1);
    page.fill(LEFT, y + BAND_ABOVE, WIDTH, BAND_HEIGHT + more, context.accent.tint());
    page.lines(LEFT + mm(15), y + BAND_ABOVE + pt(120), PITCH, band_style(context), lines);
    y + HEADING_HEIGHT + more
}

/// Repeats the heading of the purchase that `rows[from]` goes on with, at the top of a page; draws
/// nothing where that row begins one itself. Returns its bottom.
pub(super) fn resumed(
    context: &Context<'_>,
    page: &mut Page<'_>,
    y: Len,
    rows: &[Row<'_>],
    from: usize,
) -> Len {
    if rows[from].is_heading() {
        return y;
    }
    let heading = rows[..from].iter().rev().find_map(|row| match &row.kind {
        Kind::Heading(heading) => Some(heading),
        Kind::Line { .. } => None,
    });
    heading.map_or(y, |heading| {
        let again = format!("{} (suite)", heading.join(" "));
        band(context, page, y, &[cut(context.fonts, band_style(context), &again, BAND_ROOM)])
    })
}

fn figures(page: &mut Page<'_>, y: Len, line: &InvoiceLine) {
    page.text_right_in(QUANTITY, mm(145), y, BODY, &format::quantity(line.quantity));
    let (price, room) = (format::price(line.unit_price), PRICE - UNIT - mm(95));
    // A long word ("barquette") takes what the price leaves.
    let left = PRICE - UNIT - mm(10) - page.fonts.width(BODY, &price).min(room);
    page.text_in(UNIT, left, y, BODY, line.unit.label());
    page.text_right_in(PRICE, room, y, BODY, &price);
    if !line.discount().is_zero() {
        page.text_right_in(DISCOUNT, DISCOUNT - PRICE - mm(10), y, BODY, &format::amount(line.discount()));
    }
    let vat = match line.vat.category {
        VatCategory::Standard | VatCategory::Zero => format::rate(line.vat.rate),
        VatCategory::Exempt | VatCategory::IntraCommunity | VatCategory::Export => "exo.".into(),
        VatCategory::ReverseCharge => "autoliq.".into(),
        VatCategory::OutsideScope => "–".into(),
    };
    page.text_right(VAT, y, BODY, &vat);
    page.text_right_in(RIGHT, RIGHT - VAT - mm(15), y, BODY, &format::amount(line.net));
}

/// Draws the table's head; returns its bottom.
pub(super) fn head(context: &Context<'_>, page: &mut Page<'_>, y: Len) -> Len {
    let baseline = y + pt(110);
    page.text(LEFT, baseline, HEAD, "Article");
    page.text(DESIGNATION, baseline, HEAD, "Désignation");
    page.text_right(QUANTITY, baseline, HEAD, "Quantité");
    page.text(UNIT, baseline, HEAD, "Unité");
    for (right, label) in [(PRICE, "PU HT"), (DISCOUNT, "Remise"), (VAT, "TVA"), (RIGHT, "Montant HT")] {
        page.text_right(right, baseline, HEAD, label);
    }
    page.fill(LEFT, y + HEAD_HEIGHT - pt(40), WIDTH, pt(10), context.accent);
    y + HEAD_HEIGHT - pt(30)
}

/// Draws the sum of the lines so far; returns its bottom.
pub(super) fn carry(page: &mut Page<'_>, y: Len, label: &str, sum: Money) -> Len {
    let style = Style::bold(pt(85), Colour::INK);
    let baseline = y + pt(125);
    page.text_right(VAT, baseline, style, label);
    page.text_right_in(RIGHT, RIGHT - VAT - mm(15), baseline, style, &format::amount(sum));
    y + CARRY_HEIGHT
}
