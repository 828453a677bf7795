//! The ledger in memory, behind a network.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use export_orders::Pace;
use jiff::{SignedDuration, Timestamp};
use passerelle_domain::{
    BatchId, BusinessDay, Cursor, CustomerCode, Invoice, InvoiceNumber, Order, OrderKey, Rejection, Result,
    Revision, ShopId,
};
use passerelle_ledger::{
    Answered, Batch, BatchState, ConflictSummary, CustomerAccount, Drop, DropId, DropOutcome, DropProgress,
    DropState, ErpAnswer, InvoiceRecord, InvoiceState, InvoiceSummary, Lease, LeaseRecord, Ledger, Member,
    MemoryLedger, OrderIntake, OrderRecord, OrderRevision, OrderStatus, OrderSummary, Recorded, Registered,
    Repaired, Settled, Window,
};
use passerelle_platform::Clock;
use passerelle_shops::Shop;

use crate::bugs::Bug;
use crate::pace::check_pace;
use crate::shop::SimShop;
use crate::world::World;

/// How old a list may be.
const MOST_LAG: SignedDuration = SignedDuration::from_secs(20);

type Lists<T> = Arc<Mutex<BTreeMap<String, (Timestamp, Vec<T>)>>>;

/// A ledger whose calls fail, get lost and take time; a clone is the same one.
#[derive(Clone)]
pub struct SimLedger {
    world: World,
    /// The ledger itself, for looking at it from outside.
    pub memory: MemoryLedger,
    shops: Vec<SimShop>,
    /// How much the ERP takes at once.
    pace: Pace,
    /// The highest fencing number that each cursor and batch was written with.
    fences: Arc<Mutex<BTreeMap<String, u64>>>,
    orders: Lists<OrderSummary>,
    batches: Lists<Batch>,
    invoices: Lists<InvoiceSummary>,
    drops: Lists<Drop>,
}

impl SimLedger {
    /// An empty ledger, of orders of these shops.
    pub fn new(world: &World, shops: &[SimShop], pace: Pace) -> Self {
        Self {
            world: world.clone(),
            memory: MemoryLedger::new(),
            shops: shops.to_vec(),
            pace,
            fences: Arc::default(),
            orders: Arc::default(),
            batches: Arc::default(),
            invoices: Arc::default(),
            drops: Arc::default(),
        }
    }

    /// A write under a lease went through: nobody with a newer one may have written before.
    fn passed_fence(&self, item: String, lease: &Lease) {
        let mut fences = self.fences.lock().unwrap_or_else(PoisonError::into_inner);
        let highest = fences.entry(item.clone()).or_default();
        if lease.fencing < *highest {
            let how = format!("{} wrote with number {}, after number {highest}", lease.owner, lease.fencing);
            self.world.broken("a run that was overtaken writes nothing more", item, how);
        }
        *highest = lease.fencing.max(*highest);
    }

    /// The lease that a write goes by; with the bug, one that passes whatever came meanwhile.
    async fn lease_for(&self, lease: &Lease, batch: Option<&BatchId>) -> Result<Lease> {
        if self.world.bug != Some(Bug::NoFencing) {
            return Ok(lease.clone());
        }
        let highest = match batch {
            Some(batch) => self.memory.batch(batch).await?.map_or(0, |batch| batch.fencing),
            None => {
                let fences = self.fences.lock().unwrap_or_else(PoisonError::into_inner);
                fences.values().copied().max().unwrap_or_default()
            }
        };
        Ok(Lease { fencing: highest.max(lease.fencing), ..lease.clone() })
    }

    /// A list, or what it was some seconds ago. Reads that the window leaves out are left out.
    async fn list<T: Clone + Send>(
        &self,
        lists: &Lists<T>,
        name: String,
        all: impl Future<Output = Result<Vec<T>>> + Send,
        window: Window,
        since: fn(&T) -> Timestamp,
    ) -> Result<Vec<T>> {
        let now = self.world.now();
        let old = lists.lock().unwrap_or_else(PoisonError::into_inner).get(&name).cloned();
        let old = old.filter(|(at, _)| now.duration_since(*at) <= MOST_LAG);
        let listed = match old {
            Some((_, old)) if self.world.strikes(|weather| weather.lag) => {
                self.world.note("", || format!("list {name}: lags behind"));
                old
            }
            _ => {
                let listed = all.await?;
                let mut lists = lists.lock().unwrap_or_else(PoisonError::into_inner);
                lists.insert(name, (now, listed.clone()));
                listed
            }
        };
        let within = |item: &T| (window.from..window.until).contains(&since(item));
        Ok(listed.into_iter().filter(within).take(window.limit).collect())
    }

    /// What a batch could claim, without claiming it: the bug of sending before recording.
    async fn only_look(&self, batch: &Batch) -> Result<Vec<Member>> {
        let mut members = Vec::new();
        for member in &batch.members {
            let head = self.memory.order(&member.key).await?;
            let there = head.is_some_and(|head| {
                head.revision == member.revision && head.status == OrderStatus::Ready
                    || head
                        .claimed
                        .is_some_and(|(id, revision)| id == batch.id && revision == member.revision)
            });
            if there {
                members.push(member.clone());
            }
        }
        Ok(members)
    }
}

#[async_trait]
impl Ledger for SimLedger {
    async fn acquire_lease(
        &self,
        job: &str,
        owner: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Lease>> {
        self.world
            .call("acquire lease", &job, true, || self.memory.acquire_lease(job, owner, now, until))
            .await
    }

    async fn release_lease(&self, lease: &Lease) -> Result<()> {
        self.world.call("release lease", &lease.job, true, || self.memory.release_lease(lease)).await
    }

    async fn lease(&self, job: &str) -> Result<Option<LeaseRecord>> {
        self.world.call("lease", &job, true, || self.memory.lease(job)).await
    }

    async fn order_revisions(&self, key: &OrderKey) -> Result<Vec<OrderRevision>> {
        self.world.call("order revisions", key, true, || self.memory.order_revisions(key)).await
    }

    async fn drop_progressed(&self, drop: &DropId, progress: DropProgress) -> Result<bool> {
        self.world.call("drop progressed", drop, true, || self.memory.drop_progressed(drop, progress)).await
    }

    async fn drop_announced_again(&self, drop: &DropId, times: u32) -> Result<bool> {
        self.world
            .call("drop announced again", drop, true, || self.memory.drop_announced_again(drop, times))
            .await
    }

    async fn drop_record(&self, drop: &DropId) -> Result<Option<Drop>> {
        self.world.call("drop", drop, true, || self.memory.drop_record(drop)).await
    }

    async fn invoice_publishable(&self, number: &InvoiceNumber, now: Timestamp) -> Result<bool> {
        self.world
            .call("invoice publishable", number, true, || self.memory.invoice_publishable(number, now))
            .await
    }

    async fn invoice_announced_again(
        &self,
        number: &InvoiceNumber,
        state: InvoiceState,
        times: u32,
    ) -> Result<bool> {
        self.world
            .call("invoice announced again", number, true, || {
                self.memory.invoice_announced_again(number, state, times)
            })
            .await
    }

    async fn cursor(&self, shop: &ShopId) -> Result<Option<Cursor>> {
        self.world.call("cursor", shop, true, || self.memory.cursor(shop)).await
    }

    async fn record_order(&self, intake: &OrderIntake<'_>, now: Timestamp) -> Result<Recorded> {
        let recording = async || {
            let recorded = self.memory.record_order(intake, now).await?;
            if matches!(recorded, Recorded::New | Recorded::Changed) {
                self.world
                    .note("", || format!("order {} as of {} is new here", intake.key, intake.modified_at));
            }
            Ok(recorded)
        };
        self.world.call("record order", intake.key, true, recording).await
    }

    async fn order(&self, key: &OrderKey) -> Result<Option<OrderRecord>> {
        self.world.call("order", key, true, || self.memory.order(key)).await
    }

    async fn order_revision(&self, key: &OrderKey, revision: &Revision) -> Result<Option<Order>> {
        self.world.call("order revision", key, true, || self.memory.order_revision(key, revision)).await
    }

    async fn quarantine_order(
        &self,
        key: &OrderKey,
        revision: &Revision,
        rejection: &Rejection,
        now: Timestamp,
    ) -> Result<bool> {
        self.world
            .call("quarantine order", key, true, || {
                self.memory.quarantine_order(key, revision, rejection, now)
            })
            .await
    }

    async fn nothing_to_send(&self, key: &OrderKey, revision: &Revision, now: Timestamp) -> Result<bool> {
        self.world
            .call("nothing to send", key, true, || self.memory.nothing_to_send(key, revision, now))
            .await
    }

    async fn release_order(&self, key: &OrderKey, revision: &Revision, now: Timestamp) -> Result<bool> {
        self.world.call("release order", key, true, || self.memory.release_order(key, revision, now)).await
    }

    async fn batch(&self, batch: &BatchId) -> Result<Option<Batch>> {
        self.world.call("batch", batch, true, || self.memory.batch(batch)).await
    }

    async fn erp_answered(&self, key: &OrderKey, answer: &ErpAnswer, now: Timestamp) -> Result<Answered> {
        let mut answer = answer.clone();
        if self.world.bug == Some(Bug::AnswerOfAnyBatch)
            && let Some((batch, _)) = self.memory.order(key).await?.and_then(|head| head.exported)
        {
            answer.batch = batch;
        }
        self.world.call("ERP answered", key, true, || self.memory.erp_answered(key, &answer, now)).await
    }

    async fn answer_reported(&self, key: &OrderKey, batch: &BatchId) -> Result<bool> {
        self.world.call("answer reported", key, true, || self.memory.answer_reported(key, batch)).await
    }

    async fn batch_acknowledged(&self, batch: &BatchId, now: Timestamp) -> Result<bool> {
        self.world
            .call("batch acknowledged", batch, true, || self.memory.batch_acknowledged(batch, now))
            .await
    }

    async fn begin_drop(&self, drop: &DropId, size: u64, now: Timestamp) -> Result<Drop> {
        self.world.call("begin drop", drop, true, || self.memory.begin_drop(drop, size, now)).await
    }

    async fn finish_drop(&self, drop: &DropId, outcome: &DropOutcome, now: Timestamp) -> Result<bool> {
        self.world.call("finish drop", drop, true, || self.memory.finish_drop(drop, outcome, now)).await
    }

    async fn register_invoice(&self, invoice: &Invoice, drop: &DropId, now: Timestamp) -> Result<Registered> {
        self.world
            .call("register invoice", &invoice.number, true, || {
                self.memory.register_invoice(invoice, drop, now)
            })
            .await
    }

    async fn invoice(&self, number: &InvoiceNumber) -> Result<Option<InvoiceRecord>> {
        self.world.call("invoice", number, true, || self.memory.invoice(number)).await
    }

    async fn invoice_rendered(
        &self,
        number: &InvoiceNumber,
        object_key: &str,
        content: &Revision,
        now: Timestamp,
    ) -> Result<bool> {
        self.world
            .call("invoice rendered", number, true, || {
                self.memory.invoice_rendered(number, object_key, content, now)
            })
            .await
    }

    async fn invoice_published(
        &self,
        number: &InvoiceNumber,
        shop: &ShopId,
        shop_customer: &str,
        now: Timestamp,
    ) -> Result<bool> {
        self.world
            .call("invoice published", number, true, || {
                self.memory.invoice_published(number, shop, shop_customer, now)
            })
            .await
    }

    async fn invoice_unpublishable(&self, number: &InvoiceNumber, now: Timestamp) -> Result<bool> {
        self.world
            .call("invoice unpublishable", number, true, || self.memory.invoice_unpublishable(number, now))
            .await
    }

    async fn invoice_conflicts(&self, number: &InvoiceNumber) -> Result<Vec<Invoice>> {
        self.world.call("invoice conflicts", number, true, || self.memory.invoice_conflicts(number)).await
    }

    async fn invoice_in_account(
        &self,
        code: &CustomerCode,
        number: &InvoiceNumber,
        account: (&ShopId, &str),
        now: Timestamp,
    ) -> Result<Option<(ShopId, String)>> {
        let recording = || self.memory.invoice_in_account(code, number, account, now);
        self.world.call("invoice in account", number, true, recording).await
    }

    async fn conflicts(&self, window: Window) -> Result<Vec<ConflictSummary>> {
        self.world.call("list", &"conflicts", true, || self.memory.conflicts(window)).await
    }

    async fn settle(&self, settled: &Settled) -> Result<bool> {
        self.world.call("settle", &settled.id, true, || self.memory.settle(settled)).await
    }

    async fn settled(&self) -> Result<Vec<Settled>> {
        self.world.call("list", &"settled", true, || self.memory.settled()).await
    }

    async fn customer_account(&self, code: &CustomerCode) -> Result<Option<CustomerAccount>> {
        self.world.call("customer account", code, true, || self.memory.customer_account(code)).await
    }

    async fn accounts_changed(&self, window: Window) -> Result<Vec<CustomerAccount>> {
        self.world.call("accounts changed", &"customers", true, || self.memory.accounts_changed(window)).await
    }

    async fn invoices_in_account(
        &self,
        code: &CustomerCode,
        shop: &ShopId,
        account: &str,
    ) -> Result<Vec<InvoiceNumber>> {
        let listing = || self.memory.invoices_in_account(code, shop, account);
        self.world.call("invoices in account", code, true, listing).await
    }

    async fn cursor_moved_by(&self, shop: &ShopId) -> Result<u64> {
        self.world.call("read cursor", shop, true, || self.memory.cursor_moved_by(shop)).await
    }

    async fn move_cursor(&self, shop: &ShopId, cursor: &Cursor, lease: &Lease) -> Result<bool> {
        let ours = &self.lease_for(lease, None).await?;
        let moving = async || {
            let moved = self.memory.move_cursor(shop, cursor, ours).await?;
            if moved {
                self.world.note("", || format!("the cursor stands at {}", cursor.watermark));
                self.passed_fence(format!("cursor of {shop}"), lease);
                let read = self.shops.iter().filter(|read| read.id() == shop);
                read.for_each(|shop| shop.check_cursor(cursor, &self.memory));
            }
            Ok(moved)
        };
        self.world.call("move cursor", shop, true, moving).await
    }

    async fn open_batch(
        &self,
        day: BusinessDay,
        planned: &[Member],
        lease: &Lease,
        now: Timestamp,
    ) -> Result<Batch> {
        let opening = async || {
            check_pace(&self.world, &self.memory, self.pace, planned, lease).await?;
            let batch = self.memory.open_batch(day, planned, lease, now).await?;
            self.passed_fence(format!("batch {}", batch.id), lease);
            let named = || planned.iter().map(|member| member.key.to_string()).collect::<Vec<_>>().join(", ");
            self.world.note("", || format!("batch {} plans {}", batch.id, named()));
            Ok(batch)
        };
        self.world.call("open batch", &day, false, opening).await
    }

    async fn adopt_batch(&self, batch: &BatchId, lease: &Lease) -> Result<Option<Batch>> {
        let ours = &self.lease_for(lease, Some(batch)).await?;
        let adopting = async || {
            let adopted = self.memory.adopt_batch(batch, ours).await?;
            if adopted.is_some() {
                self.passed_fence(format!("batch {batch}"), lease);
            }
            Ok(adopted)
        };
        self.world.call("adopt batch", batch, true, adopting).await
    }

    async fn claim_orders(
        &self,
        batch: &Batch,
        lease: &Lease,
        now: Timestamp,
    ) -> Result<Option<Vec<Member>>> {
        let ours = &self.lease_for(lease, Some(&batch.id)).await?;
        let claiming = async || {
            if self.world.bug == Some(Bug::SendBeforeRecord) {
                return self.only_look(batch).await.map(Some);
            }
            self.memory.claim_orders(batch, ours, now).await
        };
        self.world.call("claim orders", &batch.id, true, claiming).await
    }

    async fn seal_batch(
        &self,
        batch: &BatchId,
        members: &[Member],
        lease: &Lease,
        now: Timestamp,
    ) -> Result<bool> {
        let ours = &self.lease_for(lease, Some(batch)).await?;
        let sealing = async || {
            if self.world.bug == Some(Bug::SendBeforeRecord) {
                return Ok(true);
            }
            let sealed = self.memory.seal_batch(batch, members, ours, now).await?;
            if sealed {
                self.passed_fence(format!("batch {batch}"), lease);
            }
            Ok(sealed)
        };
        self.world.call("seal batch", batch, true, sealing).await
    }

    async fn batch_written(
        &self,
        batch: &BatchId,
        object_key: &str,
        content: &Revision,
        repairs: &[(OrderKey, Repaired)],
        lease: &Lease,
        now: Timestamp,
    ) -> Result<bool> {
        let ours = &self.lease_for(lease, Some(batch)).await?;
        let recording = async || {
            if self.world.bug == Some(Bug::SendBeforeRecord)
                && let Some(open) = self.memory.batch(batch).await?.filter(|it| it.state == BatchState::Open)
            {
                let members = self.memory.claim_orders(&open, ours, now).await?.unwrap_or_default();
                self.memory.seal_batch(batch, &members, ours, now).await?;
            }
            let written = self.memory.batch_written(batch, object_key, content, repairs, ours, now).await?;
            if written {
                self.passed_fence(format!("batch {batch}"), lease);
            }
            Ok(written)
        };
        self.world.call("record written batch", batch, true, recording).await
    }

    async fn orders_in(&self, state: OrderStatus, window: Window) -> Result<Vec<OrderSummary>> {
        let name = || format!("orders {state}");
        let listing = || {
            let all = self.memory.orders_in(state, Window::all(usize::MAX));
            self.list(&self.orders, name(), all, window, |order| order.updated_at)
        };
        self.world.call("list", &name(), true, listing).await
    }

    async fn batches_in(&self, state: BatchState, window: Window) -> Result<Vec<Batch>> {
        let name = || format!("batches {state}");
        let listing = || {
            let all = self.memory.batches_in(state, Window::all(usize::MAX));
            self.list(&self.batches, name(), all, window, |batch| batch.updated_at)
        };
        self.world.call("list", &name(), true, listing).await
    }

    async fn drops_in(&self, state: DropState, window: Window) -> Result<Vec<Drop>> {
        let name = || format!("drops {state}");
        let listing = || {
            let all = self.memory.drops_in(state, Window::all(usize::MAX));
            self.list(&self.drops, name(), all, window, |drop| drop.updated_at)
        };
        self.world.call("list", &name(), true, listing).await
    }

    async fn invoices_in(&self, state: InvoiceState, window: Window) -> Result<Vec<InvoiceSummary>> {
        let name = || format!("invoices {state}");
        let listing = || {
            let all = self.memory.invoices_in(state, Window::all(usize::MAX));
            self.list(&self.invoices, name(), all, window, |invoice| invoice.updated_at)
        };
        self.world.call("list", &name(), true, listing).await
    }
}
