//! The page: what stands where, in millimetres and words, without PDF.

mod closing;
mod footer;
mod header;
mod paginate;
mod payment;
mod table;

use passerelle_domain::{Invoice, InvoiceKind, Money, Presentation};

use crate::Renderer;
use crate::fonts::Fonts;
use crate::page::{Colour, Item, Len, Page, mm};

use closing::Closing;
use footer::Footer;

/// Left edge of everything.
const LEFT: Len = mm(180);
/// Right edge of everything.
const RIGHT: Len = mm(1920);
/// Between both.
const WIDTH: Len = RIGHT - LEFT;
/// From the last row, total or mention to the foot's rule, at least.
const ABOVE_FOOT: Len = mm(30);

/// What every part of the layout needs.
struct Context<'a> {
    invoice: &'a Invoice,
    presentation: &'a Presentation,
    fonts: &'a Fonts,
    accent: Colour,
    /// Width and height of the logo in pixels, if there is one.
    logo: Option<(u32, u32)>,
}

impl Context<'_> {
    fn is_credit_note(&self) -> bool {
        self.invoice.kind == InvoiceKind::CreditNote
    }

    /// "Facture" or "Avoir".
    fn title(&self) -> &'static str {
        if self.is_credit_note() { "Avoir" } else { "Facture" }
    }
}

/// Lays an invoice out: the things on each page, in reading order; at least one page.
pub(crate) fn pages(renderer: &Renderer, invoice: &Invoice) -> Vec<Vec<Item>> {
    let context = Context {
        invoice,
        presentation: &renderer.presentation,
        fonts: &renderer.fonts,
        accent: renderer.accent,
        logo: renderer.logo.as_ref().map(|logo| (logo.width, logo.height)),
    };
    let footer = Footer::measure(&context);
    let bottom = footer.top() - ABOVE_FOOT;
    let rows = table::rows(&context);
    let closing = Closing::measure(&context);

    let mut page = Page::new(context.fonts);
    let first_top = header::first(&context, &mut page);
    let next_top = header::NEXT_BOTTOM;
    let room = |top: Len| bottom - top - table::HEAD_HEIGHT;
    let measures: Vec<paginate::Measure> =
        rows.iter().map(|row| paginate::Measure { height: row.height, heading: row.is_heading() }).collect();
    let next = room(next_top) - table::CARRY_HEIGHT - table::HEADING_HEIGHT;
    let limits = paginate::Limits {
        first: room(first_top),
        next,
        carry: table::CARRY_HEIGHT,
        closing: closing.kept_together(next),
    };
    let breaks = paginate::paginate(&measures, &limits);

    let mut pages = Vec::new();
    let mut carried = Money::ZERO;
    let mut y = first_top;
    let last = breaks.len() - 1;
    for (number, range) in breaks.into_iter().enumerate() {
        if number > 0 {
            y = header::next(&context, &mut page);
        }
        // A page for the totals alone, where nothing fits beside them, shows no empty table.
        if !range.is_empty() || number == 0 {
            y = table::head(&context, &mut page, y);
            if number > 0 {
                y = table::carry(&mut page, y, crate::BROUGHT_FORWARD, carried);
                y = table::resumed(&context, &mut page, y, &rows, range.start);
            }
            for row in &rows[range] {
                y = row.draw(&context, &mut page, y);
                carried += row.net();
            }
        }
        if number < last {
            table::carry(&mut page, y, crate::CARRIED_OVER, carried);
            pages.push(std::mem::replace(&mut page, Page::new(context.fonts)));
        }
    }
    y = closing.totals(&context, &mut page, y);
    if y + closing.payment().height(0) > bottom {
        pages.push(std::mem::replace(&mut page, Page::new(context.fonts)));
        y = header::next(&context, &mut page);
    }
    y = closing.payment().draw(&context, &mut page, y);
    for line in closing.texts() {
        if y + line.height > bottom {
            pages.push(std::mem::replace(&mut page, Page::new(context.fonts)));
            y = header::next(&context, &mut page);
        }
        y = line.draw(&mut page, y);
    }
    pages.push(page);

    let count = pages.len();
    let numbered = pages.into_iter().enumerate();
    numbered
        .map(|(i, mut page)| {
            footer.draw(&mut page, i + 1, count);
            page.items
        })
        .collect()
}
