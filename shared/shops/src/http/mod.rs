//! HTTP with any shop: what is the same for all, written once.
//!
//! A shop's client makes an [`Http`] with its address, its [`Authorization`], its [`Limits`] and its
//! [`Dialect`] (JSON or XML, and how it words its faults). Each call is then paced, limited in time
//! and size, never redirected, and repeated where that is safe; what an answer means for a retry is
//! decided in one place ([`Answer::failure`]), and no message holds a secret.
//!
//! | status | kind |
//! |---|---|
//! | network, time limit, cut short, another format than asked for, 408, 425, 429, 5xx | retry |
//! | 401, 403, 3xx, 404 with a page in another format, larger than `max_body_bytes` | misconfigured |
//! | any other 4xx | rejected |
//!
//! A [`Dialect`] may know better, from the words of the answer.

mod answer;
mod limits;
mod oauth;
mod pace;
mod request;

pub(crate) use answer::Answer;
pub(crate) use limits::Limits;
pub(crate) use oauth::encode;
pub(crate) use request::Request;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use passerelle_domain::{Failure, FailureKind, Result, ShopId};
use reqwest::header::HeaderValue;
use reqwest::{Method, Url};
use tokio::time::Instant;

use crate::config::{is_loopback, parse_url};
use pace::Pace;

tokio::task_local! {
    /// When the call that this task is in has to be over.
    static UNTIL: Instant;
}

/// Limits the calls of `future` to this much time: none is started, waited for or repeated beyond it.
/// Without it only the limits of single calls hold.
pub async fn within<F: Future>(time: Duration, future: F) -> F::Output {
    UNTIL.scope(Instant::now() + time, future).await
}

/// How much time is left, where somebody said so with [`within`].
fn time_left() -> Option<Duration> {
    UNTIL.try_with(|until| until.saturating_duration_since(Instant::now())).ok()
}

/// How a request says who asks.
#[derive(Clone)]
pub(crate) enum Authorization {
    /// A user and a password.
    Basic {
        /// The user; of some shops the key itself.
        user: String,
        /// The password, if there is one.
        password: Option<String>,
    },
    /// A header with a secret value: `Authorization: Bearer …`, `X-Shopify-Access-Token: …`.
    Header {
        /// Its name, in small letters.
        name: &'static str,
        /// All that stands in it.
        value: String,
    },
    /// OAuth 1.0a in the query, which WooCommerce wants over plain HTTP.
    OAuth1 {
        /// The consumer key.
        key: String,
        /// The consumer secret.
        secret: String,
    },
}

impl Authorization {
    /// What must not get into a message.
    fn secrets(&self) -> Vec<String> {
        match self {
            // A key that is the user is a secret too. The password first: it may hold the user.
            Self::Basic { user, password } => password.iter().chain([user]).cloned().collect(),
            Self::Header { value, .. } => {
                let token = value.rsplit(' ').next().unwrap_or_default().to_owned();
                vec![value.clone(), token]
            }
            Self::OAuth1 { key, secret } => vec![secret.clone(), key.clone()],
        }
    }
}

/// What a shop's answers are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// `application/json` and its relatives.
    Json,
    /// `application/xml`, `text/xml`.
    Xml,
}

/// How a shop speaks.
#[derive(Clone, Copy)]
pub(crate) struct Dialect {
    /// What a good answer is written in.
    pub format: Format,
    /// The fault that an answer reports, if it does; asked about every answer, those with status 200
    /// too (GraphQL).
    pub fault: fn(&Answer) -> Option<ShopFault>,
}

/// A fault in a shop's own words.
#[derive(Clone, Debug, Default)]
pub(crate) struct ShopFault {
    /// The code that it has for it, where it has codes.
    pub code: String,
    /// What the shop says: its code and its sentence, which may repeat what a customer wrote.
    pub words: String,
    /// What it means, where the status alone does not say it.
    pub kind: Option<FailureKind>,
    /// How long the shop asks to wait, where `Retry-After` does not say it.
    pub wait: Option<Duration>,
}

/// A connection with one address. Cheap to share by reference; its pace is common to all its calls.
pub(crate) struct Http {
    shop: ShopId,
    client: reqwest::Client,
    base: Url,
    authorization: Authorization,
    dialect: Dialect,
    limits: Limits,
    pace: Pace,
    secrets: Arc<[String]>,
}

impl Http {
    /// A connection with the address `base`.
    ///
    /// # Errors
    /// Misconfigured, without a word of the secret in it.
    pub fn new(
        shop: &ShopId,
        base: &str,
        authorization: Authorization,
        dialect: Dialect,
        limits: Limits,
    ) -> Result<Self> {
        let wrong = |cause: String| Failure::misconfigured("connect to shop", shop.as_str(), cause);
        let base = parse_url("url", base).map_err(|fault| wrong(fault.to_string()))?;
        let mut client = reqwest::Client::builder()
            .user_agent(concat!("passerelle/", env!("CARGO_PKG_VERSION")))
            // A redirect would take the credentials to another host, or turn a PUT into a GET. The
            // configuration is to name the final address.
            .redirect(reqwest::redirect::Policy::none());
        if is_loopback(&base) {
            client = client.no_proxy();
        }
        let client = client.build().map_err(|error| wrong(error.to_string()))?;
        let secrets = authorization.secrets().into_iter().filter(|secret| !secret.is_empty());
        let pace = Pace::new(limits.requests_per_second);
        let secrets = secrets.collect();
        Ok(Self { shop: shop.clone(), client, base, authorization, dialect, limits, pace, secrets })
    }

    /// A request for `path` (beginning with `/`, its parts encoded with [`encode`]) below the address.
    /// GET, PUT and DELETE are repeated where they fail for now; a POST is only if
    /// [`Request::repeatable`].
    pub fn request<'a>(&'a self, doing: &'static str, method: Method, path: &str) -> Request<'a> {
        Request::new(self, doing, method, path)
    }

    /// A GET.
    pub fn get<'a>(&'a self, doing: &'static str, path: &str) -> Request<'a> {
        self.request(doing, Method::GET, path)
    }

    /// No call begins before `time` has passed: what is left of the shop's allowance is little.
    pub fn hold(&self, time: Duration) {
        self.pace.hold(time);
    }

    fn build(
        &self,
        method: &Method,
        path: &str,
        query: &[(&str, String)],
        body: Option<&(Vec<u8>, &'static str)>,
    ) -> reqwest::RequestBuilder {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        let mut query: Vec<(&str, String)> = query.to_vec();
        if let Authorization::OAuth1 { key, secret } = &self.authorization {
            let now = Timestamp::now();
            query = oauth::sign(method.as_str(), url.as_str(), query, key, secret, now, oauth::nonce(now));
        }
        if !query.is_empty() {
            url.set_query(Some(&oauth::query_string(&query)));
        }
        let accept = match self.dialect.format {
            Format::Json => "application/json",
            Format::Xml => "application/xml",
        };
        let mut request = self.client.request(method.clone(), url).header(reqwest::header::ACCEPT, accept);
        if let Some((body, content_type)) = body {
            request = request.header(reqwest::header::CONTENT_TYPE, *content_type).body(body.clone());
        }
        match &self.authorization {
            Authorization::Basic { user, password } => request.basic_auth(user, password.as_ref()),
            Authorization::Header { name, value } => {
                // A secret that no header can hold is sent as none; the shop's 401 then says so.
                let mut value = HeaderValue::from_str(value).unwrap_or(HeaderValue::from_static(""));
                value.set_sensitive(true);
                request.header(*name, value)
            }
            Authorization::OAuth1 { .. } => request,
        }
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
