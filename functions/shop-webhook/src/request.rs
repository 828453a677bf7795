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
/// format 2.0). `aws_lambda_events` knows it too, but its feature for it has all of AWS's crates built
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The example of the developer guide, shortened.
    fn event(body: Option<&str>, encoded: bool) -> Value {
        json!({
            "version": "2.0", "routeKey": "$default", "rawPath": "/rungis", "rawQueryString": "",
            "headers": { "X-WC-Webhook-Signature": "c2ln", "content-type": "application/json" },
            "requestContext": {
                "accountId": "123456789012", "apiId": "<urlid>", "authentication": null,
                "http": { "method": "POST", "path": "/rungis", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1" },
                "requestId": "id", "stage": "$default", "timeEpoch": 1_583_348_638_390_u64,
            },
            "body": body, "isBase64Encoded": encoded,
        })
    }

    #[test]
    fn the_body_is_what_the_shop_sent_byte_for_byte() {
        let plain = Request::from_event(event(Some("{\"id\": 7}\n"), false)).expect("an event");
        assert_eq!((plain.method.as_str(), plain.path.as_str()), ("POST", "/rungis"));
        assert_eq!(plain.body, b"{\"id\": 7}\n");
        assert_eq!(plain.headers["x-wc-webhook-signature"], "c2ln");
        let encoded = Request::from_event(event(Some("/v8="), true)).expect("an event");
        assert_eq!(encoded.body, b"\xfe\xff");
    }

    #[test]
    fn nothing_or_nonsense_for_a_body_is_no_body() {
        for (body, encoded) in [(None, false), (None, true), (Some("!"), true)] {
            assert!(Request::from_event(event(body, encoded)).expect("an event").body.is_empty());
        }
    }

    #[test]
    fn another_event_is_none_of_a_url() {
        for other in [json!({}), json!({ "scheduled_time": "2026-11-24T00:00:00Z" }), json!(null)] {
            Request::from_event(other).expect_err("no request");
        }
    }
}
