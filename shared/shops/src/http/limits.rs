use serde::Deserialize;

use crate::config::Faults;

/// How much is asked of a shop, and how much of it is taken. Part of each shop's configuration.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default)]
pub(crate) struct Limits {
    /// The longest that one call may take, in seconds.
    pub timeout_seconds: u64,
    /// The largest answer that is read, in bytes.
    pub max_body_bytes: u64,
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
    pub fn check(&self, faults: &mut Faults) {
        faults.range("timeout_seconds", self.timeout_seconds, 1..=300);
        faults.range("max_body_bytes", self.max_body_bytes, 64 * 1024..=256 * 1024 * 1024);
        faults.range("requests_per_second", self.requests_per_second, 1..=1_000);
        faults.range("attempts", self.attempts, 1..=10);
    }
}
