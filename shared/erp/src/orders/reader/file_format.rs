//! The look of the files: `[file]`.

use super::figures;
use super::texts::{file_name, refuse_other_form};
use crate::encoding::Encoding;
use crate::layout::date_format;
use crate::orders::model::{FileFormat, Form, Quote, Shape, Unencodable};
use crate::toml_reader::Section;

const SEPARATORS: [(&str, char); 4] = [(";", ';'), (",", ','), ("\t", '\t'), ("|", '|')];

pub(super) fn read(file: &mut Section<'_>) -> FileFormat {
    file.required_text("name");
    let name = file.parsed("name", file_name).unwrap_or_default();
    let shape = file.required_choice("shape").unwrap_or(Shape::HeaderAndLines);
    let lines_name = read_lines_name(file, shape, &name);
    let form = file.choice("columns").unwrap_or(Form::Separated);
    let encoding = file.required_choice("encoding").unwrap_or(Encoding::Utf8);
    refuse_other_form(file, form, &["separator", "quote", "column_names"], &["record_length"]);
    let (separator, quote) = match form {
        Form::Separated => (file.required_one_of("separator", &SEPARATORS), file.required_choice("quote")),
        Form::FixedWidth => (None, Some(Quote::Never)),
    };
    let quote = quote.unwrap_or(Quote::WhenNeeded);
    let record_length = file.number("record_length", 1..=1_000_000);
    let line_end = file.required_one_of("line_end", &[("crlf", "\r\n"), ("lf", "\n")]);
    let column_names = file.flag("column_names");
    if column_names && shape == Shape::HeaderAndLines {
        let message = "one row of names cannot fit the several records of shape = \"header_and_lines\"";
        file.fault("column_names", message);
    }
    let figures = figures::read(file, None);
    if separator.is_some() && figures.decimal == separator && quote == Quote::Never {
        file.fault("decimal", "is the separator, and with quote = \"never\" no amount would fit");
    }
    let date = file.parsed("date", date_format);
    let date = file.required("date", date);
    let unencodable = [Unencodable::Transliterate, Unencodable::SetAside].map(|word| (word.into(), word));
    let unencodable = file.required_one_of("unencodable", &unencodable);
    FileFormat {
        name,
        lines_name,
        shape,
        form,
        encoding,
        separator: separator.unwrap_or(';'),
        quote,
        line_end: line_end.unwrap_or_default(),
        column_names,
        record_length,
        figures,
        date: date.unwrap_or_default().to_owned(),
        unencodable: unencodable.unwrap_or(Unencodable::Transliterate),
        max_lines: file.number("max_lines", 1..=1_000_000),
    }
}

fn read_lines_name(file: &mut Section<'_>, shape: Shape, name: &str) -> Option<String> {
    let lines_name = file.parsed("lines_name", file_name);
    match (file.has("lines_name"), shape == Shape::TwoFiles) {
        (true, false) => file.fault("lines_name", "needs shape = \"two_files\""),
        (false, true) => file.fault("lines_name", "is missing: the lines have a file of their own"),
        _ if lines_name.as_deref() == Some(name) => file.fault("lines_name", "is the name of the other file"),
        _ => {}
    }
    lines_name
}
