//! Messages of a queue, worked on one by one: what is done, what comes again, and what waits. The
//! promises are in this crate's README.

mod deferral;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::future::{Future, ready};
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use futures::future::select;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use jiff::SignedDuration;
use lambda_runtime::{LambdaEvent, service_fn};
use passerelle_domain::{FailureKind, Result};

use passerelle_services::{Clock, Deadline, Deferral, Environment, Message, Metric, Metrics, Queue, Work};

/// With less time left than this, no message is begun.
const SECONDS_FOR_A_MESSAGE: i64 = 5;
/// How long before the end messages that are still worked on are given up: what is left is for deferring
/// others and for the response.
const TO_DEFER: SignedDuration = SignedDuration::from_secs(3);
/// How long before the end the response goes out, whatever is still under way.
const TO_RESPOND: SignedDuration = SignedDuration::from_secs(1);

/// How a function works on the batches of its queue.
#[derive(Clone)]
pub struct Batches {
    /// The queue that the messages come from: those that must wait are put back into it.
    pub own_queue: Arc<dyn Queue>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Metrics.
    pub metrics: Metrics,
    /// How many messages are worked on side by side.
    pub concurrency: usize,
}

impl Batches {
    /// How to work on the batches of a queue of an environment.
    ///
    /// # Errors
    /// When there is no such queue.
    pub async fn of(env: &Environment, own_queue: Work, concurrency: usize) -> Result<Self> {
        let own_queue = env.queues.queue(own_queue).await?;
        Ok(Self { own_queue, clock: Arc::clone(&env.clock), metrics: env.metrics.clone(), concurrency })
    }
}

/// Serves an SQS event source with partial batch responses until Lambda ends the process.
///
/// # Errors
/// When the Lambda runtime API is gone.
pub async fn serve_messages<D, F, Fut>(
    batches: Batches,
    deps: D,
    handle: F,
) -> Result<(), lambda_runtime::Error>
where
    F: Fn(Arc<D>, Message) -> Fut,
    Fut: Future<Output = Result<()>>,
{
    let (batches, deps, handle) = (&batches, &Arc::new(deps), &handle);
    lambda_runtime::run(service_fn(async |event: LambdaEvent<SqsEvent>| {
        let deadline = Deadline::from_epoch_ms(event.context.deadline);
        let response = batches.work(event.payload, deadline, |message| handle(Arc::clone(deps), message));
        Ok::<_, lambda_runtime::Error>(response.await)
    }))
    .await
}

impl Batches {
    /// Works on a batch, each message alone; the response names exactly the messages that SQS is to
    /// deliver again, and comes before the time is up.
    ///
    /// A message that fails with [`FailureKind::Retry`], or whose turn does not come in time, is
    /// deferred: a copy goes back into the queue and the message itself counts as done, so that its
    /// receive count is spared. When it cannot be deferred (any longer), it fails like any other.
    pub async fn work<F, Fut>(&self, event: SqsEvent, deadline: Deadline, work: F) -> SqsBatchResponse
    where
        F: Fn(Message) -> Fut,
        Fut: Future<Output = Result<()>>,
    {
        let received = event.records.len();
        let messages = each_once(event.records);
        let mut outcomes = work_on(&messages, deadline, self.concurrency, &*self.clock, work).await;
        let now = self.clock.now();
        let waiting = messages.iter().zip(&outcomes).enumerate().filter_map(|(place, (message, outcome))| {
            may_wait(message, outcome)
                .then(|| deferral::next(message, now))
                .flatten()
                .map(|next| (place, next))
        });
        let deferred = self.put_back(&messages, waiting.collect(), deadline).await;
        for (place, deferral) in &deferred {
            let (message, (kind, error)) = (&messages[*place], outcomes[*place].logged());
            let (id, delay_s) = (name(message).unwrap_or_default(), deferral.delay.as_secs());
            tracing::warn!(
                message.id = id,
                error,
                error.kind = kind,
                delay_s,
                deferral.times,
                "message deferred"
            );
            outcomes[*place] = Outcome::Deferred;
        }
        let response = response(&messages, &outcomes);
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let ages = deferred.iter().map(|(_, deferral)| now.duration_since(deferral.first_received).as_secs());
        let figures = [
            (Metric::MessagesFailed, count(response.batch_item_failures.len())),
            (Metric::MessagesDeferred, count(deferred.len())),
            (Metric::DeferredSeconds, ages.max().and_then(|age| age.try_into().ok()).unwrap_or(0)),
            (Metric::DuplicateDeliveries, count(received - messages.len())),
        ];
        let figures: Vec<_> = figures.into_iter().filter(|(_, figure)| *figure > 0).collect();
        if !figures.is_empty() {
            self.metrics.emit(&figures);
        }
        response
    }

    /// Puts copies of messages back into the queue; returns those of which that is certain.
    async fn put_back(
        &self,
        messages: &[SqsMessage],
        waiting: Vec<(usize, Deferral)>,
        deadline: Deadline,
    ) -> Vec<(usize, Deferral)> {
        let mut deferred = Vec::with_capacity(waiting.len());
        let puts = waiting.into_iter().map(async |(place, deferral)| {
            let body = messages[place].body.as_deref().unwrap_or_default();
            (place, deferral, self.own_queue.put_back(body, &deferral).await)
        });
        let mut puts: FuturesUnordered<_> = puts.collect();
        let all = async {
            while let Some((place, deferral, put)) = puts.next().await {
                match put {
                    Ok(()) => deferred.push((place, deferral)),
                    Err(failure) => tracing::warn!(error = %failure, "message could not be deferred"),
                }
            }
        };
        select(pin!(all), pin!(self.clock.wait_until(deadline.before(TO_RESPOND)))).await;
        deferred
    }
}

/// What became of a message.
#[derive(Debug)]
enum Outcome {
    Done,
    /// The kind of its failure, or that it panicked, and the error.
    Failed(&'static str, String),
    /// Its turn did not come before the time was up.
    NotBegun,
    /// It was still worked on when the time was up.
    GivenUp,
    /// A copy of it will come later.
    Deferred,
}

impl Outcome {
    /// For the log: the kind of what went wrong, and the error.
    fn logged(&self) -> (&'static str, &str) {
        match self {
            Self::Failed(kind, error) => (kind, error),
            Self::NotBegun => ("not_begun", "too little time left to begin"),
            Self::GivenUp => ("given_up", "not done when the time was up"),
            Self::Done | Self::Deferred => ("", ""),
        }
    }
}

/// Whether a message may be deferred: what failed is not its own fault, or it has no id to fail by.
fn may_wait(message: &SqsMessage, outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Done | Outcome::Deferred => false,
        Outcome::Failed(kind, _) if *kind == FailureKind::Retry.as_str() => true,
        Outcome::NotBegun => true,
        Outcome::Failed(..) | Outcome::GivenUp => name(message).is_none(),
    }
}

async fn work_on<F, Fut>(
    messages: &[SqsMessage],
    deadline: Deadline,
    concurrency: usize,
    clock: &dyn Clock,
    work: F,
) -> Vec<Outcome>
where
    F: Fn(Message) -> Fut,
    Fut: Future<Output = Result<()>>,
{
    let mut outcomes: Vec<_> = messages.iter().map(|_| Outcome::NotBegun).collect();
    let (mut begun, mut ended) = (0, Vec::with_capacity(messages.len()));
    {
        // A message is taken when it is its turn, not before: only then does its time count.
        let working = futures::stream::iter(messages.iter().enumerate())
            .take_while(|_| ready(deadline.has(SECONDS_FOR_A_MESSAGE, clock)))
            .map(|(place, message)| {
                begun = place + 1;
                let id = message.message_id.clone().unwrap_or_default();
                let message = Message { id, body: message.body.clone().unwrap_or_default(), deadline };
                let work = &work;
                // Unwind safe: what a panic leaves half done is in the ledger's hands, which every
                // retry asks.
                let work = AssertUnwindSafe(async move { work(message).await }).catch_unwind();
                work.map(move |outcome| (place, outcome))
            })
            .buffer_unordered(concurrency.max(1));
        let mut working = pin!(working);
        let all = async {
            while let Some(outcome) = working.next().await {
                ended.push(outcome);
            }
        };
        select(pin!(all), pin!(clock.wait_until(deadline.before(TO_DEFER)))).await;
    }
    outcomes.iter_mut().take(begun).for_each(|outcome| *outcome = Outcome::GivenUp);
    for (place, outcome) in ended {
        outcomes[place] = match outcome {
            Ok(Ok(())) => Outcome::Done,
            Ok(Err(failure)) => Outcome::Failed(failure.kind().as_str(), failure.to_string()),
            Err(panic) => Outcome::Failed("panic", panic_text(&*panic)),
        };
    }
    outcomes
}

/// The response that names the messages which were neither done nor deferred.
///
/// A message without an id cannot be named: an empty name would fail the whole batch for ever, so it
/// is logged and left out.
fn response(messages: &[SqsMessage], outcomes: &[Outcome]) -> SqsBatchResponse {
    let mut response = SqsBatchResponse::default();
    for (message, outcome) in messages.iter().zip(outcomes) {
        if matches!(outcome, Outcome::Done | Outcome::Deferred) {
            continue;
        }
        let (id, (kind, error)) = (name(message).unwrap_or_default(), outcome.logged());
        if kind == FailureKind::Retry.as_str() || matches!(outcome, Outcome::NotBegun) {
            tracing::warn!(message.id = id, error, error.kind = kind, "message not done; it will come again");
        } else {
            tracing::error!(message.id = id, error, error.kind = kind, "message failed");
        }
        if let Some(name) = name(message) {
            response.add_failure(name);
        }
    }
    response
}

/// The name of a message in a response.
fn name(message: &SqsMessage) -> Option<&str> {
    message.message_id.as_deref().filter(|id| !id.is_empty())
}

/// Leaves out what a batch holds twice: it is worked on and named once.
fn each_once(mut messages: Vec<SqsMessage>) -> Vec<SqsMessage> {
    let mut names = HashSet::new();
    messages.retain(|message| name(message).is_none_or(|name| names.insert(name.to_owned())));
    messages
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".into())
}
