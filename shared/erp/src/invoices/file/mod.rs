//! The first pass: a file split into [`rows`] and [`cells`], its [`header`] row read, each row added to the
//! [`index`], and the whole decided on. May import the model and the faults.

mod cells;
mod count;
mod found;
mod header;
mod index;
mod pass;
mod record;
mod refused;
mod rows;
mod text;

use std::io::{Read, Seek, SeekFrom};

use self::found::Head;
use self::pass::Pass;
use self::refused::refused;
use super::model::Layout;
use crate::encoding::{BOM, Encoding};
use crate::rules::Rule;

pub(super) use cells::{Cells, Figure, Reader};
pub use found::FileSummary;
pub(super) use found::Found;
pub(super) use header::{AdjustmentAt, Columns};
pub use refused::CheckError;
pub(super) use rows::{Cell, extent, split};

/// Decides on the file.
pub(crate) fn check<S: Read + Seek>(layout: &Layout, source: &mut S) -> Result<Found, CheckError> {
    let size = source.seek(SeekFrom::End(0))?;
    let limit = layout.limits.bytes;
    if size > limit as u64 {
        return refused(
            Rule::TooLarge,
            "file",
            format!("{size} bytes"),
            format!("the file has more than {limit} bytes"),
        );
    }
    source.rewind()?;
    let mut first = Vec::new();
    source.take(8).read_to_end(&mut first)?;
    check_beginning(layout, &first)?;
    let bom = first.starts_with(BOM);
    let offset = if bom { BOM.len() as u64 } else { 0 };
    source.seek(SeekFrom::Start(offset))?;
    let mut pass = Pass::new(layout, source, offset);
    let mut head = Head::default();
    let columns = pass.head(&mut head)?;
    pass.body(columns, head, bom)
}

/// What is no text at all, by its first bytes.
fn check_beginning(layout: &Layout, first: &[u8]) -> Result<(), CheckError> {
    if first.is_empty() {
        return refused(Rule::EmptyFile, "file", "0 bytes", "the file is empty");
    }
    let kinds: [(&[u8], &str); 7] = [
        (b"PK\x03\x04", "a ZIP archive or an Excel workbook (.xlsx)"),
        (b"PK\x05\x06", "an empty ZIP archive"),
        (b"%PDF", "a PDF"),
        (b"\x1f\x8b", "a gzip archive"),
        (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)"),
        (b"<?xml", "an XML file"),
        (b"{\\rtf", "an RTF text"),
    ];
    if let Some((_, what)) = kinds.iter().find(|(magic, _)| first.starts_with(magic)) {
        return refused(Rule::NotACsv, "file", *what, format!("the file is {what}, and no CSV"));
    }
    let name = layout.encoding.name();
    if first.starts_with(b"\xff\xfe") || first.starts_with(b"\xfe\xff") {
        return refused(
            Rule::Encoding,
            "line 1",
            "utf-16",
            format!("the file is in UTF-16 and not in {name}"),
        );
    }
    if first.starts_with(BOM) && layout.encoding != Encoding::Utf8 {
        return refused(Rule::Encoding, "line 1", "utf-8", format!("the file is in UTF-8 and not in {name}"));
    }
    Ok(())
}
