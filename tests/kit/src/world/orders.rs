use std::fmt::Display;

use jiff::Timestamp;
use passerelle_domain::{BatchId, BusinessDay, Digest, Order, OrderKey, Rejection};
use passerelle_ledger::{
    AckRecorded, Acknowledgement, Batch, Lease, Member, OrderIntake, OrderRecord, OrderStatus, Recorded,
    Repaired,
};

use crate::{World, key, member};

/// Where an order's page was kept.
const RAW: &str = "raw/rungis/2026/11/24/page.jsonl";

impl World {
    /// Records an order that changed just now.
    pub async fn record(&self, order: &Order) -> Recorded {
        self.record_modified(order, self.now()).await
    }

    /// Records an order that changed at an instant.
    pub async fn record_modified(&self, order: &Order, modified_at: Timestamp) -> Recorded {
        self.intake(&order.key, modified_at, Ok(order)).await
    }

    /// Records an order that cannot be understood.
    pub async fn record_faulty(&self, key: &OrderKey, why: &Rejection) -> Recorded {
        self.intake(key, self.now(), Err(why)).await
    }

    async fn intake(
        &self,
        key: &OrderKey,
        modified_at: Timestamp,
        content: Result<&Order, &Rejection>,
    ) -> Recorded {
        let intake = OrderIntake { key, modified_at, content, raw_key: RAW };
        self.ledger.record_order(&intake, self.now()).await.expect("recorded")
    }

    /// Sets aside an order that is ready.
    pub async fn quarantine(&self, order: &Order, why: &Rejection) {
        let aside = self.ledger.quarantine_order(&order.key, &order.revision(), why, self.now()).await;
        assert!(aside.expect("asked"), "{} is ready", order.key);
    }

    /// The record of an order of the tests' shop.
    pub async fn head(&self, id: impl Display) -> OrderRecord {
        self.ledger.order(&key(id)).await.expect("in memory").expect("recorded")
    }

    /// Its status.
    pub async fn status(&self, id: impl Display) -> OrderStatus {
        self.head(id).await.status
    }

    /// Opens a batch of orders, each as a change of what the ERP has of it.
    pub async fn open(&self, orders: &[&Order], lease: &Lease) -> Batch {
        let mut planned = Vec::new();
        for order in orders {
            let head = self.ledger.order(&order.key).await.expect("in memory");
            let replaces = head.and_then(|head| head.exported).map(|(_, revision)| revision);
            planned.push(Member { replaces, ..member(order) });
        }
        let day = BusinessDay::of(self.now());
        self.ledger.open_batch(day, &planned, lease, self.now()).await.expect("opened")
    }

    /// Claims the orders of a batch.
    pub async fn claim(&self, batch: &Batch, lease: &Lease) -> Vec<Member> {
        self.ledger.claim_orders(&batch.id, lease, self.now()).await.expect("asked").expect("ours")
    }

    /// Seals a batch with these members.
    pub async fn seal(&self, batch: &Batch, members: &[Member], lease: &Lease) {
        assert!(self.ledger.seal_batch(&batch.id, members, lease, self.now()).await.expect("asked"));
    }

    /// Opens a batch, claims its orders and seals it, as an export does before it puts a file.
    pub async fn sealed(&self, orders: &[&Order], lease: &Lease) -> Batch {
        let batch = self.open(orders, lease).await;
        let members = self.claim(&batch, lease).await;
        assert_eq!(members, batch.members, "all are claimed");
        self.seal(&batch, &members, lease).await;
        batch
    }

    /// Records that the file of a sealed batch is put, and what it repaired of its orders.
    pub async fn written(&self, batch: &Batch, repairs: &[(OrderKey, Repaired)], lease: &Lease) {
        let (key, content) = (format!("orders/outbox/{}.csv", batch.id), Digest::of(b"file"));
        let written = self.ledger.batch_written(&batch.id, &key, &content, repairs, lease, self.now()).await;
        assert!(written.expect("asked"), "{} is sealed", batch.id);
    }

    /// Takes recorded orders all the way into a file.
    pub async fn export(&self, orders: &[&Order]) -> Batch {
        let lease = self.lease("export-orders").await;
        let batch = self.sealed(orders, &lease).await;
        self.written(&batch, &[], &lease).await;
        self.ledger.release_lease(&lease).await.expect("released");
        batch
    }

    /// Records what the ERP says of an order.
    pub async fn acknowledge(&self, key: &OrderKey, acknowledgement: &Acknowledgement) -> AckRecorded {
        self.ledger.record_acknowledgement(key, acknowledgement, self.now()).await.expect("recorded")
    }

    /// The batch as it is now.
    pub async fn batch(&self, id: &BatchId) -> Batch {
        self.ledger.batch(id).await.expect("in memory").expect("opened")
    }
}
