//! Figures for the dashboard and the alarms.

use std::io::Write;
#[cfg(feature = "fakes")]
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use strum::{IntoStaticStr, VariantArray};

/// Every figure that is emitted, named as in CloudWatch: `orders_new`. Names do not change: alarms and
/// history hang on them. A test holds them against infra/*.tf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Metric {
    /// Orders that shops returned, repeats included: each run reads its overlap again, so it measures traffic,
    /// not what came. On no graph.
    OrdersRead,
    /// Orders seen for the first time.
    OrdersNew,
    /// Orders with new content.
    OrdersChanged,
    /// Orders set aside.
    OrdersQuarantined,
    /// Orders in files for the ERP.
    OrdersExported,
    /// Files for the ERP.
    OrderFilesWritten,
    /// Batches whose layout no longer takes their orders.
    OrderBatchesRefused,
    /// Values repaired so that the ERP takes them.
    OrderValuesRepaired,
    /// Orders that the ERP accepted.
    OrdersAccepted,
    /// Orders that the ERP refused.
    OrdersRefused,
    /// Acknowledgements of orders that were not sent, or that cannot be read.
    AnswersUnknown,
    /// Acknowledgements that a shop refused.
    AnswersUnreported,
    /// Orders that the evening's comparison with the shops found and recorded.
    OrdersDrifted,
    /// Webhooks that were followed.
    WebhooksReceived,
    /// Webhooks that were not.
    WebhooksRefused,
    /// Files from the ERP taken in.
    DropsAccepted,
    /// Files from the ERP refused whole.
    DropsRejected,
    /// Invoices seen for the first time.
    InvoicesRegistered,
    /// Invoices that came again with other content.
    InvoiceConflicts,
    /// Invoices rejected, in files that were taken in.
    InvoicesRejected,
    /// Invoices whose figures are some cents off and stand.
    InvoicesNoted,
    /// PDFs written.
    InvoicesRendered,
    /// Invoices put into an account.
    InvoicesPublished,
    /// Invoices whose customer has no account.
    InvoicesUnpublishable,
    /// Customers whose invoices go to another account than before.
    AccountsChanged,
    /// Messages that failed: they come again, or end as dead letters.
    MessagesFailed,
    /// Messages deferred.
    MessagesDeferred,
    /// How long the oldest deferred message has been deferred.
    DeferredSeconds,
    /// Messages whose work was done already.
    DuplicateDeliveries,
    /// Messages and files announced again by `reconcile`.
    AnnouncedAgain,
    /// Files found in an inbox without a notification.
    LostNotifications,
    /// How many of this kind wait for a person now; emitted by each run of `reconcile`, 0 too.
    WaitingGaps,
    /// How many of this kind wait for a person now; emitted by each run of `reconcile`, 0 too.
    WaitingDeadLetters,
    /// How many of this kind wait for a person now; emitted by each run of `reconcile`, 0 too.
    WaitingFilesRefused,
    /// How many of this kind wait for a person now; emitted by each run of `reconcile`, 0 too.
    WaitingInvoicesRejected,
    /// How many of this kind wait for a person now; emitted by each run of `reconcile`, 0 too.
    WaitingAnswersRejected,
    /// How many of this kind wait for a person now; emitted by each run of `reconcile`, 0 too.
    WaitingInvoiceConflicts,
    /// How many of this kind wait for a person now; emitted by each run of `reconcile`, 0 too.
    WaitingOrdersQuarantined,
    /// How many of this kind wait for a person now; emitted by each run of `reconcile`, 0 too.
    WaitingOrdersRefused,
    /// How many of this kind wait for a person now; emitted by each run of `reconcile`, 0 too.
    WaitingCustomersWithoutAccount,
}

impl Metric {
    /// Every one.
    pub const ALL: &'static [Self] = Self::VARIANTS;

    /// Its name in CloudWatch.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Its unit, as CloudWatch names it.
    pub fn unit(self) -> &'static str {
        if self == Self::DeferredSeconds { "Seconds" } else { "Count" }
    }
}

/// The namespace of all metrics in CloudWatch.
pub const NAMESPACE: &str = "Passerelle";

/// Metrics in CloudWatch's embedded format: a log line that CloudWatch reads figures from. The dimension is
/// `env`.
#[derive(Clone, Debug)]
pub struct Metrics(To);

#[derive(Clone, Debug)]
enum To {
    Log(String),
    Nowhere,
    #[cfg(feature = "fakes")]
    Memory(Arc<Mutex<Vec<(Metric, u64)>>>),
}

impl Metrics {
    /// Metrics of an environment.
    pub fn new(env: impl Into<String>) -> Self {
        Self(To::Log(env.into()))
    }

    /// Metrics that go nowhere: what a person does by hand is no figure of a function.
    pub fn silent() -> Self {
        Self(To::Nowhere)
    }

    /// Metrics that are kept, for tests.
    #[cfg(feature = "fakes")]
    pub fn recorded() -> Self {
        Self(To::Memory(Arc::default()))
    }

    /// The sum of what was emitted of a metric.
    #[cfg(feature = "fakes")]
    pub fn sum(&self, metric: Metric) -> u64 {
        let To::Memory(figures) = &self.0 else { return 0 };
        let figures = figures.lock().unwrap_or_else(PoisonError::into_inner);
        figures.iter().filter(|(of, _)| *of == metric).map(|(_, figure)| figure).sum()
    }

    /// Emits figures, in one line.
    pub fn emit(&self, figures: &[(Metric, u64)]) {
        match &self.0 {
            To::Log(env) => {
                let line = embedded(env, figures, Timestamp::now());
                // A metric that cannot be written is no reason to fail the work.
                let _ = writeln!(std::io::stdout().lock(), "{line}");
            }
            To::Nowhere => {}
            #[cfg(feature = "fakes")]
            To::Memory(kept) => {
                kept.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(figures);
            }
        }
    }
}

fn embedded(env: &str, figures: &[(Metric, u64)], now: Timestamp) -> Value {
    let definitions: Vec<_> =
        figures.iter().map(|(metric, _)| json!({"Name": metric.as_str(), "Unit": metric.unit()})).collect();
    let mut line = Map::new();
    line.insert(
        "_aws".into(),
        json!({
            "Timestamp": now.as_millisecond(),
            "CloudWatchMetrics": [{"Namespace": NAMESPACE, "Dimensions": [["env"]], "Metrics": definitions}],
        }),
    );
    line.insert("env".into(), env.into());
    line.extend(figures.iter().map(|&(metric, figure)| (metric.as_str().to_owned(), figure.into())));
    Value::Object(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_what_cloudwatch_reads() {
        let line = embedded("prod", &[(Metric::OrdersNew, 3)], Timestamp::UNIX_EPOCH);
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
