//! Text cut into lines.

use passerelle_domain::printable;

use crate::fonts::Fonts;
use crate::page::{Len, Style};

/// Cuts a text into lines no wider than `room`: at spaces and line feeds, and inside a word only
/// where the word alone is too wide. No-break spaces hold. At least one line, maybe empty.
pub(crate) fn wrap(fonts: &Fonts, style: Style, text: &str, room: Len) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        let mut width = 0;
        for word in printable(paragraph).split(' ').filter(|word| !word.is_empty()) {
            // A cent of a point too much for each word, so that rounded parts never promise too little.
            let word_width = fonts.width(style, word) + 10;
            let space = if line.is_empty() { 0 } else { fonts.width(style, " ") + 10 };
            if width + space + word_width <= room {
                if !line.is_empty() {
                    line.push(' ');
                }
                line.push_str(word);
                width += space + word_width;
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            width = word_width;
            if word_width <= room {
                line.push_str(word);
                continue;
            }
            for c in word.chars() {
                line.push(c);
                if fonts.width(style, &line) > room && line.chars().count() > 1 {
                    line.pop();
                    lines.push(std::mem::replace(&mut line, c.to_string()));
                }
            }
            width = fonts.width(style, &line) + 10;
        }
        if !line.is_empty() {
            lines.push(line);
        }
    }
    if lines.is_empty() {
        lines.push(String::new());
    }
    lines
}

/// The style, made smaller where the text would be wider than `room`.
pub(crate) fn fit(fonts: &Fonts, style: Style, text: &str, room: Len) -> Style {
    let width = fonts.width(style, &printable(text));
    if width <= room {
        return style;
    }
    Style { size: (i64::from(style.size) * i64::from(room) / i64::from(width)) as Len, ..style }
}

/// The text, or as much of it as fits into `room` with an ellipsis.
pub(crate) fn cut(fonts: &Fonts, style: Style, text: &str, room: Len) -> String {
    let text = printable(text);
    if fonts.width(style, &text) <= room {
        return text.into_owned();
    }
    let mut shown = String::new();
    let mut left = room - fonts.width(style, "…");
    for c in text.chars() {
        left -= fonts.width(style, c.encode_utf8(&mut [0; 4]));
        if left < 0 {
            break;
        }
        shown.push(c);
    }
    shown.trim_end().to_owned() + "…"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::{Colour, pt};

    fn fonts() -> Fonts {
        Fonts::load().expect("our fonts")
    }

    #[test]
    fn lines_are_cut_at_spaces_and_long_words_inside() {
        let style = Style::regular(pt(100), Colour::INK);
        let fonts = fonts();
        let lines = wrap(&fonts, style, "Cagette de tomates cœur de bœuf", pt(800));
        assert_eq!(lines, ["Cagette de", "tomates cœur de", "bœuf"]);
        let lines = wrap(&fonts, style, "ABCDEFGHIJKLMNOPQRSTUVWXYZ", pt(600));
        assert!(lines.len() > 2 && lines.concat() == "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "{lines:?}");
        assert!(lines.iter().all(|line| fonts.width(style, line) <= pt(600)));
        assert_eq!(wrap(&fonts, style, "1\u{202f}234\u{a0}€", pt(10)).concat(), "1\u{202f}234\u{a0}€");
        assert_eq!(wrap(&fonts, style, " ", pt(600)), [""]);
    }

    #[test]
    fn a_text_too_wide_is_set_smaller() {
        let style = Style::regular(pt(100), Colour::INK);
        let fonts = fonts();
        let smaller = fit(&fonts, style, "1234567890", pt(300));
        assert!(smaller.size < style.size && fonts.width(smaller, "1234567890") <= pt(300));
        assert_eq!(fit(&fonts, style, "12", pt(300)), style);
        assert_eq!(cut(&fonts, style, "12 34567890", pt(300)), "12 3…");
        assert_eq!(cut(&fonts, style, "12", pt(300)), "12");
    }
}
