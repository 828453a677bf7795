//! A ledger with orders that were exported, a bucket, and a shop that remembers what it was told.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use passerelle_domain::{
    Address, BatchId, BusinessDay, Cursor, Customer, CustomerCode, Digest, Failure, FailureKind, Money,
    Order, OrderId, OrderKey, OrderState, Result, ShopId,
};
use passerelle_erp::acks::AckLayout;
use passerelle_flows::acks::{ReceiveAcks, handle};
use passerelle_ledger::{DropId, DropOutcome, Lease, Ledger, Member, OrderIntake, OrderRecord};
use passerelle_services::{
    Deadline, Environment, MemoryObjects, Message, Objects, SystemClock, notification_of,
};
use passerelle_shops::{
    Acknowledged, FetchedOrder, OrderAcknowledgement, OrderPage, Publication, Published, Shop, Webhook,
    WebhookRefusal,
};

pub const KEY: &str = "orders/acks/réponses.csv";
pub const HEAD: &str = "commande;boutique;lot;statut;numero_erp;motif\r\n";

pub fn shop_id() -> ShopId {
    ShopId::new("rungis").expect("a shop")
}

pub fn key(id: u32) -> OrderKey {
    OrderKey { shop: shop_id(), id: OrderId::new(id.to_string()).expect("an id") }
}

/// Its number is not its id.
pub fn order(id: u32, note: &str) -> Order {
    Order {
        key: key(id),
        number: format!("W{id}"),
        state: OrderState::Confirmed,
        shop_state: "processing".into(),
        created_at: Timestamp::UNIX_EPOCH,
        currency: "EUR".into(),
        customer: Customer::default(),
        billing: Address::default(),
        delivery: Address::default(),
        wanted_on: None,
        lines: vec![],
        charges: vec![],
        promotions: vec![],
        payments: vec![],
        refunds: vec![],
        note: note.into(),
        vat_total: Money::ZERO,
        total: Money::from_cents(1000),
    }
}

/// A shop that is told, unless it is down or will not hear of an order.
#[derive(Default)]
pub struct Told {
    pub reports: Mutex<Vec<String>>,
    pub fails: Mutex<BTreeMap<OrderId, FailureKind>>,
    pub id: Option<ShopId>,
}

#[async_trait]
impl Shop for Told {
    fn id(&self) -> &ShopId {
        self.id.as_ref().expect("named")
    }

    async fn orders_changed(&self, _: &Cursor) -> Result<OrderPage> {
        unreachable!("reports fetch nothing")
    }

    async fn order(&self, _: &OrderId) -> Result<Option<FetchedOrder>> {
        unreachable!("reports fetch nothing")
    }

    async fn find_customer(&self, _: &CustomerCode) -> Result<Option<String>> {
        unreachable!("reports publish nothing")
    }

    async fn publish_invoice(&self, _: &Publication<'_>) -> Result<Published> {
        unreachable!("reports publish nothing")
    }

    async fn acknowledge_order(
        &self,
        id: &OrderId,
        report: &OrderAcknowledgement<'_>,
    ) -> Result<Acknowledged> {
        if let Some(kind) = self.fails.lock().expect("not poisoned").get(id) {
            return Err(Failure::new(*kind, "report order", id.as_str(), "no"));
        }
        let OrderAcknowledgement { outcome, erp_number, words } = report;
        let said = format!("{id} {} {erp_number}{words}", outcome.as_str());
        self.reports.lock().expect("not poisoned").push(said);
        Ok(Acknowledged::Now)
    }

    fn webhook(&self, _: &Webhook<'_>) -> Result<Vec<OrderId>, WebhookRefusal> {
        Err(WebhookRefusal::NotSupported)
    }
}

pub struct House {
    pub ledger: Ledger,
    pub objects: MemoryObjects,
    pub shop: Arc<Told>,
    deps: Arc<ReceiveAcks>,
}

impl House {
    pub fn new() -> Self {
        let layout = include_str!("../../../../../infra/environments/local/layouts/acks.toml");
        let (ledger, objects) = (Ledger::in_memory(), MemoryObjects::default());
        let shop = Arc::new(Told { id: Some(shop_id()), ..Told::default() });
        let deps = ReceiveAcks {
            layout: Arc::new(AckLayout::from_toml(layout).expect("a layout")),
            shops: vec![shop.clone()],
            env: Environment {
                ledger: ledger.clone(),
                objects: Arc::new(objects.clone()),
                clock: Arc::new(SystemClock),
                ..Environment::in_memory()
            },
        };
        Self { ledger, objects, shop, deps: Arc::new(deps) }
    }

    /// Takes orders into a written batch.
    pub async fn export(&self, orders: &[Order]) -> BatchId {
        let (batch, lease) = self.seal(orders).await;
        self.write(&batch, &lease).await;
        batch
    }

    /// Takes orders into a sealed batch, whose file may stand already.
    pub async fn seal(&self, orders: &[Order]) -> (BatchId, Lease) {
        let now = Timestamp::now();
        for (place, order) in orders.iter().enumerate() {
            let modified_at = now + SignedDuration::from_millis(i64::try_from(place).expect("few"));
            let intake = OrderIntake { key: &order.key, modified_at, content: Ok(order), raw_key: "raw/x" };
            self.ledger.record_order(&intake, now).await.expect("recorded");
        }
        let until = now + SignedDuration::from_mins(5);
        let lease = self.ledger.acquire_lease("export-orders", "a run", now, until).await;
        let lease = lease.expect("asked").expect("free");
        let mut members = Vec::new();
        for order in orders {
            let head = self.ledger.order(&order.key).await.expect("read").expect("recorded");
            let replaces = head.exported.map(|(_, revision)| revision);
            members.push(Member { key: order.key.clone(), revision: order.revision(), replaces });
        }
        let batch =
            self.ledger.open_batch(BusinessDay::of(now), &members, &lease, now).await.expect("opened");
        self.ledger.claim_orders(&batch.id, &lease, now).await.expect("asked").expect("claimed");
        assert!(self.ledger.seal_batch(&batch.id, &members, &lease, now).await.expect("sealed"));
        (batch.id, lease)
    }

    /// Records the file of a sealed batch.
    pub async fn write(&self, batch: &BatchId, lease: &Lease) {
        let now = Timestamp::now();
        let content = Digest::of(b"file");
        let written = self.ledger.batch_written(batch, "orders/outbox/f", &content, &[], lease, now).await;
        assert!(written.expect("written"));
        self.ledger.release_lease(lease).await.expect("released");
    }

    /// Drops a report and answers its drop.
    pub async fn drop(&self, report: &str) -> DropId {
        self.objects.put(KEY, report.as_bytes().to_vec(), "text/csv").await.expect("put");
        let listed = self.objects.list(KEY, 9).await.expect("listed");
        let latest = listed.into_iter().find(|listed| listed.latest).expect("there");
        DropId { key: latest.key, version: latest.version }
    }

    /// S3's notification of it is worked on.
    pub async fn receive(&self, drop: &DropId, size: u64) -> Result<()> {
        let object =
            passerelle_services::DroppedObject { key: drop.key.clone(), version: drop.version.clone(), size };
        let message = Message {
            id: "m".into(),
            body: notification_of(&object),
            deadline: Deadline::at(Timestamp::now() + SignedDuration::from_mins(5)),
        };
        handle(self.deps.clone(), message).await
    }

    pub async fn take(&self, rows: &str) -> DropOutcome {
        let drop = self.drop(&format!("{HEAD}{rows}")).await;
        self.receive(&drop, 100).await.expect("taken in");
        self.outcome(&drop).await
    }

    pub async fn outcome(&self, drop: &DropId) -> DropOutcome {
        let record = self.ledger.drop_record(drop).await.expect("read").expect("begun");
        record.outcome.expect("finished")
    }

    pub async fn head(&self, id: u32) -> OrderRecord {
        self.ledger.order(&key(id)).await.expect("read").expect("there")
    }

    /// What the shop was told, in order of ids.
    pub fn told(&self) -> Vec<String> {
        let mut told = self.shop.reports.lock().expect("not poisoned").clone();
        told.sort();
        told
    }
}
