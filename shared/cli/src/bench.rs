//! What commands work on: the environment, or one in memory.

use std::sync::Arc;

use async_trait::async_trait;
use export_orders::Exported;
use jiff::{SignedDuration, Timestamp};
use passerelle_domain::{Result, ShopId};
use passerelle_ledger::Ledger;
use passerelle_platform::{
    Clock, Deadline, Letters, Metrics, Objects, Queue, ScheduledRun, SystemClock, Workbench,
};

/// An environment, as commands see it.
#[async_trait(?Send)]
pub trait Bench {
    /// The ledger.
    fn ledger(&self) -> &Ledger;

    /// The exchange bucket.
    fn objects(&self) -> &dyn Objects;

    /// The clock.
    fn clock(&self) -> &dyn Clock;

    /// A queue to send to, by its name after `passerelle-<env>-`.
    async fn queue(&self, name: &str) -> Result<Arc<dyn Queue>>;

    /// A queue to look into.
    async fn letters(&self, name: &str) -> Result<Arc<dyn Letters>>;

    /// Whether a shop's secret has been put in.
    async fn has_secret(&self, shop: &ShopId) -> Result<bool>;

    /// The configured shops that can be read, whatever else is wrong with the configuration, and where the first
    /// import of each starts.
    async fn shops(&self) -> Result<Vec<(ShopId, Timestamp)>>;

    /// Runs the export as the function does, under the same lease.
    async fn export(&self) -> Result<Exported>;
}

/// The environment itself.
pub struct RealBench {
    workbench: Workbench,
}

/// How long a run of the export by hand may last.
const RUN: SignedDuration = SignedDuration::from_mins(10);

impl RealBench {
    /// Connects; see [`Workbench::connect`].
    ///
    /// # Errors
    /// When the environment's name is wrong or incomplete.
    pub async fn connect(env: &str, endpoint: Option<&str>) -> Result<Self> {
        Ok(Self { workbench: Workbench::connect(env, endpoint).await? })
    }
}

#[async_trait(?Send)]
impl Bench for RealBench {
    fn ledger(&self) -> &Ledger {
        &self.workbench.ledger
    }

    fn objects(&self) -> &dyn Objects {
        &*self.workbench.objects
    }

    fn clock(&self) -> &dyn Clock {
        &SystemClock
    }

    async fn queue(&self, name: &str) -> Result<Arc<dyn Queue>> {
        self.workbench.queue(name).await
    }

    async fn letters(&self, name: &str) -> Result<Arc<dyn Letters>> {
        self.workbench.letters(name).await
    }

    async fn has_secret(&self, shop: &ShopId) -> Result<bool> {
        self.workbench.has_secret(shop).await
    }

    async fn shops(&self) -> Result<Vec<(ShopId, Timestamp)>> {
        let shops = self.workbench.shops().await?;
        Ok(shops.iter().map(|shop| (shop.id().clone(), shop.since())).collect())
    }

    async fn export(&self) -> Result<Exported> {
        let config = self.workbench.config().await?;
        let deps = export_orders::Deps {
            layouts: Arc::new(self.workbench.order_layouts(&config).await?),
            priority: config.orders.priority.clone(),
            pace: (&config.orders).into(),
            ledger: self.workbench.ledger.clone(),
            objects: Arc::clone(&self.workbench.objects),
            clock: Arc::new(SystemClock),
            metrics: Metrics::silent(),
        };
        let now = SystemClock.now();
        // Unique for each run: the lease tells runs apart by it.
        let owner = format!("passerelle-{}-{}", std::process::id(), now.as_nanosecond());
        let run = ScheduledRun { scheduled_time: now, owner, deadline: Deadline::at(now + RUN) };
        export_orders::handle(deps, run).await
    }
}
