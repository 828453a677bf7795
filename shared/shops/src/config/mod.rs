//! `[[shops]]` of the configuration: the fields of every shop ([`Connection`], `Limits`), and beside
//! them in the same table those of its system ([`SystemConfig`]).

mod connection;
mod fault;
mod system;

pub(crate) use connection::Connection;
pub use fault::Fault;
pub(crate) use fault::{Faults, is_loopback, parse_url};
pub(crate) use system::{Own, System, SystemConfig};

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use passerelle_domain::{Result, ShopId};
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::http::Limits;
use crate::{SYSTEMS, Shop, json};
use fault::joined;
use system::field_names;

/// A shop in the configuration: `[[shops]]` with `system = "…"`.
#[derive(Clone, Debug)]
pub struct ShopConfig {
    connection: Connection,
    own: Arc<dyn SystemConfig>,
    faults: Vec<Fault>,
}

impl ShopConfig {
    /// Reads a shop's table.
    ///
    /// # Errors
    /// Every unknown field, and of the fields of every shop, the limits and the system's own fields each
    /// the first that cannot be read. What can be read may still be wrong: see [`ShopConfig::faults`].
    pub fn read(mut table: Map<String, Value>) -> Result<Self, Vec<Fault>> {
        let name = table.remove("system").unwrap_or_default();
        let Some(system) = SYSTEMS.iter().find(|system| name == system.name) else {
            let known = SYSTEMS.iter().map(|system| system.name).collect::<Vec<_>>().join(", ");
            let what = if name.is_null() { "is missing, one of" } else { "is none of" };
            let value = if name.is_null() { String::new() } else { json::shown(&name) };
            return Err(vec![Fault::new("system", value, format!("{what} {known}"))]);
        };
        let mut faults = Faults::default();
        let mut known = field_names::<Connection>();
        known.extend((system.own.fields)());
        known.extend(field_names::<Limits>());
        for field in table.keys().filter(|field| !known.contains(&field.as_str())) {
            // Without its value: it may be a secret in the wrong place.
            faults.add(field, "", format!("unknown field `{field}`, expected one of {}", known.join(", ")));
        }
        table.entry("page_size").or_insert(system.page_size.into());
        let table = Value::Object(table);
        let connection = faults.keep(json::from_value::<Connection>(&table));
        let limits = faults.keep(json::from_value::<Limits>(&table));
        let own = faults.keep((system.own.read)(&table));
        match (connection, limits, own) {
            (Some(connection), Some(limits), Some(own)) if faults.0.is_empty() => {
                let connection = Connection { limits, ..connection };
                connection.check(system, &mut faults);
                own.check(&mut faults);
                Ok(Self { connection, own, faults: faults.0 })
            }
            _ => Err(faults.0),
        }
    }

    /// The shop's name.
    pub fn id(&self) -> &ShopId {
        &self.connection.id
    }

    /// Where the first import starts.
    pub fn since(&self) -> Timestamp {
        self.connection.since
    }

    /// How long the shop may take to show a change: how far each run reads back.
    pub fn overlap(&self) -> SignedDuration {
        self.connection.overlap()
    }

    /// All that is wrong with its values, so far as it can be seen without asking the shop.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// A client of the shop, with the secret as Secrets Manager keeps it (JSON).
    ///
    /// # Errors
    /// [`passerelle_domain::FailureKind::Misconfigured`] when the configuration or the secret is wrong.
    pub fn connect(&self, secret: &str) -> Result<Arc<dyn Shop>> {
        if !self.faults.is_empty() {
            return Err(self.connection.misconfigured(joined(&self.faults)));
        }
        self.own.connect(&self.connection, secret)
    }
}

impl<'de> Deserialize<'de> for ShopConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::read(Map::deserialize(deserializer)?).map_err(|faults| D::Error::custom(joined(&faults)))
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::faulty_fields;
