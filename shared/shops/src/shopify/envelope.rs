//! What stands around the data of every answer: faults, costs, and warnings of the search.

use serde::{Deserialize, Deserializer};

/// What GraphQL answers, whatever the query.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Envelope<'a> {
    #[serde(borrow, default)]
    pub data: Option<&'a serde_json::value::RawValue>,
    #[serde(default, deserialize_with = "faults")]
    pub errors: Vec<Fault>,
    #[serde(default)]
    pub extensions: Extensions,
}

/// An entry of `errors`. Where the whole call is refused (401, 404), `errors` is a text.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Fault {
    #[serde(default)]
    pub message: String,
    #[serde(default)]
    pub path: Option<Vec<serde_json::Value>>,
    #[serde(default)]
    pub extensions: FaultExtensions,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct FaultExtensions {
    #[serde(default)]
    pub code: Option<String>,
}

fn faults<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Fault>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Faults {
        List(Vec<Fault>),
        Text(String),
        Other(serde_json::Value),
    }
    Ok(match Option::<Faults>::deserialize(deserializer)? {
        None => Vec::new(),
        Some(Faults::List(list)) => list,
        Some(Faults::Text(message)) => vec![Fault { message, ..Fault::default() }],
        Some(Faults::Other(other)) => vec![Fault { message: other.to_string(), ..Fault::default() }],
    })
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Extensions {
    #[serde(default)]
    pub cost: Option<Cost>,
    /// What the search did not understand of a filter, and so left out.
    #[serde(default)]
    pub search: Vec<Search>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Cost {
    #[serde(deserialize_with = "points")]
    pub requested_query_cost: u64,
    #[serde(default)]
    pub throttle_status: Option<ThrottleStatus>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ThrottleStatus {
    #[serde(deserialize_with = "points")]
    pub currently_available: u64,
    #[serde(deserialize_with = "points")]
    pub restore_rate: u64,
}

/// Points are whole, but written as floats: `1999.0`.
fn points<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let text = serde_json::Number::deserialize(deserializer)?.to_string();
    let whole = text.split('.').next().unwrap_or_default();
    Ok(whole.parse().unwrap_or(if whole.starts_with('-') { 0 } else { u64::MAX }))
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Search {
    #[serde(default)]
    pub warnings: Vec<Warning>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Warning {
    #[serde(default)]
    pub field: String,
    #[serde(default)]
    pub message: String,
}
