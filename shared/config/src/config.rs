use std::collections::BTreeMap;

use jiff::SignedDuration;
use passerelle_domain::{Branding, Failure, Mentions, Presentation, Result, Seller, ShopId};
use passerelle_erp::toml_reader::{self, Faults};
use passerelle_shops::ShopConfig;

use crate::expected::ExpectedInvoices;
use crate::reader;

/// The configuration's file.
pub const FILE: &str = "passerelle.toml";

/// `passerelle.toml`: everything about an environment that is not a secret and not a resource.
#[derive(Clone, Debug)]
pub struct Config {
    /// The shops, each with its own name.
    pub shops: Vec<ShopConfig>,
    /// Orders on their way to the ERP.
    pub orders: OrdersConfig,
    /// Invoices on their way back.
    pub invoices: InvoicesConfig,
    /// What `reconcile` compares.
    pub reconcile: ReconcileConfig,
    /// Who sells.
    pub seller: Seller,
    /// What an invoice must say.
    pub mentions: Mentions,
    /// How it looks.
    pub branding: Branding,
}

/// `[orders]`.
#[derive(Clone, Debug)]
pub struct OrdersConfig {
    /// The layout of the import files, beside `passerelle.toml`.
    pub layout: String,
    /// Other layouts, for the shops whose orders the ERP wants in another form.
    pub shop_layouts: BTreeMap<ShopId, String>,
    /// The shops whose orders go first where the ERP takes no more than some, in this order. Then come
    /// the others; always the oldest of them first.
    pub priority: Vec<ShopId>,
    /// The most orders in one file: how much the ERP is asked to swallow at once. 200 unless configured.
    pub max_orders_per_file: usize,
    /// The most orders that the ERP is given within any hour; no limit unless configured.
    pub max_orders_per_hour: Option<usize>,
    /// The ERP's reports on what became of orders, where it makes some.
    pub acks: Option<AcksConfig>,
}

/// `[orders.acks]`.
#[derive(Clone, Debug)]
pub struct AcksConfig {
    /// The layout of the reports, beside `passerelle.toml`.
    pub layout: String,
    /// How long the ERP may take to answer on a file before its silence is a gap, in minutes. Twelve hours
    /// unless configured.
    pub answer_within_minutes: u32,
    /// The most files on which the ERP has not reported yet; no limit unless configured.
    pub max_unanswered_files: Option<usize>,
}

/// `[reconcile]`.
#[derive(Clone, Debug)]
pub struct ReconcileConfig {
    /// How many of the last days are compared with the shops each evening; 0 for none, 3 unless configured.
    pub compared_days: u32,
}

/// `[invoices]`.
#[derive(Clone, Debug)]
pub struct InvoicesConfig {
    /// The layout of the ERP's CSV, beside `passerelle.toml`.
    pub layout: String,
    /// The largest file that is read, in bytes. 64 MiB unless configured.
    pub max_file_bytes: u64,
    pub(crate) expected: Option<ExpectedInvoices>,
}

impl InvoicesConfig {
    /// When the ERP's file is expected; nothing where none is.
    pub fn expected(&self) -> Option<ExpectedInvoices> {
        self.expected.clone()
    }
}

impl AcksConfig {
    /// How long the ERP may take to answer on a file before its silence is a gap.
    pub fn answer_within(&self) -> SignedDuration {
        SignedDuration::from_mins(self.answer_within_minutes.into())
    }
}

impl Config {
    /// Reads and checks the text of `passerelle.toml`.
    ///
    /// # Errors
    /// `Misconfigured`, with everything that is wrong, as [`Config::read`].
    pub fn from_toml(text: &str) -> Result<Self> {
        toml_reader::read(text, reader::config).map_err(|faults| Failure::misconfigured("read", FILE, faults))
    }

    /// Reads and checks the text of `passerelle.toml`.
    ///
    /// # Errors
    /// Everything that is wrong with it, each fault with its line, column, field and value.
    pub fn read(text: &str) -> Result<Self, Faults> {
        toml_reader::read(text, reader::config).map_err(|faults| faults.in_file(FILE))
    }

    /// The shops of a `passerelle.toml` that can be read, whatever else is wrong with it.
    pub fn shops_in(text: &str) -> Vec<ShopConfig> {
        let mut shops = Vec::new();
        // What is wrong, `read` says.
        drop(toml_reader::read(text, |root| {
            shops = reader::shops(root).0;
            Some(())
        }));
        shops
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
