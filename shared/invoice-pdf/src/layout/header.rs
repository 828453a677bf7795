//! The top of a page: who sells, what it is, who is invoiced.

use super::{Context, LEFT, RIGHT, WIDTH};
use crate::balance::Balance;
use crate::format;
use crate::page::{Colour, Len, Page, Style, mm, pt};
use crate::text::{cut, fit, wrap};
use passerelle_domain::{Address, Money};

/// Left edge of the right half: of the title and of the window of a French envelope (NF Z 11-001;
/// what shows through is 100 to 190 mm from the left and 50 to 85 mm from the top, on a sheet folded
/// in three).
const HALF: Len = mm(1100);
/// First baseline inside the window.
const WINDOW: Len = mm(535);
/// First baseline of the facts beside it, at the earliest.
const FACTS: Len = mm(500);
/// Where the table begins at the earliest: clear of the window.
const TABLE: Len = mm(880);
/// The head of each further page ends here.
pub(super) const NEXT_BOTTOM: Len = mm(255);

const SMALL: Style = Style::regular(pt(80), Colour::GREY);
const BODY: Style = Style::regular(pt(90), Colour::INK);
const BOLD: Style = Style::bold(pt(90), Colour::INK);
const LABEL: Style = Style::regular(pt(75), Colour::GREY);
const PITCH: Len = pt(120);

const PAID: &str = "Acquittée";

/// Draws the head of the first page; returns where the table may begin.
pub(super) fn first(context: &Context<'_>, page: &mut Page<'_>) -> Len {
    let mark = if context.logo.is_some() { logo(context, page) } else { wordmark(context, page) };
    let seller = seller(context, page, mark + pt(130));
    title(context, page);
    let facts = facts(context, page, (seller + pt(80)).max(FACTS));
    let buyer = buyer(context, page);
    (facts.max(buyer) + mm(30)).max(TABLE)
}

/// Draws the head of a further page; returns where the table may begin.
pub(super) fn next(context: &Context<'_>, page: &mut Page<'_>) -> Len {
    let invoice = context.invoice;
    let about = format!(
        "{} n°\u{a0}{} du {} – {}",
        context.title(),
        invoice.number,
        format::date(invoice.issued_on),
        invoice.buyer.address.name
    );
    let y = mm(185);
    let seller = Style::bold(pt(90), context.accent);
    let name = &context.presentation.seller.name;
    page.text_cut(LEFT, mm(600), y, seller, name);
    let about = cut(context.fonts, SMALL, &about, WIDTH - mm(640));
    page.text_right(RIGHT, y, SMALL, &about);
    page.fill(LEFT, y + pt(60), WIDTH, pt(8), context.accent);
    NEXT_BOTTOM
}

fn logo(context: &Context<'_>, page: &mut Page<'_>) -> Len {
    const ROOM: (Len, Len) = (mm(700), mm(180));
    let (width, height) = context.logo.map_or((1, 1), |(w, h)| (i64::from(w), i64::from(h)));
    let by_height = i64::from(ROOM.1) * width / height.max(1);
    let (width, height) = if by_height <= i64::from(ROOM.0) {
        (by_height as Len, ROOM.1)
    } else {
        (ROOM.0, (i64::from(ROOM.0) * height / width.max(1)) as Len)
    };
    page.items.push(crate::page::Item::Logo { x: LEFT, y: mm(130), width, height });
    mm(130) + height
}

/// The seller's initials on a square, and the name beside it.
fn wordmark(context: &Context<'_>, page: &mut Page<'_>) -> Len {
    const SIDE: Len = mm(120);
    let top = mm(140);
    let name = &context.presentation.seller.name;
    let initials: String = name
        .split_whitespace()
        .filter_map(|word| word.chars().find(|c| c.is_alphanumeric()))
        .take(2)
        .collect();
    page.fill(LEFT, top, SIDE, SIDE, context.accent);
    let white = Style::bold(pt(170), Colour::WHITE);
    let initials = initials.to_uppercase();
    let inset = (SIDE - context.fonts.width(white, &initials)) / 2;
    page.text(LEFT + inset, top + SIDE / 2 + white.size * 36 / 100, white, &initials);
    let room = HALF - mm(100) - LEFT - SIDE - mm(35);
    // One line if it can be large enough, else two, else as many as it takes.
    let at = |size| Style::bold(size, context.accent);
    let one = fit(context.fonts, at(pt(170)), name, room);
    let (style, lines) = if one.size >= pt(130) {
        (one, vec![name.clone()])
    } else {
        let sized = |size| (at(size), wrap(context.fonts, at(size), name, room));
        Some(sized(pt(140))).filter(|(_, lines)| lines.len() <= 2).unwrap_or_else(|| sized(pt(110)))
    };
    let pitch = style.size * 115 / 100;
    let block = pitch * (lines.len() as Len - 1);
    let y = top + SIDE / 2 + style.size * 36 / 100 - block / 2;
    page.lines(LEFT + SIDE + mm(35), y, pitch, style, &lines);
    top + SIDE.max(block + style.size)
}

fn seller(context: &Context<'_>, page: &mut Page<'_>, y: Len) -> Len {
    let seller = &context.presentation.seller;
    let address = &seller.address;
    let mut lines = Vec::new();
    // The wordmark has the name already, a logo may not.
    if context.logo.is_some() {
        lines.push(seller.name.clone());
    }
    lines.extend([address.line1.clone(), address.line2.clone()]);
    lines.push(format!("{} {}", address.postcode, address.city));
    let contact: Vec<&str> =
        [seller.phone.as_str(), seller.email.as_str()].into_iter().filter(|text| !text.is_empty()).collect();
    lines.push(contact.join(" · "));
    lines.retain(|line| !line.trim().is_empty());
    let mut y = y;
    for line in lines {
        y = page.lines(LEFT, y, pt(105), SMALL, &wrap(context.fonts, SMALL, &line, HALF - mm(60) - LEFT));
    }
    y
}

fn title(context: &Context<'_>, page: &mut Page<'_>) {
    let room = RIGHT - HALF;
    page.text(HALF, mm(205), Style::bold(pt(240), context.accent), context.title());
    let number = format!("n°\u{a0}{}", context.invoice.number);
    page.text_in(HALF, room, mm(275), Style::bold(pt(120), Colour::INK), &number);
    if let Some(corrected) = corrected(context) {
        let corrects = format!("Annule ou corrige la facture {corrected}");
        page.text_in(HALF, room, mm(330), BOLD, &corrects);
    }
    let invoice = context.invoice;
    let settled = Balance::of(invoice) == Balance::Settled && invoice.totals.prepaid > Money::ZERO;
    if settled && !context.is_credit_note() {
        paid(context, page);
    }
}

/// The invoice that a credit note corrects: `n° F2026-004217 du 23/11/2026`.
fn corrected(context: &Context<'_>) -> Option<String> {
    let references = &context.invoice.references;
    let number = references.corrects.as_ref().filter(|_| context.is_credit_note())?;
    let day = references.corrects_issued_on;
    let day = day.map_or_else(String::new, |day| format!(" du\u{a0}{}", format::date(day)));
    Some(format!("n°\u{a0}{number}{day}"))
}

/// A mark that nothing is to be paid, framed like a stamp.
fn paid(context: &Context<'_>, page: &mut Page<'_>) {
    let style = Style::bold(pt(130), context.accent);
    let width = context.fonts.width(style, PAID) + mm(60);
    let (x, y, height, line) = (RIGHT - width, mm(135), mm(85), pt(12));
    page.fill(x, y, width, line, context.accent);
    page.fill(x, y + height - line, width, line, context.accent);
    page.fill(x, y, line, height, context.accent);
    page.fill(x + width - line, y, line, height, context.accent);
    page.text(x + mm(30), y + height / 2 + style.size * 36 / 100, style, PAID);
}

/// What an accountant looks for first, on the left beside the window.
fn facts(context: &Context<'_>, page: &mut Page<'_>, y: Len) -> Len {
    let invoice = context.invoice;
    let siren = invoice.buyer.siren.as_ref().map(|siren| format::business_number(siren.as_str()));
    let references = &invoice.references;
    let given = |text: &String| Some(text.clone());
    let to_buyer = matches!(Balance::of(invoice), Balance::ToBuyer(_));
    // A means of payment that nobody used, on an invoice that asks for nothing, would ask for it.
    let unused = to_buyer && !context.is_credit_note() && invoice.totals.prepaid <= Money::ZERO;
    let period = invoice
        .period
        .map(|period| format!("du {} au {}", format::date(period.start), format::date(period.end)));
    let facts = [
        ("Date d’émission", Some(format::date(invoice.issued_on))),
        ("Date de livraison", invoice.delivered_on.map(format::date)),
        ("Échéance", invoice.due_on.filter(|_| !to_buyer).map(format::date)),
        ("Période", period),
        ("Facture corrigée", corrected(context)),
        ("Votre commande", given(&references.purchase_order)),
        ("Notre commande", given(&references.sales_order)),
        ("Bon de livraison", given(&references.despatch_advice)),
        ("Contrat", given(&references.contract)),
        ("Votre référence", given(&invoice.buyer.reference)),
        ("Code client", Some(invoice.buyer.code.to_string())),
        ("SIREN client", siren),
        ("N° TVA client", Some(invoice.buyer.vat_number.clone())),
        ("Règlement", given(&invoice.payment.means).filter(|_| !unused)),
    ];
    const VALUE: Len = LEFT + mm(300);
    const ROOM: Len = HALF - mm(50) - VALUE;
    let mut y = y;
    for (label, value) in facts {
        let Some(value) = value.filter(|value| !value.trim().is_empty()) else { continue };
        page.text(LEFT, y, SMALL, label);
        y = page.lines(VALUE, y, PITCH, BODY, &wrap(context.fonts, BODY, &value, ROOM));
    }
    y - PITCH
}

fn buyer(context: &Context<'_>, page: &mut Page<'_>) -> Len {
    let address = &context.invoice.buyer.address;
    page.text(
        HALF,
        WINDOW - pt(145),
        LABEL,
        if context.is_credit_note() { "Crédité à" } else { "Facturé à" },
    );
    let window = Style::bold(pt(105), Colour::INK);
    let mut y = postal(context, page, WINDOW, window, Style::regular(pt(100), Colour::INK), pt(130), address);
    if let Some(elsewhere) =
        context.invoice.deliver_to.as_ref().filter(|there| !there.is_empty() && is_elsewhere(there, address))
    {
        // Below the window, so that the postman reads one address only.
        y = (y + pt(60)).max(mm(870));
        page.text(HALF, y, LABEL, "Livré à");
        y = postal(context, page, y + pt(115), BOLD, BODY, pt(115), elsewhere);
    }
    y
}

fn is_elsewhere(there: &Address, here: &Address) -> bool {
    let place = |a: &Address| {
        [&a.name, &a.line1, &a.line2, &a.postcode, &a.city].map(|text| text.trim().to_lowercase())
    };
    let (mut there, here) = (place(there), place(here));
    // A delivery address without a name is at the same name.
    if there[0].is_empty() {
        there[0].clone_from(&here[0]);
    }
    there != here
}

fn postal(
    context: &Context<'_>,
    page: &mut Page<'_>,
    y: Len,
    name: Style,
    style: Style,
    pitch: Len,
    address: &Address,
) -> Len {
    let room = RIGHT - HALF;
    let mut y = y;
    let mut put = |style: Style, text: &str| {
        if !text.trim().is_empty() {
            y = page.lines(HALF, y, pitch, style, &wrap(context.fonts, style, text, room));
        }
    };
    put(name, &address.name);
    put(style, &address.line1);
    put(style, &address.line2);
    put(style, &format!("{} {}", address.postcode, address.city));
    if !matches!(address.country.as_str(), "" | "FR") {
        put(style, &format::country(&address.country).to_uppercase());
    }
    y - pitch
}
