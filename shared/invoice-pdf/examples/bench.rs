//! Renders one invoice of so many lines over and over and prints what it takes, as one line of JSON:
//!
//! `cargo run --release -p passerelle-invoice-pdf --example bench -- 50 [seconds]`

#![allow(clippy::print_stdout, reason = "its output is what it is for")]

#[path = "../tests/support/kinds.rs"]
mod kinds;

use std::error::Error;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use passerelle_domain::Presentation;
use passerelle_invoice_pdf::Renderer;

/// A field of `/proc/self/status`, in kB.
fn memory(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// The time that this process has had a processor.
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    Duration::from_nanos(stat.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or(0))
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let lines: u32 = arguments.next().ok_or("usage: bench <lines> [seconds]")?.parse()?;
    let seconds: u64 = arguments.next().map_or(Ok(2), |text| text.parse())?;
    let fixtures = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/invoices");
    let presentation: Presentation =
        toml::from_str(&std::fs::read_to_string(fixtures.join("presentation.toml"))?)?;
    let renderer = Renderer::new(&presentation, None)?;
    let invoice = kinds::of_lines(lines);
    let bytes = renderer.render(&invoice)?.len();
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
