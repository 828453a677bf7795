//! What is on a page, before it becomes PDF: texts, rules, fills and the logo, placed from the top left.

use passerelle_domain::printable;

use crate::fonts::{Face, Fonts};
use crate::text;

/// A length in thousandths of a point. Whole numbers: the same invoice must make the same page.
pub(crate) type Len = i32;

/// A length from tenths of a millimetre.
pub(crate) const fn mm(tenths: i32) -> Len {
    (tenths as i64 * 28_346_457 / 100_000) as Len
}

/// A length from tenths of a point.
pub(crate) const fn pt(tenths: i32) -> Len {
    tenths * 100
}

/// A4, portrait.
pub(crate) const PAGE_WIDTH: Len = mm(2100);
/// A4, portrait.
pub(crate) const PAGE_HEIGHT: Len = mm(2970);

/// A colour in sRGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Colour(pub(crate) u8, pub(crate) u8, pub(crate) u8);

impl Colour {
    pub(crate) const INK: Self = Self(0x1c, 0x1f, 0x23);
    pub(crate) const GREY: Self = Self(0x5b, 0x63, 0x6d);
    pub(crate) const HAIRLINE: Self = Self(0xdd, 0xe0, 0xe4);
    pub(crate) const BLACK: Self = Self(0, 0, 0);
    pub(crate) const WHITE: Self = Self(0xff, 0xff, 0xff);

    /// The colour thinned with white to a twelfth: a background that takes little toner.
    pub(crate) fn tint(self) -> Self {
        let thin = |part: u8| 255 - (255 - part) / 12;
        Self(thin(self.0), thin(self.1), thin(self.2))
    }
}

/// How a text looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Style {
    pub(crate) face: Face,
    pub(crate) size: Len,
    pub(crate) colour: Colour,
}

impl Style {
    pub(crate) const fn regular(size: Len, colour: Colour) -> Self {
        Self { face: Face::Regular, size, colour }
    }

    pub(crate) const fn bold(size: Len, colour: Colour) -> Self {
        Self { face: Face::Bold, size, colour }
    }
}

/// One thing on a page. `y` is the distance from the top: of a text's baseline, of a box's upper edge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    Text {
        x: Len,
        y: Len,
        style: Style,
        text: String,
    },
    Fill {
        x: Len,
        y: Len,
        width: Len,
        height: Len,
        colour: Colour,
    },
    Logo {
        x: Len,
        y: Len,
        width: Len,
        height: Len,
    },
    /// A QR code; at most one in a document.
    Code {
        x: Len,
        y: Len,
        side: Len,
        code: crate::epc::Code,
    },
}

/// A page being filled, in reading order: PDF readers extract text in that order.
pub(crate) struct Page<'a> {
    pub(crate) fonts: &'a Fonts,
    pub(crate) items: Vec<Item>,
}

impl<'a> Page<'a> {
    pub(crate) fn new(fonts: &'a Fonts) -> Self {
        Self { fonts, items: Vec::new() }
    }

    /// A text that starts at `x`.
    pub(crate) fn text(&mut self, x: Len, y: Len, style: Style, content: &str) {
        let text = printable(content);
        if !text.trim().is_empty() {
            self.items.push(Item::Text { x, y, style, text: text.into_owned() });
        }
    }

    /// A text that ends at `right`.
    pub(crate) fn text_right(&mut self, right: Len, y: Len, style: Style, content: &str) {
        let text = printable(content);
        self.text(right - self.fonts.width(style, &text), y, style, &text);
    }

    /// A text that ends at `right`, set smaller where it would be wider than `room`.
    pub(crate) fn text_right_in(&mut self, right: Len, room: Len, y: Len, style: Style, content: &str) {
        self.text_right(right, y, text::fit(self.fonts, style, content, room), content);
    }

    /// A text that starts at `x`, set smaller where it would be wider than `room`.
    pub(crate) fn text_in(&mut self, x: Len, room: Len, y: Len, style: Style, content: &str) {
        self.text(x, y, text::fit(self.fonts, style, content, room), content);
    }

    /// A text that starts at `x`, set a little smaller and then cut with an ellipsis where it would be
    /// wider than `room`: for what stands in full elsewhere.
    pub(crate) fn text_cut(&mut self, x: Len, room: Len, y: Len, style: Style, content: &str) {
        let style = Style {
            size: style.size.min(text::fit(self.fonts, style, content, room).size.max(style.size * 8 / 10)),
            ..style
        };
        self.text(x, y, style, &text::cut(self.fonts, style, content, room));
    }

    /// Lines one under the other, the first with its baseline at `y`; returns where a next one would be.
    pub(crate) fn lines(&mut self, x: Len, y: Len, pitch: Len, style: Style, lines: &[String]) -> Len {
        let mut y = y;
        for line in lines {
            self.text(x, y, style, line);
            y += pitch;
        }
        y
    }

    /// A filled rectangle; a rule is a thin one.
    pub(crate) fn fill(&mut self, x: Len, y: Len, width: Len, height: Len, colour: Colour) {
        self.items.push(Item::Fill { x, y, width, height, colour });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_millimetre_is_seventy_two_points_by_25_4() {
        assert_eq!(mm(254), 72_000);
        assert_eq!((PAGE_WIDTH, PAGE_HEIGHT), (595_275, 841_889));
    }
}
