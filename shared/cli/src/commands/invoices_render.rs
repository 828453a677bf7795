//! `invoices render`: an ERP's CSV as PDF files on this machine, without any environment.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use indicatif::{ProgressBar, ProgressStyle};
use passerelle_domain::{Failure, Presentation, Result};
use passerelle_erp::invoices::{CheckError, InvoiceRead, RejectedInvoice};
use passerelle_invoice_pdf::Renderer;
use serde_json::json;

use super::files::{invoice_layout, shown, text};
use crate::{Answer, RenderFile};

/// Rejected invoices that are printed.
const MOST_PRINTED: usize = 20;

/// Renders every good invoice of a file, on all processors.
///
/// # Errors
/// When a file cannot be read or written, or the layout or configuration is wrong.
pub fn render_file(render: &RenderFile, dry_run: bool) -> Result<Answer> {
    let layout = invoice_layout(&render.layout)?;
    let config = match &render.config {
        Some(config) => config.clone(),
        None => config_above(&render.layout)?,
    };
    let renderer = renderer(&config)?;
    let unread = |error: io::Error| Failure::rejected("read", shown(&render.file), error);
    let file = match layout.check_file(File::open(&render.file).map_err(unread)?) {
        Ok(file) => file,
        Err(CheckError::Unreadable(error)) => return Err(unread(error)),
        Err(CheckError::Refused(rejection)) => {
            return Ok(Answer::undone(format!("refused whole: {}", rejection.in_full())));
        }
    };
    let found = file.summary().invoices;
    if dry_run {
        return Ok(Answer::done(format!("{found} invoices would be rendered")));
    }
    fs::create_dir_all(&render.out)
        .map_err(|error| Failure::rejected("create", shown(&render.out), error))?;

    let bar = ProgressBar::new(found);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len}  {per_sec}  {msg}") {
        bar.set_style(style);
    }
    let work = Work {
        renderer: &renderer,
        source: &render.file,
        invoices: Mutex::new(file),
        out: &render.out,
        bar: &bar,
        rejected: Mutex::new(Vec::new()),
    };
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let written = thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(|| work.work())).collect();
        workers
            .into_iter()
            .map(|worker| worker.join().unwrap_or_else(|_| Err(panicked())))
            .sum::<Result<u64>>()
    })?;
    bar.finish_and_clear();

    let mut rejected = work.rejected.into_inner().unwrap_or_default();
    rejected.sort_by(|a, b| a.rows.cmp(&b.rows));
    let mut answer = Answer::done(format!("{written} PDF files are in {}", shown(&render.out)));
    for invoice in rejected.iter().take(MOST_PRINTED) {
        let why: Vec<String> = invoice.faults.iter().map(|fault| fault.rejection.in_full()).collect();
        answer = answer.and(format!("set aside: {}: {}", invoice.number, why.join("; ")));
    }
    if rejected.len() > MOST_PRINTED {
        answer = answer.and(format!("and {} more", rejected.len() - MOST_PRINTED));
    }
    answer.undone = !rejected.is_empty();
    answer.data = json!({ "rendered": written, "set_aside": rejected.len() });
    Ok(answer)
}

/// What the workers share. They take invoices one by one, so memory holds as many as there are workers.
struct Work<'a, I> {
    renderer: &'a Renderer,
    source: &'a Path,
    invoices: Mutex<I>,
    out: &'a Path,
    bar: &'a ProgressBar,
    rejected: Mutex<Vec<RejectedInvoice>>,
}

impl<I: Iterator<Item = io::Result<Result<InvoiceRead, RejectedInvoice>>>> Work<'_, I> {
    /// Renders until nothing is left; returns how many.
    fn work(&self) -> Result<u64> {
        let mut written = 0;
        loop {
            let next = self.invoices.lock().map_err(|_| panicked())?.next();
            let next = next.transpose();
            match next.map_err(|error| Failure::rejected("read", shown(self.source), error))? {
                None => return Ok(written),
                Some(Ok(InvoiceRead { invoice, .. })) => {
                    let path = self.out.join(format!("{}.pdf", invoice.number.file_stem()));
                    write(&path, &self.renderer.render(&invoice)?)?;
                    written += 1;
                }
                Some(Err(rejected)) => self.rejected.lock().map_err(|_| panicked())?.push(rejected),
            }
            self.bar.inc(1);
        }
    }
}

fn panicked() -> Failure {
    Failure::rejected("render", "invoices", "another worker gave up")
}

/// A renderer with the seller, the mentions and the look of a `passerelle.toml`; the logo is beside it.
pub(super) fn renderer(config: &Path) -> Result<Renderer> {
    let presentation: Presentation = toml::from_str(&text(config)?)
        .map_err(|error| Failure::misconfigured("read", shown(config), error))?;
    let logo = match presentation.branding.logo.as_str() {
        "" => None,
        name => {
            let path = config.with_file_name(name);
            Some(fs::read(&path).map_err(|error| Failure::misconfigured("read", shown(&path), error))?)
        }
    };
    Renderer::new(&presentation, logo.as_deref())
}

/// The `passerelle.toml` of the environment that a layout belongs to.
fn config_above(layout: &Path) -> Result<PathBuf> {
    let above = layout.parent().unwrap_or(Path::new(""));
    let found = above.ancestors().map(|folder| folder.join("passerelle.toml")).find(|path| path.is_file());
    let cause = "there is no passerelle.toml beside or above it: name one with --config";
    found.ok_or_else(|| Failure::misconfigured("find configuration", shown(layout), cause))
}

pub(super) fn write(path: &Path, content: &[u8]) -> Result<()> {
    fs::write(path, content).map_err(|error| Failure::rejected("write", shown(path), error))
}
