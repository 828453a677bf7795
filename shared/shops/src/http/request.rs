use std::time::Duration;

use passerelle_domain::{Failure, FailureKind, Result};
use reqwest::Method;
use reqwest::header::RETRY_AFTER;
use serde::Serialize;
use tokio::time::sleep;

use super::{Answer, Http, time_left};

/// The wait before the second try; it doubles with each, up to [`LONGEST_WAIT`].
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// The longest wait for one more try, the shop's own `Retry-After` included. What takes longer is for
/// the next run.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// With less time left than this no call is begun.
const LEAST_TIME: Duration = Duration::from_millis(500);

/// A request in the making.
pub(crate) struct Request<'a> {
    http: &'a Http,
    doing: &'static str,
    method: Method,
    path: String,
    query: Vec<(&'a str, String)>,
    body: Option<(Vec<u8>, &'static str)>,
    attempts: u32,
    about: String,
}

impl<'a> Request<'a> {
    pub(super) fn new(http: &'a Http, doing: &'static str, method: Method, path: &str) -> Self {
        let attempts = if method.is_idempotent() { http.limits.attempts } else { 1 };
        let about = format!("{} {method} {path}", http.shop);
        let path = path.to_owned();
        Self { http, doing, method, path, query: Vec::new(), body: None, attempts, about }
    }

    /// Adds to the query; values are encoded here.
    pub fn query(mut self, query: impl IntoIterator<Item = (&'a str, String)>) -> Self {
        self.query.extend(query);
        self
    }

    /// Sends JSON.
    pub fn json(mut self, body: &impl Serialize) -> Self {
        let json = serde_json::to_vec(body).expect("our own bodies are JSON");
        self.body = Some((json, "application/json"));
        self
    }

    /// Sends a body of another kind (XML).
    pub fn body(mut self, body: Vec<u8>, content_type: &'static str) -> Self {
        self.body = Some((body, content_type));
        self
    }

    /// Says that a POST may come twice: it only reads, or the shop knows it again.
    pub fn repeatable(mut self) -> Self {
        self.attempts = self.http.limits.attempts;
        self
    }

    /// How often it is tried, the first time included.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// Sends it, again where it fails for now and may be repeated, and reads the whole answer,
    /// whatever its status.
    ///
    /// # Errors
    /// [`FailureKind::Retry`] when the network, the time or the answer's end fails;
    /// [`FailureKind::Misconfigured`] when the answer is larger than the limit. An answer that reports
    /// a fault is no error here: see [`Answer::checked`].
    pub async fn send(self) -> Result<Answer> {
        let attempts = self.attempts;
        let mut wait = FIRST_WAIT;
        for attempt in 1.. {
            let outcome = self.once().await;
            let (kind, error, asked) = match &outcome {
                Ok(answer) => match answer.failure() {
                    None if attempt >= attempts || answer.is_whole() => return outcome,
                    None => (FailureKind::Retry, "the answer is cut short".to_owned(), None),
                    Some(failure) => (failure.kind(), failure.to_string(), asked_to_wait(answer)),
                },
                Err(failure) => (failure.kind(), failure.to_string(), None),
            };
            if let Some(asked) = asked {
                // Whoever calls next has to respect it too.
                self.http.pace.hold(asked.min(LONGEST_WAIT));
            }
            if attempt >= attempts || kind != FailureKind::Retry {
                return outcome;
            }
            // Full jitter, so that callers that failed together do not come back together.
            let pause = asked.unwrap_or_default().saturating_add(wait.mul_f32(fastrand::f32()));
            if pause > LONGEST_WAIT || time_left().is_some_and(|left| left < pause + LEAST_TIME) {
                return outcome;
            }
            let pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
            tracing::info!(shop = %self.http.shop, error, attempt, pause_ms, "the shop is asked again");
            sleep(pause).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
        unreachable!("the loop ends by returning")
    }

    async fn once(&self) -> Result<Answer> {
        let about = || self.about.clone();
        // Without the address: its query may hold a signature.
        let retry = |error: reqwest::Error| Failure::retry(self.doing, about(), error.without_url());
        self.http.pace.turn(time_left()).await.map_err(|pause| {
            let cause = format!("the shop asks for a pause of {} s, longer than is left", pause.as_secs());
            Failure::retry(self.doing, about(), cause)
        })?;
        let mut time = Duration::from_secs(self.http.limits.timeout_seconds);
        if let Some(left) = time_left() {
            if left < LEAST_TIME {
                return Err(Failure::retry(self.doing, about(), "no time is left for the call"));
            }
            time = time.min(left);
        }
        let request = self.http.build(&self.method, &self.path, &self.query, self.body.as_ref());
        let mut response = request.timeout(time).send().await.map_err(retry)?;
        let limit = self.http.limits.max_body_bytes;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(retry)? {
            if (body.len() + chunk.len()) as u64 > limit {
                let cause = format!(
                    "the answer is larger than {limit} bytes; lower page_size or raise max_body_bytes"
                );
                return Err(Failure::misconfigured(self.doing, about(), cause));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer {
            doing: self.doing,
            subject: about(),
            status: response.status(),
            headers: response.headers().clone(),
            body,
            dialect: self.http.dialect,
            secrets: self.http.secrets.clone(),
        })
    }
}

/// What the shop asks for: `Retry-After` in seconds or as a date, or in its own words.
fn asked_to_wait(answer: &Answer) -> Option<Duration> {
    if let Some(text) = answer.header(RETRY_AFTER.as_str()) {
        if let Ok(seconds) = text.parse() {
            return Some(Duration::from_secs(seconds));
        }
        if let Ok(until) = jiff::fmt::rfc2822::parse(text) {
            let now = answer.date().unwrap_or_else(jiff::Timestamp::now);
            return Duration::try_from(until.timestamp().duration_since(now)).ok();
        }
    }
    (answer.dialect.fault)(answer).and_then(|fault| fault.wait)
}
