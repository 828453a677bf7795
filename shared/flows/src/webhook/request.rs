use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;

/// A request to the URL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// `POST`, or something that is refused.
    pub method: String,
    /// `/<shop>`.
    pub path: String,
    /// Headers; names in small letters.
    pub headers: BTreeMap<String, String>,
    /// The body, byte for byte.
    pub body: Vec<u8>,
}

/// What of an event of a function URL is used (Lambda developer guide, "Request and response payloads",
/// format 2.0). `aws_lambda_events` has it too, but behind a feature that has all of AWS's crates built
/// anew.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    raw_path: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    request_context: Context,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

#[derive(Deserialize)]
struct Context {
    http: Http,
}

#[derive(Deserialize)]
struct Http {
    method: String,
}

impl Request {
    /// The request of an event.
    ///
    /// # Errors
    /// When it is no event of a function URL.
    pub fn from_event(event: Value) -> Result<Self, serde_json::Error> {
        let event: Event = serde_json::from_value(event)?;
        let body = event.body.unwrap_or_default();
        let body = if event.is_base64_encoded {
            // Lambda encodes it; what is no Base64 after all has no signature either.
            STANDARD.decode(body).unwrap_or_default()
        } else {
            body.into_bytes()
        };
        let headers = event.headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value));
        let method = event.request_context.http.method;
        Ok(Self { method, path: event.raw_path, headers: headers.collect(), body })
    }
}
