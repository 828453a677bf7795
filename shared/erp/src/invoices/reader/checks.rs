//! What must fit together. It is looked at where the tables that it is made of can be read.

use std::collections::BTreeMap;

use crate::invoices::model::{Field, Layout, Shape};
use crate::layout::Place;
use crate::toml_reader::Section;

pub(super) fn check(root: &Section<'_>, layout: &Layout) {
    let listed = [
        (Field::Kind, "kind", layout.codes.kinds.is_empty()),
        (Field::LineOrigin, "origin", layout.codes.origins.is_empty()),
        (Field::LineDeposit, "deposit", layout.codes.deposits.is_empty()),
    ];
    for (field, key, missing) in listed {
        if let Some(column) = layout.columns.get(&field).filter(|_| missing && !root.is_faulty("codes")) {
            root.fault_at(&format!("codes.{key}"), format!("is missing: column {column} needs a code list"));
        }
    }
    let parts = ["file", "records", "columns", "vat", "adjustment", "line_adjustment"];
    if !parts.iter().any(|part| root.is_faulty(part)) {
        check_places(root, layout);
    }
}

/// A column has one meaning, and stands where the shape of the file can have it.
fn check_places(root: &Section<'_>, layout: &Layout) {
    let mut seen: BTreeMap<(bool, &Place), String> = BTreeMap::new();
    for (path, place, of_line) in layout.places() {
        if let Some(message) = misplaced(layout, place, of_line) {
            root.fault_at(&path, message);
        }
        // An invoice and a line have columns of their own where they are different records.
        let of_line = of_line && matches!(layout.shape, Shape::Records { .. });
        if let Some(other) = seen.get(&(of_line, place)) {
            root.fault_at(&path, format!("{place} is the column of {other} already"));
        } else {
            seen.insert((of_line, place), path);
        }
    }
    for (i, name) in layout.ignore.iter().enumerate() {
        if let Some(path) = seen.get(&(false, &Place::Name(name.clone()))) {
            let message = format!("{name:?} is the column of {path}, and cannot be ignored");
            root.fault_at(&format!("file.ignore[{i}]"), message);
        }
    }
}

/// Why a column cannot stand there.
fn misplaced(layout: &Layout, place: &Place, of_line: bool) -> Option<String> {
    let width = match (&layout.shape, place) {
        (_, Place::Name(name)) if name.is_empty() => return Some("is empty".to_owned()),
        (Shape::Named, Place::Name(_)) => return None,
        (Shape::Named, Place::Position(_)) => {
            return Some("is a position, and the header row has names: header = \"skipped\"?".to_owned());
        }
        (_, Place::Name(_)) => return Some("is a name, and no header row is read".to_owned()),
        (Shape::Positions { width, .. }, Place::Position(_)) => *width,
        (Shape::Records { records, .. }, Place::Position(_)) if of_line => records.line_width,
        (Shape::Records { records, .. }, Place::Position(_)) => records.width,
    };
    match place {
        Place::Position(position) if *position > width => {
            Some(format!("{position} is behind the last of {width} columns"))
        }
        _ => None,
    }
}
