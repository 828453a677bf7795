use std::fmt;

/// What is wrong with a file, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fault {
    /// The file, where its name is known.
    pub file: Option<String>,
    /// The line, counted from 1, where it is known.
    pub line: Option<usize>,
    /// The column, in characters and counted from 1, where it is known.
    pub column: Option<usize>,
    /// The path of the field, counted from 0: `line[3].from`. Empty for what is no field.
    pub path: String,
    /// The value as it stands in the file; empty where there is none, or a whole table.
    pub value: String,
    /// What is wrong with it.
    pub message: String,
}

impl Fault {
    /// A fault at this byte of a text, with nothing said yet.
    pub fn at(text: &str, at: usize) -> Self {
        let before = text.get(..at).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Self { line: Some(line), column: Some(column), ..Self::default() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = self.line.map(|line| format!("line {line}"));
        let column = self.column.map(|column| format!("column {column}"));
        let place: Vec<&str> =
            [&self.file, &line, &column].into_iter().flatten().map(String::as_str).collect();
        let path = Some(self.path.as_str()).filter(|path| !path.is_empty());
        let place = Some(place.join(", ")).filter(|place| !place.is_empty());
        for part in [place.as_deref(), path].into_iter().flatten() {
            write!(f, "{part}: ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

/// All faults of a file, at least one, in the order in which they stand in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// These faults; those of the file itself before those of files beside it.
    pub(super) fn new(mut faults: Vec<Fault>) -> Self {
        faults.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
        Self(faults)
    }

    /// The same faults in this file, unless they are known to be in another.
    #[must_use]
    pub fn in_file(mut self, file: &str) -> Self {
        for fault in &mut self.0 {
            fault.file.get_or_insert_with(|| file.to_owned());
        }
        self
    }

    /// The faults.
    pub fn as_slice(&self) -> &[Fault] {
        &self.0
    }
}

impl From<Faults> for Vec<Fault> {
    fn from(faults: Faults) -> Self {
        faults.0
    }
}

impl fmt::Display for Faults {
    /// One fault a line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, fault) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            fault.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}
