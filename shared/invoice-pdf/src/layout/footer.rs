//! The foot of every page: the seller's legal identity and the page's number.

use super::{Context, LEFT, RIGHT, WIDTH};
use crate::format::{self, NO_BREAK};
use crate::page::{Colour, Len, PAGE_HEIGHT, Page, Style, mm, pt};
use crate::text::wrap;

const STYLE: Style = Style::regular(pt(68), Colour::GREY);
const PITCH: Len = pt(86);
/// Below the last line.
const BELOW: Len = mm(90);
/// Left of the page's number.
const NUMBER: Len = mm(220);

pub(super) struct Footer {
    lines: Vec<String>,
}

impl Footer {
    pub(super) fn measure(context: &Context<'_>) -> Self {
        let seller = &context.presentation.seller;
        let address = &seller.address;
        let capital = match seller.share_capital.as_str() {
            "" => String::new(),
            capital => format!(" au capital de {capital}"),
        };
        let line2 = if address.line2.is_empty() { String::new() } else { format!(", {}", address.line2) };
        let identity = [
            format!("{} – {}{capital}", seller.name, seller.legal_form),
            format!("{}{line2}, {} {}", address.line1, address.postcode, address.city),
            format!("RCS {} {}", seller.rcs, format::business_number(&seller.siren()))
                .replace(' ', &NO_BREAK.to_string()),
            format!("SIRET{NO_BREAK}{}", format::business_number(&seller.siret)),
            format!("N°{NO_BREAK}TVA{NO_BREAK}{}", seller.vat_number),
        ];
        let room = WIDTH - NUMBER;
        let mut lines = Vec::new();
        if !context.presentation.branding.footer.trim().is_empty() {
            lines.extend(wrap(context.fonts, STYLE, &context.presentation.branding.footer, room));
        }
        lines.extend(wrap(context.fonts, STYLE, &identity.join(&format!("{NO_BREAK}· ")), room));
        Self { lines }
    }

    /// The upper edge of the rule above it.
    pub(super) fn top(&self) -> Len {
        self.baseline() - pt(135)
    }

    fn baseline(&self) -> Len {
        PAGE_HEIGHT - BELOW - PITCH * (self.lines.len() as Len - 1)
    }

    pub(super) fn draw(&self, page: &mut Page<'_>, number: usize, count: usize) {
        page.fill(LEFT, self.top(), WIDTH, pt(4), Colour::HAIRLINE);
        page.lines(LEFT, self.baseline(), PITCH, STYLE, &self.lines);
        let style = Style::regular(pt(75), Colour::GREY);
        page.text_right(RIGHT, self.baseline(), style, &format!("Page {number}/{count}"));
    }
}
