//! All services of one simulated world, and the functions started on them with their real handlers.

use std::sync::{Arc, LazyLock};

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use jiff::{SignedDuration, Timestamp};
use passerelle_domain::Result;
use passerelle_erp::invoices::InvoiceLayout;
use passerelle_erp::orders::OrderLayout;
use passerelle_invoice_pdf::{Presentation, Renderer};
use passerelle_ledger::{DropId, DropState, InvoiceState, Ledger, MemoryLedger};
use passerelle_platform::{
    Batches, Clock, Deadline, InvoiceAnnouncement, Message, Metrics, ScheduledRun, dropped_objects,
};
use passerelle_shops::Shop;

use crate::at_once;
use crate::bugs::Bug;
use crate::ledger::SimLedger;
use crate::objects::SimObjects;
use crate::orders::CUSTOMERS;
use crate::queues::{Received, SimQueue};
use crate::shop::{OVERLAP, SimShop};
use crate::world::World;

/// The layout of the files for the ERP.
pub static ORDERS: LazyLock<Arc<OrderLayout>> = LazyLock::new(|| {
    let text = include_str!("../../../infra/environments/local/layouts/orders.toml");
    Arc::new(OrderLayout::from_toml(text).expect("the local layout"))
});
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
const TIME_OUT: SignedDuration = SignedDuration::from_secs(300);

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
}

/// The functions that queues feed.
pub const QUEUED: [Job; 3] = [Job::Ingest, Job::Render, Job::Publish];

/// The services.
pub struct Services {
    pub world: World,
    pub ledger: SimLedger,
    pub objects: SimObjects,
    pub shop: SimShop,
    pub ingest: SimQueue,
    pub render: SimQueue,
    pub publish: SimQueue,
    runs: u32,
}

impl Services {
    /// Empty ones.
    pub fn new(world: &World) -> Self {
        let shop = SimShop::new(world, CUSTOMERS[..3].iter().map(|code| (*code).to_owned()));
        let ledger = SimLedger::new(world, &shop);
        let queue = |name, missing: fn(&MemoryLedger, &str) -> Option<String>| {
            let ledger = ledger.memory.clone();
            SimQueue::new(world, name, TIME_OUT * 6, move |body| missing(&ledger, body))
        };
        let objects = SimObjects::new(world);
        let (ingest, render) = (queue("ingest", not_taken_in), queue("render", not_rendered));
        let publish = queue("publish", not_published);
        Self { world: world.clone(), ledger, objects, shop, ingest, render, publish, runs: 0 }
    }

    /// The queue that feeds a function.
    pub fn queue(&self, job: Job) -> &SimQueue {
        match job {
            Job::Ingest => &self.ingest,
            Job::Render => &self.render,
            _ => &self.publish,
        }
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
            (Arc::new(self.ledger.clone()), Arc::new(self.objects.clone()), Arc::new(self.world.clone()));
        let metrics = Metrics::silent();
        let work = match job {
            Job::Fetch => {
                let overlap =
                    if self.world.bug == Some(Bug::NoOverlap) { SignedDuration::ZERO } else { OVERLAP };
                let shop: Arc<dyn Shop> = Arc::new(self.shop.hasty(&self.ledger.memory));
                let since = Timestamp::UNIX_EPOCH;
                let sources = vec![fetch_orders::Source { shop, since, overlap }];
                let deps = fetch_orders::Deps { sources, ledger, objects, clock, metrics };
                fetch_orders::handle(deps, run).map(|outcome| outcome.is_ok()).boxed_local()
            }
            Job::Export => {
                let layout = ORDERS.clone();
                let pace = export_orders::Pace::files_of(3);
                let deps = export_orders::Deps { layout, pace, ledger, objects, clock, metrics };
                export_orders::handle(deps, run).map(|outcome| outcome.is_ok()).boxed_local()
            }
            _ => {
                let deps = reconcile::Deps {
                    ingest_queue: Arc::new(self.ingest.clone()),
                    acks_queue: Arc::new(self.ingest.clone()),
                    answer_within: None,
                    render_queue: Arc::new(self.render.clone()),
                    publish_queue: Arc::new(self.publish.clone()),
                    heartbeats: vec![],
                    sources: vec![fetch_orders::Source {
                        shop: Arc::new(self.shop.clone()),
                        since: Timestamp::UNIX_EPOCH,
                        overlap: OVERLAP,
                    }],
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
                    ledger: Arc::new(self.ledger.clone()),
                    objects: Arc::new(self.objects.clone()),
                    clock: Arc::new(self.world.clone()),
                    metrics: Metrics::silent(),
                });
                work(batches, event, deadline, move |message| render_invoice::handle(deps.clone(), message))
            }
            _ => {
                let deps = Arc::new(publish_invoice::Deps {
                    shops: vec![Arc::new(self.shop.clone())],
                    ledger: Arc::new(self.ledger.clone()),
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
            max_file_bytes: 1 << 20,
            render_queue: Arc::new(self.render.clone()),
            ledger: Arc::new(self.ledger.clone()),
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

/// The messages as Lambda gives them to a function.
fn event(received: &[Received]) -> SqsEvent {
    let message = |message: &Received| {
        let attribute = |(name, value): &(&str, String)| {
            ((*name).to_owned(), serde_json::json!({"stringValue": value, "dataType": "String"}))
        };
        let attributes: serde_json::Map<_, _> = message.attributes.iter().map(attribute).collect();
        serde_json::json!({
            "messageId": message.id,
            "body": message.body,
            "attributes": {"ApproximateFirstReceiveTimestamp": message.first_received.as_millisecond().to_string()},
            "messageAttributes": attributes,
        })
    };
    let records: Vec<_> = received.iter().map(message).collect();
    serde_json::from_value(serde_json::json!({ "Records": records })).expect("an event")
}

fn not_taken_in(ledger: &MemoryLedger, body: &str) -> Option<String> {
    for object in dropped_objects(body).ok()? {
        let id = DropId { key: object.key, version: object.version };
        let drop = at_once(ledger.drop_record(&id)).ok().flatten();
        if drop.is_none_or(|drop| drop.state == DropState::Checking) {
            return Some(format!("the file {id} is not taken in"));
        }
    }
    None
}

fn not_rendered(ledger: &MemoryLedger, body: &str) -> Option<String> {
    let invoice = at_once(ledger.invoice(&InvoiceAnnouncement::from_body(body).ok()?.number)).ok().flatten();
    invoice.is_none_or(|invoice| invoice.state == InvoiceState::Registered).then(|| "it has no PDF".into())
}

fn not_published(ledger: &MemoryLedger, body: &str) -> Option<String> {
    let invoice = at_once(ledger.invoice(&InvoiceAnnouncement::from_body(body).ok()?.number)).ok().flatten();
    let open = [InvoiceState::Registered, InvoiceState::Rendered];
    invoice.is_none_or(|invoice| open.contains(&invoice.state)).then(|| "it is in no account".into())
}
