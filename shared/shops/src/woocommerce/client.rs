//! HTTP with WordPress: authentication, limits, and what its answers mean for a retry.

use jiff::Timestamp;
use passerelle_domain::{Failure, FailureKind, Result, ShopId};
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, LOCATION};
use reqwest::{Method, StatusCode, Url};
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;

use super::config::{Config, is_loopback};
use super::{oauth, wire};

/// How much of a vendor's words goes into a message.
const WORDS: usize = 300;

/// The secret as Secrets Manager keeps it. No `Debug`: it must not get into a log.
#[derive(Deserialize)]
struct Secret {
    consumer_key: String,
    consumer_secret: String,
}

/// A connection with one shop.
pub(super) struct Client {
    shop: ShopId,
    http: reqwest::Client,
    base: Url,
    secret: Secret,
    max_body_bytes: usize,
}

/// An answer, whole.
pub(super) struct Answer {
    doing: &'static str,
    subject: String,
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Client {
    /// A client of the shop.
    ///
    /// # Errors
    /// Misconfigured, without a word of the secret in it.
    pub fn new(config: &Config, secret: &str) -> Result<Self> {
        const DOING: &str = "connect to shop";
        let wrong = |cause: String| Failure::misconfigured(DOING, config.id.as_str(), cause);
        config.check().map_err(|rejection| wrong(rejection.to_string()))?;
        let secret: Secret = serde_json::from_str(secret)
            .ok()
            .filter(|secret: &Secret| !secret.consumer_key.is_empty() && !secret.consumer_secret.is_empty())
            .ok_or_else(|| {
                wrong("the secret is JSON with the texts consumer_key and consumer_secret".into())
            })?;
        let base = Url::parse(&config.url).map_err(|error| wrong(error.to_string()))?;
        let mut http = reqwest::Client::builder()
            .user_agent(concat!("passerelle/", env!("CARGO_PKG_VERSION")))
            .timeout(Duration::from_secs(config.timeout_seconds))
            // A redirect would take the credentials to another host, or turn a PUT into a GET. The
            // configuration is to name the final address.
            .redirect(reqwest::redirect::Policy::none());
        if is_loopback(&base) {
            http = http.no_proxy();
        }
        let http = http.build().map_err(|error| wrong(error.to_string()))?;
        Ok(Self { shop: config.id.clone(), http, base, secret, max_body_bytes: config.max_body_bytes })
    }

    /// Sends one request and reads the whole answer, whatever its status.
    ///
    /// # Errors
    /// [`FailureKind::Retry`] when the network, the time limit or the answer's end fails;
    /// [`FailureKind::Misconfigured`] when the answer is larger than the limit.
    pub async fn send(
        &self,
        doing: &'static str,
        method: Method,
        path: &str,
        query: Vec<(&str, String)>,
        body: Option<&Value>,
    ) -> Result<Answer> {
        let subject = format!("{} {method} {path}", self.shop);
        // Without the address: its query holds the signature.
        let retry = |error: reqwest::Error| Failure::retry(doing, subject.clone(), error.without_url());
        let request = self.request(method, path, query);
        let request = if let Some(body) = body { request.json(body) } else { request };
        let mut response = request.send().await.map_err(retry)?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(retry)? {
            if body.len() + chunk.len() > self.max_body_bytes {
                let cause = format!(
                    "the answer is larger than {} bytes; lower page_size or raise max_body_bytes",
                    self.max_body_bytes
                );
                return Err(Failure::misconfigured(doing, subject, cause));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { doing, subject, status: response.status(), headers: response.headers().clone(), body })
    }

    fn request(&self, method: Method, path: &str, query: Vec<(&str, String)>) -> reqwest::RequestBuilder {
        let Secret { consumer_key, consumer_secret } = &self.secret;
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        let secure = url.scheme() == "https";
        let query = if secure {
            query
        } else {
            let now = Timestamp::now();
            oauth::sign(
                method.as_str(),
                url.as_str(),
                query,
                consumer_key,
                consumer_secret,
                now,
                oauth::nonce(now),
            )
        };
        url.set_query(Some(&oauth::query_string(&query)));
        let request = self.http.request(method, url);
        if secure { request.basic_auth(consumer_key, Some(consumer_secret)) } else { request }
    }

    /// What an answer that is not the one hoped for means. The one place where this is decided.
    pub fn failure(&self, answer: &Answer) -> Failure {
        let fault = answer.fault();
        let kind = match answer.status.as_u16() {
            401 | 403 => FailureKind::Misconfigured,
            408 | 425 | 429 | 500..=599 => FailureKind::Retry,
            // No such page at all, rather than no such thing: no WooCommerce, no plugin, or "plain"
            // permalinks, with which there is no /wp-json/.
            404 if fault.code.as_str() == "rest_no_route" || !answer.is_json() => FailureKind::Misconfigured,
            300..=399 => FailureKind::Misconfigured,
            // A success that is no JSON: a page of a cache, a firewall, or half an answer.
            200..=299 => FailureKind::Retry,
            _ => FailureKind::Rejected,
        };
        let mut words = format!("HTTP {}", answer.status.as_u16());
        if let Some(location) = answer.headers.get(LOCATION).and_then(|value| value.to_str().ok()) {
            // Without its query, which may repeat our signature.
            words += &format!(", redirected to {}", location.split('?').next().unwrap_or_default());
        }
        if !fault.code.is_empty() || !fault.message.is_empty() {
            words += &format!(", {}: {}", fault.code.as_str(), fault.message.as_str());
        } else if !answer.is_json() {
            words += &format!(", {} instead of JSON: ", answer.content_type());
            words += &String::from_utf8_lossy(&answer.body[..answer.body.len().min(WORDS)]);
        }
        let mut words: String =
            words.chars().map(|c| if c.is_control() { ' ' } else { c }).take(WORDS).collect();
        for secret in [&self.secret.consumer_secret, &self.secret.consumer_key] {
            words = words.replace(secret.as_str(), "***");
        }
        Failure::new(kind, answer.doing, answer.subject.clone(), words)
    }

    /// The JSON of an answer that succeeded.
    ///
    /// # Errors
    /// As [`Client::failure`] says; [`FailureKind::Retry`] when it is no such JSON.
    pub fn json<'a, T: Deserialize<'a>>(&self, answer: &'a Answer) -> Result<T> {
        if !answer.status.is_success() || !answer.is_json() {
            return Err(self.failure(answer));
        }
        // Some plugins' PHP files start with a byte order mark, and so does all that they answer.
        let body = answer.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&answer.body);
        serde_json::from_slice(body)
            .map_err(|error| Failure::retry(answer.doing, answer.subject.clone(), error))
    }
}

impl Answer {
    /// Its status.
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// WordPress's code and message, where it gives them.
    pub fn fault(&self) -> wire::Fault {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// A header that is a number.
    pub fn count(&self, name: &str) -> Option<u64> {
        self.headers.get(name)?.to_str().ok()?.trim().parse().ok()
    }

    /// The shop's clock.
    pub fn date(&self) -> Option<Timestamp> {
        jiff::fmt::rfc2822::parse(self.headers.get(DATE)?.to_str().ok()?).ok().map(|zoned| zoned.timestamp())
    }

    /// Whether it says that it is JSON.
    pub fn is_json(&self) -> bool {
        self.content_type().contains("json")
    }

    fn content_type(&self) -> &str {
        self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("no content type")
    }

    /// A failure of this call for another reason than its status.
    pub fn because(&self, kind: FailureKind, cause: impl Into<String>) -> Failure {
        Failure::new(kind, self.doing, self.subject.clone(), cause.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(url: &str, secret: &str) -> Result<Client> {
        let text = format!("id = \"rungis\"\nurl = \"{url}\"\nsince = \"2026-01-01T00:00:00Z\"");
        Client::new(&toml::from_str(&text).expect("a configuration"), secret)
    }

    const SECRET: &str = r#"{"consumer_key": "ck_1", "consumer_secret": "cs_1", "webhook": "x"}"#;

    #[test]
    fn over_https_the_key_goes_into_the_header_and_not_into_the_address() {
        let client = client("https://shop.example/fr/", SECRET).expect("a client");
        let query = vec![("status", "a,b c".to_owned())];
        let request = client.request(Method::GET, "/wp-json/x", query).build().expect("a request");
        assert_eq!(request.url().as_str(), "https://shop.example/fr/wp-json/x?status=a%2Cb%20c");
        assert_eq!(request.headers()["authorization"], "Basic Y2tfMTpjc18x");
        assert!(request.headers()["authorization"].is_sensitive());
    }

    #[test]
    fn a_wrong_secret_is_refused_without_repeating_it() {
        for secret in [
            "",
            "hunter2",
            r#"{"consumer_key": "hunter2"}"#,
            r#"{"consumer_key": "", "consumer_secret": "hunter2"}"#,
        ] {
            let failure = client("https://shop.example", secret).err().expect("a failure");
            assert_eq!(failure.kind(), FailureKind::Misconfigured);
            assert!(!failure.to_string().contains("hunter2"), "{failure}");
        }
    }

    #[test]
    fn a_wrong_configuration_is_refused_by_its_field() {
        let failure = client("http://shop.example", SECRET).err().expect("a failure");
        assert_eq!(failure.kind(), FailureKind::Misconfigured);
        assert!(failure.to_string().contains("url"), "{failure}");
    }
}
