//! The document's objects: printpdf makes them, lopdf adds what printpdf has no API for, so that the
//! file is PDF/A-3b (ISO 19005-3) with the invoice's XML inside, as Factur-X wants it.

use std::collections::BTreeMap;

use lopdf::{Dictionary, Document, Object, ObjectId, SaveOptions, Stream, StringFormat, dictionary};
use md5::{Digest, Md5};
use passerelle_domain::{Failure, Invoice, InvoiceKind, Result};
use printpdf::{
    DictItem, ExternalStream, ExternalXObject, Mm, PdfDocument, PdfPage, PdfSaveOptions, Pt, Px, Rect,
    XObject, XObjectId,
};
use sha2::Sha256;

use crate::deflate::Deflater;
use crate::draw::{self, CODE, LOGO, Typefaces};
use crate::epc::Code;
use crate::facturx::FILE_NAME;
use crate::fonts::Face;
use crate::logo::Logo;
use crate::page::{Item, Len, PAGE_HEIGHT, PAGE_WIDTH};
use crate::xmp;

/// What viewers show as the program that made the file. No version number: the same invoice has
/// the same bytes from every release that lays it out the same way.
const PRODUCER: &str = "Passerelle";

/// sRGB, 480 bytes, CC0; see `icc/README.md`.
const SRGB: &[u8] = include_bytes!("../icc/sRGB-v4.icc");

/// What a file is made of.
pub(crate) struct Parts<'a> {
    pub(crate) invoice: &'a Invoice,
    /// The seller's name.
    pub(crate) seller: &'a str,
    pub(crate) pages: &'a [Vec<Item>],
    pub(crate) typefaces: &'a Typefaces<'a>,
    pub(crate) logo: Option<&'a Logo>,
    /// The invoice as XML.
    pub(crate) xml: &'a [u8],
}

/// The file.
pub(crate) fn bytes(parts: &Parts<'_>) -> Result<Vec<u8>> {
    let failed = |cause: String| Failure::rejected("write PDF", parts.invoice.number.as_str(), cause);
    let mut document = skeleton(parts.pages.len(), parts.logo).map_err(failed)?;
    document.version = "1.7".into();
    fill(&mut document, parts).map_err(|error| failed(error.to_string()))?;
    let mut file = Vec::with_capacity(64 * 1024);
    // Object streams: a tenth less.
    let options = SaveOptions::builder().use_object_streams(true).use_xref_streams(true);
    let options = options.compression_level(6).build();
    document.save_with_options(&mut file, options).map_err(|error| failed(error.to_string()))?;
    identify(&mut file).map_err(failed)?;
    Ok(file)
}

/// Catalog, page tree, pages and the logo, from printpdf; the pages are empty.
fn skeleton(pages: usize, logo: Option<&Logo>) -> Result<Document, String> {
    let mut drawn = PdfDocument::new("");
    if let Some(logo) = logo {
        drawn.resources.xobjects.map.insert(XObjectId(LOGO.into()), image(logo));
    }
    let sheet = Rect::from_wh(points(PAGE_WIDTH), points(PAGE_HEIGHT));
    let mut page = PdfPage::new(Mm(210.0), Mm(297.0), Vec::new());
    (page.media_box, page.trim_box, page.crop_box) = (sheet.clone(), sheet.clone(), sheet);
    drawn.pages = vec![page; pages];
    let mut warnings = Vec::new();
    let document = drawn.to_lopdf_document(&PdfSaveOptions::default(), &mut warnings);
    match warnings.first() {
        Some(warning) => Err(warning.msg.clone()),
        None => Ok(document),
    }
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

/// The only place where a length becomes a float, as printpdf wants it: exact to the thousandth.
#[expect(clippy::float_arithmetic, reason = "the page's size; all else is in whole numbers")]
fn points(length: Len) -> Pt {
    Pt(length as f32 / 1000.0)
}

fn fill(document: &mut Document, parts: &Parts<'_>) -> lopdf::Result<()> {
    let mut deflater = Deflater::new();
    let mut compressed = |dict: Dictionary, content: &[u8]| -> lopdf::Result<Stream> {
        let content = deflater.deflate(content).map_err(std::io::Error::other)?;
        let mut stream = Stream::new(dict, content).with_compression(false);
        stream.dict.set("Filter", "FlateDecode");
        Ok(stream)
    };

    // Every font that a page uses; a document of one page may show no bold text.
    let used = |face: Face| {
        let shows = |item: &Item| matches!(item, Item::Text { style, .. } if style.face == face);
        parts.pages.iter().flatten().any(shows)
    };
    let mut fonts = Dictionary::new();
    for face in Face::ALL.into_iter().filter(|face| used(*face)) {
        fonts.set(face.resource(), parts.typefaces.get(face).embed(document));
    }
    let fonts = document.add_object(fonts);
    let code = parts.pages.iter().flatten().find_map(|item| match item {
        Item::Code { code, .. } => Some(mask(code)),
        _ => None,
    });
    let mut code = code.map(|mask| document.add_object(mask));
    let pages: Vec<ObjectId> = document.get_pages().into_values().collect();
    for (id, items) in pages.into_iter().zip(parts.pages) {
        let page = document.get_dictionary(id)?;
        let contents = page.get(b"Contents")?.as_reference()?;
        let resources = page.get(b"Resources")?.as_reference()?;
        let resources = document.get_object_mut(resources)?.as_dict_mut()?;
        resources.set("Font", fonts);
        let images = resources.get(b"XObject")?.as_reference()?;
        if let Some(code) = code.take() {
            // All pages share the dictionary.
            document.get_object_mut(images)?.as_dict_mut()?.set(CODE, code);
        }
        let drawn = compressed(Dictionary::new(), &draw::content(items, parts.typefaces))?;
        document.set_object(contents, drawn);
    }

    // The date of issue at noon UTC stands for the dates of the file: a clock would make other bytes.
    let issued = parts.invoice.issued_on;
    let day = format!("{:04}{:02}{:02}", issued.year(), issued.month(), issued.day());
    let date = format!("D:{day}120000Z");
    let title = title(parts.invoice);

    let embedded = dictionary! {
        "Type" => "EmbeddedFile",
        "Subtype" => "text/xml",
        "Params" => dictionary! {
            "Size" => i64::try_from(parts.xml.len()).unwrap_or(i64::MAX),
            "ModDate" => Object::string_literal(date.clone()),
            "CheckSum" => Object::String(Md5::digest(parts.xml).to_vec(), StringFormat::Hexadecimal),
        },
    };
    let embedded = compressed(embedded, parts.xml)?;
    let embedded = document.add_object(embedded);
    let specification = document.add_object(dictionary! {
        "Type" => "Filespec",
        "F" => Object::string_literal(FILE_NAME),
        "UF" => Object::string_literal(FILE_NAME),
        "Desc" => Object::string_literal("Factur-X invoice"),
        // Factur-X 1.0, 6.2.2: an XML of the profile EN 16931 is a full alternative to what is shown.
        "AFRelationship" => "Alternative",
        "EF" => dictionary! { "F" => embedded, "UF" => embedded },
    });

    let profile = compressed(dictionary! { "N" => 3 }, SRGB)?;
    let profile = document.add_object(profile);
    let intent = dictionary! {
        "Type" => "OutputIntent",
        "S" => "GTS_PDFA1",
        "OutputConditionIdentifier" => Object::string_literal("sRGB"),
        "Info" => Object::string_literal("sRGB"),
        "DestOutputProfile" => profile,
    };

    // Metadata are never compressed, so that tools without PDF support find them.
    let at = format!("{:04}-{:02}-{:02}T12:00:00Z", issued.year(), issued.month(), issued.day());
    let about = xmp::About { title: &title, author: parts.seller, producer: PRODUCER, at: &at };
    let metadata = dictionary! { "Type" => "Metadata", "Subtype" => "XML" };
    let metadata = Stream::new(metadata, xmp::packet(&about)).with_compression(false);
    let metadata = document.add_object(metadata);

    let catalog = document.catalog_mut()?;
    catalog.set("Lang", Object::string_literal("fr-FR"));
    catalog.set("PageLayout", "SinglePage");
    catalog.set("ViewerPreferences", dictionary! { "DisplayDocTitle" => true });
    catalog.set("Metadata", metadata);
    catalog.set("OutputIntents", vec![intent.into()]);
    catalog.set("AF", vec![specification.into()]);
    let names = vec![Object::string_literal(FILE_NAME), specification.into()];
    catalog.set("Names", dictionary! { "EmbeddedFiles" => dictionary! { "Names" => names } });

    let info = dictionary! {
        "Title" => text(&title),
        "Author" => text(parts.seller),
        "Producer" => text(PRODUCER),
        "CreationDate" => Object::string_literal(date.clone()),
        "ModDate" => Object::string_literal(date),
    };
    let id = document.trailer.get(b"Info")?.as_reference()?;
    document.set_object(id, info);
    let unknown = Object::String(vec![0; ID_BYTES], StringFormat::Hexadecimal);
    document.trailer.set("ID", vec![unknown.clone(), unknown]);
    Ok(())
}

/// A payment code as an image: where a bit is 0, the colour of the moment.
fn mask(code: &Code) -> Stream {
    let side = i64::try_from(code.side).unwrap_or_default();
    let dict = dictionary! {
        "Type" => "XObject",
        "Subtype" => "Image",
        "Width" => side,
        "Height" => side,
        "ImageMask" => true,
        "BitsPerComponent" => 1,
    };
    Stream::new(dict, code.bits.clone()).with_compression(false)
}

/// The document's title, as viewers show it.
fn title(invoice: &Invoice) -> String {
    let kind = match invoice.kind {
        InvoiceKind::Invoice => "Facture",
        InvoiceKind::CreditNote => "Avoir",
    };
    format!("{kind} {}", invoice.number)
}

/// A text string in UTF-16 with its byte order mark (ISO 32000-1, 7.9.2.2), or plain where ASCII does.
fn text(text: &str) -> Object {
    if text.is_ascii() {
        return Object::string_literal(text);
    }
    let utf16 = std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect();
    Object::String(utf16, StringFormat::Hexadecimal)
}

const ID_BYTES: usize = 16;

/// Writes the trailer's /ID: a digest of the whole file, where the ID itself is zeros. Printpdf's is a
/// process counter.
fn identify(file: &mut [u8]) -> Result<(), String> {
    let digest = Sha256::digest(&*file);
    let hex: String = digest[..ID_BYTES].iter().map(|byte| format!("{byte:02X}")).collect();
    let zeros = [b'0'; ID_BYTES * 2];
    // It stands in the cross-reference stream's dictionary, near the end.
    for _ in 0..2 {
        let at = file.windows(zeros.len()).rposition(|window| window == zeros).ok_or("no room for the ID")?;
        file[at..at + zeros.len()].copy_from_slice(hex.as_bytes());
    }
    Ok(())
}
