//! Encodings of the ERP's files, and texts made to fit them.

use std::borrow::Cow;

use strum::{IntoStaticStr, VariantArray};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// An encoding of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, VariantArray, IntoStaticStr)]
pub(crate) enum Encoding {
    #[strum(serialize = "utf-8")]
    Utf8,
    /// With a byte order mark in front.
    #[strum(serialize = "utf-8-bom")]
    Utf8Bom,
    #[strum(serialize = "windows-1252")]
    Windows1252,
    #[strum(serialize = "iso-8859-15")]
    Iso8859_15,
}

/// The byte order mark of UTF-8.
pub(crate) const BOM: &[u8] = b"\xef\xbb\xbf";

impl Encoding {
    fn table(self) -> &'static encoding_rs::Encoding {
        match self {
            Self::Utf8 | Self::Utf8Bom => encoding_rs::UTF_8,
            Self::Windows1252 => encoding_rs::WINDOWS_1252,
            Self::Iso8859_15 => encoding_rs::ISO_8859_15,
        }
    }

    /// The name as a layout writes it.
    pub(crate) fn name(self) -> &'static str {
        self.into()
    }

    /// Whether the encoding has this character. Asked of each character apart, because encoding_rs
    /// silently writes the ones it lacks as HTML references (`&#321;`).
    pub(crate) fn holds(self, c: char) -> bool {
        c.is_ascii() || !self.table().encode(c.encode_utf8(&mut [0; 4])).2
    }

    /// A text that fits as bytes, without a byte order mark.
    pub(crate) fn encode(self, text: &str) -> Cow<'_, [u8]> {
        self.table().encode(text).0
    }

    /// Bytes that passed [`undecodable`](Self::undecodable) as a text.
    pub(crate) fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        self.table().decode_without_bom_handling(bytes).0
    }

    /// The position of the first byte that is no text in this encoding: invalid UTF-8, a byte that
    /// Windows-1252 leaves undefined, or a control character of ISO-8859-15 (0x80 to 0x9F), which
    /// in practice is a file in Windows-1252. A NUL is no text anywhere.
    pub(crate) fn undecodable(self, bytes: &[u8]) -> Option<usize> {
        let bad = |byte: u8| match self {
            Self::Windows1252 => matches!(byte, 0 | 0x81 | 0x8d | 0x8f | 0x90 | 0x9d),
            Self::Iso8859_15 => matches!(byte, 0 | 0x80..=0x9f),
            Self::Utf8 | Self::Utf8Bom => byte == 0,
        };
        let position = bytes.iter().position(|&byte| bad(byte));
        if matches!(self, Self::Utf8 | Self::Utf8Bom) {
            let invalid = std::str::from_utf8(bytes).err().map(|error| error.valid_up_to());
            return position.into_iter().chain(invalid).min();
        }
        position
    }

    /// Whether a text that was read in this encoding of single bytes was UTF-8 (`CafÃ©`). A French letter in
    /// front of signs makes valid UTF-8, too (`CAFÉ®`, `café”»`), but none that stands in French texts.
    pub(crate) fn mistakes(self, text: &str) -> bool {
        let bytes = self.encode(text);
        let usual = |c| matches!(c, '\u{80}'..='\u{17f}' | '\u{2000}'..='\u{2bff}' | '\u{10000}'..);
        self.is_single_byte() && std::str::from_utf8(&bytes).is_ok_and(|text| text.contains(usual))
    }

    fn is_single_byte(self) -> bool {
        matches!(self, Self::Windows1252 | Self::Iso8859_15)
    }

    /// Whether a text in composed form has a character that this encoding has not.
    pub(crate) fn lacks(self, text: &str) -> bool {
        text.nfc().any(|c| !self.holds(c))
    }

    /// A text in composed form with every character in this encoding, or the first character that
    /// is not. With `transliterate`, a foreign character becomes what a French reader would type
    /// instead; where there is nothing sensible, it is refused and never written as `?`.
    pub(crate) fn fit(self, text: &str, transliterate: bool) -> Result<String, char> {
        let mut out = String::with_capacity(text.len());
        for c in text.nfc() {
            if self.holds(c) {
                out.push(c);
            } else if transliterate {
                out.push_str(&self.stand_in(c).ok_or(c)?);
            } else {
                return Err(c);
            }
        }
        Ok(out)
    }

    /// A text in composed form with every character in this encoding and such that `takes` has it; what
    /// cannot be transliterated becomes `otherwise`.
    pub(crate) fn fit_what_can(self, text: &str, takes: impl Fn(char) -> bool, otherwise: &str) -> String {
        let fits = |text: &str| text.chars().all(|c| self.holds(c) && takes(c));
        let mut out = String::with_capacity(text.len());
        for c in text.nfc() {
            match self.stand_in(c) {
                _ if self.holds(c) && takes(c) => out.push(c),
                Some(typed) if fits(&typed) => out.push_str(&typed),
                _ if fits(otherwise) => out.push_str(otherwise),
                _ => {}
            }
        }
        out.trim().to_owned()
    }

    fn stand_in(self, c: char) -> Option<Cow<'static, str>> {
        if let Some(known) = typed_instead(c) {
            return Some(Cow::Borrowed(known));
        }
        // ć becomes c, № becomes No; Ł and its like do not decompose and are in the table.
        let mut plain = String::new();
        for part in std::iter::once(c).nfkd().filter(|&part| !is_combining_mark(part)) {
            match typed_instead(part) {
                _ if part != c && self.holds(part) => plain.push(part),
                Some(known) => plain.push_str(known),
                None => return None,
            }
        }
        (!plain.is_empty()).then_some(Cow::Owned(plain))
    }
}

/// What a French keyboard types instead of a character.
fn typed_instead(c: char) -> Option<&'static str> {
    Some(match c {
        '‘' | '’' | '‚' | '‛' | 'ʼ' | '′' => "'",
        '“' | '”' | '„' | '‟' | '″' => "\"",
        '‹' => "<",
        '›' => ">",
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' => "-",
        '…' => "...",
        '•' | '‣' | '●' => "-",
        '⁄' => "/",
        'œ' => "oe",
        'Œ' => "OE",
        'æ' => "ae",
        'Æ' => "AE",
        'ß' => "ss",
        'ẞ' => "SS",
        '€' => "EUR",
        '™' => "TM",
        'ł' => "l",
        'Ł' => "L",
        'đ' => "d",
        'Đ' => "D",
        'ħ' => "h",
        'Ħ' => "H",
        'ı' => "i",
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => " ",
        // Invisible: joiners, direction marks, variation selectors, byte order marks.
        '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' => "",
        // Pictures: they say nothing that an ERP could act on, and customers put them into notes.
        '\u{20e3}'
        | '\u{2600}'..='\u{27bf}'
        | '\u{2b00}'..='\u{2bff}'
        | '\u{1f000}'..='\u{1faff}'
        | '\u{e0020}'..='\u{e007f}' => "",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn french_texts_fit_windows_1252_as_they_are() {
        let text = "Bistrot d’Œuvre – 12 € « brûlé »…";
        assert_eq!(Encoding::Windows1252.fit(text, false).as_deref(), Ok(text));
        assert_eq!(Encoding::Windows1252.encode("Œ€’").as_ref(), b"\x8c\x80\x92");
        assert_eq!(Encoding::Iso8859_15.encode("Œ€").as_ref(), b"\xbc\xa4");
    }

    #[test]
    fn foreign_characters_become_what_one_would_type() {
        for (text, latin) in [
            ("Łódź 5\u{202f}kg", "Lódz 5 kg"),
            ("cafe\u{301}", "café"),
            ("Ștefan №\u{a0}5", "Stefan No\u{a0}5"),
            ("a\u{200d}b\u{feff}", "ab"),
            ("½ ⅓", "½ 1/3"),
            ("5 °C max ❄️, 🍅", "5 °C max , "),
        ] {
            assert_eq!(Encoding::Windows1252.fit(text, true).as_deref(), Ok(latin));
        }
        assert_eq!(Encoding::Iso8859_15.fit("d’œuf…", true).as_deref(), Ok("d'œuf..."));
    }

    #[test]
    fn what_cannot_be_typed_is_refused_and_never_a_question_mark() {
        assert_eq!(Encoding::Windows1252.fit("日本", true), Err('日'));
        assert_eq!(Encoding::Windows1252.fit("Łódź", false), Err('Ł'));
        assert_eq!(Encoding::Windows1252.fit("🍅", false), Err('🍅'));
        assert_eq!(Encoding::Utf8.fit("🍅", false).as_deref(), Ok("🍅"));
    }

    #[test]
    fn utf_8_read_as_single_bytes_is_recognised_and_french_is_not() {
        for (read, is_utf_8) in [
            ("ForÃªt", true),
            ("lâ€™Å“uf", true),
            ("Forêt", false),
            ("CAFÉ®", false),
            ("« café”»", false),
            ("QUALITÉ\u{a0}: I", false),
            ("ForÃªt, forêt", false),
            ("N° 5", false),
            ("plain", false),
        ] {
            assert_eq!(Encoding::Windows1252.mistakes(read), is_utf_8, "{read}");
        }
        assert!(!Encoding::Utf8.mistakes("Forêt"));
    }

    #[test]
    fn a_note_keeps_what_can_be_written() {
        let fit = |text, otherwise| Encoding::Windows1252.fit_what_can(text, |_| true, otherwise);
        assert_eq!(fit("Sonner Łukasz 日本 🍅 !", "?"), "Sonner Lukasz ??  !");
        assert_eq!(fit("🍅 Sonner 日", ""), "Sonner");
        let plain = Encoding::Utf8.fit_what_can("Été 日 🍅", |c| c.is_ascii(), "?");
        assert_eq!(plain, "Ete ?");
    }

    #[test]
    fn bytes_that_are_no_text_are_found() {
        assert_eq!(Encoding::Windows1252.undecodable(b"ab\x81c"), Some(2));
        assert_eq!(Encoding::Windows1252.undecodable(b"\x80\x92\x9c"), None);
        assert_eq!(Encoding::Iso8859_15.undecodable(b"d\x92oeuf"), Some(1));
        assert_eq!(Encoding::Utf8.undecodable(b"caf\xe9"), Some(3));
        assert_eq!(Encoding::Utf8.undecodable("café".as_bytes()), None);
    }
}
