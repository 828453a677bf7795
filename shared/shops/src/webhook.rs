//! Messages that a shop sends by itself. They only say that an order is to be fetched: what happened
//! is asked of the shop, so that a forged, late or repeated message does no harm.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;

/// A request as it came in.
#[derive(Clone, Copy, Debug)]
pub struct Webhook<'a> {
    /// Its headers; names in small letters.
    pub headers: &'a BTreeMap<String, String>,
    /// Its body, byte for byte.
    pub body: &'a [u8],
    /// When it arrived.
    pub received_at: Timestamp,
}

/// Why a webhook is not followed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebhookRefusal {
    /// The shop sends none, or its secret for them is not configured.
    #[error("this shop's webhooks are not set up")]
    NotSupported,
    /// It has no signature.
    #[error("no signature")]
    Unsigned,
    /// Its signature is not of its body with our secret.
    #[error("wrong signature")]
    WrongSignature,
    /// What it reports happened too long ago: the message was kept and sent again, perhaps by another.
    #[error("too old")]
    TooOld,
    /// It cannot be read, and why.
    #[error("malformed: {0}")]
    Malformed(String),
}

/// How long after the change a webhook may arrive. Shops repeat one that failed, some for days; the
/// schedule has read the order long before.
pub(crate) const OLDEST: SignedDuration = SignedDuration::from_hours(1);
/// How far the shop's clock may be ahead of ours.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);

impl Webhook<'_> {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// Checks an HMAC-SHA256 of the raw body in Base64, in constant time.
    ///
    /// # Errors
    /// When it is not there or not the right one.
    pub(crate) fn check_signature(&self, header: &str, secret: &str) -> Result<(), WebhookRefusal> {
        let given = self.header(header).ok_or(WebhookRefusal::Unsigned)?;
        if secret.is_empty() {
            return Err(WebhookRefusal::NotSupported);
        }
        let given = STANDARD.decode(given).map_err(|_| WebhookRefusal::WrongSignature)?;
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret.as_bytes())
            .map_err(|_| WebhookRefusal::NotSupported)?;
        mac.update(self.body);
        mac.verify_slice(&given).map_err(|_| WebhookRefusal::WrongSignature)
    }

    /// Checks that what it reports happened lately.
    ///
    /// # Errors
    /// When it is older than an hour, or more than five minutes ahead of our clock.
    pub(crate) fn check_age(&self, happened_at: Timestamp) -> Result<(), WebhookRefusal> {
        let age = self.received_at.duration_since(happened_at);
        if age < -AHEAD || age > OLDEST { Err(WebhookRefusal::TooOld) } else { Ok(()) }
    }
}

/// A signature with the secret `hunter2`.
#[cfg(test)]
pub(crate) fn sign(body: &[u8]) -> String {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(b"hunter2").expect("a key");
    mac.update(body);
    STANDARD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with Python's hmac.
    const SIGNATURE: &str = "8apSIvE0ko6yXH2cTkR6N4bbM4XakmaGhqeCLpdaPQY=";

    fn check(headers: &[(&str, &str)], body: &[u8], secret: &str) -> Result<(), WebhookRefusal> {
        let headers = headers.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        let received_at = Timestamp::UNIX_EPOCH;
        Webhook { headers: &headers, body, received_at }.check_signature("x-signature", secret)
    }

    #[test]
    fn only_the_signature_of_this_body_with_this_secret_is_good() {
        let good = [("x-signature", SIGNATURE)];
        assert_eq!(check(&good, b"{\"id\":1}", "hunter2"), Ok(()));
        let wrong = Err(WebhookRefusal::WrongSignature);
        assert_eq!(check(&good, b"{\"id\":2}", "hunter2"), wrong);
        assert_eq!(check(&good, b"{\"id\":1} ", "hunter2"), wrong);
        assert_eq!(check(&good, b"{\"id\":1}", "hunter3"), wrong);
        assert_eq!(check(&[("x-signature", "no base64!")], b"{\"id\":1}", "hunter2"), wrong);
        assert_eq!(check(&[("x-signature", &SIGNATURE[..24])], b"{\"id\":1}", "hunter2"), wrong);
        assert_eq!(check(&[("x-signature", " ")], b"", "hunter2"), Err(WebhookRefusal::Unsigned));
        assert_eq!(check(&[], b"", "hunter2"), Err(WebhookRefusal::Unsigned));
        assert_eq!(check(&good, b"{\"id\":1}", ""), Err(WebhookRefusal::NotSupported));
    }

    #[test]
    fn an_hour_after_the_change_it_is_too_late_and_clocks_may_differ_a_little() {
        let headers = BTreeMap::new();
        let now = Timestamp::from_second(1_800_000_000).expect("a time");
        let webhook = Webhook { headers: &headers, body: b"", received_at: now };
        let check = |seconds: i64| webhook.check_age(now - SignedDuration::from_secs(seconds));
        for seconds in [-300, 0, 3600] {
            assert_eq!(check(seconds), Ok(()), "{seconds}");
        }
        for seconds in [-301, 3601, 9_000_000] {
            assert_eq!(check(seconds), Err(WebhookRefusal::TooOld), "{seconds}");
        }
    }
}
