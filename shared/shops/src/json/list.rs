use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error, Expected, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

/// Items that a list may have: more are refused before they are mapped.
const MOST_ROWS: usize = 10_000;

/// A list, or what PHP makes of one: `null` or `false` when empty, an object when an index is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct List<T>(pub Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Items<T> {
            type Value = List<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a list of at most {MOST_ROWS}")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<List<T>, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(limited(item, items.len(), &self)?);
                }
                Ok(List(items))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<List<T>, A::Error> {
                let mut items = Vec::new();
                while let Some((_, item)) = map.next_entry::<String, T>()? {
                    items.push(limited(item, items.len(), &self)?);
                }
                Ok(List(items))
            }
            fn visit_unit<E: Error>(self) -> Result<List<T>, E> {
                Ok(List::default())
            }
            fn visit_bool<E: Error>(self, yes: bool) -> Result<List<T>, E> {
                if yes { Err(E::invalid_type(Unexpected::Bool(yes), &self)) } else { Ok(List::default()) }
            }
        }
        deserializer.deserialize_any(Items(PhantomData))
    }
}

fn limited<T, E: Error>(item: T, before: usize, expected: &dyn Expected) -> Result<T, E> {
    if before < MOST_ROWS { Ok(item) } else { Err(E::invalid_length(before + 1, expected)) }
}
