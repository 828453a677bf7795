use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use passerelle_domain::{Failure, FailureKind, Result};
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, LOCATION};
use serde::Deserialize;

use super::{Dialect, Format};

/// How many characters of a vendor's words go into a message.
const WORDS: usize = 300;
/// How much of the code of a fault is logged, in characters.
const CODE: usize = 80;

/// An answer, whole.
pub(crate) struct Answer {
    pub(super) doing: &'static str,
    pub(super) subject: String,
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    pub(super) dialect: Dialect,
    pub(super) secrets: Arc<[String]>,
}

impl fmt::Debug for Answer {
    /// Without its body: that is a customer's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} for {} {}", self.status, self.doing, self.subject)
    }
}

impl Answer {
    /// Its status.
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// Whether there is no such thing, rather than no such address.
    pub fn is_not_found(&self) -> bool {
        self.status() == 404 && self.failure().is_some_and(|failure| failure.kind() == FailureKind::Rejected)
    }

    /// A header's value; nothing where it is not there or no text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok().map(str::trim)
    }

    /// A header that is a number.
    pub fn count(&self, name: &str) -> Option<u64> {
        self.header(name)?.parse().ok()
    }

    /// The shop's clock.
    pub fn date(&self) -> Option<Timestamp> {
        jiff::fmt::rfc2822::parse(self.header(DATE.as_str())?).ok().map(|zoned| zoned.timestamp())
    }

    /// The body as it came, less a byte order mark: some plugins' files start with one, and so does
    /// all that they answer.
    pub fn body(&self) -> &[u8] {
        self.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.body)
    }

    /// Whether it says that it is written in the format that was asked for.
    pub fn is_in_format(&self) -> bool {
        self.content_type().contains(match self.dialect.format {
            Format::Json => "json",
            Format::Xml => "xml",
        })
    }

    /// Whether nothing is missing at its end.
    pub fn is_whole(&self) -> bool {
        let body = self.body();
        match self.dialect.format {
            Format::Json => body.is_empty() || serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok(),
            Format::Xml => body.is_empty() || body.trim_ascii_end().ends_with(b">"),
        }
    }

    fn content_type(&self) -> &str {
        self.header(CONTENT_TYPE.as_str()).unwrap_or("no content type")
    }

    /// What an answer that is not the one hoped for means; nothing for a good one. The one place where
    /// this is decided. A success without a body is good.
    pub fn failure(&self) -> Option<Failure> {
        let fault = (self.dialect.fault)(self);
        let strange = !self.is_in_format() && !self.body.is_empty();
        if self.status.is_success() && fault.is_none() && !strange {
            return None;
        }
        let fault = fault.unwrap_or_default();
        let kind = fault.kind.unwrap_or(match self.status.as_u16() {
            401 | 403 => FailureKind::Misconfigured,
            408 | 425 | 429 | 500..=599 => FailureKind::Retry,
            // No such page at all, rather than no such thing.
            404 if strange => FailureKind::Misconfigured,
            300..=399 => FailureKind::Misconfigured,
            // A page of a cache or a firewall, or half an answer.
            200..=299 if strange => FailureKind::Retry,
            _ => FailureKind::Rejected,
        });
        let mut cause = format!("HTTP {}", self.status.as_u16());
        if let Some(location) = self.header(LOCATION.as_str()) {
            // Without its query, which may repeat our signature.
            cause += &format!(", redirected to {}", location.split('?').next().unwrap_or_default());
        }
        let mut quoted = String::new();
        if !fault.words.is_empty() && kind == FailureKind::Misconfigured {
            // About our access and our query, and about nobody's order.
            cause += &format!(", {}", fault.words);
        } else if !fault.words.is_empty() {
            // A machine's word; longer than this it is none.
            let code: String = self.shown(fault.code).chars().take(CODE).collect();
            cause += if code.is_empty() { "" } else { ", " };
            cause += &code;
            quoted = fault.words;
        } else if strange {
            let format = match self.dialect.format {
                Format::Json => "JSON",
                Format::Xml => "XML",
            };
            cause += &format!(", {} instead of {format}, {} bytes", self.content_type(), self.body.len());
            quoted = String::from_utf8_lossy(&self.body[..self.body.len().min(WORDS)]).into_owned();
        }
        let failure = Failure::new(kind, self.doing, self.subject.clone(), self.shown(cause));
        Some(failure.quoting(self.shown(quoted)))
    }

    /// Words as they may be shown: one line, not too long, and without our secrets.
    fn shown(&self, mut words: String) -> String {
        // Secrets first: cut in the middle, one would not be found.
        for secret in &*self.secrets {
            words = words.replace(secret.as_str(), "***");
        }
        words.chars().map(|c| if c.is_control() { ' ' } else { c }).take(WORDS).collect()
    }

    /// Itself when it is a good answer.
    ///
    /// # Errors
    /// As [`Answer::failure`] says.
    pub fn checked(&self) -> Result<&Self> {
        self.failure().map_or(Ok(self), Err)
    }

    /// The JSON of a good answer.
    ///
    /// # Errors
    /// As [`Answer::failure`] says; [`FailureKind::Retry`] when it is no such JSON, as when it was cut.
    pub fn json<'a, T: Deserialize<'a>>(&'a self) -> Result<T> {
        let answer = self.checked()?;
        serde_json::from_slice(answer.body()).map_err(|error| self.unreadable(&error))
    }

    /// A failure of this call because its JSON is not what was asked for: where in it. What stands there
    /// is a customer's.
    pub fn unreadable(&self, error: &serde_json::Error) -> Failure {
        let (line, column) = (error.line(), error.column());
        let cause = format!("the answer's JSON is not as expected (line {line}, column {column})");
        self.because(FailureKind::Retry, cause).quoting(self.shown(error.to_string()))
    }

    /// A failure of this call for another reason than its status.
    pub fn because(
        &self,
        kind: FailureKind,
        cause: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Failure {
        Failure::new(kind, self.doing, self.subject.clone(), cause)
    }
}
