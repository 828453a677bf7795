//! Values read from a row's cells, with a fault for each that cannot be read.

use jiff::civil::Date;
use passerelle_domain::{Money, Rejection};
use rust_decimal::Decimal;

use super::Fault;
use super::fields::Field;
use super::header::Columns;
use super::layout::Layout;
use super::numbers::{self, BadNumber};
use super::rows::Row;
use crate::text::one_line;

/// A row's cells as texts on one line each.
#[derive(Clone, Debug)]
pub(super) struct Cells {
    pub(super) line: u64,
    texts: Vec<String>,
}

impl Cells {
    /// The texts of a row.
    pub(super) fn of(layout: &Layout, row: &Row<'_>, line: u64) -> Self {
        let text = |cell: &std::borrow::Cow<'_, [u8]>| one_line(&layout.encoding.decode(cell)).into_owned();
        Self { line, texts: row.cells.iter().map(text).collect() }
    }

    /// The text at a position; empty where the row is too short.
    pub(super) fn at(&self, position: usize) -> &str {
        self.texts.get(position).map_or("", String::as_str)
    }

    /// All of them.
    pub(super) fn into_texts(self) -> Vec<String> {
        self.texts
    }
}

/// Reads fields and keeps the faults.
pub(super) struct Reader<'l> {
    pub(super) layout: &'l Layout,
    pub(super) columns: &'l Columns,
    pub(super) faults: Vec<Fault>,
}

impl Reader<'_> {
    /// Notes a fault of a field.
    pub(super) fn fault(&mut self, cells: &Cells, field: Field, code: &str, rule: impl Into<String>) {
        let value = self.text(cells, field).to_owned();
        let column = self.layout.column_name(field).to_owned();
        self.fault_at(cells.line, column, Rejection::new(code, field.name(), value, rule));
    }

    /// Notes a fault of a column.
    pub(super) fn fault_at(&mut self, line: u64, column: String, rejection: Rejection) {
        self.faults.push(Fault { line, column, rejection });
    }

    /// A text; empty where there is none.
    pub(super) fn text<'c>(&self, cells: &'c Cells, field: Field) -> &'c str {
        self.columns.of(field).map_or("", |position| cells.at(position))
    }

    /// A text as its own.
    pub(super) fn owned(&self, cells: &Cells, field: Field) -> String {
        self.text(cells, field).to_owned()
    }

    /// A text that must be there.
    pub(super) fn required<'c>(&mut self, cells: &'c Cells, field: Field) -> Option<&'c str> {
        let text = self.text(cells, field);
        if text.is_empty() {
            self.fault(cells, field, "missing_field", "this is never empty");
            return None;
        }
        Some(text)
    }

    /// What `parse` makes of a text; nothing of an empty one.
    pub(super) fn optional<T, E: ToString>(
        &mut self,
        cells: &Cells,
        field: Field,
        code: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.text(cells, field);
        if text.is_empty() {
            return None;
        }
        match parse(text) {
            Ok(value) => Some(value),
            Err(error) => {
                self.fault(cells, field, code, error.to_string());
                None
            }
        }
    }

    /// A decimal of at most so many places; nothing of an empty cell.
    pub(super) fn decimal(&mut self, cells: &Cells, field: Field, places: u32) -> Option<Decimal> {
        match self.number(self.text(cells, field), places) {
            Ok(number) => number,
            Err((code, rule)) => {
                self.fault(cells, field, code, rule);
                None
            }
        }
    }

    /// A decimal that must be there.
    pub(super) fn required_decimal(&mut self, cells: &Cells, field: Field, places: u32) -> Option<Decimal> {
        self.required(cells, field)?;
        self.decimal(cells, field, places)
    }

    /// An amount that must be there.
    pub(super) fn required_money(&mut self, cells: &Cells, field: Field) -> Money {
        self.required(cells, field);
        self.money(cells, field)
    }

    /// An amount; zero for an empty cell.
    pub(super) fn money(&mut self, cells: &Cells, field: Field) -> Money {
        match self.amount(self.text(cells, field)) {
            Ok(amount) => amount,
            Err((code, rule)) => {
                self.fault(cells, field, code, rule);
                Money::ZERO
            }
        }
    }

    /// An amount of the VAT breakdown, by its position; zero for an empty cell.
    pub(super) fn money_at(&mut self, cells: &Cells, position: usize) -> Money {
        let text = cells.at(position);
        match self.amount(text) {
            Ok(amount) => amount,
            Err((code, rule)) => {
                let column = self.columns.names.get(position).cloned().unwrap_or_default();
                self.fault_at(cells.line, column, Rejection::new(code, "vat_breakdown", text, rule));
                Money::ZERO
            }
        }
    }

    /// A text as an amount, without a fault.
    pub(super) fn amount(&self, text: &str) -> Result<Money, (&'static str, String)> {
        let number = self.number(text, 2)?.unwrap_or_default();
        Money::from_decimal(number).map_err(|error| ("not_a_number", error.to_string()))
    }

    fn number(&self, text: &str, places: u32) -> Result<Option<Decimal>, (&'static str, String)> {
        if text.is_empty() {
            return Ok(None);
        }
        let mark = self.layout.decimal;
        let number = numbers::decimal(text, mark).map_err(|bad| match bad {
            BadNumber::NotANumber => ("not_a_number", format!("a number has digits and {mark:?}, no more")),
            BadNumber::Ambiguous => (
                "ambiguous_number",
                format!("the decimal mark is {mark:?}, and thousands stand apart by spaces"),
            ),
        })?;
        let number = number.normalize();
        if number.scale() > places {
            return Err(("too_many_decimals", format!("at most {places} decimals stand here")));
        }
        Ok(Some(number))
    }

    /// A date; nothing of an empty cell.
    pub(super) fn date(&mut self, cells: &Cells, field: Field) -> Option<Date> {
        let format = self.layout.date.clone();
        self.optional(cells, field, "not_a_date", |text| {
            Date::strptime(&format, text)
                .ok()
                // `%Y` reads "26" as the year 26.
                .filter(|date| (2000..2100).contains(&date.year()))
                .ok_or_else(|| format!("a date is written {format}, of this century"))
        })
    }
}
