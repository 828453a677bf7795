//! The invoice as a Factur-X: a French PDF on A4, one design, with the legal mentions, and the same as XML
//! inside.
//!
//! A [`Renderer`] is prepared once (fonts parsed, cut down and compressed, logo decoded and compressed,
//! [`Presentation`] checked) and then turns any number of invoices into files. Rendering is pure: the same
//! invoice and presentation make the same bytes, in any order, on any day. No clock, no random id, no float
//! before the last step.
//!
//! How it goes, one module a step:
//!
//! | module | does | depends on |
//! |---|---|---|
//! | `facturx` | the invoice as XML, with what EN 16931 and the French rules ask | CII |
//! | `format`, `text`, `fonts` | French figures; printable text, wrapping; widths | |
//! | `layout` | measures, paginates and places everything | millimetres, no PDF |
//! | `balance` | who still owes whom | |
//! | `epc` | the payment code | QR |
//! | `draw` | places become content streams | PDF operators |
//! | `typeface` | a face as a document embeds it | printpdf |
//! | `finish`, `xmp` | the document: pages, metadata, colour profile, the XML inside, /ID | printpdf, lopdf |
//!
//! Each file is PDF/A-3b and Factur-X, profile EN 16931. `tests/conformance` holds both against their
//! checkers.
//!
//! # Reading totals back
//! Each total stands on one line with its label, also for `pdftotext -layout`: [`TOTAL_NET`],
//! [`TOTAL_VAT`], [`TOTAL_GROSS`], [`PREPAID`], and [`DUE`], which a credit note calls
//! [`DUE_TO_BUYER`], and an invoice [`CREDIT_BALANCE`] whose balance is the buyer's. The amount
//! follows the label on its right, as `1 234,56 €` with U+202F between thousands and U+00A0 before the sign. [`CARRIED_OVER`] ends a page of lines and [`BROUGHT_FORWARD`]
//! begins the next one, both with the sum of the lines so far.

mod balance;
mod deflate;
mod draw;
mod epc;
mod facturx;
mod finish;
mod fonts;
mod format;
mod layout;
mod logo;
mod page;
mod text;
mod typeface;
mod xmp;

use passerelle_domain::{Failure, Invoice, Presentation, Result};

/// Label of the total without VAT.
pub const TOTAL_NET: &str = "Total HT";
/// Label of the total VAT.
pub const TOTAL_VAT: &str = "Total TVA";
/// Label of the total with VAT.
pub const TOTAL_GROSS: &str = "Total TTC";
/// Label of what is already paid.
pub const PREPAID: &str = "Déjà réglé";
/// Label of what an invoice leaves to pay.
pub const DUE: &str = "Net à payer";
/// Label of what a credit note leaves to the buyer: its amounts are positive and not to be paid.
pub const DUE_TO_BUYER: &str = "Net en votre faveur";
/// Label of what an invoice leaves to the buyer, shown as a positive amount: deposits taken back exceed
/// the goods, or more was paid than invoiced.
pub const CREDIT_BALANCE: &str = "Solde en votre faveur";
/// Label of the sum carried over at the end of a page.
pub const CARRIED_OVER: &str = "À reporter";
/// Label of the sum brought forward at the start of the next page.
pub const BROUGHT_FORWARD: &str = "Report";

/// Makes PDF files of invoices. Prepare it once and share it: it is `Send` and `Sync`.
pub struct Renderer {
    presentation: Presentation,
    accent: page::Colour,
    fonts: fonts::Fonts,
    typefaces: [typeface::Typeface; 2],
    logo: Option<logo::Logo>,
}

impl Renderer {
    /// Checks the presentation, parses the fonts and decodes the logo, whose file
    /// [`passerelle_domain::Branding::logo`] names and whose bytes come from the caller.
    ///
    /// # Errors
    /// `Misconfigured`, with the path of the field, when [`Presentation::check`] fails, the logo is
    /// no PNG, or one is named and not given.
    pub fn new(presentation: &Presentation, logo_png: Option<&[u8]>) -> Result<Self> {
        let wrong = |field: &str, cause: String| Failure::misconfigured("check presentation", field, cause);
        presentation.check().map_err(|fault| wrong(&fault.field, fault.to_string()))?;
        let name = &presentation.branding.logo;
        if !name.is_empty() && logo_png.is_none() {
            return Err(wrong("branding.logo", format!("the file {name:?} is missing")));
        }
        let accent = presentation
            .branding
            .accent_rgb()
            .map(|[red, green, blue]| page::Colour(red, green, blue))
            .ok_or_else(|| wrong("branding.accent", "no colour".into()))?;
        let fonts = fonts::Fonts::load()?;
        let [regular, bold] = fonts::Face::ALL.map(|face| typeface::Typeface::prepared(&fonts, face));
        Ok(Self {
            presentation: presentation.clone(),
            accent,
            fonts,
            typefaces: [regular?, bold?],
            logo: logo_png.map(|file| logo::Logo::decode(file, name)).transpose()?,
        })
    }

    /// The invoice as XML, as every PDF carries it: UN/CEFACT CII in the profile EN 16931 of Factur-X.
    pub fn xml(&self, invoice: &Invoice) -> Vec<u8> {
        facturx::document(&self.presentation, invoice)
    }

    /// The invoice as a PDF file. The figures are shown as they are, not computed again: an invoice
    /// that fails [`Invoice::check`] is rendered all the same.
    ///
    /// # Errors
    /// `Rejected` when the file cannot be written, which no invoice is known to cause.
    pub fn render(&self, invoice: &Invoice) -> Result<Vec<u8>> {
        let pages = layout::pages(self, invoice);
        finish::bytes(&finish::Parts {
            invoice,
            seller: &self.presentation.seller.name,
            pages: &pages,
            typefaces: &draw::Typefaces::of(&self.fonts, &self.typefaces, &pages)?,
            logo: self.logo.as_ref(),
            xml: &self.xml(invoice),
        })
    }
}
