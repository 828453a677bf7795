//! One seed's life: what happens from outside, the runs that follow from it, and the calm.

use jiff::{SignedDuration, Timestamp};
use passerelle_domain::{BusinessDay, Order, OrderKey, Rejection};
use passerelle_services::{Clock, DroppedObject, notification_of};
use passerelle_shops::Shop;

use crate::bugs::Bug;
use crate::erp::AckFile;
use crate::invariants;
use crate::orders;
use crate::plan::{Agenda, Happening, plan};
use crate::processes::{End, Processes};
use crate::queues::{POISON, SimQueue};
use crate::services::{Job, QUEUED, Services};
use crate::till::Written;
use crate::webhooks::{Sent, Signed};
use crate::world::{Broken, Event, World};

/// The nights that are lived through: both changes of time, and a night like any other.
const DAYS: [&str; 3] = ["2026-03-29", "2026-10-25", "2026-11-24"];
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

/// A file that was dropped, for comparing with what became of it.
#[derive(Clone, Debug)]
pub struct Dropped {
    /// Its key.
    pub key: String,
    /// Its version.
    pub version: String,
    /// When it was dropped.
    pub at: Timestamp,
    /// What is in it.
    pub content: Content,
}

/// What is in a dropped file; nothing for what is no such file, or cut off.
#[derive(Clone, Debug)]
pub enum Content {
    /// Invoices.
    Invoices(Option<Vec<Written>>),
    /// Rows of a file of acknowledgements, and how many of them are of nothing that was sent.
    Acknowledgements(Option<(u32, u32)>),
}

/// Lives through an evening and two nights as the seed has them.
pub fn simulate(seed: u64, bug: Option<Bug>, traced: bool) -> Lived {
    let day: BusinessDay = DAYS[usize::try_from(seed % 3).expect("small")].parse().expect("a day");
    let start = day.start() - SignedDuration::from_hours(4);
    let world = World::new(seed, start, bug, traced);
    let (calm_at, end) =
        (day.end() - SignedDuration::from_hours(2), day.end() + SignedDuration::from_hours(12));
    let mut story = Story {
        services: Services::new(&world),
        processes: Processes::new(world.clone()),
        agenda: plan(&world, day, calm_at, end),
        webhooks: world.chance(|random| random.happens(750)),
        dropped: vec![],
        world,
    };
    let steps = story.live();
    Lived { broken: story.world.first_broken(), trace: story.world.trace(), steps }
}

/// A run of a function.
#[derive(Clone, Debug)]
pub struct Run {
    job: Job,
    owner: String,
    start: Start,
}

/// What starts a run.
#[derive(Clone, Debug)]
enum Start {
    /// A schedule: for when.
    Due(Timestamp),
    /// A request.
    Request(Sent),
    /// A queue.
    Messages,
    /// A person.
    ByHand,
}

struct Story {
    world: World,
    services: Services,
    processes: Processes<Run>,
    agenda: Agenda,
    /// Whether the shops send webhooks.
    webhooks: bool,
    dropped: Vec<Dropped>,
}

impl Story {
    fn live(&mut self) -> u32 {
        let mut steps = 0;
        loop {
            while let Some(happening) = self.agenda.pop(self.world.now()) {
                self.happen(happening);
            }
            self.start_consumers();
            steps += 1;
            if steps > MOST_STEPS {
                let invariant = "it settles within a bounded number of steps";
                self.world.broken(invariant, "everything", format!("{steps}"));
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
            let now = self.world.now();
            let visible = QUEUED.map(|job| self.services.queue(job).next_visible());
            let waits = [self.agenda.next(), self.world.next_timer(), self.processes.next_instant()];
            match visible.into_iter().chain(waits).flatten().filter(|at| *at > now).min() {
                Some(next) => self.world.advance(next),
                None => break,
            }
        }
        invariants::check(&self.services, &self.dropped);
        steps
    }

    fn start(&mut self, run: Run) {
        let (deadline, work) = match &run.start {
            Start::Due(scheduled_time) => self.services.scheduled(run.job, &run.owner, *scheduled_time),
            Start::Request(sent) => self.services.request(sent),
            Start::ByHand => self.services.replay(),
            Start::Messages => return,
        };
        self.processes.start(run.owner.clone(), run, deadline, work);
    }

    fn begin(&mut self, job: Job, start: Start) {
        let owner = self.services.name(job);
        self.start(Run { job, owner, start });
    }

    /// A shop sends a webhook again that got no response. A scheduled run that failed is left to the next.
    fn ended(&mut self, run: Run, end: End) {
        let again = match &run.start {
            Start::Request(sent) if end != End::Done && sent.tries > 1 => Start::Request(sent.once_more()),
            _ => return,
        };
        let at = self.world.now() + self.world.chance(|random| random.seconds(30, 150));
        self.world.note(&run.owner, || format!("is sent again at {at}"));
        self.agenda.add(at, Happening::Again(Run { start: again, ..run }));
    }

    fn happen(&mut self, happening: Happening) {
        let now = self.world.now();
        match happening {
            Happening::Place(n) => {
                let order = self.world.chance(|random| orders::place(n, now, random));
                self.change(&orders::key(n), Ok(order), false);
            }
            Happening::Change(n) => {
                let key = orders::key(n);
                let standing = self.services.shop_of(&key).orders().remove(&key);
                // What cannot be understood is fixed by placing it anew.
                let order = standing.and_then(|standing| standing.content.ok());
                let (changed, refund) = self.world.chance(|random| match &order {
                    Some(order) => orders::change(order, now, random),
                    None => (Ok(orders::place(n, now, random)), false),
                });
                self.change(&key, changed, refund);
            }
            Happening::Webhook(sent) => self.begin(Job::Url, Start::Request(sent)),
            Happening::Drop(name, content, invoices) => {
                let invoices = Content::Invoices(invoices);
                self.drop(Job::Ingest, format!("invoices/inbox/{name}"), content, invoices);
            }
            Happening::ErpLooks => {
                for (delay, file) in self.services.erp.look(&self.services.objects.memory) {
                    self.agenda.add(now + delay, Happening::Acknowledge(file));
                }
            }
            Happening::Acknowledge(AckFile { name, content, rows, odd }) => {
                self.world.note("the ERP", || format!("drops orders/acks/{name} {odd}"));
                let content_of = Content::Acknowledgements(rows);
                self.drop(Job::Acks, format!("orders/acks/{name}"), content, content_of);
            }
            Happening::Poison(job) => self.services.queue(job).put(POISON),
            Happening::Redrive => QUEUED.iter().for_each(|job| self.services.queue(*job).redrive()),
            Happening::Replay => self.begin(Job::Replay, Start::ByHand),
            Happening::Calm => {
                self.world.calm_down();
                self.services.erp.fixed = true;
            }
            Happening::Due(job, scheduled_time) => self.begin(job, Start::Due(scheduled_time)),
            Happening::Again(run) => self.start(run),
        }
    }

    /// An order changes in its shop, which may send a webhook: soon or late, once or twice, or not at all;
    /// and somebody else may forge one.
    fn change(&mut self, key: &OrderKey, content: Result<Order, Rejection>, refund: bool) {
        let shop = self.services.shop_of(key);
        shop.change(key, content, refund);
        if !self.webhooks {
            return;
        }
        let (now, kind) = (self.world.now(), shop.kind);
        let sent = |signed| Sent::about(&key.id, shop.id().as_str(), kind, now, signed);
        let mut webhooks = Vec::new();
        if !self.world.strikes(|weather| weather.delivery) {
            webhooks.push(sent(Signed::Rightly));
        }
        if self.world.strikes(|weather| weather.delivery) {
            webhooks.push(sent(Signed::Rightly));
        }
        if self.world.strikes(|weather| weather.delivery / 3) {
            webhooks.push(sent(*self.world.chance(|random| random.pick(&[Signed::Wrongly, Signed::Not]))));
        }
        for sent in webhooks {
            let late = self.world.strikes(|weather| weather.delivery);
            let most = if late { 5000 } else { 3 };
            let delay = self.world.chance(|random| random.seconds(0, most));
            self.agenda.add(now + delay, Happening::Webhook(sent));
        }
    }

    fn drop(&mut self, job: Job, key: String, body: Vec<u8>, content: Content) {
        let size = body.len() as u64;
        let version = self.services.objects.memory.put_version(&key, body);
        let now = self.world.now();
        self.world.note("the ERP", || format!("drops {key}, version {version}"));
        if self.dropped.last().is_some_and(|last| last.at == now) {
            self.world.note("the ERP", || format!("drops {key} at the same time as another"));
        }
        self.dropped.push(Dropped { key: key.clone(), version: version.clone(), at: now, content });
        // Rarely S3's notification is lost.
        if self.world.strikes(|weather| weather.delivery / 3) {
            self.world.note("S3", || format!("{key}, version {version}: no notification"));
        } else {
            let queue: &SimQueue = self.services.queue(job);
            queue.put(&notification_of(&DroppedObject { key, version, size }));
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
                let run = Run { job, owner: owner.clone(), start: Start::Messages };
                self.processes.start(owner, run, deadline, work);
            }
        }
    }
}
