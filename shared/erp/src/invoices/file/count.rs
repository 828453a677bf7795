use passerelle_domain::{InvoiceKind, Money};
use rust_decimal::Decimal;

use super::cells::Reader;
use super::header::Columns;
use super::index::Index;
use super::record::{RawCells, Record};
use super::refused::{CheckError, refused};
use super::rows::Row;
use crate::invoices::model::{Field, Layout, Trailer, numbers};
use crate::rules::Rule;

/// What the rows hold, to compare with the trailer.
pub(super) struct Count {
    pub(super) index: Index,
    pub(super) rows: u64,
    pub(super) gross: Money,
    /// Whether every invoice's total could be read.
    all_totals: bool,
}

impl Count {
    pub(super) fn new() -> Self {
        Self { index: Index::new(), rows: 0, gross: Money::ZERO, all_totals: true }
    }

    pub(super) fn add(
        &mut self,
        layout: &Layout,
        columns: &Columns,
        row: Row,
        record: &Record,
        cells: &RawCells<'_>,
    ) -> Result<(), CheckError> {
        self.rows += 1;
        let too_many = |what: &str, limit: usize| {
            let rule = format!("the file has more than {limit} {what}");
            refused(Rule::TooLarge, format!("line {}", row.line), format!("over {limit} {what}"), rule)
        };
        if self.rows > layout.limits.rows as u64 {
            return too_many("rows", layout.limits.rows);
        }
        let number = record.number.map(|position| cells.bytes(position));
        let first_of_invoice = self.index.add(row, number.as_deref(), record.of_invoice);
        if self.index.invoices() > layout.limits.invoices {
            return too_many("invoices", layout.limits.invoices);
        }
        if first_of_invoice {
            let reader = Reader { layout, columns, faults: Vec::new() };
            let at = |field| columns.of(field).map(|position| cells.text(position));
            let kind = match at(Field::Kind) {
                None => Some(InvoiceKind::Invoice),
                Some(code) => layout.codes.kinds.get(&code).copied(),
            };
            match (reader.amount(&at(Field::TotalGross).unwrap_or_default()), kind) {
                (Ok(gross), Some(InvoiceKind::Invoice)) => self.gross += gross,
                (Ok(gross), Some(InvoiceKind::CreditNote)) => self.gross -= gross,
                _ => self.all_totals = false,
            }
        }
        Ok(())
    }

    pub(super) fn agrees(
        &self,
        layout: &Layout,
        trailer: &Trailer,
        line: u64,
        cells: &RawCells<'_>,
    ) -> Result<(), CheckError> {
        let invoices = Decimal::from(self.index.invoices());
        let rows = Decimal::from(self.rows);
        let figures = [
            ("invoices", trailer.invoices, None, Some(invoices)),
            ("rows", trailer.rows, None, Some(rows)),
            // With a total that cannot be read, its invoice is rejected; the sum proves nothing then.
            (
                "gross",
                trailer.gross,
                layout.implied.amounts,
                self.all_totals.then(|| self.gross.to_decimal()),
            ),
        ];
        for (what, position, implied, counted) in figures {
            let (Some(position), Some(counted)) = (position, counted) else { continue };
            let text = cells.text(position);
            let stated = match implied {
                Some(decimals) => numbers::implied(&text, decimals),
                None => numbers::decimal(&text, layout.numbers),
            };
            if stated.ok().map(numbers::Number::to_decimal) != Some(counted) {
                let field = format!("line {line}, column {} ({what})", position + 1);
                let rule = format!("the trailer does not agree with the rows, which give {counted}");
                return refused(Rule::Trailer, field, text, rule);
            }
        }
        Ok(())
    }
}
