//! Lists that stand beside a layout as CSV files: codes, customers, articles, towns.
//!
//! UTF-8 (a byte order mark is allowed), `;` between the cells, the first row names the columns.
//! What a list says twice, or leaves empty, is refused when the layout is loaded.

mod articles;
mod customers;
mod towns;

pub(super) use articles::Articles;
pub(super) use customers::{Customers, Known, Records};
pub(super) use towns::Towns;

use std::collections::BTreeMap;

use crate::LayoutError;
use crate::layout::Section;
use crate::text::nearest;

/// The most rows of a list.
const MAX_ROWS: usize = 100_000;

/// The files beside a layout, by their names.
#[derive(Clone, Copy)]
pub(crate) struct Beside<'f>(pub(crate) &'f dyn Fn(&str) -> Option<String>);

/// A list: its file, the names of its columns, and its rows with their lines in the file.
pub(crate) struct List {
    file: String,
    names: Vec<String>,
    rows: Vec<(usize, Vec<String>)>,
}

/// Whether this is the name of a file without a folder.
pub(crate) fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\'])
}

impl Beside<'_> {
    /// The list whose file a field names; nothing where the field is missing.
    pub(crate) fn list(
        self,
        section: &mut Section<'_>,
        key: &'static str,
    ) -> Result<Option<List>, LayoutError> {
        let Some(name) = section.text(key)? else { return Ok(None) };
        if !is_plain(name) {
            return Err(section.error(key, format!("{name:?} is no name of a file beside the layout")));
        }
        let text = (self.0)(name)
            .ok_or_else(|| section.error(key, format!("there is no file {name:?} beside the layout")))?;
        List::read(name, &text).map(Some)
    }
}

impl List {
    fn read(file: &str, text: &str) -> Result<Self, LayoutError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(b';')
            .has_headers(false)
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let mut list = Self { file: file.to_owned(), names: Vec::new(), rows: Vec::new() };
        for record in reader.records() {
            let record = record.map_err(|error| {
                let line = error.position().map(|at| usize::try_from(at.line()).unwrap_or(0));
                list.error(line.unwrap_or(1), format!("is no CSV with ';': {error}"))
            })?;
            let line = record.position().map_or(0, |at| usize::try_from(at.line()).unwrap_or(0));
            let cells: Vec<String> = record.iter().map(str::to_owned).collect();
            if list.names.is_empty() {
                list.names = cells;
            } else if list.rows.len() == MAX_ROWS {
                return Err(list.error(line, format!("is the row after the {MAX_ROWS} that a list may have")));
            } else {
                list.rows.push((line, cells));
            }
        }
        if list.names.len() < 2 {
            return Err(list.error(1, "names two columns or more, with ';' between them"));
        }
        Ok(list)
    }

    pub(crate) fn error(&self, line: usize, message: impl Into<String>) -> LayoutError {
        LayoutError {
            path: String::new(),
            message: message.into(),
            line: Some(line),
            file: Some(self.file.clone()),
        }
    }

    /// The place of a column that may be missing.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|other| other == name)
    }

    /// The place of a column.
    pub(crate) fn place(&self, name: &str) -> Result<usize, LayoutError> {
        self.find(name).ok_or_else(|| {
            let hint = nearest(name, self.names.iter().map(String::as_str))
                .map_or_else(String::new, |known| format!("; did you mean {known:?}?"));
            self.error(1, format!("has no column {name:?}{hint}"))
        })
    }

    /// Refuses columns that nobody reads.
    pub(crate) fn only(&self, known: &[&str]) -> Result<(), LayoutError> {
        match self.names.iter().find(|name| !known.contains(&name.as_str())) {
            Some(name) => Err(self.error(1, format!("the column {name:?} is none of {}", known.join(", ")))),
            None => Ok(()),
        }
    }

    /// The rows with their lines.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (usize, &[String])> {
        self.rows.iter().map(|(line, cells)| (*line, cells.as_slice()))
    }

    /// The name of its file.
    pub(crate) fn file(&self) -> &str {
        &self.file
    }

    /// A code list: the words of the first column, and what the column of this name says for them (of
    /// the second one without a name). Each with its line.
    pub(crate) fn codes(
        &self,
        column: Option<&str>,
    ) -> Result<BTreeMap<String, (usize, String)>, LayoutError> {
        let place = column.map_or(Ok(1), |name| self.place(name))?;
        let mut codes: BTreeMap<String, (usize, String)> = BTreeMap::new();
        for (line, cells) in self.rows() {
            if let Some((earlier, _)) = codes.get(&cells[0]) {
                return Err(self.error(line, format!("{:?} stands on line {earlier} already", cells[0])));
            }
            codes.insert(cells[0].clone(), (line, cells[place].clone()));
        }
        if codes.is_empty() {
            return Err(self.error(1, "has no rows"));
        }
        Ok(codes)
    }
}
