//! Renders an invoice in canonical JSON to a PDF file, to see what a presentation looks like:
//!
//! `cargo run -p passerelle-invoice-pdf --example preview -- passerelle.toml invoice.json out.pdf [logo.png]`

use std::error::Error;
use std::process::ExitCode;

use passerelle_domain::Invoice;
use passerelle_invoice_pdf::{Presentation, Renderer};

fn preview(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let [presentation, invoice, out, logo @ ..] = arguments else {
        return Err("usage: preview <passerelle.toml> <invoice.json> <out.pdf> [logo.png]".into());
    };
    let presentation: Presentation = toml::from_str(&std::fs::read_to_string(presentation)?)?;
    let invoice: Invoice = serde_json::from_slice(&std::fs::read(invoice)?)?;
    let logo = logo.first().map(std::fs::read).transpose()?;
    let renderer = Renderer::new(&presentation, logo.as_deref())?;
    std::fs::write(out, renderer.render(&invoice)?)?;
    Ok(())
}

fn main() -> ExitCode {
    match preview(&std::env::args().skip(1).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
