//! Orders that were exported, and a shop that keeps the acknowledgements that it is sent.

use std::sync::Arc;

use passerelle_domain::{Order, Result};
use passerelle_erp::acks::AckLayout;
use passerelle_flows::acks::{ReceiveAcks, handle};
pub use passerelle_kit::*;
use passerelle_ledger::{Batch, DropId, DropOutcome, Lease};
use passerelle_services::{DroppedObject, notification_of};

pub const HEAD: &str = "commande;boutique;lot;statut;numero_erp;motif\r\n";

/// The order with a note: each note is a revision.
pub fn noted(id: u32, note: &str) -> Order {
    Order { note: note.into(), ..order(id) }
}

pub struct House {
    world: World,
    pub shop: Arc<FakeShop>,
    deps: Arc<ReceiveAcks>,
}

in_its_world!(House);

impl House {
    pub fn new() -> Self {
        let layout = include_str!("../../../../../infra/environments/local/layouts/acks.toml");
        let world = World::at("04:00");
        let shop = world.shop("rungis");
        let deps = ReceiveAcks {
            layout: Arc::new(AckLayout::from_toml(layout).expect("a layout")),
            shops: vec![shop.clone()],
            env: world.environment(),
        };
        Self { world, shop, deps: Arc::new(deps) }
    }

    /// Takes orders into a written batch.
    pub async fn exported(&self, orders: &[Order]) -> String {
        let (batch, lease) = self.begun(orders).await;
        self.end(&batch, &lease).await;
        batch.id.to_string()
    }

    /// Takes orders into a sealed batch, whose file may stand already.
    pub async fn begun(&self, orders: &[Order]) -> (Batch, Lease) {
        for order in orders {
            self.record(order).await;
        }
        let lease = self.lease("export-orders").await;
        (self.sealed(&orders.iter().collect::<Vec<_>>(), &lease).await, lease)
    }

    /// Records the file of a sealed batch.
    pub async fn end(&self, batch: &Batch, lease: &Lease) {
        self.written(batch, &[], lease).await;
        self.ledger.release_lease(lease).await.expect("released");
    }

    /// The ERP puts a report, a minute after whatever was before.
    pub fn report(&self, report: &str) -> DropId {
        self.wait(1);
        self.put("orders/acks/réponses.csv", report)
    }

    /// Works on S3's notification of it.
    pub async fn receive(&self, drop: &DropId, size: u64) -> Result<()> {
        let object = DroppedObject { key: drop.key.clone(), version: drop.version.clone(), size };
        handle(self.deps.clone(), self.message(notification_of(&object))).await
    }

    pub async fn take(&self, rows: &str) -> DropOutcome {
        let drop = self.report(&format!("{HEAD}{rows}"));
        self.receive(&drop, 100).await.expect("taken in");
        self.outcome(&drop).await
    }

    /// What the shop was sent, in order of ids.
    pub fn shown(&self) -> Vec<String> {
        let mut shown = self.shop.seen().acknowledgements;
        shown.sort();
        shown
    }
}
