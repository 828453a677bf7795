//! Values made to fit their columns: formats, code lists, encoding, length.

use std::borrow::Cow;

use jiff::fmt::strtime;
use passerelle_domain::Rejection;
use rust_decimal::Decimal;

use super::columns::{Column, Content, unit_word};
use super::layout::{FileFormat, Quote};
use super::sources::{Context, Kind, Source, Value};
use crate::text::one_line;

/// The text that stands in a column. A fault goes to `faults`; what is returned then is unusable.
pub(super) fn text(
    column: &Column,
    at: Context<'_>,
    file: &FileFormat,
    faults: &mut Vec<Rejection>,
) -> String {
    match &column.content {
        Content::Constant(value) => value.clone(),
        Content::From(source) => {
            from_source(column, source, at, file).unwrap_or_else(|(code, value, rule)| {
                faults.push(Rejection::new(code, source.field(at), value, rule));
                String::new()
            })
        }
    }
}

/// A rejection's code, value and rule.
type Fault = (&'static str, String, String);

fn from_source(
    column: &Column,
    source: &Source,
    at: Context<'_>,
    file: &FileFormat,
) -> Result<String, Fault> {
    let value = source.value(at);
    let name = &column.name;
    let coded = match &column.codes {
        Some(codes) => {
            let word = word(&value);
            match codes.words.get(word.as_ref()).or(codes.default.as_ref()) {
                // Nothing is no word of a list; `required` is asked below.
                _ if word.is_empty() && !codes.words.contains_key("") => Some(String::new()),
                Some(code) => Some(code.clone()),
                None => {
                    let rule = format!("the code list of column {name:?} has this word");
                    return Err(("unknown_code", word.into_owned(), rule));
                }
            }
        }
        None => None,
    };
    let mut text = coded.unwrap_or_else(|| written(&value, file));
    if source.kind != Kind::Figure {
        text = file.encoding.fit(&one_line(&text), file.transliterate).map_err(|c| {
            let rule = format!(
                "column {name:?} takes characters of {}; {c:?} (U+{:04X}) is none",
                file.encoding.name(),
                u32::from(c)
            );
            ("unencodable", text.clone(), rule)
        })?;
    }
    if column.required && text.is_empty() {
        return Err(("missing_field", text, format!("column {name:?} is never empty")));
    }
    if let Some(max) = column.max {
        let length = text.chars().count();
        if length > max && column.cut {
            text = text.chars().take(max).collect::<String>().trim_end().to_owned();
        } else if length > max {
            let rule = format!("column {name:?} takes {max} characters, this has {length}");
            return Err(("too_long", text, rule));
        }
    }
    if file.quote == Quote::Never && text.contains([file.separator, '"']) {
        let rule = format!("column {name:?} is never quoted, so it holds no separator and no quote");
        return Err(("unquotable", text, rule));
    }
    Ok(text)
}

/// How a code list names a value.
fn word<'a>(value: &'a Value<'_>) -> Cow<'a, str> {
    match value {
        Value::Text(text) => Cow::Borrowed(text),
        Value::Owned(text) => Cow::Borrowed(text),
        Value::Unit(unit) => Cow::Borrowed(unit_word(*unit)),
        Value::Decimal(number, _) => Cow::Owned(number.normalize().to_string()),
        // A layout with a code list for these is refused.
        Value::Amount(_) | Value::Date(_) | Value::Count(_) => Cow::Borrowed(""),
    }
}

fn written(value: &Value<'_>, file: &FileFormat) -> String {
    match value {
        Value::Text(text) => (*text).to_owned(),
        Value::Owned(text) => text.clone(),
        Value::Amount(amount) => point(&amount.to_string(), file),
        Value::Decimal(number, places) => point(&decimal(*number, *places), file),
        // The format was tried when the layout was loaded.
        Value::Date(date) => date.and_then(|date| strtime::format(&file.date, date).ok()).unwrap_or_default(),
        Value::Count(count) => count.to_string(),
        Value::Unit(unit) => unit.label().to_owned(),
    }
}

fn point(number: &str, file: &FileFormat) -> String {
    if file.decimal == '.' { number.to_owned() } else { number.replace('.', &file.decimal.to_string()) }
}

/// A decimal with at least so many places and no zeros behind them.
fn decimal(number: Decimal, places: usize) -> String {
    let mut number = number.normalize();
    let places = u32::try_from(places).unwrap_or(0);
    if number.scale() < places {
        number.rescale(places);
    }
    number.to_string()
}
