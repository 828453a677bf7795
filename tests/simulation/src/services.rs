//! All services of one simulated world, and the functions started on them with their real handlers.

use std::sync::{Arc, LazyLock};

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use jiff::{SignedDuration, Timestamp};
use passerelle_domain::{OrderKey, Result};
use passerelle_erp::invoices::InvoiceLayout;
use passerelle_invoice_pdf::{Presentation, Renderer};
use passerelle_ledger::Ledger;
use passerelle_platform::{Batches, Clock, Deadline, Message, Metrics, ScheduledRun};
use passerelle_shops::Shop;

use crate::bugs::Bug;
use crate::erp::SimErp;
use crate::messages::{event, not_fetched, not_published, not_rendered, not_taken_in};
use crate::objects::SimObjects;
use crate::orders::{CUSTOMERS, SHOPS};
use crate::queues::{Received, SimQueue};
use crate::shop::{Kind, OVERLAP, SimShop};
use crate::table::SimTable;
use crate::terms::{ACKS, Terms};
use crate::world::World;

static INVOICES: LazyLock<Arc<InvoiceLayout>> = LazyLock::new(|| {
    let text = include_str!("../../../infra/environments/local/layouts/invoices.toml");
    Arc::new(InvoiceLayout::from_toml(text).expect("the local layout"))
});
/// The renderer, without a logo.
pub static RENDERER: LazyLock<Arc<Renderer>> = LazyLock::new(|| {
    let text = include_str!("../../fixtures/invoices/presentation.toml");
    let presentation: Presentation = toml::from_str(text).expect("a presentation");
    Arc::new(Renderer::new(&presentation, None).expect("no logo, no fault"))
});

/// How long a run may take.
pub const TIME_OUT: SignedDuration = SignedDuration::from_secs(300);

/// What a run is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    /// `fetch-orders`, by schedule.
    Fetch,
    /// `export-orders`, by schedule.
    Export,
    /// `reconcile`, by schedule.
    Reconcile,
    /// `ingest-invoices`, by its queue.
    Ingest,
    /// `render-invoice`, by its queue.
    Render,
    /// `publish-invoice`, by its queue.
    Publish,
    /// `receive-acks`, by its queue.
    Acks,
    /// `shop-webhook`, by a request to its URL.
    Url,
    /// `shop-webhook`, by its queue.
    Webhook,
    /// An operator brings back what was set aside.
    Replay,
}

/// The functions that queues feed.
pub const QUEUED: [Job; 5] = [Job::Ingest, Job::Render, Job::Publish, Job::Acks, Job::Webhook];

/// How long the ERP may take to answer on a file before that is a gap.
pub const ANSWER_WITHIN: SignedDuration = SignedDuration::from_hours(8);

/// The services.
pub struct Services {
    pub world: World,
    pub terms: Terms,
    pub ledger: Ledger,
    /// The ledger without its network, for looking at it from outside.
    pub memory: Ledger,
    pub objects: SimObjects,
    pub shops: [SimShop; 2],
    pub erp: SimErp,
    pub ingest: SimQueue,
    pub render: SimQueue,
    pub publish: SimQueue,
    pub acks: SimQueue,
    pub webhook: SimQueue,
    runs: u32,
}

impl Services {
    /// Empty ones.
    pub fn new(world: &World) -> Self {
        let terms = world.chance(Terms::of);
        world.note("", || format!("the ERP's terms: {terms:?}"));
        let shops = [
            SimShop::new(world, SHOPS[0], Kind::Keyset, &CUSTOMERS[..2]),
            SimShop::new(world, SHOPS[1], Kind::Apart, &CUSTOMERS[2..3]),
        ];
        let table = SimTable::new(world, &shops, terms.pace);
        let (memory, ledger) = (table.outside(), Ledger::on(table));
        let queue = |name, missing: fn(&Ledger, &str) -> Option<String>| {
            let ledger = memory.clone();
            SimQueue::new(world, name, TIME_OUT * 6, move |body| missing(&ledger, body))
        };
        let objects = SimObjects::new(world, &memory);
        let (ingest, render) = (queue("ingest", not_taken_in), queue("render", not_rendered));
        let (publish, acks) = (queue("publish", not_published), queue("acks", not_taken_in));
        let (of, shown) = (memory.clone(), shops.clone());
        let webhook =
            SimQueue::new(world, "webhook", TIME_OUT * 6, move |body| not_fetched(&shown, &of, body));
        let erp = SimErp::new(world, &memory, terms.pace.reports);
        let world = world.clone();
        Self {
            world,
            terms,
            ledger,
            memory,
            objects,
            shops,
            erp,
            ingest,
            render,
            publish,
            acks,
            webhook,
            runs: 0,
        }
    }

    /// The queue that feeds a function.
    pub fn queue(&self, job: Job) -> &SimQueue {
        match job {
            Job::Ingest => &self.ingest,
            Job::Render => &self.render,
            Job::Publish => &self.publish,
            Job::Acks => &self.acks,
            _ => &self.webhook,
        }
    }

    /// The shop of an order.
    pub fn shop_of(&self, key: &OrderKey) -> &SimShop {
        self.shops.iter().find(|shop| *shop.id() == key.shop).expect("there are two shops")
    }

    /// How shops are read; with a bug that is planted in reading.
    fn fetch_deps(&self, bug: Bug) -> fetch_orders::Deps {
        let overlap = if self.world.bug == Some(Bug::NoOverlap) { SignedDuration::ZERO } else { OVERLAP };
        fetch_orders::Deps {
            sources: self.sources(overlap, |shop| Arc::new(shop.hasty(&self.memory, bug))),
            ledger: self.ledger.clone(),
            objects: Arc::new(self.objects.clone()),
            clock: Arc::new(self.world.clone()),
            metrics: Metrics::silent(),
        }
    }

    /// The shops, as `reading` has them read.
    fn sources(
        &self,
        overlap: SignedDuration,
        reading: impl Fn(&SimShop) -> Arc<dyn Shop>,
    ) -> Vec<fetch_orders::Source> {
        let source = |shop| fetch_orders::Source { shop, since: Timestamp::UNIX_EPOCH, overlap };
        self.shops.iter().map(reading).map(source).collect()
    }

    /// What `shop-webhook` depends on.
    pub fn webhook_deps(&self) -> shop_webhook::Deps {
        let fetch = self.fetch_deps(Bug::CursorByWebhook);
        shop_webhook::Deps { fetch, queue: Arc::new(self.webhook.clone()) }
    }

    /// The shops, to tell them something.
    fn told_shops(&self) -> Vec<Arc<dyn Shop>> {
        self.shops.iter().map(|shop| Arc::new(shop.clone()) as Arc<dyn Shop>).collect()
    }

    /// A name for a run.
    pub fn name(&mut self, job: Job) -> String {
        self.runs += 1;
        format!("{job:?}-{}", self.runs)
    }

    /// A run of a scheduled function: its deadline, its work.
    pub fn scheduled(
        &self,
        job: Job,
        owner: &str,
        scheduled_time: Timestamp,
    ) -> (Timestamp, LocalBoxFuture<'static, bool>) {
        let deadline = self.world.now() + TIME_OUT;
        let run = ScheduledRun { scheduled_time, owner: owner.to_owned(), deadline: Deadline::at(deadline) };
        let (ledger, objects, clock) =
            (self.ledger.clone(), Arc::new(self.objects.clone()), Arc::new(self.world.clone()));
        let metrics = Metrics::silent();
        let work = match job {
            Job::Fetch => {
                let deps = self.fetch_deps(Bug::CursorBeforePage);
                fetch_orders::handle(deps, run).map(|outcome| outcome.is_ok()).boxed_local()
            }
            Job::Export => {
                let layouts = self.terms.layouts(self.erp.mended);
                let mut pace = self.terms.pace;
                pace.reports &= self.world.bug != Some(Bug::ChangeBeforeAnswer);
                let deps =
                    export_orders::Deps { layouts, priority: vec![], pace, ledger, objects, clock, metrics };
                export_orders::handle(deps, run).map(|outcome| outcome.is_ok()).boxed_local()
            }
            _ => {
                let deps = reconcile::Deps {
                    ingest_queue: Arc::new(self.ingest.clone()),
                    acks_queue: Arc::new(self.acks.clone()),
                    answer_within: self.terms.pace.reports.then_some(ANSWER_WITHIN),
                    expected: None,
                    dead_letters: vec![],
                    render_queue: Arc::new(self.render.clone()),
                    publish_queue: Arc::new(self.publish.clone()),
                    heartbeats: vec![],
                    sources: self.sources(OVERLAP, |shop| Arc::new(shop.clone())),
                    compared_days: 3,
                    ledger,
                    objects,
                    clock,
                    metrics,
                };
                reconcile::handle(deps, run).map(|outcome| outcome.is_ok()).boxed_local()
            }
        };
        (deadline, work)
    }

    /// A run of a function that a queue feeds, on the messages it received: its deadline, its work.
    pub fn batch(&self, job: Job, received: Vec<Received>) -> (Timestamp, LocalBoxFuture<'static, bool>) {
        let at = self.world.now() + TIME_OUT;
        let deadline = Deadline::at(at);
        let event = event(&received);
        let (queue, world) = (self.queue(job).clone(), self.world.clone());
        let batches = Batches {
            own_queue: Arc::new(queue.clone()),
            clock: Arc::new(world.clone()),
            metrics: Metrics::silent(),
            concurrency: 2,
        };
        let answer = match job {
            Job::Ingest => {
                let deps = Arc::new(self.ingest_deps());
                work(batches, event, deadline, move |message| ingest_invoices::handle(deps.clone(), message))
            }
            Job::Render => {
                let deps = Arc::new(render_invoice::Deps {
                    renderer: RENDERER.clone(),
                    publish_queue: Arc::new(self.publish.clone()),
                    ledger: self.ledger.clone(),
                    objects: Arc::new(self.objects.clone()),
                    clock: Arc::new(self.world.clone()),
                    metrics: Metrics::silent(),
                });
                work(batches, event, deadline, move |message| render_invoice::handle(deps.clone(), message))
            }
            Job::Acks => {
                let deps = Arc::new(receive_acks::Deps {
                    layout: ACKS.clone(),
                    shops: self.told_shops(),
                    ledger: self.ledger.clone(),
                    objects: Arc::new(self.objects.clone()),
                    clock: Arc::new(self.world.clone()),
                    metrics: Metrics::silent(),
                });
                work(batches, event, deadline, move |message| receive_acks::handle(deps.clone(), message))
            }
            Job::Webhook => {
                let deps = Arc::new(self.webhook_deps());
                work(batches, event, deadline, move |message| shop_webhook::work(deps.clone(), message))
            }
            _ => {
                let deps = Arc::new(publish_invoice::Deps {
                    shops: self.told_shops(),
                    ledger: self.ledger.clone(),
                    objects: Arc::new(self.objects.clone()),
                    clock: Arc::new(self.world.clone()),
                    metrics: Metrics::silent(),
                });
                work(batches, event, deadline, move |message| publish_invoice::handle(deps.clone(), message))
            }
        };
        let work = async move {
            let failed = answer.await.batch_item_failures;
            let failed: Vec<String> = failed.into_iter().map(|failure| failure.item_identifier).collect();
            // After the time-out nobody hears the answer.
            if world.now() < at {
                queue.answered(&received, &failed);
            }
            failed.is_empty()
        };
        (at, work.boxed_local())
    }

    fn ingest_deps(&self) -> ingest_invoices::Deps {
        ingest_invoices::Deps {
            layout: INVOICES.clone(),
            max_file_bytes: 1 << 16,
            render_queue: Arc::new(self.render.clone()),
            ledger: self.ledger.clone(),
            objects: Arc::new(self.objects.clone()),
            clock: Arc::new(self.world.clone()),
            metrics: Metrics::silent(),
        }
    }
}

fn work<Fut>(
    batches: Batches,
    event: SqsEvent,
    deadline: Deadline,
    handle: impl Fn(Message) -> Fut + 'static,
) -> LocalBoxFuture<'static, SqsBatchResponse>
where
    Fut: Future<Output = Result<()>> + 'static,
{
    async move { batches.work(event, deadline, handle).await }.boxed_local()
}
