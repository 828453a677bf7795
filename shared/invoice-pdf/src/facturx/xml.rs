//! Writes XML: elements in order, texts escaped. No attributes but those that CII needs.

use std::fmt::{Display, Write};

/// An XML document being written.
pub(super) struct Xml {
    out: String,
}

impl Xml {
    pub(super) fn new(capacity: usize) -> Self {
        let mut out = String::with_capacity(capacity);
        out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        Self { out }
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.out.into_bytes()
    }

    /// An element around what `inside` writes. `tag` may carry attributes that need no escaping.
    pub(super) fn element(&mut self, tag: &str, inside: impl FnOnce(&mut Self)) {
        self.open(tag);
        inside(self);
        self.close(tag);
    }

    /// An element with a text; nothing where the text is blank, since an empty element breaks BR-FR rules.
    pub(super) fn text(&mut self, tag: &str, text: &str) {
        let text = text.trim();
        if !text.is_empty() {
            self.open(tag);
            escape(&mut self.out, text);
            self.close(tag);
        }
    }

    /// An element with a figure or code, which needs no escaping.
    pub(super) fn value(&mut self, tag: &str, value: impl Display) {
        self.open(tag);
        // Writing to a string cannot fail.
        let _ = write!(self.out, "{value}");
        self.close(tag);
    }

    fn open(&mut self, tag: &str) {
        self.out.push('<');
        self.out.push_str(tag);
        self.out.push('>');
    }

    fn close(&mut self, tag: &str) {
        self.out.push_str("</");
        self.out.push_str(tag.split(' ').next().unwrap_or(tag));
        self.out.push('>');
    }
}

/// Appends a text with the five characters escaped that XML reserves, and without those that it forbids
/// (XML 1.0, 2.2): an invoice must be readable even when a till wrote a control character into it.
pub(crate) fn escape(out: &mut String, text: &str) {
    let mut plain = 0;
    for (at, c) in text.char_indices() {
        let escaped = match c {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            '"' => "&quot;",
            '\'' => "&apos;",
            '\t' | '\n' => continue,
            '\r' | '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => "",
            _ => continue,
        };
        out.push_str(&text[plain..at]);
        out.push_str(escaped);
        plain = at + c.len_utf8();
    }
    out.push_str(&text[plain..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped_and_what_xml_forbids_is_left_out() {
        let mut xml = Xml::new(0);
        xml.element("a", |xml| {
            xml.text("b id=\"1\"", " Dupont & Fils <\"l'été\">\u{0}\u{b}\u{ffff}\r\n€ 🍅 ");
            xml.text("empty", " \n");
            xml.value("c", 12);
        });
        let text = String::from_utf8(xml.into_bytes()).expect("UTF-8");
        let (_, body) = text.split_once('\n').expect("a declaration");
        let inside = "Dupont &amp; Fils &lt;&quot;l&apos;été&quot;&gt;\n€ 🍅";
        assert_eq!(body, format!("<a><b id=\"1\">{inside}</b><c>12</c></a>"));
    }
}
