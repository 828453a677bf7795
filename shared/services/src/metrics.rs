use std::io::Write;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// The unit of a metric, as CloudWatch names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A number of things.
    Count,
    /// A time in seconds.
    Seconds,
}

/// Metrics in CloudWatch's embedded format: a log line that CloudWatch reads figures from. Namespace
/// `Passerelle`, dimension `env`.
#[derive(Clone, Debug)]
pub struct Metrics {
    env: Option<String>,
}

impl Metrics {
    /// Metrics of an environment.
    pub fn new(env: impl Into<String>) -> Self {
        Self { env: Some(env.into()) }
    }

    /// Metrics that go nowhere, for tests.
    pub fn silent() -> Self {
        Self { env: None }
    }

    /// Counts things, in one line.
    pub fn count(&self, figures: &[(&str, u64)]) {
        let figures: Vec<_> = figures.iter().map(|&(name, count)| (name, count, Unit::Count)).collect();
        self.emit(&figures);
    }

    /// Emits figures with their units, in one line.
    pub fn emit(&self, figures: &[(&str, u64, Unit)]) {
        let Some(env) = &self.env else { return };
        let line = embedded(env, figures, Timestamp::now());
        // A metric that cannot be written is no reason to fail the work.
        let _ = writeln!(std::io::stdout().lock(), "{line}");
    }
}

fn embedded(env: &str, figures: &[(&str, u64, Unit)], now: Timestamp) -> Value {
    let definitions: Vec<_> =
        figures.iter().map(|(name, _, unit)| json!({"Name": name, "Unit": format!("{unit:?}")})).collect();
    let mut line = Map::new();
    line.insert(
        "_aws".into(),
        json!({
            "Timestamp": now.as_millisecond(),
            "CloudWatchMetrics": [{"Namespace": "Passerelle", "Dimensions": [["env"]], "Metrics": definitions}],
        }),
    );
    line.insert("env".into(), env.into());
    line.extend(figures.iter().map(|&(name, figure, _)| (name.to_owned(), figure.into())));
    Value::Object(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_what_cloudwatch_reads() {
        let line = embedded("prod", &[("orders_new", 3, Unit::Count)], Timestamp::UNIX_EPOCH);
        let expected = json!({
            "_aws": {"Timestamp": 0, "CloudWatchMetrics": [{
                "Namespace": "Passerelle", "Dimensions": [["env"]],
                "Metrics": [{"Name": "orders_new", "Unit": "Count"}],
            }]},
            "env": "prod",
            "orders_new": 3,
        });
        assert_eq!(line, expected);
    }
}
