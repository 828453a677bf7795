use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use futures::future::pending;
use jiff::Timestamp;
use passerelle_domain::Failure;

use super::*;

/// A clock that stands still, except when somebody waits for it and nothing else goes on.
#[derive(Clone)]
struct Still(Arc<Mutex<Timestamp>>);

impl Still {
    fn pass(&self, seconds: i64) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += SignedDuration::from_secs(seconds);
    }
}

#[async_trait]
impl Clock for Still {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn wait_until(&self, instant: Timestamp) {
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now = instant.max(*now);
    }
}

/// What a queue does with copies.
#[derive(Clone, Copy)]
enum Copies {
    Taken,
    Refused,
    NeverConfirmed,
}

struct OwnQueue(Copies, Mutex<Vec<(String, Deferral)>>);

impl OwnQueue {
    fn bodies(&self) -> Vec<String> {
        let copies = self.1.lock().unwrap_or_else(PoisonError::into_inner);
        copies.iter().map(|(body, _)| body.clone()).collect()
    }
}

#[async_trait]
impl Queue for OwnQueue {
    async fn send(&self, _: &[String]) -> Result<()> {
        Ok(())
    }

    async fn put_back(&self, body: &str, deferral: &Deferral) -> Result<()> {
        match self.0 {
            Copies::Taken => {
                self.1.lock().unwrap_or_else(PoisonError::into_inner).push((body.into(), *deferral));
                Ok(())
            }
            Copies::Refused => Err(Failure::retry("put message back", "queue", "throttled")),
            Copies::NeverConfirmed => pending().await,
        }
    }
}

/// A function with a minute for each batch, and its queue.
struct Given {
    queue: Arc<OwnQueue>,
    clock: Still,
    batches: Batches,
}

fn given(copies: Copies, concurrency: usize) -> Given {
    let queue = Arc::new(OwnQueue(copies, Mutex::default()));
    let clock = Still(Arc::new(Mutex::new(Timestamp::UNIX_EPOCH)));
    let (own_queue, metrics) = (queue.clone(), Metrics::silent());
    let batches = Batches { own_queue, clock: Arc::new(clock.clone()), metrics, concurrency };
    Given { queue, clock, batches }
}

fn event(messages: &[(&str, &str)]) -> SqsEvent {
    let records: Vec<_> = messages
        .iter()
        .map(|(id, body)| serde_json::json!({"messageId": id, "body": body, "eventSource": "aws:sqs"}))
        .collect();
    of_json(serde_json::json!({ "Records": records }))
}

fn of_json(event: serde_json::Value) -> SqsEvent {
    serde_json::from_value(event).expect("an SQS event")
}

fn names(response: SqsBatchResponse) -> Vec<String> {
    let mut names: Vec<_> =
        response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect();
    names.sort();
    names
}

/// Does what the body says.
async fn act(clock: Still, message: Message) -> Result<()> {
    match message.body.as_str() {
        "fine" => Ok(()),
        "panic" => panic!("a poison message"),
        "throttled" => Err(Failure::retry("work", message.id, "429")),
        "misconfigured" => Err(Failure::misconfigured("work", message.id, "no secret")),
        "for ever" => pending().await,
        seconds if seconds.parse::<i64>().is_ok() => {
            clock.pass(seconds.parse().unwrap_or(0));
            Ok(())
        }
        other => Err(Failure::rejected("work", message.id, format!("what is {other:?}?"))),
    }
}

impl Given {
    async fn failures_of(&self, event: SqsEvent) -> Vec<String> {
        let deadline = Deadline::at(Timestamp::UNIX_EPOCH + SignedDuration::from_mins(1));
        names(self.batches.work(event, deadline, |message| act(self.clock.clone(), message)).await)
    }

    async fn failures(&self, messages: &[(&str, &str)]) -> Vec<String> {
        self.failures_of(event(messages)).await
    }
}

async fn failures(messages: &[(&str, &str)]) -> Vec<String> {
    given(Copies::Taken, 4).failures(messages).await
}

#[tokio::test]
async fn only_the_messages_that_failed_come_again() {
    let messages = [("a", "fine"), ("b", "malformed"), ("c", "panic"), ("d", "fine")];
    assert_eq!(failures(&messages).await, ["b", "c"]);
}

#[tokio::test]
async fn a_batch_without_a_failure_is_done() {
    assert!(failures(&[("a", "fine"), ("b", "fine")]).await.is_empty());
}

#[tokio::test]
async fn a_batch_that_fails_whole_names_every_message() {
    assert_eq!(
        failures(&[("a", "panic"), ("b", "malformed"), ("c", "misconfigured")]).await,
        ["a", "b", "c"]
    );
}

#[tokio::test]
async fn an_empty_batch_gets_an_empty_response() {
    assert!(failures(&[]).await.is_empty());
}

#[tokio::test]
async fn a_message_without_a_body_fails_alone() {
    let event = serde_json::json!({"Records": [
        {"messageId": "a"}, {"messageId": "b", "body": null}, {"messageId": "c", "body": "fine"},
    ]});
    assert_eq!(given(Copies::Taken, 4).failures_of(of_json(event)).await, ["a", "b"]);
}

#[tokio::test]
async fn unknown_fields_of_an_event_are_ignored() {
    let event = serde_json::json!({
        "Records": [{"messageId": "a", "body": "malformed", "attributes": null, "new": {"field": [1]}}],
        "also": "new",
    });
    assert_eq!(given(Copies::Taken, 4).failures_of(of_json(event)).await, ["a"]);
}

#[test]
fn what_is_no_batch_of_messages_is_refused_whole() {
    for event in ["{}", r#"{"Records": null}"#, r#"{"Records": "no list"}"#, "[]", "12", "false"] {
        assert!(serde_json::from_str::<SqsEvent>(event).is_err(), "{event}");
    }
}

#[tokio::test]
async fn a_handler_that_panics_before_its_first_await_fails_its_message_only() {
    let given = given(Copies::Taken, 1);
    let work = |message: Message| {
        assert_ne!(message.body, "panic", "a poison message");
        ready(Ok(()))
    };
    let deadline = Deadline::from_epoch_ms(u64::MAX);
    let response = given.batches.work(event(&[("a", "panic"), ("b", "fine")]), deadline, work);
    assert_eq!(names(response.await), ["a"]);
}

#[tokio::test]
async fn an_empty_message_id_never_reaches_the_response() {
    for copies in [Copies::Taken, Copies::Refused] {
        assert_eq!(given(copies, 4).failures(&[("", "malformed"), ("b", "malformed")]).await, ["b"]);
    }
}

#[tokio::test]
async fn a_message_without_an_id_that_failed_is_put_back_under_a_new_one() {
    let given = given(Copies::Taken, 4);
    let event = serde_json::json!({"Records": [{"body": "panic"}, {"messageId": "", "body": "malformed"}]});
    assert!(given.failures_of(of_json(event)).await.is_empty());
    assert_eq!(given.queue.bodies(), ["panic", "malformed"]);
}

#[tokio::test]
async fn a_message_that_comes_twice_in_a_batch_is_worked_on_once() {
    let given = given(Copies::Taken, 4);
    let worked = AtomicUsize::new(0);
    let messages = event(&[("a", "1"), ("a", "1"), ("b", "2"), ("b", "2")]);
    let deadline = Deadline::from_epoch_ms(u64::MAX);
    let response = given.batches.work(messages, deadline, |message| {
        worked.fetch_add(1, Ordering::Relaxed);
        ready(if message.id == "a" { Ok(()) } else { Err(Failure::rejected("work", "b", "no")) })
    });
    assert_eq!(names(response.await), ["b"]);
    assert_eq!(worked.into_inner(), 2);
}

#[tokio::test]
async fn no_more_messages_are_worked_on_at_once_than_allowed() {
    let given = given(Copies::Taken, 2);
    let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let messages = event(&[("a", ""), ("b", ""), ("c", ""), ("d", ""), ("e", "")]);
    let response = given.batches.work(messages, Deadline::from_epoch_ms(u64::MAX), async |_| {
        most.fetch_max(1 + now.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        tokio::task::yield_now().await;
        now.fetch_sub(1, Ordering::Relaxed);
        Ok(())
    });
    assert!(names(response.await).is_empty());
    assert_eq!(most.into_inner(), 2);
}

#[tokio::test]
async fn what_waits_for_the_outside_is_deferred_and_its_receive_count_spared() {
    let given = given(Copies::Taken, 4);
    assert!(given.failures(&[("a", "throttled"), ("b", "fine")]).await.is_empty());
    assert_eq!(given.queue.bodies(), ["throttled"]);
}

#[tokio::test]
async fn what_is_wrong_or_misconfigured_or_panics_uses_its_receive_count() {
    let given = given(Copies::Taken, 4);
    let messages = [("a", "malformed"), ("b", "misconfigured"), ("c", "panic"), ("d", "throttled")];
    assert_eq!(given.failures(&messages).await, ["a", "b", "c"]);
    assert_eq!(given.queue.bodies(), ["throttled"]);
}

#[tokio::test]
async fn a_message_that_could_not_be_deferred_fails() {
    let messages = [("a", "throttled"), ("b", "fine")];
    assert_eq!(given(Copies::Refused, 4).failures(&messages).await, ["a"]);
    assert_eq!(given(Copies::NeverConfirmed, 4).failures(&messages).await, ["a"]);
}

#[tokio::test]
async fn a_message_that_was_deferred_for_hours_fails() {
    let given = given(Copies::Taken, 4);
    let record = |id: &str, received: &str| {
        serde_json::json!({"messageId": id, "body": "throttled", "messageAttributes": {
            "deferrals": {"dataType": "String", "stringValue": "9", "stringListValues": []},
            "first-received": {"dataType": "String", "stringValue": received},
        }})
    };
    let records = [record("a", "1969-12-31T17:59:59Z"), record("b", "1969-12-31T18:00:01Z")];
    assert_eq!(given.failures_of(of_json(serde_json::json!({ "Records": records }))).await, ["a"]);
    let copies = given.queue.1.lock().unwrap_or_else(PoisonError::into_inner);
    assert_eq!(copies[0].1.times, 10);
    assert_eq!(copies[0].1.first_received.to_string(), "1969-12-31T18:00:01Z");
}

#[tokio::test]
async fn a_message_is_not_begun_with_too_little_time_left() {
    let messages = [("a", "56"), ("b", "fine"), ("c", "panic")];
    let deferring = given(Copies::Taken, 1);
    assert!(deferring.failures(&messages).await.is_empty());
    assert_eq!(deferring.queue.bodies(), ["fine", "panic"]);
    assert_eq!(given(Copies::Refused, 1).failures(&messages).await, ["b", "c"]);
}

#[tokio::test]
async fn after_the_deadline_nothing_is_begun_and_every_message_is_named() {
    let given = given(Copies::NeverConfirmed, 4);
    given.clock.pass(61);
    assert_eq!(given.failures(&[("a", "fine"), ("b", "fine")]).await, ["a", "b"]);
}

#[tokio::test]
async fn a_message_that_runs_past_the_deadline_fails_alone() {
    let given = given(Copies::Taken, 2);
    let messages = [("a", "for ever"), ("b", "fine"), ("c", "throttled"), ("d", "malformed")];
    assert_eq!(given.failures(&messages).await, ["a", "d"]);
    assert_eq!(given.queue.bodies(), ["throttled"]);
    assert!(given.clock.now() < Timestamp::UNIX_EPOCH + SignedDuration::from_mins(1), "in time");
}

#[tokio::test]
async fn messages_behind_one_that_takes_all_the_time_are_deferred() {
    let given = given(Copies::Taken, 1);
    assert_eq!(given.failures(&[("a", "for ever"), ("b", "fine")]).await, ["a"]);
    assert_eq!(given.queue.bodies(), ["fine"]);
}
