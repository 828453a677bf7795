//! Which column stands where in a file.

use passerelle_domain::Rejection;

use crate::invoices::model::{AdjustmentColumns, Field, Layout, Shape};
use crate::layout::Place;
use crate::rejects::ADDED;
use crate::rules::Rule;
use crate::toml_reader::nearest;

/// Where each column of the layout stands in this file, from 0.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    /// The names in the header row; empty where none is read.
    names: Vec<String>,
    fields: [Option<usize>; Field::COUNT],
    /// Base and amount of each row of the layout's VAT breakdown.
    pub(crate) vat: Vec<(usize, Option<usize>)>,
    pub(crate) adjustments: Vec<AdjustmentAt>,
    pub(crate) line_adjustments: Vec<AdjustmentAt>,
    /// All columns that say the same on each row of an invoice.
    pub(crate) of_invoice: Vec<usize>,
    /// How many there are before those that a rejects file adds.
    pub(crate) width: usize,
    /// Whether this is a rejects file that comes back: [`ADDED`] stands behind the other columns.
    pub(crate) is_rejects_file: bool,
}

/// Where an allowance or charge stands.
#[derive(Clone, Debug)]
pub(crate) struct AdjustmentAt {
    pub(crate) amount: usize,
    pub(crate) base: Option<usize>,
    pub(crate) percentage: Option<usize>,
    pub(crate) reason: Option<usize>,
    pub(crate) vat_rate: Option<usize>,
}

impl Columns {
    /// The position of a field's column, where the layout has one.
    pub(crate) fn of(&self, field: Field) -> Option<usize> {
        self.fields[field as usize]
    }

    /// What a person calls a column.
    pub(crate) fn label(&self, position: usize) -> String {
        self.names.get(position).cloned().unwrap_or_else(|| format!("colonne {}", position + 1))
    }

    /// The same for a field; where it has no column, its own name.
    pub(crate) fn label_of(&self, field: Field) -> String {
        self.of(field).map_or_else(|| field.name().to_owned(), |position| self.label(position))
    }

    fn new(layout: &Layout, names: Vec<String>, width: usize, at: impl Fn(&Place) -> usize) -> Self {
        let mut fields = [None; Field::COUNT];
        for (field, place) in &layout.columns {
            fields[*field as usize] = Some(at(place));
        }
        let adjustment = |columns: &AdjustmentColumns| AdjustmentAt {
            amount: at(&columns.amount),
            base: columns.base.as_ref().map(&at),
            percentage: columns.percentage.as_ref().map(&at),
            reason: columns.reason_column.as_ref().map(&at),
            vat_rate: columns.vat_rate_column.as_ref().map(&at),
        };
        let of_invoice = layout.places().filter(|(_, _, of_line)| !of_line).map(|(_, place, _)| at(place));
        Self {
            fields,
            vat: layout.vat.iter().map(|vat| (at(&vat.base), vat.amount.as_ref().map(&at))).collect(),
            adjustments: layout.adjustments.iter().map(adjustment).collect(),
            line_adjustments: layout.line_adjustments.iter().map(adjustment).collect(),
            of_invoice: of_invoice.collect(),
            names,
            width,
            is_rejects_file: false,
        }
    }

    /// The columns of a layout by position.
    pub(crate) fn by_position(layout: &Layout) -> Self {
        let width = match &layout.shape {
            Shape::Positions { width, .. } => *width,
            Shape::Records { records, .. } => records.width,
            Shape::Named => 0,
        };
        Self::new(layout, Vec::new(), width, |place| match place {
            Place::Position(position) => position - 1,
            Place::Name(_) => 0,
        })
    }

    /// Finds the layout's columns among the names of a header row, which may stand in any order.
    pub(crate) fn by_name(layout: &Layout, mut names: Vec<String>, line: u64) -> Result<Self, Rejection> {
        if layout.trailing_separator {
            while names.last().is_some_and(String::is_empty) {
                names.pop();
            }
        }
        let added = names.len().saturating_sub(ADDED.len());
        let is_rejects_file = added > 0 && names[added..] == ADDED;
        if is_rejects_file {
            names.truncate(added);
        }
        let refuse = |code: Rule, name: &str, rule: String| {
            Err(Rejection::new(code, format!("line {line}, column {name}"), name, rule))
        };
        // What a rejects file adds is never read, wherever a person has left it.
        let ignored = |name: &str| layout.ignore.iter().any(|other| other == name) || ADDED.contains(&name);
        for (i, name) in names.iter().enumerate() {
            if names[..i].contains(name) && !layout.ignore.contains(name) {
                return refuse(
                    Rule::DuplicateColumn,
                    name,
                    "the column stands twice in the header row".to_owned(),
                );
            }
        }
        let known: Vec<&String> = layout.places().filter_map(|(_, place, _)| name_of(place)).collect();
        let foreign = || names.iter().filter(|name| !known.contains(name)).map(String::as_str);
        for name in &known {
            if !names.contains(name) {
                let hint = nearest(name, foreign())
                    .map_or_else(String::new, |near| format!("; the file has a column {near:?}"));
                let rule = format!("the column {name:?} is missing in the header row{hint}");
                return refuse(Rule::MissingColumn, name, rule);
            }
        }
        if let Some(name) = foreign().find(|name| !ignored(name)) {
            let hint = nearest(name, known.iter().map(|name| name.as_str()))
                .map_or_else(String::new, |near| format!("; the nearest that the layout has is {near:?}"));
            let rule = format!("the column is neither in the layout nor in its list of ignored ones{hint}");
            return refuse(Rule::UnknownColumn, name, rule);
        }
        let width = names.len();
        let places = names.clone();
        let at =
            |place: &Place| name_of(place).and_then(|name| places.iter().position(|other| other == name));
        let columns = Self::new(layout, names, width, |place| at(place).unwrap_or_default());
        Ok(Self { is_rejects_file, ..columns })
    }
}

fn name_of(place: &Place) -> Option<&String> {
    match place {
        Place::Name(name) => Some(name),
        Place::Position(_) => None,
    }
}
