use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::toml_reader::{Fault, Section, hint};

/// The most rows of a list.
const MAX_ROWS: usize = 100_000;
/// The most faults of a list that are spelled out.
const MAX_FAULTS: usize = 50;

/// The files beside a layout, by their names.
#[derive(Clone, Copy)]
pub(in crate::orders) struct Beside<'f>(pub(in crate::orders) &'f dyn Fn(&str) -> Option<String>);

/// A list: its file, the names of its columns, and its rows with their lines in the file.
pub(in crate::orders::reader) struct List {
    pub(super) file: String,
    names: Vec<String>,
    rows: Vec<(usize, Vec<String>)>,
    /// Whether there are rows that cannot be read.
    has_bad_rows: bool,
    faults: RefCell<Vec<Fault>>,
}

/// Whether this is the name of a file without a folder.
pub(in crate::orders::reader) fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\'])
}

impl Beside<'_> {
    /// The list whose file a field names; nothing where the field is missing, or the list is none.
    pub(in crate::orders::reader) fn list(
        self,
        section: &mut Section<'_>,
        key: &'static str,
    ) -> Option<List> {
        let text = |name: &str| {
            if !is_plain(name) {
                return Err(format!("{name:?} is no name of a file beside the layout"));
            }
            let text =
                (self.0)(name).ok_or_else(|| format!("there is no file {name:?} beside the layout"))?;
            Ok((name.to_owned(), text))
        };
        let (name, text) = section.parsed(key, text)?;
        let list = List::read(name, &text);
        list.note_faults(section);
        // Without its columns, its rows would be looked at in vain.
        (list.names.len() > 1).then_some(list)
    }
}

impl List {
    fn read(file: String, text: &str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(b';')
            .has_headers(false)
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let line_of = |at: &csv::Position| usize::try_from(at.line()).unwrap_or_default();
        let (names, rows, faults) = (Vec::new(), Vec::new(), RefCell::default());
        let mut list = Self { file, names, rows, has_bad_rows: false, faults };
        for record in reader.records() {
            let record = match record {
                Ok(record) => record,
                Err(error) => {
                    let line = error.position().map_or(1, line_of);
                    list.fault(line, format!("is no CSV with ';': {error}"));
                    list.has_bad_rows = true;
                    continue;
                }
            };
            let line = record.position().map_or(0, line_of);
            let cells: Vec<String> = record.iter().map(str::to_owned).collect();
            if list.names.is_empty() {
                list.names = cells;
            } else if list.rows.len() == MAX_ROWS {
                list.fault(line, format!("is the row after the {MAX_ROWS} that a list may have"));
                break;
            } else {
                list.rows.push((line, cells));
            }
        }
        if list.names.len() < 2 {
            list.fault(1, "names fewer than two columns with ';' between them");
        }
        list
    }

    /// Notes what is wrong with a line.
    pub(in crate::orders::reader) fn fault(&self, line: usize, message: impl Into<String>) {
        let (file, message) = (Some(self.file.clone()), message.into());
        self.faults.borrow_mut().push(Fault { file, line: Some(line), message, ..Fault::default() });
    }

    /// Hands over the faults that were found.
    pub(in crate::orders::reader) fn note_faults(&self, section: &Section<'_>) {
        let mut faults = self.faults.take();
        let more = faults.len().saturating_sub(MAX_FAULTS);
        faults.truncate(MAX_FAULTS);
        if let (Some(last), 1..) = (faults.last_mut(), more) {
            last.message.push_str(&format!("; {more} more faults of this file are not shown"));
        }
        faults.into_iter().for_each(|fault| section.fault_beside(fault));
    }

    /// The place of a column that may be missing.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|other| other == name)
    }

    /// The place of a column.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        let place = self.find(name);
        if place.is_none() {
            let hint = hint(name, self.names.iter().map(String::as_str));
            self.fault(1, format!("has no column {name:?}{hint}"));
        }
        place
    }

    /// Notes columns that nobody reads.
    pub(super) fn only(&self, known: &[&str]) {
        for name in self.names.iter().filter(|name| !known.contains(&name.as_str())) {
            let hint = hint(name, known.iter().copied());
            self.fault(1, format!("the column {name:?} is none of {}{hint}", known.join(", ")));
        }
    }

    /// The rows with their lines.
    pub(super) fn rows(&self) -> impl Iterator<Item = (usize, &[String])> {
        self.rows.iter().map(|(line, cells)| (*line, cells.as_slice()))
    }

    /// A code list: the words of the first column, and what the column of this name says for them (the
    /// second one without a name). Each with its line.
    pub(in crate::orders::reader) fn codes(&self, column: Option<&str>) -> BTreeMap<String, (usize, String)> {
        let mut codes: BTreeMap<String, (usize, String)> = BTreeMap::new();
        let Some(place) = column.map_or(Some(1), |name| self.place(name)) else { return codes };
        for (line, cells) in self.rows() {
            match codes.get(&cells[0]) {
                Some((earlier, _)) => {
                    self.fault(line, format!("{:?} stands on line {earlier} already", cells[0]));
                }
                None => drop(codes.insert(cells[0].clone(), (line, cells[place].clone()))),
            }
        }
        if codes.is_empty() && !self.has_bad_rows {
            self.fault(1, "has no rows");
        }
        codes
    }
}
