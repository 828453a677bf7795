//! The rejects file: what a person mends.

use std::collections::HashMap;

use super::layout::Layout;
use super::{Fault, RejectedInvoice, explain, file};
use crate::encoding::BOM;

/// The columns behind the original ones.
const ADDED: [&str; 5] = ["ligne", "colonne", "valeur", "regle", "explication"];

pub(super) fn file(layout: &Layout, bytes: &[u8], rejected: &[RejectedInvoice]) -> Vec<u8> {
    let mut by_line: HashMap<u64, &RejectedInvoice> = HashMap::new();
    for invoice in rejected {
        by_line.extend(invoice.rows.iter().map(|line| (*line, invoice)));
    }
    let mut rows = file::rows(layout, bytes).map_while(Result::ok);
    let mut out = Vec::new();
    let Some(header) = rows.next() else { return out };
    if file::body(layout, bytes).len() < bytes.len() {
        out.extend_from_slice(BOM);
    }
    let line_end = if header.line_end.is_empty() { b"\r\n" } else { header.line_end };
    let mut push = |row: &[u8], added: &[String]| {
        out.extend_from_slice(row);
        for text in added {
            out.push(layout.separator);
            out.extend_from_slice(&cell(layout, text));
        }
        out.extend_from_slice(line_end);
    };
    push(header.bytes, &ADDED.map(str::to_owned));
    for row in rows {
        if file::is_trailer(layout, &row) {
            continue;
        }
        if let Some(invoice) = by_line.get(&row.line) {
            push(row.bytes, &added(row.line, invoice));
        }
    }
    out
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
        join(&|fault| explain::stated(fault).to_owned()),
        join(&|fault| fault.rejection.code.clone()),
        join(&explain::sentence),
    ]
}

/// An added cell. A spreadsheet runs what begins with `=`, `+`, `-` or `@` as a formula, so an
/// apostrophe goes in front; a plain number is none.
fn cell(layout: &Layout, text: &str) -> Vec<u8> {
    let is_number =
        text.trim_start_matches('-').chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | ' '));
    let risky = text.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_number;
    let text = if risky { format!("'{text}") } else { text.to_owned() };
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
