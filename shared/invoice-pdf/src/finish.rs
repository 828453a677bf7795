//! The object graph's last touches, with lopdf, and the bytes.

use lopdf::{Dictionary, Document, Object, StringFormat, dictionary};
use passerelle_domain::{Failure, Invoice, InvoiceKind, Result};
use printpdf::{PdfDocument, PdfSaveOptions};
use sha2::{Digest, Sha256};

/// What viewers show as the program that made the file. No version number: the same invoice gives
/// the same bytes from every release that lays it out the same way.
const PRODUCER: &str = "Passerelle";

/// Turns a drawn document into a file: language, Info dictionary, and a trailer /ID that depends on
/// nothing but the content (printpdf's is a process counter).
pub(crate) fn bytes(drawn: &PdfDocument, invoice: &Invoice, seller: &str) -> Result<Vec<u8>> {
    let failed = |cause: String| Failure::rejected("write PDF", invoice.number.as_str(), cause);
    let mut warnings = Vec::new();
    let mut document = drawn.to_lopdf_document(&PdfSaveOptions::default(), &mut warnings);
    if let Some(warning) = warnings.first() {
        return Err(failed(warning.msg.clone()));
    }
    document.version = "1.7".into();
    describe(&mut document, invoice, seller).map_err(|error| failed(error.to_string()))?;
    document.compress();
    identify(&mut document);
    let mut file = Vec::new();
    document.save_to(&mut file).map_err(|error| failed(error.to_string()))?;
    Ok(file)
}

fn describe(document: &mut Document, invoice: &Invoice, seller: &str) -> lopdf::Result<()> {
    let catalog = document.catalog_mut()?;
    catalog.set("Lang", Object::string_literal("fr-FR"));
    catalog.set("PageLayout", "SinglePage");
    catalog.set("ViewerPreferences", dictionary! { "DisplayDocTitle" => true });

    // The date of issue at noon UTC stands for the dates of the file: a clock would give other bytes.
    let issued = invoice.issued_on;
    let date = format!("D:{:04}{:02}{:02}120000Z", issued.year(), issued.month(), issued.day());
    let mut info = Dictionary::new();
    info.set("Title", text(&title(invoice)));
    info.set("Author", text(seller));
    info.set("Producer", text(PRODUCER));
    info.set("CreationDate", Object::string_literal(date.clone()));
    info.set("ModDate", Object::string_literal(date));
    let id = document.trailer.get(b"Info")?.as_reference()?;
    document.set_object(id, info);
    Ok(())
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

/// Sets the trailer's /ID to a hash of every object.
fn identify(document: &mut Document) {
    let mut hash = Sha256::new();
    for (id, object) in &document.objects {
        hash.update(id.0.to_be_bytes());
        match object {
            Object::Stream(stream) => {
                hash.update(format!("{:?}", stream.dict));
                hash.update(&stream.content);
            }
            other => hash.update(format!("{other:?}")),
        }
    }
    let id = Object::String(hash.finalize()[..16].to_vec(), StringFormat::Hexadecimal);
    document.trailer.set("ID", vec![id.clone(), id]);
}
