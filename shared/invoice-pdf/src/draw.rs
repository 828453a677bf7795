//! Pages as content streams. Nothing is measured or decided here.
//!
//! The operators are written straight into bytes, from whole numbers: printpdf's own translation keeps
//! an object a string, an operand and an operator, and took half of the time of a document.

use std::collections::BTreeSet;
use std::io::Write;

use passerelle_domain::Result;

use crate::fonts::{Face, Fonts};
use crate::page::{Colour, Item, Len, PAGE_HEIGHT, Style};
use crate::typeface::Typeface;

/// The name of the logo's resource.
pub(crate) const LOGO: &str = "Logo";
/// The name of the payment code's resource.
pub(crate) const CODE: &str = "Code";

/// The typefaces of one document: the prepared ones, or its own where it shows other characters.
pub(crate) struct Typefaces<'a> {
    prepared: &'a [Typeface; 2],
    own: [Option<Typeface>; 2],
}

impl<'a> Typefaces<'a> {
    /// Those that show everything on these pages.
    pub(crate) fn of(fonts: &Fonts, prepared: &'a [Typeface; 2], pages: &[Vec<Item>]) -> Result<Self> {
        let mut others = [BTreeSet::new(), BTreeSet::new()];
        for item in pages.iter().flatten() {
            if let Item::Text { style, text, .. } = item {
                let typeface = &prepared[style.face as usize];
                others[style.face as usize].extend(text.chars().filter(|c| typeface.code(*c).is_none()));
            }
        }
        let [regular, bold] = Face::ALL.map(|face| {
            let others = &others[face as usize];
            (!others.is_empty()).then(|| Typeface::showing(fonts, face, others)).transpose()
        });
        Ok(Self { prepared, own: [regular?, bold?] })
    }

    /// The one for a face.
    pub(crate) fn get(&self, face: Face) -> &Typeface {
        self.own[face as usize].as_ref().unwrap_or(&self.prepared[face as usize])
    }
}

/// The content stream of a page.
pub(crate) fn content(items: &[Item], typefaces: &Typefaces<'_>) -> Vec<u8> {
    let mut content = Content {
        out: Vec::with_capacity(items.len() * 48),
        typefaces,
        colour: None,
        font: None,
        text_at: None,
    };
    for item in items {
        content.item(item);
    }
    content.leave_text();
    content.out
}

struct Content<'a> {
    out: Vec<u8>,
    typefaces: &'a Typefaces<'a>,
    colour: Option<Colour>,
    /// Face and size; they outlive a text section.
    font: Option<(Face, Len)>,
    /// Where the last text of the open section began: `Td` counts from there.
    text_at: Option<(Len, Len)>,
}

impl Content<'_> {
    fn item(&mut self, item: &Item) {
        match item {
            Item::Text { x, y, style, text } => self.text(*x, PAGE_HEIGHT - y, *style, text),
            Item::Fill { x, y, width, height, colour } => {
                self.leave_text();
                self.set_colour(*colour);
                self.rectangle(*x, PAGE_HEIGHT - y - height, *width, *height);
                self.out.extend_from_slice(b"f\n");
            }
            Item::Logo { x, y, width, height } => {
                self.image(LOGO, *x, PAGE_HEIGHT - y - height, *width, *height);
            }
            Item::Code { x, y, side, .. } => {
                self.leave_text();
                self.set_colour(Colour::BLACK);
                self.image(CODE, *x, PAGE_HEIGHT - y - side, *side, *side);
            }
        }
    }

    fn image(&mut self, name: &str, x: Len, y: Len, width: Len, height: Len) {
        self.leave_text();
        self.out.extend_from_slice(b"q ");
        for value in [width, 0, 0, height, x, y] {
            self.number(value);
        }
        // Writing to a vector cannot fail.
        let _ = writeln!(self.out, "cm\n/{name} Do\nQ");
    }

    fn text(&mut self, x: Len, y: Len, style: Style, text: &str) {
        let from = self.text_at.unwrap_or_else(|| {
            self.out.extend_from_slice(b"BT\n");
            (0, 0)
        });
        self.set_colour(style.colour);
        if self.font != Some((style.face, style.size)) {
            let _ = write!(self.out, "/{} ", style.face.resource());
            self.number(style.size);
            self.out.extend_from_slice(b"Tf\n");
            self.font = Some((style.face, style.size));
        }
        self.number(x - from.0);
        self.number(y - from.1);
        self.out.extend_from_slice(b"Td\n(");
        let typeface = self.typefaces.get(style.face);
        for code in text.chars().filter_map(|c| typeface.code(c)) {
            for byte in code.to_be_bytes() {
                match byte {
                    b'(' | b')' | b'\\' => self.out.extend_from_slice(&[b'\\', byte]),
                    // A bare carriage return in a string reads as a line feed (ISO 32000-1, 7.3.4.2).
                    b'\r' => self.out.extend_from_slice(b"\\r"),
                    other => self.out.push(other),
                }
            }
        }
        self.out.extend_from_slice(b")Tj\n");
        self.text_at = Some((x, y));
    }

    fn leave_text(&mut self) {
        if self.text_at.take().is_some() {
            self.out.extend_from_slice(b"ET\n");
        }
    }

    fn rectangle(&mut self, x: Len, y: Len, width: Len, height: Len) {
        for value in [x, y, width, height] {
            self.number(value);
        }
        self.out.extend_from_slice(b"re\n");
    }

    fn set_colour(&mut self, colour: Colour) {
        if self.colour != Some(colour) {
            for part in [colour.0, colour.1, colour.2] {
                self.number((Len::from(part) * 1000 + 127) / 255);
            }
            self.out.extend_from_slice(b"rg\n");
            self.colour = Some(colour);
        }
    }

    /// Thousandths as a decimal number without needless digits, and a space.
    fn number(&mut self, thousandths: Len) {
        let mut digits = [0_u8; 12];
        let mut at = digits.len();
        let mut rest = thousandths.unsigned_abs();
        let mut seen = false;
        for place in 0..10 {
            if place == 3 {
                if seen {
                    at -= 1;
                    digits[at] = b'.';
                }
                if rest == 0 {
                    break;
                }
            } else if place > 3 && rest == 0 {
                break;
            }
            let digit = (rest % 10) as u8;
            rest /= 10;
            seen |= digit != 0 || place >= 3;
            if seen {
                at -= 1;
                digits[at] = b'0' + digit;
            }
        }
        if at == digits.len() {
            at -= 1;
            digits[at] = b'0';
        } else if thousandths < 0 {
            self.out.push(b'-');
        }
        self.out.extend_from_slice(&digits[at..]);
        self.out.push(b' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_short_as_they_can_be() {
        let fonts = Fonts::load().expect("our fonts");
        let prepared = Face::ALL.map(|face| Typeface::prepared(&fonts, face).expect("a typeface"));
        let typefaces = Typefaces::of(&fonts, &prepared, &[]).expect("typefaces");
        let mut content =
            Content { out: Vec::new(), typefaces: &typefaces, colour: None, font: None, text_at: None };
        for value in [0, 1, -1, 500, 1_000, -12_340, 595_275, 10_000, 2_147_483_647] {
            content.number(value);
        }
        let written = String::from_utf8(content.out).expect("ASCII");
        assert_eq!(written, "0 .001 -.001 .5 1 -12.34 595.275 10 2147483.647 ");
    }
}
