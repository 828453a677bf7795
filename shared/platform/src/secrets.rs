use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use aws_sdk_secretsmanager::Client;
use passerelle_domain::{Cursor, CustomerCode, Failure, FailureKind, OrderId, Result, ShopId};
use passerelle_shops::{FetchedOrder, OrderPage, Publication, Published, Shop, ShopConfig};

use crate::start::aws_failure;

/// Where secrets are kept.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// The secret of a shop, as it is now.
    async fn shop_secret(&self, shop: &ShopId) -> Result<String>;
}

/// Secrets Manager; a shop's secret is named `passerelle-<env>/shops/<shop>`.
pub(crate) struct SecretsManager {
    pub(crate) client: Client,
    pub(crate) env: String,
}

#[async_trait]
impl Secrets for SecretsManager {
    async fn shop_secret(&self, shop: &ShopId) -> Result<String> {
        let name = format!("passerelle-{}/shops/{shop}", self.env);
        let secret = self.client.get_secret_value().secret_id(&name).send().await;
        let secret = secret.map_err(|error| aws_failure("read secret", &name, error))?;
        let missing = || Failure::misconfigured("read secret", &name, "it has no text");
        secret.secret_string.ok_or_else(missing)
    }
}

/// Secrets in memory, for tests.
#[derive(Clone, Debug, Default)]
pub struct MemorySecrets(Arc<Mutex<BTreeMap<ShopId, String>>>);

impl MemorySecrets {
    /// Sets a shop's secret.
    pub fn set(&self, shop: &ShopId, secret: &str) {
        let mut secrets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        secrets.insert(shop.clone(), secret.to_owned());
    }
}

#[async_trait]
impl Secrets for MemorySecrets {
    async fn shop_secret(&self, shop: &ShopId) -> Result<String> {
        let secrets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let missing = || Failure::misconfigured("read secret", shop.as_str(), "there is none");
        secrets.get(shop).cloned().ok_or_else(missing)
    }
}

/// A shop whose secret is read again when the shop refuses it: a rotated secret works at the next
/// call, without a new process.
pub struct SecretShop {
    config: ShopConfig,
    secrets: Arc<dyn Secrets>,
    current: Mutex<(String, Arc<dyn Shop>)>,
}

impl SecretShop {
    /// A shop with the secret as it is now.
    ///
    /// # Errors
    /// When there is none or it has not the right fields.
    pub async fn connect(config: &ShopConfig, secrets: Arc<dyn Secrets>) -> Result<Self> {
        let secret = secrets.shop_secret(config.id()).await?;
        let shop = config.connect(&secret)?;
        Ok(Self { config: config.clone(), secrets, current: Mutex::new((secret, shop)) })
    }

    fn current(&self) -> (String, Arc<dyn Shop>) {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn call<T>(&self, call: impl AsyncFn(Arc<dyn Shop>) -> Result<T>) -> Result<T> {
        let (used, shop) = self.current();
        match call(shop).await {
            Err(failure) if failure.kind() == FailureKind::Misconfigured => {
                let secret = self.secrets.shop_secret(self.config.id()).await?;
                if secret == used {
                    return Err(failure);
                }
                tracing::info!(shop = %self.config.id(), "the shop's secret was rotated");
                let shop = self.config.connect(&secret)?;
                *self.current.lock().unwrap_or_else(PoisonError::into_inner) = (secret, Arc::clone(&shop));
                call(shop).await
            }
            outcome => outcome,
        }
    }
}

#[async_trait]
impl Shop for SecretShop {
    fn id(&self) -> &ShopId {
        self.config.id()
    }

    async fn orders_changed(&self, from: &Cursor) -> Result<OrderPage> {
        self.call(async |shop| shop.orders_changed(from).await).await
    }

    async fn order(&self, id: &OrderId) -> Result<Option<FetchedOrder>> {
        self.call(async |shop| shop.order(id).await).await
    }

    async fn find_customer(&self, code: &CustomerCode) -> Result<Option<String>> {
        self.call(async |shop| shop.find_customer(code).await).await
    }

    async fn publish_invoice(&self, publication: &Publication<'_>) -> Result<Published> {
        self.call(async |shop| shop.publish_invoice(publication).await).await
    }
}
