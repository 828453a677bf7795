//! When what happens from outside, and which function is due when.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use passerelle_domain::BusinessDay;
use passerelle_services::Clock;

use crate::erp::AckFile;
use crate::orders::CUSTOMERS;
use crate::random::Random;
use crate::services::{Job, QUEUED};
use crate::till::{self, Written};
use crate::webhooks::Sent;
use crate::world::World;

/// How often the shops are read: in the first night, by day, and in the calm, in which they change no more.
const FETCH_EVERY: SignedDuration = SignedDuration::from_mins(20);
const FETCH_EVERY_BY_DAY: SignedDuration = SignedDuration::from_mins(45);
const FETCH_EVERY_IN_CALM: SignedDuration = SignedDuration::from_mins(75);
/// How often the ERP looks for files; in a storm at most so often, and more rarely.
const ERP_LOOKS_EVERY: SignedDuration = SignedDuration::from_mins(20);

/// Something from outside.
#[derive(Clone, Debug)]
pub enum Happening {
    /// An order is placed.
    Place(usize),
    /// An order is changed.
    Change(usize),
    /// A shop sends a webhook.
    Webhook(Sent),
    /// The till drops a file: its name, its content, its invoices.
    Drop(&'static str, Vec<u8>, Option<Vec<Written>>),
    /// The ERP looks for files.
    ErpLooks,
    /// The ERP drops a file of acknowledgements.
    Acknowledge(AckFile),
    /// A message that nobody understands.
    Poison(Job),
    /// An operator sends dead letters back.
    Redrive,
    /// An operator brings back what was set aside.
    Replay,
    /// The storm ends, and people have fixed the layout and what the ERP refuses orders for.
    Calm,
    /// A function is due, for an instant.
    Due(Job, Timestamp),
    /// A webhook comes again that got no response.
    Again(super::scenario::Run),
}

/// What is to come, the earliest first.
#[derive(Debug, Default)]
pub struct Agenda {
    entries: BTreeMap<(Timestamp, u64), Happening>,
    made: u64,
}

impl Agenda {
    /// Adds something.
    pub fn add(&mut self, at: Timestamp, happening: Happening) {
        self.made += 1;
        self.entries.insert((at, self.made), happening);
    }

    /// When the next thing happens.
    pub fn next(&self) -> Option<Timestamp> {
        self.entries.first_key_value().map(|((at, _), _)| *at)
    }

    /// The next thing, if it happens by now.
    pub fn pop(&mut self, now: Timestamp) -> Option<Happening> {
        self.next().filter(|at| *at <= now)?;
        self.entries.pop_first().map(|(_, happening)| happening)
    }
}

/// The plan of a seed, which begins now.
pub fn plan(world: &World, day: BusinessDay, calm_at: Timestamp, end: Timestamp) -> Agenda {
    let mut agenda = Agenda::default();
    let start = world.now();
    agenda.add(calm_at, Happening::Calm);
    world.chance(|random| {
        orders(&mut agenda, start, calm_at, random);
        files(&mut agenda, day.end() - SignedDuration::from_hours(6), random);
        erp(&mut agenda, day, end, random);
        operators(&mut agenda, day, calm_at, random);
    });
    schedules(&mut agenda, world, day, calm_at, end);
    agenda
}

fn orders(agenda: &mut Agenda, start: Timestamp, calm_at: Timestamp, random: &mut Random) {
    // Most before midnight, and many while the shop is being read: several in one second.
    let rush = start + FETCH_EVERY * i32::try_from(1 + random.below(10)).expect("small");
    for n in 0..4 + random.below(6) {
        let in_a_rush = random.happens(600);
        let at = if in_a_rush { rush + random.seconds(-90, 30) } else { start + random.seconds(0, 14_000) };
        agenda.add(at, Happening::Place(n));
        let mut changed = at;
        for _ in 0..random.below(4) {
            // Often soon, in the same second too.
            changed += {
                let most = *random.pick(&[0, 2, 90, 20_000, 40_000]);
                random.seconds(0, most)
            };
            agenda.add(changed.min(calm_at), Happening::Change(n));
        }
    }
}

fn files(agenda: &mut Agenda, evening: Timestamp, random: &mut Random) {
    let invoices = |random: &mut Random, from: usize, count: usize| -> Vec<Written> {
        let invoice = |n: usize| Written {
            number: format!("F{n:04}"),
            customer: random.pick::<&str>(&CUSTOMERS),
            net: 1000 + i64::try_from(random.below(9000)).expect("small"),
            bad: random.happens(120),
        };
        (from..from + count).map(invoice).collect()
    };
    let first = invoices(random, 0, 3);
    let mut corrected = first.clone();
    corrected.iter_mut().for_each(|invoice| invoice.bad = false);
    corrected.extend(invoices(random, 3, 1));
    let mut conflicting = first.clone();
    conflicting[0].net += 100;
    let second = invoices(random, 10, 2);
    let mut files = vec![("evening.csv", first.clone(), false)];
    let others = [
        ("evening.csv", first.clone(), false),
        ("a copy.csv", first.clone(), false),
        ("evening.csv", corrected, false),
        ("conflict.csv", conflicting, false),
        ("second.csv", second, false),
        ("evening.csv", first, true),
    ];
    files.extend(others.into_iter().filter(|_| random.happens(450)));
    // Some at the very same time.
    let together = evening + random.seconds(0, 3000);
    for (name, invoices, cut_off) in files {
        let mut content = till::file(&invoices);
        if cut_off {
            content.truncate(content.len() * 2 / 3);
        }
        let at = if random.happens(300) { together } else { evening + random.seconds(0, 3000) };
        agenda.add(at, Happening::Drop(name, content, (!cut_off).then_some(invoices)));
    }
    // What is no invoice file at all, and what is larger than is taken.
    let mistakes: [(&str, &[u8]); 4] = [
        ("nothing.csv", b""),
        ("archive.csv", b"PK\x03\x04 an archive"),
        ("page.csv", b"%PDF-1.7 a page"),
        ("large.csv", &[b'x'; (1 << 16) + 1]),
    ];
    for (name, content) in mistakes {
        if random.happens(150) {
            let at = evening + random.seconds(0, 3000);
            agenda.add(at, Happening::Drop(name, content.to_vec(), None));
        }
    }
}

fn erp(agenda: &mut Agenda, day: BusinessDay, end: Timestamp, random: &mut Random) {
    let mut at = day.start();
    while at < end {
        agenda.add(at, Happening::ErpLooks);
        let storm = at < day.end();
        at += ERP_LOOKS_EVERY + if storm { random.seconds(0, 9000) } else { SignedDuration::ZERO };
    }
}

fn operators(agenda: &mut Agenda, day: BusinessDay, calm_at: Timestamp, random: &mut Random) {
    for _ in 0..random.below(3) {
        let at = day.end() - SignedDuration::from_hours(6);
        agenda.add(at + random.seconds(0, 10_000), Happening::Poison(*random.pick(&QUEUED)));
        agenda.add(at + random.seconds(0, 13_000), Happening::Redrive);
        agenda.add(day.start() + random.seconds(3000, 70_000), Happening::Replay);
    }
    // Once the storm is over an operator sends back what failed in it, and what was fixed since.
    for hours in [1, 5] {
        agenda.add(calm_at + SignedDuration::from_hours(hours), Happening::Redrive);
    }
    for minutes in [10, 70, 160, 400] {
        agenda.add(day.end() + SignedDuration::from_mins(minutes), Happening::Replay);
    }
}

/// When which function is started, and for when.
fn schedules(agenda: &mut Agenda, world: &World, day: BusinessDay, calm_at: Timestamp, end: Timestamp) {
    let start = world.now();
    let mut due = Vec::new();
    let mut every = |job, from: Timestamp, until: Timestamp, every: SignedDuration| {
        let mut at = from;
        while at < until {
            due.push((job, at));
            at += every;
        }
    };
    let minutes = SignedDuration::from_mins;
    let morning = day.start() + minutes(180);
    every(Job::Fetch, start, morning, FETCH_EVERY);
    every(Job::Fetch, morning, calm_at, FETCH_EVERY_BY_DAY);
    every(Job::Fetch, calm_at, end, FETCH_EVERY_IN_CALM);
    every(Job::Reconcile, start + minutes(7), calm_at, minutes(65));
    every(Job::Reconcile, calm_at + minutes(5), end, minutes(95));
    every(Job::Export, day.start() + minutes(20), morning, minutes(50));
    every(Job::Export, day.start() + minutes(300), calm_at - minutes(60), minutes(150));
    every(Job::Export, day.end() + minutes(20), end - minutes(60), minutes(30));
    due.extend([(Job::Fetch, day.start()), (Job::Fetch, day.end())]);
    for (job, at) in due {
        // Late, twice, or not at all: but not after the storm, which these times are inside of.
        let stormy = at < calm_at;
        if stormy && world.strikes(|weather| weather.delivery / 3) {
            continue;
        }
        let late = stormy && world.strikes(|weather| weather.delivery);
        let delay = if late { world.chance(|random| random.seconds(1, 2400)) } else { SignedDuration::ZERO };
        agenda.add(at + delay, Happening::Due(job, at));
        if stormy && world.strikes(|weather| weather.delivery) {
            let again = world.chance(|random| random.seconds(0, 5));
            agenda.add(at + delay + again, Happening::Due(job, at));
        }
    }
}
