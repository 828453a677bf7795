//! Pages as a printpdf document. Nothing is measured or decided here.

use std::collections::{BTreeMap, BTreeSet};

use passerelle_domain::Result;
use printpdf::{
    Color, DictItem, ExternalStream, ExternalXObject, FontId, Mm, Op, PaintMode, PdfDocument, PdfFont,
    PdfFontHandle, PdfPage, Point, Pt, Px, Rect, Rgb, TextItem, XObject, XObjectId, XObjectTransform,
};

use crate::fonts::{Face, Fonts};
use crate::logo::Logo;
use crate::page::{Colour, Item, Len, PAGE_HEIGHT, PAGE_WIDTH};

const LOGO: &str = "Logo";

/// Draws pages; fonts are cut down to the characters used.
pub(crate) fn document(pages: &[Vec<Item>], fonts: &Fonts, logo: Option<&Logo>) -> Result<PdfDocument> {
    let mut document = PdfDocument::new("");
    for face in Face::ALL {
        let used = characters(pages, face);
        if !used.is_empty() {
            let font = PdfFont::new(fonts.subset(face, &used)?);
            document.resources.fonts.map.insert(FontId(face.resource().into()), font);
        }
    }
    if let Some(logo) = logo {
        document.resources.xobjects.map.insert(XObjectId(LOGO.into()), image(logo));
    }
    document.pages = pages.iter().map(|items| page(items)).collect();
    Ok(document)
}

fn characters(pages: &[Vec<Item>], face: Face) -> BTreeSet<char> {
    pages
        .iter()
        .flatten()
        .filter_map(|item| match item {
            Item::Text { style, text, .. } if style.face == face => Some(text.chars()),
            _ => None,
        })
        .flatten()
        .collect()
}

fn page(items: &[Item]) -> PdfPage {
    let mut ops = Vec::with_capacity(items.len() * 6);
    let mut fill = None;
    for item in items {
        let colour = match item {
            Item::Text { style, .. } => Some(style.colour),
            Item::Fill { colour, .. } => Some(*colour),
            Item::Logo { .. } => None,
        };
        if colour.is_some() && colour != fill {
            ops.extend(colour.map(|colour| Op::SetFillColor { col: rgb(colour) }));
            fill = colour;
        }
        match item {
            Item::Text { x, y, style, text } => ops.extend([
                Op::StartTextSection,
                Op::SetFont {
                    font: PdfFontHandle::External(FontId(style.face.resource().into())),
                    size: points(style.size),
                },
                Op::SetTextCursor { pos: Point { x: points(*x), y: points(PAGE_HEIGHT - y) } },
                Op::ShowText { items: vec![TextItem::Text(text.clone())] },
                Op::EndTextSection,
            ]),
            Item::Fill { x, y, width, height, .. } => ops.push(Op::DrawRectangle {
                rectangle: Rect {
                    x: points(*x),
                    y: points(PAGE_HEIGHT - y - height),
                    width: points(*width),
                    height: points(*height),
                    mode: Some(PaintMode::Fill),
                    winding_order: None,
                },
            }),
            Item::Logo { x, y, width, height } => ops.push(Op::UseXobject {
                id: XObjectId(LOGO.into()),
                transform: XObjectTransform {
                    translate_x: Some(points(*x)),
                    translate_y: Some(points(PAGE_HEIGHT - y - height)),
                    scale_x: Some(points(*width).0),
                    scale_y: Some(points(*height).0),
                    no_auto_scale: true,
                    ..XObjectTransform::default()
                },
            }),
        }
    }
    let mut page = PdfPage::new(Mm(210.0), Mm(297.0), ops);
    let sheet = Rect::from_wh(points(PAGE_WIDTH), points(PAGE_HEIGHT));
    (page.media_box, page.trim_box, page.crop_box) = (sheet.clone(), sheet.clone(), sheet);
    page
}

fn image(logo: &Logo) -> XObject {
    let dict: BTreeMap<String, DictItem> = logo
        .stream
        .dict
        .iter()
        .map(|(key, value)| (String::from_utf8_lossy(key).into_owned(), DictItem::from_lopdf(value)))
        .collect();
    XObject::External(ExternalXObject {
        stream: ExternalStream { dict, content: logo.stream.content.clone(), compress: false },
        width: usize::try_from(logo.width).ok().map(Px),
        height: usize::try_from(logo.height).ok().map(Px),
        dpi: None,
    })
}

/// The only place where a length becomes a float, as PDF wants it: exact to the thousandth.
#[expect(clippy::float_arithmetic, reason = "PDF's numbers; all arithmetic was done in whole numbers before")]
fn points(length: Len) -> Pt {
    Pt(length as f32 / 1000.0)
}

/// Rounded to thousandths, so that the content stream stays short.
#[expect(clippy::float_arithmetic, reason = "PDF's numbers")]
fn rgb(colour: Colour) -> Color {
    let part = |value: u8| ((u32::from(value) * 1000 + 127) / 255) as f32 / 1000.0;
    Color::Rgb(Rgb { r: part(colour.0), g: part(colour.1), b: part(colour.2), icc_profile: None })
}
