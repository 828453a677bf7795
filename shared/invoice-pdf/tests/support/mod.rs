//! Reads a PDF back with lopdf, as a viewer does: codes, widths and ToUnicode of the embedded fonts.
#![allow(dead_code, reason = "each test binary uses its own part")]

pub mod kinds;

use std::collections::BTreeMap;
use std::path::PathBuf;

use lopdf::content::Content;
use lopdf::{Dictionary, Document, Object};
use passerelle_domain::Invoice;
use passerelle_domain::Presentation;
use passerelle_invoice_pdf::Renderer;

/// A text as it was shown; lengths in thousandths of a point, `y` from the bottom of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    pub x: i64,
    pub y: i64,
    pub width: i64,
    pub text: String,
    pub font: String,
}

/// A font as a viewer knows it.
pub struct Font {
    pub dictionary: Dictionary,
    pub program: Vec<u8>,
    pub unicode: BTreeMap<u16, String>,
    pub widths: BTreeMap<u16, i64>,
}

pub fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/invoices").join(name)
}

pub fn presentation() -> Presentation {
    let text = std::fs::read_to_string(fixture("presentation.toml")).expect("the fixture");
    toml::from_str(&text).expect("a presentation")
}

pub fn renderer() -> Renderer {
    Renderer::new(&presentation(), None).expect("a valid presentation")
}

/// A logo of one colour.
pub fn logo(width: u32, height: u32) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgba);
    let pixels = [20, 83, 45, 255].repeat((width * height) as usize);
    encoder.write_header().expect("a header").write_image_data(&pixels).expect("pixels");
    file
}

pub fn invoice(name: &str) -> Invoice {
    let json = std::fs::read(fixture(&format!("{name}.json"))).expect("the fixture");
    serde_json::from_slice(&json).expect("an invoice")
}

pub fn render(invoice: &Invoice) -> Vec<u8> {
    renderer().render(invoice).expect("a file")
}

pub fn load(file: &[u8]) -> Document {
    Document::load_mem(file).expect("a PDF")
}

fn thousandths(object: &Object) -> i64 {
    let number = f64::from(object.as_float().expect("a number"));
    format!("{number:.3}").replace('.', "").parse().expect("digits")
}

fn stream(document: &Document, object: &Object) -> Vec<u8> {
    let object = document.dereference(object).expect("an object").1;
    object.as_stream().expect("a stream").get_plain_content().expect("plain content")
}

pub fn fonts(document: &Document, page: lopdf::ObjectId) -> BTreeMap<String, Font> {
    let fonts = document.get_page_fonts(page).expect("fonts");
    fonts
        .into_iter()
        .map(|(name, font)| {
            let name = String::from_utf8(name).expect("ASCII");
            let descendants = font.get(b"DescendantFonts").and_then(Object::as_array).expect("Type0");
            let dictionary = descendants[0].as_dict().expect("a CID font").clone();
            let descriptor = document.get_dict_in_dict(&dictionary, b"FontDescriptor").expect("a descriptor");
            let program = stream(document, descriptor.get(b"FontFile2").expect("an embedded font"));
            let cmap = stream(document, font.get(b"ToUnicode").expect("ToUnicode"));
            let unicode = to_unicode(&String::from_utf8(cmap).expect("ASCII"));
            let widths = widths(dictionary.get(b"W").and_then(Object::as_array).expect("W"));
            (name, Font { dictionary, program, unicode, widths })
        })
        .collect()
}

/// `bfchar` and the simple form of `bfrange`.
fn to_unicode(cmap: &str) -> BTreeMap<u16, String> {
    let text = |hex: &str| {
        let units: Vec<u16> = hex
            .as_bytes()
            .chunks(4)
            .map(|unit| u16::from_str_radix(std::str::from_utf8(unit).expect("ASCII"), 16).expect("hex"))
            .collect();
        String::from_utf16(&units).expect("UTF-16")
    };
    let code = |hex: &str| u16::from_str_radix(hex, 16).expect("hex");
    let mut map = BTreeMap::new();
    for section in cmap.split("begin").skip(1) {
        let tokens: Vec<&str> = section
            .split("end")
            .next()
            .unwrap_or_default()
            .split(['<', '>'])
            .skip(1)
            .step_by(2)
            .map(str::trim)
            .collect();
        if section.starts_with("bfchar") {
            for pair in tokens.as_chunks::<2>().0 {
                map.insert(code(pair[0]), text(pair[1]));
            }
        } else if section.starts_with("bfrange") {
            for &[from, to, first] in tokens.as_chunks::<3>().0 {
                let first = text(first).chars().next().expect("a character");
                for (i, code) in (code(from)..=code(to)).enumerate() {
                    let c = char::from_u32(u32::from(first) + u32::try_from(i).expect("small"));
                    map.insert(code, c.expect("a character").to_string());
                }
            }
        }
    }
    map
}

fn widths(w: &[Object]) -> BTreeMap<u16, i64> {
    let mut widths = BTreeMap::new();
    for pair in w.as_chunks::<2>().0 {
        let first = u16::try_from(pair[0].as_i64().expect("a code")).expect("a code");
        for (code, width) in (first..).zip(pair[1].as_array().expect("widths")) {
            widths.insert(code, width.as_i64().expect("a width"));
        }
    }
    widths
}

/// Everything shown on each page, in the order of the content stream.
pub fn shown(document: &Document) -> Vec<Vec<Shown>> {
    document.get_pages().into_values().map(|page| shown_on(document, page)).collect()
}

fn shown_on(document: &Document, page: lopdf::ObjectId) -> Vec<Shown> {
    let fonts = fonts(document, page);
    let content = Content::decode(&document.get_page_content(page)).expect("operators");
    let (mut font, mut size, mut at) = (String::new(), 0, (0, 0));
    let mut all = Vec::new();
    for operation in content.operations {
        let operands = &operation.operands;
        match operation.operator.as_str() {
            "BT" => at = (0, 0),
            "Tf" => {
                font = String::from_utf8(operands[0].as_name().expect("a font").to_vec()).expect("ASCII");
                size = thousandths(&operands[1]);
            }
            "Td" => at = (at.0 + thousandths(&operands[0]), at.1 + thousandths(&operands[1])),
            "Tj" => {
                let used = &fonts[&font];
                let bytes = operands[0].as_str().expect("a string");
                let codes: Vec<u16> =
                    bytes.as_chunks().0.iter().map(|pair| u16::from_be_bytes(*pair)).collect();
                assert!(!codes.contains(&0), ".notdef is shown");
                let text = codes.iter().map(|code| used.unicode[code].as_str()).collect();
                let width = codes.iter().map(|code| used.widths[code]).sum::<i64>() * size / 1000;
                all.push(Shown { x: at.0, y: at.1, width, text, font: font.clone() });
            }
            "TJ" | "Tm" | "T*" | "'" | "\"" => panic!("{} is not expected", operation.operator),
            _ => {}
        }
    }
    all
}

/// The texts of a page by line, as `pdftotext -layout` finds them: top to bottom, left to right,
/// joined with ` | `.
pub fn lines(page: &[Shown]) -> Vec<String> {
    let mut rows: BTreeMap<i64, Vec<&Shown>> = BTreeMap::new();
    for shown in page {
        rows.entry(-shown.y).or_default().push(shown);
    }
    rows.into_values()
        .map(|mut row| {
            row.sort_by_key(|shown| shown.x);
            row.iter().map(|shown| shown.text.as_str()).collect::<Vec<_>>().join(" | ")
        })
        .collect()
}

/// The lines of all pages.
pub fn text(file: &[u8]) -> Vec<Vec<String>> {
    shown(&load(file)).iter().map(|page| lines(page)).collect()
}

/// The amount to the right of a label, in cents, wherever the label stands: one entry a page at most.
pub fn amounts(pages: &[Vec<String>], label: &str) -> Vec<i64> {
    let mut found = Vec::new();
    for line in pages.iter().flatten() {
        let cells: Vec<&str> = line.split(" | ").collect();
        if let Some(at) = cells.iter().position(|cell| *cell == label) {
            let amount: String = cells[at + 1].chars().filter(|c| c.is_ascii_digit() || *c == '-').collect();
            found.push(amount.parse().expect("an amount"));
        }
    }
    found
}
