//! Speaking GraphQL with Shopify: its faults come with status 200, and each answer says what it cost.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use passerelle_domain::{Failure, FailureKind, Result};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::envelope::{Cost, Envelope, Fault};
use super::queries;
use crate::http::{Answer, Dialect, Format, Http, ShopFault};

/// How Shopify speaks.
pub(super) const DIALECT: Dialect = Dialect { format: Format::Json, fault };

/// A connection with the Admin API of one shop.
pub(super) struct Client {
    http: Arc<Http>,
    path: String,
    version: String,
}

/// An answer, good or not.
pub(super) struct Reply(Answer);

/// A fault at one of several things that were asked for at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Partial {
    /// Which one.
    pub index: usize,
    /// Where in it.
    pub field: String,
    /// What Shopify says.
    pub message: String,
}

impl Client {
    pub fn new(http: Http, version: &str) -> Self {
        let path = format!("/admin/api/{version}/graphql.json");
        Self { http: Arc::new(http), path, version: version.to_owned() }
    }

    /// Asks, again where that fails for now: all that we send may come twice.
    ///
    /// # Errors
    /// Of the network. A fault that the shop reports is in the reply: see [`Reply::good`].
    pub async fn send(&self, doing: &'static str, query: &str, variables: Value) -> Result<Reply> {
        let body = json!({ "query": queries::document(query), "variables": variables });
        let request = self.http.request(doing, Method::POST, &self.path).repeatable();
        let answer = request.json(&body).send().await?;
        if let Some(cost) = envelope(&answer).extensions.cost
            && let Some(pause) = pause(&cost)
        {
            self.http.hold(pause);
        }
        match answer.header("x-shopify-api-version") {
            Some(served) if served != self.version => tracing::warn!(
                asked = self.version,
                served,
                "Shopify serves another version: the one in the configuration is not supported any more"
            ),
            _ => {}
        }
        Ok(Reply(answer))
    }

    /// Asks, and takes only a good answer.
    ///
    /// # Errors
    /// Of the network and of the shop.
    pub async fn ask(&self, doing: &'static str, query: &str, variables: Value) -> Result<Reply> {
        self.send(doing, query, variables).await?.good()
    }
}

impl Reply {
    /// Itself when it is a good answer.
    ///
    /// # Errors
    /// What the shop says instead.
    pub fn good(self) -> Result<Self> {
        self.0.checked()?;
        Ok(self)
    }

    /// What the shop says instead of what was asked for.
    pub fn failure(&self) -> Option<Failure> {
        self.0.failure()
    }

    /// Whether fewer at once could help: too dear, or a fault inside the shop that may be about one.
    pub fn is_better_asked_apart(&self) -> bool {
        self.0.status() >= 500
            || envelope(&self.0)
                .errors
                .iter()
                .any(|fault| matches!(code(fault), "MAX_COST_EXCEEDED" | "INTERNAL_SERVER_ERROR" | "TIMEOUT"))
    }

    /// The faults at single ones of the `nodes` asked for.
    pub fn partials(&self) -> Vec<Partial> {
        envelope(&self.0).errors.iter().filter_map(partial).collect()
    }

    /// What a search left out of a filter, because it does not know it.
    pub fn ignored_filter(&self) -> Option<String> {
        let search = envelope(&self.0).extensions.search;
        let warning = search.into_iter().flat_map(|search| search.warnings).next()?;
        Some(format!("the search leaves out {:?}: {}", warning.field, warning.message))
    }

    /// The data of a good answer.
    ///
    /// # Errors
    /// As [`Reply::good`]; [`FailureKind::Retry`] when it is not what was asked for.
    pub fn data<'a, T: Deserialize<'a>>(&'a self) -> Result<T> {
        let envelope: Envelope<'a> = self.0.json()?;
        let data = envelope
            .data
            .ok_or_else(|| self.because(FailureKind::Retry, "the answer has neither data nor errors"))?;
        serde_json::from_str(data.get()).map_err(|error| self.0.unreadable(&error))
    }

    /// The data as it came, for audit.
    pub fn raw(&self) -> &str {
        envelope(&self.0).data.map_or("null", |data| data.get())
    }

    /// The shop's clock.
    pub fn date(&self) -> Option<Timestamp> {
        self.0.date()
    }

    /// A failure of this call for another reason.
    pub fn because(&self, kind: FailureKind, cause: impl Into<String>) -> Failure {
        self.0.because(kind, cause.into())
    }
}

fn envelope(answer: &Answer) -> Envelope<'_> {
    serde_json::from_slice(answer.body()).unwrap_or_default()
}

fn code(fault: &Fault) -> &str {
    fault.extensions.code.as_deref().unwrap_or_default()
}

/// A fault that concerns one node alone: the others are whole.
fn partial(fault: &Fault) -> Option<Partial> {
    if matches!(code(fault), "ACCESS_DENIED" | "THROTTLED" | "MAX_COST_EXCEEDED") {
        return None;
    }
    let path = fault.path.as_ref()?;
    let (nodes, index) = (path.first()?.as_str()?, path.get(1)?.as_u64()?);
    let words = path[2..].iter().map(|part| part.as_str().map_or_else(|| part.to_string(), str::to_owned));
    (nodes == "nodes").then(|| Partial {
        index: usize::try_from(index).unwrap_or(usize::MAX),
        field: words.collect::<Vec<_>>().join("."),
        message: fault.message.clone(),
    })
}

/// What an answer complains about. Faults at single orders are for whoever asked for several.
fn fault(answer: &Answer) -> Option<ShopFault> {
    let by_status = match answer.status() {
        // Frozen, gone, locked.
        402 | 404 | 423 => Some(FailureKind::Misconfigured),
        // So many that it looks like an attack; it passes.
        430 => Some(FailureKind::Retry),
        _ => None,
    };
    let envelope = envelope(answer);
    let first = envelope.errors.iter().find(|fault| answer.status() != 200 || partial(fault).is_none());
    let Some(first) = first else {
        return by_status.map(|kind| ShopFault { kind: Some(kind), ..ShopFault::default() });
    };
    let kind = match code(first) {
        "THROTTLED" | "INTERNAL_SERVER_ERROR" | "TIMEOUT" => Some(FailureKind::Retry),
        "ACCESS_DENIED" | "SHOP_INACTIVE" | "MAX_COST_EXCEEDED" => Some(FailureKind::Misconfigured),
        // What this version does not know of our query: `undefinedField`, `argumentNotAccepted`.
        code if code.starts_with(|c: char| c.is_ascii_lowercase()) => Some(FailureKind::Misconfigured),
        _ => by_status,
    };
    let words = match code(first) {
        "" => first.message.clone(),
        "MAX_COST_EXCEEDED" => {
            format!("MAX_COST_EXCEEDED: {}; lower lines_per_order or orders_per_call", first.message)
        }
        code => format!("{code}: {}", first.message),
    };
    Some(ShopFault {
        code: code(first).to_owned(),
        words,
        kind,
        wait: envelope.extensions.cost.as_ref().and_then(pause),
    })
}

/// How long the bucket takes to have room for the same call again: "before execution can begin, the
/// bucket must have enough room for the requested cost".
fn pause(cost: &Cost) -> Option<Duration> {
    let status = cost.throttle_status?;
    let missing = cost.requested_query_cost.saturating_sub(status.currently_available);
    if missing == 0 || status.restore_rate == 0 {
        return None;
    }
    Some(Duration::from_millis(missing.saturating_mul(1_000).div_ceil(status.restore_rate)))
}

#[cfg(test)]
#[path = "graphql_tests.rs"]
mod tests;
