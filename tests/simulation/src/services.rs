//! All services of one simulated world, and the functions started on them with their real handlers.

use std::sync::{Arc, LazyLock};

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use jiff::{SignedDuration, Timestamp};
use passerelle_domain::{OrderKey, Presentation, Result};
use passerelle_erp::invoices::InvoiceLayout;
use passerelle_flows::{acks, export, fetch, ingest, publish, reconcile, render, webhook};
use passerelle_invoice_pdf::Renderer;
use passerelle_ledger::Ledger;
use passerelle_runtime::Batches;
use passerelle_services::{Clock, Deadline, Environment, Message, Metrics, ScheduledRun, Work};
use passerelle_shops::Shop;

use crate::bugs::Bug;
use crate::erp::SimErp;
use crate::messages::{event, not_fetched, not_published, not_rendered, not_taken_in};
use crate::objects::SimObjects;
use crate::orders::{CUSTOMERS, SHOPS};
use crate::queues::{Received, SimQueue, SimQueues};
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

/// How long after midnight a night's exports are over.
pub const NIGHT_IS_OVER: SignedDuration = SignedDuration::from_hours(4);

/// How long the ERP may take to acknowledge a file before that is a gap.
pub const ACKNOWLEDGED_WITHIN: SignedDuration = SignedDuration::from_hours(8);

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
    pub queues: SimQueues,
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
        let objects = SimObjects::new(world, &memory);
        let queue = |work, missing: fn(&Ledger, &str) -> Option<String>| {
            let ledger = memory.clone();
            SimQueue::new(world, work, TIME_OUT * 6, move |body| missing(&ledger, body))
        };
        let (of, shown) = (memory.clone(), shops.clone());
        let webhook =
            SimQueue::new(world, Work::ShopWebhook, TIME_OUT * 6, move |body| not_fetched(&shown, &of, body));
        let queues = SimQueues::from([
            webhook,
            queue(Work::ReceiveAcks, not_taken_in),
            queue(Work::IngestInvoices, not_taken_in),
            queue(Work::RenderInvoice, not_rendered),
            queue(Work::PublishInvoice, not_published),
        ]);
        let erp = SimErp::new(world, &memory, terms.pace.acknowledges);
        let world = world.clone();
        Self { world, terms, ledger, memory, objects, shops, erp, queues, runs: 0 }
    }

    /// The environment that runs see.
    pub fn environment(&self) -> Environment {
        Environment {
            ledger: self.ledger.clone(),
            objects: Arc::new(self.objects.clone()),
            queues: Arc::new(self.queues.clone()),
            clock: Arc::new(self.world.clone()),
            ..Environment::in_memory()
        }
    }

    /// The queue that feeds a function.
    pub fn queue(&self, job: Job) -> &SimQueue {
        self.queues.of(match job {
            Job::Ingest => Work::IngestInvoices,
            Job::Render => Work::RenderInvoice,
            Job::Publish => Work::PublishInvoice,
            Job::Acks => Work::ReceiveAcks,
            _ => Work::ShopWebhook,
        })
    }

    /// The shop of an order.
    pub fn shop_of(&self, key: &OrderKey) -> &SimShop {
        self.shops.iter().find(|shop| *shop.id() == key.shop).expect("there are two shops")
    }

    /// How shops are read; with a bug that is planted in reading.
    fn fetch_deps(&self, bug: Bug) -> fetch::Fetch {
        let overlap = if self.world.bug == Some(Bug::NoOverlap) { SignedDuration::ZERO } else { OVERLAP };
        fetch::Fetch {
            sources: self.sources(overlap, |shop| Arc::new(shop.hasty(&self.memory, bug))),
            env: self.environment(),
        }
    }

    /// The shops, as `reading` has them read.
    fn sources(
        &self,
        overlap: SignedDuration,
        reading: impl Fn(&SimShop) -> Arc<dyn Shop>,
    ) -> Vec<fetch::Source> {
        let source = |shop| fetch::Source { shop, since: Timestamp::UNIX_EPOCH, overlap };
        self.shops.iter().map(reading).map(source).collect()
    }

    /// What `shop-webhook` depends on.
    pub fn webhook_deps(&self) -> webhook::Webhooks {
        let fetch = self.fetch_deps(Bug::CursorByWebhook);
        webhook::Webhooks { fetch }
    }

    /// The shops, to be written to.
    fn shop_clients(&self) -> Vec<Arc<dyn Shop>> {
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
        let work = match job {
            Job::Fetch => {
                let deps = self.fetch_deps(Bug::CursorBeforePage);
                fetch::handle(deps, run).map(|outcome| outcome.is_ok()).boxed_local()
            }
            Job::Export => {
                let layouts = self.terms.layouts(self.erp.fixed);
                let mut pace = self.terms.pace;
                pace.acknowledges &= self.world.bug != Some(Bug::ChangeBeforeAck);
                let deps = export::Export { env: self.environment(), layouts, priority: vec![], pace };
                export::handle(deps, run).map(|outcome| outcome.is_ok()).boxed_local()
            }
            _ => {
                let deps = reconcile::Reconcile {
                    answer_within: self.terms.pace.acknowledges.then_some(ACKNOWLEDGED_WITHIN),
                    expected: None,
                    heartbeats: vec![],
                    night_is_over: NIGHT_IS_OVER,
                    sources: self.sources(OVERLAP, |shop| Arc::new(shop.clone())),
                    compared_days: 3,
                    env: self.environment(),
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
        let response = match job {
            Job::Ingest => {
                let deps = Arc::new(self.ingest_deps());
                worked_on(batches, event, deadline, move |message| ingest::handle(deps.clone(), message))
            }
            Job::Render => {
                let deps = Arc::new(render::Render {
                    draw: Arc::new(|invoice| RENDERER.render(invoice)),
                    env: self.environment(),
                });
                worked_on(batches, event, deadline, move |message| render::handle(deps.clone(), message))
            }
            Job::Acks => {
                let deps = Arc::new(acks::ReceiveAcks {
                    layout: ACKS.clone(),
                    shops: self.shop_clients(),
                    env: self.environment(),
                });
                worked_on(batches, event, deadline, move |message| acks::handle(deps.clone(), message))
            }
            Job::Webhook => {
                let deps = Arc::new(self.webhook_deps());
                worked_on(batches, event, deadline, move |message| webhook::work(deps.clone(), message))
            }
            _ => {
                let deps = Arc::new(publish::Publish { shops: self.shop_clients(), env: self.environment() });
                worked_on(batches, event, deadline, move |message| publish::handle(deps.clone(), message))
            }
        };
        let work = async move {
            let failed = response.await.batch_item_failures;
            let failed: Vec<String> = failed.into_iter().map(|failure| failure.item_identifier).collect();
            // After the time-out nobody receives the response.
            if world.now() < at {
                queue.settle(&received, &failed);
            }
            failed.is_empty()
        };
        (at, work.boxed_local())
    }

    fn ingest_deps(&self) -> ingest::Ingest {
        ingest::Ingest { layout: INVOICES.clone(), max_file_bytes: 1 << 16, env: self.environment() }
    }
}

fn worked_on<Fut>(
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
