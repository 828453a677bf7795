//! The ledger over a table: which rule answers which method.

use async_trait::async_trait;
use jiff::Timestamp;
use passerelle_domain::{
    BatchId, BusinessDay, Cursor, CustomerCode, Invoice, InvoiceNumber, Order, OrderKey, Rejection, Result,
    Revision, ShopId,
};

use crate::table::Table;
use crate::{
    Answered, Batch, BatchState, ConflictSummary, CustomerAccount, Drop, DropId, DropOutcome, DropProgress,
    DropState, ErpAnswer, InvoiceRecord, InvoiceState, InvoiceSummary, Lease, LeaseRecord, Ledger, Member,
    OrderIntake, OrderRecord, OrderRevision, OrderStatus, OrderSummary, Recorded, Registered, Repaired,
    Settled, Window, accounts, answers, batches, drops, invoices, orders, runs, settled,
};

/// A [`Ledger`] whose rules are the same whatever table holds its items.
#[derive(Clone, Debug, Default)]
pub struct TableLedger<T> {
    table: T,
}

impl<T: Table> TableLedger<T> {
    pub(crate) fn on(table: T) -> Self {
        Self { table }
    }
}

#[async_trait]
impl<T: Table> Ledger for TableLedger<T> {
    async fn acquire_lease(
        &self,
        job: &str,
        owner: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Lease>> {
        runs::acquire_lease(&self.table, job, owner, now, until).await
    }

    async fn release_lease(&self, lease: &Lease) -> Result<()> {
        runs::release_lease(&self.table, lease).await
    }

    async fn lease(&self, job: &str) -> Result<Option<LeaseRecord>> {
        runs::lease(&self.table, job).await
    }

    async fn cursor(&self, shop: &ShopId) -> Result<Option<Cursor>> {
        runs::cursor(&self.table, shop).await
    }

    async fn cursor_moved_by(&self, shop: &ShopId) -> Result<u64> {
        runs::cursor_moved_by(&self.table, shop).await
    }

    async fn move_cursor(&self, shop: &ShopId, cursor: &Cursor, lease: &Lease) -> Result<bool> {
        runs::move_cursor(&self.table, shop, cursor, lease).await
    }

    async fn record_order(&self, intake: &OrderIntake<'_>, now: Timestamp) -> Result<Recorded> {
        orders::record(&self.table, intake, now).await
    }

    async fn order(&self, key: &OrderKey) -> Result<Option<OrderRecord>> {
        orders::order(&self.table, key).await
    }

    async fn order_revision(&self, key: &OrderKey, revision: &Revision) -> Result<Option<Order>> {
        orders::revision(&self.table, key, revision).await
    }

    async fn order_revisions(&self, key: &OrderKey) -> Result<Vec<OrderRevision>> {
        orders::revisions(&self.table, key).await
    }

    async fn quarantine_order(
        &self,
        key: &OrderKey,
        revision: &Revision,
        rejection: &Rejection,
        now: Timestamp,
    ) -> Result<bool> {
        orders::quarantine(&self.table, key, revision, rejection, now).await
    }

    async fn nothing_to_send(&self, key: &OrderKey, revision: &Revision, now: Timestamp) -> Result<bool> {
        orders::nothing_to_send(&self.table, key, revision, now).await
    }

    async fn release_order(&self, key: &OrderKey, revision: &Revision, now: Timestamp) -> Result<bool> {
        orders::release(&self.table, key, revision, now).await
    }

    async fn orders_in(&self, status: OrderStatus, window: Window) -> Result<Vec<OrderSummary>> {
        orders::in_status(&self.table, status, window).await
    }

    async fn open_batch(
        &self,
        day: BusinessDay,
        planned: &[Member],
        lease: &Lease,
        now: Timestamp,
    ) -> Result<Batch> {
        batches::open(&self.table, day, planned, lease, now).await
    }

    async fn adopt_batch(&self, batch: &BatchId, lease: &Lease) -> Result<Option<Batch>> {
        batches::adopt(&self.table, batch, lease).await
    }

    async fn claim_orders(
        &self,
        batch: &Batch,
        lease: &Lease,
        now: Timestamp,
    ) -> Result<Option<Vec<Member>>> {
        batches::claim(&self.table, &batch.id, lease, now).await
    }

    async fn seal_batch(
        &self,
        batch: &BatchId,
        members: &[Member],
        lease: &Lease,
        now: Timestamp,
    ) -> Result<bool> {
        batches::seal(&self.table, batch, members, lease, now).await
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
        batches::written(&self.table, batch, object_key, content, repairs, lease, now).await
    }

    async fn batch(&self, batch: &BatchId) -> Result<Option<Batch>> {
        batches::batch(&self.table, batch).await
    }

    async fn batches_in(&self, state: BatchState, window: Window) -> Result<Vec<Batch>> {
        batches::in_state(&self.table, state, window).await
    }

    async fn erp_answered(&self, key: &OrderKey, answer: &ErpAnswer, now: Timestamp) -> Result<Answered> {
        answers::answer(&self.table, key, answer, now).await
    }

    async fn answer_reported(&self, key: &OrderKey, batch: &BatchId) -> Result<bool> {
        answers::reported(&self.table, key, batch).await
    }

    async fn batch_acknowledged(&self, batch: &BatchId, now: Timestamp) -> Result<bool> {
        answers::acknowledged(&self.table, batch, now).await
    }

    async fn begin_drop(&self, drop: &DropId, size: u64, now: Timestamp) -> Result<Drop> {
        drops::begin(&self.table, drop, size, now).await
    }

    async fn finish_drop(&self, drop: &DropId, outcome: &DropOutcome, now: Timestamp) -> Result<bool> {
        drops::finish(&self.table, drop, outcome, now).await
    }

    async fn drop_progressed(&self, drop: &DropId, progress: DropProgress) -> Result<bool> {
        drops::progressed(&self.table, drop, progress).await
    }

    async fn drop_announced_again(&self, drop: &DropId, times: u32) -> Result<bool> {
        drops::announced_again(&self.table, drop, times).await
    }

    async fn drop_record(&self, drop: &DropId) -> Result<Option<Drop>> {
        drops::drop(&self.table, drop).await
    }

    async fn drops_in(&self, state: DropState, window: Window) -> Result<Vec<Drop>> {
        drops::in_state(&self.table, state, window).await
    }

    async fn register_invoice(&self, invoice: &Invoice, drop: &DropId, now: Timestamp) -> Result<Registered> {
        invoices::register(&self.table, invoice, drop, now).await
    }

    async fn invoice(&self, number: &InvoiceNumber) -> Result<Option<InvoiceRecord>> {
        invoices::invoice(&self.table, number).await
    }

    async fn invoice_rendered(
        &self,
        number: &InvoiceNumber,
        object_key: &str,
        content: &Revision,
        now: Timestamp,
    ) -> Result<bool> {
        invoices::rendered(&self.table, number, object_key, content, now).await
    }

    async fn invoice_published(
        &self,
        number: &InvoiceNumber,
        shop: &ShopId,
        shop_customer: &str,
        now: Timestamp,
    ) -> Result<bool> {
        invoices::published(&self.table, number, shop, shop_customer, now).await
    }

    async fn invoice_unpublishable(&self, number: &InvoiceNumber, now: Timestamp) -> Result<bool> {
        invoices::unpublishable(&self.table, number, now).await
    }

    async fn invoice_publishable(&self, number: &InvoiceNumber, now: Timestamp) -> Result<bool> {
        invoices::publishable(&self.table, number, now).await
    }

    async fn invoice_announced_again(
        &self,
        number: &InvoiceNumber,
        state: InvoiceState,
        times: u32,
    ) -> Result<bool> {
        invoices::announced_again(&self.table, number, state, times).await
    }

    async fn invoices_in(&self, state: InvoiceState, window: Window) -> Result<Vec<InvoiceSummary>> {
        invoices::in_state(&self.table, state, window).await
    }

    async fn invoice_conflicts(&self, number: &InvoiceNumber) -> Result<Vec<Invoice>> {
        invoices::conflicts(&self.table, number).await
    }

    async fn invoice_in_account(
        &self,
        code: &CustomerCode,
        number: &InvoiceNumber,
        account: (&ShopId, &str),
        now: Timestamp,
    ) -> Result<Option<(ShopId, String)>> {
        accounts::invoice_in_account(&self.table, code, number, account, now).await
    }

    async fn conflicts(&self, window: Window) -> Result<Vec<ConflictSummary>> {
        invoices::all_conflicts(&self.table, window).await
    }

    async fn settle(&self, settled: &Settled) -> Result<bool> {
        settled::settle(&self.table, settled).await
    }

    async fn settled(&self) -> Result<Vec<Settled>> {
        settled::all(&self.table).await
    }

    async fn customer_account(&self, code: &CustomerCode) -> Result<Option<CustomerAccount>> {
        accounts::customer_account(&self.table, code).await
    }

    async fn accounts_changed(&self, window: Window) -> Result<Vec<CustomerAccount>> {
        accounts::changed(&self.table, window).await
    }

    async fn invoices_in_account(
        &self,
        code: &CustomerCode,
        shop: &ShopId,
        account: &str,
    ) -> Result<Vec<InvoiceNumber>> {
        accounts::invoices_in_account(&self.table, code, shop, account).await
    }
}
