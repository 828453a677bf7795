use std::collections::BTreeSet;

use jiff::SignedDuration;
use passerelle_domain::{Failure, Result};
use passerelle_invoice_pdf::{Branding, Mentions, Presentation, Seller};
use passerelle_shops::ShopConfig;
use serde::Deserialize;

/// `passerelle.toml`: everything about an environment that is not a secret and not a resource.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The shops, each with its own name.
    pub shops: Vec<ShopConfig>,
    /// Orders on their way to the ERP.
    pub orders: OrdersConfig,
    /// Invoices on their way back.
    pub invoices: InvoicesConfig,
    /// What `reconcile` compares.
    #[serde(default)]
    pub reconcile: ReconcileConfig,
    /// Who sells.
    pub seller: Seller,
    /// What an invoice must say.
    #[serde(default)]
    pub mentions: Mentions,
    /// How it looks.
    #[serde(default)]
    pub branding: Branding,
}

/// `[orders]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrdersConfig {
    /// The layout of the import files, beside `passerelle.toml`.
    pub layout: String,
    /// The most orders in one file: how much the ERP is asked to swallow at once.
    #[serde(default = "max_orders_per_file")]
    pub max_orders_per_file: usize,
    /// The most orders that the ERP is given within any hour; no limit unless told.
    pub max_orders_per_hour: Option<usize>,
    /// The ERP's reports on what became of orders, where it makes some.
    pub acks: Option<AcksConfig>,
}

/// `[orders.acks]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcksConfig {
    /// The layout of the reports, beside `passerelle.toml`.
    pub layout: String,
    /// How long the ERP may take to answer on a file before its silence is a gap, in minutes.
    #[serde(default = "answer_within_minutes")]
    pub answer_within_minutes: u32,
    /// The most files on which the ERP has not reported yet; no limit unless told.
    pub max_unanswered_files: Option<usize>,
}

/// `[reconcile]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReconcileConfig {
    /// How many of the last days are compared with the shops each evening; 0 for none.
    pub compared_days: u32,
}

impl Default for ReconcileConfig {
    fn default() -> Self {
        Self { compared_days: 3 }
    }
}

/// The most days that are compared: each evening all their orders are listed.
const MAX_COMPARED_DAYS: u32 = 31;

/// `[invoices]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InvoicesConfig {
    /// The layout of the ERP's CSV, beside `passerelle.toml`.
    pub layout: String,
    /// The largest file that is read, in bytes.
    #[serde(default = "max_file_bytes")]
    pub max_file_bytes: u64,
}

impl AcksConfig {
    /// How long the ERP may take to answer on a file before its silence is a gap.
    pub fn answer_within(&self) -> SignedDuration {
        SignedDuration::from_mins(self.answer_within_minutes.into())
    }
}

fn max_orders_per_file() -> usize {
    200
}

fn answer_within_minutes() -> u32 {
    12 * 60
}

fn max_file_bytes() -> u64 {
    64 << 20
}

impl Config {
    /// Reads and checks the text of `passerelle.toml`.
    ///
    /// # Errors
    /// `Misconfigured`, with the path of the field and what is wrong with it.
    pub fn from_toml(text: &str) -> Result<Self> {
        let deserializer = toml::Deserializer::parse(text)
            .map_err(|error| Failure::misconfigured("read", "passerelle.toml", error))?;
        let config: Self = serde_path_to_error::deserialize(deserializer).map_err(|error| {
            let subject = format!("passerelle.toml: {}", error.path());
            Failure::misconfigured("read", subject, error.into_inner())
        })?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<()> {
        let wrong = |path: String, cause: String| {
            Err(Failure::misconfigured("check", format!("passerelle.toml: {path}"), cause))
        };
        if self.shops.is_empty() {
            return wrong("shops".into(), "there must be at least one shop".into());
        }
        let mut names = BTreeSet::new();
        for (place, shop) in self.shops.iter().enumerate() {
            if !names.insert(shop.id()) {
                return wrong(format!("shops[{place}].id"), format!("{:?} stands twice", shop.id().as_str()));
            }
            if let Err(fault) = shop.check() {
                let cause = format!("{:?}: {}", fault.value, fault.rule);
                return wrong(format!("shops[{place}].{}", fault.field), cause);
            }
        }
        let most = passerelle_ledger::Batch::MAX_MEMBERS;
        if !(1..=most).contains(&self.orders.max_orders_per_file) {
            let cause = format!("{} is not between 1 and {most}", self.orders.max_orders_per_file);
            return wrong("orders.max_orders_per_file".into(), cause);
        }
        if self.reconcile.compared_days > MAX_COMPARED_DAYS {
            let cause = format!("{} is more than {MAX_COMPARED_DAYS}", self.reconcile.compared_days);
            return wrong("reconcile.compared_days".into(), cause);
        }
        if self.orders.max_orders_per_hour == Some(0) {
            return wrong("orders.max_orders_per_hour".into(), "with 0 nothing is ever exported".into());
        }
        if self.orders.acks.as_ref().is_some_and(|acks| acks.max_unanswered_files == Some(0)) {
            return wrong(
                "orders.acks.max_unanswered_files".into(),
                "with 0 nothing is ever exported".into(),
            );
        }
        if let Err(fault) = self.presentation().check() {
            return wrong(fault.field, format!("{:?}: {}", fault.value, fault.rule));
        }
        Ok(())
    }

    /// What the invoice's page needs.
    pub fn presentation(&self) -> Presentation {
        Presentation {
            seller: self.seller.clone(),
            mentions: self.mentions.clone(),
            branding: self.branding.clone(),
        }
    }
}
