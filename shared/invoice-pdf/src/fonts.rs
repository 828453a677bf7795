//! The two faces, parsed once; how wide a text is; and the subset of a face that one document embeds.

use std::collections::{BTreeMap, BTreeSet};

use passerelle_domain::{Failure, Result};
use printpdf::ParsedFont;
use sha2::{Digest, Sha256};
use subsetter::GlyphRemapper;

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

    fn name(self) -> &'static str {
        match self {
            Self::Regular => "PasserelleSans-Regular",
            Self::Bold => "PasserelleSans-Bold",
        }
    }

    fn bytes(self) -> &'static [u8] {
        match self {
            Self::Regular => include_bytes!("../fonts/PasserelleSans-Regular.ttf"),
            Self::Bold => include_bytes!("../fonts/PasserelleSans-Bold.ttf"),
        }
    }
}

/// Both faces.
pub(crate) struct Fonts {
    regular: ParsedFont,
    bold: ParsedFont,
}

impl Fonts {
    /// Parses both faces.
    pub(crate) fn load() -> Result<Self> {
        let parse = |face: Face| {
            let mut font = ParsedFont::from_bytes(face.bytes(), 0, &mut Vec::new())
                .ok_or_else(|| Failure::misconfigured("parse font", face.name(), "not a TrueType font"))?;
            // The last segment of a cmap maps U+FFFF to `.notdef`; that is no glyph to show.
            font.codepoint_to_glyph.retain(|_, glyph| *glyph != 0);
            Ok(font)
        };
        Ok(Self { regular: parse(Face::Regular)?, bold: parse(Face::Bold)? })
    }

    fn face(&self, face: Face) -> &ParsedFont {
        match face {
            Face::Regular => &self.regular,
            Face::Bold => &self.bold,
        }
    }

    /// Whether a character can be shown. Both faces have the same ones.
    pub(crate) fn has(&self, c: char) -> bool {
        self.regular.lookup_glyph_index(c.into()).is_some()
    }

    /// The width of a printable text. The faces have 1000 units to the em, so these are exactly the
    /// widths that the PDF states.
    pub(crate) fn width(&self, style: Style, text: &str) -> Len {
        let font = self.face(style.face);
        let units: i64 = text
            .chars()
            .filter_map(|c| font.lookup_glyph_index(c.into()))
            .filter_map(|glyph| font.get_glyph_width(glyph))
            .map(i64::from)
            .sum();
        let width = units * i64::from(style.size) / i64::from(font.units_per_em);
        Len::try_from(width).unwrap_or(Len::MAX)
    }

    /// The part of a face that shows the characters of one document, for printpdf to embed as it is
    /// (without its feature `text_layout` it embeds whole fonts). Characters that the face lacks are
    /// left out; [`crate::text::printable`] has replaced them.
    pub(crate) fn subset(&self, face: Face, used: &BTreeSet<char>) -> Result<ParsedFont> {
        let font = self.face(face);
        let mut glyphs = GlyphRemapper::new();
        let mut codepoint_to_glyph = BTreeMap::new();
        let mut glyph_widths = BTreeMap::new();
        for &c in used {
            if let Some(glyph) = font.lookup_glyph_index(c.into()) {
                let new = glyphs.remap(glyph);
                codepoint_to_glyph.insert(c.into(), new);
                glyph_widths.insert(new, font.get_glyph_width(glyph).unwrap_or_default());
            }
        }
        let original_bytes = subsetter::subset(face.bytes(), 0, &glyphs)
            .map_err(|error| Failure::rejected("subset font", face.name(), error.to_string()))?;
        Ok(ParsedFont {
            original_bytes,
            font_name: Some(format!("{}+{}", tag(used), face.name())),
            codepoint_to_glyph,
            glyph_widths,
            font_index: 0,
            units_per_em: font.units_per_em,
            font_metrics: font.font_metrics.clone(),
            font_type: font.font_type,
            pdf_font_metrics: font.pdf_font_metrics.clone(),
        })
    }
}

/// Six capitals that name a subset (ISO 32000-1, 9.6.4); the same characters, the same tag.
fn tag(used: &BTreeSet<char>) -> String {
    let characters: String = used.iter().collect();
    Sha256::digest(characters).iter().take(6).map(|byte| char::from(b'A' + byte % 26)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::{Colour, pt};

    #[test]
    fn both_faces_show_the_same_characters_each_with_a_glyph_of_its_own() {
        let fonts = Fonts::load().expect("our fonts");
        let regular = &fonts.regular.codepoint_to_glyph;
        assert!(regular.keys().eq(fonts.bold.codepoint_to_glyph.keys()));
        for map in [regular, &fonts.bold.codepoint_to_glyph] {
            let glyphs: BTreeSet<u16> = map.values().copied().collect();
            assert_eq!(glyphs.len(), map.len(), "a shared glyph spoils ToUnicode");
            assert!(!glyphs.contains(&0), "a character without a glyph");
        }
        for c in "«é œ Œ ÿ ’ € \u{a0}\u{202f}— □ №Ș".chars() {
            assert!(fonts.has(c), "{c:?}");
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

    #[test]
    fn a_subset_is_small_and_renumbers_its_glyphs() {
        let fonts = Fonts::load().expect("our fonts");
        let used: BTreeSet<char> = "Facturé 12,50\u{a0}€".chars().collect();
        let subset = fonts.subset(Face::Regular, &used).expect("a subset");
        assert_eq!(subset.codepoint_to_glyph.len(), used.len());
        assert!(subset.original_bytes.len() < 5_000, "{}", subset.original_bytes.len());
        let name = subset.font_name.expect("a name");
        assert!(name.ends_with("+PasserelleSans-Regular") && name.find('+') == Some(6), "{name}");
    }
}
