//! What the page of an invoice can show. It stands here so that an invoice with a name that cannot be
//! printed is rejected when it comes, by a function that does not link the fonts.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// What stands for a character that can neither be shown nor transliterated: visible, so that
/// somebody asks. Never blank, never the font's `.notdef`, which PDF/A forbids.
const MISSING: char = '□';

/// Whether the fonts of an invoice have a glyph for a character. A test of `passerelle-invoice-pdf`
/// compares these ranges with the font files.
#[inline]
pub fn has_glyph(c: char) -> bool {
    matches!(
        c,
        ' '..='~'
            | '\u{a0}'..='\u{17f}'
            | '\u{1a0}'..='\u{1a1}'
            | '\u{1af}'..='\u{1b0}'
            | '\u{218}'..='\u{21b}'
            | '\u{1ea0}'..='\u{1ef9}'
            | '\u{2010}'
            | '\u{2012}'..='\u{2022}'
            | '\u{2026}'
            | '\u{202f}'..='\u{2030}'
            | '\u{2032}'..='\u{2033}'
            | '\u{2039}'..='\u{203a}'
            | '\u{2044}'
            | '\u{20ac}'
            | '\u{2116}'
            | '\u{2122}'
            | '\u{2153}'..='\u{2154}'
            | '\u{2190}'
            | '\u{2192}'
            | '\u{2212}'
            | '\u{2248}'
            | '\u{2260}'
            | '\u{2264}'..='\u{2265}'
            | '\u{25a1}'
            | '\u{25cf}'
    )
}

/// Makes a text one that the fonts can show: composed (NFC), white space as single spaces, and each
/// character without a glyph replaced by, in this order,
/// 1. a table of plain forms,
/// 2. its compatibility decomposition without the marks that cannot be shown ("ﬀ" gives "ff", "ǩ" gives "k"),
/// 3. `□`.
pub fn printable(text: &str) -> Cow<'_, str> {
    // Below the combining marks everything is composed already: most texts stay as they are.
    if text.chars().all(|c| c < '\u{300}' && c != '\u{ad}' && has_glyph(c)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.nfc() {
        match form(c) {
            Form::Itself => out.push(c),
            Form::Plain(plain) => out.push_str(plain),
            Form::Parts => out.extend(std::iter::once(c).nfkd().filter(|part| has_glyph(*part))),
            Form::Missing => out.push(MISSING),
        }
    }
    Cow::Owned(out)
}

/// The letters and digits of a text that no invoice can show, each once; empty where all can be read.
/// Other signs, such as pictures, are replaced and make no text unreadable.
pub fn unprintable(text: &str) -> String {
    let mut lost = String::new();
    if text.chars().all(has_glyph) {
        return lost;
    }
    for c in text.nfc().filter(|c| c.is_alphanumeric() && matches!(form(*c), Form::Missing)) {
        if !lost.contains(c) {
            lost.push(c);
        }
    }
    lost
}

/// How a character of a composed text is shown.
enum Form {
    Itself,
    Plain(&'static str),
    /// Those parts of its decomposition that have a glyph.
    Parts,
    Missing,
}

fn form(c: char) -> Form {
    if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') {
        Form::Plain(" ")
    } else if has_glyph(c) && c != '\u{ad}' {
        Form::Itself
    } else if let Some(plain) = plain(c) {
        Form::Plain(plain)
    } else if is_combining_mark(c) {
        Form::Plain("")
    } else if std::iter::once(c).nfkd().all(|part| has_glyph(part) || is_combining_mark(part)) {
        Form::Parts
    } else {
        Form::Missing
    }
}

/// Characters that stand often enough in what tills and customers write, and have a plain form.
fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        // Soft hyphen, zero-width and direction marks, byte order mark, variation selectors: invisible.
        '\u{ad}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}'
        | '\u{feff}'
        | '\u{fe00}'..='\u{fe0f}' => "",
        '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{205f}' | '\u{3000}' => " ",
        '\u{2011}' => "-",
        '\u{2015}' => "—",
        '\u{2035}' => "'",
        // Apostrophes that count as letters.
        '\u{2b9}'..='\u{2bc}' => "’",
        'ƒ' => "f",
        'ß' => "ss",
        'ẞ' => "SS",
        '⅛' => "1/8",
        '✓' | '✔' => "v",
        '✗' | '✘' => "x",
        '★' | '☆' => "*",
        '▪' | '■' | '◾' | '●' => "•",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_fonts_show_stays_as_it_is() {
        let text = "« Œuf d’été à 1\u{202f}234,56\u{a0}€ — Phở Nguyễn, Țepeș, ŠKODA ÿ »";
        assert_eq!(printable(text), text);
        assert_eq!(unprintable(text), "");
    }

    #[test]
    fn what_they_do_not_show_is_replaced_and_never_blank() {
        for (text, shown) in [
            ("e\u{301}te\u{301}", "été"),
            ("6\u{2011}12", "6-12"),
            ("bro\u{ad}co\u{200b}li", "brocoli"),
            ("ﬀ ǩ ½", "ff k ½"),
            ("A\tB\nC", "A B C"),
            ("日本 🍅 \u{ffff}", "□□ □ □"),
            ("ç\u{328}", "ç"),
            ("O\u{2bc}Brien", "O’Brien"),
            ("ﷺ", "□"),
            ("", ""),
        ] {
            assert_eq!(printable(text), shown, "{text:?}");
        }
    }

    #[test]
    fn letters_and_digits_that_would_be_lost_are_named_once() {
        for (text, lost) in [
            ("Ресторан «Река»", "Ресторанк"),
            ("Table 拉麵 拉", "拉麵"),
            ("Café ٣", "٣"),
            ("Tomates 🍅 ✔ ǩ e\u{301} \u{200f}", ""),
            ("и\u{306}", "й"),
        ] {
            assert_eq!(unprintable(text), lost, "{text:?}");
        }
    }
}
