//! OAuth 1.0a, the only authentication that WooCommerce takes over plain HTTP: "You must use OAuth
//! 1.0a "one-legged" authentication" (REST API documentation, Authentication over HTTP). Its
//! parameters go into the query, the key is the consumer secret followed by `&`.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::Sha256;

/// What RFC 5849, section 3.6, leaves as it is: letters, digits and `-._~`.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A text in a query or a path, encoded as both the address and the signature need it (never `+`).
pub(crate) fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// A query string.
pub(super) fn query_string(query: &[(&str, String)]) -> String {
    let pairs: Vec<String> =
        query.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    pairs.join("&")
}

/// Adds the signature to a query. `url` is the address as it is sent, without its query.
pub(super) fn sign<'a>(
    method: &str,
    url: &str,
    mut query: Vec<(&'a str, String)>,
    key: &str,
    secret: &str,
    at: Timestamp,
    nonce: String,
) -> Vec<(&'a str, String)> {
    query.push(("oauth_consumer_key", key.into()));
    query.push(("oauth_nonce", nonce));
    query.push(("oauth_signature_method", "HMAC-SHA256".into()));
    query.push(("oauth_timestamp", at.as_second().to_string()));
    // WooCommerce does not encode the secret here, as the standard would; it is hex anyway.
    let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(format!("{secret}&").as_bytes());
    let signature = signature(mac.expect("HMAC takes a key of any length"), method, url, &query);
    query.push(("oauth_signature", signature));
    query
}

/// A text that no other request has: WooCommerce refuses a nonce twice within 15 minutes. It needs
/// not be a secret.
pub(super) fn nonce(at: Timestamp) -> String {
    format!("{:x}{:016x}", at.as_nanosecond(), RandomState::new().hash_one(at.as_nanosecond()))
}

/// RFC 5849, section 3.4: the base string, signed.
fn signature(mut mac: impl Mac, method: &str, url: &str, query: &[(&str, String)]) -> String {
    let mut pairs: Vec<(String, String)> =
        query.iter().map(|(name, value)| (encode(name), encode(value))).collect();
    pairs.sort();
    let normal: Vec<String> = pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    let base = format!("{method}&{}&{}", encode(url), encode(&normal.join("&")));
    mac.update(base.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha1::Sha1;

    /// RFC 5849, section 1.2: the request for `vacation.jpg`.
    #[test]
    fn the_signature_is_that_of_the_standard_example() {
        let query = [
            ("file", "vacation.jpg".to_owned()),
            ("size", "original".to_owned()),
            ("oauth_consumer_key", "dpf43f3p2l4k3l03".to_owned()),
            ("oauth_token", "nnch734d00sl2jdk".to_owned()),
            ("oauth_signature_method", "HMAC-SHA1".to_owned()),
            ("oauth_timestamp", "137131202".to_owned()),
            ("oauth_nonce", "chapoH".to_owned()),
        ];
        let mac = <Hmac<Sha1> as KeyInit>::new_from_slice(b"kd94hf93k423kf44&pfkkdhi9sl3r4s00");
        let signature = signature(mac.expect("a key"), "GET", "http://photos.example.net/photos", &query);
        assert_eq!(signature, "MdpQcU8iPSUjWoN/UDMsK2sui9I=");
    }

    /// Computed with another implementation (Python's hmac) from the base string
    /// `GET&http%3A%2F%2Fshop.example%2Fwp-json%2Fwc%2Fv3%2Forders&oauth_consumer_key%3Dck_1%26…%26status%3Dpending%252Con-hold`.
    #[test]
    fn a_list_of_states_is_encoded_twice_in_the_base_string() {
        let query = sign(
            "GET",
            "http://shop.example/wp-json/wc/v3/orders",
            vec![("status", "pending,on-hold".into())],
            "ck_1",
            "cs_1",
            Timestamp::from_second(1_795_485_404).expect("a time"),
            "n1".into(),
        );
        let signature = &query.last().expect("the signature").1;
        assert_eq!(signature, "vHK7CxtD94I7w+zxgoY9+XaCXFp3+iSWYtngMg26yFk=");
        assert!(query_string(&query).contains("status=pending%2Con-hold&oauth_consumer_key=ck_1"));
        assert!(query_string(&query).contains("w%2Bzxgo"));
    }

    #[test]
    fn a_nonce_is_never_the_same_even_in_one_instant() {
        let at = Timestamp::UNIX_EPOCH;
        assert_ne!(nonce(at), nonce(at));
    }
}
