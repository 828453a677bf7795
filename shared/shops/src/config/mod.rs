//! `[[shops]]` of the configuration: the fields of every shop ([`Connection`], `Limits`), and beside
//! them in the same table those of its system ([`SystemConfig`]).

mod connection;
mod fault;
mod reader;
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
use serde_json::{Map, Value, json};

use crate::http::Limits;
use crate::{SYSTEMS, Shop};
use fault::joined;
use reader::{none_of, unknown};
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
    /// Everything that is wrong, where something is unknown, missing or cannot be read. What can be read may
    /// still be wrong: see [`ShopConfig::faults`].
    pub fn read(mut table: Map<String, Value>) -> Result<Self, Vec<Fault>> {
        let mut faults = Faults::default();
        let name = table.remove("system").unwrap_or_default();
        let system = SYSTEMS.iter().find(|system| name == system.name);
        if name.is_null() {
            faults.add("system", "", "is missing");
        } else if system.is_none() {
            let what = none_of(&name, SYSTEMS.iter().map(|system| system.name));
            faults.add("system", name.as_str().unwrap_or_default(), what);
        }
        if let Some(system) = system {
            let names =
                [field_names::<Connection>(), (system.own.fields)(), field_names::<Limits>()].concat();
            let foreign = table.keys().filter(|name| !names.contains(&name.as_str()));
            faults.0.extend(foreign.map(|name| unknown(name.clone(), name, names.iter().copied())));
        }
        // What stands in for a field that is missing or cannot be read, so that all others are checked.
        let instead = json!({
            "id": "-",
            "url": "https://localhost",
            "since": "1970-01-01T00:00:00Z",
            "page_size": system.map_or(1, |system| system.page_size),
        });
        for field in ["id", "url", "since"].into_iter().filter(|field| !table.contains_key(*field)) {
            faults.add(field, "", "is missing");
        }
        for (field, value) in instead.as_object().into_iter().flatten() {
            table.entry(field).or_insert_with(|| value.clone());
        }
        let table = Value::Object(table);
        let connection = faults.read::<Connection>(&table, &instead);
        let limits = faults.read::<Limits>(&table, &Value::Null);
        // Its rules compare its fields, so they are checked only where all can be read.
        let before = faults.0.len();
        let own = system.and_then(|system| (system.own.read)(&table, &mut faults));
        let own = own.filter(|_| faults.0.len() == before);
        let readable = faults.0.is_empty();
        connection.iter().for_each(|connection| connection.check(system, &mut faults));
        limits.iter().for_each(|limits| limits.check(&mut faults));
        own.iter().for_each(|own| own.check(&mut faults));
        match (connection, limits, own) {
            (Some(connection), Some(limits), Some(own)) if readable => {
                Ok(Self { connection: Connection { limits, ..connection }, own, faults: faults.0 })
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
