//! Which rows belong to which invoice: what the first pass keeps of a file.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};

use super::rows::Row;

/// Rows of one invoice that stand together, without anything between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// The place of the invoice among those of the file.
    pub(crate) invoice: u32,
    /// The line that it begins on.
    pub(crate) line: u32,
    /// Where it begins in the file, and its bytes.
    pub(crate) offset: u32,
    pub(crate) size: u32,
}

/// The end of a run that grows no more, so that one is always held in memory easily.
const LONGEST_RUN: u32 = 256 * 1024;

/// Where the rows of each invoice are: 16 bytes for each run of rows and 25 or so for each invoice,
/// whatever is in them, so that the limits of rows and invoices limit the memory too.
///
/// Invoices are distinguished by 96 bits of a keyed hash of their number: two in a file that share them
/// are less likely than a broken disk by far.
#[derive(Debug)]
pub(crate) struct Index {
    runs: Vec<Run>,
    rows: Vec<u32>,
    places: HashMap<[u32; 3], u32, AsItIs>,
    keys: [RandomState; 2],
    /// The number and place of the row before: most stand together.
    last: (Vec<u8>, Option<u32>),
    /// Whether the invoice's own row was seen; all are, where each row is.
    headed: Vec<bool>,
}

impl Index {
    pub(crate) fn new() -> Self {
        Self {
            runs: Vec::new(),
            rows: Vec::new(),
            places: HashMap::default(),
            keys: [RandomState::new(), RandomState::new()],
            last: (Vec::new(), None),
            headed: Vec::new(),
        }
    }

    /// How many invoices there are.
    pub(crate) fn invoices(&self) -> usize {
        self.rows.len()
    }

    /// How many rows an invoice has.
    pub(crate) fn rows_of(&self, invoice: u32) -> usize {
        self.rows.get(invoice as usize).map_or(0, |&rows| rows as usize)
    }

    /// The runs of all invoices, in the order in which these first appear.
    pub(crate) fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// Adds a row of the invoice with this number, or of the one of the row before. Returns whether it
    /// is the first that has the invoice's own columns.
    pub(crate) fn add(&mut self, row: Row, number: Option<&[u8]>, of_invoice: bool) -> bool {
        let invoice = self.place(number);
        self.rows[invoice as usize] += 1;
        let (line, offset, size) = (narrow(row.line), narrow(row.offset), narrow(row.size() as u64));
        match self.runs.last_mut() {
            Some(run)
                if run.invoice == invoice && run.offset + run.size == offset && run.size < LONGEST_RUN =>
            {
                run.size += size;
            }
            _ => self.runs.push(Run { invoice, line, offset, size }),
        }
        of_invoice && !std::mem::replace(&mut self.headed[invoice as usize], true)
    }

    fn place(&mut self, number: Option<&[u8]>) -> u32 {
        let number = match (number, self.last.1) {
            (None, Some(place)) => return place,
            (None, None) => &[],
            (Some(number), _) => number.trim_ascii(),
        };
        if let Some(place) = self.last.1.filter(|_| self.last.0 == number) {
            return place;
        }
        let next = narrow(self.rows.len() as u64);
        let place = *self.places.entry(hash(&self.keys, number)).or_insert(next);
        if place == next {
            self.rows.push(0);
            self.headed.push(false);
        }
        self.last.0.clear();
        self.last.0.extend_from_slice(number);
        self.last.1 = Some(place);
        place
    }

    /// The same, to be read: what only adding needs is gone.
    pub(crate) fn sorted(mut self) -> Self {
        self.places = HashMap::default();
        self.headed = Vec::new();
        self.runs.sort_unstable_by_key(|run| (run.invoice, run.offset));
        self
    }
}

/// Lines and places of a file, whose size the layout limits to what 32 bits hold.
fn narrow(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn hash(keys: &[RandomState; 2], number: &[u8]) -> [u32; 3] {
    let [a, b] = [0, 1].map(|i| {
        let mut hasher = keys[i].build_hasher();
        hasher.write(number);
        hasher.finish()
    });
    let [low, high] = [a, a >> 32].map(|part| (part & u64::from(u32::MAX)) as u32);
    [low, high, (b & u64::from(u32::MAX)) as u32]
}

/// What is a hash already is not hashed again.
#[derive(Clone, Copy, Debug, Default)]
struct AsItIs;

impl BuildHasher for AsItIs {
    type Hasher = Kept;

    fn build_hasher(&self) -> Kept {
        Kept(0)
    }
}

/// The first eight bytes that it is given.
struct Kept(u64);

impl Hasher for Kept {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk::<8>() {
            self.0 = u64::from_ne_bytes(*first);
        }
    }

    /// The length that stands in front of a slice.
    fn write_usize(&mut self, _length: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}
