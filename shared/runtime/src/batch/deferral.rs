use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::time::Duration;

use aws_lambda_events::sqs::SqsMessage;
use jiff::{SignedDuration, Timestamp};
use passerelle_services::{Deferral, FIRST_RECEIVED, TIMES};

/// The first delay, in seconds; each is twice the one before.
const FIRST_DELAY: u64 = 30;
/// The longest delay, in seconds: what SQS takes.
const LONGEST_DELAY: u64 = 900;
/// How long a message is deferred before its failures count like any other's.
const MOST_TIME: SignedDuration = SignedDuration::from_hours(6);
/// How often at most, should a clock be wrong. In 6 hours it is some 35 times.
const MOST_TIMES: u32 = 50;

/// The next deferral of a message that could not be worked on at `now`. Nothing when it was deferred long
/// enough.
///
/// The delay grows, and differs from message to message: what failed together does not come back
/// together. It is drawn from the message's id, so that a run can be repeated.
pub(super) fn next(message: &SqsMessage, now: Timestamp) -> Option<Deferral> {
    let attribute = |name| message.message_attributes.get(name)?.string_value.as_deref();
    let times = attribute(TIMES).and_then(|times| times.parse::<u32>().ok()).unwrap_or(0);
    let first_received = attribute(FIRST_RECEIVED).and_then(|instant| instant.parse().ok());
    let first_received = first_received.or_else(|| received_first(message)).unwrap_or(now);
    if times >= MOST_TIMES || now.duration_since(first_received) >= MOST_TIME {
        return None;
    }
    let longest = FIRST_DELAY.saturating_mul(1 << times.min(16)).min(LONGEST_DELAY);
    let mut hasher = DefaultHasher::new();
    (&message.message_id, &message.body, times).hash(&mut hasher);
    let delay = Duration::from_secs(longest / 2 + hasher.finish() % (longest / 2 + 1));
    Some(Deferral { times: times + 1, first_received, delay })
}

/// When SQS first delivered this very message.
fn received_first(message: &SqsMessage) -> Option<Timestamp> {
    let ms = message.attributes.get("ApproximateFirstReceiveTimestamp")?;
    ms.parse().ok().and_then(|ms| Timestamp::from_millisecond(ms).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: &str, attributes: &[(&str, String)]) -> SqsMessage {
        let attribute = |(name, value): &(&str, String)| {
            ((*name).to_owned(), serde_json::json!({"stringValue": value, "dataType": "String"}))
        };
        let attributes: serde_json::Map<_, _> = attributes.iter().map(attribute).collect();
        let message = serde_json::json!({
            "messageId": id,
            "body": "{}",
            "attributes": {"ApproximateFirstReceiveTimestamp": "1000"},
            "messageAttributes": attributes,
        });
        serde_json::from_value(message).expect("an SQS message")
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).expect("a time")
    }

    #[test]
    fn the_delay_grows_to_what_sqs_takes_and_no_two_are_alike() {
        let (mut now, mut attributes) = (at(1), Vec::new());
        for longest in [30, 60, 120, 240, 480, 900, 900] {
            let next = next(&message("a", &attributes), now).expect("a deferral");
            let seconds = next.delay.as_secs();
            assert!((longest / 2..=longest).contains(&seconds), "{seconds} of {longest}");
            now += next.delay;
            attributes = next.attributes().to_vec();
        }
        let delay = |id: u32| next(&message(&id.to_string(), &attributes), now).map(|next| next.delay);
        let delays: std::collections::BTreeSet<_> = (0..100).map(delay).collect();
        assert!(delays.len() > 50, "{delays:?}");
    }

    #[test]
    fn a_copy_remembers_when_the_first_was_received() {
        let first = next(&message("a", &[]), at(9)).expect("a deferral");
        assert_eq!((first.times, first.first_received), (1, at(1)));
        let second = next(&message("b", &first.attributes()), at(99)).expect("a deferral");
        assert_eq!((second.times, second.first_received), (2, at(1)));
    }

    #[test]
    fn after_six_hours_a_message_is_no_longer_deferred() {
        let six_hours = 6 * 60 * 60;
        assert!(next(&message("a", &[]), at(six_hours)).is_some());
        assert_eq!(next(&message("a", &[]), at(1 + six_hours)), None);
    }

    #[test]
    fn after_fifty_times_a_message_is_no_longer_deferred() {
        let times = |times: u32| [(TIMES, times.to_string()), (FIRST_RECEIVED, at(50).to_string())];
        assert!(next(&message("a", &times(49)), at(1)).is_some());
        assert_eq!(next(&message("a", &times(50)), at(1)), None);
    }

    #[test]
    fn malformed_attributes_are_no_reason_to_fail() {
        let nonsense = [(TIMES, "many".to_owned()), (FIRST_RECEIVED, "once".to_owned())];
        let next = next(&message("a", &nonsense), at(9)).expect("a deferral");
        assert_eq!((next.times, next.first_received), (1, at(1)));
    }
}
