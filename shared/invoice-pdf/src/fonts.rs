//! The two faces, parsed once: which characters they have and how wide a text is.

use passerelle_domain::{Failure, Result};
use printpdf::ParsedFont;

use crate::page::{Len, Style};

/// A face of Passerelle Sans; see `fonts/README.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Face {
    Regular,
    Bold,
}

impl Face {
    pub(crate) const ALL: [Self; 2] = [Self::Regular, Self::Bold];

    /// The name of its resource in a document: fixed, since printpdf's own ids are random.
    pub(crate) fn resource(self) -> &'static str {
        match self {
            Self::Regular => "FR",
            Self::Bold => "FB",
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Regular => "PasserelleSans-Regular",
            Self::Bold => "PasserelleSans-Bold",
        }
    }

    pub(crate) fn bytes(self) -> &'static [u8] {
        match self {
            Self::Regular => include_bytes!("../fonts/PasserelleSans-Regular.ttf"),
            Self::Bold => include_bytes!("../fonts/PasserelleSans-Bold.ttf"),
        }
    }
}

/// A number for each character, as a table: the characters of nearly every text are among the first,
/// and there is one look-up a character shown. Zero is none.
#[derive(Clone, Debug, Default)]
pub(crate) struct ByCharacter {
    first: Vec<u16>,
    rest: std::collections::BTreeMap<char, u16>,
}

impl ByCharacter {
    /// Latin with its extensions.
    const FIRST: usize = 0x250;

    pub(crate) fn set(&mut self, c: char, value: u16) {
        if self.first.is_empty() {
            self.first = vec![0; Self::FIRST];
        }
        match self.first.get_mut(c as usize) {
            Some(slot) => *slot = value,
            None => _ = self.rest.insert(c, value),
        }
    }

    #[inline]
    pub(crate) fn get(&self, c: char) -> Option<u16> {
        let value = match self.first.get(c as usize) {
            Some(value) => *value,
            None => self.rest.get(&c).copied().unwrap_or(0),
        };
        (value != 0).then_some(value)
    }
}

/// Both faces.
pub(crate) struct Fonts {
    faces: [(ParsedFont, ByCharacter); 2],
}

impl Fonts {
    /// Parses both faces.
    pub(crate) fn load() -> Result<Self> {
        let parse = |face: Face| {
            let mut font = ParsedFont::from_bytes(face.bytes(), 0, &mut Vec::new())
                .ok_or_else(|| Failure::misconfigured("parse font", face.name(), "not a TrueType font"))?;
            // The last segment of a cmap maps U+FFFF to `.notdef`; that is no glyph to show.
            font.codepoint_to_glyph.retain(|_, glyph| *glyph != 0);
            let mut widths = ByCharacter::default();
            for (&code, &glyph) in &font.codepoint_to_glyph {
                if let Some(c) = char::from_u32(code) {
                    widths.set(c, font.get_glyph_width(glyph).unwrap_or_default());
                }
            }
            Ok::<_, Failure>((font, widths))
        };
        Ok(Self { faces: [parse(Face::Regular)?, parse(Face::Bold)?] })
    }

    /// A face as it was parsed.
    pub(crate) fn parsed(&self, face: Face) -> &ParsedFont {
        &self.faces[face as usize].0
    }

    /// The width of a printable text. The faces have 1000 units to the em, so these are exactly the
    /// widths that the PDF states.
    pub(crate) fn width(&self, style: Style, text: &str) -> Len {
        let widths = &self.faces[style.face as usize].1;
        let units: i64 = text.chars().filter_map(|c| widths.get(c)).map(i64::from).sum();
        Len::try_from(units * i64::from(style.size) / 1000).unwrap_or(Len::MAX)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use passerelle_domain::has_glyph;

    use super::*;
    use crate::page::{Colour, pt};

    #[test]
    fn both_faces_show_the_same_characters_each_with_a_glyph_and_a_width_of_its_own() {
        let fonts = Fonts::load().expect("our fonts");
        let [regular, bold] = Face::ALL.map(|face| fonts.parsed(face));
        assert!(regular.codepoint_to_glyph.keys().eq(bold.codepoint_to_glyph.keys()));
        for font in [regular, bold] {
            assert_eq!(font.units_per_em, 1000);
            let glyphs: BTreeSet<u16> = font.codepoint_to_glyph.values().copied().collect();
            assert_eq!(glyphs.len(), font.codepoint_to_glyph.len(), "a shared glyph spoils ToUnicode");
            assert!(!glyphs.contains(&0), "a character without a glyph");
            assert!(glyphs.iter().all(|glyph| font.get_glyph_width(*glyph) > Some(0)));
        }
        for c in "«é œ Œ ÿ ’ € \u{a0}\u{202f}— □ №Ș".chars() {
            assert!(has_glyph(c), "{c:?}");
        }
    }

    /// Else an invoice would be set aside that can be printed, or printed without its buyer's name.
    #[test]
    fn the_domain_prints_exactly_the_characters_of_the_fonts() {
        let fonts = Fonts::load().expect("our fonts");
        for face in Face::ALL {
            for c in '\0'..=char::MAX {
                let known = fonts.parsed(face).codepoint_to_glyph.contains_key(&c.into());
                assert_eq!(has_glyph(c), known, "{face:?} {c:?}");
            }
        }
    }

    #[test]
    fn figures_are_as_wide_as_each_other_and_widths_are_those_of_the_font() {
        let fonts = Fonts::load().expect("our fonts");
        for face in Face::ALL {
            let style = Style { face, size: pt(100), colour: Colour::INK };
            assert!(('0'..='9').all(|c| fonts.width(style, &c.to_string()) == 5_560));
        }
        let style = Style::regular(pt(100), Colour::INK);
        assert_eq!(fonts.width(style, "1\u{202f}234,56\u{a0}€"), 6 * 5_560 + 2_000 + 2_780 + 2_780 + 5_560);
    }
}
