//! A shop that is connected with its secret, as it is now.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use passerelle_domain::{Cursor, CustomerCode, Failure, FailureKind, OrderId, Result, ShopId};
use passerelle_services::Secrets;
use passerelle_shops::{
    Acknowledged, FetchedOrder, OrderAcknowledgement, OrderPage, Publication, Published, Shop, ShopConfig,
    Webhook, WebhookRefusal,
};

/// A shop whose secret is read again when the shop refuses it: a rotated secret works at the next
/// call, without a new process.
pub struct SecretShop {
    config: ShopConfig,
    secrets: Arc<dyn Secrets>,
    current: Mutex<Option<Connected>>,
}

/// The secret in use, and the shop connected with it.
type Connected = (String, Arc<dyn Shop>);

impl SecretShop {
    /// A shop with the secret as it is now.
    ///
    /// # Errors
    /// When there is none or it has not the right fields.
    pub async fn connect(config: &ShopConfig, secrets: Arc<dyn Secrets>) -> Result<Self> {
        let shop = Self::later(config, secrets);
        shop.current().await?;
        Ok(shop)
    }

    /// A shop whose secret is read when it is needed: without it this shop fails, and no other.
    pub fn later(config: &ShopConfig, secrets: Arc<dyn Secrets>) -> Self {
        Self { config: config.clone(), secrets, current: Mutex::new(None) }
    }

    fn known(&self) -> Option<Connected> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn current(&self) -> Result<Connected> {
        match self.known() {
            Some(connected) => Ok(connected),
            None => self.use_secret(self.secrets.shop_secret(self.config.id()).await?),
        }
    }

    fn use_secret(&self, secret: String) -> Result<Connected> {
        let shop = self.config.connect(&secret)?;
        let connected = (secret, shop);
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = Some(connected.clone());
        Ok(connected)
    }

    /// The shop with a secret newer than `used`, when `failure` may be the secret's fault; else the
    /// failure.
    async fn renewed(&self, used: &str, failure: Failure) -> Result<Arc<dyn Shop>> {
        if failure.kind() != FailureKind::Misconfigured {
            return Err(failure);
        }
        let secret = self.secrets.shop_secret(self.config.id()).await?;
        if secret == used {
            return Err(failure);
        }
        tracing::info!(shop = %self.config.id(), "the shop's secret was rotated");
        Ok(self.use_secret(secret)?.1)
    }
}

/// Asks a shop, and asks it once more when its secret has been rotated.
macro_rules! ask {
    ($self:ident, $method:ident($($argument:expr),*)) => {{
        let (used, shop) = $self.current().await?;
        match shop.$method($($argument),*).await {
            Err(failure) => $self.renewed(&used, failure).await?.$method($($argument),*).await,
            answer => answer,
        }
    }};
}

#[async_trait]
impl Shop for SecretShop {
    fn id(&self) -> &ShopId {
        self.config.id()
    }

    async fn orders_changed(&self, from: &Cursor) -> Result<OrderPage> {
        ask!(self, orders_changed(from))
    }

    async fn order(&self, id: &OrderId) -> Result<Option<FetchedOrder>> {
        ask!(self, order(id))
    }

    async fn find_customer(&self, code: &CustomerCode) -> Result<Option<String>> {
        ask!(self, find_customer(code))
    }

    async fn publish_invoice(&self, publication: &Publication<'_>) -> Result<Published> {
        ask!(self, publish_invoice(publication))
    }

    async fn acknowledge_order(
        &self,
        id: &OrderId,
        report: &OrderAcknowledgement<'_>,
    ) -> Result<Acknowledged> {
        ask!(self, acknowledge_order(id, report))
    }

    fn erp_numbers(&self, page: &OrderPage) -> BTreeMap<OrderId, String> {
        self.known().map_or_else(BTreeMap::new, |(_, shop)| shop.erp_numbers(page))
    }

    fn webhook(&self, webhook: &Webhook<'_>) -> Result<Vec<OrderId>, WebhookRefusal> {
        // Without its secret nothing can be checked, and to read it would take too long here.
        self.known().map_or(Err(WebhookRefusal::NotSupported), |(_, shop)| shop.webhook(webhook))
    }
}
