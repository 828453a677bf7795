//! JSON of shops that PHP writes, as leniently as plugins make necessary, and what is wrong with it.

mod list;

pub(crate) use list::List;

use std::collections::BTreeMap;
use std::fmt;

use passerelle_domain::Rejection;
use serde::de::{DeserializeOwned, Error, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;
use serde_path_to_error::Segment;

/// How much of a value is shown to people, in characters.
const MOST_SHOWN: usize = 200;

/// Reads a piece of JSON; an error says which field is wrong and what stands there.
pub(crate) fn from_text<T: DeserializeOwned>(json: &str) -> Result<T, Rejection> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let found = error.path().iter().try_fold(json, part).unwrap_or("null");
        let text = serde_json::from_str(found).unwrap_or_else(|_| found.to_owned());
        unreadable(shown_text(&text), &error)
    })
}

/// Reads a value; an error says which field is wrong and what stands there.
pub(crate) fn from_value<T: DeserializeOwned>(value: &Value) -> Result<T, Rejection> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let found = error.path().iter().try_fold(value, |at, segment| match segment {
            Segment::Seq { index } => at.get(*index),
            Segment::Map { key } => at.get(key.as_str()),
            _ => None,
        });
        unreadable(shown(found.unwrap_or(&Value::Null)), &error)
    })
}

/// A part of a piece of JSON. What stands beside it may be large, so it is not read.
fn part<'j>(json: &'j str, segment: &Segment) -> Option<&'j str> {
    let found = match segment {
        Segment::Seq { index } => serde_json::from_str::<Vec<&RawValue>>(json).ok()?.get(*index).copied(),
        Segment::Map { key } => {
            serde_json::from_str::<BTreeMap<String, &RawValue>>(json).ok()?.get(key).copied()
        }
        _ => None,
    };
    found.map(RawValue::get)
}

fn unreadable(found: String, error: &serde_path_to_error::Error<serde_json::Error>) -> Rejection {
    Rejection::new("unreadable", error.path().to_string(), found, error.inner().to_string())
}

/// A JSON value as a person reads it, at most 200 characters of it.
pub(crate) fn shown(value: &Value) -> String {
    shown_text(&value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

/// At most 200 characters of a text.
pub(crate) fn shown_text(text: &str) -> String {
    text.chars().take(MOST_SHOWN).collect()
}

/// A text, or any other scalar as text; `null` and `false` are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Text(pub String);

impl Text {
    pub fn as_str(&self) -> &str {
        self.0.trim()
    }

    pub fn is_empty(&self) -> bool {
        self.as_str().is_empty()
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Scalar;
        impl Visitor<'_> for Scalar {
            type Value = Text;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a number")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Text, E> {
                Ok(Text(text.into()))
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Text, E> {
                Ok(Text(number.to_string()))
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Text, E> {
                Ok(Text(number.to_string()))
            }
            fn visit_f64<E: Error>(self, number: f64) -> Result<Text, E> {
                // The shortest text that is this float: what PHP wrote.
                Ok(Text(Value::from(number).to_string()))
            }
            fn visit_bool<E: Error>(self, yes: bool) -> Result<Text, E> {
                Ok(Text(if yes { "1" } else { "" }.into()))
            }
            fn visit_unit<E: Error>(self) -> Result<Text, E> {
                Ok(Text::default())
            }
        }
        deserializer.deserialize_any(Scalar)
    }
}
