//! Reads a shop's table by serde, which stops at the first fault, and finds all of them.

use std::collections::BTreeMap;

use passerelle_domain::hint;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::Segment;

use super::fault::{Fault, Faults};

impl Faults {
    /// What serde makes of a table. Whatever cannot be read is added, and then taken out or replaced by the
    /// field of this name in `instead`, until the rest can be read.
    pub(super) fn read<T: DeserializeOwned>(&mut self, table: &Value, instead: &Value) -> Option<T> {
        let mut rest = table.clone();
        let mut taken = BTreeMap::new();
        loop {
            let error = match serde_path_to_error::deserialize(&rest) {
                Ok(read) => return Some(read),
                Err(error) => error,
            };
            let words = error.inner().to_string();
            let path: Vec<&Segment> = error.path().iter().collect();
            let Some((field, value)) = take(&mut rest, &path, String::new(), &mut taken) else {
                self.note(unreadable(String::new(), &Value::Null, &words));
                return None;
            };
            if let (Some(value), Value::Object(rest)) = (instead.get(&field), &mut rest) {
                rest.insert(field.clone(), value.clone());
            }
            self.note(unreadable(field, &value, &words));
        }
    }

    /// Adds a fault, of each field the first: what was taken out is missing then.
    fn note(&mut self, fault: Fault) {
        if self.0.iter().all(|known| known.field != fault.field) {
            self.0.push(fault);
        }
    }
}

/// Takes out what stands at a path, with the path as it was before anything was taken out. Of a list, the
/// items before it go with it: they have been read. How many of each list are gone is in `taken`.
fn take(
    from: &mut Value,
    path: &[&Segment],
    field: String,
    taken: &mut BTreeMap<String, usize>,
) -> Option<(String, Value)> {
    let (first, path) = path.split_first()?;
    match (first, from) {
        (Segment::Map { key }, Value::Object(table)) => {
            let field = if field.is_empty() { key.clone() } else { format!("{field}.{key}") };
            match path {
                [] => table.remove(key).map(|value| (field, value)),
                _ => take(table.get_mut(key)?, path, field, taken),
            }
        }
        (Segment::Seq { index }, Value::Array(items)) => {
            let gone = taken.entry(field.clone()).or_default();
            let field = format!("{field}[{}]", *gone + index);
            if !path.is_empty() {
                return take(items.get_mut(*index)?, path, field, taken);
            }
            *gone += index + 1;
            items.drain(..=*index).next_back().map(|value| (field, value))
        }
        _ => None,
    }
}

/// The fault of a value that serde cannot read, from serde's words for it.
fn unreadable(field: String, value: &Value, words: &str) -> Fault {
    let mut names = words.split('`').skip(1).step_by(2);
    let shown = match value {
        Value::Object(_) | Value::Array(_) | Value::Null => String::new(),
        value => value.to_string(),
    };
    let expected =
        |prefix| words.strip_prefix(prefix).and_then(|words: &str| words.rsplit_once(", expected "));
    let what = if words.starts_with("unknown field") {
        return unknown(field, names.next().unwrap_or_default(), names);
    } else if words.starts_with("missing field") {
        let name = names.next().unwrap_or_default();
        let field = if field.is_empty() { name.to_owned() } else { format!("{field}.{name}") };
        return Fault { field, value: String::new(), what: "is missing".into() };
    } else if words.starts_with("unknown variant") {
        none_of(value, names.skip(1))
    } else if let Some((_, wanted)) = expected("invalid type: ") {
        format!("is a value of type {} where {} is needed", kind(value), in_words(wanted))
    } else if expected("invalid value: integer").is_some() {
        "is too small or too large".into()
    } else {
        // Some say the value themselves.
        words.strip_prefix(&shown).map_or_else(|| format!("is not valid: {words}"), |what| what.trim().into())
    };
    Fault { field, value: shown, what }
}

/// A field that nobody knows. Without its value: it may be a secret in the wrong place.
pub(super) fn unknown<'n>(field: String, name: &str, known: impl IntoIterator<Item = &'n str>) -> Fault {
    Fault { field, value: String::new(), what: format!("is unknown{}", hint(name, known)) }
}

/// Of a value that is none of these words.
pub(super) fn none_of<'n>(value: &Value, words: impl IntoIterator<Item = &'n str>) -> String {
    let words: Vec<&str> = words.into_iter().collect();
    let listed: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
    format!("is none of {}{}", listed.join(", "), hint(value.as_str().unwrap_or_default(), words))
}

/// The type of a value, as TOML calls it.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "table",
    }
}

/// What serde expected, in words of the configuration.
fn in_words(expected: &str) -> &str {
    match expected {
        "a string" => "a text",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "u8" | "u16" | "u32" | "u64" => "a whole number",
        "a map" => "a table",
        expected if expected.starts_with("struct ") => "a table",
        expected => expected,
    }
}
