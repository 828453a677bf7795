//! The two passes over a file of a million rows, against the bare csv crate reading the same bytes.
//!
//! `cargo bench -p passerelle-erp --bench invoices_in [-- ROWS [DIRECTORY]]`. The files are left in the
//! directory for other readers (`tests/bench/invoices_in.py` reads them with Python's csv module).

use std::env;
use std::fs::{self, File};
use std::hint::black_box;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use passerelle_erp::invoices::InvoiceLayout;

const LAYOUT: &str = include_str!("../layouts/invoices/till/layout.toml");
const HEADER: &str = "Facture;Type;Date;Echeance;Livraison;Corrige;Corrige le;Client;Nom;Adr1;Adr2;CP;Ville;Pays;SIREN;\
TVA intra;Livre a;Livre adr1;Livre CP;Livre ville;Reglement;Note;Origine;Piece;Date piece;Article;Designation;\
Pays origine;Categorie;Lot;Quantite;Unite;PU;Remise;Taux;HT;Consigne;Base 5,5;TVA 5,5;Base 10;TVA 10;Base 20;\
TVA 20;Base 0;Total HT;Total TVA;Total TTC;Deja regle;Net a payer";
/// Lines of an invoice.
const LINES: u64 = 10;

fn main() -> io::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let rows: u64 = arguments.first().and_then(|rows| rows.parse().ok()).unwrap_or(1_000_000);
    let directory = arguments.get(1).map_or_else(|| env::temp_dir().join("passerelle-bench"), PathBuf::from);
    fs::create_dir_all(&directory)?;
    let layout = InvoiceLayout::from_toml(LAYOUT).map_err(io::Error::other)?;
    let mut out = io::stdout();
    for (name, apart) in [("together", false), ("apart", true)] {
        let path = directory.join(format!("{name}.csv"));
        write_file(&path, rows / LINES, apart)?;
        let megabytes = fs::metadata(&path)?.len() / 1_000_000;
        writeln!(out, "{rows} rows, {} invoices, {megabytes} MB, rows of an invoice {name}", rows / LINES)?;
        // The file is in the page cache from here on.
        bare_csv(&path)?;
        let (bare, _) = timed(|| bare_csv(&path))?;
        writeln!(out, "  {:<34}{:>6} ms", "the csv crate, bare", bare.as_millis())?;
        forget_peak();
        let (first, mut file) = timed(|| layout.check_file(File::open(&path)?).map_err(io::Error::other))?;
        print_row(&mut out, "first pass: the file", first, bare)?;
        let (second, good) = timed(|| {
            let mut good = 0;
            for read in file.by_ref() {
                match black_box(read?) {
                    Ok(_) => good += 1,
                    Err(rejected) => return Err(io::Error::other(format!("{:?}", rejected.faults))),
                }
            }
            Ok(good)
        })?;
        print_row(&mut out, "second pass: the invoices", second, bare)?;
        print_row(&mut out, "both", first + second, bare)?;
        writeln!(out, "  {:<34}{:>6} MB", "most memory in both passes", peak_kilobytes()? / 1024)?;
        if good != rows / LINES {
            return Err(io::Error::other(format!("{good} invoices were read")));
        }
    }
    Ok(())
}

fn print_row(out: &mut impl Write, what: &str, time: Duration, bare: Duration) -> io::Result<()> {
    let hundredths = time.as_micros() * 100 / bare.as_micros().max(1);
    let ratio = format!("{},{:02} x", hundredths / 100, hundredths % 100);
    writeln!(out, "  {what:<34}{:>6} ms {ratio:>9}", time.as_millis())
}

fn timed<T>(work: impl FnOnce() -> io::Result<T>) -> io::Result<(Duration, T)> {
    let start = Instant::now();
    let done = work()?;
    Ok((start.elapsed(), done))
}

fn bare_csv(path: &Path) -> io::Result<u64> {
    let mut reader = csv::ReaderBuilder::new().delimiter(b';').flexible(true).from_path(path)?;
    let (mut record, mut cells) = (csv::ByteRecord::new(), 0);
    while reader.read_byte_record(&mut record)? {
        cells += black_box(record.len()) as u64;
    }
    Ok(cells)
}

/// Has Linux count the most memory anew.
fn forget_peak() {
    // Elsewhere there is no such file, and the peak is that of the whole run.
    let _ = fs::write("/proc/self/clear_refs", "5");
}

fn peak_kilobytes() -> io::Result<u64> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    Ok(line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0))
}

/// Invoices of ten lines, in Windows-1252; `apart` has the rows of one far from each other.
fn write_file(path: &Path, invoices: u64, apart: bool) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    write!(out, "{HEADER}\r\n")?;
    for i in 0..invoices * LINES {
        let (invoice, line) = if apart { (i % invoices, i / invoices) } else { (i / LINES, i % LINES) };
        write_row(&mut out, invoice, line)?;
    }
    let gross: u64 = (0..invoices).map(|invoice| figures(invoice).2).sum();
    write!(out, "FIN;{invoices};{};{}\r\n", invoices * LINES, euros(gross))?;
    out.flush()
}

/// A price in cents.
fn price(invoice: u64, line: u64) -> u64 {
    100 + (invoice * 37 + line * 113) % 4900
}

/// Net, VAT and total in cents.
fn figures(invoice: u64) -> (u64, u64, u64) {
    let net: u64 = (0..LINES).map(|line| 2 * price(invoice, line)).sum();
    let vat = (net * 55 + 500) / 1000;
    (net, vat, net + vat)
}

fn euros(cents: u64) -> String {
    format!("{},{:02}", cents / 100, cents % 100)
}

fn write_row(out: &mut impl Write, invoice: u64, line: u64) -> io::Result<()> {
    let (net, vat, gross) = figures(invoice);
    let (net, vat, gross, price) = (euros(net), euros(vat), euros(gross), price(invoice, line));
    let customer = invoice % 700;
    write!(out, "F2026-{invoice:06};F;24/11/2026;24/12/2026;;;;C{customer:05};Bistrot du March")?;
    // é in Windows-1252.
    out.write_all(b"\xe9")?;
    write!(
        out,
        " {customer};{customer} rue de la Gare;;94150;Rungis;FR;404833048;;;;;;Virement;;CARREAU;T-{invoice};24/11/2026;\
         {line:05};Cagette tomates 6 kg;France;I;L{line};2,000;colis;{};0,00;5,5;{};;{net};{vat};;;;;;{net};{vat};{gross};0,00;{gross}\r\n",
        euros(price),
        euros(2 * price),
    )
}
