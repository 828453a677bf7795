use std::net::IpAddr;

use passerelle_domain::Rejection;
use reqwest::Url;
use serde::Deserialize;

/// How much is asked of a shop, and how much of it is taken. Part of each shop's configuration.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// The longest that one call may take, in seconds.
    pub timeout_seconds: u64,
    /// The largest answer that is read, in bytes.
    pub max_body_bytes: usize,
    /// Calls a second, of one process.
    pub requests_per_second: u32,
    /// How often a call that fails for now is tried, the first time included.
    pub attempts: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { timeout_seconds: 20, max_body_bytes: 16 * 1024 * 1024, requests_per_second: 50, attempts: 3 }
    }
}

impl Limits {
    /// Checks the values.
    ///
    /// # Errors
    /// The first wrong field, its value and the rule.
    pub fn check(&self) -> Result<(), Rejection> {
        let ranges = [
            ("timeout_seconds", self.timeout_seconds, 1, 300),
            ("max_body_bytes", self.max_body_bytes as u64, 64 * 1024, 256 * 1024 * 1024),
            ("requests_per_second", self.requests_per_second.into(), 1, 1_000),
            ("attempts", self.attempts.into(), 1, 10),
        ];
        check_ranges(&ranges)
    }
}

/// Checks numbers, each with its field, least and most.
///
/// # Errors
/// The first wrong field, its value and the rule.
pub(crate) fn check_ranges(ranges: &[(&str, u64, u64, u64)]) -> Result<(), Rejection> {
    match ranges.iter().find(|(_, value, least, most)| !(least..=most).contains(&value)) {
        None => Ok(()),
        Some((field, value, least, most)) => {
            Err(wrong(*field, value.to_string(), format!("{least} to {most}")))
        }
    }
}

/// A shop's address: https, or http on this very machine, and without anything secret in it.
///
/// # Errors
/// The field and the rule.
pub(crate) fn check_url(field: &str, text: &str) -> Result<Url, Rejection> {
    let no = |rule: &str| Err(wrong(field, text, rule));
    let Ok(url) = Url::parse(text) else { return no("an absolute address: https://shop.example") };
    if !url.username().is_empty() || url.password().is_some() {
        // The value is not repeated: it holds a password.
        return Err(wrong(field, "", "no user name or password; they are in the secret"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return no("no query and no fragment");
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => no("https; plain http is for this machine only"),
        _ => no("https://…"),
    }
}

/// Whether an address is on this very machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// A wrong value in the configuration.
pub(crate) fn wrong(
    field: impl Into<String>,
    value: impl Into<String>,
    rule: impl Into<String>,
) -> Rejection {
    Rejection::new("invalid_configuration", field, value, rule)
}
