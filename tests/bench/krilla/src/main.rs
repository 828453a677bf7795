//! The product's layout, drawn by krilla as PDF/A-3b with the product's XML attached: what rendering would
//! cost with it. Prints the same line of JSON as the product's own `bench` example.
//!
//! The sources of the layout are the product's, by path.
#![allow(dead_code, unused_imports, clippy::float_arithmetic, reason = "only a part of the product is used")]

#[path = "../../../../shared/invoice-pdf/src/epc.rs"]
mod epc;
#[path = "../../../../shared/invoice-pdf/src/facturx/mod.rs"]
mod facturx;
#[path = "../../../../shared/invoice-pdf/src/fonts.rs"]
mod fonts;
#[path = "../../../../shared/invoice-pdf/src/format.rs"]
mod format;
#[path = "../../../../shared/invoice-pdf/tests/support/kinds.rs"]
mod kinds;
#[path = "../../../../shared/invoice-pdf/src/layout/mod.rs"]
mod layout;
#[path = "../../../../shared/invoice-pdf/src/logo.rs"]
mod logo;
#[path = "../../../../shared/invoice-pdf/src/page.rs"]
mod page;
#[path = "../../../../shared/invoice-pdf/src/text.rs"]
mod text;

use std::error::Error;
use std::time::{Duration, Instant};

use fonts::{ByCharacter, Face, Fonts};
use krilla::configure::{Archival, ConfigurationBuilder};
use krilla::embed::{AssociationKind, EmbeddedFile, MimeType};
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::{DateTime, Metadata};
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use krilla::{Document, SerializeSettings, color::rgb};
use page::{Colour, Item, Len, PAGE_HEIGHT, PAGE_WIDTH};
use passerelle_domain::{Invoice, Operation, Presentation};

// What the layout expects of its crate's root.
const TOTAL_NET: &str = "Total HT";
const TOTAL_VAT: &str = "Total TVA";
const TOTAL_GROSS: &str = "Total TTC";
const PREPAID: &str = "Déjà réglé";
const DUE: &str = "Net à payer";
const DUE_TO_BUYER: &str = "Net en votre faveur";
const CARRIED_OVER: &str = "À reporter";
const BROUGHT_FORWARD: &str = "Report";

struct Renderer {
    presentation: Presentation,
    accent: Colour,
    fonts: Fonts,
    logo: Option<logo::Logo>,
    /// krilla's own fonts, parsed once, and the glyphs of characters.
    faces: [(Font, ByCharacter); 2],
}

impl Renderer {
    fn new(presentation: Presentation) -> Result<Self, Box<dyn Error>> {
        let fonts = Fonts::load()?;
        let face = |face: Face| {
            let mut glyphs = ByCharacter::default();
            for (&code, &glyph) in &fonts.parsed(face).codepoint_to_glyph {
                glyphs.set(char::from_u32(code).unwrap_or_default(), glyph);
            }
            Font::new(face.bytes().to_vec().into(), 0).map(|font| (font, glyphs)).ok_or("no font")
        };
        let faces = [face(Face::Regular)?, face(Face::Bold)?];
        let [red, green, blue] = presentation.branding.accent_rgb().ok_or("no colour")?;
        let accent = Colour(red, green, blue);
        Ok(Self { presentation, accent, fonts, logo: None, faces })
    }

    fn render(&self, invoice: &Invoice) -> Result<Vec<u8>, Box<dyn Error>> {
        let pages = layout::pages(self, invoice);
        let configuration = ConfigurationBuilder::new().with_archival_validator(Archival::A3_B).finish();
        let configuration = configuration.map_err(|error| format!("{error:?}"))?;
        let mut document =
            Document::new_with(SerializeSettings { configuration, ..SerializeSettings::default() });
        for items in &pages {
            let size = PageSettings::from_wh(points(PAGE_WIDTH), points(PAGE_HEIGHT)).ok_or("no page")?;
            let mut page = document.start_page_with(size);
            let mut surface = page.surface();
            for item in items {
                self.draw(&mut surface, item);
            }
            surface.finish();
            page.finish();
        }
        let issued = invoice.issued_on;
        let date = DateTime::new(issued.year() as u16).month(issued.month() as u8).day(issued.day() as u8);
        let date = date.hour(12).minute(0).second(0).utc_offset_hour(0).utc_offset_minute(0);
        document.embed_file(EmbeddedFile {
            path: facturx::FILE_NAME.into(),
            mime_type: MimeType::new("text/xml"),
            description: Some("Factur-X invoice".into()),
            association_kind: AssociationKind::Alternative,
            data: facturx::document(&self.presentation, invoice).into(),
            modification_date: Some(date),
            compress: Some(true),
            location: None,
        });
        document.set_metadata(
            Metadata::new()
                .title(format!("Facture {}", invoice.number))
                .language("fr-FR".into())
                .authors(vec![self.presentation.seller.name.clone()])
                .creation_date(date),
        );
        document.finish().map_err(|error| format!("{error:?}").into())
    }

    fn draw(&self, surface: &mut Surface<'_>, item: &Item) {
        match item {
            Item::Text { x, y, style, text } => {
                fill(surface, style.colour);
                let (font, codes) = &self.faces[style.face as usize];
                let glyphs: Vec<KrillaGlyph> = text
                    .char_indices()
                    .filter_map(|(at, c)| {
                        let advance = self
                            .fonts
                            .width(page::Style { size: 1000, ..*style }, c.encode_utf8(&mut [0; 4]));
                        Some(KrillaGlyph {
                            glyph_id: GlyphId::new(codes.get(c)?.into()),
                            text_range: at..at + c.len_utf8(),
                            x_advance: advance as f32 / 1000.0,
                            x_offset: 0.0,
                            y_offset: 0.0,
                            y_advance: 0.0,
                            location: None,
                        })
                    })
                    .collect();
                let at = Point::from_xy(points(*x), points(*y));
                surface.draw_glyphs(at, &glyphs, font.clone(), text, points(style.size), false);
            }
            Item::Fill { x, y, width, height, colour } => {
                fill(surface, *colour);
                rectangles(surface, [(*x, *y, *width, *height)]);
            }
            Item::Logo { .. } => {}
            Item::Code { x, y, side, code } => {
                fill(surface, Colour::BLACK);
                let (cell, row_bytes) = (side / code.side as Len, code.side.div_ceil(8));
                let is_dark =
                    |row: usize, at: usize| code.bits[row * row_bytes + at / 8] >> (7 - at % 8) & 1 == 0;
                let dark = (0..code.side)
                    .flat_map(|row| (0..code.side).map(move |at| (row, at)))
                    .filter(|(row, at)| is_dark(*row, *at))
                    .map(|(row, at)| (x + cell * at as Len, y + cell * row as Len, cell, cell));
                rectangles(surface, dark);
            }
        }
    }
}

fn rectangles(surface: &mut Surface<'_>, all: impl IntoIterator<Item = (Len, Len, Len, Len)>) {
    let mut path = PathBuilder::new();
    for (x, y, width, height) in all {
        if let Some(rect) = Rect::from_xywh(points(x), points(y), points(width), points(height)) {
            path.push_rect(rect);
        }
    }
    if let Some(path) = path.finish() {
        surface.draw_path(&path);
    }
}

fn fill(surface: &mut Surface<'_>, colour: Colour) {
    let paint = rgb::Color::new(colour.0, colour.1, colour.2).into();
    surface.set_fill(Some(Fill { paint, ..Fill::default() }));
}

fn points(length: Len) -> f32 {
    length as f32 / 1000.0
}

fn memory(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    Duration::from_nanos(stat.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or(0))
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let lines: u32 = arguments.next().ok_or("usage: bench-krilla <lines> [seconds] [file]")?.parse()?;
    let seconds: u64 = arguments.next().map_or(Ok(2), |text| text.parse())?;
    let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/invoices/presentation.toml");
    let presentation: Presentation = toml::from_str(&std::fs::read_to_string(fixture)?)?;
    let renderer = Renderer::new(presentation)?;
    let invoice = kinds::of_lines(lines);
    let file = renderer.render(&invoice)?;
    let bytes = file.len();
    if let Some(path) = arguments.next() {
        std::fs::write(path, &file)?;
    }
    // The kernel counts a process's time when it switches: only a long stretch is exact.
    let (before, until, mut rounds) = (cpu(), Instant::now() + Duration::from_secs(seconds), 0);
    while Instant::now() < until || rounds == 0 {
        std::hint::black_box(renderer.render(&invoice)?);
        rounds += 1;
    }
    let mean = (cpu() - before).as_micros() / rounds;
    let peak = memory("VmHWM:");
    println!(
        "{{\"lines\": {lines}, \"cpu_us\": {mean}, \"bytes\": {bytes}, \"peak_kb\": {peak}, \"rounds\": {rounds}}}"
    );
    Ok(())
}
