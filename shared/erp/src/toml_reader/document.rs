use std::cell::RefCell;
use std::ops::Range;

use super::fault::{Fault, Faults};

/// The most characters of a value that a fault repeats.
const MAX_VALUE: usize = 80;

/// The text of a file and the faults found so far.
pub(super) struct Document<'t> {
    text: &'t str,
    faults: RefCell<Vec<Fault>>,
}

impl<'t> Document<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, faults: RefCell::default() }
    }

    /// The faults found; nothing where there are none.
    pub(super) fn faults(self) -> Option<Faults> {
        Some(self.faults.into_inner()).filter(|faults| !faults.is_empty()).map(Faults::new)
    }

    /// Notes a fault; of each field, the first.
    pub(super) fn fault(&self, path: &str, at: usize, value: String, message: String) {
        let mut faults = self.faults.borrow_mut();
        if !path.is_empty() && faults.iter().any(|fault| fault.file.is_none() && fault.path == path) {
            return;
        }
        faults.push(Fault { path: path.to_owned(), value, message, ..Fault::at(self.text, at) });
    }

    /// The first line of what stands in the file.
    pub(super) fn quote(&self, span: Range<usize>) -> String {
        let text = self.text.get(span).and_then(|text| text.lines().next()).unwrap_or_default();
        text.chars().take(MAX_VALUE).collect()
    }

    /// Notes a fault of another file, once.
    pub(super) fn fault_beside(&self, fault: Fault) {
        let mut faults = self.faults.borrow_mut();
        if !faults.contains(&fault) {
            faults.push(fault);
        }
    }

    /// Whether something is wrong at a path or below it.
    pub(super) fn is_faulty(&self, path: &str) -> bool {
        let within = |of: &str| {
            of.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        self.faults.borrow().iter().any(|fault| within(&fault.path))
    }
}
