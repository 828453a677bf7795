//! What happens when: the schedules, the orders, the files, the operators; then the calm.

use jiff::{SignedDuration, Timestamp};
use passerelle_domain::BusinessDay;
use passerelle_platform::{Clock, DroppedObject, notification_of};

use crate::bugs::Bug;
use crate::invariants;
use crate::orders::{self, CUSTOMERS};
use crate::processes::{End, Processes};
use crate::queues::POISON;
use crate::services::{Job, QUEUED, Services};
use crate::till::{self, Written};
use crate::world::{Broken, Event, World};

/// The nights that are lived through: both changes of time, and a night like any other.
const DAYS: [&str; 3] = ["2026-03-29", "2026-10-25", "2026-11-24"];
/// How often the shop is read, and in the calm, in which it changes no more.
const FETCH_EVERY: SignedDuration = SignedDuration::from_mins(20);
const FETCH_EVERY_IN_CALM: SignedDuration = SignedDuration::from_mins(60);
/// How often Lambda tries a scheduled run.
const ATTEMPTS: u32 = 3;
/// More steps than any seed needs: what takes longer makes no progress.
const MOST_STEPS: u32 = 400_000;

/// What came of a seed.
#[derive(Clone, Debug)]
pub struct Lived {
    /// The first invariant that did not hold.
    pub broken: Option<Broken>,
    /// What happened, where it was to be written down.
    pub trace: Vec<Event>,
    /// How many steps it took.
    pub steps: u32,
}

/// Something from outside.
#[derive(Clone, Debug)]
enum Happening {
    Place(usize),
    Change(usize),
    Drop(&'static str, Vec<u8>),
    Poison(Job),
    Redrive,
    Calm,
}

/// A file that was dropped, for comparing with what became of it.
#[derive(Clone, Debug)]
pub struct Dropped {
    /// Its key.
    pub key: String,
    /// Its version.
    pub version: String,
    /// Its invoices; nothing when it was cut off.
    pub invoices: Option<Vec<Written>>,
}

/// Lives through an evening and two nights as the seed has them.
pub fn simulate(seed: u64, bug: Option<Bug>, traced: bool) -> Lived {
    let day: BusinessDay = DAYS[usize::try_from(seed % 3).expect("small")].parse().expect("a day");
    let start = day.start() - SignedDuration::from_hours(4);
    let world = World::new(seed, start, bug, traced);
    let mut story = Story {
        services: Services::new(&world),
        processes: Processes::new(world.clone()),
        world,
        files: vec![],
        retries: vec![],
    };
    let steps = story.live(day);
    Lived { broken: story.world.first_broken(), trace: story.world.trace(), steps }
}

/// A run of a function.
#[derive(Clone, Debug)]
struct Run {
    job: Job,
    owner: String,
    /// When it was due and which attempt it is; nothing for one that a queue feeds.
    due: Option<(Timestamp, u32)>,
}

struct Story {
    world: World,
    services: Services,
    processes: Processes<Run>,
    files: Vec<(Vec<u8>, Option<Vec<Written>>)>,
    retries: Vec<(Timestamp, Run)>,
}

impl Story {
    fn live(&mut self, day: BusinessDay) -> u32 {
        let calm_at = day.end() - SignedDuration::from_hours(2);
        let end = day.end() + SignedDuration::from_hours(12);
        let mut happenings = self.plan(day, calm_at);
        let mut schedules = self.schedules(day, end);
        let mut dropped = Vec::new();
        let mut steps = 0;
        loop {
            let now = self.world.now();
            while happenings.last().is_some_and(|(at, _)| *at <= now) {
                let (_, happening) = happenings.pop().expect("there is one");
                self.happen(happening, &mut dropped);
            }
            while schedules.last().is_some_and(|(at, _, _)| *at <= now) {
                let (_, job, scheduled_time) = schedules.pop().expect("there is one");
                let owner = self.services.name(job);
                self.start(Run { job, owner, due: Some((scheduled_time, 1)) });
            }
            while let Some(place) = self.retries.iter().position(|(at, _)| *at <= now) {
                let (_, run) = self.retries.remove(place);
                self.start(run);
            }
            self.start_consumers();
            steps += 1;
            if steps > MOST_STEPS {
                self.world.broken(
                    "it settles within a bounded number of steps",
                    "everything",
                    format!("{steps}"),
                );
            }
            if self.world.first_broken().is_some() {
                return steps;
            }
            match self.processes.step() {
                Some(None) => continue,
                Some(Some((run, end))) => {
                    self.ended(run, end);
                    continue;
                }
                None => {}
            }
            let events = [happenings.last().map(|(at, _)| *at), schedules.last().map(|(at, _, _)| *at)];
            let visible = QUEUED.map(|job| self.services.queue(job).next_visible());
            let retries = self.retries.iter().map(|(at, _)| *at).min();
            let waits = [retries, self.world.next_timer(), self.processes.next_instant()];
            let next = events.into_iter().chain(visible).chain(waits).flatten().filter(|at| *at > now).min();
            match next {
                Some(next) => self.world.advance(next),
                None => break,
            }
        }
        invariants::check(&self.services, &dropped);
        steps
    }

    /// Starts a scheduled run.
    fn start(&mut self, run: Run) {
        let Some((scheduled_time, _)) = run.due else { return };
        let (deadline, work) = self.services.scheduled(run.job, &run.owner, scheduled_time);
        self.processes.start(run.owner.clone(), run, deadline, work);
    }

    /// Lambda starts a scheduled run that failed again, twice, under the same name.
    fn ended(&mut self, run: Run, end: End) {
        if let Some((scheduled_time, attempt)) = run.due
            && end != End::Done
            && attempt < ATTEMPTS
        {
            let at = self.world.now() + self.world.chance(|random| random.seconds(30, 150));
            self.world.note(&run.owner, || format!("is started again at {at}"));
            self.retries.push((at, Run { due: Some((scheduled_time, attempt + 1)), ..run }));
        }
    }

    /// What happens from outside, the latest first.
    fn plan(&mut self, day: BusinessDay, calm_at: Timestamp) -> Vec<(Timestamp, Happening)> {
        let world = self.world.clone();
        let start = world.now();
        let evening = day.end() - SignedDuration::from_hours(6);
        world.chance(|random| {
            let mut plan = vec![(calm_at, Happening::Calm)];
            // Most before midnight, and many while the shop is being read: several in one second.
            let rush = start + FETCH_EVERY * i32::try_from(1 + random.below(10)).expect("small");
            for n in 0..4 + random.below(6) {
                let in_a_rush = random.happens(600);
                let at = if in_a_rush {
                    rush + random.seconds(-90, 30)
                } else {
                    start + random.seconds(0, 14_000)
                };
                plan.push((at, Happening::Place(n)));
                let mut changed = at;
                for _ in 0..random.below(4) {
                    // Often soon, in the same second too.
                    changed += {
                        let most = *random.pick(&[0, 2, 90, 20_000, 20_000]);
                        random.seconds(0, most)
                    };
                    plan.push((changed.min(calm_at), Happening::Change(n)));
                }
            }
            let invoices = |random: &mut crate::random::Random, from: usize, count: usize| -> Vec<Written> {
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
            for (name, invoices, cut_off) in files {
                let mut content = till::file(&invoices);
                if cut_off {
                    content.truncate(content.len() * 2 / 3);
                }
                self.files.push((content.clone(), (!cut_off).then_some(invoices)));
                plan.push((evening + random.seconds(0, 3000), Happening::Drop(name, content)));
            }
            // What is no invoice file at all, and what is larger than is taken.
            let mistakes = [
                ("nothing.csv", Vec::new()),
                ("archive.csv", b"PK\x03\x04 an archive".to_vec()),
                ("page.csv", b"%PDF-1.7 a page".to_vec()),
                ("large.csv", vec![b'x'; (1 << 20) + 1]),
            ];
            for (name, content) in mistakes {
                if !random.happens(150) {
                    continue;
                }
                self.files.push((content.clone(), None));
                plan.push((evening + random.seconds(0, 3000), Happening::Drop(name, content)));
            }
            for _ in 0..random.below(3) {
                plan.push((evening + random.seconds(0, 10_000), Happening::Poison(*random.pick(&QUEUED))));
                plan.push((evening + random.seconds(0, 13_000), Happening::Redrive));
            }
            // Once the storm is over an operator sends back what failed in it.
            for hours in [1, 5] {
                plan.push((calm_at + SignedDuration::from_hours(hours), Happening::Redrive));
            }
            plan.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
            plan
        })
    }

    /// When which function is started, and for when; the latest first.
    fn schedules(&mut self, day: BusinessDay, end: Timestamp) -> Vec<(Timestamp, Job, Timestamp)> {
        let start = self.world.now();
        let calm_at = day.end() - SignedDuration::from_hours(2);
        let mut due = Vec::new();
        let mut at = start;
        while at < end {
            due.push((Job::Fetch, at));
            at += if at < calm_at { FETCH_EVERY } else { FETCH_EVERY_IN_CALM };
        }
        for midnight in [day.start(), day.end()] {
            due.push((Job::Fetch, midnight));
            due.extend(
                [20, 50, 80, 170].map(|minutes| (Job::Export, midnight + SignedDuration::from_mins(minutes))),
            );
        }
        let mut at = start + SignedDuration::from_mins(7);
        while at < end {
            due.push((Job::Reconcile, at));
            at += SignedDuration::from_mins(45);
        }
        let mut schedules = Vec::new();
        for (job, at) in due {
            // Late, twice, or not at all: but not after the storm, which these times are inside of.
            let stormy = at < calm_at;
            if stormy && self.world.strikes(|weather| weather.delivery / 3) {
                continue;
            }
            let late = stormy && self.world.strikes(|weather| weather.delivery);
            let delay =
                if late { self.world.chance(|random| random.seconds(1, 2400)) } else { SignedDuration::ZERO };
            schedules.push((at + delay, job, at));
            if stormy && self.world.strikes(|weather| weather.delivery) {
                schedules.push((at + delay + self.world.chance(|random| random.seconds(0, 5)), job, at));
            }
        }
        schedules.sort_by_key(|(at, _, _)| std::cmp::Reverse(*at));
        schedules
    }

    fn happen(&mut self, happening: Happening, dropped: &mut Vec<Dropped>) {
        let now = self.world.now();
        match happening {
            Happening::Place(n) => {
                let order = self.world.chance(|random| orders::place(n, now, random));
                self.services.shop.change(&orders::key(n), Ok(order));
            }
            Happening::Change(n) => {
                let standing = self.services.shop.orders().remove(&orders::key(n));
                // What cannot be understood is mended by placing it anew.
                let order = standing.and_then(|standing| standing.content.ok());
                let changed = self.world.chance(|random| match &order {
                    Some(order) => orders::change(order, now, random),
                    None => Ok(orders::place(n, now, random)),
                });
                self.services.shop.change(&orders::key(n), changed);
            }
            Happening::Drop(name, content) => {
                let key = format!("invoices/inbox/{name}");
                let size = content.len() as u64;
                let invoices =
                    self.files.iter().find(|(known, _)| *known == content).and_then(|(_, it)| it.clone());
                let version = self.services.objects.memory.put_version(&key, content);
                self.world.note("the ERP", || format!("drops {key}, version {version}"));
                dropped.push(Dropped { key: key.clone(), version: version.clone(), invoices });
                // Rarely S3's notification is lost.
                if self.world.strikes(|weather| weather.delivery / 3) {
                    self.world.note("S3", || format!("{key}, version {version}: no notification"));
                } else {
                    self.services.ingest.put(&notification_of(&DroppedObject { key, version, size }));
                }
            }
            Happening::Poison(job) => self.services.queue(job).put(POISON),
            Happening::Redrive => QUEUED.iter().for_each(|job| self.services.queue(*job).redrive()),
            Happening::Calm => self.world.calm_down(),
        }
    }

    /// Lambda's pollers: at most two runs of a function, three messages each.
    fn start_consumers(&mut self) {
        for job in QUEUED {
            while self.processes.count(|running| running.job == job) < 2 {
                let received = self.services.queue(job).receive(3);
                if received.is_empty() {
                    break;
                }
                let owner = self.services.name(job);
                let (deadline, work) = self.services.batch(job, received);
                self.processes.start(owner.clone(), Run { job, owner, due: None }, deadline, work);
            }
        }
    }
}
