use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use aws_sdk_secretsmanager::Client;
use passerelle_domain::{Cursor, CustomerCode, Failure, FailureKind, OrderId, Result, ShopId};
use passerelle_shops::{
    FetchedOrder, OrderPage, OrderReport, Publication, Published, Reported, Shop, ShopConfig, Webhook,
    WebhookRefusal,
};

use crate::start::aws_failure;

/// Where secrets are kept.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// The secret of a shop, as it is now.
    async fn shop_secret(&self, shop: &ShopId) -> Result<String>;
}

/// The name of a shop's secret in Secrets Manager.
pub(crate) fn secret_name(env: &str, shop: &ShopId) -> String {
    format!("passerelle-{env}/shops/{shop}")
}

/// Secrets Manager; a shop's secret is named `passerelle-<env>/shops/<shop>`.
pub(crate) struct SecretsManager {
    pub(crate) client: Client,
    pub(crate) env: String,
}

#[async_trait]
impl Secrets for SecretsManager {
    async fn shop_secret(&self, shop: &ShopId) -> Result<String> {
        let name = secret_name(&self.env, shop);
        let secret = self.client.get_secret_value().secret_id(&name).send().await;
        let secret = secret.map_err(|error| match error.as_service_error() {
            Some(answer) if answer.is_resource_not_found_exception() => {
                let cause = "there is none yet: the shop waits for it (aws secretsmanager put-secret-value)";
                Failure::misconfigured("read secret", &name, cause)
            }
            _ => aws_failure("read secret", &name, error),
        })?;
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

    async fn report_order(&self, id: &OrderId, report: &OrderReport<'_>) -> Result<Reported> {
        ask!(self, report_order(id, report))
    }

    fn erp_numbers(&self, page: &OrderPage) -> BTreeMap<OrderId, String> {
        self.known().map_or_else(BTreeMap::new, |(_, shop)| shop.erp_numbers(page))
    }

    fn webhook(&self, webhook: &Webhook<'_>) -> Result<Vec<OrderId>, WebhookRefusal> {
        // Without its secret nothing can be checked, and to read it would take too long here.
        self.known().map_or(Err(WebhookRefusal::NotSupported), |(_, shop)| shop.webhook(webhook))
    }
}

#[cfg(test)]
mod tests {
    use aws_credential_types::Credentials;
    use aws_sdk_secretsmanager::config::Region;
    use serde_json::json;
    use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

    use super::*;

    #[tokio::test]
    async fn a_shop_whose_secret_is_not_there_yet_waits_for_it() {
        let server = MockServer::start().await;
        let body = json!({"__type": "ResourceNotFoundException", "Message": "can't find AWSCURRENT"});
        let answer = ResponseTemplate::new(400).set_body_json(body);
        Mock::given(matchers::any()).respond_with(answer).mount(&server).await;
        let config = aws_sdk_secretsmanager::Config::builder()
            .behavior_version_latest()
            .region(Region::from_static("eu-west-3"))
            .credentials_provider(Credentials::new("k", "s", None, None, "test"))
            .endpoint_url(server.uri())
            .build();
        let secrets = SecretsManager { client: Client::from_conf(config), env: "prod".into() };
        let missing = secrets.shop_secret(&ShopId::new("rungis").expect("a name")).await.expect_err("none");
        assert_eq!(missing.kind(), FailureKind::Misconfigured, "what is missing can be put in");
        let words = missing.to_string();
        assert!(words.contains("passerelle-prod/shops/rungis: there is none yet"), "{words}");
    }
}
