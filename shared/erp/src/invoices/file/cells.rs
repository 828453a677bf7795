//! Values read from a row's cells, with a fault for each that cannot be read.

use std::borrow::Cow;

use jiff::civil::Date;
use passerelle_domain::{Money, Rejection};
use rust_decimal::Decimal;

use super::header::Columns;
use super::rows::{Cell, split};
use crate::encoding::Encoding;
use crate::invoices::fault::Fault;
use crate::invoices::model::numbers::{self, BadNumber, Number};
use crate::invoices::model::{Field, Layout};
use crate::rules::Rule;
use crate::text::one_line;

/// A row's cells as texts on one line each.
#[derive(Clone, Debug)]
pub(crate) struct Cells<'r> {
    pub(crate) line: u64,
    texts: Vec<Cow<'r, str>>,
}

impl<'r> Cells<'r> {
    /// The texts of a row without its line end. `places` is room to work in.
    pub(crate) fn of(layout: &Layout, row: &'r str, line: u64, places: &mut Vec<Cell>) -> Self {
        split(row.as_bytes(), layout.separator, places);
        Self { line, texts: places.iter().map(|cell| text(cell.text(row))).collect() }
    }

    /// The first cell in UTF-8, in a file of single bytes; not among the last `added` ones.
    pub(crate) fn in_utf_8(&self, encoding: Encoding, added: usize) -> Option<usize> {
        let own = self.texts.len().saturating_sub(added);
        self.texts[..own].iter().position(|text| !text.is_ascii() && encoding.mistakes(text))
    }

    /// The text at a position; empty where the row is too short.
    pub(crate) fn at(&self, position: usize) -> &str {
        self.texts.get(position).map_or("", |text| text)
    }
}

/// The same on one line. Most are already.
fn text(cell: Cow<'_, str>) -> Cow<'_, str> {
    match cell {
        Cow::Borrowed(cell) if cell.bytes().all(|byte| (b' '..0x7f).contains(&byte)) => {
            Cow::Borrowed(cell.trim_matches(' '))
        }
        Cow::Borrowed(cell) => one_line(cell),
        Cow::Owned(cell) => Cow::Owned(one_line(&cell).into_owned()),
    }
}

/// What a number counts: how many decimals it may have, and which it has without saying so.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Figure {
    Amount,
    Quantity,
    Price,
    Rate,
}

impl Figure {
    fn places(self) -> u32 {
        match self {
            Self::Amount | Self::Rate => 2,
            Self::Quantity => 3,
            Self::Price => 6,
        }
    }

    fn implied(self, layout: &Layout) -> Option<u32> {
        match self {
            Self::Amount => layout.implied.amounts,
            Self::Quantity => layout.implied.quantities,
            Self::Price => layout.implied.prices,
            Self::Rate => layout.implied.rates,
        }
    }
}

/// Why a cell is no number: the code and the rule.
type NoFigure = (Rule, String);

/// Reads fields and keeps the faults.
pub(crate) struct Reader<'l> {
    pub(crate) layout: &'l Layout,
    pub(crate) columns: &'l Columns,
    pub(crate) faults: Vec<Fault>,
}

impl Reader<'_> {
    /// Notes a fault of a field.
    pub(crate) fn fault(&mut self, cells: &Cells<'_>, field: Field, code: Rule, rule: impl Into<String>) {
        let value = self.text(cells, field).to_owned();
        let column = self.columns.label_of(field);
        self.fault_at(cells.line, column, Rejection::new(code, field.name(), value, rule));
    }

    /// Notes a fault of a column.
    pub(crate) fn fault_at(&mut self, line: u64, column: String, rejection: Rejection) {
        self.faults.push(Fault { line, column, rejection });
    }

    /// A text; empty where there is none.
    pub(crate) fn text<'c>(&self, cells: &'c Cells<'_>, field: Field) -> &'c str {
        self.columns.of(field).map_or("", |position| cells.at(position))
    }

    /// A text as its own.
    pub(crate) fn owned(&self, cells: &Cells<'_>, field: Field) -> String {
        self.text(cells, field).to_owned()
    }

    /// A text that must be there.
    pub(crate) fn required<'c>(&mut self, cells: &'c Cells<'_>, field: Field) -> Option<&'c str> {
        let text = self.text(cells, field);
        if text.is_empty() {
            self.fault(cells, field, Rule::MissingField, "the cell is empty and must not be");
            return None;
        }
        Some(text)
    }

    /// What `parse` makes of a text; nothing of an empty one.
    pub(crate) fn optional<T, E: ToString>(
        &mut self,
        cells: &Cells<'_>,
        field: Field,
        code: Rule,
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

    /// A number that must be there.
    pub(crate) fn required_decimal(
        &mut self,
        cells: &Cells<'_>,
        field: Field,
        figure: Figure,
    ) -> Option<Decimal> {
        let text = self.required(cells, field)?;
        match self.number(text, figure) {
            Ok(number) => number.map(Number::to_decimal),
            Err((code, rule)) => {
                self.fault(cells, field, code, rule);
                None
            }
        }
    }

    /// An amount that must be there.
    pub(crate) fn required_money(&mut self, cells: &Cells<'_>, field: Field) -> Money {
        self.required(cells, field);
        self.money(cells, field)
    }

    /// An amount; zero for an empty cell.
    pub(crate) fn money(&mut self, cells: &Cells<'_>, field: Field) -> Money {
        match self.amount(self.text(cells, field)) {
            Ok(amount) => amount,
            Err((code, rule)) => {
                self.fault(cells, field, code, rule);
                Money::ZERO
            }
        }
    }

    /// An amount of the VAT breakdown or of an adjustment, by its position; zero for an empty cell.
    pub(crate) fn money_at(&mut self, cells: &Cells<'_>, position: usize, of: &str) -> Money {
        match self.amount(cells.at(position)) {
            Ok(amount) => amount,
            Err(why) => {
                self.no_figure(cells, position, of, why);
                Money::ZERO
            }
        }
    }

    /// A percentage by its position; nothing of an empty cell.
    pub(crate) fn rate_at(&mut self, cells: &Cells<'_>, position: usize, of: &str) -> Option<Decimal> {
        match self.number(cells.at(position), Figure::Rate) {
            Ok(number) => number.map(Number::to_decimal),
            Err(why) => {
                self.no_figure(cells, position, of, why);
                None
            }
        }
    }

    fn no_figure(&mut self, cells: &Cells<'_>, position: usize, of: &str, (code, rule): NoFigure) {
        let rejection = Rejection::new(code, of, cells.at(position), rule);
        self.fault_at(cells.line, self.columns.label(position), rejection);
    }

    /// A text as an amount, without a fault.
    pub(crate) fn amount(&self, text: &str) -> Result<Money, NoFigure> {
        let Some(number) = self.number(text, Figure::Amount)? else { return Ok(Money::ZERO) };
        let cents = number.cents().filter(|cents| cents.abs() <= Money::MAX.cents());
        let cents =
            cents.ok_or_else(|| (Rule::NotANumber, format!("the amount is more than {}", Money::MAX)))?;
        Ok(Money::from_cents(cents))
    }

    fn number(&self, text: &str, figure: Figure) -> Result<Option<Number>, NoFigure> {
        if text.is_empty() {
            return Ok(None);
        }
        let mark = self.layout.numbers.mark;
        let read = match figure.implied(self.layout) {
            Some(decimals) => numbers::implied(text, decimals),
            None => numbers::decimal(text, self.layout.numbers),
        };
        let number = read.map_err(|bad| match (bad, figure.implied(self.layout)) {
            (_, Some(decimals)) => (
                Rule::NotANumber,
                format!("this is not digits only, of which the last {decimals} are decimals"),
            ),
            (BadNumber::NotANumber, None) => {
                (Rule::NotANumber, format!("this has other characters than digits and {mark:?}"))
            }
            (BadNumber::Ambiguous, None) => (
                Rule::AmbiguousNumber,
                format!("the decimal mark is not {mark:?}, or thousands stand apart otherwise than the layout says"),
            ),
        })?;
        let places = figure.places();
        if number.scale > places {
            return Err((Rule::TooManyDecimals, format!("this has more than {places} decimals")));
        }
        Ok(Some(number))
    }

    /// A date; nothing of an empty cell.
    pub(crate) fn date(&mut self, cells: &Cells<'_>, field: Field) -> Option<Date> {
        let format = &self.layout.date;
        self.optional(cells, field, Rule::NotADate, |text| {
            format
                .read(text)
                .ok_or_else(|| format!("this is no date of this century, written {}", format.as_str()))
        })
    }
}
