//! Values made to fit their columns: code lists, formats, encoding, length.

use std::borrow::Cow;

use jiff::fmt::strtime;
use passerelle_domain::{Money, Rejection};
use rust_decimal::Decimal;

use super::figures::pad;
use crate::orders::model::{
    Case, Codes, Column, Condition, Content, Context, FileFormat, Form, Kind, Quote, Source, Unencodable,
    Value,
};
use crate::orders::records::Notes;
use crate::text::one_line;

/// The text that stands in a column. A fault goes to `notes`; what is returned then is unusable.
pub(crate) fn text(column: &Column, at: Context<'_>, file: &FileFormat, notes: &mut Notes) -> String {
    let text = fitted(column, at, file, notes).unwrap_or_else(|(code, value, rule)| {
        notes.faults.push(Rejection::new(code, field(column, at), value, rule));
        String::new()
    });
    filled(column, text)
}

/// What stands in a column of a record that an order does not have.
pub(crate) fn blank(column: &Column) -> String {
    column.filled.map_or_else(String::new, |_| " ".repeat(column.max.unwrap_or(0)))
}

/// A rejection's code, value and rule.
type Fault = (&'static str, String, String);

/// The field that a column has, in the domain's words.
pub(crate) fn field(column: &Column, at: Context<'_>) -> String {
    match &column.content {
        Content::From(source) => source.field(at),
        Content::Joined(sources, _) => sources.first().map_or_else(String::new, |source| source.field(at)),
        Content::Sum(parts) => parts.first().map_or_else(String::new, |(source, _)| source.field(at)),
        Content::Constant(_) => column.name.clone(),
    }
}

/// The values of the column's sources, before anything is made of it.
pub(crate) fn before(column: &Column, at: Context<'_>) -> String {
    match &column.content {
        Content::Constant(value) => value.clone(),
        Content::From(source) => plain(&source.value(at)),
        Content::Joined(sources, _) => {
            sources.iter().map(|source| plain(&source.value(at))).collect::<Vec<_>>().join(" + ")
        }
        Content::Sum(parts) => {
            let part = |(source, off): &(&Source, bool)| {
                format!("{} {}", if *off { "-" } else { "+" }, plain(&source.value(at)))
            };
            let sum = parts.iter().map(part).collect::<Vec<_>>().join(" ");
            sum.trim_start_matches("+ ").to_owned()
        }
    }
}

/// A value as the shop said it.
fn plain(value: &Value<'_>) -> String {
    match value {
        Value::Text(text) => (*text).to_owned(),
        Value::Owned(text) => text.clone(),
        Value::Amount(amount) => amount.to_string(),
        Value::Decimal(number, _) => number.normalize().to_string(),
        Value::Date(date) => date.map_or_else(String::new, |date| date.to_string()),
        Value::Count(count) => count.to_string(),
        Value::Unit(unit) => unit.name().to_owned(),
    }
}

fn filled(column: &Column, text: String) -> String {
    match (column.filled, column.max) {
        (Some(filled), Some(width)) => pad(&text, width, filled.left, filled.with),
        _ => text,
    }
}

fn fitted(column: &Column, at: Context<'_>, file: &FileFormat, notes: &mut Notes) -> Result<String, Fault> {
    if let Some(condition) = &column.condition
        && !holds(condition, at)
    {
        return Ok(condition.otherwise.clone());
    }
    let name = &column.name;
    let mut text = match &column.content {
        Content::Constant(value) => return Ok(value.clone()),
        Content::From(source) => match &column.codes {
            Some(codes) => coded(column, codes, source, at, notes)?,
            None => written(column, &source.value(at), &source.field(at), notes)?,
        },
        Content::Joined(sources, join) => {
            let mut parts = Vec::new();
            for source in sources {
                let part = written(column, &source.value(at), &source.field(at), notes)?;
                if !part.is_empty() {
                    parts.push(part);
                }
            }
            part_of(column, &parts.join(join)).into_owned()
        }
        Content::Sum(parts) => {
            let amount = |(source, off): &(&Source, bool)| match source.value(at) {
                Value::Amount(amount) if *off => -amount,
                Value::Amount(amount) => amount,
                _ => Money::ZERO,
            };
            let sum: Money = parts.iter().map(amount).sum();
            written(column, &Value::Amount(sum), "", notes)?
        }
    };
    if !text.is_empty() {
        text.insert_str(0, &column.prefix);
    }
    if column.content.kind().is_some_and(Kind::is_text) {
        text = writable(column, at, file, text, notes)?;
    }
    if text.is_empty()
        && let Some(stand_in) = &column.if_empty
    {
        notes.repaired(&field(column, at), "", stand_in, format!("column {name:?} is never empty"));
        text.clone_from(stand_in);
    }
    if column.required && text.is_empty() {
        return Err((
            "missing_field",
            text,
            format!("column {name:?} is required, and the order has nothing for it"),
        ));
    }
    if let Some(allowed) = column.allowed
        && let Some(c) = text.chars().find(|&c| !allowed.allows(c))
    {
        let rule = format!("{c:?} is none of the {} that column {name:?} takes", allowed.describe());
        return Err(("bad_character", text, rule));
    }
    if let Some(max) = column.max {
        let length = text.chars().count();
        if length > max && column.cut {
            let cut = text.chars().take(max).collect::<String>().trim_end().to_owned();
            let rule = format!("column {name:?} takes {max} characters");
            notes.repaired(&field(column, at), &text, &cut, rule);
            text = cut;
        } else if length > max {
            let rule = format!("{length} characters are more than the {max} that column {name:?} takes");
            return Err(("too_long", text, rule));
        }
    }
    if is_bare(file) && text.contains([file.separator, '"']) {
        let rule =
            format!("a separator or a quote in column {name:?}, whose file has no quotes around values");
        return Err(("unquotable", text, rule));
    }
    Ok(text)
}

/// A text in characters that the file and the column take, and in composed form, as the ERP compares texts.
fn writable(
    column: &Column,
    at: Context<'_>,
    file: &FileFormat,
    text: String,
    notes: &mut Notes,
) -> Result<String, Fault> {
    let (name, encoding) = (&column.name, file.encoding);
    let rule = || format!("column {name:?} takes characters of {}", encoding.name());
    if let Some(stand_in) = column.unencodable.stand_in() {
        let bare = is_bare(file);
        let takes = |c: char| column.allowed.is_none_or(|allowed| allowed.allows(c));
        // Without quotes a separator or a quote would end the value.
        let typed = |c: char| match c {
            c if bare && c == file.separator => ' ',
            '"' if bare => '\'',
            c => c,
        };
        let fits = encoding.fit_what_can(&text.chars().map(typed).collect::<String>(), takes, stand_in);
        if fits != text && (bare || encoding.lacks(&text) || !text.chars().all(takes)) {
            let own = column.allowed.filter(|_| !encoding.lacks(&text));
            let rule =
                own.map_or_else(rule, |allowed| format!("column {name:?} takes {}", allowed.describe()));
            notes.repaired(&field(column, at), &text, &fits, rule);
        }
        return Ok(fits);
    }
    if !encoding.lacks(&text) {
        return Ok(encoding.fit(&text, false).unwrap_or(text));
    }
    let fits = encoding.fit(&text, column.unencodable == Unencodable::Transliterate).map_err(|c| {
        let rule = format!(
            "{c:?} (U+{:04X}) in column {name:?} is no character of {}",
            u32::from(c),
            encoding.name()
        );
        ("unencodable", text.clone(), rule)
    })?;
    notes.repaired(&field(column, at), &text, &fits, rule());
    Ok(fits)
}

/// Whether values stand between separators without quotes.
fn is_bare(file: &FileFormat) -> bool {
    file.form == Form::Separated && file.quote == Quote::Never
}

fn holds(condition: &Condition, at: Context<'_>) -> bool {
    let value = condition.source.value(at);
    let word = word(&value);
    condition.words.iter().any(|wanted| *wanted == word) == condition.wanted
}

/// What the code list says for the source's word.
fn coded(
    column: &Column,
    codes: &Codes,
    source: &Source,
    at: Context<'_>,
    notes: &mut Notes,
) -> Result<String, Fault> {
    let value = source.value(at);
    let word = word(&value);
    let word = part_of(column, &word);
    match (codes.words.get(word.as_ref()), &codes.default) {
        (Some(code), _) => Ok(code.clone()),
        // Nothing is no word of a list; `required` is asked later.
        (None, _) if word.is_empty() => Ok(String::new()),
        (None, Some(default)) => {
            let rule = format!("the default of column {:?}, whose code list has not this word", column.name);
            notes.repaired(&source.field(at), &word, default, rule);
            Ok(default.clone())
        }
        (None, None) => {
            let rule = format!("the code list of column {:?} does not have this word", column.name);
            Err(("unknown_code", word.into_owned(), rule))
        }
    }
}

/// How a code list names a value.
fn word<'a>(value: &'a Value<'_>) -> Cow<'a, str> {
    match value {
        Value::Text(text) => one_line(text),
        Value::Owned(text) => one_line(text),
        Value::Unit(unit) => Cow::Borrowed(unit.name()),
        Value::Decimal(number, _) => Cow::Owned(number.normalize().to_string()),
        // A layout with a code list for these is refused.
        Value::Amount(_) | Value::Date(_) | Value::Count(_) => Cow::Borrowed(""),
    }
}

/// A text's slice, in the case of the column.
fn part_of<'a>(column: &Column, text: &'a str) -> Cow<'a, str> {
    let text = match column.slice {
        Some((skip, take)) => Cow::Owned(text.chars().skip(skip).take(take).collect::<String>()),
        None => Cow::Borrowed(text),
    };
    match column.case {
        Some(Case::Upper) => Cow::Owned(text.to_uppercase()),
        Some(Case::Lower) => Cow::Owned(text.to_lowercase()),
        None => text,
    }
}

fn written(column: &Column, value: &Value<'_>, field: &str, notes: &mut Notes) -> Result<String, Fault> {
    let joined = matches!(column.content, Content::Joined(..));
    let text = |text: &str| match one_line(text) {
        text if joined => text.into_owned(),
        text => part_of(column, &text).into_owned(),
    };
    Ok(match value {
        Value::Text(value) => text(value),
        Value::Owned(value) => text(value),
        Value::Amount(amount) => number(column, amount.to_decimal(), 2, field, notes)?,
        Value::Decimal(decimal, places) => number(column, *decimal, *places, field, notes)?,
        // The format was tried when the layout was loaded.
        Value::Date(date) => {
            date.and_then(|date| strtime::format(&column.date, date).ok()).unwrap_or_default()
        }
        Value::Count(count) => count.to_string(),
        Value::Unit(unit) => unit.label().to_owned(),
    })
}

fn number(
    column: &Column,
    number: Decimal,
    least: u32,
    field: &str,
    notes: &mut Notes,
) -> Result<String, Fault> {
    let places = column.figures.decimals.unwrap_or(least);
    let shown = number.normalize().to_string();
    let text = column.figures.write(number, least);
    let text = text.ok_or_else(|| {
        let rule = format!("more than the {places} decimals that column {:?} takes", column.name);
        ("too_precise", shown.clone(), rule)
    })?;
    if column.figures.round && number.normalize().scale() > places {
        notes.repaired(field, &shown, &text, format!("column {:?} takes {places} decimals", column.name));
    }
    Ok(text)
}
