//! Files on this machine, for the commands that need no environment.

use std::fs;
use std::path::Path;

use passerelle_domain::{Failure, Result};
use passerelle_erp::invoices::InvoiceLayout;
use passerelle_erp::orders::OrderLayout;

/// A layout or a configuration is a page or two.
const MOST_TEXT_BYTES: u64 = 1 << 20;

pub(super) fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// A layout or a configuration.
pub(super) fn text(path: &Path) -> Result<String> {
    let failed = |error| Failure::misconfigured("read", shown(path), error);
    if fs::metadata(path).map_err(failed)?.len() > MOST_TEXT_BYTES {
        return Err(Failure::misconfigured("read", shown(path), "it is larger than 1 MiB"));
    }
    fs::read_to_string(path).map_err(failed)
}

pub(super) fn invoice_layout(path: &Path) -> Result<InvoiceLayout> {
    InvoiceLayout::from_toml(&text(path)?)
        .map_err(|error| Failure::misconfigured("read layout", shown(path), error))
}

/// A layout of import files, with the lists beside it. Where it is wrong, all that is.
pub(super) fn order_layout(path: &Path) -> Result<OrderLayout> {
    let read = text(path)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let beside = |list: &str| text(&path.with_file_name(list)).ok();
    OrderLayout::load(&name, &read, beside).map_err(|_| {
        let faults: Vec<String> =
            OrderLayout::faults(&name, &read, beside).iter().map(ToString::to_string).collect();
        Failure::misconfigured("read layout", shown(path), faults.join("\n  "))
    })
}
