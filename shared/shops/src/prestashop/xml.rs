//! XML as the webservice writes it, and nothing more: no document types, no entities but the five of
//! XML itself, no name spaces, and limits on depth and number. What could grow or reach outside when
//! it is read is refused, not skipped.

use std::ops::Range;

use quick_xml::Reader;
use quick_xml::events::{BytesRef, Event};

/// The webservice nests six deep: `prestashop/orders/order/associations/order_rows/order_row/id`.
const DEEPEST: usize = 12;
/// Elements in one answer: fifty orders with thirty lines of fifty fields are 75 000. So many take some 50 MB, of
/// the 256 MB that a function has (`tests/memory.rs`).
const MOST_ELEMENTS: usize = 250_000;

/// An element: either its text or its children matter. Attributes are not kept: they only repeat
/// addresses of the shop.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Element {
    pub name: String,
    pub text: String,
    pub children: Vec<Element>,
    /// Where it stands in the answer, in bytes.
    pub span: Range<usize>,
}

impl Element {
    /// The first child of a name.
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// Its children of a name.
    pub fn children_of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }
}

/// Reads a document and returns its root.
///
/// # Errors
/// What is wrong, and at which byte.
pub(super) fn parse(bytes: &[u8]) -> Result<Element, String> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| format!("no UTF-8 at byte {}", error.valid_up_to()))?
        .trim_start_matches('\u{feff}');
    let skipped = bytes.len() - text.len();
    let mut reader = Reader::from_str(text);
    let mut tree = Tree { skipped, ..Tree::default() };
    loop {
        let from = position(&reader);
        let event = reader.read_event();
        let at = |what: &str| format!("{what} at byte {}", from + skipped);
        match event.map_err(|error| at(&error.to_string()))? {
            Event::Start(start) => tree.open(start.name().into_inner(), from).map_err(|e| at(&e))?,
            Event::Empty(empty) => {
                tree.open(empty.name().into_inner(), from).map_err(|e| at(&e))?;
                tree.close(position(&reader));
            }
            Event::End(_) => tree.close(position(&reader)),
            Event::Text(text) => tree.text(&text.xml10_content()).map_err(|e| at(&e))?,
            Event::CData(data) => tree.text(&data.into_inner()).map_err(|e| at(&e))?,
            Event::GeneralRef(reference) => {
                let character = resolve(&reference).map_err(|e| at(&e))?;
                tree.text(character.encode_utf8(&mut [0; 4])).map_err(|e| at(&e))?;
            }
            Event::Decl(declaration) => {
                let encoding = declaration.encoding().and_then(Result::ok);
                if encoding.is_some_and(|encoding| !encoding.eq_ignore_ascii_case("utf-8")) {
                    return Err(at("another encoding than UTF-8"));
                }
            }
            Event::DocType(_) => return Err(at("a document type, which is never read,")),
            Event::Comment(_) | Event::PI(_) => {}
            Event::Eof => return tree.root(),
        }
    }
}

fn position(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

/// One of XML's own entities, or a character by its number.
fn resolve(reference: &BytesRef<'_>) -> Result<char, String> {
    if let Some(character) = reference.resolve_char_ref().map_err(|error| error.to_string())? {
        return Ok(character);
    }
    match &**reference {
        "amp" => Ok('&'),
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        other => Err(format!("the entity &{};, which XML does not know,", shown(other))),
    }
}

fn shown(text: &str) -> String {
    text.chars().take(40).collect()
}

#[derive(Default)]
struct Tree {
    open: Vec<Element>,
    root: Option<Element>,
    elements: usize,
    skipped: usize,
}

impl Tree {
    fn open(&mut self, name: &str, from: usize) -> Result<(), String> {
        if self.open.is_empty() && self.root.is_some() {
            return Err("a second root".into());
        }
        if self.open.len() == DEEPEST {
            return Err(format!("more than {DEEPEST} elements inside each other"));
        }
        self.elements += 1;
        if self.elements > MOST_ELEMENTS {
            return Err(format!("more than {MOST_ELEMENTS} elements; lower page_size"));
        }
        let from = from + self.skipped;
        self.open.push(Element { name: name.to_owned(), span: from..from, ..Element::default() });
        Ok(())
    }

    /// The reader has checked that it is the innermost element that ends.
    fn close(&mut self, to: usize) {
        let Some(mut element) = self.open.pop() else { return };
        element.span.end = to + self.skipped;
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => self.root = Some(element),
        }
    }

    fn text(&mut self, text: &str) -> Result<(), String> {
        match self.open.last_mut() {
            Some(element) => element.text.push_str(text),
            None if text.trim().is_empty() => {}
            None => return Err(format!("{} characters outside the document", text.trim().chars().count())),
        }
        Ok(())
    }

    fn root(self) -> Result<Element, String> {
        match (self.open.last(), self.root) {
            (Some(open), _) => Err(format!("the document is cut short inside <{}>", shown(&open.name))),
            (None, Some(root)) => Ok(root),
            (None, None) => Err("nothing".into()),
        }
    }
}

#[cfg(test)]
#[path = "xml_tests.rs"]
mod tests;
