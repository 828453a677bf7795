//! Events of a function URL.

use passerelle_flows::webhook::Request;
use serde_json::{Value, json};

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
