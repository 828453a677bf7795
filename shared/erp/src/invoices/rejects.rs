//! The rejects file: what a person corrects. May import the model, the faults and the first pass.

use std::io::{self, Write};

use super::fault::Fault;
use super::file::{Cell, Found, extent, split};
use super::model::{Layout, Shape};
use crate::encoding::BOM;
use crate::rejects::{ADDED, no_formula};
use crate::text::one_line;

/// An invoice that is rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectedInvoice {
    /// Its number as it stands in the file; empty for rows without one.
    pub number: String,
    /// The lines of the file that its rows begin on, counted from 1.
    pub rows: Vec<u64>,
    /// Everything that is wrong with it; at least one.
    pub faults: Vec<Fault>,
    /// Its place among the runs of the index.
    pub(super) runs: (usize, usize),
}

/// What stands in front of the rows, and the header row where there is one.
pub(crate) fn begin(layout: &Layout, found: &Found, out: &mut dyn Write) -> io::Result<()> {
    if found.bom {
        out.write_all(BOM)?;
    }
    out.write_all(&found.head.titles)?;
    match &found.head.header {
        Some(header) => push(layout, found, header, &ADDED.map(str::to_owned), out),
        None => Ok(()),
    }
}

/// The rows of a run that begins on a line.
pub(crate) fn rows(
    layout: &Layout,
    found: &Found,
    (mut line, bytes): (u64, &[u8]),
    rejected: &RejectedInvoice,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut rest = bytes;
    while !rest.is_empty()
        && let Ok(Some(row)) = extent(rest, true, layout.separator, usize::MAX)
    {
        push(layout, found, &rest[..row.bytes], &added(line, rejected), out)?;
        line += row.newlines + 1;
        rest = &rest[row.bytes + row.line_end..];
    }
    Ok(())
}

fn push(layout: &Layout, found: &Found, row: &[u8], added: &[String], out: &mut dyn Write) -> io::Result<()> {
    out.write_all(original(layout, found, row))?;
    for text in added {
        out.write_all(&[layout.separator])?;
        out.write_all(&cell(layout, text))?;
    }
    let line_end: &[u8] = if found.head.line_end.is_empty() { b"\r\n" } else { &found.head.line_end };
    out.write_all(line_end)
}

/// A row up to its last column: without what was added to it the last time, and without a separator
/// behind it, as one comes there anyway.
fn original<'r>(layout: &Layout, found: &Found, row: &'r [u8]) -> &'r [u8] {
    if !found.columns.is_rejects_file && !layout.trailing_separator {
        return row;
    }
    let mut cells = Vec::new();
    split(row, layout.separator, &mut cells);
    let width = match &layout.shape {
        Shape::Records { records, .. } if is(layout, row, &cells, &records.line) => records.line_width,
        _ => found.columns.width,
    };
    let Some(behind) = cells.get(width) else { return row };
    // In front of a cell stand its separator and perhaps its quote.
    let quote = usize::from(behind.start > 0 && row[behind.start - 1] == b'"');
    &row[..behind.start.saturating_sub(1 + quote)]
}

/// Whether the first column of a row says so.
fn is(layout: &Layout, row: &[u8], cells: &[Cell], mark: &str) -> bool {
    cells.first().is_some_and(|cell| one_line(&layout.encoding.decode(&cell.bytes(row))) == mark)
}

/// What stands behind a rejected row: its own faults, or where those of its invoice are.
fn added(line: u64, invoice: &RejectedInvoice) -> [String; 5] {
    let own: Vec<&Fault> = invoice.faults.iter().filter(|fault| fault.line == line).collect();
    if own.is_empty() {
        let elsewhere = invoice.faults.first().map_or(0, |fault| fault.line);
        let sentence =
            format!("Ligne correcte, rejetée avec sa facture : voir la ligne {elsewhere} du fichier.");
        return [line.to_string(), String::new(), String::new(), String::new(), sentence];
    }
    let join =
        |part: &dyn Fn(&Fault) -> String| own.iter().map(|fault| part(fault)).collect::<Vec<_>>().join(" | ");
    [
        line.to_string(),
        join(&|fault| fault.column.clone()),
        join(&|fault| fault.stated().to_owned()),
        join(&|fault| fault.rejection.code.clone()),
        join(&Fault::sentence),
    ]
}

/// An added cell, safe to open in a spreadsheet.
fn cell(layout: &Layout, text: &str) -> Vec<u8> {
    let text = no_formula(text);
    // The values come from this very file and the sentences are French, so nothing is replaced but
    // what a layout of its own making may bring (a column of another alphabet's name).
    let text = layout
        .encoding
        .fit(&text, true)
        .unwrap_or_else(|_| text.chars().map(|c| if layout.encoding.holds(c) { c } else { '?' }).collect());
    let separator = char::from(layout.separator);
    let quoted = if text.contains([separator, '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    };
    layout.encoding.encode(&quoted).into_owned()
}
