//! Writes invoices of all kinds as PDF, with their canonical JSON beside them, for the checkers of
//! `tests/conformance`:
//!
//! `cargo run -p passerelle-invoice-pdf --example conformance -- target/conformance`

#[path = "../../tests/support/kinds.rs"]
mod kinds;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use passerelle_domain::Invoice;
use passerelle_domain::{Operation, Presentation};
use passerelle_invoice_pdf::Renderer;

const FIXTURES: [&str; 5] = ["one-line", "web-and-market", "sixty-lines", "deposits-only", "credit-note"];

fn write(out: &Path) -> Result<(), Box<dyn Error>> {
    let fixtures = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/invoices");
    let presentation: Presentation =
        toml::from_str(&std::fs::read_to_string(fixtures.join("presentation.toml"))?)?;
    std::fs::create_dir_all(out)?;
    let put = |renderer: &Renderer, name: &str, invoice: &Invoice| -> Result<(), Box<dyn Error>> {
        std::fs::write(out.join(format!("{name}.pdf")), renderer.render(invoice)?)?;
        std::fs::write(out.join(format!("{name}.json")), passerelle_domain::canonical_json(invoice))?;
        Ok(())
    };
    let plain = Renderer::new(&presentation, None)?;
    for name in FIXTURES {
        let invoice: Invoice =
            serde_json::from_slice(&std::fs::read(fixtures.join(format!("{name}.json")))?)?;
        put(&plain, &format!("fixture-{name}"), &invoice)?;
    }
    for (name, invoice) in kinds::all() {
        put(&plain, name, &invoice)?;
    }

    put(&plain, "5000-lines", &kinds::of_lines(5000))?;

    // The seller's configuration changes the document too.
    let mut logo = Vec::new();
    let mut encoder = png::Encoder::new(&mut logo, 240, 80);
    encoder.set_color(png::ColorType::Rgba);
    let pixels: Vec<u8> = (0..240 * 80_u32).flat_map(|i| [20, 83, (i % 240) as u8, (i / 80) as u8]).collect();
    encoder.write_header()?.write_image_data(&pixels)?;
    type Change = fn(&mut Presentation);
    let variants: [(&str, Change); 5] = [
        ("seller-with-logo", |p| p.branding.logo = "logo.png".into()),
        ("seller-without-account", |p| (p.seller.iban, p.seller.bic) = Default::default()),
        ("seller-of-services-on-debits", |p| {
            (p.mentions.operation, p.mentions.vat_on_debits) = (Operation::Services, true);
        }),
        ("seller-of-both", |p| p.mentions.operation = Operation::Both),
        ("seller-with-markup", |p| {
            p.seller.name = "Halles <&> \"Primeurs\" d'Œuvre".into();
            p.mentions.extra = vec!["Réserve de propriété & garantie.".into()];
        }),
    ];
    let mut without_account = presentation.clone();
    (without_account.seller.iban, without_account.seller.bic) = Default::default();
    let by_transfer = kinds::kind("by-transfer");
    put(&Renderer::new(&without_account, None)?, "seller-without-account-by-transfer", &by_transfer)?;
    for (name, change) in variants {
        let mut presentation = presentation.clone();
        change(&mut presentation);
        let logo = (!presentation.branding.logo.is_empty()).then_some(logo.as_slice());
        put(&Renderer::new(&presentation, logo)?, name, &kinds::of_lines(12))?;
    }
    Ok(())
}

fn main() -> ExitCode {
    let Some(out) = std::env::args_os().nth(1) else {
        eprintln!("usage: conformance <directory>");
        return ExitCode::FAILURE;
    };
    match write(Path::new(&out)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
