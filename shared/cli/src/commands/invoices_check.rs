//! `invoices check`: both passes of the ingest over a file on this machine, without any environment.

use std::fs::File;
use std::io::{BufWriter, Write};

use passerelle_domain::{Failure, Money, Result};
use passerelle_erp::in_french;
use passerelle_erp::invoices::{CheckError, Fault};
use serde_json::{Value, json};

use super::files::{invoice_layout, shown};
use crate::{Answer, CheckFile};

/// Faults that are printed; all of them are in the rejects file.
const MOST_PRINTED: usize = 20;

/// Checks a file as `ingest-invoices` would.
///
/// # Errors
/// When a file cannot be read or written, or the layout is wrong.
pub fn check_file(check: &CheckFile, dry_run: bool) -> Result<Answer> {
    let layout = invoice_layout(&check.layout)?;
    let failed = |error: std::io::Error| Failure::rejected("read", shown(&check.file), error);
    let source = File::open(&check.file).map_err(failed)?;
    let mut file = match layout.check_file(source) {
        Ok(file) => file,
        Err(CheckError::Unreadable(error)) => return Err(failed(error)),
        Err(CheckError::Refused(rejection)) => {
            let answer = Answer::undone(format!("refused whole: {}", in_french(&rejection)));
            let answer =
                answer.and(format!("{}: {:?}: {}", rejection.field, rejection.value, rejection.rule));
            return Ok(Answer { data: json!({ "refused": rejection }), ..answer });
        }
    };
    let mut rejects = match &check.rejects {
        Some(path) if !dry_run => {
            let created = File::create(path);
            let created = created.map_err(|error| Failure::rejected("write", shown(path), error))?;
            Some(BufWriter::new(created))
        }
        _ => None,
    };
    let unwritten =
        |error| Failure::rejected("write", check.rejects.as_deref().map(shown).unwrap_or_default(), error);
    let (mut good, mut noted, mut gross, mut set_aside, mut rows) = (0_u64, 0_u64, Money::ZERO, 0_u64, 0_u64);
    let mut faults = Vec::new();
    while let Some(read) = file.next() {
        match read.map_err(failed)? {
            Ok(read) => {
                good += 1;
                noted += u64::from(!read.notes.is_empty());
                gross += read.invoice.totals.gross;
                note(&mut faults, "noted", read.invoice.number.as_str(), &read.notes);
            }
            Err(rejected) => {
                if let Some(out) = &mut rejects {
                    if set_aside == 0 {
                        file.begin_rejects(out).map_err(unwritten)?;
                    }
                    file.write_rejected(&rejected, out).map_err(unwritten)?;
                }
                set_aside += 1;
                rows += rejected.rows.len() as u64;
                note(&mut faults, "set aside", &rejected.number, &rejected.faults);
            }
        }
    }
    if let Some(out) = &mut rejects {
        out.flush().map_err(unwritten)?;
    }
    let found = file.summary();
    let mut says = vec![
        format!("{} rows, {} invoices, {} with VAT", found.rows, found.invoices, found.gross),
        format!(
            "{good} good, {noted} of them with figures within the tolerance; {set_aside} set aside with {rows} rows"
        ),
    ];
    let more = faults.len().saturating_sub(MOST_PRINTED);
    says.extend(faults.iter().take(MOST_PRINTED).map(|(line, _)| line.clone()));
    if more > 0 {
        says.push(format!("… and {more} more"));
    }
    match &check.rejects {
        Some(path) if set_aside > 0 && !dry_run => says.push(format!("rows set aside: {}", shown(path))),
        None if set_aside > 0 => {
            says.push("--rejects FILE writes the rejected rows, to be corrected".into());
        }
        _ => {}
    }
    let faults: Vec<Value> = faults.into_iter().map(|(_, fault)| fault).collect();
    let data = json!({
        "rows": found.rows, "invoices": found.invoices, "gross": found.gross,
        "good": good, "noted": noted, "set_aside": set_aside, "set_aside_rows": rows, "faults": faults,
    });
    Ok(Answer { undone: set_aside > 0, ..Answer::found(says, data) })
}

/// More are counted and in the rejects file, and not held in memory.
const MOST_HELD: usize = 1000;

fn note(found: &mut Vec<(String, Value)>, what: &str, number: &str, faults: &[Fault]) {
    for fault in faults.iter().take(MOST_HELD.saturating_sub(found.len())) {
        let Fault { line, column, rejection } = fault;
        let sentence = fault.sentence();
        let printed =
            format!("line {line}, {column}: {what}: invoice {number}: {}: {sentence}", rejection.code);
        let data = json!({
            "what": what, "invoice": number, "line": line, "column": column,
            "value": rejection.value, "rule": rejection.code, "sentence": sentence,
        });
        found.push((printed, data));
    }
}
