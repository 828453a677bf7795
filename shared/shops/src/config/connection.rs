use jiff::{SignedDuration, Timestamp};
use passerelle_domain::{Failure, Result, ShopId};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::fault::{Faults, parse_url};
use super::system::System;
use crate::http::Limits;

/// What every shop's configuration says, whatever its system.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Connection {
    /// Its name with us.
    pub id: ShopId,
    /// Its address; each system's README says which one.
    pub url: String,
    /// Where the first import starts: orders changed before are not read.
    pub since: Timestamp,
    /// How far before the last order seen each run starts again. It has to cover the shop's own
    /// delays: an order is stamped before its transaction is visible, in whole seconds, and a search
    /// index may be behind the orders.
    #[serde(default = "overlap_seconds")]
    pub overlap_seconds: u32,
    /// Orders a page. How many are usual and how many are allowed, the system says.
    pub page_size: u16,
    /// How much is asked of the shop: fields of the same table.
    #[serde(skip)]
    pub limits: Limits,
}

fn overlap_seconds() -> u32 {
    300
}

impl Connection {
    /// How long the shop may take to show a change.
    pub fn overlap(&self) -> SignedDuration {
        SignedDuration::from_secs(self.overlap_seconds.into())
    }

    /// Checks the values; those that depend on the system where it is known.
    pub(super) fn check(&self, system: Option<&System>, faults: &mut Faults) {
        faults.0.extend(parse_url("url", &self.url).err());
        let Some(system) = system else { return };
        faults.range("page_size", self.page_size, 1..=system.max_page_size.into());
        faults.range("overlap_seconds", self.overlap_seconds, system.min_overlap_seconds.into()..=86_400);
    }

    /// The secret as Secrets Manager keeps it: JSON with these `texts`, none of them empty.
    ///
    /// # Errors
    /// Misconfigured, without a word of the secret.
    pub fn secret<T: DeserializeOwned>(&self, secret: &str, texts: &[&str]) -> Result<T> {
        let fields: serde_json::Value = serde_json::from_str(secret).unwrap_or_default();
        let is_there = |text: &&str| fields[*text].as_str().is_some_and(|text| !text.is_empty());
        let secret = texts.iter().all(is_there).then(|| serde_json::from_value(fields.clone()).ok());
        secret.flatten().ok_or_else(|| {
            let cause = format!("the secret is no JSON with the fields of a text: {}", texts.join(", "));
            self.misconfigured(cause)
        })
    }

    /// A fault that keeps the shop from being connected.
    pub fn misconfigured(&self, cause: impl Into<String>) -> Failure {
        Failure::misconfigured("connect to shop", self.id.as_str(), cause.into())
    }
}
