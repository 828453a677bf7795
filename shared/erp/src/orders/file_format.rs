//! The look of the files: `[file]`.

use super::figures::{self, Figures};
use crate::LayoutError;
use crate::encoding::Encoding;
use crate::layout::{Section, check_date_format};

/// What stands for the batch in a file's name.
pub(super) const BATCH: &str = "{batch}";

/// How records stand in the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// A header record, then its lines, charges and payments.
    HeaderAndLines,
    /// One row a line: the header's columns, then the line's.
    HeaderRepeated,
    /// The same, but the header's columns are empty on all rows of an order except its first.
    HeaderFirstRow,
    /// The headers in one file, the lines in another.
    TwoFiles,
}

impl Shape {
    /// Whether header and line stand in one row.
    pub(super) fn is_flat(self) -> bool {
        matches!(self, Self::HeaderRepeated | Self::HeaderFirstRow)
    }
}

/// How columns stand in a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Separated,
    FixedWidth,
}

/// When a value stands in quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quote {
    WhenNeeded,
    Always,
    Never,
}

/// What becomes of a character that the file cannot hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unencodable {
    /// The order waits for a person.
    SetAside,
    /// What a French keyboard would type; the order waits where there is nothing of the kind.
    Transliterate,
    /// The same, and a question mark where there is nothing of the kind.
    Replace,
    /// The same, and nothing.
    Drop,
}

impl Unencodable {
    /// What stands for a character that cannot be transliterated, where the text goes on without it.
    pub(super) fn stand_in(self) -> Option<&'static str> {
        match self {
            Self::SetAside | Self::Transliterate => None,
            Self::Replace => Some("?"),
            Self::Drop => Some(""),
        }
    }
}

/// Its words; the first two are for everything, all four for texts.
pub(super) const UNENCODABLE: [(&str, Unencodable); 4] = [
    ("transliterate", Unencodable::Transliterate),
    ("set_aside", Unencodable::SetAside),
    ("replace", Unencodable::Replace),
    ("drop", Unencodable::Drop),
];

/// The look of the files.
#[derive(Clone, Debug)]
pub(super) struct FileFormat {
    pub(super) name: String,
    /// The file of the lines, with two files.
    pub(super) lines_name: Option<String>,
    pub(super) shape: Shape,
    pub(super) form: Form,
    pub(super) encoding: Encoding,
    /// Means nothing with columns of fixed width; neither does `quote`.
    pub(super) separator: char,
    pub(super) quote: Quote,
    pub(super) line_end: &'static str,
    pub(super) column_names: bool,
    /// With columns of fixed width, the characters of a record, where they are all the same.
    pub(super) record_length: Option<usize>,
    pub(super) figures: Figures,
    pub(super) date: String,
    pub(super) unencodable: Unencodable,
    /// The most lines that an order may have.
    pub(super) max_lines: Option<usize>,
}

pub(super) fn read(file: &mut Section<'_>) -> Result<FileFormat, LayoutError> {
    let name = file.required("name")?;
    let name = checked_name(file, "name", name)?;
    let shape = file.required_choice(
        "shape",
        &[
            ("header_and_lines", Shape::HeaderAndLines),
            ("header_repeated", Shape::HeaderRepeated),
            ("header_first_row", Shape::HeaderFirstRow),
            ("two_files", Shape::TwoFiles),
        ],
    )?;
    let lines_name = match file.text("lines_name")? {
        Some(_) if shape != Shape::TwoFiles => {
            return Err(file.error("lines_name", "needs shape = \"two_files\""));
        }
        None if shape == Shape::TwoFiles => {
            return Err(file.error("lines_name", "is missing: the lines have a file of their own"));
        }
        Some(lines) => Some(checked_name(file, "lines_name", lines)?),
        None => None,
    };
    if lines_name.as_ref() == Some(&name) {
        return Err(file.error("lines_name", "is the name of the other file"));
    }
    let form =
        file.choice("columns", &[("separated", Form::Separated), ("fixed_width", Form::FixedWidth)])?;
    let form = form.unwrap_or(Form::Separated);
    let encoding = file.required_choice(
        "encoding",
        &[Encoding::Utf8, Encoding::Utf8Bom, Encoding::Windows1252, Encoding::Iso8859_15]
            .map(|e| (e.name(), e)),
    )?;
    let separators = [(";", ';'), (",", ','), ("\t", '\t'), ("|", '|')];
    let quotes = [("when_needed", Quote::WhenNeeded), ("always", Quote::Always), ("never", Quote::Never)];
    let (separator, quote) = match form {
        Form::Separated => {
            (file.required_choice("separator", &separators)?, file.required_choice("quote", &quotes)?)
        }
        Form::FixedWidth => {
            if let Some(key) = ["separator", "quote", "column_names"].into_iter().find(|key| file.has(key)) {
                return Err(file.error(key, "means nothing with columns = \"fixed_width\""));
            }
            (';', Quote::Never)
        }
    };
    let record_length = file.count("record_length")?;
    if record_length.is_some() && form == Form::Separated {
        return Err(file.error("record_length", "needs columns = \"fixed_width\""));
    }
    let line_end = file.required_choice("line_end", &[("crlf", "\r\n"), ("lf", "\n")])?;
    let column_names = file.flag("column_names")?;
    if column_names && shape == Shape::HeaderAndLines {
        let message = "header_and_lines has several records, so one row of names cannot fit them all";
        return Err(file.error("column_names", message));
    }
    let figures = figures::read(file, None)?;
    if form == Form::Separated && figures.decimal == Some(separator) && quote == Quote::Never {
        return Err(file.error("decimal", "is the separator, and with quote = \"never\" no amount would fit"));
    }
    let date = file.required("date")?.to_owned();
    check_date_format(&date).map_err(|message| file.error("date", message))?;
    let unencodable = file.required_choice("unencodable", &UNENCODABLE[..2])?;
    Ok(FileFormat {
        name,
        lines_name,
        shape,
        form,
        encoding,
        separator,
        quote,
        line_end,
        column_names,
        record_length,
        figures,
        date,
        unencodable,
        max_lines: file.count("max_lines")?,
    })
}

/// A file's name, which must name its batch and no folder.
pub(super) fn checked_name(section: &Section<'_>, key: &str, name: &str) -> Result<String, LayoutError> {
    if !name.contains(BATCH) {
        return Err(section.error(key, "has no {batch}: every batch would have the same file"));
    }
    if name.replace(BATCH, "").contains(|c: char| matches!(c, '/' | '\\' | '{' | '}') || c.is_control()) {
        return Err(section.error(key, "has a character that a file name cannot have (/ \\ { })"));
    }
    Ok(name.to_owned())
}
