//! `redrive`: what failed for good goes back to its queue; a run that was not started, which has none, is removed.

use std::collections::BTreeSet;

use passerelle_domain::Result;
use passerelle_services::{Environment, Work};

use crate::Answer;

pub(super) async fn run(env: &Environment, queue: Work, limit: u64, dry_run: bool) -> Result<Answer> {
    let (name, dead) = (queue.as_str(), queue.dead_letters());
    // A schedule's next run does the same work: there is nowhere to send one to.
    let gone = queue == Work::Schedules;
    let letters = env.queues.letters(&dead).await?;
    let depth = letters.depth().await?;
    if dry_run {
        let count = depth.waiting.min(limit);
        let mut answer = Answer::done(match gone {
            true => format!("{count} messages would be removed from {dead}: later runs do their work"),
            false => format!("{count} messages would go from {dead} back to {name}"),
        });
        if depth.in_flight > 0 {
            answer = answer.and(format!("{} more are being looked at by somebody", depth.in_flight));
        }
        return Ok(answer);
    }
    let source = if gone { None } else { Some(env.queues.queue(queue).await?) };
    let mut sent = BTreeSet::new();
    while (sent.len() as u64) < limit {
        let mut received = letters.receive().await?;
        let beyond =
            received.split_off(received.len().min(usize::try_from(limit).unwrap_or(usize::MAX) - sent.len()));
        for letter in &beyond {
            letters.give_back(letter).await?;
        }
        if received.is_empty() {
            break;
        }
        // Sent before it is deleted: what dies between the two leaves a message twice, which changes
        // nothing, and never not at all.
        let bodies: Vec<_> = received.iter().map(|letter| letter.body.clone()).collect();
        if let Some(source) = &source
            && let Err(failure) = source.send(&bodies).await
        {
            for letter in &received {
                letters.give_back(letter).await?;
            }
            return Err(failure);
        }
        for letter in &received {
            letters.delete(letter).await?;
        }
        // One that comes again although it was sent and deleted has failed again meanwhile.
        let before = sent.len();
        sent.extend(received.into_iter().map(|letter| letter.id));
        if sent.len() == before {
            break;
        }
    }
    let left = letters.depth().await?;
    let answer = match sent.len() {
        0 if gone => Answer::done(format!("{dead} is empty: nothing to remove")),
        0 => Answer::done(format!("{dead} is empty: nothing to send back")),
        count if gone => {
            Answer::done(format!("{count} messages were removed from {dead}: later runs do their work"))
        }
        count => Answer::done(format!("{count} messages went from {dead} back to {name}")),
    };
    Ok(match left.waiting + left.in_flight {
        0 => answer,
        left => Answer { undone: true, ..answer.and(format!("{left} messages are left in {dead}")) },
    })
}
