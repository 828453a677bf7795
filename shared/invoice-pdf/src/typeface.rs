//! A face as one document embeds it: the glyphs it needs, renumbered, and the objects that printpdf
//! makes of them.
//!
//! Nearly every invoice gets by with the characters of [`PREPARED`], so that their subset is cut,
//! turned into objects and compressed once for all documents. An invoice that shows another character
//! gets a subset of its own, of those and what it shows beside them: the same invoice has the same
//! fonts whatever was rendered before.

use std::collections::{BTreeMap, BTreeSet};

use lopdf::{Document, Object, ObjectId};
use passerelle_domain::{Failure, Result};
use printpdf::{
    FontId, Mm, Op, ParsedFont, PdfDocument, PdfFont, PdfFontHandle, PdfPage, PdfSaveOptions, Pt, TextItem,
};
use sha2::{Digest, Sha256};
use subsetter::GlyphRemapper;

use crate::fonts::{ByCharacter, Face, Fonts};

/// What French invoices are written in. Bold shows headings and names only: each glyph that is left out
/// makes every document 50 bytes smaller.
const PREPARED: [&str; 2] = [
    " !\"#%&'()*+,-./0123456789:;=?@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz\
     \u{a0}\u{202f}àâäçéèêëîïôöùûüÿœæÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŒÆ«»’–—…€°·•²½×ñ□",
    " %&'()+,-./0123456789:ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz\
     \u{a0}\u{202f}àâçéèêëîïôöùûüœÀÂÇÉÈÊÎÔŒ’–—€°·",
];

/// A face, ready to be embedded.
pub(crate) struct Typeface {
    /// The code that shows a character.
    codes: ByCharacter,
    objects: Document,
    root: ObjectId,
}

impl Typeface {
    /// The subset that nearly every document embeds.
    pub(crate) fn prepared(fonts: &Fonts, face: Face) -> Result<Self> {
        Self::showing(fonts, face, &BTreeSet::new())
    }

    /// A subset that shows these characters too. Those that the face lacks are left out;
    /// [`passerelle_domain::printable`] has replaced them.
    pub(crate) fn showing(fonts: &Fonts, face: Face, others: &BTreeSet<char>) -> Result<Self> {
        let shown: BTreeSet<char> = PREPARED[face as usize].chars().chain(others.iter().copied()).collect();
        let subset = subset(fonts.parsed(face), face, &shown)?;
        let mut codes = ByCharacter::default();
        let mut text = String::new();
        for (&code, &glyph) in &subset.codepoint_to_glyph {
            if let Some(c) = char::from_u32(code) {
                codes.set(c, glyph);
                text.push(c);
            }
        }
        let mut objects = specimen(face, subset, text)?;
        objects.compress();
        let root = objects.objects.iter().find(|(_, object)| is_composite_font(object)).map(|(id, _)| *id);
        let root = root.ok_or_else(|| failed(face, "no font in its document".into()))?;
        Ok(Self { codes, objects, root })
    }

    /// The code of a character, or nothing where this subset lacks it.
    #[inline]
    pub(crate) fn code(&self, c: char) -> Option<u16> {
        self.codes.get(c)
    }

    /// Copies the font's objects into a document.
    pub(crate) fn embed(&self, document: &mut Document) -> ObjectId {
        copy(&self.objects, self.root, document)
    }
}

fn is_composite_font(object: &Object) -> bool {
    let subtype = object.as_dict().and_then(|dict| dict.get(b"Subtype")).and_then(Object::as_name);
    subtype.is_ok_and(|name| name == b"Type0")
}

fn copy(from: &Document, id: ObjectId, to: &mut Document) -> ObjectId {
    let mut object = from.objects.get(&id).cloned().unwrap_or(Object::Null);
    copy_references(from, &mut object, to);
    to.add_object(object)
}

/// A font's objects refer to each other without circles.
fn copy_references(from: &Document, object: &mut Object, to: &mut Document) {
    match object {
        Object::Reference(id) => *id = copy(from, *id, to),
        Object::Array(items) => items.iter_mut().for_each(|item| copy_references(from, item, to)),
        Object::Dictionary(dict) => dict.iter_mut().for_each(|(_, item)| copy_references(from, item, to)),
        Object::Stream(stream) => {
            stream.dict.iter_mut().for_each(|(_, item)| copy_references(from, item, to));
        }
        _ => {}
    }
}

/// The part of a face that shows some characters, for printpdf to embed as it is (without its feature
/// `text_layout` it embeds whole fonts).
fn subset(font: &ParsedFont, face: Face, shown: &BTreeSet<char>) -> Result<ParsedFont> {
    let mut glyphs = GlyphRemapper::new();
    let mut codepoint_to_glyph = BTreeMap::new();
    let mut glyph_widths = BTreeMap::new();
    for &c in shown {
        if let Some(glyph) = font.lookup_glyph_index(c.into()) {
            let new = glyphs.remap(glyph);
            codepoint_to_glyph.insert(c.into(), new);
            glyph_widths.insert(new, font.get_glyph_width(glyph).unwrap_or_default());
        }
    }
    let original_bytes =
        subsetter::subset(face.bytes(), 0, &glyphs).map_err(|error| failed(face, error.to_string()))?;
    Ok(ParsedFont {
        original_bytes,
        font_name: Some(format!("{}+{}", tag(shown), face.name())),
        codepoint_to_glyph,
        glyph_widths,
        font_index: 0,
        units_per_em: font.units_per_em,
        font_metrics: font.font_metrics.clone(),
        font_type: font.font_type,
        pdf_font_metrics: font.pdf_font_metrics.clone(),
    })
}

/// A document that shows all of a font, so that printpdf writes all of its widths and its ToUnicode.
fn specimen(face: Face, font: ParsedFont, text: String) -> Result<Document> {
    let id = FontId(face.resource().into());
    let mut document = PdfDocument::new("");
    document.resources.fonts.map.insert(id.clone(), PdfFont::new(font));
    document.pages = vec![PdfPage::new(
        Mm(210.0),
        Mm(297.0),
        vec![
            Op::StartTextSection,
            Op::SetFont { font: PdfFontHandle::External(id), size: Pt(10.0) },
            Op::ShowText { items: vec![TextItem::Text(text)] },
            Op::EndTextSection,
        ],
    )];
    let mut warnings = Vec::new();
    let written = document.to_lopdf_document(&PdfSaveOptions::default(), &mut warnings);
    match warnings.first() {
        Some(warning) => Err(failed(face, warning.msg.clone())),
        None => Ok(written),
    }
}

/// Six capitals that name a subset (ISO 32000-1, 9.6.4); the same characters, the same tag.
fn tag(shown: &BTreeSet<char>) -> String {
    let characters: String = shown.iter().collect();
    Sha256::digest(characters).iter().take(6).map(|byte| char::from(b'A' + byte % 26)).collect()
}

fn failed(face: Face, cause: String) -> Failure {
    Failure::rejected("subset font", face.name(), cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_invoices_are_written_in_is_prepared_and_all_of_it_can_be_shown() {
        let fonts = Fonts::load().expect("our fonts");
        for face in Face::ALL {
            let prepared = Typeface::prepared(&fonts, face).expect("a typeface");
            let mut codes: Vec<u16> =
                PREPARED[face as usize].chars().map(|c| prepared.code(c).expect("prepared")).collect();
            codes.sort_unstable();
            codes.dedup();
            assert_eq!(codes.len(), PREPARED[face as usize].chars().count(), "each has a code of its own");
            assert_eq!(prepared.code('Ș'), None);
            let sizes: usize = prepared
                .objects
                .objects
                .values()
                .filter_map(|object| object.as_stream().ok())
                .map(|stream| stream.content.len())
                .sum();
            assert!(sizes < 9_500, "{face:?} is to stay small: {sizes}");
        }
    }

    #[test]
    fn another_character_is_added_to_the_prepared_ones() {
        let fonts = Fonts::load().expect("our fonts");
        let typeface =
            Typeface::showing(&fonts, Face::Bold, &BTreeSet::from(['Ș', '日'])).expect("a typeface");
        assert!(typeface.code('Ș').is_some() && typeface.code('A').is_some());
        assert_eq!(typeface.code('日'), None, "the face lacks it");
    }
}
