use std::sync::Arc;

use jiff::Timestamp;
use passerelle_domain::{Order, Result, ShopId};
use passerelle_erp::orders::{OrderLayout, ShopLayouts};
use passerelle_flows::export::{Export, Exported, Pace, handle};
pub use passerelle_kit::*;
use passerelle_ledger::Batch;
use passerelle_services::ScheduledRun;

/// A layout whose `AMENDMENTS` are still to be said.
pub const LAYOUT: &str = r#"
header = [
    { name = "numero", from = "order.number" },
    { name = "action", from = "order.action" },
    { name = "total", from = "order.total" },
]
line = [
    { name = "article", from = "line.article" },
    { name = "quantite", from = "line.quantity" },
    { name = "ht", from = "line.net" },
]
[file]
name = "{batch}.txt"
shape = "header_and_lines"
encoding = "utf-8"
separator = ";"
quote = "when_needed"
line_end = "lf"
decimal = "."
date = "%F"
unencodable = "set_aside"
[policy]
promotions = "spread"
promotion_article = "REMISE"
charges = "line_per_vat_rate"
delivery_article = "PORT"
fee_article = "FRAIS"
payments = "sum"
amendments = "AMENDMENTS"
"#;

/// The layout that ships.
pub const SHIPPED: &str = include_str!("../../../../../infra/environments/prod/layouts/orders.toml");

pub fn layouts(text: &str) -> Arc<ShopLayouts> {
    Arc::new(OrderLayout::from_toml(text).unwrap_or_else(|error| panic!("{error}")).into())
}

/// A world with an export.
pub struct House {
    world: World,
    pub layouts: Arc<ShopLayouts>,
    pub priority: Vec<ShopId>,
    pub pace: Pace,
}

in_its_world!(House);

impl House {
    pub fn with(layout: &str) -> Self {
        let (world, pace) = (World::at("00:05"), Pace::files_of(100));
        Self { world, layouts: layouts(layout), priority: vec![], pace }
    }

    pub fn taking(amendments: &str) -> Self {
        Self::with(&LAYOUT.replace("AMENDMENTS", amendments))
    }

    /// A run of the schedule, a quarter of an hour after whatever was before.
    pub async fn export_next(&self) -> Exported {
        self.wait(15);
        self.export_for(self.now()).await.expect("exported")
    }

    /// A run of the schedule for an instant, at whatever time it starts.
    pub async fn export_for(&self, scheduled_time: Timestamp) -> Result<Exported> {
        handle(self.deps(), ScheduledRun { scheduled_time, ..self.run() }).await
    }

    pub fn deps(&self) -> Export {
        Export {
            layouts: Arc::clone(&self.layouts),
            priority: self.priority.clone(),
            pace: self.pace,
            env: self.environment(),
        }
    }

    /// A run that dies when it has sealed its batch.
    pub async fn seal(&self, order: &Order) -> Batch {
        let lease = self.ledger.acquire_lease("export-orders", "dead", self.now(), self.now()).await;
        self.sealed(&[order], &lease.expect("asked").expect("free")).await
    }
}
