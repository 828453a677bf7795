//! The files of a configuration, as they stand in the bucket under `config/`.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use passerelle_domain::{Failure, Result};
use passerelle_erp::acks::AckLayout;
use passerelle_erp::invoices::InvoiceLayout;
use passerelle_erp::orders::{OrderLayout, ShopLayouts};
use passerelle_services::{Environment, keys};
use passerelle_shops::Shop;

use crate::{Config, FILE, OrdersConfig, SecretShop};

/// The largest file of a configuration, in bytes.
pub const MAX_FILE_BYTES: u64 = 1 << 20;

/// Where the files of a configuration are.
#[async_trait]
pub trait ConfigFiles: Sync {
    /// A file by its name beside `passerelle.toml`; nothing when there is none.
    async fn file(&self, name: &str) -> Result<Option<Vec<u8>>>;
}

#[async_trait]
impl ConfigFiles for Environment {
    async fn file(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let object = self.objects.get(&format!("{}{name}", keys::CONFIG), None, MAX_FILE_BYTES).await?;
        Ok(object.map(|object| object.body))
    }
}

/// Files in memory, by their names: those of a directory.
#[async_trait]
impl ConfigFiles for BTreeMap<String, Vec<u8>> {
    async fn file(&self, name: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.get(name).cloned())
    }
}

impl Config {
    /// The configuration of an environment.
    ///
    /// # Errors
    /// `Misconfigured` with the path of the field.
    pub async fn of(env: &Environment) -> Result<Self> {
        Self::from_toml(&read_config(env, FILE).await?)
    }

    /// The configured shops, connected, in the order of the configuration. Of several, one whose secret
    /// is wrong does not keep the others from work: it fails by itself, until there is a right one.
    ///
    /// # Errors
    /// When the only shop's secret is missing or has not the right fields.
    pub async fn shops(&self, env: &Environment) -> Result<Vec<Arc<dyn Shop>>> {
        let mut shops: Vec<Arc<dyn Shop>> = Vec::new();
        for config in &self.shops {
            let shop = match SecretShop::connect(config, Arc::clone(&env.secrets)).await {
                Err(failure) if self.shops.len() > 1 => {
                    let (shop, kind) = (config.id(), failure.kind().as_str());
                    tracing::error!(%shop, error = %failure, error.kind = kind, "the shop cannot be connected");
                    SecretShop::later(config, Arc::clone(&env.secrets))
                }
                connected => connected?,
            };
            shops.push(Arc::new(shop));
        }
        Ok(shops)
    }

    /// The configured shops, each connected when it is first asked: for work that goes on without any.
    pub fn shops_when_asked(&self, env: &Environment) -> Vec<Arc<dyn Shop>> {
        let later = |config| Arc::new(SecretShop::later(config, Arc::clone(&env.secrets))) as Arc<dyn Shop>;
        self.shops.iter().map(later).collect()
    }

    /// The layouts of the ERP's import files, with the lists beside them.
    ///
    /// # Errors
    /// `Misconfigured` with the file, the line and the path of the field.
    pub async fn order_layouts(&self, files: &dyn ConfigFiles) -> Result<ShopLayouts> {
        read_order_layouts(files, &self.orders).await
    }

    /// The layout of the ERP's reports on orders.
    ///
    /// # Errors
    /// `Misconfigured` with the path of the field, or when none is configured.
    pub async fn ack_layout(&self, files: &dyn ConfigFiles) -> Result<AckLayout> {
        let Some(acks) = &self.orders.acks else {
            let cause = "is missing: there is nothing to receive";
            return Err(Failure::misconfigured("read", "passerelle.toml: orders.acks", cause));
        };
        let text = read_config(files, &acks.layout).await?;
        AckLayout::from_toml(&text)
            .map_err(|error| Failure::misconfigured("read layout", &acks.layout, error))
    }

    /// The layout of the ERP's invoice CSV.
    ///
    /// # Errors
    /// `Misconfigured` with the path of the field.
    pub async fn invoice_layout(&self, files: &dyn ConfigFiles) -> Result<InvoiceLayout> {
        let name = &self.invoices.layout;
        let text = read_config(files, name).await?;
        InvoiceLayout::from_toml(&text).map_err(|error| Failure::misconfigured("read layout", name, error))
    }

    /// The logo of invoices; nothing where none is configured.
    ///
    /// # Errors
    /// `Misconfigured` when it is missing.
    pub async fn logo(&self, files: &dyn ConfigFiles) -> Result<Option<Vec<u8>>> {
        match self.branding.logo.as_str() {
            "" => Ok(None),
            name => read_config_bytes(files, name).await.map(Some),
        }
    }
}

/// A text of the configuration.
///
/// # Errors
/// `Misconfigured` when it is missing or no UTF-8.
pub async fn read_config(files: &dyn ConfigFiles, name: &str) -> Result<String> {
    let bytes = read_config_bytes(files, name).await?;
    String::from_utf8(bytes).map_err(|error| Failure::misconfigured("read", name, error))
}

/// The layouts of the import files, each with the lists that stand beside it.
async fn read_order_layouts(files: &dyn ConfigFiles, orders: &OrdersConfig) -> Result<ShopLayouts> {
    let common = read_order_layout(files, &orders.layout).await?;
    let mut own = BTreeMap::new();
    for (shop, name) in &orders.shop_layouts {
        own.insert(shop.clone(), read_order_layout(files, name).await?);
    }
    Ok(ShopLayouts::new(common, own))
}

async fn read_order_layout(files: &dyn ConfigFiles, name: &str) -> Result<OrderLayout> {
    let text = read_config(files, name).await?;
    let beside = order_layout_files(files, name, &text).await?;
    let file = name.rsplit('/').next().unwrap_or(name);
    OrderLayout::load(file, &text, |list| beside.get(list).cloned())
        .map_err(|error| Failure::misconfigured("read layout", name, error))
}

/// The lists that a layout names, by their names, as far as there are any: one that is missing is told
/// by the layout, with the field that names it.
pub async fn order_layout_files(
    files: &dyn ConfigFiles,
    name: &str,
    text: &str,
) -> Result<BTreeMap<String, String>> {
    let (folder, file) = name.rsplit_once('/').map_or(("", name), |(folder, file)| (folder, file));
    let needed = OrderLayout::needs(file, text);
    let mut beside = BTreeMap::new();
    for list in needed.map_err(|error| Failure::misconfigured("read layout", name, error))? {
        let list_name = if folder.is_empty() { list.clone() } else { format!("{folder}/{list}") };
        if let Some(list_bytes) = files.file(&list_name).await? {
            let text = String::from_utf8(list_bytes);
            beside.insert(list, text.map_err(|error| Failure::misconfigured("read", list_name, error))?);
        }
    }
    Ok(beside)
}

async fn read_config_bytes(files: &dyn ConfigFiles, name: &str) -> Result<Vec<u8>> {
    let found = files.file(name).await?;
    found.ok_or_else(|| {
        Failure::misconfigured("read", format!("{}{name}", keys::CONFIG), "there is no such object")
    })
}
