use std::fmt;
use std::sync::Arc;

use passerelle_domain::Result;
use serde::de::{DeserializeOwned, value};
use serde::{Deserializer, forward_to_deserialize_any};
use serde_json::Value;

use super::{Connection, Faults};
use crate::Shop;

/// A shop system's own part of the configuration: the fields that no other system has.
pub(crate) trait SystemConfig: fmt::Debug + Send + Sync {
    /// Finds what can be found without asking the shop.
    fn check(&self, faults: &mut Faults);

    /// A client of the shop.
    ///
    /// # Errors
    /// Misconfigured when the secret is wrong.
    fn connect(&self, connection: &Connection, secret: &str) -> Result<Arc<dyn Shop>>;
}

/// A shop system: what the table of systems in `lib.rs` is made of.
pub(crate) struct System {
    /// `system = "…"`.
    pub name: &'static str,
    /// Orders a page, unless configured.
    pub page_size: u16,
    /// The most orders that the system allows in a page.
    pub max_page_size: u16,
    /// The least time that covers the system's own delays.
    pub min_overlap_seconds: u32,
    /// Its own part of the configuration.
    pub own: Own,
}

/// How a system's own part of the configuration is read.
pub(crate) struct Own {
    pub(super) fields: fn() -> Vec<&'static str>,
    pub(super) read: fn(&Value, &mut Faults) -> Option<Arc<dyn SystemConfig>>,
}

impl Own {
    /// It is a struct of this type. Fields that the struct does not have are somebody else's.
    pub const fn of<C: SystemConfig + DeserializeOwned + 'static>() -> Self {
        Self {
            fields: field_names::<C>,
            read: |table, faults| Some(Arc::new(faults.read::<C>(table, &Value::Null)?)),
        }
    }
}

/// The names of a struct's fields, as they are written in the configuration.
pub(super) fn field_names<T: DeserializeOwned>() -> Vec<&'static str> {
    let mut names = Vec::new();
    // Ends in an error: there is nothing to read.
    drop(T::deserialize(FieldNames(&mut names)));
    names
}

/// Hears which fields are asked for, and has none.
struct FieldNames<'a>(&'a mut Vec<&'static str>);

impl<'de> Deserializer<'de> for FieldNames<'_> {
    type Error = value::Error;

    fn deserialize_any<V: serde::de::Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Self::Error> {
        Err(serde::de::Error::custom("no value"))
    }

    fn deserialize_struct<V: serde::de::Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        self.0.extend(fields);
        self.deserialize_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}
