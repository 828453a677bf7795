use std::collections::BTreeMap;
use std::env;
use std::sync::Arc;

use aws_config::BehaviorVersion;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use passerelle_domain::{Failure, FailureKind, Result, ShopId};
use passerelle_erp::acks::AckLayout;
use passerelle_erp::invoices::InvoiceLayout;
use passerelle_erp::orders::{OrderLayout, ShopLayouts};
use passerelle_invoice_pdf::{Presentation, Renderer};
use passerelle_ledger::Ledger;
use passerelle_shops::Shop;
use tracing_subscriber::EnvFilter;

use crate::config::OrdersConfig;
use crate::secrets::SecretsManager;
use crate::{
    Clock, Config, Letters, Metrics, Objects, Queue, S3Objects, SecretShop, Secrets, SqsLetters, SqsQueue,
    SystemClock,
};

/// The queues that have dead letters (infra/queues.tf), and the schedules.
pub const DEAD_LETTERS: [&str; 6] =
    ["shop-webhook", "receive-acks", "ingest-invoices", "render-invoice", "publish-invoice", "schedules"];

/// The largest file of the configuration.
const MAX_CONFIG_BYTES: u64 = 1 << 20;

/// What a function finds when it starts. Everything here is made once, before the first event.
pub struct Platform {
    /// The exchange bucket.
    pub objects: Arc<dyn Objects>,
    /// The ledger.
    pub ledger: Ledger,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Metrics.
    pub metrics: Metrics,
    /// The checked configuration.
    pub config: Config,
    secrets: Arc<dyn Secrets>,
    sqs: aws_sdk_sqs::Client,
}

impl Platform {
    /// Reads the environment and the configuration, and warms the connections.
    ///
    /// # Errors
    /// `Misconfigured` with the variable or the path of the field; logged before it is returned.
    pub async fn start() -> Result<Self> {
        tracing_subscriber::fmt()
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info")))
            .init();
        Self::build().await.inspect_err(|failure| {
            tracing::error!(error = %failure, error.kind = failure.kind().as_str(), "the function cannot start");
        })
    }

    async fn build() -> Result<Self> {
        let env = variable("PASSERELLE_ENV")?;
        let aws = aws_config::load_defaults(BehaviorVersion::latest()).await;
        let s3 = S3Objects::new(aws_sdk_s3::Client::new(&aws), variable("PASSERELLE_BUCKET")?);
        let objects: Arc<dyn Objects> = Arc::new(s3);
        let dynamo = aws_sdk_dynamodb::Client::new(&aws);
        let ledger: Ledger = Ledger::in_dynamo(dynamo, variable("PASSERELLE_TABLE")?);
        // The first DynamoDB call costs most of a second, nearly all of it TLS: spend it in init.
        let nowhere = ShopId::new("-").expect("a valid name");
        let (text, _) = tokio::try_join!(read_config(&*objects, "passerelle.toml"), ledger.cursor(&nowhere))?;
        Ok(Self {
            config: Config::from_toml(&text)?,
            objects,
            ledger,
            clock: Arc::new(SystemClock),
            metrics: Metrics::new(&env),
            secrets: Arc::new(SecretsManager { client: aws_sdk_secretsmanager::Client::new(&aws), env }),
            sqs: aws_sdk_sqs::Client::new(&aws),
        })
    }

    /// The queue whose URL is in an environment variable.
    ///
    /// # Errors
    /// When the variable is not set.
    pub fn queue(&self, url: &str) -> Result<Arc<dyn Queue>> {
        Ok(Arc::new(SqsQueue::new(self.sqs.clone(), variable(url)?)))
    }

    /// The queues of dead letters, to look into, by their names without `-dlq`.
    ///
    /// # Errors
    /// When `PASSERELLE_QUEUE_URLS` is not set.
    pub fn dead_letters(&self) -> Result<Vec<(String, Arc<dyn Letters>)>> {
        let urls = variable("PASSERELLE_QUEUE_URLS")?;
        let letters = |name: &&str| {
            let letters = SqsLetters::new(self.sqs.clone(), format!("{urls}{name}-dlq"));
            ((*name).to_owned(), Arc::new(letters) as Arc<dyn Letters>)
        };
        Ok(DEAD_LETTERS.iter().map(letters).collect())
    }

    /// The configured shops, connected, in the order of the configuration. Of several, one whose secret
    /// is wrong does not keep the others from work: it fails by itself, until there is a right one.
    ///
    /// # Errors
    /// When the only shop's secret is missing or has not the right fields.
    pub async fn shops(&self) -> Result<Vec<Arc<dyn Shop>>> {
        let mut shops: Vec<Arc<dyn Shop>> = Vec::new();
        for config in &self.config.shops {
            let shop = match SecretShop::connect(config, Arc::clone(&self.secrets)).await {
                Err(failure) if self.config.shops.len() > 1 => {
                    let (shop, kind) = (config.id(), failure.kind().as_str());
                    tracing::error!(%shop, error = %failure, error.kind = kind, "the shop cannot be connected");
                    SecretShop::later(config, Arc::clone(&self.secrets))
                }
                connected => connected?,
            };
            shops.push(Arc::new(shop));
        }
        Ok(shops)
    }

    /// The configured shops, each connected when it is first asked: for work that goes on without any.
    pub fn shops_when_asked(&self) -> Vec<Arc<dyn Shop>> {
        let later = |config| Arc::new(SecretShop::later(config, Arc::clone(&self.secrets))) as Arc<dyn Shop>;
        self.config.shops.iter().map(later).collect()
    }

    /// The layouts of the ERP's import files, with the lists beside them.
    ///
    /// # Errors
    /// `Misconfigured` with the file, the line and the path of the field.
    pub async fn order_layouts(&self) -> Result<ShopLayouts> {
        read_order_layouts(&*self.objects, &self.config.orders).await
    }

    /// The layout of the ERP's reports on orders.
    ///
    /// # Errors
    /// `Misconfigured` with the path of the field, or when none is configured.
    pub async fn ack_layout(&self) -> Result<AckLayout> {
        let Some(acks) = &self.config.orders.acks else {
            let cause = "is missing: there is nothing to receive";
            return Err(Failure::misconfigured("read", "passerelle.toml: orders.acks", cause));
        };
        let text = read_config(&*self.objects, &acks.layout).await?;
        AckLayout::from_toml(&text)
            .map_err(|error| Failure::misconfigured("read layout", &acks.layout, error))
    }

    /// The layout of the ERP's invoice CSV.
    ///
    /// # Errors
    /// `Misconfigured` with the path of the field.
    pub async fn invoice_layout(&self) -> Result<InvoiceLayout> {
        let name = &self.config.invoices.layout;
        let text = read_config(&*self.objects, name).await?;
        InvoiceLayout::from_toml(&text).map_err(|error| Failure::misconfigured("read layout", name, error))
    }

    /// The renderer, with the configured look and logo.
    ///
    /// # Errors
    /// `Misconfigured` when the logo is missing or no PNG.
    pub async fn renderer(&self) -> Result<Renderer> {
        read_renderer(&*self.objects, &self.config.presentation()).await
    }
}

/// The renderer of a look, with its logo.
pub(crate) async fn read_renderer(objects: &dyn Objects, presentation: &Presentation) -> Result<Renderer> {
    let logo = match presentation.branding.logo.as_str() {
        "" => None,
        name => Some(read_config_bytes(objects, name).await?),
    };
    Renderer::new(presentation, logo.as_deref())
}

fn variable(name: &str) -> Result<String> {
    env::var(name).map_err(|error| Failure::misconfigured("read environment variable", name, error))
}

pub(crate) async fn read_config(objects: &dyn Objects, name: &str) -> Result<String> {
    let bytes = read_config_bytes(objects, name).await?;
    String::from_utf8(bytes).map_err(|error| Failure::misconfigured("read", name, error))
}

/// The layouts of the import files, each with the lists that stand beside it.
pub(crate) async fn read_order_layouts(objects: &dyn Objects, orders: &OrdersConfig) -> Result<ShopLayouts> {
    let common = read_order_layout(objects, &orders.layout).await?;
    let mut own = BTreeMap::new();
    for (shop, name) in &orders.shop_layouts {
        own.insert(shop.clone(), read_order_layout(objects, name).await?);
    }
    Ok(ShopLayouts::new(common, own))
}

async fn read_order_layout(objects: &dyn Objects, name: &str) -> Result<OrderLayout> {
    let text = read_config(objects, name).await?;
    let beside = order_layout_files(objects, name, &text).await?;
    let file = name.rsplit('/').next().unwrap_or(name);
    OrderLayout::load(file, &text, |list| beside.get(list).cloned())
        .map_err(|error| Failure::misconfigured("read layout", name, error))
}

/// The lists that a layout names, by their names, as far as there are any: one that is missing is told
/// by the layout, with the field that names it.
pub(crate) async fn order_layout_files(
    objects: &dyn Objects,
    name: &str,
    text: &str,
) -> Result<BTreeMap<String, String>> {
    let (folder, file) = name.rsplit_once('/').map_or(("", name), |(folder, file)| (folder, file));
    let needed = OrderLayout::needs(file, text);
    let mut beside = BTreeMap::new();
    for list in needed.map_err(|error| Failure::misconfigured("read layout", name, error))? {
        let list_name = if folder.is_empty() { list.clone() } else { format!("{folder}/{list}") };
        if let Some(object) = objects.get(&format!("config/{list_name}"), None, MAX_CONFIG_BYTES).await? {
            let text = String::from_utf8(object.body);
            beside.insert(list, text.map_err(|error| Failure::misconfigured("read", list_name, error))?);
        }
    }
    Ok(beside)
}

async fn read_config_bytes(objects: &dyn Objects, name: &str) -> Result<Vec<u8>> {
    let key = format!("config/{name}");
    let object = objects.get(&key, None, MAX_CONFIG_BYTES).await?;
    Ok(object.ok_or_else(|| Failure::misconfigured("read", key, "there is no such object"))?.body)
}

/// What an AWS answer means: decided here and nowhere else (the ledger's DynamoDB file apart).
pub(crate) fn aws_failure<E>(doing: &'static str, subject: &str, error: SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let kind = match &error {
        SdkError::ConstructionFailure(_) => FailureKind::Misconfigured,
        SdkError::ServiceError(answer) => {
            let code = answer.err().code().unwrap_or_default();
            match answer.raw().status().as_u16() {
                429 | 500.. => FailureKind::Retry,
                _ if ["Throttl", "SlowDown", "RequestTimeout"].iter().any(|c| code.contains(c)) => {
                    FailureKind::Retry
                }
                401 | 403 | 404 => FailureKind::Misconfigured,
                _ if code.contains("NonExistentQueue") || code.contains("QueueDoesNotExist") => {
                    FailureKind::Misconfigured
                }
                _ => FailureKind::Rejected,
            }
        }
        _ => FailureKind::Retry,
    };
    Failure::new(kind, doing, subject, error)
}
